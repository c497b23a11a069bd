"""Placebo spread, estimated from untreated destinations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stopgap.measures.statistics.placebo import LEAST_PLACEBOS, t_quantile

Array = npt.NDArray[np.float64]

_ROUNDS = 8


@dataclass(frozen=True)
class VarianceParts:
    """Variance of a figure as ``common + own * load``.

    Attributes:
        common: What every destination has, however many figures it rests on.
        own: What falls as a destination has more figures.
    """

    common: float
    own: float

    def at(self, load: Array | float) -> Array:
        """Variance at a load."""
        found: Array = np.asarray(self.common + self.own * np.asarray(load, dtype=float))
        return found


def variance_parts(squares: Array, loads: Array) -> VarianceParts:
    """Both parts, not negative, from squared deviations with their loads.

    Least squares weighted by the variance that the parts themselves give, in a few rounds:
    a square spreads as its expectation does, and unweighted the noisiest would decide alone.
    """
    parts = VarianceParts(float(squares.mean()), 0.0) if squares.size else VarianceParts(0.0, 0.0)
    if not squares.any():
        return VarianceParts(0.0, 0.0)
    weights = np.ones_like(squares)
    for _ in range(_ROUNDS):
        parts = _not_negative(squares, loads, weights)
        expected = parts.at(loads)
        weights = 1.0 / np.maximum(expected, 1e-3 * expected.max()) ** 2
        weights /= weights.max()
    return parts


def _not_negative(squares: Array, loads: Array, weights: Array) -> VarianceParts:
    """Weighted non-negative least squares of two columns, 1 and the load."""
    ones, load, load2 = weights.sum(), (weights * loads).sum(), (weights * loads**2).sum()
    first, second = (weights * squares).sum(), (weights * loads * squares).sum()
    alone = VarianceParts(float(first / ones), 0.0)
    if load2 <= 0:
        return alone
    determinant = ones * load2 - load**2
    if determinant > 1e-12 * ones * load2:
        common, own = ((load2 * first - load * second) / determinant, (ones * second - load * first) / determinant)
        if common >= 0 and own >= 0:
            return VarianceParts(float(common), float(own))
    scaled = VarianceParts(0.0, float(second / load2))

    def misfit(parts: VarianceParts) -> float:
        return float((weights * (squares - parts.at(loads)) ** 2).sum())

    return min(alone, scaled, key=misfit)


def half_width(deviations: Array, loads: Array, load: float) -> float | None:
    """Half of a 95 % interval for a figure with ``load``, from placebos' figures about their mean.

    Args:
        deviations: Placebos' figures.
        loads: What each one's variance grows with.
        load: That of the figure itself.

    Returns:
        ``t * s * sqrt(1 + 1/n)`` with n - 1 degrees of freedom; ``None`` under three placebos.

    Method: Donald and Lang (2007), the variance in two parts.
    """
    count = deviations.size
    if count < LEAST_PLACEBOS:
        return None
    squares = (deviations - deviations.mean()) ** 2 * count / (count - 1)
    spread = np.sqrt(float(variance_parts(squares, loads).at(load)))
    return float(t_quantile(count - 1) * spread * np.sqrt(1.0 + 1.0 / count))
