"""Estimate the CIF/FOB markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stopgap.measures.mirror.pairs import Flags, ReportPairs
from stopgap.measures.statistics.array_types import Array, Whole
from stopgap.measures.statistics.f_test import f_tail
from stopgap.measures.statistics.numbered_rows import dense_codes
from stopgap.measures.statistics.placebo import t_quantile

ASSUMED_MARKUP = 0.06
"""Markup used with too few pairs: the rate of the IMF's Direction of Trade Statistics since 2018."""
FEWEST_PAIRS = 20
FEWEST_FOR_REGRESSION = 200
FEWEST_CLUSTERS = 15
FEWEST_OF_GOOD = 10
LEAST_R2 = 0.05
LARGEST_LOG_MARKUP = float(np.log(2.0))
HUBER = 1.345
_MAD = 1.4826
REGRESSORS = ("log_distance", "contiguous", "log_unit_value")


@dataclass(frozen=True)
class Coefficient:
    """A slope of the regression with its standard error, clustered by exporter and by importer."""

    name: str
    value: float
    standard_error: float


@dataclass(frozen=True)
class CifFob:
    """Estimated CIF/FOB markup, with method and quality of fit.

    Attributes:
        method: ``regression`` (distance, contiguity, unit value, year), ``median by good``, ``median``, or ``assumed``.
        markup: Importers' value divided by exporters' value of the same flow, minus 1; over the pairs used.
        ci95: Interval of ``markup``; ``None`` if it is assumed.
        pairs: Number of flows reported by both sides that were used.
        r2: Share of variance that the regression explains, with its robust weights; ``None`` if none was tried.
        p_value: F test that all slopes are 0, errors clustered both ways.
        coefficients: Slopes tried.
        because: Reason for the method, in words.
    """

    method: str
    markup: float
    ci95: tuple[float, float] | None
    pairs: int
    r2: float | None = None
    p_value: float | None = None
    coefficients: tuple[Coefficient, ...] = ()
    because: str = ""


@dataclass(frozen=True)
class Markups:
    """Markup of every pair, and the estimate behind it.

    ``log_markup`` is ``ln(1 + c)``, between 0 and ln 2: it converts an import from CIF to FOB. ``centre`` is the
    expected ``ln(M/X)``, not bounded: gaps are measured from it. ``clipped`` counts the pairs whose
    expected gap lay outside the bounds of a markup.
    """

    summary: CifFob
    log_markup: Array
    centre: Array
    clipped: int = 0

    def taken(self, where: Flags) -> Markups:
        """Return the markups of some pairs."""
        return replace(self, log_markup=self.log_markup[where], centre=self.centre[where])


def cif_fob(
    pairs: ReportPairs,
    *,
    log_distance: Array | None = None,
    is_contiguous: Array | None = None,
    left_out: Flags | None = None,
) -> Markups:
    """Estimate the CIF/FOB markup of importers' over exporters' values per pair, one-sided pairs included.

    ``log_distance`` (``ln(km)``) and ``is_contiguous`` (1 or 0) are NaN if unknown; suspicious pairs
    (``left_out``) are excluded from the fit. The regression is used if it is identified: enough pairs and
    clusters, slopes beyond chance (p < 0.01), an R² of 0.05 or more, freight that does not fall with distance,
    and markups within bounds. Else the robust median by good (shrunk to the overall one), the overall median,
    or 6 % with fewer than 20 pairs.

    Method: docs/methods/mirror.md; the regression follows Gaulier and Zignago (2010).
    """
    gap = pairs.log_gap()
    used = np.isfinite(gap) & (True if left_out is None else ~left_out)
    count = int(used.sum())
    if count < FEWEST_PAIRS:
        because = (
            f"only {count} flows are reported by both sides, {FEWEST_PAIRS} are needed: {ASSUMED_MARKUP:.0%} is assumed"
        )
        log_markup = np.full(len(pairs), np.log1p(ASSUMED_MARKUP))
        return Markups(CifFob("assumed", ASSUMED_MARKUP, None, count, because=because), log_markup, log_markup.copy())
    weight = _agreement(pairs, used)
    noise = _noise_by_size(pairs, gap, used)
    design = _design(pairs, used, (log_distance, is_contiguous, _log_unit_value(pairs)))
    tried, reason = _regression(pairs, gap, used, design, weight, noise)
    if tried is not None and not reason:
        return tried
    return _medians(pairs, gap, used, weight, noise, tried.summary if tried else None, reason)


def _agreement(pairs: ReportPairs, used: Flags) -> Array:
    """Return weights: smaller over larger of both sides' kilograms; the median ratio if unknown."""
    x, m = pairs.exporter_kg[used], pairs.importer_kg[used]
    known = (np.nan_to_num(x) > 0) & (np.nan_to_num(m) > 0)
    weight = np.full(x.size, np.nan)
    weight[known] = np.minimum(x[known], m[known]) / np.maximum(x[known], m[known])
    weight[~known] = float(np.median(weight[known])) if known.any() else 1.0
    return np.asarray(np.clip(weight, 0.05, 1.0), dtype=np.float64)


