"""An entry of a list on its way in, and how its parts are spelled."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from stopgap.sources.lists.columns import Operation, Property
from stopgap.sources.lists.days import DayStyle, read_day
from stopgap.sources.lists.places import iso3

NAME_LIMIT = 2_000
"""Characters of a name; the longest of a real list has about 400."""
TEXT_LIMIT = 20_000
"""Characters of a remark or address that are kept."""

_SEVERAL = re.compile(r", | and | ?/ ?|; ")
_REGIONS = {"hong kong": "HKG", "macao": "MAC", "macau": "MAC"}
"""What may stand before ``China`` at the end of an address."""
BLANKS = re.compile(r"\s+")


def tidy(text: str | None) -> str:
    """Text with each run of blanks as one blank, none at its ends."""
    return BLANKS.sub(" ", text).strip() if text else ""


@dataclass(slots=True)
class Doubts:
    """What could not be read in a file, counted by how it is spelled."""

    countries: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """One line for each kind of doubt."""
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
"""Property, value, detail."""


@dataclass(slots=True)
class ListEntry:
    """One entry of a list.

    Attributes:
        entity_id: The list's own id; unique in the list.
        schema: FollowTheMoney's; ``None`` where another row of the entry says it.
        doubts: Where what cannot be read is counted.
        row: Where it stands in the file, for a row that is refused; 0 where it is drawn from several rows.
        part: Part of the family that it belongs to, such as an annex; empty where there are none.
        operation: What it does to the entry.
        facts: In the order of the file, without repetition.
        fault: Why it cannot be loaded.
        is_empty: The row says nothing, as it may.
    """

    entity_id: str
    schema: str | None
    doubts: Doubts
    row: int = 0
    part: str = ""
    operation: Operation = Operation.SNAPSHOT
    facts: dict[Fact, None] = field(default_factory=dict)
    fault: str | None = None
    is_empty: bool = False

    def add(self, kind: Property, value: str | None, detail: str | None = None) -> None:
        """A fact as it stands; none where there is no text."""
        text = tidy(value)[:TEXT_LIMIT]
        if text:
            self.facts[(kind.value, text, tidy(detail)[:TEXT_LIMIT] or None)] = None

    def name(self, text: str | None, kind: Property = Property.NAME) -> None:
        """A name. One that is longer than a name can be makes the entry a fault."""
        found = tidy(text)
        if len(found) > NAME_LIMIT:
            self.fault = f"a name of {len(found):,} characters; {NAME_LIMIT:,} are the most that are read"
        elif found:
            self.facts[(kind.value, found, None)] = None

    def names(self, texts: Iterable[str], kind: Property) -> None:
        """Several names of one kind."""
        for text in texts:
            self.name(text, kind)

    def country(self, words: str | None) -> None:
        """A country by code or name, or several; words that are not known are kept as detail."""
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

    def address(self, text: str | None, *, codes: bool = False) -> None:
        """An address, and the country that it ends in, where its last words are one.

        Args:
            text: As the list prints it; a country alone is no address.
            codes: Two letters at the end are a country's code, and not a state's.
        """
        words = tidy(text)
        last = words.rpartition(",")[2].strip(" .")
        code = iso3(last) if len(last) > 2 or (codes and last) else None
        if code == "CHN":
            code = _REGIONS.get(words.split(",")[-2].strip(" .").lower(), code) if "," in words else code
        if words.strip(" .") != last or code is None:
            self.add(Property.ADDRESS, words)
        if code is not None:
            self.facts.setdefault((Property.COUNTRY.value, code, None))

    def identifier(self, kind: str, text: str | None) -> None:
        """A number of a register, as the list prints it; ``kind`` as :mod:`stopgap.screening.identifiers` has them."""
        self.add(Property.IDENTIFIER, text, kind)

    def day(self, kind: Property, text: str | None, style: DayStyle = DayStyle.PLAIN) -> None:
        """A day; what is not a whole, certain day is kept as detail."""
        words = tidy(text)
        if not words:
            return
        day = read_day(words, style)
        if day is None:
            self.doubts.days[words] += 1
        self.facts[(kind.value, day, None if day == words else words[:200])] = None

    @property
    def is_named(self) -> bool:
        """Whether it has a name of its own."""
        return any(kind == Property.NAME for kind, _, _ in self.facts)
