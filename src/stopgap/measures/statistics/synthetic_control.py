"""Synthetic control: a treated series as a mixture of untreated series.

Shown beside the counterfactual of the net measure, and never averaged into it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stopgap.base.errors import UsageError
from stopgap.measures.statistics.simplex import Array, Flags, simplex_weights

Counts = npt.NDArray[np.int64]

_AT_ONCE = 2_000  # problems solved together: bounds the memory
_PERFECT = 1e-6  # a fit closer than this share of the series' mean is taken as this close
MIN_BEFORE = 2


@dataclass(frozen=True)
class SyntheticControl:
    """Synthetic controls of S series over T periods, with D donors.

    Money stands in the unit of the treated series. NaN stands where the treated series
    has no figure, and in the whole row of a series that has no control (``reasons`` says
    why); :meth:`path` and :meth:`summary` give ``None`` there.

    Attributes:
        n_pre: Periods before the event.
        treated: S x T.
        synthetic: S x T, the mixture of donors.
        effect: S x T, treated minus synthetic.
        weights: S x D, not negative, summing to 1; 0 at donors left out.
        donors: S, donors that could have weight.
        rmspe_pre: S, root mean squared gap before the event: the fit.
        rmspe_post: S, the same after it.
        ratio: S, ``rmspe_post / rmspe_pre``.
        mean_effect: S, mean of ``effect`` after the event.
        rank: S, place of the series' ratio among its own and its donors', 1 the largest.
        ranked: S, how many ratios were ranked; 0 where placebos were not asked for.
        kkt_gap: S, how far the mean squared gap could still fall at most, by the series' mean square.
        reasons: S, why a series has no control; ``None`` where it has one.
        warnings: What limits all of them.
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
        """``treated``, ``synthetic`` and ``effect`` of one series, period by period."""
        return [
            {"treated": _plain(seen), "synthetic": _plain(made), "effect": _plain(gap)}
            for seen, made, gap in zip(self.treated[series], self.synthetic[series], self.effect[series], strict=True)
        ]

    def summary(self, series: int = 0) -> dict[str, object]:
        """Fit, effect and rank of one series, for an output."""
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
    """Synthetic controls of one or many series, with their rank among placebos in space.

    Args:
        treated: (T,) or (S, T) figures, in order of time; NaN where there is none (not zero).
        donors: (D, T), the same donors for every series, or (S, D, T). A donor without a
            figure in some period is left out, and counted in ``donors``.
        n_pre: How many of the periods, from the first, lie before the event.
        indexed: Fit shapes and not sizes: each series is divided by its mean before the
            event first, so that destinations of any size can serve. ``False`` fits levels.
        placebos: Fit each donor to the other donors too, and rank the ratios of the gap
            after the event to the gap before it. Costs D fits when donors are shared, and
            S x D otherwise.

    Returns:
        One row per series. A series without figures or donors has a reason and no figures.

    Raises:
        UsageError: Arrays that do not fit together, or fewer than two periods before the
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
    """Mean of the figures there are along the last axis; NaN where there are none."""
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0.0).sum(axis=-1)
    mean: Array = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean


def _index(values: Array, n_pre: int, indexed: bool) -> Array:
    """What a series is divided by; NaN where it has no trade before the event to be indexed on."""
    if not indexed:
        return np.ones(values.shape[:-1])
    before = _mean(values[..., :n_pre])
    index: Array = np.where(before > 0, before, np.nan)
    return index


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
    """Weights and gaps of the series that are ready; NaN in the others' rows."""
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
    """Rank of each series' ratio among its own and its donors', each fitted to the others."""
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
    """Each donor's ratio when the other donors make its control; NaN where it has none."""
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
