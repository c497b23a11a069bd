"""Estimate one destination's change against the others' with two-way effects, for every destination at once.

A block is one supplier's sales of one good. Within it a figure has an effect of its
month (the supplier's price level everywhere) and one of its destination. Least squares with
both effects separates into blocks, so no iteration is needed: one small linear system
per block, solved together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from stopgap.measures.statistics.array_types import Array, Index

Flags = npt.NDArray[np.bool_]

_CELLS_AT_ONCE = 100_000  # block x destination x period: so many stay in a processor's cache
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

    @cached_property
    def order(self) -> Index:
        """Return the rows by block, (n,)."""
        few = self.block.size and int(self.block.max()) < 1 << 16
        return np.argsort(self.block.astype(np.uint16) if few else self.block, kind="stable")

    def dense(self) -> Iterator[DenseBlocks]:
        """Yield the blocks a few at a time, as arrays."""
        periods = len(self.is_after)
        size = self.destinations * periods
        block = self.block[self.order]
        blocks = int(block[-1]) + 1 if block.size else 0
        step = max(1, _CELLS_AT_ONCE // max(1, size))
        ends = np.searchsorted(block, np.arange(0, blocks + step, step))
        for at, first in enumerate(range(0, blocks, step)):
            rows = self.order[ends[at] : ends[at + 1]]
            if not rows.size:
                continue
            place = ((self.block[rows] - first) * self.destinations + self.destination[rows]) * periods + self.period[
                rows
            ]
            value = np.full(min(step, blocks - first) * size, np.inf)
            value[place] = self.value[rows]
            yield DenseBlocks(value.reshape(-1, self.destinations, periods), rows, place)


@dataclass(frozen=True)
class DenseBlocks:
    """Some blocks: figures (blocks, destinations, periods), infinite where absent, and where their rows stand."""

    value: Array
    rows: Index
    place: Index


@dataclass(frozen=True)
class Contrasts:
    """Change of each destination against the others, (destinations,), in the unit of the value.

    NaN if not identified; ``information`` is the sum of squares of the indicator after removing the effects, 0
    if not identified.
    """

    estimate: Array
    information: Array


@dataclass
class ContrastSums:
    """Sums over blocks from which contrasts follow, (destinations,)."""

    score: Array
    information: Array

    @classmethod
    def of(cls, destinations: int) -> ContrastSums:
        """Return the sums of no block."""
        return cls(np.zeros(destinations), np.zeros(destinations))

    def add(self, value: Array, kept: Flags, is_after: Flags) -> None:
        """Add the figures kept of some blocks, (blocks, destinations, periods)."""
        block = _Block.of(value, kept, is_after)
        indicator = block.has * (block.after - ((block.has * block.after).sum(axis=2) / block.count)[:, :, None])
        solved = np.linalg.solve(block.system(), indicator.transpose(0, 2, 1))  # (blocks, periods, destinations)
        self.score += (indicator * block.value).sum(axis=(0, 2)) - np.einsum("btd,bt->d", solved, block.centred())
        squares = (indicator**2).sum(axis=2)
        self.information += _left(squares, np.einsum("btd,bdt->bd", solved, indicator)).sum(axis=0)

    def add_one(self, value: Array, kept: Flags, is_after: Flags, place: int) -> None:
        """Add the same for one destination alone."""
        told = kept[:, place] & is_after
        live = told.any(axis=1) & (kept[:, place] & ~is_after).any(axis=1)
        if not live.any():
            return
        block = _Block.of(value, kept, is_after) if live.all() else _Block.of(value[live], kept[live], is_after)
        own = block.has[:, place]
        indicator = own * (block.after - (own @ block.after / block.count[:, place])[:, None])
        solved = np.linalg.solve(block.system(), indicator[:, :, None])[:, :, 0]
        self.score[place] += (indicator * block.value[:, place]).sum() - (solved * block.centred()).sum()
        self.information[place] += _left((indicator**2).sum(axis=1), (solved * indicator).sum(axis=1)).sum()

    def contrasts(self) -> Contrasts:
        """Return the contrasts of the blocks added."""
        known = self.information > _UNIDENTIFIED
        estimate = np.where(known, self.score / np.where(known, self.information, 1.0), np.nan)
        return Contrasts(estimate, np.where(known, self.information, 0.0))


def _left(squares: Array, explained: Array) -> Array:
    """Return what of an indicator's squares the effects leave; what rounding leaves of one explained wholly is nothing."""
    own = squares - explained
    return np.where(own > _UNIDENTIFIED * np.maximum(squares, 1.0), own, 0.0)


