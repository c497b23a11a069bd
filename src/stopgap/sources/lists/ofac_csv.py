"""OFAC's delimited files: entries, aliases, addresses and the rest of long remarks, without headers.

The four files are one list; the last byte of each is 0x1A, so a cut shows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from stopgap.base.errors import InputError
from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead, first_record
from stopgap.sources.lists.base import Edition, ListSource, list_name
from stopgap.sources.lists.cells import opened_text
from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import ListEntry
from stopgap.sources.lists.ofac_remarks import read_remarks

END = "\x1a"
NULL = "-0-"
WIDTHS = {12: "entries", 5: "aliases", 6: "addresses", 2: "comments"}
SCHEMAS = {"individual": "Person", "vessel": "Vessel", "aircraft": "Airplane"}
ALIASES = {"aka": Property.ALIAS, "nka": Property.ALIAS, "fka": Property.PREVIOUS_NAME}
NON_SDN = re.compile(r"cons", re.IGNORECASE)
"""How names of the files of the non-SDN list begin."""


class OfacCsv(ListSource):
    """OFAC's SDN list and consolidated non-SDN list, delimited."""

    name = "ofac-csv"
    title = "OFAC's SDN and non-SDN lists, delimited files loaded together (sdn.csv alt.csv add.csv sdn_comments.csv)"
    how = "sanctionslist.ofac.treas.gov; all files of a day in one import, with --list-date"
    terms = "US government work, public domain"
    parser = "ofac-csv/1"
    encodings = ("cp1252",)
    is_part = True

    def recognises(self, head: FileHead) -> bool:
        """Whether the first line is a row of one of the files."""
        return _kind(head) is not None

    def edition(self, head: FileHead, told: Told) -> Edition:
        """``ofac-cons`` where the file is called so, else ``ofac-sdn``."""
        return Edition(list_name(told, "ofac-cons" if NON_SDN.match(head.name) else "ofac-sdn"))

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """One entry for each row; rows of the other files add to the entry of the same number.

        Raises:
            InputError: A row of another width, or no 0x1A at the end.
        """
        width = next((n for n, kind in WIDTHS.items() if kind == _kind(reading.head)), 0)
        with opened_text(reading) as text:
            rows = csv.reader(text, strict=False)
            is_whole = False
            for cells in rows:
                if is_whole and any(cell.strip() for cell in cells):
                    raise _cut(reading, rows.line_num, "the file goes on behind the sign at its end (0x1A)")
                if is_whole:
                    continue
                if cells == [END]:
                    is_whole = True
                    continue
                if len(cells) != width:
                    raise _cut(reading, rows.line_num, f"{len(cells)} columns instead of {width}")
                yield _entry([_plain(cell) for cell in cells], rows.line_num, edition)
        if not is_whole:
            raise _cut(reading, rows.line_num, "the sign at its end (0x1A) is not there")


def _kind(head: FileHead) -> str | None:
    """Which of the files it is; ``None`` where it is none."""
    if head.container != "text" or not head.text[:1].isdigit():
        return None
    first = first_record(head.text.splitlines()[:1], ",", head.name)
    kind = WIDTHS.get(len(first))
    if kind is None or not first[0].strip().isdigit():
        return None
    fits = {
        "entries": NULL in head.text,
        "aliases": len(first) > 2 and first[2].strip() in ALIASES,
        "addresses": NULL in head.text and first[1].strip().isdigit(),
        "comments": bool(re.match(r'\d+,"', head.text)),
    }
    return kind if fits[kind] else None


def _plain(cell: str) -> str:
    text = cell.strip()
    return "" if text == NULL else text


def _cut(reading: Reading, row: int, why: str) -> InputError:
    return InputError(
        f"the list is cut off or damaged at row {row:,}: {why}",
        where=f"{reading.name}, row {row}",
        fix="download the file again; the list that was loaded before stays in force",
        details={"row": row},
    )


def _entry(cells: list[str], row: int, edition: Edition) -> ListEntry:
    entry = ListEntry(cells[0], None, edition.doubts, row=row)
    match len(cells):
        case 12:
            _read_main(entry, cells)
        case 5:
            entry.name(cells[3], ALIASES.get(cells[2], Property.ALIAS))
            entry.add(Property.REMARK, cells[4])
        case 6:
            entry.address(", ".join(part for part in (cells[2], cells[3], cells[4]) if part))
            entry.country(cells[4])
            entry.add(Property.REMARK, cells[5])
        case _:
            read_remarks(entry, cells[1])
    if not entry.facts:
        entry.is_empty = True
    return entry


def _read_main(entry: ListEntry, cells: list[str]) -> None:
    _, name, kind, programmes, title, call_sign, vessel_type, _, _, flag, owner, remarks = cells
    entry.schema = SCHEMAS.get(kind, "LegalEntity")
    if kind and kind not in SCHEMAS:
        entry.doubts.types[kind] += 1
    entry.name(name)
    if not entry.is_named:
        entry.fault = entry.fault or "there is no name"
    for programme in re.split(r"\] \[|[\[\]]", programmes):
        entry.add(Property.PROGRAMME, programme)
    entry.country(flag)
    entry.add(Property.LINKED, owner, "vessel owner")
    for text, what in ((title, "title"), (call_sign, "call sign"), (vessel_type, "vessel type")):
        entry.add(Property.REMARK, text, what)
    if remarks:
        read_remarks(entry, remarks)
