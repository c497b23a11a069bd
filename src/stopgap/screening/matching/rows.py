"""Read a file of names, validate it before the first look-up, and convert its rows to queries."""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Literal

from stopgap.base import strict_json
from stopgap.base.errors import InputError, UsageError
from stopgap.base.near_names import near_names
from stopgap.base.progress import Progress
from stopgap.screening.entities import KINDS, clean
from stopgap.screening.entity_kinds import LEFT_OUT, schema_named
from stopgap.screening.matching.match_selection import name_fault
from stopgap.screening.matching.results import ScreenQuery
from stopgap.sources.files.byte_validation import PIECE, ByteCheck, normal_encoding
from stopgap.sources.files.csv_file import last_line
from stopgap.sources.files.file_head import UTF8_BOM, FileHead, read_head
from stopgap.sources.files.limits import COLUMN_LIMIT
from stopgap.sources.mappings.areas import area_code

Kind = Literal["csv", "jsonl", "parquet"]
Cells = Mapping[str, str]
"""Requested column -> its text in one row; an empty string for an empty cell."""

CELL_LIMIT = 32 << 20
"""Maximum number of characters of a cell or a line; more indicates an unclosed quotation mark."""

_PARQUET_BATCH = 10_000

SHOWN = 80
"""Maximum number of characters of a rejected name that are shown."""


@dataclass(frozen=True)
class NameFile:
    """A validated file of names; ``rows`` is the number of rows without header and empty lines.

    ``sha256`` is the hash of its bytes, ``head`` its beginning, ``warnings`` are warnings for the user.
    """

    path: Path
    kind: Kind
    sha256: str
    rows: int
    head: FileHead
    warnings: tuple[str, ...] = ()

    def cells(self, columns: tuple[str, ...], after: int = 0) -> Iterator[tuple[int, Cells]]:
        """Yield the rows after row ``after``: row number, from 1, and the cells of the requested columns."""
        for number, row in enumerate(_rows(self.path, self.kind, self.head, columns), start=1):
            if number > after:
                yield number, row


def open_names(
    path: Path,
    columns: tuple[str, ...],
    *,
    encoding: str | None = None,
    visit: Callable[[int, Cells], None] = lambda number, cells: None,
    progress: Progress | None = None,
) -> NameFile:
    """Validate a whole file of names (CSV, plain or gzip, JSON lines or Parquet).

    ``columns`` are the requested columns; ``visit`` is called with the number, from 1, and the cells of each row.

    Raises:
        InputError: The file cannot be read, is not a table, is truncated, has rows of another width, or lacks a column.
        UsageError: There is no such encoding.
    """
    if encoding is not None:
        normal_encoding(encoding)
    if progress:
        progress(f"checking {path.name}", None)
    head = read_head(path, encoding)
    kind = _kind(head)
    sha256, check = _checked(path, encoding, kind)
    if kind != "jsonl":
        for column in columns:
            if (count := head.columns.count(column)) != 1:
                raise _no_column(head.name, column, head.columns, several=count > 1)
    if kind == "parquet":
        import duckdb

        from stopgap.sources.files.containers import check_parquet

        with contextlib.closing(duckdb.connect()) as con:
            check_parquet(con, path, path.name)
    number = 0
    for number, row in enumerate(_rows(path, kind, head, columns), start=1):
        visit(number, row)
    if not number:
        raise InputError(
            "the file has a header and no data rows",
            where=path.name,
            fix="check the selection that the file was made with: it matched nothing",
        )
    is_open = kind == "csv" and not check.ends_in_line_end
    warnings = ("the last row has no line end; check that the file is whole",) if is_open else ()
    return NameFile(path, kind, sha256, number, head, warnings)


def _kind(head: FileHead) -> Kind:
    """Return the kind of a file; raise InputError for unsupported kinds."""
    if head.container == "parquet":
        return "parquet"
    if head.container in ("text", "utf-16"):
        if head.is_markup:
            raise InputError(
                f"the file is a web page or XML, not a table: {' '.join(head.text.split())[:80]}",
                where=head.name,
                fix="open it to see what the site answered (often a sign-in or error page) and download again",
            )
        text = head.text.lstrip()
        if text.startswith("["):
            raise InputError(
                "the file is one JSON array", where=head.name, fix="write one object a line (JSON lines), or a CSV"
            )
        return "jsonl" if text.startswith("{") else "csv"
    raise InputError(
        f"the file is of a kind that is not screened: {head.container}",
        where=head.name,
        fix="save it as CSV (UTF-8), Parquet or JSON lines",
    )


def _checked(path: Path, encoding: str | None, kind: Kind) -> tuple[str, ByteCheck]:
    """Compute the SHA-256 of a file and validate its bytes in one pass."""
    digest, check = hashlib.sha256(), ByteCheck(path, encoding)
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
            check.feed(piece)
    check.finish()
    return digest.hexdigest(), check


