"""List entries as they are read, and the normalisation of their names, countries, addresses and dates."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from stopgap.sources.lists.columns import Operation, Property
from stopgap.sources.lists.places import iso3

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
    """Order of day and month in dates that are all numbers."""

    PLAIN = "plain"  # the file does not say: a day that could be two is none
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


def read_day(text: str, style: DayStyle = DayStyle.PLAIN) -> str | None:
    """Parse a date to ``YYYY-MM-DD``; ``None`` where it is incomplete, ambiguous or not in the calendar.

    ``28.2.2011`` has the day first, as no list uses dots otherwise; with slashes or hyphens
    ``style`` decides.
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


NAME_LIMIT = 2_000
"""Most characters that a name may have; the longest name of a real list has about 400."""
TEXT_LIMIT = 20_000
"""Characters of a remark or address that are kept; the rest is cut."""

_SEVERAL = re.compile(r", | and | ?/ ?|; ")
_REGIONS = {"hong kong": "HKG", "hongkong": "HKG", "macao": "MAC", "macau": "MAC"}
"""Regions with a code of their own that may end the part of an address before ``China``."""
_POSTCODE = re.compile(r"^\d{5,6} +| +\d{6}$")
"""Postcode before or after the country; of the five digits that may follow "Georgia" the country is another."""
_BEHIND = re.compile(r"(?i)\d{6}|p\.? ?o\.? box \d+")
"""What may stand behind the country as a part of its own: six digits, or a box."""
BLANKS = re.compile(r"\s+")


def sign_of(name: str) -> str:
    """Return twelve hex digits of the name's hash, used as id of an entry that its list does not number."""
    return hashlib.sha256(name.casefold().encode()).hexdigest()[:12]


def tidy(text: str | None) -> str:
    """Trim a text and collapse each run of whitespace into one blank."""
    return BLANKS.sub(" ", text).strip() if text else ""


@dataclass(slots=True)
class Doubts:
    """Values of a file that could not be interpreted, counted by their spelling."""

    countries: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """Return one warning line for each kind of value."""
        kinds = (
            (self.countries, "countries are not known by these words, which are kept as they stand"),
            (self.days, "days are not whole or not certain, and are kept as words"),
            (self.types, "entries have a type that is not known, and count as organisations"),
            (self.names, "names are marked by words that are not known, and count as plain aliases"),
            (self.cells, "cells of several values have quotation marks left open, or text behind them"),
        )
        found = []
        for counter, says in kinds:
            if counter:
                shown = ", ".join(repr(text[:40]) for text, _ in counter.most_common(5))
                found.append(f"{counter.total():,} {says}: {shown}")
        return found


Fact = tuple[str, str | None, str | None]
"""One fact of an entry: property, value, detail."""


@dataclass(slots=True)
class ListEntry:
    """One entry of a list, collected as facts."""

    entity_id: str  # the list's own, unique in the list
    schema: str | None  # FollowTheMoney's; None where another row of the entry says it
    doubts: Doubts  # where what cannot be read is counted
    row: int = 0  # in the file, for a row that is refused; 0 where it is drawn from several rows
    part: str = ""  # of the family, such as an annex; empty where there are none
    operation: Operation = Operation.SNAPSHOT
    facts: dict[Fact, None] = field(default_factory=dict)  # in the order of the file, without repetition
    fault: str | None = None  # why it cannot be loaded
    is_empty: bool = False  # the row says nothing, as it may

    def add(self, kind: Property, value: str | None, detail: str | None = None) -> None:
        """Add a fact with its whitespace tidied; an empty value adds nothing."""
        text = tidy(value)[:TEXT_LIMIT]
        if text:
            self.facts[(kind.value, text, tidy(detail)[:TEXT_LIMIT] or None)] = None

    def add_all(self, kind: Property, values: Iterable[str], detail: str | None = None) -> None:
        """Add several facts, each as in :meth:`add`."""
        for value in values:
            self.add(kind, value, detail)

    def name(self, text: str | None, kind: Property = Property.NAME) -> None:
        """Add a name; one longer than ``NAME_LIMIT`` marks the entry as faulty."""
        found = tidy(text)
        if len(found) > NAME_LIMIT:
            self.fault = f"a name of {len(found):,} characters; {NAME_LIMIT:,} are the most that are read"
        elif found:
            self.facts[(kind.value, found, None)] = None

    def names(self, texts: Iterable[str], kind: Property) -> None:
        """Add several names of one kind."""
        for text in texts:
            self.name(text, kind)

    def need_name(self) -> None:
        """Mark the entry as faulty if it has no main name."""
        if not self.is_named:
            self.fault = self.fault or "there is no name"

    def country(self, words: str | None) -> None:
        """Add one or several countries, by code or name; unknown words are counted and kept as detail."""
        text = tidy(words)
        if not text:
            return
        code = iso3(text)
        if code is None:
            parts = [iso3(part.strip()) for part in _SEVERAL.split(text)]
            if len(parts) > 1 and all(parts):
                for part in parts:
                    self.facts[(Property.COUNTRY.value, part, text[:200])] = None
                return
            self.doubts.countries[text] += 1
        self.facts[(Property.COUNTRY.value, code, None if code == text else text[:200])] = None

    def countries(self, words: Iterable[str]) -> None:
        """Add several countries, each as in :meth:`country`."""
        for each in words:
            self.country(each)

    def address(self, text: str | None, *, codes: bool = False) -> None:
        """Add an address, and the country that its last words name, else its first; a country alone is no address.

        With ``codes``, two letters at the end are the code of a country, not of a state.
        """
        words = tidy(text)
        parts = [part.strip(" .") for part in words.rstrip(" ,").split(",")]
        *before, last = parts[:-1] if len(parts) > 1 and _BEHIND.fullmatch(parts[-1]) else parts
        last = _POSTCODE.sub("", last)
        code, beside = iso3(last) if len(last) > 2 or (codes and last) else None, before[-1:]
        if code is None and len(parts[0]) > 3 and before:
            code, beside = iso3(parts[0]), parts[1:2]
        if code == "CHN" and beside:
            code = next((region for name, region in _REGIONS.items() if beside[0].lower().endswith(name)), code)
        if words.strip(" .") != last or code is None:
            self.add(Property.ADDRESS, words)
        if code is not None:
            self.facts.setdefault((Property.COUNTRY.value, code, None))

    def addresses(self, texts: Iterable[str]) -> None:
        """Add several addresses, each as in :meth:`address`."""
        for text in texts:
            self.address(text)

    def identifier(self, kind: str, text: str | None) -> None:
        """Add an identifier as the list prints it; ``kind`` is one that :mod:`stopgap.screening.entities` defines."""
        self.add(Property.IDENTIFIER, text, kind)

    def day(self, kind: Property, text: str | None, style: DayStyle = DayStyle.PLAIN) -> None:
        """Add a date; one that is incomplete or ambiguous is counted and kept as detail."""
        words = tidy(text)
        if not words:
            return
        day = read_day(words, style)
        if day is None:
            self.doubts.days[words] += 1
        self.facts[(kind.value, day, None if day == words else words[:200])] = None

    @property
    def is_named(self) -> bool:
        """Whether the entry has a main name, not only aliases."""
        return any(kind == Property.NAME for kind, _, _ in self.facts)
