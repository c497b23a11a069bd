"""Estimate the price markup that the target pays over the same suppliers' other destinations."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stopgap.measures.backfill.results import Interval
from stopgap.measures.statistics.array_types import Array
from stopgap.measures.statistics.placebo import LEAST_PLACEBOS, half_width
from stopgap.measures.statistics.two_way_effects import BlockRows, ContrastSums, DenseBlocks, Flags, medians, near_pairs

TRIM_FACTOR = 3.0
TRIM_ROUNDS = 3
LEAST_INFORMATION = 0.05  # least information of a placebo destination, by the target's
TARGET = 0
"""Index of the target in the destinations of :class:`~stopgap.measures.statistics.two_way_effects.BlockRows`."""


@dataclass(frozen=True)
class MarkupFigure:
    """Markup estimated from one set of rows.

    Attributes:
        estimate: Change of the log unit value at the target, after against before, against
            the same supplier's other destinations in the same good and month.
        ci95: Its 95 % interval over placebo destinations.
        placebo_rank: Rank among target and placebos, 1 the largest, and their number.
        observations: Number of unit values used.
        reason: Why figures are ``None``.
    """

    estimate: float | None = None
    ci95: Interval = None
    placebo_rank: tuple[int, int] | None = None
    observations: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class PriceMarkup:
    """Unit-value markup at the target; the headline is the trimmed figure, in log points (0.15 is about 16 %).

    Attributes:
        price_ratio: ``exp(estimate)``: factor by which the price changed; with its interval.
        trimmed: Figure without unit values more than threefold off both medians.
        untrimmed: Figure with all unit values.
        not_estimated: Trimmed, and without rows that the source marks as partly estimated;
            ``None`` if there are none.
        observations: Unit values of ``trimmed``.
        trimmed_share: Share of the unit values that trimming removes.
        estimated_share: Share of the unit values that the source marks as partly estimated.
        suppliers: Economies whose sales are used.
        placebos: Placebo destinations used for the interval.
    """

    estimate: float | None
    ci95: Interval
    price_ratio: float | None
    price_ratio_ci95: Interval
    placebo_rank: tuple[int, int] | None
    trimmed: MarkupFigure
    untrimmed: MarkupFigure
    not_estimated: MarkupFigure | None
    observations: int
    trimmed_share: float | None
    estimated_share: float | None
    suppliers: tuple[str, ...] = ()
    goods: int = 0
    placebos: tuple[str, ...] = ()
    unit: str = "log points"


@dataclass(frozen=True)
class PriceWindow:
    """Periods that are compared, and those of them that lie after: each (periods,)."""

    periods: Flags
    is_after: Flags


@dataclass(frozen=True)
class TrimmedMarkup:
    """A figure with its placebo destinations, as places among the destinations."""

    figure: MarkupFigure
    placebos: tuple[int, ...]


def markup(
    rows: BlockRows,
    names: Sequence[str],
    *,
    is_estimated: Flags | None = None,
    among: Collection[str] | None = None,
    suppliers: Sequence[str] = (),
    goods: int = 0,
    trim: float = TRIM_FACTOR,
) -> PriceMarkup:
    """Estimate the unit-value markup at the target after the event; ``None`` with a reason if it is not identified.

    ``rows.value`` is the natural logarithm of dollars per kilogram; a block is one supplier's good; destination
    0 is the target, the others placebos. ``is_estimated`` (n,) marks rows that the source estimated in
    part, ``among`` the names that can be placebos (``None``: all); unit values off the medians by more than
    the factor ``trim`` are excluded.

    Method: docs/methods/prices.md.
    """
    whole = _Trimming(rows, PriceWindow(np.ones(len(rows.is_after), dtype=bool), rows.is_after))
    allowed = _allowed(names, among)
    marked = np.zeros(len(rows), dtype=bool) if is_estimated is None else is_estimated
    every, sure = _Sums.of(rows.destinations), _Sums.of(rows.destinations)
    for part, kept in _trimmed(rows, [whole], math.log(trim)):
        every.add(part.value, np.isfinite(part.value), rows.is_after)
        if marked.any():
            unmarked = np.zeros(part.value.size, dtype=bool)
            unmarked[part.place] = ~marked[part.rows]
            sure.add(part.value, kept[0] & unmarked.reshape(part.value.shape), rows.is_after)
    found = whole.found(allowed)
    figure, ci95 = found.figure, found.figure.ci95
    return PriceMarkup(
        estimate=figure.estimate,
        ci95=ci95,
        price_ratio=None if figure.estimate is None else math.exp(figure.estimate),
        price_ratio_ci95=None if ci95 is None else (math.exp(ci95[0]), math.exp(ci95[1])),
        placebo_rank=figure.placebo_rank,
        trimmed=figure,
        untrimmed=every.figure(allowed)[0],
        not_estimated=sure.figure(allowed)[0] if marked.any() else None,
        observations=figure.observations,
        trimmed_share=1.0 - figure.observations / len(rows) if len(rows) else None,
        estimated_share=float(marked.mean()) if len(rows) else None,
        suppliers=tuple(suppliers),
        goods=goods,
        placebos=tuple(names[place] for place in found.placebos),
    )


def window_markups(
    rows: BlockRows,
    names: Sequence[str],
    windows: Sequence[PriceWindow],
    *,
    among: Collection[str] | None = None,
    trim: float = TRIM_FACTOR,
) -> list[TrimmedMarkup]:
    """Estimate the trimmed markup of several windows, each on its own periods alone, as :func:`markup` does."""
    trimmings = [_Trimming(rows, window) for window in windows]
    for _ in _trimmed(rows, trimmings, math.log(trim)):
        pass
    return [each.found(_allowed(names, among)) for each in trimmings]


def _allowed(names: Sequence[str], among: Collection[str] | None) -> Flags:
    return np.array([place != TARGET and (among is None or name in among) for place, name in enumerate(names)])


class _Trimming:
    """Trimming of one window: which unit values are near both medians once the target's own price change is subtracted.

    Without the subtraction a large change would move half of the target's unit values away from
    their medians, and trimming would remove the effect being measured.
    """

    def __init__(self, rows: BlockRows, window: PriceWindow) -> None:
        self.window, self.columns = window, np.flatnonzero(window.periods)
        self.is_after = window.is_after[self.columns]
        self.moved = 0.0
        self.is_settled = False
        self.sums = _Sums.of(rows.destinations)

    def kept(self, part: DenseBlocks, middle: Array, within: float) -> tuple[Array, Flags]:
        """Return the values of the window in some blocks, and which are near; ``middle`` are medians by month."""
        value, centre = part.value[:, :, self.columns], middle[:, :, self.columns]
        left = value
        if self.moved:
            left = value.copy()
            left[:, TARGET, self.is_after] -= self.moved
            centre[:, :, self.is_after] = medians(left[:, :, self.is_after], axis=1)
        return value, near_pairs(left - centre, within)

    def found(self, allowed: Flags) -> TrimmedMarkup:
        """Return the figure of the unit values kept last."""
        figure, places = self.sums.figure(allowed)
        return TrimmedMarkup(figure, tuple(places))


def _trimmed(rows: BlockRows, windows: Sequence[_Trimming], within: float) -> Iterator[tuple[DenseBlocks, list[Flags]]]:
    """Trim all windows at once; yield the blocks a few at a time, with the unit values of each window that are kept."""
    middles: list[Array] = []
    for _ in range(TRIM_ROUNDS):
        sums = [ContrastSums.of(rows.destinations) for _ in windows]
        for number, part in enumerate(rows.dense()):
            if number == len(middles):
                middles.append(medians(part.value, axis=1))
            for each, into in zip(windows, sums, strict=True):
                if not each.is_settled:
                    value, kept = each.kept(part, middles[number], within)
                    into.add_one(value, kept, each.is_after, TARGET)
        for each, into in zip(windows, sums, strict=True):
            estimate = float(into.contrasts().estimate[TARGET])
            each.is_settled = each.is_settled or not math.isfinite(estimate)
            each.moved = each.moved if each.is_settled else estimate
    for part, middle in zip(rows.dense(), middles, strict=True):
        found = []
        for each in windows:
            value, kept = each.kept(part, middle, within)
            each.sums.add(value, kept, each.is_after)
            found.append(kept)
        yield part, found


@dataclass
class _Sums:
    """Sums behind one figure: the target's among all destinations, and the others' without it."""

    target: ContrastSums
    others: ContrastSums
    observations: int = 0

    @classmethod
    def of(cls, destinations: int) -> _Sums:
        return cls(ContrastSums.of(destinations), ContrastSums.of(destinations))

    def add(self, value: Array, kept: Flags, is_after: Flags) -> None:
        """Add the unit values kept of some blocks."""
        self.observations += int(np.count_nonzero(kept))
        self.target.add_one(value, kept, is_after, TARGET)
        beside = kept.copy()
        beside[:, TARGET] = False  # the target's own change is not in the others'
        self.others.add(value, beside, is_after)

    def figure(self, allowed: Flags) -> tuple[MarkupFigure, list[int]]:
        """Return the markup from these sums; also the positions of the placebos used."""
        bare = MarkupFigure(observations=self.observations)
        if not self.observations:
            return replace(bare, reason="no unit value: no sale has both dollars and weight"), []
        at_target, others = self.target.contrasts(), self.others.contrasts()
        information = float(at_target.information[TARGET])
        if information <= 0:
            why = "no supplier has unit values at the target in both windows beside another destination"
            return replace(bare, reason=why), []
        estimate = float(at_target.estimate[TARGET])
        enough = allowed & np.isfinite(others.estimate) & (others.information >= LEAST_INFORMATION * information)
        places = np.flatnonzero(enough).tolist()
        figures = others.estimate[places]
        rank = (1 + int((figures >= estimate).sum()), 1 + len(places)) if places else None
        half = half_width(figures, 1.0 / others.information[places], 1.0 / information)
        if half is None:
            why = f"an interval needs {LEAST_PLACEBOS} placebo destinations, and there are {len(places)}"
            return replace(bare, estimate=estimate, placebo_rank=rank, reason=why), places
        return replace(bare, estimate=estimate, ci95=(estimate - half, estimate + half), placebo_rank=rank), places
