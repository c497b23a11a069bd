"""What suppliers' trade with control destinations says of their trade with any one destination."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stopgap.findings.placebo import Array, herfindahl

Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

ONE_DESTINATION = 0.9
"""Herfindahl index from which a growth is as good as one destination's."""


@dataclass(frozen=True)
class Growth:
    """Growth of each supplier in each good over the control destinations.

    Attributes:
        supplier: (n,) position of each cell's supplier, and so ``good``.
        baseline_usd: (n,) of each cell.
        own_baseline: (n,) the part of it that is in the control, and so ``own_after``.
        baseline: (suppliers, goods) control sums, and so ``after``.
        overall: (suppliers,) growth over all goods.
        weight: (suppliers, goods) weight of a good's own growth, 0 to 1; the rest is ``overall``.
        is_borrowed: (suppliers,) whether a supplier without control trade takes the growth of all.
    """

    supplier: Index
    good: Index
    baseline_usd: Array
    own_baseline: Array
    own_after: Array
    baseline: Array
    after: Array
    overall: Array
    weight: Array
    is_borrowed: Mask

    def expected(self) -> Array:
        """Counterfactual dollars a year of each cell, (n,): its baseline grown as elsewhere.

        A control destination's own trade is taken out of the growth that it is held
        against; otherwise placebos would scatter less than the target does.
        """
        base = np.maximum(self.baseline[self.supplier, self.good] - self.own_baseline, 0.0)
        later = np.maximum(self.after[self.supplier, self.good] - self.own_after, 0.0)
        overall = self.overall[self.supplier]
        ratio = np.divide(later, base * overall, out=np.ones_like(base), where=base * overall > 0)
        return overall * (1.0 + self.weight[self.supplier, self.good] * (ratio - 1.0)) * self.baseline_usd


def fit_growth(
    shape: tuple[int, int],
    supplier: Index,
    good: Index,
    baseline_usd: Array,
    after_usd: Array,
    is_control: Mask,
) -> Growth | None:
    """Growth by supplier and good, shrunk to the supplier's overall growth.

    A growth read off few or unequal destinations is mostly noise, and is drawn to the
    supplier's overall growth in proportion.

    Args:
        shape: Number of suppliers and of goods.
        supplier: (n,).
        good: (n,).
        baseline_usd: (n,), mean dollars a year.
        after_usd: (n,).
        is_control: (n,) whether the cell's destination is a control.

    Returns:
        ``None`` where no supplier sold anything to a control destination in the baseline.
    """
    where = supplier * shape[1] + good

    def add(values: Array) -> Array:
        sums: Array = np.zeros(shape[0] * shape[1])
        sums += np.bincount(where, np.where(is_control, values, 0.0), minlength=sums.size)
        return sums.reshape(shape)

    baseline, after = add(baseline_usd), add(after_usd)
    base, later = baseline.sum(axis=1), after.sum(axis=1)
    if not base.sum() > 0:
        return None
    everyone = float(later.sum() / base.sum())
    overall = np.divide(later, base, out=np.full(shape[0], everyone), where=base > 0)
    ratio = np.divide(after, baseline, out=np.zeros(shape), where=baseline > 0)
    residual = after_usd - ratio[supplier, good] * baseline_usd
    weight = _own_weight(baseline, after, overall, add(baseline_usd**2), add(residual**2))
    return Growth(
        supplier=supplier,
        good=good,
        baseline_usd=baseline_usd,
        own_baseline=np.where(is_control, baseline_usd, 0.0),
        own_after=np.where(is_control, after_usd, 0.0),
        baseline=baseline,
        after=after,
        overall=overall,
        weight=weight,
        is_borrowed=base <= 0,
    )


def _own_weight(
    baseline: Array, after: Array, overall: Array, square_sum: Array, residual_sum: Array
) -> Array:
    """Weight of a good's own growth against its supplier's overall growth, (suppliers, goods).

    What a growth owes to chance is read off its destinations, which scatter about it: their
    squared residuals, as a ratio's variance, are pooled to σ² a unit of the Herfindahl index H.
    What growths of goods differ by beyond that is τ². Growths seen at one destination alone
    have no scatter, and tell nothing of σ².

    Args:
        baseline: Control sums, and so ``after``.
        after: As above.
        overall: (suppliers,) growth over all goods.
        square_sum: Sum of squared baseline cells.
        residual_sum: Sum of squared residuals of cells from their growth.

    Returns:
        τ² / (τ² + σ² H), 0 where a growth is not known.
    """
    index = herfindahl(square_sum, baseline)
    known = (baseline > 0) & (after > 0) & (overall[:, None] > 0)
    seen = known & (index < ONE_DESTINATION)
    scatter = np.divide(residual_sum, after**2, out=np.zeros_like(after), where=known)
    # The residuals of one growth sum to zero, so that a share H of their variance is lost.
    spread = float((index * (1.0 - index))[seen].sum())
    slope = float(scatter[seen].sum()) / spread if spread > 0 else 0.0
    if not known.any():
        return np.zeros_like(baseline)
    grown = np.broadcast_to(overall[:, None], baseline.shape)[known]
    squares = np.log(after[known] / (baseline[known] * grown)) ** 2
    trust = 1.0 / index[known]
    level = max(float((trust * (squares - slope * index[known])).sum() / trust.sum()), 0.0)
    noise = level + slope * index
    return np.divide(level, noise, out=np.zeros_like(noise), where=known & (noise > 0))
