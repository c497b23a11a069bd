"""Estimate the expected value of a cell's month from level, season and factors common to many cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stopgap.measures.alerts.cell_panel import CellPanel
from stopgap.measures.statistics.array_types import Array, Index, Mask

MIN_MONTHS = 24
HALF_LIFE_MONTHS = 18.0  # a month so many months back counts half as much for the level as the last one

_CV2_LIMITS = (0.02, 60.0)
_WINSOR_SD = 3.0
_FACTOR_LIMITS = (0.2, 5.0)
_SEASON_CAP = 4.0
_BLOCK_CELLS = 4096


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
class Expected:
    """Expected value of each cell in one month."""

    mean_usd: Array
    unit_usd: Array  # dollars of one pseudo-count
    pseudo_mean: Array  # the same in pseudo-counts: dollars by variance over mean
    pseudo_value: Array  # the reported figure in pseudo-counts; NaN where not reported
    size: Array  # size of the negative binomial: what the estimation of the level is worth
    factor: Array  # what moved many cells at once: the common part of the month
    usable: Mask  # cells that can be scored in this month


def learn(panel: CellPanel, columns: Index) -> History:
    """Estimate level, season and dispersion of each cell over a range of months; ``columns`` follow each other."""
    span = slice(int(columns[0]), int(columns[-1]) + 1) if columns.size else slice(0, 0)
    filled, reported = panel.filled_usd[:, span], panel.reported[:, span]
    months, good, goods = panel.seasons[span], panel.goods.codes, len(panel.goods.names)
    cells = len(panel.goods)
    count, traded = np.empty(cells, dtype=np.int64), np.empty(cells, dtype=bool)
    found = sorted({int(month) for month in months})
    sums, numbers = np.empty((len(found), cells)), np.empty((len(found), cells), dtype=np.int64)
    seasonal, active = np.empty(cells), np.empty(cells)
    for block in _blocks(cells):
        rows, known = filled[block], reported[block]
        count[block] = known.sum(axis=1)
        total = rows.sum(axis=1)
        traded[block] = total > 0
        number = np.maximum(count[block], 1)
        mean = total / number
        ratio = np.where(known, np.minimum(rows / np.where(mean > 0, mean, 1.0)[:, None], _SEASON_CAP), 0.0)
        variance = np.where(known, (ratio - 1.0) ** 2, 0.0).sum(axis=1) / number
        seasonal[block] = 1.0 / np.clip(variance, 0.05, None)
        active[block] = (rows > 0).sum(axis=1) / number
        for place, month in enumerate(found):
            here = months == month
            sums[place, block] = ratio[:, here].sum(axis=1)
            numbers[place, block] = known[:, here].sum(axis=1)
    usable = traded & (count >= MIN_MONTHS)
    season = _seasons(found, sums, numbers, np.where(usable, seasonal, 0.0), good, goods)
    level, spread, n_eff = (np.empty(cells) for _ in range(3))
    age = len(months) - 1 - np.arange(len(months))
    fading = 0.5 ** (age / HALF_LIFE_MONTHS)
    for block in _blocks(cells):
        flat = filled[block] / season[good[block]][:, months]
        weight = reported[block] * fading
        worth = np.maximum(weight.sum(axis=1), 1e-12)
        n_eff[block] = worth**2 / np.maximum((weight**2).sum(axis=1), 1e-12)
        level[block] = (weight * flat).sum(axis=1) / worth
        squares = (weight * (flat - level[block][:, None]) ** 2).sum(axis=1)
        spread[block] = squares / worth * n_eff[block] / np.maximum(n_eff[block] - 1, 1.0)
    safe = np.where(level > 0, level, 1.0)
    cv2 = _shrunk(spread / safe**2, active, usable)
    return History(level, cv2, n_eff, usable & (level > 0), traded & (count < MIN_MONTHS), season, good)


def _blocks(cells: int) -> Iterator[slice]:
    """Yield ranges of cells whose months fit into the processor's cache; none of a single cell where there are more."""
    start = 0
    while start < cells:
        end = start + _BLOCK_CELLS
        end = cells if cells - end < 2 else end
        yield slice(start, end)
        start = end


def _seasons(months: list[int], sums: Array, numbers: Array, weight: Array, good: Index, goods: int) -> Array:
    """Estimate pooled season factors, one row per good, shrunk towards those of all goods, which shrink towards 1.

    ``sums`` and ``numbers`` are the ratios to each cell's mean and the months reported, shape (months of the year, cells).
    """
    pooled, weights = np.zeros((goods, 13)), np.zeros((goods, 13))
    for place, month in enumerate(months):
        pooled[:, month] = np.bincount(good, weight * sums[place], goods)
        weights[:, month] = np.bincount(good, weight * numbers[place], goods)
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


def expect(panel: CellPanel, history: History, column: int) -> Expected:
    """Compute the expectation of one month from a history, including the factor common to its groups of cells.

    The common factor of a cell is estimated from the other cells of its destination, of its
    supplier, and of its good at the destination, each shrunk by the part that chance explains, so
    that a month in which all trade moved does not raise an alert for each cell.
    """
    values = panel.values_usd[:, column]
    usable = history.usable & np.isfinite(values)
    base = history.level_usd * history.season[history.good, panel.seasons[column]]
    safe = np.where(usable & (base > 0), base, 1.0)
    ratio = np.where(usable, values / safe, 1.0)
    variance = history.cv2 * (1.0 + 1.0 / np.maximum(history.n_eff, 1.0))
    factor = np.ones_like(base)
    # Twice: large figures are capped, and how large they are is known after the first round.
    for group, number in panel.groupings * 2:
        factor *= _common(ratio / factor - 1.0, variance, group, number, usable)
    pseudo = 1.0 / history.cv2 + 0.5 / np.maximum(history.n_eff, 1.0)
    relative = np.where(usable, base / np.where(history.level_usd > 0, history.level_usd, 1.0), 1.0) * factor
    # A month above the level scales the figures, one below it their number: the wider of the two.
    unit = np.where(usable, history.level_usd * history.cv2, 1.0) * np.maximum(relative, 1.0)
    return Expected(
        mean_usd=base * factor,
        unit_usd=unit,
        pseudo_mean=pseudo * np.minimum(relative, 1.0),
        pseudo_value=np.where(usable, values / unit, np.nan),
        size=history.n_eff / history.cv2 + 0.5,
        factor=factor,
        usable=usable,
    )


def _common(excess: Array, variance: Array, group: Index, number: int, usable: Mask) -> Array:
    """Estimate the common factor of each cell's group from the group's other cells, shrunk (empirical Bayes)."""
    capped = np.minimum(excess, _WINSOR_SD * np.sqrt(variance))
    weight = np.where(usable, 1.0 / variance, 0.0)
    weighted = np.where(usable, capped, 0.0) * weight
    sums, weights = np.bincount(group, weighted, number), np.bincount(group, weight, number)
    known = weights > 0
    mean = np.divide(sums, weights, out=np.zeros(number), where=known)
    error = np.divide(1.0, weights, out=np.zeros(number), where=known)
    # Groups with much to say say how far groups move at all.
    tau2 = max(float(((mean**2 - error) * weights).sum() / max(float(weights.sum()), 1e-12)), 0.0)
    rest = weights[group] - weight
    other = np.divide(sums[group] - weighted, rest, out=np.zeros_like(excess), where=rest > 1e-9)
    kept = np.divide(tau2, tau2 + 1.0 / np.maximum(rest, 1e-9), out=np.zeros_like(excess), where=rest > 1e-9)
    return np.asarray(np.clip(1.0 + kept * other, *_FACTOR_LIMITS))
