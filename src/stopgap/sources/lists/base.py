"""Base classes of the formats of sanctions and export-control lists."""

from __future__ import annotations

import datetime as dt
import json
import re
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

import pyarrow as pa

from stopgap.base.errors import InputError
from stopgap.base.sql import quoted
from stopgap.sources.base import Reading, Source, Staging, Told, make_rejects
from stopgap.sources.files.workbooks import is_error_text
from stopgap.sources.lists.columns import LISTED_COLUMNS, Operation, Property
from stopgap.sources.lists.entries import Doubts, ListEntry

if TYPE_CHECKING:
    import duckdb

    from stopgap.sources.files.file_head import FileHead

BATCH = 50_000
"""Facts inserted into the staging database at a time."""


@dataclass(slots=True)
class Edition:
    """The list that a file is an edition of, with the edition's date and kind."""

    family: str  # the list, or what its parts have in common
    list_date: str | None = None  # YYYY-MM-DD, where the file says; may be set while it is read
    act: str | None = None  # puts amendments into order; None for a whole list
    is_delta: bool = False  # the file changes the list and is not the whole of it
    doubts: Doubts = field(default_factory=Doubts)
    notes: list[str] = field(default_factory=list)  # for the user


class AnyList(Source):
    """Base class of every source whose files are lists, with or without a mapping."""

    takes = ("list", "list_date")
    is_part = False  # several files of one import are one edition of a list
    named_by_file = False  # the file's name is the list's, where the user tells none
    ends_itself = True  # a file that is cut off within a row is seen to be
    needs_entries = True  # a file without entries is refused; an act that lists nobody is not

    @abstractmethod
    def edition(self, head: FileHead, told: Told) -> Edition:
        """Identify the list that a file is an edition of, from its beginning and the user's options."""

    def settle(
        self,
        con: duckdb.DuckDBPyConnection,
        reading: Reading,
        edition: Edition,
        entries: Iterator[ListEntry],
        *,
        terms: str | None = None,
    ) -> Staging:
        """Write the facts of entries to ``staged``, and entries that cannot be imported to ``rejects``."""
        make_rejects(con)
        writer = _Writer(con, self.name, edition)
        rejected = 0
        for entry in entries:
            writer.rows += entry.row > 0
            if entry.is_empty:
                continue
            fault = entry.fault or (None if entry.entity_id else "there is no id")
            if fault is None and not entry.facts:
                fault = "there is no name"
            wrong = next(
                (text for text in (entry.entity_id, *(fact[1] for fact in entry.facts)) if is_error_text(text)), None
            )
            if fault is None and wrong is not None:
                fault = f"{wrong!r} is the error of a spreadsheet, not a value"
            if fault:
                rejected += 1
                shown = json.dumps([entry.entity_id, *entry.facts], ensure_ascii=False)[:500]
                con.execute("INSERT INTO rejects VALUES (?, ?, ?)", [entry.row, fault, shown])
                continue
            writer.add(entry)
        if not writer.rows and self.needs_entries:
            raise InputError(
                "the list holds no entry",
                where=reading.name,
                fix="download the file again; the list that was imported before stays in force",
            )
        list_date = reading.told.list_date or edition.list_date
        if list_date is not None and not _is_day(list_date):
            raise InputError(
                f"{list_date[:40]!r}, which the list gives as its day, is none",
                where=reading.name,
                fix="download the file again, or say the day with --list-date YYYY-MM-DD",
            )
        writer.close(list_date)
        warnings = [*edition.notes, *edition.doubts.lines()]
        if list_date is None:
            says = "the day of the amendment" if edition.is_delta else "the day of the edition"
            warnings.append(f"{says} is not known: say it with --list-date YYYY-MM-DD")
        return Staging(
            source=self.name,
            rows_read=writer.rows,
            rows_missing=0,
            rows_duplicate=0,
            rows_rejected=rejected,
            warnings=tuple(warnings),
            parser=self.parser,
            terms=terms or self.terms,
            published=list_date,
            mapping=reading.mapping.sha256 if reading.mapping is not None else None,
            table="listed_facts",
        )

    def finish(self, con: duckdb.DuckDBPyConnection, staging: Staging) -> Staging:
        """Return the staging unchanged: an entry is many facts, so rows of ``staged`` are not rows of the file."""
        return staging


