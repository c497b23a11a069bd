"""What suppliers' trade with control destinations says of their trade with any one destination."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stopgap.findings.placebo import Array, herfindahl, two_part_variance

Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


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

    A growth read off few or unequal destinations is mostly noise: its squared
    distance from the supplier's overall growth is regressed on the Herfindahl index of its
    control cells, and the weight of its own growth is the part not due to that.

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
    index = herfindahl(add(baseline_usd**2), baseline)
    known = (baseline > 0) & (after > 0) & (overall[:, None] > 0)
    weight = np.zeros(shape)
    if known.any():
        grown = np.broadcast_to(overall[:, None], shape)[known]
        squares = np.log(after[known] / (baseline[known] * grown)) ** 2
        level, slope = two_part_variance(squares, index[known])
        noise = level + slope * index
        weight = np.divide(level, noise, out=np.zeros(shape), where=noise > 0)
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
