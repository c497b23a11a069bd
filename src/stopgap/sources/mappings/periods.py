"""Parse the periods of a mapped file: the formats of years and months, and their SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stopgap.base.sql import quoted
from stopgap.sources.mappings.spec import PeriodOf
from stopgap.sources.trade.staging import case_sql

FIRST_YEAR, LAST_YEAR = 1962, 2100


@dataclass(frozen=True, slots=True)
class PeriodPattern:
    """One period format: a regular expression for the whole text, and an SQL template (``{text}``) for its first day.

    ``frequency`` is the one implied by the format alone, A or M; M if the text is a date, which could be either.
    """

    pattern: str
    day: str
    frequency: str


FORMATS = {
    "YYYY": PeriodPattern(r"\d{4}", "try_strptime({text}, '%Y')", "A"),
    "YYYYMM": PeriodPattern(r"\d{4}(0[1-9]|1[0-2])", "try_strptime({text}, '%Y%m')", "M"),
    # Month 52 or 99 stands for the whole year.
    "YYYY52": PeriodPattern(r"\d{4}-?(52|99)", "try_strptime({text}[:4], '%Y')", "A"),
    "YYYY-MM": PeriodPattern(r"\d{4}-\d{1,2}", "try_strptime({text}, '%Y-%m')", "M"),
    "YYYY-MM-DD": PeriodPattern(
        r"\d{4}-\d{2}-\d{2}([ T]00:00:00(\.0+)?)?", "try_strptime({text}[:10], '%Y-%m-%d')", "M"
    ),
    "YYYYMmm": PeriodPattern(
        r"\d{4}-?M\d{1,2}", "try_strptime(replace(replace({text}, '-', ''), 'M', '-'), '%Y-%m')", "M"
    ),
    "Mon YYYY": PeriodPattern(
        r"[A-Za-z]{3,9}\.?[ -]\d{4}", "try_strptime({text}[:3] || ' ' || right({text}, 4), '%b %Y')", "M"
    ),
    "MM/YYYY": PeriodPattern(r"\d{1,2}[/.]\d{4}", "try_strptime(replace({text}, '.', '/'), '%m/%Y')", "M"),
    "YYYY年MM月": PeriodPattern(
        r"\d{4}年\d{1,2}月", "try_strptime(replace(replace({text}, '年', '-'), '月', ''), '%Y-%m')", "M"
    ),
    "fiscal": PeriodPattern(r"(FY ?)?\d{4}[/-](\d{2}|\d{4})", "{fiscal}", "A"),
}
"""Formats by name, in the order in which they are tried; ``fiscal`` only if the mapping names it."""


def is_period(text: str) -> bool:
    """Return whether a text, such as the name of a column, is a period in one of the formats but ``fiscal``."""
    return any(re.fullmatch(form.pattern, text) for form in _wanted(None))


def _wanted(period: PeriodOf | None) -> list[PeriodPattern]:
    named = period.format if period is not None else []
    return [form for name, form in FORMATS.items() if name in named or (not named and name != "fiscal")]


def period_sql(period: PeriodOf | None) -> str:
    """Return SQL for the first day of ``period_text``; NULL if no format matches, or a monthly figure has only a year.

    ``period`` is None for the column names of a wide file.
    """
    start = period.fiscal_start if period is not None else None
    day = case_sql(
        (_fits("period_text", form), form.day.format(text="period_text", fiscal=_fiscal(start)))
        for form in _wanted(period)
    )
    # A year is no month, so a monthly figure may not be dated by one.
    years = "|".join(form.pattern for form in _wanted(period) if form.frequency == "A")
    is_year = f"regexp_full_match(period_text, {quoted(years)})"
    return (
        f"CASE WHEN frequency = 'A' THEN date_trunc('year', {day}) "
        f"WHEN frequency = 'M' AND NOT {is_year} THEN date_trunc('month', {day}) END::DATE"
    )


def frequency_sql(period: PeriodOf | None, text: str) -> str:
    """Return SQL for the frequency implied by a period's format; NULL if the text matches none of the formats."""
    return case_sql((_fits(text, form), quoted(form.frequency)) for form in _wanted(period))


def _fits(text: str, form: PeriodPattern) -> str:
    return f"regexp_full_match({text}, {quoted(form.pattern)})"


def _fiscal(start: int | None) -> str:
    """Return SQL for 1 January of the calendar year with most months of a fiscal year such as 2021/22.

    NULL if the two years are not consecutive. A fiscal year that begins in July has six months in each year, and is
    dated by the first. ``start`` is the month in which it begins.
    """
    if start is None:
        return "NULL"
    first = r"regexp_extract(period_text, '(\d{4})[/-]', 1)::INTEGER"
    second = r"regexp_extract(period_text, '[/-](\d+)$', 1)"
    follows = f"right(({first} + 1)::VARCHAR, length({second})) = {second}"
    shift = 1 if start > 7 else 0
    return f"CASE WHEN {follows} THEN make_date({first} + {shift}, 1, 1) END"
