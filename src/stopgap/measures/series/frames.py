"""How a series is put together: frequency, members or the published aggregate, and one source for each reporter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from stopgap.base.vocab import Frequency
from stopgap.measures.series.calendar import parts_of, period_start
from stopgap.measures.series.holdings import Amounts, FigureSource, Holdings, ReporterFigures, total_of
from stopgap.measures.series.parties import SeriesParty
from stopgap.measures.series.request import SeriesBy
from stopgap.panel.source_breaks import RECONCILED

SMALL_SHARE = 0.01
"""Most that members may be of the sum, together, to be left out of all periods because they did not report every one."""


@dataclass(frozen=True)
class Figure:
    """The figures of one period.

    Attributes:
        amounts: Sum of what was reported; ``None`` where nothing was.
        parts_reported: Months (or the year) that every reporter reported.
        parts: Months (or the year) of the period.
        reported: Reporter -> months (or the year) that it reported.
    """

    amounts: Amounts | None
    parts_reported: int
    parts: int
    reported: Mapping[str, int]

    @property
    def lacking(self) -> tuple[str, ...]:
        """Reporters that did not report all of the period."""
        return tuple(name for name, count in self.reported.items() if count < self.parts)

    @property
    def is_complete(self) -> bool:
        """Whether every reporter reported the whole period."""
        return self.amounts is not None and not self.lacking


@dataclass(frozen=True)
class SeriesFrame:
    """One way to put a series together, with what it takes from the lake.

    Attributes:
        reporters: Economies, or one aggregate, whose reports are read.
        taken: What each of them reported; those that reported nothing are absent.
        by_aggregate: Whether a side is the aggregate that the source publishes.
        left_out: Members that lack periods, and are left out of all: their share of the sum in the periods that they reported.
    """

    frequency: Frequency
    reporters: tuple[str, ...]
    partners: tuple[str, ...]
    taken: dict[str, ReporterFigures]
    by_aggregate: bool
    left_out: Mapping[str, float] = field(default_factory=dict)

    @property
    def absent(self) -> tuple[str, ...]:
        """Reporters of whom the lake holds nothing."""
        return tuple(each for each in self.reporters if each not in self.taken and each not in self.left_out)

    def days(self) -> set[dt.date]:
        """Return the periods of figures that any reporter reported."""
        return {day for each in self.taken.values() for day in each.present}

    @property
    def is_whole(self) -> bool:
        """Whether no reporter is absent, and no partner is left out."""
        return not self.absent and not self.left_out and not any(each.unseen for each in self.taken.values())

    def reported_whole(self, start: dt.date, by: SeriesBy) -> bool:
        """Whether every reporter that is not absent reported the whole period."""
        needed = parts_of(start, by, self.frequency)
        return all(each.present.issuperset(needed) for each in self.taken.values())

    def figure(self, holdings: Holdings, start: dt.date, by: SeriesBy) -> Figure:
        """Return the figures of a year, quarter or month."""
        needed = parts_of(start, by, self.frequency)
        found = [
            holdings.amounts(reporter, taken, day)
            for reporter, taken in self.taken.items()
            for day in needed
            if day in taken.present
        ]
        whole = sum(all(day in taken.present for taken in self.taken.values()) for day in needed)
        reported = {name: sum(day in taken.present for day in needed) for name, taken in self.taken.items()}
        return Figure(total_of(found) if found else None, whole, len(needed), reported)


def choose_frame(
    holdings: Holdings,
    reporters: SeriesParty,
    partners: SeriesParty,
    place: Iterable[FigureSource],
    by: SeriesBy,
    frequency: Frequency | None,
) -> SeriesFrame | None:
    """Choose the frame with most whole periods; ``None`` where the lake holds nothing.

    A frame in which every member reported goes before one that lacks any; of equals, the sum of members goes before an
    aggregate, and months before years.
    """
    places = sorted(place)
    best: tuple[tuple[int, int, int], SeriesFrame] | None = None
    for frame in _offers(holdings, reporters, partners, places, by, frequency):
        starts = {period_start(day, by) for day in frame.days()}
        whole = sum(frame.reported_whole(start, by) for start in starts)
        rank = (whole if frame.is_whole else 0, whole, 0 if whole else len(frame.days()))
        if best is None or rank > best[0]:
            best = (rank, frame)
    return None if best is None else _without_small(holdings, best[1], by)


def _without_small(holdings: Holdings, frame: SeriesFrame, by: SeriesBy) -> SeriesFrame:
    """Return the frame without members that lack usual periods, where they are at most :data:`SMALL_SHARE` of the sum.

    The figures are then of the same members in every period. The frame itself where no more periods become whole.
    """
    if frame.by_aggregate:
        return frame
    starts = {period_start(day, by) for day in frame.days()}
    needed = {start: parts_of(start, by, frame.frequency) for start in starts}
    usual = [
        start
        for start in starts
        if 2 * sum(each.present.issuperset(needed[start]) for each in frame.taken.values()) > len(frame.taken)
    ]
    shares = {
        name: _share(holdings, frame, name)
        for name, each in frame.taken.items()
        if not all(each.present.issuperset(needed[start]) for start in usual)
    }
    left: dict[str, float] = {}
    for name, share in sorted(shares.items(), key=lambda item: (item[1], item[0])):
        if sum(left.values()) + share <= SMALL_SHARE:
            left[name] = share
    kept = {name: each for name, each in frame.taken.items() if name not in left}
    reduced = replace(frame, taken=kept, left_out=dict(sorted(left.items())))

    def whole(of: SeriesFrame) -> int:
        return sum(of.reported_whole(start, by) for start in starts)

    return reduced if kept and whole(reduced) > whole(frame) else frame


def _share(holdings: Holdings, frame: SeriesFrame, name: str) -> float:
    """Return a reporter's share of the sum over the periods that it reported; 1 where the sum is 0."""
    days = frame.taken[name].present
    sums = {
        other: total_of(holdings.amounts(other, each, day) for day in days & each.present).value_usd
        for other, each in frame.taken.items()
    }
    whole = sum(sums.values())
    return sums[name] / whole if whole > 0 else 1.0


