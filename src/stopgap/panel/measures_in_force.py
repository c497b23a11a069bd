"""Match measures to the panel's goods: which member's trade in which good was under a measure, and in which periods.

A good is compared through the HS6 codes that it stands for in the revision of each measure's code: itself or its
counterparts at HS6 level, every subheading beneath it at a coarser one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from stopgap.base.vocab import Frequency
from stopgap.codes.commodities import REVISIONS, is_composite, level_of, subheadings
from stopgap.codes.concordance import links
from stopgap.codes.goods import composite_codes
from stopgap.codes.groups import expand, group_names
from stopgap.panel.basis import Basis
from stopgap.panel.measures_table import ALL_GOODS, Covers, MeasureRow

Periods = frozenset[dt.date]  # first days of whole months or years
NONE: Periods = frozenset()


class UnderMeasure(StrEnum):
    """How much of a good was under a measure in a window."""

    WHOLE = "whole"
    PART = "part"  # every code of it, one at least by a measure that covers it in part
    MIXED = "mixed"  # some of its codes and others not


@dataclass(frozen=True)
class MeasuredGood:
    """A good under a measure: how much of it, and the whole periods of the after-window in which it was in force."""

    extent: UnderMeasure
    periods: Periods


@dataclass(frozen=True)
class MeasuresInForce:
    """Measures of a coalition in an after-window.

    Attributes:
        goods: Member -> goods under a measure in at least one whole period; a member without a table of goods is absent.
        untold: Member of which only the day is known from which it had measures -> whole periods since then.
        sources: Sources of the measures of goods, sorted.
    """

    goods: Mapping[str, Mapping[str, MeasuredGood]]
    untold: Mapping[str, Periods]
    sources: tuple[str, ...]


def measures_in_force(
    rows: Sequence[MeasureRow], *, members: Iterable[str], basis: Basis, periods: Sequence[dt.date]
) -> MeasuresInForce:
    """Match measures to the goods of a panel, for the coalition's members.

    Args:
        rows: Measures of members and groups; a group stands for its members on the day a measure began.
        members: ISO3 codes of the coalition.
        basis: Goods of the panel, their level and revision.
        periods: First day of each whole period of the after-window.
    """
    spans: dict[tuple[dt.date, dt.date | None], Periods] = {}
    whole: list[Periods] = []
    of_member: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        span = (row.first, row.until)
        if span not in spans:
            spans[span] = in_force(row, periods, basis.frequency)
        whole.append(spans[span])
        of_member.setdefault(row.member, []).append(at)
    groups = [name for name in of_member if name in group_names()]
    by_day: dict[tuple[str, dt.date], list[int]] = {}
    for name in groups:
        for at in of_member[name]:
            by_day.setdefault((name, rows[at].first), []).append(at)
    inside = {(name, first): frozenset(expand([name], on=first)) for name, first in by_day}
    goods: dict[str, dict[str, MeasuredGood]] = {}
    untold: dict[str, Periods] = {}
    sources: set[str] = set()
    # Members of the same groups without measures of their own have the same rows.
    alike: dict[tuple[str, tuple[tuple[str, dt.date], ...]], tuple[int, ...]] = {}
    known: dict[tuple[int, ...], tuple[dict[str, MeasuredGood], set[str]]] = {}
    for member in sorted(members):
        days = tuple(day for day in by_day if member in inside[day])
        key = (member if member in of_member else "", days)
        if key not in alike:
            alike[key] = tuple(sorted({*of_member.get(member, ()), *(at for day in days for at in by_day[day])}))
        own = alike[key]
        if own not in known:
            told = {rows[at]: whole[at] for at in own if rows[at].covers is not Covers.UNTOLD}
            known[own] = _measured_goods(list(told), told, basis), {row.source for row in told}
        measured, their_sources = known[own]
        if their_sources:
            goods[member] = measured
            sources |= their_sources
        elif own:
            untold[member] = NONE.union(*(whole[at] for at in own))
    return MeasuresInForce(goods, untold, tuple(sorted(sources)))


def in_force(row: MeasureRow, periods: Iterable[dt.date], frequency: Frequency) -> Periods:
    """Return the periods in which a measure was in force on every day, by their first days."""
    return _whole_within(row.first, row.until, tuple(periods), frequency)


@lru_cache(maxsize=4096)
def _whole_within(first: dt.date, until: dt.date | None, periods: tuple[dt.date, ...], frequency: Frequency) -> Periods:
    return frozenset(
        period for period in periods if first <= period and (until is None or _last_day(period, frequency) <= until)
    )


def _last_day(period: dt.date, frequency: Frequency) -> dt.date:
    if frequency is Frequency.ANNUAL:
        return dt.date(period.year, 12, 31)
    following = dt.date(period.year + period.month // 12, period.month % 12 + 1, 1)
    return following - dt.timedelta(days=1)


class _Codes:
    """Measures of one revision by code: those of a code or a prefix of it, and those of eight digits by their HS6."""

    def __init__(self, rows: Iterable[MeasureRow]) -> None:
        self.by_code: dict[str, list[MeasureRow]] = {}
        self.finer: dict[str, list[MeasureRow]] = {}
        for row in rows:
            index, key = (self.finer, row.code[:6]) if len(row.code) > 6 else (self.by_code, row.code)
            index.setdefault(key, []).append(row)

    def covering(self, code: str) -> list[MeasureRow]:
        """Return the measures of an HS6 code or of a prefix of it."""
        return [row for prefix in (ALL_GOODS, code[:2], code[:4], code) for row in self.by_code.get(prefix, ())]


def _measured_goods(
    rows: Sequence[MeasureRow], whole: Mapping[MeasureRow, Periods], basis: Basis
) -> dict[str, MeasuredGood]:
    of_revision: dict[str, list[MeasureRow]] = {}
    for row in rows:
        if whole[row]:
            of_revision.setdefault(row.revision, []).append(row)
    index = {revision: _Codes(each) for revision, each in of_revision.items()}
    found = {}
    for good in basis.items:
        covered = [_covered(good, revision, codes, whole, basis) for revision, codes in index.items()]
        full, every, some = (NONE.union(*sets) for sets in zip(*covered, strict=True)) if covered else (NONE,) * 3
        if some:
            extent = UnderMeasure.WHOLE if full else UnderMeasure.PART if every else UnderMeasure.MIXED
            found[good] = MeasuredGood(extent, full or every or some)
    return found


def _covered(
    good: str, revision: str, codes: _Codes, whole: Mapping[MeasureRow, Periods], basis: Basis
) -> tuple[Periods, Periods, Periods]:
    """Return the periods in which all of a good was covered, all of its codes at least in part, and any of it."""
    item = basis.items[good].code
    full: list[Periods] = []
    every: list[Periods] = []
    for code in codes_beneath(good, revision, basis):
        covering, finer = codes.covering(code), codes.finer.get(code, [])
        entire = [row for row in covering if row.covers is Covers.WHOLE] + [row for row in finer if row.code == item]
        full.append(NONE.union(*(whole[row] for row in entire)))
        every.append(NONE.union(*(whole[row] for row in (*covering, *finer))))
    if not every:
        return NONE, NONE, NONE
    return frozenset.intersection(*full), frozenset.intersection(*every), NONE.union(*every)


def codes_beneath(good: str, revision: str, basis: Basis) -> tuple[str, ...]:
    """Return the HS6 codes of a revision that a good of the panel stands for."""
    if basis.level == "HS6" and level_of(good) == "HS6":
        own = basis.revision
        if own == revision or own not in REVISIONS or revision not in REVISIONS:
            return (good,)
        return tuple(link.good for link in links(own, revision).get(good, ()) if link.weight > 0) or (good,)
    parts = composite_codes(good) if is_composite(good) else (good,)
    return tuple(code for part in parts for code in subheadings(part, revision))
