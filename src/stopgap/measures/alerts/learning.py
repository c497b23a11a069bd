"""Learn the level, season and dispersion of each cell from a range of months."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stopgap.measures.alerts.cell_panel import CellPanel
from stopgap.measures.statistics.array_types import Array, Index, Mask

MIN_MONTHS = 24
HALF_LIFE_MONTHS = 18.0  # a month so many months back counts half as much for the level as the last one

_CV2_LIMITS = (0.02, 60.0)
_SEASON_CAP = 4.0
_BLOCK_CELLS = 8192
_YEAR = 12


@dataclass(frozen=True)
class History:
    """Level, season and dispersion of each cell, estimated from a range of months."""

    level_usd: Array  # mean month, without season, recent months counting more
    cv2: Array  # squared coefficient of variation of a month, shrunk
    n_eff: Array  # months that the level is worth
    usable: Mask  # cells with enough reported months and any trade in them; too_short have trade and fewer months
    too_short: Mask
    season: Array  # factor per (good, month of the year), shape (goods, 13); column 0 is not used
    good: Index  # row of season of each cell


@dataclass(frozen=True)
class _Ratios:
    """Months of each cell by its mean, summed over the years: ``sums`` and ``numbers`` have shape (months, cells)."""

    count: Index  # months reported
    traded: Mask
    active: Array  # share of the reported months with trade
    weight: Array  # of a cell in the season of its good
    sums: Array
    numbers: Array


def learn(panel: CellPanel, columns: Index) -> History:
    """Estimate level, season and dispersion of each cell over a range of months; ``columns`` follow each other."""
    span = slice(int(columns[0]), int(columns[-1]) + 1) if columns.size else slice(0, 0)
    filled, reported, months = panel.filled_usd[:, span], panel.reported[:, span], panel.seasons[span]
    good, goods = panel.goods.codes, len(panel.goods.names)
    ratios = _ratios(filled, reported)
    usable = ratios.traded & (ratios.count >= MIN_MONTHS)
    season = _seasons(months[:_YEAR], ratios, np.where(usable, ratios.weight, 0.0), good, goods)
    level, spread, n_eff = _levels(filled, reported, season[:, months[:_YEAR]].T, good)
    safe = np.where(level > 0, level, 1.0)
    cv2 = _shrunk(spread / safe**2, ratios.active, usable)
    too_short = ratios.traded & (ratios.count < MIN_MONTHS)
    return History(level, cv2, n_eff, usable & (level > 0), too_short, season, good)


def _ratios(filled: Array, reported: Mask) -> _Ratios:
    """Divide the months of each cell by their mean, and sum them by month of the year; columns follow each other."""
    cells, width = filled.shape
    count, traded, active = np.empty(cells, dtype=np.int64), np.empty(cells, dtype=bool), np.empty(cells)
    weight, of_year = np.empty(cells), min(width, _YEAR)
    sums, numbers = np.empty((of_year, cells)), np.empty((of_year, cells))
    for block in _blocks(cells):
        rows, known = filled[block], reported[block]
        is_whole = bool(known.all())
        count[block] = width if is_whole else known.sum(axis=1)
        number = np.maximum(count[block], 1)
        total = rows.sum(axis=1)
        traded[block] = total > 0
        mean = total / number
        ratio = rows / np.where(mean > 0, mean, 1.0)[:, None]
        np.minimum(ratio, _SEASON_CAP, out=ratio)
        if not is_whole:
            ratio[~known] = 0.0
        sums[:, block] = _by_month(ratio).T
        numbers[:, block] = _by_month(known[:1] if is_whole else known).T
        ratio -= 1.0
        ratio *= ratio
        if not is_whole:
            ratio[~known] = 0.0
        weight[block] = 1.0 / np.clip(ratio.sum(axis=1) / number, 0.05, None)
        active[block] = (rows > 0).sum(axis=1) / number
    return _Ratios(count, traded, active, weight, sums, numbers)


def _by_month(table: Array | Mask) -> Array:
    """Return the sums over the years of a table's months, shape (cells, months of the year)."""
    out = np.array(table[:, :_YEAR], dtype=np.float64, order="F")
    for start in range(_YEAR, table.shape[1], _YEAR):
        later = table[:, start : start + _YEAR]
        out[:, : later.shape[1]] += later
    return out


