"""Fit synthetic controls: a treated series as a mixture of untreated series.

Reported for comparison with the counterfactual of the net measure, and never averaged into it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stopgap.base.errors import UsageError
from stopgap.measures.statistics.array_types import Array

Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]

MAX_STEPS = 80
TOLERANCE = 1e-10  # duality gap by the square of the nearest single point
_TO_BOUNDARY = 0.995
_NOTHING = 1e-10  # weights below it are rounding, not a choice
_AT_ONCE = 2_000  # problems solved together: bounds the memory
_PERFECT = 1e-6  # a fit closer than this share of the series' mean is taken as this close
MIN_BEFORE = 2


@dataclass(frozen=True)
class SyntheticControl:
    """Synthetic controls of S series over T periods, with D donors; money in the unit of the treated series.

    NaN if the treated series has no figure, and in the whole row of a series without a control
    (``reasons`` says why); :meth:`path` and :meth:`summary` return ``None`` there. ``synthetic`` is the mixture of
    donors, ``effect`` the treated series minus it (both S x T); ``weights`` (S x D) are 0 at excluded donors, and
    ``donors`` counts those that could have weight. ``rmspe_pre`` and ``rmspe_post`` are root mean squared gaps before
    and after the event, ``mean_effect`` is the mean ``effect`` after it. ``rank`` is the rank of the series' RMSPE
    ratio (after by before) among its own and its donors' ratios, 1 the largest, out of ``ranked`` (0 without placebos).
    ``kkt_gap`` bounds how much the mean squared gap could still fall, relative to the series' mean square.
    """

    n_pre: int
    treated: Array
    synthetic: Array
    effect: Array
    weights: Array
    donors: Counts
    rmspe_pre: Array
    rmspe_post: Array
    ratio: Array
    mean_effect: Array
    rank: Counts
    ranked: Counts
    kkt_gap: Array
    reasons: tuple[str | None, ...]
    warnings: tuple[str, ...] = ()

    def path(self, series: int = 0) -> list[dict[str, float | None]]:
        """Return ``treated``, ``synthetic`` and ``effect`` of one series, period by period."""
        return [
            {"treated": _plain(seen), "synthetic": _plain(made), "effect": _plain(gap)}
            for seen, made, gap in zip(self.treated[series], self.synthetic[series], self.effect[series], strict=True)
        ]

    def summary(self, series: int = 0) -> dict[str, object]:
        """Return fit, effect and rank of one series as a dictionary for output."""
        ranked = int(self.ranked[series])
        return {
            "donors": int(self.donors[series]),
            "rmspe_pre": _plain(self.rmspe_pre[series]),
            "rmspe_post": _plain(self.rmspe_post[series]),
            "ratio": _plain(self.ratio[series]),
            "mean_effect": _plain(self.mean_effect[series]),
            "placebo_rank": [int(self.rank[series]), ranked] if ranked else None,
            "kkt_gap": _plain(self.kkt_gap[series]),
            "reason": self.reasons[series],
        }


@dataclass(frozen=True)
class _Fit:
    synthetic: Array
    weights: Array
    gap: Array
    pre: Array
    post: Array

    @property
    def ratio(self) -> Array:
        return self.post / self.pre


def synthetic_control(
    treated: Array, donors: Array, n_pre: int, *, indexed: bool = True, placebos: bool = True
) -> SyntheticControl:
    """Fit synthetic controls of one or many series, and rank them among placebos in space.

    ``treated`` is (T,) or (S, T), in order of time, NaN if there is no figure (not zero); ``donors`` is (D, T), the
    same for every series, or (S, D, T). A donor without a figure in some period is excluded. ``n_pre`` periods lie
    before the event. ``indexed`` fits shapes and not sizes: each series is divided by its mean before the event
    first, so that destinations of any size can serve. ``placebos`` fits each donor to the other donors too, and ranks
    the ratios of the gap after the event to the gap before it: D fits when donors are shared, S x D otherwise.

    Raises:
        UsageError: The arrays' shapes do not match, or there are fewer than two periods before the
            event or none after it.

    Method: docs/methods/synthetic-control.md (Abadie, Diamond and Hainmueller 2010).
    """
    series, pool = _shaped(treated, donors, n_pre)
    own_index, pool_index = _index(series, n_pre, indexed), _index(pool, n_pre, indexed)
    with np.errstate(divide="ignore", invalid="ignore"):
        series_unit, pool_unit = series / own_index[..., None], pool / pool_index[..., None]
    usable: Flags = np.asarray(np.isfinite(pool_unit).all(axis=-1))
    reasons = _reasons(series_unit, usable, n_pre, len(series))
    ready = np.array([reason is None for reason in reasons])
    fit = _fit(series_unit, pool_unit, usable, ready, n_pre)
    rank, ranked = _ranks(fit.ratio, pool_unit, usable, ready, n_pre, wanted=placebos)
    effect = series - fit.synthetic * own_index[:, None]
    counts = np.broadcast_to(usable.sum(axis=-1), len(series)).astype(np.int64)
    return SyntheticControl(
        n_pre=n_pre,
        treated=series,
        synthetic=fit.synthetic * own_index[:, None],
        effect=effect,
        weights=fit.weights,
        donors=counts,
        rmspe_pre=fit.pre * own_index,
        rmspe_post=fit.post * own_index,
        ratio=fit.ratio,
        mean_effect=_mean(effect[:, n_pre:]),
        rank=rank,
        ranked=ranked,
        kkt_gap=fit.gap,
        reasons=reasons,
        warnings=_warnings(counts, ready, usable, n_pre),
    )


def _shaped(treated: Array, donors: Array, n_pre: int) -> tuple[Array, Array]:
    series = np.atleast_2d(np.asarray(treated, dtype=float))
    pool = np.asarray(donors, dtype=float)
    fits = (
        series.ndim == 2
        and pool.ndim in (2, 3)
        and pool.shape[-1] == series.shape[1]
        and (pool.ndim == 2 or len(pool) == len(series))
    )
    if not fits:
        raise UsageError(
            f"treated {np.shape(treated)} and donors {np.shape(donors)} do not fit together",
            where="synthetic control",
            fix="give (T,) or (S, T), and donors (D, T) or (S, D, T)",
        )
    if not MIN_BEFORE <= n_pre < series.shape[1]:
        raise UsageError(
            f"{n_pre} of {series.shape[1]} periods lie before the event",
            where="synthetic control",
            fix=f"give at least {MIN_BEFORE} periods before the event and one after it",
        )
    return series, pool


def _mean(values: Array) -> Array:
    """Return the mean of the finite figures along the last axis; NaN if there are none."""
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0.0).sum(axis=-1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def _index(values: Array, n_pre: int, indexed: bool) -> Array:
    """Return each series' divisor: its mean before the event if ``indexed``, else 1; NaN without trade before it."""
    if not indexed:
        return np.ones(values.shape[:-1])
    before = _mean(values[..., :n_pre])
    return np.asarray(np.where(before > 0, before, np.nan))


