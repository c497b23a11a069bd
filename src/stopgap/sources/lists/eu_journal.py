"""Reads EU listings transcribed from the Official Journal: whole acts, and the acts that amend them.

The annexes of an act have different legal consequences, so each is a list of its own:
``eu-833-2014-IV``. They are one family, because one file restates them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stopgap.base.errors import InputError
from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.lists.base import Edition, ListSource
from stopgap.sources.lists.cells import first_row, named_rows, split_quoted
from stopgap.sources.lists.columns import Operation, Property
from stopgap.sources.lists.entries import ListEntry, read_day, sign_of, tidy

SHARED = {"recordId", "programKey", "annex", "measure", "startDate", "schema", "name", "weakAlias", "imoNumber"}
CELEX = re.compile(r"3(\d{4})([RDL])(\d{4})")
NUMBERED_BY_YEAR = 2015
"""First year in which regulations are cited with the year before the number."""

NAMES = {"alias": Property.ALIAS, "weakAlias": Property.WEAK_ALIAS, "previousName": Property.PREVIOUS_NAME}
COUNTRIES = ("jurisdiction", "flag", "nationality", "country")
NUMBERS = {
    "innCode": "inn", "ogrnCode": "ogrn", "kppCode": "kpp", "okpoCode": "okpo", "leiCode": "lei", "imoNumber": "imo",
    "mmsi": "mmsi", "swiftBic": "swift", "registrationNumber": "registration", "taxNumber": "tax", "idNumber": "id",
    "passportNumber": "id",
}  # fmt: skip
_OF_REGISTER = re.compile(r"(.*\d.*?) ?\(([^()]{2,60})\)")
"""A number with its register behind it: ``91440300769188559R (USCC)``."""
_REGISTERS = {
    "inn": re.compile(r"(?:Tax ID/)?INN"),
    "ogrn": re.compile(r"OGRN"),
    "uscc": re.compile(r"USCC|China,? Unified Social Credit Code"),
}
"""Kind of number -> how the annexes word its register."""
_INN_DIGITS = (10, 12)
_MAINLAND = re.compile(r"USCC|China\b.*")
"""Registers of mainland China: whoever is in one is of its economy, with or without an address."""


class EuJournal(ListSource):
    """List format: EU listings, one file per act."""

    name = "eu-journal"
    title = "EU listings by act, whole or amending, from the Official Journal (CSV)"
    how = "consolidated/CELEX.csv for an act, amendments/CELEX.csv for one that amends it (docs/how-to/lists.md)"
    terms = "texts are EU law (reuse free); the transcription's own terms apply"
    parser = "eu-journal/2"
    needs_entries = False

    def recognises(self, head: FileHead) -> bool:
        columns = set(head.columns)
        return columns >= SHARED and bool({"celex", "amendedCelex"} & columns)

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Return the list of the act named in the first row; without rows, of the act named by the file name."""
        is_delta = "amendedCelex" in head.columns
        first = first_row(head)
        celex = first.get("amendedCelex" if is_delta else "celex") or head.name.split(".")[0]
        act = first.get("amendmentCelex") or None
        return Edition(told.list or act_name(celex), act=act if is_delta else None, is_delta=is_delta)

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield one entry per row; rows of one entry under several measures have the same id."""
        act, days, unnumbered = None, set(), 0
        for row, cells in named_rows(reading):
            of = cells["amendedCelex" if edition.is_delta else "celex"]
            act = act or of
            if of != act:
                raise InputError(
                    f"the file amends several acts: {act} and {of}",
                    where=f"{reading.name}, row {row}",
                    fix="part it by act (column amendedCelex) and import the parts in one import",
                )
            days.add(read_day(cells["startDate"]))
            unnumbered += not cells["recordId"]
            yield _entry(row, cells, edition)
        [only, *others] = days or {None}
        if edition.is_delta and only is not None and not others:
            edition.list_date = only
        if edition.is_delta and unnumbered:
            edition.notes.append(f"{unnumbered:,} entries have no number in the act and are told by annex and name")


def act_name(celex: str) -> str:
    """Return the list name of a CELEX number: ``32014R0833`` gives ``eu-833-2014``, ``32024R1485`` ``eu-2024-1485``."""
    match = CELEX.fullmatch(celex.strip())
    if match is None:
        return f"eu-{re.sub('[^a-z0-9]+', '-', celex.lower()).strip('-') or 'act'}"
    year, kind, number = int(match[1]), match[2], int(match[3])
    return f"eu-{year}-{number}" if year >= NUMBERED_BY_YEAR or kind == "D" else f"eu-{number}-{year}"


def _entry(row: int, cells: dict[str, str], edition: Edition) -> ListEntry:
    annex = cells["annex"].strip()
    entry = ListEntry(_entity_id(cells), cells["schema"] or "LegalEntity", edition.doubts, row=row, part=annex)
    entry.operation = Operation.SET if edition.is_delta else Operation.SNAPSHOT
    entry.name(cells["name"])
    entry.need_name()
    for column, kind in NAMES.items():
        entry.names(split_quoted(cells[column], entry.doubts), kind)
    for column in COUNTRIES:
        entry.countries(split_quoted(cells[column], entry.doubts))
    entry.addresses(split_quoted(cells["address"], entry.doubts))
    for column, number in NUMBERS.items():
        for text in split_quoted(cells[column], entry.doubts):
            _number(entry, number, text)
    programme = " ".join(part for part in (cells["programKey"], annex and f"Annex {annex}") if part)
    entry.add(Property.PROGRAMME, f"{programme}: {cells['measure']}" if cells["measure"] else programme)
    entry.day(Property.LISTED_ON, cells["startDate"])
    for column in ("reason", "notes"):
        entry.add(Property.REMARK, cells[column], column)
    return entry


def _number(entry: ListEntry, kind: str, text: str) -> None:
    """Add a number without the words for its register, and the economy of a register of mainland China."""
    match = _OF_REGISTER.fullmatch(text)
    if match is None:
        entry.identifier(kind, text)
        return
    value, register = match[1], match[2]
    found = next((own for own, pattern in _REGISTERS.items() if pattern.fullmatch(register)), kind)
    if found == "inn" and not (value.isdigit() and len(value) in _INN_DIGITS):
        found = kind
    entry.identifier(found, value)
    if _MAINLAND.fullmatch(register):
        entry.country("CHN")


def _entity_id(cells: dict[str, str]) -> str:
    """Return the id of an entry: its annex with its number there, else its IMO number, else a hash of its name."""
    number = cells["recordId"].strip()
    if number:
        return f"{cells['annex'].strip()}/{number}"
    imo = re.sub(r"\D", "", cells["imoNumber"])
    sign = f"imo-{imo}" if len(imo) == 7 else sign_of(tidy(cells["name"]))
    return f"{cells['annex'].strip()}/{sign}"
