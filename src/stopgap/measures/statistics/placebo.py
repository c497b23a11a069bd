"""Placebo inference: ranks and quantiles over untreated destinations.

With one target, no error estimated within it can separate its own change from the event. The
spread of the same figure over placebo destinations can (Donald and Lang 2007; Conley
and Taber 2011). Destinations that trade little vary more, so the spread depends on
the concentration of the counterfactual.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace

import numpy as np

from stopgap.measures.statistics.array_types import Array

LEAST_PLACEBOS = 3
"""Fewest placebos for an interval; with J destinations, the target included, it has J - 2 degrees of freedom."""

_ROUNDS = 8


def herfindahl(square_sum: Array, total: Array) -> Array:
    """Return the Herfindahl index from the sum of squares and the sum, 1 if there is no trade."""
    return np.divide(square_sum, total**2, out=np.ones_like(total), where=total > 0)


def two_part_variance(squares: Array, slope: Array) -> tuple[float, float]:
    """Fit squared deviations to a constant and a slope (both (n,)) by least squares, neither coefficient below 0.

    The solution is exact: if the unconstrained one has a negative part, the better single column is used.
    """
    design = np.column_stack([np.ones_like(slope), slope])
    free, *_ = np.linalg.lstsq(design, squares, rcond=None)
    if free.min() >= 0:
        return float(free[0]), float(free[1])
    constant = float(squares.mean())
    norm = float(slope @ slope)
    coefficient = float(slope @ squares) / norm if norm > 0 else 0.0
    left_constant = float(((squares - constant) ** 2).sum())
    left_slope = float(((squares - coefficient * slope) ** 2).sum())
    return (constant, 0.0) if left_constant <= left_slope else (0.0, coefficient)


@functools.cache
def t_quantile(degrees_of_freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t with integer degrees of freedom.

    Loading SciPy's special functions takes longer than all other statistics of a measure, so
    the finite sum of the distribution for integer degrees is solved here.

    Method: Abramowitz and Stegun (1964), 26.7.3 and 26.7.4; bisection. Tested against SciPy.
    """
    low, high = 0.0, 13.0  # 12.71 with one degree of freedom, and less with more
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, degrees_of_freedom) < 0.95 else (low, middle)
    return (low + high) / 2


def _within(t: float, degrees_of_freedom: int) -> float:
    """Return the probability that Student's t lies within ±t."""
    angle = math.atan(t / math.sqrt(degrees_of_freedom))
    sine, square = math.sin(angle), math.cos(angle) ** 2
    if degrees_of_freedom % 2:
        term, total = math.cos(angle), 0.0
        for step in range(1, degrees_of_freedom - 1, 2):
            total += term
            term *= square * (step + 1) / (step + 2)
        return 2 / math.pi * (angle + sine * total)
    term, total = 1.0, 0.0
    for step in range(0, degrees_of_freedom - 1, 2):
        total += term
        term *= square * (step + 1) / (step + 2)
    return sine * total


@dataclass(frozen=True)
class Spread:
    """Spread of a logarithmic deviation over placebos: variance ``level + slope * herfindahl``.

    ``level`` is τ², not explained by concentration, ``slope`` is σ²; ``placebos`` counts destinations, J - 1.
    """

    level: float
    slope: float
    placebos: int

    def standard_deviation(self, concentration: Array) -> Array:
        """Return the standard deviation at a Herfindahl index, (n,) for (n,)."""
        return np.asarray(np.sqrt(self.level + self.slope * concentration))

    def scaled(self, deviations: Array, concentration: Array) -> Array:
        """Return deviations divided by their standard deviation, (n,) for (n,); unchanged if that is 0."""
        sd = self.standard_deviation(concentration)
        return np.divide(deviations, sd, out=deviations.copy(), where=sd > 0)

    def half_width(self, concentration: Array, *, extra: float = 0.0) -> Array:
        """Return half of a 95 % interval in logarithms, h = t_{J-2} s sqrt(1 + 1/(J-1)), (n,) for (n,).

        ``extra`` is variance that placebos do not have.
        """
        spread = np.sqrt(self.standard_deviation(concentration) ** 2 + extra)
        return np.asarray(t_quantile(self.placebos - 1) * spread * float(np.sqrt(1 + 1 / self.placebos)))


def fit_spread(deviation: Array, concentration: Array, *, placebos: int | None = None) -> Spread | None:
    """Fit the spread of placebo deviations (n,) around their mean; ``None`` under :data:`LEAST_PLACEBOS` placebos.

    ``concentration`` is the Herfindahl index of each one's counterfactual (n,); ``placebos`` counts the destinations
    that the deviations come from, if several belong to one (suppliers or goods within it).
    """
    count = deviation.size if placebos is None else placebos
    if count < LEAST_PLACEBOS or deviation.size < LEAST_PLACEBOS:
        return None
    squares = (deviation - deviation.mean()) ** 2 * deviation.size / (deviation.size - 1)
    level, slope = two_part_variance(squares, concentration)
    return Spread(level, slope, count)


def placebo_rank(
    spread: Spread, own: tuple[float, float], deviation: Array, concentration: Array, *, extra: float = 0.0
) -> tuple[int, int]:
    """Rank the target's deviation (with its Herfindahl index) among the placebos', each divided by its own spread.

    Returns (rank, out of): 1 if no placebo rose as much; ties count as having done so. ``extra`` is variance of the
    target's deviation that placebos do not have.
    """
    ours = replace(spread, level=spread.level + extra).scaled(np.array([own[0]]), np.array([own[1]]))[0]
    return int((spread.scaled(deviation, concentration) >= ours).sum()) + 1, deviation.size + 1


@dataclass(frozen=True)
class VarianceParts:
    """Variance of a figure as ``common + own * load``: a part shared by all, and one that falls with more figures."""

    common: float
    own: float

    def at(self, load: Array | float) -> Array:
        """Return the variance of a figure with this load."""
        return np.asarray(self.common + self.own * np.asarray(load, dtype=float), dtype=np.float64)


def variance_parts(squares: Array, loads: Array) -> VarianceParts:
    """Fit both non-negative variance parts to squared deviations with their loads.

    Least squares, reweighted in a few rounds by the variance that the parts imply:
    a square varies as its expectation does, and unweighted the noisiest would dominate.
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
    """Solve weighted non-negative least squares on two columns, 1 and the load."""
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
    """Return half of a 95 % interval for a figure with ``load``, from placebos' figures around their mean.

    ``t * s * sqrt(1 + 1/n)`` with n - 1 degrees of freedom, each one's variance growing with its load; ``None`` with
    fewer than three placebos.

    Method: Donald and Lang (2007), the variance in two parts.
    """
    count = deviations.size
    if count < LEAST_PLACEBOS:
        return None
    squares = (deviations - deviations.mean()) ** 2 * count / (count - 1)
    spread = np.sqrt(float(variance_parts(squares, loads).at(load)))
    return float(t_quantile(count - 1) * spread * np.sqrt(1.0 + 1.0 / count))
