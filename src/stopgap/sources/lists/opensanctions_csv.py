"""OpenSanctions' simple table (targets.simple.csv)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead, first_record
from stopgap.sources.lists.base import Edition, ListSource, list_name, name_of_file
from stopgap.sources.lists.cells import named_rows, split_quoted
from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import ListEntry

SHARED = {"id", "schema", "name", "aliases", "countries", "identifiers", "sanctions", "dataset", "last_seen"}
_IMO = re.compile(r"IMO ?(\d{7})")


class OpenSanctionsCsv(ListSource):
    """A dataset of OpenSanctions as the simple table."""

    name = "opensanctions-csv"
    title = "OpenSanctions, targets.simple.csv of any dataset"
    how = "opensanctions.org/datasets: targets.simple.csv"
    terms = "OpenSanctions, CC BY-NC 4.0; commercial use needs their licence"
    parser = "opensanctions-csv/1"

    def recognises(self, head: FileHead) -> bool:
        """Whether the columns are those of the table."""
        return set(head.columns) >= SHARED

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Called by the dataset of the first row."""
        lines = [line + "\n" for line in head.text.splitlines()[1:]]
        first = dict(zip(head.columns, first_record(lines, ",", head.name), strict=False)) if lines else {}
        dataset = split_quoted(first.get("dataset", ""))
        return Edition(list_name(told, name_of_file(dataset[0]) if len(dataset) == 1 else "opensanctions"))

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """One entry a row; the edition is of the last day on which a row was seen.

        Raises:
            InputError: The file is cut off or damaged.
        """
        last = ""
        for row, cells in named_rows(reading):
            last = max(last, cells["last_seen"][:10])
            yield _entry(row, cells, edition)
        edition.list_date = last or None


def _entry(row: int, cells: dict[str, str], edition: Edition) -> ListEntry:
    entry = ListEntry(cells["id"].strip(), cells["schema"].strip() or "LegalEntity", edition.doubts, row=row)
    entry.name(cells["name"])
    if not entry.is_named:
        entry.fault = entry.fault or "there is no name"
    entry.names(split_quoted(cells["aliases"], entry.doubts), Property.ALIAS)
    for code in split_quoted(cells["countries"], entry.doubts):
        entry.country(code)
    for text in split_quoted(cells.get("addresses", ""), entry.doubts):
        entry.address(text)
    for text in split_quoted(cells["identifiers"], entry.doubts):
        imo = _IMO.fullmatch(text)
        entry.identifier("imo" if imo else "id", imo[1] if imo else text)
    for text in split_quoted(cells.get("program_ids", ""), entry.doubts):
        entry.add(Property.PROGRAMME, text)
    for text in split_quoted(cells["dataset"], entry.doubts):
        entry.add(Property.PROGRAMME, text)
    for text in split_quoted(cells["sanctions"], entry.doubts):
        entry.add(Property.REMARK, text, "sanctions")
    return entry
