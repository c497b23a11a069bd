"""Worlds with one chokepoint: a supplier that dominates a good which others lack the capacity to make.

Used by ``prove_levers.py``. The chokepoint is about the tenth pair of supplier and good by what it sells; others export
little of the good to all the world. Reported: its rank by dollars removed at the episode's share (the old ranking), by
score (the new one), and among the chokepoints; and the dollars that a stop of it removes, against both projections.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stopgap.measures.backfill.results import Finding
from stopgap.measures.levers.bounded import Estimates, left_out
from stopgap.measures.levers.capacity import exporters, fit_phi
from stopgap.measures.levers.chokepoints import Chokepoint, chokepoints
from stopgap.measures.levers.ranking import Lever, rank_levers
from stopgap.measures.levers.removal import Inflow
from stopgap.measures.levers.response import Responses
from stopgap.measures.levers.score_basis import market_of
from stopgap.measures.levers.substitution import fit_substitution
from stopgap.measures.statistics.cells import WorldCells

RANK = 10
LOW_SIGMA, OTHER_SIGMA = (1.3, 2.5), (4.0, 10.0)


@dataclass(frozen=True)
class ChokeKind:
    """One design.

    ``exports`` is what others export of the good to all the world, by the chokepoint's sales; ``None`` plants none.
    ``sigma`` is ``low`` for a low elasticity of the good, ``same`` for 6 everywhere, ``high`` for the highest there.
    ``refill`` scales the good's own backfill in the first stop, where capacity bound too.
    """

    name: str
    exports: tuple[float, float] | None = (0.1, 0.4)
    share: tuple[float, float] = (0.7, 0.9)
    sigma: str = "low"
    refill: float = 0.2
    noise: float = 1.0


CHOKE_KINDS = (
    ChokeKind("chokepoint"),
    ChokeKind("elasticities alike", sigma="same"),
    ChokeKind("its elasticity the highest", sigma="high"),
    ChokeKind("its good refilled like others", refill=1.0),
    ChokeKind("share .5 to .7", share=(0.5, 0.7)),
    ChokeKind("others export as much as it sells", exports=(1.0, 1.0)),
    ChokeKind("well measured", noise=0.3),
    ChokeKind("none planted", exports=None),
)


@dataclass(frozen=True)
class ChokeOutcome:
    """Ranks of the planted pair among pairs of supplier and good, ``None`` where it is not named; errors by carried.

    ``ranks_covered`` is the share of the first 25 levers whose rank by what a stop really removes lies in their interval.
    """

    by_value: int | None
    old_rank: int | None
    new_rank: int | None
    choke_rank: int | None
    binding_rank: int | None
    found: int
    correlation: float
    old_error: float | None
    new_error: float | None
    ranks_covered: float


def plant(kind: ChokeKind, world: Any, first: int, listed: int, rng: np.random.Generator) -> tuple[Any, int, int]:
    """Plant a chokepoint in a drawn world; returns the world, its supplier and its good. ``first`` is past the hubs."""
    before, after = world.before.copy(), world.after.copy()
    outside = after[world.members :, 0, :listed]
    supplier = int(rng.integers(first, after.shape[0]))
    good = int(rng.integers(listed))
    ranked = np.sort(np.delete(outside, good, axis=1).ravel())[::-1]
    sells = float(np.sqrt(ranked[RANK - 2] * ranked[RANK - 1]))
    share = float(rng.uniform(*kind.share))
    # Members: a loss of a third of what it sells, so that the first stop reaches the good.
    members = slice(0, world.members)
    small = 0.35 * sells / before[members, 0, good].sum()
    for window in (before, after):
        window[members, 0, good] *= small
    lost = float((before - after)[members, 0, good].sum())
    others = np.setdiff1d(np.arange(world.members, after.shape[0]), [supplier])
    rest = sells * (1 / share - 1) - float(after[members, 0, good].sum())
    scale = max(rest, 0.0) / max(float(before[others, 0, good].sum()), 1e-9)
    growth = np.divide(after, before, out=np.ones_like(after), where=before > 0)
    before[others, 0, good] *= scale
    after[others, 0, good] = before[others, 0, good] * growth[others, 0, good].clip(0, 2)
    assert kind.exports is not None
    exports = before[others, 1:, good].sum()
    factor = rng.uniform(*kind.exports) * sells / exports
    before[others, 1:, good] *= factor
    after[others, 1:, good] *= factor
    gained = kind.refill * world.share[good] * lost
    after[supplier, 0, good] = sells
    before[supplier, 0, good] = max(sells - gained, 0.1 * sells)
    return replace(world, before=before, after=after), supplier, good


def elasticities(kind: ChokeKind, good: int | None, listed: int, rng: np.random.Generator) -> np.ndarray:
    """Draw elasticities, (listed,)."""
    if kind.sigma == "same":
        return np.full(listed, 6.0)
    sigma = rng.uniform(*OTHER_SIGMA, listed)
    if good is not None:
        sigma[good] = rng.uniform(*LOW_SIGMA) if kind.sigma == "low" else OTHER_SIGMA[1]
    return sigma


def estimates_of(
    finding: Finding, inflow: Inflow, cells: WorldCells, sigma: np.ndarray, roles: tuple[Any, Any, str]
) -> Estimates:
    """Return what the measure makes of the world, without a response."""
    members, hubs, target = roles
    found = exporters(
        cells, goods=inflow.goods, target=target, members=members, hubs=hubs,
        ordinary_excess=finding.counterfactual.ordinary_excess or 0.0,
    )  # fmt: skip
    headings = {good: good[:4] for good in inflow.goods}
    lost = {row.good for row in finding.by_good if row.loss_usd > 0}
    taken = np.array([good in lost for good in inflow.goods])
    phi = fit_phi(found, goods=inflow.goods, headings=headings, groups={}, lost=taken)
    market = replace(market_of(inflow, inflow.value_usd, found, "HS2017"), sigma=sigma)
    return Estimates(market, fit_substitution(finding, goods=inflow.goods, groups={}), phi, Responses(None))


def choke_outcome(
    estimates: Estimates, inflow: Inflow, planted: tuple[int, int] | None, truth: tuple[np.ndarray, float]
) -> ChokeOutcome:
    """Hold the rankings against what stops remove; ``truth`` is each good's backfill share and the share of exports."""
    headings = {good: good[:4] for good in inflow.goods}
    ranked = rank_levers(inflow, estimates.fitted, headings=headings, kinds=("supplier-good",), estimates=estimates)
    named, count = chokepoints(estimates, limit=None)
    real = left_out(inflow.value_usd, np.minimum(truth[0], 1.0), truth[1] * estimates.market.rest_usd)
    covered = float(np.mean([_covers(lever, inflow, real) for lever in ranked.levers[:25]]))
    correlation = ranked.correlation or 0.0
    if planted is None:
        return ChokeOutcome(None, None, None, None, None, count, correlation, None, None, covered)
    pair = inflow.suppliers[planted[0]], inflow.goods[planted[1]]
    levers = [lever for lever in ranked.levers if lever.role != "member"]
    [lever] = [each for each in levers if (each.supplier, each.good) == pair]
    carried, removed, score = lever.projection.carried_usd, lever.projection.removed_usd, lever.score
    assert score is not None
    assert removed is not None

    def place(rows: Sequence[Chokepoint]) -> int | None:
        """Place of the planted pair among some chokepoints."""
        return next((at for at, row in enumerate(rows, 1) if (row.supplier, row.good) == pair), None)

    return ChokeOutcome(
        by_value=1 + sum(each.projection.carried_usd > carried for each in levers),
        old_rank=1 + sorted(levers, key=lambda each: each.rank_by_removed).index(lever),
        new_rank=1 + levers.index(lever),
        choke_rank=place(named),
        binding_rank=place([row for row in named if row.capacity_binds]),
        found=count,
        correlation=correlation,
        old_error=(removed - real[planted]) / carried,
        new_error=(score.bounded_removed_usd - real[planted]) / carried,
        ranks_covered=covered,
    )


def _covers(lever: Lever, inflow: Inflow, real: np.ndarray) -> bool:
    """Whether a lever's rank by what stops really remove lies in the interval of its rank."""
    if lever.score is None or lever.score.rank_ci95 is None or lever.supplier is None or lever.good is None:
        return False
    own = real[inflow.suppliers.index(lever.supplier), inflow.goods.index(lever.good)]
    low, high = lever.score.rank_ci95
    return low <= 1 + int((real > own).sum()) <= high
