"""Estimate the growth of suppliers' trade with control destinations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.placebo import herfindahl

Pair = tuple[Array, Array]

WIDEST = 20.0
"""Largest factor between a growth and the one that it is shrunk towards."""

TINY = 1e-12

ONE_DESTINATION = 0.9
"""Herfindahl index from which a growth counts as that of a single destination."""


@dataclass(frozen=True)
class ControlSums:
    """Sums over control destinations, each (suppliers, goods): dollars a year, squared cells, products of both."""

    baseline: Array
    after: Array
    baseline_square: Array
    after_square: Array
    cross: Array


@dataclass(frozen=True)
class Growth:
    """Growth of each supplier in each good over the control destinations.

    ``everyone`` is the growth of all suppliers together, 1 if none sold anything to a control (``is_known`` is false).
    ``own_weight`` (suppliers,) is the weight of a supplier's own growth, 0 to 1, against everyone's; ``good_weight``
    (suppliers, goods) that of a good's, against the supplier's. A supplier without control trade uses the growth
    of all (``is_borrowed``).
    """

    sums: ControlSums
    everyone: float
    own_weight: Array
    good_weight: Array
    is_borrowed: Mask
    is_known: bool

    @property
    def factor(self) -> Array:
        """Return the growth factor from baseline to after, (suppliers, goods), above 0."""
        own = self._own(self.sums.baseline.sum(axis=1), self.sums.after.sum(axis=1), self.own_weight)
        return _drawn(self.sums.baseline, self.sums.after, own[:, None], self.good_weight)

    def factor_without(self, supplier: Index, good: Index, cell: Pair, whole: Pair) -> Array:
        """Return the growth factor with a destination's own trade excluded from the control, (n,) for (n,).

        ``cell`` is baseline and after of the good there, zeros if it is not a control; ``whole`` is that of all goods
        of the supplier there.
        """
        base, later = self.sums.baseline.sum(axis=1), self.sums.after.sum(axis=1)
        own = self._own(base[supplier] - whole[0], later[supplier] - whole[1], self.own_weight[supplier])
        return _drawn(
            self.sums.baseline[supplier, good] - cell[0],
            self.sums.after[supplier, good] - cell[1],
            own,
            self.good_weight[supplier, good],
        )

    def _own(self, base: Array, later: Array, weight: Array) -> Array:
        return _drawn(base, later, np.full_like(base, self.everyone), weight)


def _drawn(base: Array, later: Array, towards: Array, weight: Array) -> Array:
    """Return the growth ``later / base`` shrunk towards another, in logarithms; at most a factor of 20 from it."""
    expected = np.maximum(base, 0.0) * towards
    ratio = np.divide(np.maximum(later, 0.0), expected, out=np.ones_like(expected), where=expected > 0)
    return np.asarray(towards * np.clip(ratio, 1 / WIDEST, WIDEST) ** weight)


def fit_growth(sums: ControlSums) -> Growth:
    """Fit growth by supplier and good: a good's is shrunk to its supplier's, and a supplier's to that of all.

    A growth estimated from few or unequal destinations is mostly noise, and is shrunk accordingly.
    Its chance variance is estimated from the variation between its destinations. The variation of
    growths beyond chance is the prior spread. Growth is 1 if no supplier sold anything to a control,
    since none is known.

    Method: docs/methods/net-backfill.md.
    """
    base, later = sums.baseline.sum(axis=1), sums.after.sum(axis=1)
    is_known = bool(base.sum() > 0) and bool(later.sum() > 0)
    everyone = float(later.sum() / base.sum()) if is_known else 1.0
    whole = ControlSums(*(part.sum(axis=1, keepdims=True) for part in vars(sums).values()))
    own_weight = _weight(whole.baseline, whole.after, np.full((base.size, 1), everyone), chance_variance(whole))[:, 0]
    own = _drawn(base, later, np.full_like(base, everyone), own_weight)
    good_weight = _weight(sums.baseline, sums.after, own[:, None], chance_variance(sums))
    return Growth(sums, everyone, own_weight, good_weight, base <= 0, is_known)


def chance_variance(sums: ControlSums) -> Array:
    """Return the chance variance of each log growth, (suppliers, goods); NaN if unknown.

    The squared residuals of destinations from their growth, as a ratio's variance, are pooled over
    a supplier's goods to σ² per unit of the Herfindahl index, if it has goods with more than
    one destination; else over all suppliers.
    """
    index = herfindahl(sums.baseline_square, sums.baseline)
    known = (sums.baseline > 0) & (sums.after > 0)
    ratio = np.divide(sums.after, sums.baseline, out=np.zeros_like(index), where=known)
    residual = sums.after_square - 2 * ratio * sums.cross + ratio**2 * sums.baseline_square
    scatter = np.divide(np.maximum(residual, 0.0), sums.after**2, out=np.zeros_like(index), where=known)
    # The residuals of one growth sum to zero, so that a share H of their variance is lost.
    seen = known & (index < ONE_DESTINATION)
    scatter, lost = np.where(seen, scatter, 0.0), np.where(seen, index * (1.0 - index), 0.0)
    pooled = scatter.sum() / lost.sum() if lost.sum() > 0 else 0.0
    total = lost.sum(axis=1, keepdims=True)
    slope = np.divide(scatter.sum(axis=1, keepdims=True), total, out=np.full_like(total, pooled), where=total > 0)
    return np.where(known, slope * index, np.nan)


def _weight(base: Array, later: Array, towards: Array, noise: Array) -> Array:
    """Return the weight of each growth against the one it is shrunk towards: τ² / (τ² + its noise).

    τ² is the mean of squared log distances minus their noise, with higher weight for less noise.
    """
    known = np.isfinite(noise) & (towards > 0)
    if not known.any():
        return np.zeros_like(noise)
    ratio = later[known] / (base[known] * np.broadcast_to(towards, noise.shape)[known])
    squares = np.log(np.clip(ratio, 1 / WIDEST, WIDEST)) ** 2
    chance = noise[known]
    trust = 1.0 / (chance + squares.mean() + TINY) ** 2
    level = max(float((trust * (squares - chance)).sum() / trust.sum()), 0.0)
    whole = level + np.where(known, noise, 0.0)
    return np.where(known, np.divide(level, whole, out=np.zeros_like(whole), where=whole > 0), 0.0)
