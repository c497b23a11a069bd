"""Give the p-value of an F test without loading SciPy, which takes longer than the tests of a measure."""

from __future__ import annotations

import math


def f_tail(value: float, above: int, below: int) -> float:
    """Return the probability that F with ``above`` and ``below`` degrees of freedom exceeds a value of 0 or more.

    Method: continued fraction of the incomplete beta function (Lentz), Press and others, Numerical Recipes, 6.4.
    """
    if value <= 0:
        return 1.0
    a, b, x = below / 2, above / 2, below / (below + above * value)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1.0 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function."""
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    total = d
    for step in range(1, 500):
        even = step * (b - step) * x / ((a + 2 * step - 1.0) * (a + 2 * step))
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1.0))
        for term in (even, odd):
            d, c = 1.0 / (1.0 + term * d), 1.0 + term / c
            total *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return total
