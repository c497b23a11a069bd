"""Reads the US Denied Persons List: tab-separated text of the Bureau of Industry and Security."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.lists.base import Edition, ListSource
from stopgap.sources.lists.cells import named_rows
from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import DayStyle, ListEntry, tidy

SHARED = {"Name", "Street_Address", "Effective_Date", "Expiration_Date", "Standard_Order", "FR_Citation"}
ADDRESS = ("Street_Address", "City", "State", "Postal_Code", "Country")


class BisDpl(ListSource):
    """List format: the Denied Persons List, which does not distinguish companies from individuals."""

    name = "us-dpl"
    title = "US Denied Persons List (dpl.txt)"
    how = "bis.gov, Denied Persons List, tab-delimited; the file does not say its day: add --list-date"
    terms = "US government work, public domain"
    parser = "us-dpl/1"
    encodings = ("cp1252",)

    def recognises(self, head: FileHead) -> bool:
        return set(head.columns) >= SHARED

    def edition(self, head: FileHead, told: Told) -> Edition:
        return Edition(told.list or "us-dpl")

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield one entry per row; rows with the same name and effective date (one order) share an id."""
        for row, cells in named_rows(reading, delimiter="\t"):
            name = tidy(cells["Name"])
            sign = hashlib.sha256(f"{name.casefold()}|{cells['Effective_Date']}".encode()).hexdigest()[:12]
            entry = ListEntry(sign, "LegalEntity", edition.doubts, row=row)
            entry.name(name)
            entry.need_name()
            entry.address(", ".join(text for column in ADDRESS if (text := tidy(cells[column]))))
            entry.country(cells["Country"])
            entry.add(Property.PROGRAMME, "Denied Persons List")
            entry.day(Property.LISTED_ON, cells["Effective_Date"], DayStyle.MONTH_FIRST)
            entry.day(Property.DELISTED_ON, cells["Expiration_Date"], DayStyle.MONTH_FIRST)
            for column in ("Action", "FR_Citation"):
                entry.add(Property.REMARK, cells.get(column), column)
            yield entry
