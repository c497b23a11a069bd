"""Events between two vintages: revised, new or withdrawn figures, missing reporters, changed headline.

Every event is computed from the lake's figures and the history of its vintages; no clock is needed.
"""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from stopgap.measures.revisions.results import ChangedRow, Revision, figure_line

PERIODS_NAMED = 6
SUBJECTS_NAMED = 30


@dataclass(frozen=True)
class Event:
    """One change between two vintages.

    Attributes:
        kind: ``first-measure``, ``headline``, ``revised``, ``withdrawn``, ``new-period``,
            ``new-reporter`` or ``reporter-missing``.
        subject: Reporter or supplier; the figure for ``headline``.
        text: The event in words.
        periods: Periods concerned (``YYYY-MM``, ``YYYY``).
        from_value: Value before: dollars, or a ratio for the headline's shares.
        to_value: Value now.
        missing: Number of periods that a reporter is later than usual for it.
    """

    kind: str
    subject: str
    text: str
    periods: tuple[str, ...] = ()
    from_value: float | None = None
    to_value: float | None = None
    missing: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def event_id(watch: str, earlier: str | None, later: str | None) -> str:
    """Return the id of the changes that a watch found between two vintages; the same on every repetition."""
    return hashlib.sha256(f"{watch}\n{earlier}\n{later}".encode()).hexdigest()[:16]


def headline_events(revision: Revision) -> list[Event]:
    """Return events for changes of the suspended share and the gross backfill, with the parts of the change.

    A change counts if the values differ after rounding to a hundredth of a percentage point.
    """
    reasons = f"; {'; '.join(revision.basis_changes)}" if revision.basis_changes else ""
    return [
        Event("headline", change.figure, figure_line(change) + reasons, (), change.from_value, change.to_value)
        for change in revision.headline
        if change.figure in ("loss_share", "gross_ratio") and _shown(change.from_value) != _shown(change.to_value)
    ]


def _shown(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 4)


def row_events(revision: Revision) -> list[Event]:
    """Return an event per supplier whose rows were revised, then per supplier whose rows were withdrawn.

    The largest change in dollars comes first in each group.
    """
    found = []
    for kind in ("revised", "withdrawn"):
        by_supplier: dict[str, list[ChangedRow]] = {}
        for row in revision.rows:
            if row.change == kind:
                by_supplier.setdefault(row.supplier, []).append(row)
        for supplier, rows in by_supplier.items():
            before = sum(row.from_usd or 0.0 for row in rows)
            after = sum(row.to_usd or 0.0 for row in rows)
            periods = tuple(sorted({row.period for row in rows}))
            moved = f"{after / before - 1:+.1%}" if before else "from nothing"
            figures = "1 figure" if len(rows) == 1 else f"{len(rows)} figures"
            text = (
                f"{supplier} revised {figures} of {_named(periods)}: USD {before:,.0f} to {after:,.0f}, {moved}"
                if kind == "revised"
                else f"{supplier} withdrew {figures} of {_named(periods)}: USD {before:,.0f}"
            )
            value = after if kind == "revised" else None
            found.append(Event(kind, supplier, text, periods, before, value))
    return sorted(
        found, key=lambda event: (event.kind, -abs((event.to_value or 0.0) - (event.from_value or 0.0)), event.subject)
    )


Reported = Mapping[str, frozenset[str]]
"""Mapping of reporter -> periods that it has reported."""


def period_events(before: Reported, after: Reported) -> list[Event]:
    """Return an event per reporter with periods that it had not reported before; new reporters first."""
    found = []
    for reporter in sorted(after):
        if periods := tuple(sorted(after[reporter] - before.get(reporter, frozenset()))):
            kind = "new-period" if before.get(reporter) else "new-reporter"
            found.append(Event(kind, reporter, _new_periods(reporter, periods, kind), periods))
    return sorted(found, key=lambda event: event.kind == "new-period")


def _new_periods(who: str, periods: Sequence[str], kind: str) -> str:
    unit = "month" if len(periods[0]) > 4 else "year"
    if kind == "new-reporter":
        return f"{who} reported for the first time: {_count(len(periods), unit)}, {_named(periods)}"
    count = f"a new {unit}" if len(periods) == 1 else f"{len(periods)} new {unit}s"
    return f"{who} reported {count}: {_named(periods)}"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def grouped(events: Iterable[Event]) -> list[Event]:
    """Merge events for display: reporters with the same new periods, or missing for equally long, share one event."""
    groups: dict[tuple[object, ...], list[Event]] = {}
    for number, event in enumerate(events):
        alike = {"new-period": event.periods, "new-reporter": event.periods, "reporter-missing": event.missing}
        groups.setdefault((event.kind, alike.get(event.kind, number)), []).append(event)
    return [members[0] if len(members) == 1 else _merged(members) for members in groups.values()]


