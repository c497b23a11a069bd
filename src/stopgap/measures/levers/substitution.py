"""Estimate the share of the coalition's loss that other suppliers replaced, for projecting further stops.

The net ratio of a finding is the share of each stopped dollar that came back through
suppliers outside the coalition. It differs between goods: their own ratios are shrunk towards
the overall ratio by their precision, and variation beyond chance widens the interval of a
projection on few goods.

Method: docs/methods/levers.md. Spread between goods by Paule and Mandel (1982) around
the overall ratio; empirical Bayes shrinkage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from stopgap.measures.backfill.no_loss import LOSS_UNKNOWN
from stopgap.measures.backfill.results import Finding, GoodResult, Interval
from stopgap.measures.statistics.array_types import Array, Index
from stopgap.measures.statistics.arrays import significant
from stopgap.measures.statistics.placebo import t_quantile

LEAST_SLICES = 5  # goods (or groups) with a ratio of their own that a spread between them needs
LEAST_LOSS_SHARE = 0.2  # share that a good's loss must reach to have a ratio of its own, where its loss has no interval

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Substitution:
    """Share of a stopped dollar that came back in this episode.

    Attributes:
        share: ``measured_ratio`` clipped to 0 to 1; ``None`` if unknown.
        ci95: Its 95 % interval, also within 0 to 1; ``None`` without one.
        measured_ratio: Net backfill divided by loss, signed and uncapped.
        reason: Why ``share`` or ``ci95`` is missing.
        level: ``good`` or ``group`` if these have ratios of their own, else ``overall``.
        slices: Number of goods or groups with one.
        spread: Standard deviation of the ratio between them, beyond chance; ``None`` if not measured.
        gross_same_good_share: Loss matched by gains in the same good, divided by the loss; no model.
        gross_same_heading_share: The same for gains in other goods of the heading.
    """

    share: float | None
    ci95: Interval
    measured_ratio: float | None
    measured_ci95: Interval
    basis: str
    reason: str | None
    level: str = "overall"
    slices: int = 0
    spread: float | None = None
    gross_same_good_share: float | None = None
    gross_same_heading_share: float | None = None

    @property
    def is_bounded(self) -> bool:
        """Return whether the measured ratio is outside 0 to 1."""
        return self.measured_ratio is not None and not 0 <= self.measured_ratio <= 1


@dataclass(frozen=True)
class Fitted:
    """Substitution per good, as input of a projection.

    Attributes:
        own_half: (goods,) half width of the 95 % band of a good's next substitution around its ratio, for
            its variation not shared with other goods; 0 if the spread is not measured.
        gross: (goods,) share of the loss matched in the good or its heading; NaN if the good lost nothing.
        slices: (n, 2) deviation from the overall ratio and variance of each slice with a ratio of its own.
        own_variance: (goods,) variance of the own ratio of each good's slice, infinite where it has none.
    """

    substitution: Substitution
    ratio: Array | None  # (goods,), unbounded; None where it cannot be told
    below: float | None  # distance from the ratio to the lower end of its interval, common to all goods
    above: float | None  # distance to the upper end; both None without an interval
    own_half: Array
    slice_of: Index  # (goods,) slice of each good: deviations are common within one
    gross: Array = field(default_factory=lambda: np.zeros(0))
    slices: Array = field(default_factory=lambda: np.zeros((0, 2)))
    own_variance: Array = field(default_factory=lambda: np.zeros(0))


def spread_draws(slices: Array, draws: int, rng: np.random.Generator) -> Array:
    """Draw the variance between slices from what is not known of it, (draws,).

    Each draw solves ``sum(deviation**2 / (variance + t)) = c`` with c from a chi-squared distribution with n - 1 degrees
    of freedom, 0 where the sum at 0 is smaller: the estimate of Paule and Mandel with its chance (Viechtbauer 2007).
    """
    deviation, variance = slices.T
    largest = float((deviation**2).max(initial=0.0))
    if slices.shape[0] < 2 or largest <= 0:
        return np.zeros(draws)
    # Beyond this spread the sum is below 0.1 % of n.
    grid = np.concatenate([[0.0], np.geomspace(1e-4 * largest, 1e3 * largest, 200)])
    sums = (deviation[:, None] ** 2 / (variance[:, None] + grid)).sum(axis=0)
    wanted = rng.chisquare(slices.shape[0] - 1, draws)
    return np.asarray(np.interp(wanted, sums[::-1], grid[::-1]))


def paule_mandel(deviation: Array, variance: Array) -> float:
    """Estimate the variance between slices by the method of Paule and Mandel.

    It is the root of ``sum(deviation**2 / (variance + t)) = n - 1``, 0 if they vary less than by chance;
    ``deviation`` (n,) is from the overall ratio, ``variance`` (n,) above 0.
    """
    wanted = deviation.size - 1

    def gap(between: float) -> float:
        return float((deviation**2 / (variance + between)).sum()) - wanted

    low, high = 0.0, float((deviation**2).sum()) / max(wanted, 1)
    if wanted < 1 or gap(low) <= 0:
        return 0.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if gap(middle) > 0 else (low, middle)
    return (low + high) / 2


def _measurable(rows: Sequence[GoodResult], whole: float) -> list[tuple[str, float, float]]:
    """Return name, deviation from the overall ratio and variance for each slice with a ratio of its own."""
    found = []
    for row in rows:
        if row.loss_usd <= 0 or row.net_gain_usd is None or row.net_ci95 is None or row.baseline_usd <= 0:
            continue
        if row.loss_ci95 is not None and row.loss_ci95[0] <= 0:
            continue
        if row.loss_ci95 is None and row.loss_usd < LEAST_LOSS_SHARE * row.baseline_usd:
            continue
        width = (row.net_ci95[1] - row.net_ci95[0]) / (2 * Z95 * row.loss_usd)
        found.append((row.good, row.net_gain_usd / row.loss_usd - whole, max(width**2, 1e-12)))
    return found


def fit_substitution(finding: Finding, *, goods: Sequence[str], groups: Mapping[str, str]) -> Fitted:
    """Fit the substitution of a finding to the goods of a projection; ``groups`` maps goods to groups of the list.

    By good if at least :data:`LEAST_SLICES` goods have a ratio of their own, else by
    group if as many groups have one, else the same for all.
    """
    substitution = _overall(finding)
    matched = {
        row.good: (row.filled_same_good_usd + row.filled_same_heading_usd) / row.loss_usd
        for row in finding.by_good
        if row.loss_usd > 0
    }
    gross = np.array([matched.get(good, np.nan) for good in goods])
    bare = Fitted(substitution, None, None, None, np.zeros(len(goods)), np.arange(len(goods)), gross)
    if substitution.measured_ratio is None:
        return bare
    whole = substitution.measured_ratio
    interval = substitution.measured_ci95
    below, above = (None, None) if interval is None else (max(whole - interval[0], 0.0), max(interval[1] - whole, 0.0))
    ratio = np.full(len(goods), whole)
    fitted = replace(bare, ratio=ratio, below=below, above=above)
    for level, rows in (("good", finding.by_good), ("group", finding.by_group)):
        slices = _measurable(rows, whole)
        if len(slices) < LEAST_SLICES:
            continue
        named, deviation, variance = (np.array(column) for column in zip(*slices, strict=True))
        between = paule_mandel(deviation, variance)
        weight = between / (between + variance)
        own = dict(zip(named.tolist(), (deviation * weight).tolist(), strict=True))
        sure = dict(zip(named.tolist(), weight.tolist(), strict=True))
        known = dict(zip(named.tolist(), variance.tolist(), strict=True))
        quantile = t_quantile(len(own) - 1)
        of_good = [good if level == "good" else groups.get(good, "") for good in goods]
        names = {name: at for at, name in enumerate(dict.fromkeys(of_good))}
        spread = significant(between**0.5)
        return replace(
            fitted,
            substitution=replace(substitution, level=level, slices=len(own), spread=spread),
            ratio=ratio + np.array([own.get(name, 0.0) for name in of_good]),
            # What is not known of a good, and as much again as goods differ: the next stop is another one.
            own_half=quantile * np.sqrt(between * (2 - np.array([sure.get(name, 0.0) for name in of_good]))),
            slice_of=np.array([names[name] for name in of_good], dtype=np.int64),
            slices=np.column_stack([deviation, variance]),
            own_variance=np.array([known.get(name, np.inf) for name in of_good]),
        )
    return fitted


def _overall(finding: Finding) -> Substitution:
    identity, backfill = finding.identity, finding.backfill
    lost = identity.loss_usd > 0
    ratio, interval = backfill.net_ratio, backfill.net_ci95
    return Substitution(
        share=None if ratio is None else min(max(ratio, 0.0), 1.0),
        ci95=None if interval is None else bounded(interval),
        measured_ratio=ratio,
        measured_ci95=interval,
        basis=f"net backfill by loss, {finding.counterfactual.method or 'not estimated'}",
        reason=_reason(finding),
        gross_same_good_share=identity.filled_same_good_usd / identity.loss_usd if lost else None,
        gross_same_heading_share=identity.filled_same_heading_usd / identity.loss_usd if lost else None,
    )


def _reason(finding: Finding) -> str | None:
    """Return the reason why the substitution or its interval is unknown; ``None`` if both are known."""
    backfill = finding.backfill
    if not finding.suppliers:
        return "no supplier outside the coalition has figures in both windows"
    if finding.suspended.loss_usd <= 0:
        silent = set(finding.coverage.missing_reporters)
        if all(row.supplier in silent for row in finding.members):
            return LOSS_UNKNOWN
        return "members of the coalition with figures lost nothing over these windows"
    if not backfill.defined:
        return "the interval of the coalition's loss includes 0"
    if backfill.net_ratio is None:
        return finding.counterfactual.reason or "net backfill is not estimated"
    if backfill.net_ci95 is None:
        return "the net ratio has no interval: too few placebo destinations"
    return None


def bounded(interval: tuple[float, float]) -> tuple[float, float]:
    """Clip an interval of a share to 0 to 1."""
    return min(max(interval[0], 0.0), 1.0), min(max(interval[1], 0.0), 1.0)


def significant_interval(low: float | None, high: float | None) -> Interval:
    """Round an interval to ten significant digits; ``None`` if an end is missing or not finite."""
    low, high = significant(low), significant(high)
    return None if low is None or high is None else (low, high)