class ListSource(AnyList):
    """Base class of a list format that reads its entries itself, without a mapping."""

    @abstractmethod
    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield one entry per row that was read; InputError where the file as a whole cannot be read."""

    def parse(self, con: duckdb.DuckDBPyConnection, reading: Reading) -> Staging:
        """Read the facts of the entries into ``staged``; reject (InputError) a file that is cut off or damaged."""
        edition = self.edition(reading.head, reading.told)
        return self.settle(con, reading, edition, self.entries(reading, edition))


class _Writer:
    """Writes facts to ``staged`` in batches, then the row that describes the edition."""

    def __init__(self, con: duckdb.DuckDBPyConnection, source: str, edition: Edition) -> None:
        self._con = con
        self._source = source
        self._edition = edition
        self._columns: list[list[object]] = [[] for _ in _WRITTEN]
        self._place = 0
        self.rows = 0
        columns = ", ".join(f"{name} {kind}" for name, kind in _WRITTEN.items())
        con.execute(f"CREATE TABLE facts ({columns})")

    def add(self, entry: ListEntry) -> None:
        family = self._edition.family
        listed = f"{family}-{entry.part}" if entry.part else family
        for kind, value, detail in entry.facts:
            self._put(listed, entry.operation.value, entry.entity_id, entry.schema, kind, value, detail)
        if len(self._columns[0]) >= BATCH:
            self._flush()

    def close(self, list_date: str | None) -> None:
        """Write the row that describes the edition and create the view ``staged``."""
        edition = self._edition
        self._flush()
        [(entries,)] = self._con.execute("SELECT count(DISTINCT (list, entity_id)) FROM facts").fetchall()
        operation = Operation.SET if edition.is_delta else Operation.SNAPSHOT
        self._put(edition.family, operation, None, None, Property.EDITION, str(entries), None)
        self._flush()
        given = {
            "family": quoted(edition.family),
            "list_date": f"{quoted(list_date) if list_date else 'NULL'}::DATE",
            "act": f"{quoted(edition.act) if edition.act else 'NULL'}::VARCHAR",
            "source": quoted(self._source),
        }
        columns = ", ".join(f"{given[name]} AS {name}" if name in given else name for name in LISTED_COLUMNS)
        self._con.execute(f"CREATE VIEW staged AS SELECT {columns} FROM facts")

    def _put(self, *cells: str | None) -> None:
        self._place += 1
        for column, cell in zip(self._columns, (*cells, self._place), strict=True):
            column.append(cell)

    def _flush(self) -> None:
        batch = pa.table(dict(zip(_WRITTEN, self._columns, strict=True)), schema=_WRITTEN_SCHEMA)
        self._con.register("fact_batch", batch)
        self._con.execute("INSERT INTO facts SELECT * FROM fact_batch")
        self._con.unregister("fact_batch")
        self._columns = [[] for _ in _WRITTEN]


_WRITTEN = {
    name: LISTED_COLUMNS[name]
    for name in ("list", "operation", "entity_id", "schema", "property", "value", "detail", "place")
}
_WRITTEN_SCHEMA = pa.schema(
    [(name, pa.int64() if kind == "BIGINT" else pa.string()) for name, kind in _WRITTEN.items()]
)


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def name_of_file(name: str) -> str:
    """Return a list name made from a file name: lower-case letters, digits and hyphens of its stem."""
    stem = PurePath(name).name.split(".")[0].lower()
    return re.sub(r"[^a-z0-9_]+", "-", stem).strip("-_")[:80] or "list"