@dataclass(frozen=True)
class _Block:
    """Figures kept (1 or 0), their values (0 elsewhere), their number per destination, and 1 for periods after."""

    has: Array
    value: Array
    count: Array
    after: Array

    @classmethod
    def of(cls, value: Array, kept: Flags, is_after: Flags) -> _Block:
        """Return the arrays of some blocks."""
        has = kept.astype(np.float64)
        return cls(has, np.where(kept, value, 0.0), np.maximum(has.sum(axis=2), 1.0), is_after.astype(np.float64))

    def system(self) -> Array:
        """Return the periods' normal equations once destinations are out; singular but for a small ridge, as effects are known up to a level."""
        system = np.matmul((self.has / -self.count[:, :, None]).transpose(0, 2, 1), self.has)
        position = np.arange(self.after.size)
        each = self.has.sum(axis=1)
        system[:, position, position] += each + _RIDGE * np.maximum(each.max(axis=1), 1.0)[:, None]
        return np.asarray(system)

    def centred(self) -> Array:
        """Return the sum over destinations of values less their destination's mean, (blocks, periods)."""
        mean = self.value.sum(axis=2) / self.count
        return np.asarray(self.value.sum(axis=1) - np.matmul(mean[:, None, :], self.has)[:, 0])


def contrasts(rows: BlockRows) -> Contrasts:
    """Estimate each destination's coefficient on ``destination x after``, alone in the regression.

    The regression is ``value ~ indicator | block-period + block-destination`` by ordinary
    least squares, once per destination over the same rows. A destination without figures in both
    windows, or without another destination in its blocks, has neither estimate nor information.

    Method: docs/methods/prices.md; the normal equations of two-way effects with the
        destinations' eliminated (Frisch and Waugh 1933), exact for gaps of any shape.
    """
    sums = ContrastSums.of(rows.destinations)
    for part in rows.dense():
        sums.add(part.value, np.isfinite(part.value), rows.is_after)
    return sums.contrasts()


def near_medians(rows: BlockRows, within: float) -> Flags:
    """Return whether each figure is near the medians of its supplier-good-month and of its pair.

    The median of each (block, period) is subtracted first, then that of each (block,
    destination); the absolute remainder must be smaller than ``within``.
    """
    kept = np.zeros(len(rows), dtype=bool)
    for part in rows.dense():
        near = near_pairs(part.value - medians(part.value, axis=1), within)
        kept[part.rows] = near.ravel()[part.place]
    return kept


def near_pairs(left: Array, within: float) -> Flags:
    """Return whether figures less their month's median, infinite where absent, are near the median of their pair."""
    return np.asarray(np.abs(left - medians(left, axis=2)) < within)


def medians(values: Array, *, axis: int) -> Array:
    """Return medians of the finite figures along an axis, kept with length one; 0 if there are none."""
    ordered = np.sort(values, axis=axis)
    count = np.isfinite(values).sum(axis=axis, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=axis)
    high = np.take_along_axis(ordered, np.minimum(count // 2, values.shape[axis] - 1), axis=axis)
    with np.errstate(invalid="ignore"):
        middle: Array = np.where(count > 0, (low + high) / 2.0, 0.0)
    return middle