def _reasons(series: Array, usable: Flags, n_pre: int, count: int) -> tuple[str | None, ...]:
    known = np.isfinite(series)
    has_donor: Flags = np.broadcast_to(np.asarray(usable.any(axis=-1)), count)
    before = known[:, :n_pre].sum(axis=1)
    after: Flags = np.asarray(known[:, n_pre:].any(axis=1))

    def reason(row: int) -> str | None:
        if not has_donor[row]:
            return "no donor has figures in every period"
        if before[row] < MIN_BEFORE:
            return f"fewer than {MIN_BEFORE} figures, or no trade, before the event"
        return None if after[row] else "no figure after the event"

    return tuple(reason(row) for row in range(count))


def _fit(series: Array, pool: Array, usable: Flags, ready: Flags, n_pre: int) -> _Fit:
    """Return weights and gaps of the series that are ready; NaN in the others' rows."""
    count, periods = series.shape
    width = pool.shape[-2]
    synthetic, weights = np.full((count, periods), np.nan), np.zeros((count, width))
    gap, pre, post = np.full(count, np.nan), np.full(count, np.nan), np.full(count, np.nan)
    rows = np.flatnonzero(ready)
    for start in range(0, rows.size, _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        own = series[part]
        allowed = usable[part] if pool.ndim == 3 else np.broadcast_to(usable, (part.size, width))
        donors = np.where(allowed[:, :, None], pool[part] if pool.ndim == 3 else pool, 0.0)
        known = np.isfinite(own[:, None, :n_pre])
        points = np.where(known, donors[:, :, :n_pre] - np.where(known, own[:, None, :n_pre], 0.0), 0.0)
        found = simplex_weights(points.transpose(0, 2, 1), allowed)
        mixed = np.einsum("sdt,sd->st", donors, found.weights)
        squared = (own - mixed) ** 2
        size = np.sqrt(np.maximum(_mean(own[:, :n_pre] ** 2), np.finfo(float).tiny))
        synthetic[part], weights[part] = mixed, found.weights
        gap[part] = found.gap / known[:, 0].sum(axis=1) / size**2
        pre[part] = np.maximum(np.sqrt(_mean(squared[:, :n_pre])), _PERFECT * size)
        post[part] = np.sqrt(_mean(squared[:, n_pre:]))
    return _Fit(synthetic, weights, gap, pre, post)


def _ranks(
    ratio: Array, pool: Array, usable: Flags, ready: Flags, n_pre: int, *, wanted: bool
) -> tuple[Counts, Counts]:
    """Rank each series' RMSPE ratio among its own and its donors' placebo ratios; also return the number ranked."""
    count, width = ratio.size, pool.shape[-2]
    rank, ranked = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    if not wanted or width < 2:
        return rank, ranked
    if pool.ndim == 2:
        others = _placebo_ratios(pool, usable, n_pre)[None, :]
        rows = np.flatnonzero(ready)
        above = (others >= ratio[rows, None]).sum(axis=1)
        rank[rows], ranked[rows] = 1 + above, 1 + np.isfinite(others).sum()
    else:
        for row in np.flatnonzero(ready):
            others = _placebo_ratios(pool[row], usable[row], n_pre)
            rank[row], ranked[row] = 1 + (others >= ratio[row]).sum(), 1 + np.isfinite(others).sum()
    ranked[ranked == 1] = 0  # first among itself alone says nothing
    rank[ranked == 0] = 0
    return rank, ranked


def _placebo_ratios(pool: Array, usable: Flags, n_pre: int) -> Array:
    """Return each donor's ratio with a control made of the other donors; NaN if it has none."""
    width = len(pool)
    others: Flags = np.tile(usable, (width, 1)) & ~np.eye(width, dtype=bool)
    ready = usable & others.any(axis=1)
    spread = np.broadcast_to(pool, (width, *pool.shape))
    return _fit(pool, spread, others, ready, n_pre).ratio


def _warnings(counts: Counts, ready: Flags, usable: Flags, n_pre: int) -> tuple[str, ...]:
    found = []
    if left := int((~usable).sum()):
        found.append(
            f"{left} donor series without a figure in every period, or without trade before the event, are left out"
        )
    if ready.any() and int(counts[ready].max()) >= n_pre:
        found.append(
            f"as many donors ({int(counts[ready].max())}) as periods before the event ({n_pre}): the fit before says little"
        )
    return tuple(found)


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True)
class SimplexFit:
    """Weights of many problems, (problems, points): not negative, summing to 1.

    They are 0 at excluded points, and all 0 if a problem has no point left. ``gap`` is, per problem, an upper bound
    on how much the sum of squares could still fall (the largest violation of the Karush-Kuhn-Tucker conditions,
    weighted), in squared units of the input; ``steps`` is the number of steps of the slowest problem.
    """

    weights: Array
    gap: Array
    steps: int


