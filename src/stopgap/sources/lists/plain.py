"""Reads a user's own list: a CSV file with the header ``entity_id,name`` and optional further columns."""

from __future__ import annotations

from collections.abc import Iterator

from stopgap.base.errors import InputError
from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.lists.base import Edition, ListSource, name_of_file
from stopgap.sources.lists.cells import ends_in_line, named_rows, split_plain
from stopgap.sources.lists.columns import Operation, Property
from stopgap.sources.lists.entries import ListEntry

OPERATIONS = {"set": Operation.SET, "add": Operation.ADD, "remove": Operation.REMOVE}
SCHEMA = "LegalEntity"
"""Schema of entries that do not state one."""


class PlainList(ListSource):
    """List format: a CSV file that the user wrote."""

    name = "list"
    title = "a list of your own: CSV with the header entity_id,name (docs/how-to/lists.md)"
    how = "any list saved as CSV; --list NAME names it, else the file's name does"
    terms = "the user's own"
    parser = "list/1"
    named_by_file = True
    ends_itself = False

    def recognises(self, head: FileHead) -> bool:
        return {"entity_id", "name"} <= set(head.columns)

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Return the list that the user named, otherwise one named after the file."""
        is_delta = "operation" in head.columns
        return Edition(told.list or name_of_file(head.name), is_delta=is_delta)

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield one entry per row; ``;`` separates several values of a cell, but does not split the main name.

        Each column has the name of the property that it holds.
        """
        if not self.recognises(reading.head):
            raise InputError(
                "the file has no columns entity_id and name",
                where=f"{reading.name}: {', '.join(reading.head.columns[:12])}",
                fix="name the columns so, or read the list through a mapping (--map MAPPING.yml, table: listed)",
            )
        if not ends_in_line(reading):
            edition.notes.append("the last row has no line end: check that the file is whole")
        for row, cells in named_rows(reading, delimiter=reading.head.delimiter, needs_end=False):
            yield self._entry(row, cells, edition)

    def _entry(self, row: int, cells: dict[str, str], edition: Edition) -> ListEntry:
        entry = ListEntry(
            cells["entity_id"].strip(), cells.get("schema", "").strip() or SCHEMA, edition.doubts, row=row
        )
        entry.name(cells["name"])
        if edition.is_delta:
            told = cells["operation"].strip().lower()
            if told not in OPERATIONS:
                entry.fault = f"operation is {told[:40]!r}; it may be {', '.join(OPERATIONS)}"
                return entry
            entry.operation = OPERATIONS[told]
            if entry.operation is Operation.REMOVE:
                entry.facts = {(Property.REMOVED.value, None, None): None}
                return entry
        if entry.operation is not Operation.ADD:
            entry.need_name()
        for kind in (Property.ALIAS, Property.WEAK_ALIAS, Property.PREVIOUS_NAME):
            entry.names(split_plain(cells.get(kind, "")), kind)
        entry.countries(split_plain(cells.get("country", "")))
        for text in split_plain(cells.get("identifier", "")):
            register, _, number = text.rpartition(":")
            entry.identifier(register.strip().lower() or "id", number)
        entry.addresses(split_plain(cells.get("address", "")))
        for kind in (Property.PROGRAMME, Property.REMARK):
            entry.add_all(kind, split_plain(cells.get(kind, "")))
        for kind in (Property.LISTED_ON, Property.DELISTED_ON):
            entry.day(kind, cells.get(kind))
        return entry
