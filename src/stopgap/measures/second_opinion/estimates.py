"""Estimate the second opinion on net backfill: a Poisson model with imputed counterfactual sales, as share of the loss.

Method: docs/methods/second-opinion.md.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.measures.backfill.results import Interval
from stopgap.measures.second_opinion.excess import Excess, excess_at_target
from stopgap.measures.statistics.arrays import significant, significant_interval
from stopgap.measures.statistics.ppml import TOO_NARROW, PpmlFit
from stopgap.measures.statistics.separation import Bools, Floats
from stopgap.measures.statistics.window_model import WindowCells, fit_supplier_effects
from stopgap.measures.statistics.window_separation import usable_cells

Z95 = 1.959963984540054


@dataclass(frozen=True)
class DroppedCounts:
    """Numbers of cells excluded from the model.

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
        net_ratio: ``Σ x · (1 − e^{−β})`` divided by the loss.
        net_ci95: Interval from the spread of placebo destinations. If suppliers or goods fill the gap
            unequally it covers the truth too rarely.
        clustered_ci95: Interval from errors clustered by supplier and destination.
        clustered_se: Clustered standard error of β.
        label: Weakness of the clustered errors.
        observations: Rows of the fit.
        singletons: Observations alone in a group, by the routine's own count.
        resolution: ``windows`` (means a year) or ``months``.
        solver: ``pyfixest``, or ``windows`` if the panel is too large for it.
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
    """Net backfill estimated by the Poisson model.

    Attributes:
        net_ratio: Net gain divided by the coalition's loss; None with a ``reason``.
        net_ci95: Interval from the spread of placebo destinations.
        net_usd: Net gain of all suppliers outside the coalition, US dollars a year.
        observed_usd: After-window sales to the target by suppliers with a baseline in the good.
        expected_usd: Their sales under the counterfactual.
        entrants_usd: After-window sales by suppliers without a baseline in the good; counted in full.
        unmatched_usd: After-window sales by suppliers that sold the good nowhere else: the others' excess is assumed.
        borrowed_pulls: Number of suppliers without ordinary goods at the target, for which the others' excess is used.
        effect: Log of observed over expected.
        effect_ci95: Its interval.
        placebo_rank: The target's rank among destinations, largest first, and their number.
        placebo_targets: Placebo destinations.
        common: The model with one effect for all.
        dropped: Cells excluded from the model.
        suppliers: Number of suppliers in the model; likewise ``destinations`` and ``model_goods``.
        form: ``triple difference``, or ``double difference`` if no ordinary goods are known at the target.
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
    """Denominator of net ratios: dollars a year lost, or the reason why a share of them is undefined."""

    loss_usd: float | None
    reason: str = ""


def net_share(effect: float, observed_usd: float, loss_usd: float) -> float | None:
    """Return ``Σ x · (1 − e^{−β})`` divided by the loss; ``None`` if not finite."""
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
    """Assemble the second opinion from its parts.

    ``cells`` are of suppliers outside the coalition and of destinations (``names``) without hubs; ``excess`` is
    the target's common effect, with the spread of placebos; ``fit`` is the pyfixest fit of the same cells, or of
    their months, ``None`` if the panel is too large.
    """
    free = impute_at_target(cells, target=target)
    used, half = excess.usable.cells, excess.half_width
    band = None if free.effect is None or half is None else (free.effect - half, free.effect + half)
    net = None if free.effect is None else free.net_usd(free.effect)
    net_band = None if band is None else (free.net_usd(band[0]), free.net_usd(band[1]))
    lost = loss.loss_usd
    rank = None
    if free.effect is not None and excess.rank is not None:
        rank = (1 + int((excess.deviations >= free.effect).sum()), excess.rank[1])
    reasons = [text for text in (free.reason, excess.reason, loss.reason) if text]
    return SecondOpinion(
        net_ratio=significant(net / lost) if net is not None and lost else None,
        net_ci95=significant_interval(net_band, by=lost) if lost else None,
        net_usd=significant(net),
        observed_usd=round(free.observed_usd, 6),
        expected_usd=round(free.expected_usd, 6),
        entrants_usd=round(free.entrants_usd, 6),
        unmatched_usd=round(free.unmatched_usd, 6),
        borrowed_pulls=free.borrowed,
        effect=significant(free.effect),
        effect_ci95=significant_interval(band),
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
    """Return the model with one effect: from pyfixest if it was fitted, else from the exact solution."""
    effect = fit.beta if fit is not None else excess.effect
    if effect is None:
        return None
    at = (cells.destination == target) & cells.is_sanctioned
    sold = float(cells.after_usd[at].sum())

    def ratio(one: float) -> float | None:
        return net_share(one, sold, loss.loss_usd) if loss.loss_usd else None

    def interval(half: float | None) -> Interval:
        return None if half is None else significant_interval((ratio(effect - half), ratio(effect + half)))

    error = fit.clustered_se.get("target") if fit is not None else None
    return CommonEffect(
        effect=significant(effect),
        net_ratio=significant(ratio(effect)),
        net_ci95=interval(excess.half_width),
        clustered_ci95=interval(None if error is None else Z95 * error),
        clustered_se=significant(error),
        label=TOO_NARROW,
        observations=fit.observations if fit else 2 * len(excess.usable.cells),
        singletons=fit.dropped.singletons if fit else 0,
        resolution="months" if monthly else "windows",
        solver="pyfixest" if fit else "windows",
    )


@dataclass(frozen=True)
class PlaceboTest:
    """Placebo test of one explanation other than backfill.

    Attributes:
        name: Short name.
        asks: The alternative explanation.
        status: ``tested``, ``absorbed`` by the model's effects, ``not at issue``, or ``cannot be tested``.
        effect: β without the data that the test excludes.
        ci95: Its interval.
        difference: ``effect`` minus the headline's β.
        moves: Whether the effect is outside the headline's interval.
        why: Data excluded, or the reason why it cannot be tested.
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
    """Cells that remain in a named test; ``None`` with a ``status`` if it is not run.

    ``allowed`` are the destinations that may be placebos.
    """

    name: str
    asks: str
    why: str
    cells: WindowCells | None = None
    target: int = 0
    status: str = "cannot be tested"
    allowed: Collection[int] | None = None