def simplex_weights(points: Array, usable: Flags | None = None) -> SimplexFit:
    """Find the mixtures of points nearest to the origin: ``min |points @ w|^2, w >= 0, sum w = 1``.

    A primal-dual interior point method solves many such problems together: every step is one stacked solve, so ten
    thousand problems cost a dozen array operations and not ten thousand loops. ``points`` are problems x coordinates x
    points: for a fit to a series, each column is a donor minus the series. ``usable`` points may have weight
    (problems x points; all when ``None``). After :data:`MAX_STEPS` a problem is returned as it is; its ``gap`` shows
    the remaining error. A problem with several solutions gets one inside their set.

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
    found, steps = _interior(gram, linear)
    found = np.where(allowed[some] & (found > _NOTHING), found, 0.0)
    found /= found.sum(axis=1, keepdims=True)
    weights[some] = found
    return SimplexFit(weights, _gap(points, weights, allowed), steps)


def _without(gram: Array, allowed: Flags) -> tuple[Array, Array]:
    """Return quadratic and linear terms in which excluded points cost more than any other."""
    both = allowed[:, :, None] & allowed[:, None, :]
    kept = np.where(both, gram, 0.0)
    largest = np.maximum(kept.max(axis=(1, 2)), np.finfo(float).tiny)
    position = np.arange(gram.shape[1])
    kept[:, position, position] += np.where(allowed, 0.0, largest[:, None])
    return kept, np.where(allowed, 0.0, 4.0 * largest[:, None])


def _scale(gram: Array, allowed: Flags) -> Array:
    """Return the square of the nearest point, within ten orders of magnitude of the farthest."""
    diagonal = np.diagonal(gram, axis1=1, axis2=2)
    nearest = np.where(allowed, diagonal, np.inf).min(axis=1)
    farthest = np.where(allowed, diagonal, 0.0).max(axis=1)
    floor = np.where(farthest > 0, farthest * 1e-10, 1.0)
    return np.asarray(np.maximum(nearest, floor))


def _interior(gram: Array, linear: Array) -> tuple[Array, int]:
    """Solve ``min 1/2 w'Gw + l'w`` over the simplex, all problems at once; return weights and steps.

    The start is primal and dual feasible, and every step keeps it so; ``w'z`` is then the duality gap.
    """
    count, width = linear.shape
    result = np.full((count, width), 1.0 / width)
    live = np.arange(count)
    w = result.copy()
    slope = np.einsum("sij,sj->si", gram, w) + linear
    z = slope - slope.min(axis=1, keepdims=True) + np.maximum(1e-3 * np.ptp(slope, axis=1), 1e-8)[:, None]
    steps = 0
    for _ in range(MAX_STEPS):
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
    """Take one predictor and corrector step."""
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
    """Return the longest step up to 1 that keeps every value above zero."""
    with np.errstate(divide="ignore", over="ignore"):
        limit = np.where(change < 0, -value / np.where(change < 0, change, -1.0), np.inf)
    return np.asarray(np.minimum(1.0, limit.min(axis=1)))


def _gap(points: Array, weights: Array, allowed: Flags) -> Array:
    """Return a bound on how much the sum of squares could still fall: the Frank-Wolfe gap, doubled for the square."""
    fitted = np.einsum("stj,sj->st", points, weights)
    slope = np.einsum("stj,st->sj", points, fitted)
    best = np.where(allowed, slope, np.inf).min(axis=1)
    reached = np.einsum("sj,sj->s", weights, slope)
    return np.asarray(np.where(np.isfinite(best), np.maximum(2.0 * (reached - best), 0.0), 0.0))