def _noise_by_size(pairs: ReportPairs, gap: Array, used: Flags) -> Array:
    """Return the robust spread of gaps at each pair's size, with median 1: small flows differ far more than large ones.

    Gaps and regressors are divided by it. Twenty equal groups by ``sqrt(X M)``; all 1 with under 400 pairs.
    """
    value = gap[used]
    if value.size < 20 * FEWEST_PAIRS:
        return np.ones(value.size)
    size = np.log(pairs.exporter_usd[used]) + np.log(pairs.importer_usd[used])
    order = np.argsort(size, kind="stable")
    group = np.minimum(np.arange(value.size) * 20 // value.size, 19)
    middle = float(np.median(value))
    away = np.abs(value - middle)[order]
    spread = np.array([np.median(part) for part in np.split(away, np.searchsorted(group, np.arange(1, 20)))])
    spread = np.maximum(spread, 1e-3 * max(float(spread.max()), 1e-9))
    noise = np.empty(value.size)
    noise[order] = (spread / np.median(spread))[group]
    return noise


@dataclass(frozen=True)
class _Design:
    """Regressors that are known and vary, then years: centred, one row per (exporter, importer, good, year).

    ``columns`` are (c, slopes) and ``row`` (n,) is the row of each pair.
    """

    names: tuple[str, ...]
    columns: Array
    row: Whole


def _design(pairs: ReportPairs, used: Flags, regressors: Sequence[Array | None]) -> _Design:
    """Return the design of the regression for all pairs; regressors are those of a pair of economies or of a good."""
    years = pairs.period // 12
    first = int(years.min(initial=0))
    span = int(years.max(initial=0)) - first + 1
    size, wide = len(pairs.economies), len(pairs.goods)
    codes = ((pairs.exporter.astype(np.int64) * size + pairs.importer) * wide + pairs.good) * span + (years - first)
    found, row = dense_codes(codes, size * size * wide * span)
    at = np.zeros(len(found), dtype=np.int64)
    at[row] = np.arange(len(pairs))
    design: dict[str, Array] = {}
    for name, column in zip(REGRESSORS, regressors, strict=True):
        if column is None:
            continue
        seen = column[used]
        if np.isfinite(seen).mean() < 0.8 or float(np.nanstd(seen)) < 1e-9:
            continue
        design[name] = np.where(np.isfinite(column[at]), column[at] - float(np.nanmedian(seen)), 0.0)
    counts = np.bincount(years[used] - first, minlength=span)
    told = np.flatnonzero(counts >= FEWEST_PAIRS) + first
    design |= {f"year_{year}": (years[at] == year).astype(np.float64) for year in told.tolist()[1:]}
    columns = np.column_stack(list(design.values())) if design else np.zeros((len(found), 0))
    return _Design(tuple(design), columns, row)


def _log_unit_value(pairs: ReportPairs) -> Array:
    """Return ``ln(USD per kg)`` of each good: exporters' median, else importers'; NaN without weights."""
    found = np.full(len(pairs.goods), np.nan)
    for usd, kg in ((pairs.exporter_usd, pairs.exporter_kg), (pairs.importer_usd, pairs.importer_kg)):
        known = (np.nan_to_num(usd) > 0) & (np.nan_to_num(kg) > 0) & np.isnan(found)[pairs.good]
        value = np.log(usd[known]) - np.log(kg[known])
        for good, part in _by_good(value, pairs.good[known]):
            found[good] = np.partition(part, part.size // 2)[part.size // 2]
    return found[pairs.good]


def _by_good(values: NDArray[Any], good: Whole) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the values of each good, in their order."""
    order = np.argsort(good.astype(np.uint16 if good.max(initial=0) < 2**16 else np.int64), kind="stable")
    counts = np.bincount(good)
    for name, part in zip(np.flatnonzero(counts), np.split(values[order], np.cumsum(counts[counts > 0])), strict=False):
        yield int(name), part


def huber(
    x: Array, y: Array, weight: Array, *, row: Whole | None = None, unit: Array | None = None
) -> tuple[Array, Array, float]:
    """Fit a Huber regression of ``y`` on ``x`` (rows by columns); return coefficients, robust weights and scale.

    ``weight`` of the rows is above 0. Where rows are alike, ``row`` (n,) is the row of ``x`` for each y; both sides
    are divided by ``unit`` (n,). Sums over rows alike are taken first, so that x is as long as there are different
    rows: the normal equations are the same.
    """
    at = np.arange(y.size) if row is None else row
    scaled: Array = weight if unit is None else weight / unit**2
    robust, left, spare = np.ones(y.size), y.copy(), np.empty(y.size)
    residual = left if unit is None else np.empty(y.size)
    beta: Array = np.zeros(x.shape[1])
    scale = 0.0
    for _ in range(50):
        np.multiply(scaled, robust, out=spare)
        gram = (x * np.bincount(at, weights=spare, minlength=len(x))[:, None]).T @ x
        # From the residuals, so that the squares in the normal equations cost no digits.
        np.multiply(spare, left, out=spare)
        right = x.T @ np.bincount(at, weights=spare, minlength=len(x))
        new: Array = beta + np.linalg.lstsq(gram, right, rcond=None)[0]
        np.subtract(y, np.take(x @ new, at, out=left, mode="clip"), out=left)
        if unit is not None:
            np.divide(left, unit, out=residual)
        np.copyto(spare, residual)
        np.abs(np.subtract(residual, np.median(spare, overwrite_input=True), out=spare), out=spare)
        scale = float(_MAD * np.median(spare, overwrite_input=True))
        if scale <= 1e-12:
            return new, np.ones(y.size), 0.0
        np.maximum(np.abs(residual, out=robust), 1e-300, out=robust)
        np.minimum(1.0, np.divide(HUBER * scale, robust, out=robust), out=robust)
        if np.max(np.abs(new - beta)) < 1e-8:
            return new, robust, scale
        beta = new
    return beta, robust, scale


def _clustered(score: Array, cluster: Whole) -> Array:
    """Return the sum over clusters of the outer product of the cluster's score."""
    sums = np.column_stack([np.bincount(cluster, weights=column) for column in score.T])
    return np.asarray(sums.T @ sums, dtype=np.float64)


def _covariance(
    design: _Design,
    x: Array,
    row: Whole,
    residual: Array,
    weight: Array,
    noise: Array,
    scale: float,
    pairs: ReportPairs,
) -> Array:
    """Return the sandwich covariance of the Huber coefficients, clustered by exporter and by importer."""
    inside = np.abs(residual) <= HUBER * scale
    bread = np.linalg.pinv((x * np.bincount(row, weights=weight * inside / noise**2, minlength=len(x))[:, None]).T @ x)
    bounded = weight * np.clip(residual, -HUBER * scale, HUBER * scale) / noise
    score = x * np.bincount(row, weights=bounded, minlength=len(x))[:, None]
    at = np.zeros(len(x), dtype=np.int64)
    at[design.row] = np.arange(len(pairs))
    exporter, importer = pairs.exporter[at].astype(np.int64), pairs.importer[at]
    both = exporter * (len(pairs.economies) + 1) + importer
    meat = _clustered(score, exporter) + _clustered(score, importer) - _clustered(score, both)
    values, vectors = np.linalg.eigh(bread @ meat @ bread)
    return np.asarray((vectors * np.clip(values, 1e-18, None)) @ vectors.T, dtype=np.float64)


def _regression(
    pairs: ReportPairs, gap: Array, used: Flags, design: _Design, weight: Array, noise: Array
) -> tuple[Markups | None, str]:
    """Fit the regression; also return the reason not to use it ("" if it can be used)."""
    absent = [name for name in REGRESSORS if name not in design.names]
    told = f"not known: {', '.join(absent)}; " if absent else ""
    count, slopes = int(used.sum()), len(design.names)
    tested = [place for place, name in enumerate(design.names, start=1) if not name.startswith("year_")]
    if not tested:
        return None, f"{told}no regressor is there"
    if count < max(FEWEST_FOR_REGRESSION, 30 * slopes):
        return None, f"{told}{count} pairs are too few for {slopes} slopes"
    clusters = min(int(np.count_nonzero(np.bincount(side[used]))) for side in (pairs.exporter, pairs.importer))
    if clusters < FEWEST_CLUSTERS:
        return None, f"{told}{clusters} economies on one side are too few"
    x = np.column_stack([np.ones(len(design.columns)), design.columns])
    row, y = design.row[used], gap[used] / noise
    beta, robust, scale = huber(x, gap[used], weight, row=row, unit=noise)
    fitted_used = (x @ beta)[row]
    residual = y - fitted_used / noise
    total = weight * robust
    mean = float((total * y / noise).sum() / (total / noise**2).sum())
    spread = float((total * (y - mean / noise) ** 2).sum())
    r2 = 1.0 - float((total * residual**2).sum()) / spread if spread > 0 else 0.0
    covariance = _covariance(design, x, row, residual, weight, noise, scale, pairs)
    block = covariance[np.ix_(tested, tested)]
    wald = float(beta[tested] @ np.linalg.pinv(block) @ beta[tested]) / len(tested)
    p_value = f_tail(wald, len(tested), clusters - 1)
    errors = np.sqrt(np.diag(covariance))
    coefficients = tuple(
        Coefficient(name, float(beta[place]), float(errors[place])) for place, name in enumerate(design.names, start=1)
    )
    fitted = (x @ beta)[design.row]
    log_markup = np.clip(fitted, 0.0, LARGEST_LOG_MARKUP)
    middle = float(np.median(fitted_used))
    half = t_quantile(clusters - 1) * float(errors[0])
    summary = CifFob(
        "regression",
        float(np.expm1(middle)),
        (float(np.expm1(middle - half)), float(np.expm1(middle + half))),
        count,
        r2,
        p_value,
        coefficients,
        f"{told}R² {r2:.3f}, p {p_value:.2g}",
    )
    clipped = int((fitted != log_markup).sum())
    reason = _not_identified(summary, fitted_used)
    return Markups(summary, log_markup, fitted, clipped), f"{told}{reason}" if reason else ""


def _not_identified(summary: CifFob, fitted: Array) -> str:
    """Return the reason why the regression is not identified; "" if it is."""
    slopes = {row.name: row.value for row in summary.coefficients}
    if summary.p_value is None or summary.p_value >= 0.01:
        return f"the slopes are within chance (p {summary.p_value:.2g}, R² {summary.r2:.3f})"
    if summary.r2 is None or summary.r2 < LEAST_R2:
        return f"the slopes explain next to nothing of single flows (R² {summary.r2:.3f}, p {summary.p_value:.2g})"
    if slopes.get("log_distance", 0.0) < 0:
        return f"freight would fall with distance (slope {slopes['log_distance']:.3f}): not a cost of transport"
    outside = float(((fitted < -0.05) | (fitted > LARGEST_LOG_MARKUP)).mean())
    if outside > 0.05:
        return f"{outside:.0%} of its markups are below 0 or above 100 %"
    return ""


def _medians(
    pairs: ReportPairs, gap: Array, used: Flags, weight: Array, noise: Array, tried: CifFob | None, reason: str
) -> Markups:
    """Estimate robust markups by good, each shrunk to the overall one by its precision."""
    y, good = gap[used], pairs.good[used]
    overall = _centre(y, weight, noise)
    centres = np.full(len(pairs.goods), overall[0])
    parts = [(number, part) for number, part in _by_good(np.arange(good.size), good) if part.size >= FEWEST_OF_GOOD]
    counted = np.array([number for number, _ in parts], dtype=np.int64)
    method = "median"
    if len(counted) >= 3:
        values, errors = np.array([_centre(y[mine], weight[mine], noise[mine]) for _, mine in parts]).T
        variances = np.maximum(errors**2, 1e-10)
        between = _between(values, variances)
        middle = float(np.average(values, weights=1.0 / (variances + between)))
        share = between / (between + variances)
        centres[:] = middle
        centres[counted] = middle + share * (values - middle)
        method = "median by good" if between > 0 else "median"
    centre = centres[pairs.good]
    log_markup = np.clip(centre, 0.0, LARGEST_LOG_MARKUP)
    half = 1.96 * overall[1]
    bounded = float(np.clip(overall[0], 0.0, LARGEST_LOG_MARKUP))
    because = f"the regression on distance, contiguity, unit value and year is not used: {reason}"
    if overall[0] < 0:
        because += f"; importers report less than exporters ({np.expm1(overall[0]):.1%}), so the markup is set to 0"
    summary = CifFob(
        method,
        float(np.expm1(bounded)),
        (float(np.expm1(min(bounded, max(0.0, overall[0] - half)))), float(np.expm1(max(bounded, overall[0] + half)))),
        int(used.sum()),
        tried.r2 if tried else None,
        tried.p_value if tried else None,
        tried.coefficients if tried else (),
        because,
    )
    return Markups(summary, log_markup, centre, int((centre != log_markup).sum()))


def _centre(y: Array, weight: Array, noise: Array) -> tuple[float, float]:
    """Return the Huber location and its standard error, for values with the given relative spread."""
    one = 1.0 / noise
    beta, _, scale = huber(np.ones((1, 1)), y, weight, row=np.zeros(y.size, dtype=np.int64), unit=noise)
    residual = y * one - beta[0] * one
    inside = float((weight * one**2 * (np.abs(residual) <= HUBER * max(scale, 1e-12))).sum())
    psi = weight * one * np.clip(residual, -HUBER * scale, HUBER * scale)
    return float(beta[0]), float(np.sqrt((psi**2).sum()) / max(inside, 1e-12))


def _between(value: Array, variance: Array) -> float:
    """Estimate the variance between goods beyond their errors (DerSimonian and Laird)."""
    weight = 1.0 / variance
    mean = float(np.average(value, weights=weight))
    q = float((weight * (value - mean) ** 2).sum())
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    return max(0.0, (q - (value.size - 1)) / scale) if scale > 0 else 0.0