def _no_column(name: str, column: str, columns: tuple[str, ...], *, several: bool = False) -> InputError:
    """Return the error for a column that is missing, or present several times."""
    hint = next(iter(near_names(column, columns, most=1)), None)
    return InputError(
        f"the file has {'more than one' if several else 'no'} column {column!r}",
        where=f"{name}, header: {', '.join(columns)[:300]}",
        fix=f"did you mean {hint!r}?" if hint and not several else "name a column of the header",
    )


def _rows(path: Path, kind: Kind, head: FileHead, columns: tuple[str, ...]) -> Iterator[Cells]:
    if kind == "parquet":
        return _parquet_rows(path, columns)
    return _csv_rows(path, head, columns) if kind == "csv" else _json_rows(path, head, columns)


def _csv_rows(path: Path, head: FileHead, columns: tuple[str, ...]) -> Iterator[Cells]:
    """Yield the rows of a CSV file; a wrong width, a misplaced quotation mark or an overlong line raises InputError."""
    names, width = head.columns, len(head.columns)
    places = [(column, names.index(column)) for column in columns]
    limit = csv.field_size_limit(CELL_LIMIT)
    try:
        with _text(path, head) as stream:
            reader = csv.reader(_lines(stream, path.name), delimiter=head.delimiter, strict=True)
            next(reader)
            for row in reader:
                if not row:
                    continue
                if len(row) != width and not (len(row) == width + 1 and not row[-1]):
                    raise _wrong_width(path, head, reader.line_num, row, width)
                yield {column: row[place].strip() for column, place in places}
    except csv.Error as error:
        raise InputError(
            f"a row cannot be read: {error}",
            where=f"{path.name}, line {reader.line_num:,}",
            fix="double the quotation marks inside values and close each; a file that was cut off: download it again",
        ) from error
    finally:
        csv.field_size_limit(limit)


def _wrong_width(path: Path, head: FileHead, line: int, row: list[str], width: int) -> InputError:
    last, is_ended = last_line(path, head.is_gzip)
    where = f"{path.name}, line {line:,}: {head.delimiter.join(row)[:120]}"
    if len(row) < width and not is_ended and last.startswith(row[0]):
        return InputError("the file ends in the middle of a row", where=where, fix="download the file again")
    return InputError(
        f"line {line:,} has {len(row):,} columns instead of {width:,}",
        where=where,
        fix="fix the row; a value that holds the delimiter stands in quotation marks",
    )


def _lines(stream: IO[str], name: str) -> Iterator[str]:
    """Yield the lines of a text with their line ends; raise InputError for a line of :data:`CELL_LIMIT` or more."""
    while line := stream.readline(CELL_LIMIT):
        if len(line) >= CELL_LIMIT:
            raise InputError(
                f"a line is longer than {CELL_LIMIT:,} characters", where=name, fix="check that rows end in line ends"
            )
        yield line


@contextlib.contextmanager
def _text(path: Path, head: FileHead) -> Iterator[IO[str]]:
    encoding = head.encoding or "utf-8"
    opener: Any = gzip.open if head.is_gzip else open
    with opener(path, "rb") as probe:
        has_mark = probe.read(3) == UTF8_BOM
    with opener(path, "rt", encoding="utf-8-sig" if has_mark else encoding, newline="") as stream:
        yield stream


def _json_rows(path: Path, head: FileHead, columns: tuple[str, ...]) -> Iterator[Cells]:
    """Yield the rows of a file with one JSON object per line.

    A line that is not an object raises InputError, as does a file in which no object has the first column.
    """
    is_there = False
    with _text(path, head) as stream:
        for number, line in enumerate(_lines(stream, path.name), start=1):
            if not line.strip():
                continue
            try:
                row = strict_json.loads(line)
            except ValueError as error:
                row = error
            if not isinstance(row, dict) or len(row) > COLUMN_LIMIT:
                raise InputError(
                    "a line is no JSON object",
                    where=f"{path.name}, line {number:,}: {line[:80].strip()}",
                    fix="write one object a line; a file that was cut off: download it again",
                )
            is_there = is_there or columns[0] in row
            yield {column: _plain(row.get(column)) for column in columns}
    if not is_there:
        raise _no_column(path.name, columns[0], ())


def _parquet_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Cells]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_PARQUET_BATCH, columns=list(columns)):
            found = {column: batch.column(column).to_pylist() for column in columns}
            for row in zip(*found.values(), strict=True):
                yield {column: _plain(value) for column, value in zip(found, row, strict=True)}


