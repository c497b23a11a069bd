"""Reads OpenSanctions' simplified table (targets.simple.csv)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.lists.base import Edition, ListSource, name_of_file
from stopgap.sources.lists.cells import first_row, named_rows, split_quoted
from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import ListEntry

SHARED = {"id", "schema", "name", "aliases", "countries", "identifiers", "sanctions", "dataset", "last_seen"}
_IMO = re.compile(r"IMO ?(\d{7})")


class OpenSanctionsCsv(ListSource):
    """List format: a dataset of OpenSanctions as ``targets.simple.csv``."""

    name = "opensanctions-csv"
    title = "OpenSanctions, targets.simple.csv of any dataset"
    how = "opensanctions.org/datasets: targets.simple.csv"
    terms = "OpenSanctions, CC BY-NC 4.0; commercial use needs their licence"
    parser = "opensanctions-csv/1"

    def recognises(self, head: FileHead) -> bool:
        return set(head.columns) >= SHARED

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Return the list named after the dataset of the first row, or ``opensanctions`` unless it has exactly one."""
        dataset = split_quoted(first_row(head).get("dataset", ""))
        return Edition(told.list or (name_of_file(dataset[0]) if len(dataset) == 1 else "opensanctions"))

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield one entry per row; the date of the edition is the latest ``last_seen``."""
        last = ""
        for row, cells in named_rows(reading):
            last = max(last, cells["last_seen"][:10])
            entry = ListEntry(cells["id"].strip(), cells["schema"].strip() or "LegalEntity", edition.doubts, row=row)
            entry.name(cells["name"])
            entry.need_name()
            entry.names(split_quoted(cells["aliases"], entry.doubts), Property.ALIAS)
            entry.countries(split_quoted(cells["countries"], entry.doubts))
            entry.addresses(split_quoted(cells.get("addresses", ""), entry.doubts))
            for text in split_quoted(cells["identifiers"], entry.doubts):
                imo = _IMO.fullmatch(text)
                entry.identifier("imo" if imo else "id", imo[1] if imo else text)
            entry.add_all(Property.PROGRAMME, split_quoted(cells.get("program_ids", ""), entry.doubts))
            entry.add_all(Property.PROGRAMME, split_quoted(cells["dataset"], entry.doubts))
            entry.add_all(Property.REMARK, split_quoted(cells["sanctions"], entry.doubts), "sanctions")
            yield entry
        edition.list_date = last or None
