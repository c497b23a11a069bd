"""Least squares over the simplex, many problems at once: weights that are not negative and sum to one.

Each problem asks for the convex mixture of points that lies nearest to the origin. A
primal-dual interior point method solves all of them together: every step is one stacked
solve, so ten thousand problems cost a dozen array operations and not ten thousand loops.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MAX_STEPS = 80
TOLERANCE = 1e-10  # duality gap by the square of the nearest single point
_TO_BOUNDARY = 0.995
_NOTHING = 1e-10  # weights below it are rounding, not a choice


@dataclass(frozen=True)
class SimplexFit:
    """Weights of many problems.

    Attributes:
        weights: Problems x points; not negative, summing to 1. Zero at points left out; all
            zero where a problem has no point left.
        gap: Problems: how far the sum of squares could still fall at most (the largest
            violation of the Karush-Kuhn-Tucker conditions, weighted), in squared units of the input.
        steps: Steps that the slowest problem took.
    """

    weights: Array
    gap: Array
    steps: int


def simplex_weights(points: Array, usable: Flags | None = None, *, max_steps: int = MAX_STEPS) -> SimplexFit:
    """Mixtures of points nearest to the origin: ``min |points @ w|^2, w >= 0, sum w = 1``.

    Args:
        points: Problems x coordinates x points. For a fit to a series, each column is a
            donor minus the series.
        usable: Problems x points; points that may have weight (all when ``None``).
        max_steps: Steps after which a problem is left as it stands; its ``gap`` tells.

    Returns:
        Weights with their gap. A problem with several solutions gets one inside their set.

    Method: primal-dual interior point for the quadratic program (Nocedal and Wright,
        Numerical Optimization, 16.6), with Mehrotra's choice of the centring.
    """
    count, _, width = points.shape
    allowed = np.ones((count, width), dtype=bool) if usable is None else usable
    weights = np.zeros((count, width))
    some = np.flatnonzero(allowed.any(axis=1))
    if some.size == 0:
        return SimplexFit(weights, np.zeros(count), 0)
    gram = np.matmul(points[some].transpose(0, 2, 1), points[some])
    gram, linear = _without(gram, allowed[some])
    scale = _scale(gram, allowed[some])
    gram /= scale[:, None, None]
    linear /= scale[:, None]
    found, steps = _interior(gram, linear, max_steps)
    found = np.where(allowed[some] & (found > _NOTHING), found, 0.0)
    found /= found.sum(axis=1, keepdims=True)
    weights[some] = found
    return SimplexFit(weights, _gap(points, weights, allowed), steps)


def _without(gram: Array, allowed: Flags) -> tuple[Array, Array]:
    """The quadratic and linear terms in which points left out cost more than any other."""
    both = allowed[:, :, None] & allowed[:, None, :]
    kept = np.where(both, gram, 0.0)
    largest = np.maximum(kept.max(axis=(1, 2)), np.finfo(float).tiny)
    position = np.arange(gram.shape[1])
    kept[:, position, position] += np.where(allowed, 0.0, largest[:, None])
    return kept, np.where(allowed, 0.0, 4.0 * largest[:, None])


def _scale(gram: Array, allowed: Flags) -> Array:
    """The square of the nearest point, within ten orders of the farthest."""
    diagonal = np.diagonal(gram, axis1=1, axis2=2)
    nearest = np.where(allowed, diagonal, np.inf).min(axis=1)
    farthest = np.where(allowed, diagonal, 0.0).max(axis=1)
    floor = np.where(farthest > 0, farthest * 1e-10, 1.0)
    scale: Array = np.maximum(nearest, floor)
    return scale


def _interior(gram: Array, linear: Array, max_steps: int) -> tuple[Array, int]:
    """Weights of ``min 1/2 w'Gw + l'w`` over the simplex, all problems at once.

    The start is feasible on both sides, and every step keeps it so; ``w'z`` then is the gap.
    """
    count, width = linear.shape
    result = np.full((count, width), 1.0 / width)
    live = np.arange(count)
    w = result.copy()
    slope = np.einsum("sij,sj->si", gram, w) + linear
    z = slope - slope.min(axis=1, keepdims=True) + np.maximum(1e-3 * np.ptp(slope, axis=1), 1e-8)[:, None]
    steps = 0
    for _ in range(max_steps):
        gap = np.einsum("si,si->s", w, z)
        open_ = gap > TOLERANCE
        if not open_.all():
            result[live] = w
            live, w, z, gram = live[open_], w[open_], z[open_], gram[open_]
            if live.size == 0:
                break
        w, z = _step(gram, w, z)
        steps += 1
    result[live] = w
    return result, steps


def _step(gram: Array, w: Array, z: Array) -> tuple[Array, Array]:
    """One predictor and corrector step."""
    width = w.shape[1]
    system = gram.copy()
    position = np.arange(width)
    system[:, position, position] += z / w
    ones = np.ones_like(w)
    solved = np.linalg.solve(system, np.stack([-z, ones], axis=2))
    along, level = solved[:, :, 0], solved[:, :, 1]
    dw = along - level * (along.sum(axis=1) / level.sum(axis=1))[:, None]
    dz = -z - z / w * dw
    reach = np.minimum(_reach(w, dw), _reach(z, dz))
    mean = np.einsum("si,si->s", w, z) / width
    ahead = np.einsum("si,si->s", w + reach[:, None] * dw, z + reach[:, None] * dz) / width
    centre = np.clip(ahead / mean, 0.0, 1.0) ** 3 * mean
    aim = (centre[:, None] - dw * dz) / w - z
    along = np.linalg.solve(system, aim[:, :, None])[:, :, 0]
    dw = along - level * (along.sum(axis=1) / level.sum(axis=1))[:, None]
    dz = aim - z / w * dw
    reach = np.minimum(_reach(w, dw), _reach(z, dz)) * _TO_BOUNDARY
    w = w + reach[:, None] * dw
    return w / w.sum(axis=1, keepdims=True), z + reach[:, None] * dz


def _reach(value: Array, change: Array) -> Array:
    """The longest step up to 1 that keeps every value above zero."""
    with np.errstate(divide="ignore", over="ignore"):
        limit = np.where(change < 0, -value / np.where(change < 0, change, -1.0), np.inf)
    reach: Array = np.minimum(1.0, limit.min(axis=1))
    return reach


def _gap(points: Array, weights: Array, allowed: Flags) -> Array:
    """Bound on what the sum of squares could still fall by: the Frank-Wolfe gap, doubled for the square."""
    fitted = np.einsum("stj,sj->st", points, weights)
    slope = np.einsum("stj,st->sj", points, fitted)
    best = np.where(allowed, slope, np.inf).min(axis=1)
    reached = np.einsum("sj,sj->s", weights, slope)
    gap: Array = np.where(np.isfinite(best), np.maximum(2.0 * (reached - best), 0.0), 0.0)
    return gap
