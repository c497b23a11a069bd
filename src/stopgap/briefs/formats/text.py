"""Text and numbers as a brief prints them, the same in every format."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from stopgap.base import money
from stopgap.base.visible_text import visible

NBSP = "\u00a0"
MINUS = "\u2212"
NOT_REPORTED = "n/r"
UNDEFINED = "n/a"
_DUST_USD, _DUST_PERCENT = 0.005, 1e-9  # what rounding of sums leaves

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def clean(text: str) -> str:
    """`text` in NFC, with hidden characters as escapes and tabs as spaces; line breaks stay."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    return unicodedata.normalize("NFC", visible(composed))


def one_line(text: str) -> str:
    """`text` cleaned and on one line: each run of spaces and line breaks becomes one space."""
    return re.sub(r"[ \n]+", " ", clean(text)).strip()


def shorten(text: str, limit: int) -> str:
    """Truncate `text` to at most `limit` characters, ending in an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def signed(number: str, value: float) -> str:
    """Prefix `number` with a plus sign where `value` is above 0; a negative number already has its minus sign."""
    return f"+{number}" if value > 0 else number


def _decimal(value: float, places: int) -> str:
    text = f"{abs(value):,.{places}f}"
    return f"{MINUS}{text}" if value < 0 and text.strip("0.,") else text


def usd(value: float, *, currency: bool = True) -> str:
    """Format `value` for a sentence, without a line break in it: ``USD 24.7 bn``, ``USD 856 m``, ``USD 12,300``."""
    text = money.usd(value)
    return (text if currency else text.removeprefix("USD ")).replace(" ", NBSP)


def usd_millions(value: float | None) -> str:
    """Format `value` for a column of USD million: one decimal; three where one would show 0.0."""
    return NOT_REPORTED if value is None else usd_column(value, 1e6)


def usd_column(value: float, divisor: float) -> str:
    """Format `value`, US dollars, for a column of dollars (divisor 1), USD thousand or million.

    Dollars have no decimals; thousands and millions one, or three where one would show 0.0. A small amount is never 0.
    """
    if abs(value) < _DUST_USD:
        return "0"
    amount = value / divisor
    for places in (0,) if divisor == 1 else (1, 3):
        if abs(amount) >= 0.5 * 10**-places:
            return _decimal(amount, places)
    least = "1" if divisor == 1 else "0.001"
    return f">{MINUS}{least}" if value < 0 else f"<{least}"


def percent(share: float | None) -> str:
    """Format `share` (a ratio) as a percentage: no decimals from 1 %, one below."""
    if share is None:
        return UNDEFINED
    per_cent = share * 100
    if abs(per_cent) < _DUST_PERCENT:
        return f"0{NBSP}%"
    if abs(per_cent) >= 0.95:
        return f"{_decimal(per_cent, 0)}{NBSP}%"
    if abs(per_cent) >= 0.05:
        return f"{_decimal(per_cent, 1)}{NBSP}%"
    return f">{MINUS}0.1{NBSP}%" if share < 0 else f"<0.1{NBSP}%"


def number(value: float | None, places: int = 2) -> str:
    return UNDEFINED if value is None else _decimal(value, places)


def ordinal(value: int) -> str:
    """Format an ordinal number: ``1st``, ``2nd``, ``3rd``, ``4th``, ``11th``."""
    last, tens = value % 10, value % 100
    suffix = "th" if 10 <= tens <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(last, "th")
    return f"{value}{suffix}"


def month_name(month: str) -> str:
    """Format ``2022-02`` as ``Feb 2022``; text that is not a month is unchanged."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", month)
    if found is None or not 1 <= int(found[2]) <= 12:
        return month
    return f"{_MONTHS[int(found[2]) - 1]}{NBSP}{found[1]}"


def _whole_years(first: str, last: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-01", first) and re.fullmatch(r"\d{4}-12", last))


def window_name(window: tuple[str, str], frequency: str | None = None) -> str:
    """Format a window for a sentence, in the periods of the figures.

    Annual figures (``A``) are of the whole years within the window (``2021``, ``2020–21``), monthly ones (``M``) of its
    months (``Jan 2021–Dec 2021``). Without a frequency a window of whole years is named by its years.
    """
    first, last = window
    if frequency == "A" and re.fullmatch(r"\d{4}-\d{2}", first) and re.fullmatch(r"\d{4}-\d{2}", last):
        begin = int(first[:4]) + (first[5:] != "01")
        end = int(last[:4]) - (last[5:] != "12")
        if begin <= end:
            first, last = f"{begin}-01", f"{end}-12"
    if frequency != "M" and _whole_years(first, last):
        begin_year, end_year = first[:4], last[:4]
        if begin_year == end_year:
            return begin_year
        return f"{begin_year}–{end_year[2:]}" if begin_year[:2] == end_year[:2] else f"{begin_year}–{end_year}"
    return month_name(first) if first == last else f"{month_name(first)}–{month_name(last)}"


def period_text(period: str, frequency: str) -> str:
    """Format a period by its first month, in the unit of the figures: ``2024`` of annual ones, else ``Mar 2024``."""
    return period[:4] if frequency == "A" else month_name(period)


def is_one_year(window: tuple[str, str]) -> bool:
    """Whether a window is one calendar year, so that its yearly mean is its total."""
    return _whole_years(*window) and window[0][:4] == window[1][:4]


def listing(items: Iterable[str]) -> str:
    """Join items for a sentence: ``a, b and c``."""
    words = list(items)
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"


def sentence_case(text: str) -> str:
    """`text` with its first letter capitalised."""
    return text[:1].upper() + text[1:]
