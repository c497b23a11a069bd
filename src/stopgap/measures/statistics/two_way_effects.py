"""Estimate one destination's change against the others' with two-way effects, for every destination at once.

A block is one supplier's sales of one good. Within it a figure has an effect of its
month (the supplier's price level everywhere) and one of its destination. Least squares with
both effects separates into blocks, so no iteration is needed: one small linear system
per block, solved together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stopgap.measures.statistics.array_types import Array, Index

Flags = npt.NDArray[np.bool_]

_CELLS_AT_ONCE = 4_000_000  # block x destination x period: bounds the memory
_RIDGE = 1e-9
_UNIDENTIFIED = 1e-7  # information below it is rounding


@dataclass(frozen=True)
class BlockRows:
    """Figures (``value``, finite) in blocks; one per (block, destination, period), in any order.

    Those three are (n,) codes 0, 1, 2 … without gaps; ``is_after`` has one entry per period.
    """

    block: Index
    destination: Index
    period: Index
    value: Array
    is_after: Flags
    destinations: int

    def __len__(self) -> int:
        return len(self.value)

    def take(self, rows: Index | Flags) -> BlockRows:
        """Return some of the rows; codes stay."""
        columns = ("block", "destination", "period", "value")
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})


@dataclass(frozen=True)
class Contrasts:
    """Change of each destination against the others, (destinations,), in the unit of the value.

    NaN if not identified; ``information`` is the sum of squares of the indicator after removing the effects, 0
    if not identified.
    """

    estimate: Array
    information: Array


@dataclass(frozen=True)
class _Dense:
    """Some blocks as dense arrays (blocks, destinations, periods)."""

    has: Array
    value: Array
    rows: Index
    place: tuple[Index, Index, Index]


def _dense(rows: BlockRows) -> Iterator[_Dense]:
    """Yield the blocks a few at a time."""
    periods = len(rows.is_after)
    order = np.argsort(rows.block, kind="stable")
    block = rows.block[order]
    blocks = int(block[-1]) + 1 if block.size else 0
    step = max(1, _CELLS_AT_ONCE // max(1, rows.destinations * periods))
    for first in range(0, blocks, step):
        start, stop = np.searchsorted(block, [first, first + step])
        if start == stop:
            continue
        part = order[start:stop]
        shape = (min(step, blocks - first), rows.destinations, periods)
        place = (rows.block[part] - first, rows.destination[part], rows.period[part])
        has, value = np.zeros(shape), np.zeros(shape)
        has[place], value[place] = 1.0, rows.value[part]
        yield _Dense(has, value, part, place)


def contrasts(rows: BlockRows) -> Contrasts:
    """Estimate each destination's coefficient on ``destination x after``, alone in the regression.

    The regression is ``value ~ indicator | block-period + block-destination`` by ordinary
    least squares, once per destination over the same rows. A destination without figures in both
    windows, or without another destination in its blocks, has neither estimate nor information.

    Method: docs/methods/prices.md; the normal equations of two-way effects with the
        destinations' eliminated (Frisch and Waugh 1933), exact for gaps of any shape.
    """
    score, information = np.zeros(rows.destinations), np.zeros(rows.destinations)
    for part in _dense(rows):
        own_score, own_information = _block_sums(part, rows.is_after)
        score += own_score
        information += own_information
    known = information > _UNIDENTIFIED
    estimate = np.where(known, score / np.where(known, information, 1.0), np.nan)
    return Contrasts(estimate, np.where(known, information, 0.0))


def _block_sums(part: _Dense, is_after: Flags) -> tuple[Array, Array]:
    has, after = part.has, is_after.astype(float)
    count = np.maximum(has.sum(axis=2), 1.0)
    centred = has * (part.value - ((has * part.value).sum(axis=2) / count)[:, :, None])
    indicator = has * (after - ((has * after).sum(axis=2) / count)[:, :, None])
    # Periods' normal equations once destinations are out; singular, as effects are known up to a level.
    system = -np.matmul((has / count[:, :, None]).transpose(0, 2, 1), has)
    position = np.arange(len(is_after))
    each = has.sum(axis=1)
    system[:, position, position] += each + _RIDGE * np.maximum(each.max(axis=1), 1.0)[:, None]
    solved = np.linalg.solve(system, indicator.transpose(0, 2, 1))  # (blocks, periods, destinations)
    score = (indicator * part.value).sum(axis=(0, 2)) - np.einsum("btd,bt->d", solved, centred.sum(axis=1))
    own = (indicator**2).sum(axis=2) - np.einsum("btd,bdt->bd", solved, indicator)
    # What rounding leaves of an indicator that the effects explain wholly is nothing.
    own = np.where(own > _UNIDENTIFIED * np.maximum((indicator**2).sum(axis=2), 1.0), own, 0.0)
    return score, own.sum(axis=0)


def near_medians(rows: BlockRows, within: float) -> Flags:
    """Return whether each figure is near the medians of its supplier-good-month and of its pair.

    The median of each (block, period) is subtracted first, then that of each (block,
    destination); the absolute remainder must be smaller than ``within``.
    """
    kept = np.zeros(len(rows), dtype=bool)
    for part in _dense(rows):
        has = part.has > 0
        left = part.value - _medians(part.value, has, axis=1)
        left = left - _medians(left, has, axis=2)
        kept[part.rows] = np.abs(left[part.place]) < within
    return kept


def _medians(values: Array, has: Flags, *, axis: int) -> Array:
    """Return medians of the present figures along an axis, kept with length one; 0 if there are none."""
    ordered = np.sort(np.where(has, values, np.inf), axis=axis)
    count = has.sum(axis=axis, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=axis)
    high = np.take_along_axis(ordered, np.minimum(count // 2, values.shape[axis] - 1), axis=axis)
    with np.errstate(invalid="ignore"):
        middle: Array = np.where(count > 0, (low + high) / 2.0, 0.0)
    return middle
