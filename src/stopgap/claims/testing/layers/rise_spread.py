"""Spread of a destination's change by chance: a part common to all, and parts that fall with many goods and much trade."""

from __future__ import annotations

import itertools

import numpy as np

from stopgap.measures.statistics.array_types import Array

LARGEST_LOAD = 50.0
"""Most that a destination's volume may raise its variance, relative to a middling one."""

_ROUNDS = 4
_LEAST_SHARE = 1e-3  # of the largest variance, so that no weight is unbounded


def volume_load(volume: Array) -> Array:
    """Return how thin each destination's trade is, (n,): the median volume by its own, at most :data:`LARGEST_LOAD`."""
    return np.asarray(np.minimum(np.median(volume) / volume, LARGEST_LOAD), dtype=np.float64)


def scaled_by_spread(deviations: Array, concentration: Array, volume: Array) -> Array:
    """Divide deviations (n,) by the spread that chance gives each of them.

    The variance is ``common + goods * concentration + shipments * load``, no part below 0: few goods and little trade
    (few shipments) both make a change larger by chance. Fitted to the squared deviations by least squares, reweighted
    in a few rounds by the variance that the parts imply.

    Args:
        deviations: Logarithmic changes from their median, finite.
        concentration: Herfindahl index of each destination's trade over goods and suppliers before.
        volume: Trade of each destination before, above 0.

    Method: Donald and Lang (2007), the variance in three parts (ours).
    """
    squares = deviations**2
    if not squares.any():
        return np.asarray(deviations, dtype=np.float64)
    design = np.column_stack([np.ones_like(squares), concentration, volume_load(volume)])
    weights = np.ones_like(squares)
    variance = np.full_like(squares, squares.mean())
    for _ in range(_ROUNDS):
        variance = design @ _not_negative(design, squares, weights)
        variance = np.maximum(variance, _LEAST_SHARE * variance.max())
        weights = 1.0 / variance**2
        weights /= weights.max()
    return np.asarray(deviations / np.sqrt(variance), dtype=np.float64)


def _not_negative(design: Array, squares: Array, weights: Array) -> Array:
    """Solve weighted least squares with no coefficient below 0, by the best feasible subset of columns."""
    root = np.sqrt(weights)
    rows, goal = design * root[:, None], squares * root
    best = np.array([float((weights * squares).sum() / weights.sum()), 0.0, 0.0])
    least = float(((goal - rows @ best) ** 2).sum())
    for size in (1, 2, 3):
        for columns in itertools.combinations(range(design.shape[1]), size):
            chosen = list(columns)
            found, *_ = np.linalg.lstsq(rows[:, chosen], goal, rcond=None)
            misfit = float(((goal - rows[:, chosen] @ found) ** 2).sum())
            if found.min() >= 0 and misfit < least:
                best, least = np.zeros(design.shape[1]), misfit
                best[chosen] = found
    return best
