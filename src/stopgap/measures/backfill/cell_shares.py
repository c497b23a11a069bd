"""Changes of the share that a destination takes of a cell's trade, with their variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.statistics.two_way_effects import Array, Flags, Index

_HALF = 0.5  # pseudo-count beside each sum, so that a window without trade has a logarithm
_MOST_COUNT = 1e6
_PRIOR = 0.5
_AT_ONCE = 4_000_000  # cells x places x periods: bounds the memory


@dataclass(frozen=True)
class CellSeries:
    """Trade of cells, period by period.

    Attributes:
        suppliers: Names of the suppliers.
        supplier: (N,) each cell's supplier.
        labels: (N,) goods group or good of each cell; empty where the cell is the supplier.
        places: The target first, then placebo destinations.
        values: (N, places, T) dollars of sanctioned goods; a period without trade is 0.
        elsewhere: (N, T) dollars to all destinations that are no hub, the places among them.
        factor: (N, T) what a dollar of the period counts in its window's mean per year; 0 where
            the supplier did not report, or the period has no counterpart.
        is_after: (T,) whether a period lies after the event.
        ordinary: (suppliers, places, T) dollars of ordinary goods.
        ordinary_elsewhere: (suppliers, T).
        ordinary_factor: (suppliers, T).
    """

    suppliers: tuple[str, ...]
    supplier: Index
    labels: tuple[str, ...]
    places: tuple[str, ...]
    values: Array
    elsewhere: Array
    factor: Array
    is_after: Flags
    ordinary: Array
    ordinary_elsewhere: Array
    ordinary_factor: Array


@dataclass(frozen=True)
class ShareChanges:
    """Per cell and place, (N, places).

    Attributes:
        change: Change of the log share; 0 where not tested.
        variance: Its variance from the periods within each window; 1 where not tested.
        volume: Dollars a year of both windows.
        is_tested: Whether the cell has trade here and elsewhere, and enough periods.
    """

    change: Array
    variance: Array
    volume: Array
    is_tested: Flags


def share_changes(series: CellSeries, *, min_periods: int) -> ShareChanges:
    """Change of each place's log share of the cell's trade, after against before.

    A share is trade with the place by trade with the other destinations (no hub, not the
    target). Sums are taken to pseudo-counts by their index of dispersion, and half a count
    stands beside each. Each window needs ``min_periods`` counted periods.

    Method: docs/methods/cell-tests.md.
    """
    count, places, periods = series.values.shape
    shape = (count, places)
    change, variance, volume = np.zeros(shape), np.ones(shape), np.zeros(shape)
    tested = np.zeros(shape, dtype=bool)
    step = max(1, _AT_ONCE // max(1, places * periods))
    for first in range(0, count, step):
        rows = slice(first, first + step)
        change[rows], variance[rows], volume[rows], tested[rows] = _changes(series, rows, min_periods)
    return ShareChanges(change, variance, volume, tested)


def _changes(series: CellSeries, rows: slice, min_periods: int) -> tuple[Array, Array, Array, Flags]:
    factor = series.factor[rows][:, None, :]
    values = series.values[rows]
    # Others' trade: without the target, and without the place itself.
    beside = (series.elsewhere[rows] - values[:, 0])[:, None, :] - values
    beside[:, 0] += values[:, 0]
    beside = np.maximum(beside, 0.0)
    windows = [(factor > 0) & after for after in (~series.is_after, series.is_after)]
    enough = np.minimum(*(window.sum(axis=2) for window in windows)) >= min_periods
    here = [_window_sums(values, factor, window) for window in windows]
    there = [_window_sums(beside, factor, window) for window in windows]
    tested = enough & (here[0].total + here[1].total > 0) & (there[0].total + there[1].total > 0)
    own_unit, other_unit = _unit(*here), _unit(*there)
    change, variance = np.zeros(tested.shape), np.zeros(tested.shape)
    for sign, window, own, other in zip((-1.0, 1.0), windows, here, there, strict=True):
        a, r = own.total + _HALF * own_unit * own.weight, other.total + _HALF * other_unit * other.weight
        a, r = np.where(tested, a, 1.0), np.where(tested, r, 1.0)
        change += sign * np.log(a / r)
        size = np.maximum(window.sum(axis=2), 2)
        influence = np.where(window, factor * values / a[:, :, None] - factor * beside / r[:, :, None], 0.0)
        squares = (influence**2).sum(axis=2) - influence.sum(axis=2) ** 2 / size
        variance += size / (size - 1) * np.maximum(squares, 0.0) + 1.0 / (own.count(own_unit) + 1.0)
    change, variance = np.where(tested, change, 0.0), np.where(tested, variance, 1.0)
    return change, variance, here[0].total + here[1].total, tested


@dataclass(frozen=True)
class _Sums:
    """Of one window: weighted total, mean weight, and the mean and squares of single periods."""

    total: Array
    weight: Array
    periods: Array
    plain: Array
    squares: Array

    def count(self, unit: Array) -> Array:
        """Pseudo-count of the window."""
        scale = unit * self.weight
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(scale > 0, self.total / scale, np.where(self.total > 0, _MOST_COUNT, 0.0))
        return np.minimum(found, _MOST_COUNT)


def _window_sums(values: Array, factor: Array, window: Flags) -> _Sums:
    periods = np.broadcast_to(window.sum(axis=2), values.shape[:2])
    kept = np.where(window, values, 0.0)
    plain = kept.sum(axis=2)
    return _Sums(
        total=(kept * factor).sum(axis=2),
        weight=(window * factor).sum(axis=2) / np.maximum(periods, 1),
        periods=periods,
        plain=plain,
        squares=np.maximum((kept**2).sum(axis=2) - plain**2 / np.maximum(periods, 1), 0.0),
    )


def _unit(before: _Sums, after: _Sums) -> Array:
    """Dollars of one pseudo-count: variance within the windows by the mean (index of dispersion)."""
    freedom = np.maximum(before.periods + after.periods - 2, 1)
    mean = (before.plain + after.plain) / np.maximum(before.periods + after.periods, 1)
    unit: Array = np.where(mean > 0, (before.squares + after.squares) / freedom / np.where(mean > 0, mean, 1.0), 0.0)
    return unit


def destination_shifts(series: CellSeries) -> tuple[Array, bool]:
    """How far each place moved in ordinary goods beyond what its suppliers sold elsewhere.

    Returns:
        (places,) log shifts, NaN where a place has no ordinary trade in both windows; and
        whether they are used at all: zeros and False where the target has none.
    """
    places = len(series.places)
    factor = series.ordinary_factor[:, None, :]
    beside = (series.ordinary_elsewhere - series.ordinary[:, 0])[:, None, :] - series.ordinary
    beside[:, 0] += series.ordinary[:, 0]
    own, other = [], []
    for after in (~series.is_after, series.is_after):
        own.append((series.ordinary * factor * after).sum(axis=2))
        other.append((np.maximum(beside, 0.0) * factor * after).sum(axis=2))
    overall = other[1].sum(axis=0) / np.where(other[0].sum(axis=0) > 0, other[0].sum(axis=0), 1.0)
    prior = _PRIOR * own[0]
    base = other[0] + prior
    growth = np.where(base > 0, (other[1] + prior * overall) / np.where(base > 0, base, 1.0), 0.0)
    expected, seen = (own[0] * growth).sum(axis=0), own[1].sum(axis=0)
    known = (expected > 0) & (seen > 0)
    shifts = np.where(known, np.log(np.where(known, seen, 1.0) / np.where(known, expected, 1.0)), np.nan)
    if not known[0]:
        return np.zeros(places), False
    return shifts, True
