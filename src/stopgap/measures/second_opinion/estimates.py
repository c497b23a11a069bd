"""The second opinion on net backfill: from the excess of the Poisson model to a share of the loss.

Method: docs/methods/second-opinion.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from stopgap.measures.backfill.results import Interval
from stopgap.measures.second_opinion.excess import Excess, excess_at_target
from stopgap.measures.second_opinion.imputation import impute_at_target
from stopgap.measures.statistics.arrays import significant
from stopgap.measures.statistics.ppml import TOO_NARROW, PpmlFit
from stopgap.measures.statistics.window_model import WindowCells

Z95 = 1.959963984540054


@dataclass(frozen=True)
class DroppedCounts:
    """What the model could not use.

    Attributes:
        no_trade: Cells without trade in either window.
        zero_groups: Cells of a supplier's good, or destination, without trade in one window.
        separated: Further cells that no finite effect fits.
    """

    no_trade: int = 0
    zero_groups: int = 0
    separated: int = 0


@dataclass(frozen=True)
class CommonEffect:
    """The model with one effect β for all suppliers and goods: for comparison only.

    Attributes:
        effect: β, fitted by ``solver``.
        net_ratio: ``Σ x · (1 − e^{−β})`` by the loss.
        net_ci95: From the spread of placebo destinations. Where suppliers or goods fill the gap
            unequally it holds the truth too rarely.
        clustered_ci95: What errors clustered by supplier and destination would give.
        clustered_se: Of β.
        label: What is wrong with them.
        observations: Rows of the fit.
        singletons: Observations alone in a group, by the routine's own count.
        resolution: ``windows`` (means a year) or ``months``.
        solver: ``pyfixest``, or ``windows`` where the panel is too large for it.
    """

    effect: float | None
    net_ratio: float | None
    net_ci95: Interval
    clustered_ci95: Interval
    clustered_se: float | None
    label: str
    observations: int
    singletons: int
    resolution: str
    solver: str


@dataclass(frozen=True)
class SecondOpinion:
    """Net backfill by the Poisson model.

    Attributes:
        net_ratio: Net gain by the coalition's loss; None with a ``reason``.
        net_ci95: From the spread of placebo destinations.
        net_usd: Net gain of all suppliers outside the coalition, US dollars a year.
        observed_usd: What suppliers with a baseline in a good sold the target of it after.
        expected_usd: What they would have sold.
        entrants_usd: Sold after by suppliers without a baseline in the good; counted whole.
        unmatched_usd: Sold after by suppliers that sold the good nowhere else: taken at the others' excess.
        borrowed_pulls: Suppliers without ordinary goods at the target, which take the others' excess in them.
        effect: Log of observed by expected.
        effect_ci95: Its interval.
        placebo_rank: The target's rank among destinations, largest first, and out of how many.
        placebo_targets: Placebo destinations.
        common: The same with one effect for all.
        dropped: What the model could not use.
        suppliers: Suppliers in the model, and so ``destinations`` and ``model_goods``.
        form: ``triple difference``, or ``double difference`` where no ordinary goods are known at the target.
        reason: Why something is missing.
    """

    net_ratio: float | None
    net_ci95: Interval
    net_usd: float | None
    observed_usd: float
    expected_usd: float
    entrants_usd: float
    unmatched_usd: float
    borrowed_pulls: int
    effect: float | None
    effect_ci95: Interval
    placebo_rank: tuple[int, int] | None
    placebo_targets: tuple[str, ...]
    common: CommonEffect | None
    dropped: DroppedCounts
    suppliers: int
    destinations: int
    model_goods: int
    form: str = "triple difference"
    reason: str = ""


@dataclass(frozen=True)
class Loss:
    """The denominator: dollars a year lost, or why a share of them is undefined."""

    loss_usd: float | None
    reason: str = ""


def net_share(effect: float, observed_usd: float, loss_usd: float) -> float | None:
    """``Σ x · (1 − e^{−β})`` by the loss."""
    share = observed_usd * -math.expm1(min(-effect, 700.0)) / loss_usd
    return share if math.isfinite(share) else None


def second_opinion(
    cells: WindowCells,
    excess: Excess,
    *,
    target: int,
    names: Sequence[str],
    loss: Loss,
    fit: PpmlFit | None,
    monthly: bool = False,
) -> SecondOpinion:
    """The second opinion from its parts.

    Args:
        cells: Suppliers outside the coalition; destinations without hubs.
        excess: The target's common excess, and the spread of placebos.
        target: Code of the target.
        names: Names of the destinations.
        loss: What the coalition lost.
        fit: The routine's fit of the same cells, or of their months; None where the panel is too large.
        monthly: Whether ``fit`` is of months.
    """
    free = impute_at_target(cells, target=target)
    used, half = excess.usable.cells, excess.half_width
    band = None if free.effect is None or half is None else (free.effect - half, free.effect + half)
    net = None if free.effect is None else free.net_usd(free.effect)
    net_band = None if band is None else (free.net_usd(band[0]), free.net_usd(band[1]))
    rank = None
    if free.effect is not None and excess.rank is not None:
        rank = (1 + int((excess.deviations >= free.effect).sum()), excess.rank[1])
    reasons = [text for text in (free.reason, excess.reason, loss.reason) if text]
    return SecondOpinion(
        net_ratio=_by_loss(net, loss),
        net_ci95=None if net_band is None else _both(_by_loss(net_band[0], loss), _by_loss(net_band[1], loss)),
        net_usd=significant(net),
        observed_usd=round(free.observed_usd, 6),
        expected_usd=round(free.expected_usd, 6),
        entrants_usd=round(free.entrants_usd, 6),
        unmatched_usd=round(free.unmatched_usd, 6),
        borrowed_pulls=free.borrowed,
        effect=significant(free.effect),
        effect_ci95=rounded(band),
        placebo_rank=rank,
        placebo_targets=tuple(names[place] for place in excess.placebos),
        common=_common(cells, excess, target, loss, fit, monthly),
        dropped=DroppedCounts(excess.usable.no_trade, excess.usable.zero_groups, excess.usable.separated),
        suppliers=int(np.unique(used.supplier).size),
        destinations=int(np.unique(used.destination).size),
        model_goods=int(np.unique(used.good).size),
        form="triple difference" if cells.has_pair_effects else "double difference",
        reason="; ".join(dict.fromkeys(reasons)),
    )


def _common(
    cells: WindowCells, excess: Excess, target: int, loss: Loss, fit: PpmlFit | None, monthly: bool
) -> CommonEffect | None:
    """The model with one effect: by the routine where it was fitted, else as solved exactly."""
    effect = fit.beta if fit is not None else excess.effect
    if effect is None:
        return None
    at = (cells.destination == target) & cells.is_sanctioned
    sold = float(cells.after_usd[at].sum())

    def ratio(one: float) -> float | None:
        return significant(net_share(one, sold, loss.loss_usd)) if loss.loss_usd else None

    half = excess.half_width
    error = fit.clustered_se.get("target") if fit is not None else None
    return CommonEffect(
        effect=significant(effect),
        net_ratio=ratio(effect),
        net_ci95=None if half is None else _both(ratio(effect - half), ratio(effect + half)),
        clustered_ci95=None if error is None else _both(ratio(effect - Z95 * error), ratio(effect + Z95 * error)),
        clustered_se=significant(error),
        label=TOO_NARROW,
        observations=fit.observations if fit else 2 * len(excess.usable.cells),
        singletons=fit.dropped.singletons if fit else 0,
        resolution="months" if monthly else "windows",
        solver="pyfixest" if fit else "windows",
    )


def _by_loss(net_usd: float | None, loss: Loss) -> float | None:
    return None if net_usd is None or not loss.loss_usd else significant(net_usd / loss.loss_usd)


def _both(low: float | None, high: float | None) -> Interval:
    return None if low is None or high is None else (low, high)


def rounded(band: Interval) -> Interval:
    """An interval to ten significant digits."""
    if band is None:
        return None
    low, high = significant(band[0]), significant(band[1])
    return None if low is None or high is None else (low, high)


@dataclass(frozen=True)
class PlaceboTest:
    """A named reason other than backfill, and whether the estimate hangs on it.

    Attributes:
        name: Short name.
        asks: What could look like backfill.
        status: ``tested``, ``absorbed`` by the model's effects, ``not at issue``, or ``cannot be tested``.
        effect: β without what the test leaves out.
        ci95: Its interval.
        difference: ``effect`` less the headline's β.
        moves: Whether the effect leaves the headline's interval.
        why: What was left out, or why it cannot be tested.
    """

    name: str
    asks: str
    status: str
    effect: float | None = None
    ci95: Interval = None
    difference: float | None = None
    moves: bool | None = None
    why: str = ""


@dataclass(frozen=True)
class Variant:
    """The cells that a named test leaves, and what it left out.

    Attributes:
        name: As in :class:`PlaceboTest`, and so ``asks`` and ``why``.
        cells: The cells; None where the test is not made.
        target: Code of the target in them.
        status: Of a test that is not made.
        allowed: Destinations that may be placebos.
    """

    name: str
    asks: str
    why: str
    cells: WindowCells | None = None
    target: int = 0
    status: str = "cannot be tested"
    allowed: Sequence[int] | None = field(default=None)


def placebo_test(variant: Variant, headline: Excess) -> PlaceboTest:
    """The estimate on what a named test leaves, beside the headline's."""
    if variant.cells is None:
        return PlaceboTest(variant.name, variant.asks, variant.status, why=variant.why)
    excess = excess_at_target(variant.cells, target=variant.target, allowed=variant.allowed)
    if excess.effect is None:
        return PlaceboTest(variant.name, variant.asks, "cannot be tested", why=f"{variant.why}; {excess.reason}")
    difference = moves = None
    if headline.effect is not None:
        difference = significant(excess.effect - headline.effect)
        if headline.ci95 is not None:
            moves = not headline.ci95[0] <= excess.effect <= headline.ci95[1]
    return PlaceboTest(
        variant.name,
        variant.asks,
        "tested",
        significant(excess.effect),
        rounded(excess.ci95),
        difference,
        moves,
        variant.why,
    )