def _merged(events: Sequence[Event]) -> Event:
    first = events[0]
    names = [event.subject for event in events]
    shown = ", ".join(names[:SUBJECTS_NAMED])
    who = shown if len(names) <= SUBJECTS_NAMED else f"{shown} and {len(names) - SUBJECTS_NAMED} more"
    if first.kind == "reporter-missing":
        unit = "month" if len(first.periods[0]) > 4 else "year"
        text = f"{who} missing for {_count(first.missing or 0, unit)}"
    else:
        text = _new_periods(who, first.periods, first.kind)
    return replace(first, subject=f"{len(names)} reporters", text=text)


@dataclass(frozen=True)
class Brought:
    """Last period that one vintage (``number``) added for a reporter in one source; periods count from year 0."""

    source: str
    reporter: str
    number: int
    last_period: int


@dataclass(frozen=True)
class Lateness:
    """Delay of a reporter in one source."""

    source: str
    reporter: str
    behind: int  # periods between its last one and the newest of any reporter in that source
    usual: int | None  # median of the same when its own releases came; None where none has come yet
    last_period: int  # counted from year 0

    @property
    def missing(self) -> int:
        """Number of periods that it is later than usual; 0 if it is not."""
        return max(self.behind - (self.usual or 0), 0)


def latenesses(history: Iterable[Brought], *, number: int) -> dict[tuple[str, str], Lateness]:
    """Return (source, reporter) -> delay as of a vintage, from the history of the vintages up to it, in one frequency.

    A reporter's usual delay is the median over the vintages that added a later period for it: how far
    it was then behind the newest period of any reporter in its source. Vintages without a new period do
    not count, nor does the first vintage with the reporter, whose day was the user's choice.
    """
    rows = sorted((row for row in history if row.number <= number), key=lambda row: row.number)
    newest: dict[str, int] = {}
    last: dict[tuple[str, str], int] = {}
    habits: dict[tuple[str, str], list[int]] = {}
    for here in sorted({row.number for row in rows}):
        brought = [row for row in rows if row.number == here]
        for row in brought:
            newest[row.source] = max(newest.get(row.source, row.last_period), row.last_period)
        for row in brought:
            key = (row.source, row.reporter)
            if key in last and row.last_period > last[key]:
                habits.setdefault(key, []).append(newest[row.source] - row.last_period)
            last[key] = max(row.last_period, last.get(key, row.last_period))
    usual = {key: statistics.median_low(habit) for key, habit in habits.items()}
    return {
        key: Lateness(*key, behind=newest[key[0]] - period, usual=usual.get(key), last_period=period)
        for key, period in last.items()
    }


def missing_events(
    before: Mapping[tuple[str, str], Lateness],
    after: Mapping[tuple[str, str], Lateness],
    *,
    watched: frozenset[tuple[str, str]],
    least: int,
    is_monthly: bool,
) -> list[Event]:
    """Return an event per reporter later than usual by ``least`` periods, and again at each further ``least``.

    ``before`` and ``after`` are the delays at the earlier and the later vintage, by (source, reporter); only pairs in
    ``watched`` are reported.
    """
    found = []
    for key in sorted(watched & after.keys()):
        now = after[key]
        earlier = before[key].missing if key in before else 0
        if now.missing // least <= earlier // least:
            continue
        units = _count(now.missing, "month" if is_monthly else "year")
        habit = "its habit is not known yet" if now.usual is None else f"usually {now.usual}"
        last = period_text(now.last_period, is_monthly=is_monthly)
        text = (
            f"{now.reporter} missing for {units}: last reported {last} ({now.source}), "
            f"{now.behind} behind the newest, {habit}"
        )
        found.append(Event("reporter-missing", now.reporter, text, (last,), missing=now.missing))
    return sorted(found, key=lambda event: (-(event.missing or 0), event.subject))


def period_number(period: Any, *, is_monthly: bool) -> int:
    """Return a month or year as a count from year 0."""
    return int(period.year * 12 + period.month - 1 if is_monthly else period.year)


def period_text(number: int, *, is_monthly: bool) -> str:
    """Return the month or year of a count from year 0 as text."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}" if is_monthly else str(number)


def _named(periods: Sequence[str]) -> str:
    """Format a list of periods: all if there are few, else the first, the last and their number."""
    if len(periods) <= PERIODS_NAMED:
        return ", ".join(periods)
    return f"{periods[0]} … {periods[-1]}, {len(periods)} periods"
