"""Estimate the reliability of each economy's reports, and combine two reports into one figure with standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.mirror.cif_markup import Markups
from stopgap.measures.mirror.pairs import Flags, ReportPairs
from stopgap.measures.statistics.array_types import Array, Whole
from stopgap.measures.statistics.numbered_rows import dense_codes

WINSOR = 5.0
"""Number of robust standard deviations at which gaps are cut before they are squared."""
SMALLEST = 0.02**2
LEAST_SHARE = 0.05
"""Smallest variance of a report, as a share of the average, so that no single reporter is trusted alone."""
ASSUMED = 0.3**2
"""Variance of a report if no flow is reported twice."""
_MAD = 1.4826
_ROUNDS = 8


@dataclass(frozen=True)
class Qualities:
    """Variance of the log of each economy's reports, as exporter and as importer; the average if it has no pair.

    ``exporter_pairs`` is the number of pairs used for each, ``exporter_error`` the standard error of its variance
    (large with few pairs); likewise as importer. ``gap_variance`` is the mean squared gap over all ``pairs`` used;
    ``winsorised`` counts those whose gap was cut.
    """

    exporter: Array
    importer: Array
    exporter_pairs: Whole
    importer_pairs: Whole
    exporter_error: Array
    importer_error: Array
    gap_variance: float | None
    winsorised: int
    pairs: int

    def exporter_weight(self, exporter: Whole, importer: Whole) -> Array:
        """Return the weight of the exporter's report per pair: ``v_importer / (v_exporter + v_importer)``."""
        x, m = self.exporter[exporter], self.importer[importer]
        return np.asarray(m / (x + m), dtype=np.float64)


def reporter_qualities(pairs: ReportPairs, gap: Array, *, left_out: Flags | None = None) -> Qualities:
    """Estimate the variances of exporters' and importers' reports from the gaps between both sides.

    ``gap`` is ``ln(M/X)`` minus its expectation, per pair; NaN if a side is silent. Suspicious pairs
    (``left_out``) are excluded. With ``E[gap²] = v_exporter + v_importer``, the data identify only the
    sums for an exporter and an importer; where a constant can be moved from all
    exporters to all importers, it is split so that both sides differ least from the average.
    An economy with few pairs stays near the average.

    Method: non-negative least squares of squared gaps on the two reporters, weighted by the inverse
    of their own variance (iterated), with a prior of the average, as wide as the variance itself.
    docs/methods/mirror.md.
    """
    size = len(pairs.economies)
    used = np.isfinite(gap) & (True if left_out is None else ~left_out)
    exporter, importer = pairs.exporter[used], pairs.importer[used]
    exporter_pairs = np.bincount(exporter, minlength=size).astype(np.int64)
    importer_pairs = np.bincount(importer, minlength=size).astype(np.int64)
    if not used.any():
        flat = np.full(size, ASSUMED)
        return Qualities(flat, flat.copy(), exporter_pairs, importer_pairs, flat.copy(), flat.copy(), None, 0, 0)
    value = gap[used]
    limit = WINSOR * max(_MAD * float(np.median(np.abs(value))), SMALLEST**0.5)
    squared = np.minimum(np.abs(value), limit) ** 2
    cell, index = dense_codes(exporter.astype(np.int64) * size + importer, size * size)
    count = np.bincount(index).astype(np.float64)
    mean = np.bincount(index, weights=squared) / count
    row, column = cell // size, cell % size
    average = max(float(squared.mean()) / 2, SMALLEST)
    fitted = np.full(cell.size, 2 * average)
    solution = np.full(2 * size, average)
    for _ in range(_ROUNDS):
        # 2 for normal errors, more for heavier tails: how far squares scatter about what is fitted.
        spread = max(2.0, float(np.mean((squared / fitted[index] - 1.0) ** 2)))
        weight = count / (spread * fitted**2)
        normal = np.zeros((2 * size, 2 * size))
        np.add.at(normal, (row, row), weight)
        np.add.at(normal, (size + column, size + column), weight)
        np.add.at(normal, (row, size + column), weight)
        normal += np.triu(normal, 1).T
        prior = 1.0 / np.maximum(solution, average) ** 2  # a bad reporter is not drawn to the average by its own scale
        normal[np.diag_indices(2 * size)] += prior
        right = prior * average
        np.add.at(right, row, weight * mean)
        np.add.at(right, size + column, weight * mean)
        new = np.maximum(_not_negative(normal, right), max(SMALLEST, LEAST_SHARE * average))
        settled = float(np.max(np.abs(new - solution) / solution)) < 1e-3
        solution, fitted = new, new[row] + new[size + column]
        if settled:
            break
    unit = np.linalg.inv(np.linalg.cholesky(normal))
    error = np.sqrt((unit**2).sum(axis=0))
    return Qualities(
        solution[:size],
        solution[size:],
        exporter_pairs,
        importer_pairs,
        error[:size],
        error[size:],
        float(np.mean(value**2)),
        int((np.abs(value) > limit).sum()),
        int(used.sum()),
    )


