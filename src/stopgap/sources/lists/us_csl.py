"""Reads the US Consolidated Screening List: one table that combines the lists of three departments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.lists.base import Edition, ListSource
from stopgap.sources.lists.cells import named_rows, split_plain
from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import ListEntry, sign_of, tidy
from stopgap.sources.lists.numbers import kind_of
from stopgap.sources.lists.places import iso3

SHARED = {"source", "entity_number", "programs", "alt_names", "federal_register_notice", "source_list_url", "ids"}
SCHEMAS = {"Individual": "Person", "Vessel": "Vessel", "Aircraft": "Airplane"}
_SHORT = re.compile(r"\(([A-Z-]+)(?: List)?\)")
_FORMER = re.compile(r"^f\.?k\.?a\.?[,:]? +", re.IGNORECASE)
_ALSO = re.compile(r"^a\.?k\.?a\.?[,:]? +", re.IGNORECASE)


class UsCsl(ListSource):
    """List format: the US Consolidated Screening List as CSV, plain or gzip."""

    name = "us-csl"
    title = "US Consolidated Screening List (CSV): SDN, Entity List, Unverified, Denied Persons, Military End User …"
    how = "trade.gov, Consolidated Screening List, CSV; the file does not say its day: add --list-date"
    terms = "US government work, public domain"
    parser = "us-csl/1"

    def recognises(self, head: FileHead) -> bool:
        return set(head.columns) >= SHARED

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Return the edition of list ``us-csl``; the programmes of an entry name its original list."""
        return Edition(told.list or "us-csl")

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield one entry per row."""
        for row, cells in named_rows(reading):
            source = tidy(cells["source"])
            short = match[1] if (match := _SHORT.search(source)) else source[:20]
            name = tidy(cells["name"])
            own = cells.get("_id", "").strip() or cells["entity_number"].strip()
            schema = SCHEMAS.get(cells["type"], "LegalEntity")
            entry = ListEntry(own or f"{short}-{sign_of(name)}", schema, edition.doubts, row=row)
            if cells["type"] not in ("", "Entity", *SCHEMAS):  # the lists of Commerce and State give none
                entry.doubts.types[cells["type"]] += 1
            entry.name(name)
            entry.need_name()
            for text in split_plain(cells["alt_names"]):
                kind = Property.PREVIOUS_NAME if _FORMER.match(text) else Property.ALIAS
                entry.name(_ALSO.sub("", _FORMER.sub("", text)), kind)
            for text in split_plain(cells["addresses"]):
                entry.address(text, codes=True)
            for column in ("vessel_flag", "nationalities", "citizenships"):
                entry.countries(split_plain(cells[column]))
            for text in split_plain(cells["ids"]):
                # Such as RU, 7704730655, Tax ID No.: country and days come before the number, its register after.
                parts = [part.strip() for part in text.split(",")]
                if len(parts) > 1:
                    country = iso3(parts[0]) if len(parts) > 2 and len(parts[0]) == 2 else None
                    if found := kind_of(parts[-1], parts[-2], country):
                        entry.identifier(found, parts[-2])
            entry.add(Property.PROGRAMME, source)
            entry.add_all(Property.PROGRAMME, split_plain(cells["programs"]))
            entry.day(Property.LISTED_ON, cells["start_date"])
            entry.day(Property.DELISTED_ON, cells["end_date"])
            entry.add(Property.LINKED, cells["vessel_owner"], "vessel owner")
            for column in ("title", "remarks", "federal_register_notice", "license_policy"):
                entry.add(Property.REMARK, cells[column], column)
            yield entry
