"""Measure the after-window apart before and after the days on which an episode's measures changed.

A month that holds such a day belongs to the part in which most of its days lie. Annual figures are told only where the
parts part at a year's end.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

from stopgap.base.errors import EpisodeError, MissingDataError, UsageError
from stopgap.base.notes import Effect, Note
from stopgap.base.vocab import Frequency
from stopgap.measures.backfill.results import Finding, Regime
from stopgap.panel.episodes import Episode, Window, add_months
from stopgap.panel.windows import whole_periods

MeasureAfter = Callable[[Window], Finding]
"""Measures the same list and baseline with another after-window."""


def split_window(after: tuple[str, str], days: Sequence[dt.date]) -> list[tuple[str, str]]:
    """Split an after-window (first and last month) at days; a day outside of it, or at its edge, splits nothing."""
    first, last = after
    parts = []
    for day in sorted(days):
        month = f"{day:%Y-%m}"
        days_before, length = day.day - 1, calendar.monthrange(day.year, day.month)[1]
        ends = month if days_before * 2 > length else add_months(month, -1)
        if first <= ends < last:
            parts.append((first, ends))
            first = add_months(ends, 1)
    return [*parts, (first, last)]


def with_regimes(finding: Finding, episode: Episode, measure_after: MeasureAfter) -> Finding:
    """Return the finding with its after-window measured apart before and after the episode's regime days.

    Raises:
        UsageError: The episode names no regimes.
    """
    if not episode.regimes:
        raise UsageError(
            f"the episode {episode.name} names no regimes",
            where="--regimes",
            fix="add the days to the episode file, such as regimes: [2023-12-22]",
        )
    windows = finding.windows
    parts = split_window(windows.after, episode.regimes)
    said = ", ".join(map(str, episode.regimes))
    if len(parts) < 2:
        reason = f"{said} does not part the after-window {windows.after[0]} to {windows.after[1]}"
    elif finding.frequency == Frequency.ANNUAL and any(not _is_years(part) for part in parts[:-1]):
        reason = f"annual figures cannot be told before and after {said}"
    else:
        found = tuple(_regime(part, measure_after) for part in parts)
        return replace(finding, regimes=found).sealed()
    note = Note(f"no regimes: {reason}", Effect.CANNOT_TELL)
    return replace(finding, warnings=(*finding.warnings, note)).sealed()


def _is_years(part: tuple[str, str]) -> bool:
    return part[1].endswith("-12") and bool(whole_periods(part, Frequency.ANNUAL))


def _regime(part: tuple[str, str], measure_after: MeasureAfter) -> Regime:
    try:
        found = measure_after(Window(*part))
    except (EpisodeError, MissingDataError) as error:
        return Regime(*part, reason=error.what)
    return Regime(*part, found.suspended, found.backfill, found.loss_kind)
