"""Years, quarters and months of a series: their names, their months, and the period a year before."""

from __future__ import annotations

import datetime as dt

from stopgap.base.vocab import Frequency
from stopgap.measures.series.request import SeriesBy

_MONTHS = {SeriesBy.YEAR: 12, SeriesBy.QUARTER: 3, SeriesBy.MONTH: 1}


def period_start(day: dt.date, by: SeriesBy) -> dt.date:
    """Return the first day of the year, quarter or month that a day is in."""
    length = _MONTHS[by]
    return dt.date(day.year, (day.month - 1) // length * length + 1, 1)


def parts_of(start: dt.date, by: SeriesBy, frequency: Frequency) -> list[dt.date]:
    """Return the first days of the months (or the year) of figures that a period is the sum of."""
    if frequency is Frequency.ANNUAL:
        return [start]
    return [dt.date(start.year, start.month + number, 1) for number in range(_MONTHS[by])]


def label_of(start: dt.date, by: SeriesBy) -> str:
    """Return the name of a period: ``2022``, ``2022Q3`` or ``2022-07``."""
    if by is SeriesBy.YEAR:
        return str(start.year)
    return f"{start.year}Q{(start.month + 2) // 3}" if by is SeriesBy.QUARTER else f"{start:%Y-%m}"


def start_of(label: str) -> dt.date:
    """Return the start of a period from its name, as :func:`label_of` gives it."""
    year, quarter, part = label[:4], label[4:5] == "Q", label[5:]
    month = 1 if not part else 3 * int(part) - 2 if quarter else int(part)
    return dt.date(int(year), month, 1)


def year_before(start: dt.date) -> dt.date:
    """Return the start of the same period of the year before."""
    return dt.date(start.year - 1, start.month, 1)


def starts_between(first: dt.date, last: dt.date, by: SeriesBy) -> list[dt.date]:
    """Return the starts of all periods from that of one day to that of another."""
    found = [period_start(first, by)]
    end = period_start(last, by)
    while found[-1] < end:
        index = found[-1].year * 12 + found[-1].month - 1 + _MONTHS[by]
        found.append(dt.date(index // 12, index % 12 + 1, 1))
    return found
