"""Reads OFAC's delimited files: entries, aliases, addresses and the rest of long remarks, without headers.

The four files are one list; the last byte of each is 0x1A, so a truncated file is detected.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead, first_record
from stopgap.sources.lists.base import Edition, ListSource
from stopgap.sources.lists.cells import cut_list, opened_text
from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import ListEntry
from stopgap.sources.lists.numbers import kind_of
from stopgap.sources.lists.places import iso3

END = "\x1a"
NULL = "-0-"
WIDTHS = {12: "entries", 5: "aliases", 6: "addresses", 2: "comments"}
SCHEMAS = {"individual": "Person", "vessel": "Vessel", "aircraft": "Airplane"}
ALIASES = {"aka": Property.ALIAS, "nka": Property.ALIAS, "fka": Property.PREVIOUS_NAME}
NON_SDN = re.compile(r"cons", re.IGNORECASE)
"""Matches the start of the file names of the non-SDN list."""


class OfacCsv(ListSource):
    """List format: OFAC's SDN list and consolidated non-SDN list as delimited files."""

    name = "ofac-csv"
    title = "OFAC's SDN and non-SDN lists, delimited files imported together (sdn.csv alt.csv add.csv sdn_comments.csv)"
    how = "sanctionslist.ofac.treas.gov; all files of a day in one import, with --list-date"
    terms = "US government work, public domain"
    parser = "ofac-csv/1"
    encodings = ("cp1252",)
    is_part = True

    def recognises(self, head: FileHead) -> bool:
        return _kind(head) is not None

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Return list ``ofac-cons`` where the file name begins with ``cons``, else ``ofac-sdn``."""
        return Edition(told.list or ("ofac-cons" if NON_SDN.match(head.name) else "ofac-sdn"))

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield one entry per row; rows of the other files add to the entry with the same number."""
        width = next((n for n, kind in WIDTHS.items() if kind == _kind(reading.head)), 0)
        with opened_text(reading) as lines:
            rows = csv.reader(lines, strict=False)
            is_whole = False
            for cells in rows:
                if is_whole and any(cell.strip() for cell in cells):
                    raise cut_list(reading, rows.line_num, "the file goes on behind the sign at its end (0x1A)")
                if is_whole:
                    continue
                if cells == [END]:
                    is_whole = True
                    continue
                if len(cells) != width:
                    raise cut_list(reading, rows.line_num, f"{len(cells)} columns instead of {width}")
                plain = ["" if (text := cell.strip()) == NULL else text for cell in cells]
                yield _entry(plain, rows.line_num, edition)
        if not is_whole:
            raise cut_list(reading, rows.line_num, "the sign at its end (0x1A) is not there")


def _kind(head: FileHead) -> str | None:
    """Return which of OFAC's four files this is; ``None`` where it is none of them."""
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
    entry.is_empty = not entry.facts
    return entry


def _read_main(entry: ListEntry, cells: list[str]) -> None:
    _, name, kind, programmes, title, call_sign, vessel_type, _, _, flag, owner, remarks = cells
    entry.schema = SCHEMAS.get(kind, "LegalEntity")
    if kind and kind not in SCHEMAS:
        entry.doubts.types[kind] += 1
    entry.name(name)
    entry.need_name()
    entry.add_all(Property.PROGRAMME, re.split(r"\] \[|[\[\]]", programmes))
    entry.country(flag)
    entry.add(Property.LINKED, owner, "vessel owner")
    for text, what in ((title, "title"), (call_sign, "call sign"), (vessel_type, "vessel type")):
        entry.add(Property.REMARK, text, what)
    if remarks:
        read_remarks(entry, remarks)


_WEAK = re.compile(r"(?:alt\. )?[afn]\.k\.a\. '(.+)'")
_LINKED = re.compile(r"\(?Linked To: (.+?)\)?")
_PLACE = re.compile(r"(?:alt\. )?(?:nationality|citizen|Vessel Flag) (.+)")
_NUMBER = re.compile(r"(?:alt\. )?([A-Za-z][A-Za-z ./'()-]*?\.?) (?:# ?)?((?:IMO )?[A-Z0-9][\w./-]*\d[\w./-]*|[A-Z]{6,11})(?: \(([^)]+)\))?")  # fmt: skip
_SENTENCE = re.compile(r"\.(?:\s*\(Linked To: )")


def read_remarks(entry: ListEntry, remarks: str) -> None:
    """Add the names, links, countries and identifiers found in an entry's remarks, and the remarks as one text."""
    entry.add(Property.REMARK, remarks)
    for piece in _SENTENCE.sub("; (Linked To: ", remarks).split(";"):
        text = piece.strip()
        if text.endswith(".") and not text.endswith("'."):
            text = text[:-1]
        text = text.removesuffix(".") if text.endswith("'.") else text
        if match := _WEAK.fullmatch(text):
            entry.name(match[1], Property.WEAK_ALIAS)
        elif match := _LINKED.fullmatch(text):
            entry.add(Property.LINKED, match[1], "linked to")
        elif match := _PLACE.fullmatch(text):
            entry.country(match[1])
        elif (match := _NUMBER.fullmatch(text)) and (
            kind := kind_of(match[1], match[2], iso3(match[3]) if match[3] else None)
        ):
            entry.identifier(kind, match[2])