def _plain(value: object) -> str:
    """Convert a value to text; the values of a list are joined by semicolons, as in a CSV cell."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join(_plain(each) for each in value)
    if isinstance(value, float):  # a number of a register that a missing value made a fraction
        return "" if math.isnan(value) else str(int(value)) if value.is_integer() else str(value)
    return value.strip() if isinstance(value, str) else str(value)


@dataclass(frozen=True, slots=True)
class NameColumns:
    """Columns of a file to screen; ``identifiers`` are (column, kind of identifier).

    Several countries in a cell, in any spelling, are separated by semicolons. ``schema`` is the FollowTheMoney schema
    of all rows: ``Company``, ``Vessel``; ``schema_column`` the column of kinds, in any spelling, where rows differ.
    """

    name: str
    country: str | None = None
    identifiers: tuple[tuple[str, str], ...] = ()
    address: str | None = None
    schema: str | None = None
    schema_column: str | None = None

    @property
    def all(self) -> tuple[str, ...]:
        """Return all column names, that of the name first, without duplicates."""
        own = (self.name, self.country, *(column for column, _ in self.identifiers), self.address, self.schema_column)
        return tuple(dict.fromkeys(column for column in own if column is not None))


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A row of a file (numbered from 1, without the header) and its query; ``query`` is ``None`` if it is rejected.

    ``rejected`` is the reason for a rejection; ``name`` is then truncated. ``unknown_country`` is the first unknown
    country of the row, which is looked up without it; ``unknown_kind`` its kind, likewise.
    """

    number: int
    name: str
    query: ScreenQuery | None
    rejected: str | None = None
    unknown_country: str | None = None
    unknown_kind: str | None = None


def name_columns(
    name: str,
    *,
    country: str | None = None,
    identifiers: Sequence[str] = (),
    address: str | None = None,
    schema: str | None = None,
    schema_column: str | None = None,
) -> NameColumns:
    """Parse columns as a user names them; an identifier is ``COLUMN`` or ``COLUMN:KIND``.

    Without a kind, an identifier is of the unspecific kind ``id``. A schema that is not matched raises UsageError.
    """
    schema = schema_named(schema)
    _check_schema(schema)
    numbers = []
    for text in identifiers:
        column, colon, kind = text.rpartition(":")
        is_kind = bool(colon) and kind.strip().lower() in KINDS
        numbers.append((column, kind.strip().lower()) if is_kind else (text, "id"))
    return NameColumns(name, country, tuple(numbers), address, schema, schema_column)


def _check_schema(schema: str | None) -> None:
    """Raise UsageError for a schema that is not matched."""
    if schema in LEFT_OUT:
        raise UsageError(
            "persons are not screened: the methods are for names of firms and vessels",
            where=f"schema {schema}",
            fix="use a tool that is made for names of persons; or leave the schema out if this is a firm",
        )


def asked_row(number: int, cells: Cells, columns: NameColumns) -> AskedRow:
    """Convert a row to a query, or reject it. A row with a register number needs no name."""
    name = cells[columns.name]
    parts = ((kind, part) for column, kind in columns.identifiers for part in cells[column].split(";"))
    numbers = tuple(dict.fromkeys(found for kind, part in parts if (found := clean(kind, part)) is not None))
    fault = name_fault(name)
    if fault is not None and not (numbers and len(name) <= SHOWN):
        return AskedRow(number, name[:SHOWN].encode("utf-8", "replace").decode(), None, fault)
    countries: tuple[str, ...] = ()
    unknown = None
    if columns.country is not None and (said := cells[columns.country]):
        countries, unknown = _countries(said)
    address = cells[columns.address][:1000] or None if columns.address is not None else None
    schema, unknown_kind = columns.schema, None
    if columns.schema_column is not None and (said := cells[columns.schema_column]):
        schema, unknown_kind = _kind_of_row(said, columns.schema)
    if schema in LEFT_OUT:
        return AskedRow(number, name[:SHOWN].encode("utf-8", "replace").decode(), None, "persons are not screened")
    return AskedRow(number, name, ScreenQuery(name, countries, numbers, address, schema), None, unknown, unknown_kind)


@lru_cache(maxsize=1_000)
def _kind_of_row(said: str, of_all: str | None) -> tuple[str | None, str | None]:
    """Return the schema of a cell, or that of all rows and the cell itself if it names no known kind."""
    try:
        return schema_named(said), None
    except UsageError:
        return of_all, said[:SHOWN]


@lru_cache(maxsize=10_000)
def _countries(said: str) -> tuple[tuple[str, ...], str | None]:
    """Return the country codes of a cell, and its first part that is not a known country."""
    codes: dict[str, None] = {}
    unknown = None
    for part in said.split(";"):
        code = area_code(part, "auto") if part.strip() else None
        if code is not None:
            codes[code] = None
        elif part.strip():
            unknown = unknown or part.strip()[:SHOWN]
    return tuple(codes), unknown


def checked_query(query: ScreenQuery) -> ScreenQuery:
    """Return the query if it is valid, its schema as FollowTheMoney spells it.

    Raises:
        InputError: The name is too long, or it is empty, not Unicode text or without letters or digits and no
            identifier is given.
        UsageError: The query is for a person, or there is no such schema.
    """
    schema = schema_named(query.schema)
    _check_schema(schema)
    fault = name_fault(query.name)
    if fault is not None and not (query.identifiers and len(query.name) <= SHOWN):
        raise InputError(fault, where=ascii(query.name[:SHOWN]), fix="give the name of a firm or vessel, in any script")
    return query if schema == query.schema else replace(query, schema=schema)