def placebo_test(variant: Variant, headline: Excess) -> PlaceboTest:
    """Estimate the effect on the cells of a named test, and compare it with the headline."""
    if variant.cells is None:
        return PlaceboTest(variant.name, variant.asks, variant.status, why=variant.why)
    excess = excess_at_target(variant.cells, target=variant.target, allowed=variant.allowed)
    if excess.effect is None:
        return PlaceboTest(variant.name, variant.asks, "cannot be tested", why=f"{variant.why}; {excess.reason}")
    band = headline.ci95
    return PlaceboTest(
        variant.name,
        variant.asks,
        "tested",
        effect=significant(excess.effect),
        ci95=significant_interval(excess.ci95),
        difference=None if headline.effect is None else significant(excess.effect - headline.effect),
        moves=None if band is None else not band[0] <= excess.effect <= band[1],
        why=variant.why,
    )


@dataclass(frozen=True)
class Imputed:
    """Sanctioned goods at the target, US dollars a year; ``effect``, log of observed over expected, or a ``reason``.

    ``observed_usd`` are after-window sales of cells with a baseline and a counterfactual (``expected_usd``),
    ``entrants_usd`` those of cells without a baseline: counted in full. ``unmatched_usd`` are after-window sales of
    cells with a baseline whose supplier sold the good nowhere else: the excess of the others is assumed. ``borrowed``
    counts suppliers that sold the target no ordinary goods, for which the others' excess is used.
    """

    effect: float | None
    observed_usd: float
    expected_usd: float
    entrants_usd: float
    unmatched_usd: float
    borrowed: int
    reason: str = ""

    def net_usd(self, effect: float) -> float:
        """Return the net gain at an effect: sales beyond the counterfactual, and entrants in full."""
        share = -float(np.expm1(min(-effect, 700.0)))
        return (self.observed_usd + self.unmatched_usd) * share + self.entrants_usd


def impute_at_target(cells: WindowCells, *, target: int) -> Imputed:
    """Impute the counterfactual of the target's sanctioned goods from a model fitted without the treated cells.

    ``cells`` are of suppliers outside the coalition and of destinations without hubs. The model of
    :mod:`stopgap.measures.statistics.window_model` is fitted to all other cells; the counterfactual of each cell of the
    target's sanctioned goods is its baseline times exp(a_ik + b_iT). This equals the same model with a separate
    effect for every such cell: suppliers and goods may fill the gap unequally, whereas one common effect
    would push the difference into the other effects.

    Method: Wooldridge (2023), "Simple approaches to nonlinear difference-in-differences with panel
    data"; docs/methods/second-opinion.md.
    """
    treated = (cells.destination == target) & cells.is_sanctioned
    rest = usable_cells(cells.take(np.flatnonzero(~treated)), target=target).cells
    growth, pull, has_growth, has_pull = fit_supplier_effects(
        rest, supplier=cells.supplier[treated], good=cells.good[treated], destination=target
    )
    before, after = cells.baseline_usd[treated], cells.after_usd[treated]
    continuing = before > 0
    borrowed = 0
    if cells.has_pair_effects:
        lacks = continuing & has_growth & ~has_pull
        borrowed = int(np.unique(cells.supplier[treated][lacks]).size)
        pull = np.where(has_pull, pull, _shared_pull(rest, target))
    known = continuing & has_growth
    expected = float((before * np.exp(growth + pull))[known].sum())
    observed = float(after[known].sum())
    entrants = float(after[~continuing].sum())
    unmatched = float(after[continuing & ~known].sum())
    if expected > 0 and observed > 0:
        return Imputed(float(np.log(observed / expected)), observed, expected, entrants, unmatched, borrowed)
    reason = "no supplier with sanctioned goods at the target before and after sold them elsewhere: there is no counterfactual"
    return Imputed(None, observed, expected, entrants, unmatched, borrowed, reason)


def _shared_pull(cells: WindowCells, target: int) -> float:
    """Return the target's excess in ordinary goods over all suppliers, for those that sold it none."""
    at: Bools = (cells.destination == target) & ~cells.is_sanctioned
    if not at.any():
        return 0.0
    growth, _, has_growth, _ = fit_supplier_effects(
        cells, supplier=cells.supplier[at], good=cells.good[at], destination=target
    )
    expected: Floats = np.where(has_growth, cells.baseline_usd[at] * np.exp(growth), 0.0)
    observed = float(cells.after_usd[at][has_growth].sum())
    total = float(expected.sum())
    return float(np.log(observed / total)) if observed > 0 and total > 0 else 0.0