def _levels(filled: Array, reported: Mask, season: Array, good: Index) -> tuple[Array, Array, Array]:
    """Return the level of each cell, the variance of its months about it, and the months that the level is worth.

    ``season`` has a row for each of the first twelve months, and a column for each good.
    """
    cells, width = filled.shape
    level, spread, n_eff = np.empty(cells), np.empty(cells), np.empty(cells)
    fading = 0.5 ** ((width - 1 - np.arange(width)) / HALF_LIFE_MONTHS)
    # Added one after the other, as the months of a cell are.
    fading_sum, squares_sum = (np.cumsum(each)[-1:] for each in (fading, fading**2))
    for block in _blocks(cells):
        rows, known = filled[block], reported[block]
        factors = np.take(season, good[block], axis=1).T
        flat = np.empty(rows.shape, order="F")
        for start in range(0, width, _YEAR):
            part = rows[:, start : start + _YEAR]
            np.divide(part, factors[:, : part.shape[1]], out=flat[:, start : start + _YEAR])
        if known.all():
            weight, worth, squares = fading, fading_sum, squares_sum
        else:
            weight = known * fading
            worth, squares = weight.sum(axis=1), (weight**2).sum(axis=1)
        worth = np.maximum(worth, 1e-12)
        n_eff[block] = worth**2 / np.maximum(squares, 1e-12)
        level[block] = (weight * flat).sum(axis=1) / worth
        flat -= level[block][:, None]
        flat *= flat
        flat *= weight
        spread[block] = flat.sum(axis=1) / worth * n_eff[block] / np.maximum(n_eff[block] - 1, 1.0)
    return level, spread, n_eff


def _blocks(cells: int) -> Iterator[slice]:
    """Yield ranges of cells whose months fit into the processor's cache; none of a single cell where there are more."""
    start = 0
    while start < cells:
        end = start + _BLOCK_CELLS
        end = cells if cells - end < 2 else end
        yield slice(start, end)
        start = end


def _seasons(months: Index, ratios: _Ratios, weight: Array, good: Index, goods: int) -> Array:
    """Estimate pooled season factors, one row per good, shrunk towards those of all goods, which shrink towards 1."""
    pooled, weights = np.zeros((goods, 13)), np.zeros((goods, 13))
    for place, month in enumerate(months.tolist()):
        pooled[:, month] = np.bincount(good, weight * ratios.sums[place], goods)
        weights[:, month] = np.bincount(good, weight * ratios.numbers[place], goods)
    common = _season_row(pooled.sum(axis=0)[None], weights.sum(axis=0)[None])
    return common * _season_row(pooled / common, weights)


def _season_row(sums: Array, weights: Array) -> Array:
    """Return season factors with mean 1, shrunk towards 1 by the part of their variation that chance explains."""
    known = weights > 0
    raw = np.divide(sums, weights, out=np.ones_like(sums), where=known)
    number = np.maximum(known.sum(axis=1, keepdims=True), 1)
    centre = np.where(known, raw, 0.0).sum(axis=1, keepdims=True) / number
    raw = np.where(known, raw / np.where(centre > 0, centre, 1.0), 1.0)
    error = np.where(known, 1.0 / np.where(known, weights, 1.0), 0.0)
    excess = (np.where(known, (raw - 1.0) ** 2, 0.0) - error).sum() / max(int(known.sum()), 1)
    tau2 = max(float(excess), 0.0)
    kept = np.where(known, tau2 / (tau2 + error + 1e-12), 0.0)
    return np.clip(1.0 + kept * (raw - 1.0), 0.1, 10.0)


def _shrunk(cv2: Array, active: Array, usable: Mask) -> Array:
    """Shrink dispersion halfway, in logarithms, to the median of cells that trade about as often."""
    cv2 = np.clip(cv2, *_CV2_LIMITS)
    if not usable.any():
        return cv2
    edges = np.unique(np.quantile(active[usable], np.linspace(0, 1, 9)[1:-1]))
    group = np.searchsorted(edges, active, side="right")
    log = np.log(cv2)
    middle = np.full(len(edges) + 1, float(np.median(log[usable])))
    for number in np.unique(group[usable]):
        middle[number] = np.median(log[usable & (group == number)])
    return np.exp(0.5 * log + 0.5 * middle[group])
