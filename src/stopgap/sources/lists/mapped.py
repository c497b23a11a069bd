"""Reads any other table of companies through a user's mapping file (``table: listed``)."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from stopgap.base.errors import UsageError
from stopgap.sources.base import Reading, Staging, Told
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.lists.base import AnyList, Edition
from stopgap.sources.lists.cells import ends_in_line, named_rows, split_plain
from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import DayStyle, ListEntry, sign_of, tidy
from stopgap.sources.lists.mapped_spec import ListSpec, TextsOf, WordOf
from stopgap.sources.mappings.raw_table import Given, load_given
from stopgap.sources.mappings.spec import Condition

SCHEMA = "LegalEntity"
NAMES = (Property.NAME, Property.ALIAS, Property.WEAK_ALIAS, Property.PREVIOUS_NAME)
"""Properties that are names; the mapping field of each has the same name."""
_Row = dict[str, str]


class MappedList(AnyList):
    """List format: a table of companies, read through a mapping with ``table: listed``."""

    name = "mapped-list"
    title = "any table of companies, read through a mapping with table: listed (--map MAPPING.yml)"
    how = "a mapping file with table: listed (docs/reference/lists.md)"
    terms = "as the mapping says"
    parser = "mapped-list/1"
    ends_itself = False

    def recognises(self, head: FileHead) -> bool:
        """Return False always: the user states which mapping fits."""
        return False

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Return the list that the user named, else a placeholder: the mapping's is known only in :meth:`parse`."""
        return Edition(told.list or "mapped-list")

    def parse(self, con: duckdb.DuckDBPyConnection, reading: Reading) -> Staging:
        """Read the table's rows as entries: rows with the same id are one entry; UsageError without a list mapping."""
        if reading.mapping is None or not isinstance(reading.mapping.spec, ListSpec):
            raise UsageError(
                "source mapped-list needs a mapping with table: listed",
                where=reading.name,
                fix="add --map MAPPING.yml (docs/reference/lists.md shows one)",
            )
        spec = reading.mapping.spec
        edition = Edition(reading.told.list or spec.source, list_date=spec.list_date)
        terms = "; ".join(part for part in (spec.terms, spec.url) if part)
        rows = _rows(con, reading, spec, edition)
        taken = [(number, row) for number, row in rows if all(_holds(one, row) for one in spec.where)]
        if len(taken) < len(rows):
            edition.notes.append(f"{len(rows) - len(taken):,} rows were left out, as the mapping's where says")
        return self.settle(con, reading, edition, _entries(taken, spec, edition), terms=terms)


def _rows(con: duckdb.DuckDBPyConnection, reading: Reading, spec: ListSpec, edition: Edition) -> list[tuple[int, _Row]]:
    """Return the rows of the file with their numbers, restricted to the columns that the mapping names.

    CSV text is read here, because hand-made lists mix line ends; other containers are read like any mapped file.
    """
    head = reading.head
    is_text = head.container in ("text", "utf-16") and not head.is_json and spec.format in (None, "csv")
    if is_text:
        delimiter, skip = spec.delimiter or head.delimiter, spec.header_row - 1
        names = _columns_of(spec, Given(reading.name, head.columns_by(delimiter, skip)))
        if not ends_in_line(reading):
            edition.notes.append("the last row has no line end: check that the file is whole")
        found = named_rows(reading, delimiter=delimiter, skip=skip, needs_end=False)
        return [(number, {name: cells[name] for name in names}) for number, cells in found]
    given = load_given(con, reading, spec)
    edition.notes += given.warnings
    places = _columns_of(spec, given)
    select = ", ".join(f"coalesce({place}, '')" for place in places.values())
    rows = con.execute(f"SELECT row, {select} FROM given ORDER BY row").fetchall()
    return [(int(number), dict(zip(places, cells, strict=True))) for number, *cells in rows]


def _holds(condition: Condition, row: _Row) -> bool:
    text = tidy(row[condition.column])
    if condition.not_in is not None:
        return text not in condition.not_in
    return text in ([condition.equals] if condition.equals is not None else condition.in_ or [])


def _entries(rows: list[tuple[int, _Row]], spec: ListSpec, edition: Edition) -> Iterator[ListEntry]:
    """Yield the entries; one that has several rows is delisted only where all of them have an end date."""
    ended = spec.delisted_on.column if spec.delisted_on else None
    open_ids = {_entity_id(spec, row) for _, row in rows if ended and not row[ended].strip()}
    for number, row in rows:
        entry = _entry(spec, number, row, edition)
        if entry.entity_id in open_ids:
            entry.facts = {fact: None for fact in entry.facts if fact[0] != Property.DELISTED_ON}
        yield entry


def _columns_of(spec: ListSpec, given: Given) -> dict[str, str]:
    """Return the columns that the mapping names, each with the column of the table that holds it."""
    found: dict[str, str] = {}
    for field in type(spec).model_fields:
        value = getattr(spec, field)
        for part in value.values() if field == "identifier" else [value]:
            if isinstance(part, TextsOf):
                found |= {name: given.column(name, field) for name in part.columns}
            elif getattr(part, "column", None):
                found[part.column] = given.column(part.column, field)
    return found | {one.column: given.column(one.column, "where") for one in spec.where}


def _texts(part: TextsOf | WordOf | None, row: _Row) -> list[str]:
    if part is None:
        return []
    if isinstance(part, WordOf):
        return [text] if (text := _word(part, row)) else []
    cells = [row[name] for name in part.columns]
    return [text for cell in cells for text in (split_plain(cell, part.split) if part.split else [tidy(cell)]) if text]  # fmt: skip


def _word(part: WordOf, row: _Row) -> str:
    if part.column is None:
        return part.value or ""
    text = tidy(row[part.column])
    return part.map.get(text, text)


def _entity_id(spec: ListSpec, row: _Row) -> str:
    """Return the id that the table states, or one made from the names."""
    if spec.entity_id:
        return _word(spec.entity_id, row)
    names = _texts(spec.name, row)
    return sign_of(" ".join(names)) if names else ""


def _entry(spec: ListSpec, number: int, row: _Row, edition: Edition) -> ListEntry:
    names = _texts(spec.name, row)
    own = _entity_id(spec, row)
    schema = (_word(spec.entity_schema, row) if spec.entity_schema else "") or SCHEMA
    entry = ListEntry(own, schema, edition.doubts, row=number)
    for kind in NAMES:
        entry.names(_texts(getattr(spec, kind), row)[: 1 if kind == Property.NAME else None], kind)
    entry.need_name()
    entry.names(names[1:], Property.ALIAS)
    entry.countries(_texts(spec.country, row))
    entry.addresses(_texts(spec.address, row))
    for register, part in spec.identifier.items():
        for text in _texts(part, row):
            entry.identifier(register, text)
    entry.add_all(Property.PROGRAMME, _texts(spec.programme, row))
    entry.add_all(Property.OWNER, _texts(spec.owner, row))
    for kind in (Property.LISTED_ON, Property.DELISTED_ON):
        if (day := getattr(spec, kind)) is not None:
            entry.day(kind, row[day.column], DayStyle(day.order))
    entry.add_all(Property.REMARK, _texts(spec.remark, row))
    return entry
