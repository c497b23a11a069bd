"""Reads the UK's consolidated list of asset freeze targets (ConList.csv): one row per name or address."""

from __future__ import annotations

from collections.abc import Iterator

from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.lists.base import Edition, ListSource
from stopgap.sources.lists.cells import named_rows
from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import DayStyle, ListEntry, read_day, tidy

SHARED = {"Name 6", "Name 1", "Group Type", "Alias Type", "Regime", "Listed On", "Group ID"}
NAME = ("Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6")
ADDRESS = tuple(f"Address {number}" for number in range(1, 7))
SCHEMAS = {"individual": "Person", "ship": "Vessel", "entity": "LegalEntity"}
NUMBERS = ("Passport Number", "National Identification Number")
ALIASES = frozenset({"aka", "a.k.a", "a.k.a.", "primary name variation", "primary name variant"})
"""Values of column Alias Type that mean an alias in current use."""

FORMER = ("fka", "formerly known as")
READ = (
    *NAME, "Name Non-Latin Script", "Nationality", *NUMBERS, *ADDRESS, "Post/Zip Code", "Country", "Other Information",
    "Group Type", "Alias Type", "Alias Quality", "Regime", "Listed On", "Group ID",
)  # fmt: skip
"""Columns that are read; one that the file lacks is reported in a note."""


class UkConList(ListSource):
    """List format: OFSI's CSV of the UK list, with the date in its first line and the header in its second."""

    name = "uk-conlist"
    title = "UK consolidated list of financial sanctions targets (ConList.csv)"
    how = "gov.uk, OFSI consolidated list, CSV"
    terms = "Open Government Licence v3.0"
    parser = "uk-conlist/1"
    encodings = ("cp1252",)

    def recognises(self, head: FileHead) -> bool:
        """Whether the second line is the list's header."""
        if not head.text[:40].lstrip('"').startswith("Last Updated"):
            return False
        return set(head.columns_by(",", skip=1)) >= SHARED

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Return list ``uk``, with the date in the first line."""
        first = head.columns_by(",")
        day = read_day(first[1], DayStyle.DAY_FIRST) if len(first) > 1 else None
        return Edition(told.list or "uk", list_date=day)

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield one entry per row; rows with the same Group ID belong to one entry."""
        lacking = [column for column in READ if column not in reading.head.columns_by(",", skip=1)]
        edition.notes += [f"the file has no column {column!r}; nothing is read in its place" for column in lacking]
        for row, cells in named_rows(reading, skip=1):
            type_ = cells["Group Type"].strip()
            schema = SCHEMAS.get(type_.lower(), "LegalEntity")
            entry = ListEntry(cells["Group ID"].strip(), schema, edition.doubts, row=row)
            if type_.lower() not in SCHEMAS:
                entry.doubts.types[type_] += 1
            told = cells["Alias Type"].strip().lower()
            kind = Property.ALIAS
            if told in ("", "primary name"):
                kind = Property.NAME
            elif told in FORMER:
                kind = Property.PREVIOUS_NAME
            elif told not in ALIASES:
                entry.doubts.names[told] += 1
            quality = cells.get("Alias Quality", "").strip().lower()
            if quality in ("low", "low quality"):
                kind = Property.WEAK_ALIAS
            elif quality not in ("", "good", "good quality"):
                entry.doubts.names[quality] += 1
            entry.name(" ".join(text for column in NAME if (text := tidy(cells[column]))), kind)
            entry.name(cells.get("Name Non-Latin Script"), Property.ALIAS)
            country = tidy(cells.get("Country"))
            parts = [text for column in (*ADDRESS, "Post/Zip Code") if (text := tidy(cells.get(column)))]
            if parts:
                entry.address(", ".join([*parts, country] if country else parts))
            entry.country(country)
            entry.country(cells.get("Nationality"))
            for column in NUMBERS:
                entry.identifier("id", cells.get(column))
            entry.add(Property.PROGRAMME, cells["Regime"])
            entry.day(Property.LISTED_ON, cells["Listed On"], DayStyle.DAY_FIRST)
            entry.add(Property.REMARK, cells.get("Other Information"))
            yield entry