def published_frame(
    holdings: Holdings,
    frame: SeriesFrame,
    reporters: SeriesParty,
    partners: SeriesParty,
    place: Iterable[FigureSource],
    by: SeriesBy,
) -> SeriesFrame | None:
    """Return the frame of the published aggregates at the same frequency, to compare a sum of members with."""
    offers = _offers(holdings, reporters, partners, sorted(place), by, frame.frequency)
    return next((each for each in offers if each.by_aggregate), None)


def _offers(
    holdings: Holdings,
    reporters: SeriesParty,
    partners: SeriesParty,
    places: list[FigureSource],
    by: SeriesBy,
    frequency: Frequency | None,
) -> Iterator[SeriesFrame]:
    frequencies = (Frequency.MONTHLY, Frequency.ANNUAL) if by is SeriesBy.YEAR else (Frequency.MONTHLY,)
    for mine, is_mine_published in _variants(reporters):
        for others, is_other_published in _variants(partners):
            for offered in frequencies:
                if frequency in (None, offered):
                    taken = {
                        name: found
                        for name in mine
                        if (found := _best(holdings, name, others, places, by, offered)) is not None
                    }
                    if taken:
                        is_aggregate = is_mine_published or is_other_published
                        yield SeriesFrame(offered, mine, others, taken, is_aggregate)


def _variants(side: SeriesParty) -> list[tuple[tuple[str, ...], bool]]:
    found = [(side.economies, False)] if side.economies else []
    return [*found, *([((side.published,), True)] if side.published else [])]


def _best(
    holdings: Holdings,
    reporter: str,
    partners: tuple[str, ...],
    places: list[FigureSource],
    by: SeriesBy,
    frequency: Frequency,
) -> ReporterFigures | None:
    """Return a reporter's figures from one place.

    Its own report goes before figures that a source reconciled from both sides; then the place that has most whole periods;
    of equals, totals, then what is not estimated.
    """
    best: tuple[tuple[int, bool, int, int, bool, float], ReporterFigures] | None = None
    for place in places:
        taken = holdings.taken(reporter, partners, place) if place.frequency == frequency else None
        if taken is None or not taken.present:
            continue
        starts = {period_start(day, by) for day in taken.present}
        whole = sum(taken.present.issuperset(parts_of(start, by, frequency)) for start in starts)
        estimated = holdings.estimated_share(reporter, taken)
        is_own = place.source not in RECONCILED
        rank = (-len(taken.unseen), is_own, whole, len(taken.present), place.way == "total", -estimated)
        if best is None or rank > best[0]:
            best = (rank, taken)
    return None if best is None else best[1]
