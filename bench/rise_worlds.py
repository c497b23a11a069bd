"""Simulated worlds for the layer *rose*: cells of suppliers, a target among the destinations, what is planted in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

SMALLEST, MIDDLE, ANY, OWN = "smallest", "middle", "any", "own"
"""Which destination is the target: one of the smallest, a middling one, any, or the one that the world names so."""


@dataclass(frozen=True)
class RiseClass:
    """One class of worlds.

    Attributes:
        kind: Kind of world.
        changes: Fields of the world that differ from the kind's.
        target: Which destination is taken as the target.
        weights: Share of rows whose weight is known, before and after; those of the world where ``None``.
    """

    kind: str = "basic"
    changes: tuple[tuple[str, Any], ...] = ()
    target: str = OWN
    weights: tuple[float, float] | None = None


@dataclass(frozen=True)
class RiseDraw:
    """The verdict of one supplier, or of all outside suppliers together (``supplier`` is ``None``).

    ``planted`` are the dollars planted at the target by the dollars that it bought before.
    """

    world: int
    supplier: str | None
    verdict: str
    p_value: float | None
    destinations: int
    planted: float


def world_of(made: RiseClass, seed: int) -> Any:
    """Draw a world: annual figures, 50 economies, 4 of 6 goods listed, unless the class says otherwise."""
    from stopgap.simulate.spec import world_spec
    from stopgap.simulate.worlds import make_world

    sizes: dict[str, Any] = {
        "annual": True,
        "economies": 50,
        "hubs": 2,
        "members": 12,
        "goods": 6,
        "sanctioned_goods": 4,
    }
    nothing = {"backfill_ratio": 0.0, "entrants": 0}
    return make_world(world_spec(made.kind, seed, **{**sizes, **nothing, **dict(made.changes)}))


def rise_cells(world: Any, suppliers: np.ndarray) -> Any:
    """The cells of some suppliers in the listed goods, as the stage ``actor_cells`` gives them."""
    from stopgap.claims.testing.layers.rise import TradeCells
    from stopgap.simulate.yearly import period_factors

    plan = world.plan
    reports = world.reports[suppliers]
    factors = [factor[suppliers] for factor in period_factors(plan, world.reports)]
    value = world.value_usd[suppliers][:, :, plan.sanctioned] * reports[:, None, None, :]
    kg = world.net_kg[suppliers][:, :, plan.sanctioned]
    known = kg > 0
    sums = []
    for part in (value, value * known, np.where(known, kg, 0.0)):
        sums += [np.einsum("ijkt,it->ijk", part, factor) for factor in factors]
    there = np.nonzero((sums[0] > 0) | (sums[1] > 0))
    names = np.array(plan.names.economies, dtype=object)
    goods = np.array(plan.names.goods, dtype=object)
    columns = [part[there] for part in sums]
    return TradeCells(names[suppliers[there[0]]], names[there[1]], goods[there[2]], *columns)


def _target(made: RiseClass, world: Any, cells: Any, rng: np.random.Generator) -> str:
    """Name of the destination that is taken as the target, by what the supplier sold there before."""
    names = world.plan.names.economies
    if made.target == OWN:
        return str(names[0])
    places = np.array(cells.destination, dtype=object)
    hubs = {names[at] for at in world.plan.roles.hubs}
    others = sorted({*cells.destination} - hubs)
    sold = sorted(others, key=lambda name: float(cells.before_usd[places == name].sum()))
    if made.target == ANY:
        return str(rng.choice(sold))
    at = len(sold) // 10 if made.target == SMALLEST else len(sold) // 2
    return str(sold[int(np.clip(at + rng.integers(-3, 4), 0, len(sold) - 1))])


def _fewer_weights(cells: Any, shares: tuple[float, float], rng: np.random.Generator) -> Any:
    """The same cells with weights known for a part of each cell's dollars, the part drawn about ``shares``."""
    from dataclasses import replace

    made: dict[str, Any] = {}
    for part, share in zip(("before", "after"), shares, strict=True):
        kept = rng.beta(8 * share, 8 * (1 - share), len(cells.good))
        made[f"{part}_weighed"] = getattr(cells, f"{part}_weighed") * kept
        made[f"{part}_kg"] = getattr(cells, f"{part}_kg") * kept
    return replace(cells, **made)


def rise_draws(made: RiseClass, seed: int, *, most: int | None = None) -> list[RiseDraw]:
    """The verdicts on a rise of single suppliers outside the coalition, and of all of them together.

    Args:
        most: Most single suppliers, drawn; all if ``None``.
    """
    from stopgap.claims.testing.layers.rise import rise, rise_verdict

    world = world_of(made, seed)
    rng = np.random.default_rng([seed, 77])
    roles, names = world.plan.roles, world.plan.names.economies
    hubs = frozenset(names[at] for at in roles.hubs)
    outside = roles.others
    chosen = outside if most is None else rng.permutation(outside)[:most]
    planted = world.planted_usd[:, world.plan.sanctioned, world.plan.after].sum(axis=(1, 2))
    found = []
    for group in ([at] for at in chosen), [list(outside)]:
        for members in group:
            at = np.array(members)
            cells = rise_cells(world, at)
            if not len(cells.good):
                continue
            if made.weights is not None:
                cells = _fewer_weights(cells, made.weights, rng)
            target = _target(made, world, cells, rng)
            facts = rise(cells, target, hubs)
            if facts is None:
                continue
            years = world.spec.after_months / 12
            by = float(planted[at].sum()) / years / facts.baseline_usd if facts.baseline_usd > 0 else np.inf
            name = names[members[0]] if len(members) == 1 else None
            verdict = str(rise_verdict(facts))
            found.append(RiseDraw(seed, name, verdict, facts.p_value, facts.destinations, by))
    return found
