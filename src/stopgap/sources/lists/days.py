"""Parse days as lists print them; ambiguous ones are missing."""

from __future__ import annotations

import datetime as dt
import re
from enum import Enum

MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ][\d:.+Z-]*)?")
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([A-Za-z]{3,9})\.?,?[ -](\d{4})")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")


class DayStyle(Enum):
    """Which number comes first where all are numbers."""

    PLAIN = "plain"  # the file does not say: a day that could be two is none
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


def read_day(text: str, style: DayStyle = DayStyle.PLAIN) -> str | None:
    """A day as ``YYYY-MM-DD``; ``None`` where it is not whole, not certain or not in the calendar.

    ``28.2.2011`` has the day first, as no list writes dots otherwise; with slashes or hyphens
    the style tells.
    """
    if match := _ISO.fullmatch(text):
        return _day(match[1], match[2], match[3])
    if match := _NUMBERS.fullmatch(text):
        first, mark, second, year = match.groups()
        if mark == "." or style is DayStyle.DAY_FIRST or (style is DayStyle.PLAIN and int(first) > 12):
            return _day(year, second, first)
        if style is DayStyle.MONTH_FIRST or int(second) > 12 or first == second:
            return _day(year, first, second)
        return None
    if match := _DAY_FIRST.fullmatch(text):
        return _day(match[3], MONTHS.get(match[2][:3].lower()), match[1])
    if match := _MONTH_FIRST.fullmatch(text):
        return _day(match[3], MONTHS.get(match[1][:3].lower()), match[2])
    return None


def _day(year: str, month: str | int | None, day: str) -> str | None:
    try:
        return dt.date(int(year), int(month or 0), int(day)).isoformat()
    except ValueError:
        return None