def _not_negative(normal: Array, right: Array) -> Array:
    """Return the least squares solution of normal equations with no coefficient below 0."""
    free: Array = np.asarray(np.linalg.solve(normal, right), dtype=np.float64)
    if (free >= 0).all():
        return free
    from scipy.optimize import nnls

    lower = np.linalg.cholesky(normal)
    return np.asarray(nnls(lower.T, np.linalg.solve(lower, right))[0])


@dataclass(frozen=True)
class Reconciled:
    """Reconciled figure per pair: current US dollars, FOB; NaN if neither side reports dollars above 0.

    ``log_error`` is the standard error of its logarithm, larger than the reporters' own if they differ by more;
    ``exporter_part`` and ``importer_part`` split it by reporter, the markup's error with the importer's.
    ``exporter_weight`` is 1 if only the exporter reports, 0 if only the importer does.
    """

    value_usd: Array
    log_error: Array
    exporter_weight: Array
    exporter_part: Array
    importer_part: Array

    def taken(self, rows: Whole) -> Reconciled:
        """Return some of the flows."""
        return Reconciled(**{name: column[rows] for name, column in vars(self).items()})


def reconcile(pairs: ReportPairs, markups: Markups, qualities: Qualities) -> Reconciled:
    """Return the weighted mean of both logs, with weight ``v_importer / (v_exporter + v_importer)`` on the exporter's.

    A flow that one side reports is taken from that report, the importer's converted to FOB. If both differ by
    more than their variances allow, the error is widened by that ratio (Birge); and each variance
    is increased by its own standard error, so that few pairs do not make a figure look precise.

    Method: docs/methods/mirror.md.
    """
    has_x, has_m = np.nan_to_num(pairs.exporter_usd) > 0, np.nan_to_num(pairs.importer_usd) > 0
    log_x = np.log(np.where(has_x, pairs.exporter_usd, 1.0))
    log_m = np.log(np.where(has_m, pairs.importer_usd, 1.0)) - markups.log_markup
    v_x, v_m = qualities.exporter[pairs.exporter], qualities.importer[pairs.importer]
    weight = np.where(has_x & has_m, v_m / (v_x + v_m), has_x.astype(np.float64))
    neither = ~(has_x | has_m)
    value = np.exp(weight * log_x + (1 - weight) * log_m)
    stretch = np.where(has_x & has_m, np.maximum(1.0, np.abs(log_m - log_x) / np.sqrt(v_x + v_m)), 1.0)
    ci95 = markups.summary.ci95
    if ci95 is None:  # assumed: a half of it
        markup_error = float(np.log1p(markups.summary.markup)) / 2
    else:
        markup_error = float(np.log1p(ci95[1]) - np.log1p(ci95[0])) / (2 * 1.96)
    told_x = v_x + qualities.exporter_error[pairs.exporter]
    told_m = v_m + qualities.importer_error[pairs.importer] + markup_error**2
    exporter_part = weight * np.sqrt(told_x) * stretch
    importer_part = (1 - weight) * np.sqrt(told_m) * stretch
    return Reconciled(
        np.where(neither, np.nan, value),
        np.where(neither, np.nan, np.hypot(exporter_part, importer_part)),
        np.where(neither, np.nan, weight),
        exporter_part,
        importer_part,
    )


@dataclass(frozen=True)
class ReconciledSum:
    """Sum of reconciled flows, split by the sides that report them.

    ``standard_error_usd`` treats each reporter's errors as fully correlated: they do not average out over its flows.
    """

    reconciled_usd: float
    standard_error_usd: float
    exporter_only_usd: float
    importer_only_usd: float
    both_usd: float
    flows_both: int
    flows_one_sided: int


def reconciled_sum(pairs: ReportPairs, reconciled: Reconciled, where: Flags, factor: Array) -> ReconciledSum:
    """Sum the reconciled flows selected by ``where``, each times ``factor``, with error and parts."""
    mine = where & np.isfinite(reconciled.value_usd)
    value, weight = (reconciled.value_usd * factor)[mine], reconciled.exporter_weight[mine]
    size = len(pairs.economies)
    by_exporter = np.bincount(pairs.exporter[mine], weights=value * reconciled.exporter_part[mine], minlength=size)
    by_importer = np.bincount(pairs.importer[mine], weights=value * reconciled.importer_part[mine], minlength=size)
    both = pairs.both[mine]
    return ReconciledSum(
        float(value.sum()),
        float(np.sqrt((by_exporter**2).sum() + (by_importer**2).sum())),
        float(value[~both & (weight == 1)].sum()),
        float(value[~both & (weight == 0)].sum()),
        float(value[both].sum()),
        int(both.sum()),
        int((~both).sum()),
    )
