"""How far each economy's reports can be trusted: variances of exporters and importers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.mirror.pairs import Array, Flags, ReportPairs, Whole

WINSOR = 5.0
"""Gaps are cut at this many robust standard deviations before they are squared."""
SMALLEST = 0.02**2
LEAST_SHARE = 0.05
"""No report counts as better than this part of the average variance: no single reporter is taken at its word alone."""
ASSUMED = 0.3**2
"""Variance of a report where no flow is reported twice."""
_MAD = 1.4826
_ROUNDS = 8


@dataclass(frozen=True)
class Qualities:
    """Variance of the log of what each economy reports, as exporter and as importer.

    Attributes:
        exporter: Variance per economy as exporter; the average where it has no pair.
        importer: The same as importer.
        exporter_pairs: Pairs that each rests on.
        importer_pairs: The same as importer.
        exporter_error: Standard error of each variance as exporter: few pairs tell little.
        importer_error: The same as importer.
        gap_variance: Mean squared gap over all pairs.
        winsorised: Pairs whose gap was cut.
        pairs: Pairs used.
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
        """``v_importer / (v_exporter + v_importer)``: the weight of the exporter's report, per pair."""
        x, m = self.exporter[exporter], self.importer[importer]
        return np.asarray(m / (x + m), dtype=np.float64)


def reporter_qualities(pairs: ReportPairs, gap: Array, *, left_out: Flags | None = None) -> Qualities:
    """Variances of exporters' and importers' reports, from how far both sides differ.

    Args:
        pairs: The pairs.
        gap: ``ln(M/X)`` less what it is expected to be, per pair; NaN where a side is silent.
        left_out: Pairs not to learn from (those under suspicion).

    Returns:
        One variance per economy and side. With ``E[gap²] = v_exporter + v_importer`` only the sums of
        an exporter and an importer are told by the data; where a constant can be moved from all
        exporters to all importers, it is split so that both sides differ least from the average.
        Few pairs leave an economy near the average.

    Method: non-negative least squares of squared gaps on the two reporters, weighted by the inverse
    of their own variance (iterated), with a prior of the average, as wide as the variance itself.
    docs/methods/mirror.md.
    """
    from scipy.linalg import cholesky, solve_triangular
    from scipy.optimize import nnls

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
    cell, index = np.unique(exporter * size + importer, return_inverse=True)
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
        lower = cholesky(normal, lower=True)
        new, _ = nnls(lower.T, solve_triangular(lower, right, lower=True))
        new = np.maximum(new, max(SMALLEST, LEAST_SHARE * average))
        settled = float(np.max(np.abs(new - solution) / solution)) < 1e-3
        solution, fitted = new, new[row] + new[size + column]
        if settled:
            break
    unit = solve_triangular(lower, np.eye(2 * size), lower=True)
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
