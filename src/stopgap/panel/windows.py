"""Derive the baseline and after-window of a measure and list their months or years."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pyarrow as pa

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.vocab import Frequency
from stopgap.panel.episodes import Episode, Window, add_months, month_start

DERIVED_BASELINE_MONTHS = 36
MONTHS_BEFORE_EVENT_LEFT_OUT = 2


@dataclass(frozen=True)
class Windows:
    """First and last month of the baseline and of the after-window (``YYYY-MM``)."""

    baseline: tuple[str, str]
    after: tuple[str, str]


def close_windows(
    episode: Episode, *, baseline: Window | None, after: Window | None, last_period: str, frequency: Frequency
) -> Windows:
    """Derive the open ends of both windows; ``baseline`` and ``after`` override the episode's.

    A derived baseline is the 36 months before the two months that precede the event (three
    whole years before the event's year for annual data); a derived after-window starts in the
    month after the event (the year after) and ends with ``last_period``, the last month that
    the data hold (December for a year). Given ends are used as they are.

    Raises:
        EpisodeError: The windows overlap.
        MissingDataError: The figures end before the after-window starts.
    """
    base = baseline or episode.baseline
    later = after or episode.after
    annual = frequency is Frequency.ANNUAL
    year = int(episode.event[:4])
    last = base.last or (f"{year - 1}-12" if annual else add_months(episode.event, -MONTHS_BEFORE_EVENT_LEFT_OUT - 1))
    first = base.first or add_months(last, 1 - DERIVED_BASELINE_MONTHS)
    after_first = later.first or (f"{year + 1}-01" if annual else add_months(episode.event, 1))
    after_last = later.last or last_period
    if after_last < after_first:
        raise MissingDataError(
            f"the figures end in {last_period}, and the after-window starts in {after_first}",
            where=f"episode {episode.name}, frequency {frequency}",
            fix="import later periods, or give a window that the figures cover (--after FROM:TO)",
        )
    if last >= after_first:
        raise EpisodeError(
            "the after-window starts within the baseline",
            where=f"baseline {first}:{last}, after {after_first}:{after_last}",
            fix="let the after-window start later (--after FROM:TO)",
        )
    return Windows((first, last), (after_first, after_last))


def check_order(episode: Episode, baseline: Window | None, after: Window | None) -> None:
    """Refuse (EpisodeError) an after-window that was asked for and ends before the event, with the baseline left open."""
    if after is None or after.last is None or baseline is not None or after.last >= episode.event:
        return
    raise EpisodeError(
        f"the after-window ends before the event of {episode.event}",
        where=f"--after {after.first}:{after.last}, episode {episode.name}",
        fix="let it start after the event (--after FROM:TO); for another event, give the baseline too (--baseline FROM:TO)",
    )


def whole_periods(window: tuple[str, str], frequency: Frequency) -> list[dt.date]:
    """Return the first day of each month, or of each whole year, within a window."""
    first, last = window
    if frequency is Frequency.ANNUAL:
        start = int(first[:4]) + (first[5:] != "01")
        end = int(last[:4]) - (last[5:] != "12")
        return [dt.date(year, 1, 1) for year in range(start, end + 1)]
    months = [first]
    while months[-1] < last:
        months.append(add_months(months[-1], 1))
    return [month_start(month) for month in months if month <= last]


def periods_table(windows: Windows, frequency: Frequency) -> pa.Table:
    """Build the table of both windows: ``period`` DATE, ``part`` baseline|after, ``season`` (month; 1 for annual).

    Raises:
        EpisodeError: A window holds no whole period (annual data and a window of months).
    """
    rows = []
    for part, window in (("baseline", windows.baseline), ("after", windows.after)):
        periods = whole_periods(window, frequency)
        if not periods:
            raise EpisodeError(
                f"the {part} window {window[0]}:{window[1]} holds no whole year, and the figures are annual",
                where=f"{part} window",
                fix=f"give whole years, such as {window[0][:4]}-01:{window[0][:4]}-12, or import monthly figures",
            )
        rows += [{"period": period, "part": part, "season": period.month} for period in periods]
    schema = pa.schema([("period", pa.date32()), ("part", pa.string()), ("season", pa.int32())])
    return pa.Table.from_pylist(rows, schema=schema)
