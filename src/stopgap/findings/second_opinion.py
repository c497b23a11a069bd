"""The second opinion on net backfill: from the excess of the Poisson model to a share of the loss.

Method: docs/methods/second-opinion.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from stopgap.findings.arrays import significant
from stopgap.findings.excess import Excess, excess_at_target
from stopgap.findings.ppml import TOO_NARROW, PpmlFit
from stopgap.findings.results import Interval
from stopgap.findings.window_model import WindowCells

Z95 = 1.959963984540054


@dataclass(frozen=True)
class DroppedCounts:
    """What the model could not use.

    Attributes:
        no_trade: Cells without trade in either window.
        zero_groups: Cells of a supplier's good, or destination, without trade in one window.
        separated: Further cells that no finite effect fits.
        singletons: Observations alone in a group, by the routine's own count.
    """

    no_trade: int = 0
    zero_groups: int = 0
    separated: int = 0
    singletons: int = 0


@dataclass(frozen=True)
class Clustered:
    """The interval that errors clustered by supplier and destination would give: for comparison only."""

    net_ci95: Interval
    effect_se: float | None
    label: str = TOO_NARROW


@dataclass(frozen=True)
class SecondOpinion:
    """Net backfill by the Poisson model.

    Attributes:
        net_ratio: Net gain by the coalition's loss; None with a ``reason``.
        net_ci95: From the spread of placebo destinations.
        net_usd: Net gain of all suppliers outside the coalition, US dollars a year.
        observed_usd: What they sold the target of sanctioned goods after.
        used_share: Part of it in cells that the model used.
        effect: β, log excess of sanctioned goods at the target.
        effect_ci95: Its interval.
        placebo_rank: The target's rank among destinations, largest first, and out of how many.
        placebo_targets: Placebo destinations.
        clustered: The interval not to use.
        dropped: What the model could not use.
        observations: Rows of the fit.
        suppliers: Suppliers in the fit, and so ``destinations`` and ``goods``.
        form: ``triple difference``, or ``double difference`` where no ordinary goods are known at the target.
        resolution: ``windows`` (means a year) or ``months``.
        solver: ``pyfixest``, or ``windows`` where the panel is too large for it.
        reason: Why something is missing.
    """

    net_ratio: float | None
    net_ci95: Interval
    net_usd: float | None
    observed_usd: float
    used_share: float | None
    effect: float | None
    effect_ci95: Interval
    placebo_rank: tuple[int, int] | None
    placebo_targets: tuple[str, ...]
    clustered: Clustered | None
    dropped: DroppedCounts
    observations: int
    suppliers: int
    destinations: int
    goods: int
    form: str = "triple difference"
    resolution: str = "windows"
    solver: str = "pyfixest"
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
        excess: The target's excess and its spread.
        target: Code of the target.
        names: Names of the destinations.
        loss: What the coalition lost.
        fit: The routine's fit of the same cells, or of their months; None where the panel is too large.
        monthly: Whether ``fit`` is of months.
    """
    at_target = (cells.destination == target) & cells.is_sanctioned
    observed = float(cells.after_usd[at_target].sum())
    used = excess.usable.cells
    used_usd = float(used.after_usd[(used.destination == target) & used.is_sanctioned].sum())
    effect = fit.beta if fit is not None else excess.effect
    reasons = [text for text in (excess.reason, fit.reason if fit else "", loss.reason) if text]
    half = excess.half_width
    band = None if effect is None or half is None else (effect - half, effect + half)
    kept = used.supplier, used.destination, used.good
    return SecondOpinion(
        net_ratio=_share(effect, observed, loss),
        net_ci95=_shares(band, observed, loss),
        net_usd=None if effect is None else significant(observed * -math.expm1(min(-effect, 700.0))),
        observed_usd=observed,
        used_share=significant(used_usd / observed) if observed > 0 else None,
        effect=significant(effect),
        effect_ci95=rounded(band),
        placebo_rank=excess.rank,
        placebo_targets=tuple(names[place] for place in excess.placebos),
        clustered=_clustered(fit, observed, loss),
        dropped=DroppedCounts(
            excess.usable.no_trade,
            excess.usable.zero_groups,
            excess.usable.separated,
            fit.dropped.singletons if fit else 0,
        ),
        observations=fit.observations if fit else 2 * len(used),
        suppliers=int(np.unique(kept[0]).size),
        destinations=int(np.unique(kept[1]).size),
        goods=int(np.unique(kept[2]).size),
        form="triple difference" if cells.has_pair_effects else "double difference",
        resolution="months" if monthly else "windows",
        solver="pyfixest" if fit else "windows",
        reason="; ".join(dict.fromkeys(reasons)),
    )


def _share(effect: float | None, observed: float, loss: Loss) -> float | None:
    if effect is None or not loss.loss_usd:
        return None
    return significant(net_share(effect, observed, loss.loss_usd))


def _shares(band: Interval, observed: float, loss: Loss) -> Interval:
    if band is None or not loss.loss_usd:
        return None
    low, high = (net_share(effect, observed, loss.loss_usd) for effect in band)
    return rounded(None if low is None or high is None else (low, high))


def rounded(band: Interval) -> Interval:
    """An interval to ten significant digits."""
    if band is None:
        return None
    low, high = significant(band[0]), significant(band[1])
    return None if low is None or high is None else (low, high)


def _clustered(fit: PpmlFit | None, observed: float, loss: Loss) -> Clustered | None:
    error = fit.clustered_se.get("target") if fit else None
    if fit is None or fit.beta is None or error is None:
        return None
    band = fit.beta - Z95 * error, fit.beta + Z95 * error
    return Clustered(_shares(band, observed, loss), significant(error))


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
        return PlaceboTest(
            variant.name, variant.asks, "cannot be tested", why=f"{variant.why}; {excess.reason}"
        )
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
