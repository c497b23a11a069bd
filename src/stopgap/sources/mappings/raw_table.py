"""Load the unchanged rows of a mapped file (CSV, JSON, Excel, Parquet) into one table, ``given``, of text columns."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import duckdb

from stopgap.base.errors import InputError
from stopgap.base.sql import quoted
from stopgap.sources.base import Bundle, Reading, count
from stopgap.sources.bundle import ROWS, FileNote, counts_by_file
from stopgap.sources.files.containers import check_parquet, check_workbook, unreadable_parquet
from stopgap.sources.files.csv_file import csv_shape, last_line, load_tables, no_rows, structure_fault
from stopgap.sources.files.limits import refuse_columns
from stopgap.sources.files.workbooks import is_error, may_be_error, open_workbook, read_sheet, unread_sheets
from stopgap.sources.mappings.spec import TableSpec
from stopgap.sources.trade.json_reply import Reply

NUMBERS = frozenset({"value", "net_kg", "gross_kg", "quantity", "packages"})
"""Numeric fields: a text that is not a number is rejected there without a check for spreadsheet errors."""


BATCH = 50_000
LOOKED_AT = 1_000
"""Number of first records whose fields become the columns; other fields are not read, and a warning names them."""
SHOWN = 10
"""Number of field names that a warning shows."""
_NO_LINE_END = "the last row has no line end; check that the file is whole"
NESTED_LIMIT = 16 * 1024 * 1024
"""Maximum length of a nested JSON object, in characters: it is held in memory as a whole."""

Row = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Given:
    """Description of the table ``given``: ``row`` (row number in the file) and ``c0``, ``c1`` … as text.

    ``rest`` holds the fields of a JSON file other than its records; ``notes`` warnings on single files, where several
    are loaded; ``used`` the positions of the columns that are read
    as text, which ``column`` adds.
    """

    name: str
    columns: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    rest: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[FileNote, ...] = ()
    used: set[int] = field(default_factory=set)

    def column(self, name: str, field: str) -> str:
        """Return the SQL name of a column; raise InputError if the file lacks it or has it more than once."""
        found = [position for position, column in enumerate(self.columns) if column == name]
        if len(found) == 1:
            if field not in NUMBERS:
                self.used.add(found[0])
            return f"c{found[0]}"
        raise InputError(
            f"the file has {'no' if not found else 'more than one'} column {name!r}, which the mapping needs for {field}",
            where=f"{self.name}, header: {', '.join(self.columns)[:300]}",
            fix=f"fix {field} in the mapping, or check that this is the file it is for",
        )


def load_given(con: duckdb.DuckDBPyConnection, reading: Reading, spec: TableSpec) -> Given:
    """Load the file into ``given``; InputError if its format is not the mapping's, it is damaged or has no rows."""
    container = reading.head.container
    text = "json" if reading.head.is_json else "csv"
    actual = {"text": text, "utf-16": text}.get(container, container)
    if spec.format is not None and spec.format != actual:
        raise InputError(
            f"the mapping is for {spec.format} files; this one is {actual}",
            where=reading.name,
            fix="choose the mapping that fits the file",
        )
    if container == "parquet":
        given = _from_parquet(con, reading)
    elif container == "xlsx":
        given = _from_excel(con, reading, spec)
    elif actual == "json":
        given = load_json(con, reading, spec.records, spec.nested)
    else:
        given = _from_csv(con, reading, spec)
    if count(con, "given") == 0:
        raise no_rows(reading.name)
    return given


def load_files(con: duckdb.DuckDBPyConnection, files: Bundle, spec: TableSpec) -> Given:
    """Load the files of a bundle into ``given``, CSV files where they are several; see :func:`load_given`."""
    if len(files) == 1:
        given = load_given(con, files.only, spec)
        return replace(given, warnings=(), notes=tuple(FileNote(text) for text in given.warnings))
    first = files.first
    skip = spec.header_row - 1
    shape = csv_shape(first.head, delimiter=spec.delimiter, skip=skip)
    columns = ", ".join(f"c{number}" for number in range(len(shape.columns)))
    order = con.execute("SELECT current_setting('preserve_insertion_order')").fetchall()[0][0]
    con.execute("SET preserve_insertion_order = true")
    try:
        numbered = (
            f"SELECT row_number() OVER () + {skip + 1 + number * ROWS} AS row, {columns} FROM {shape.relation(each.path)}"
            for number, each in enumerate(files.readings)
        )
        load_tables(con, "given", list(numbered))
    except duckdb.Error:
        raise structure_fault(con, first.path, first.name, shape) from None
    finally:
        con.execute(f"SET preserve_insertion_order = {order}")
    if not all(counts_by_file(con, "given", len(files))):
        raise no_rows(first.name)
    notes = [
        FileNote(_NO_LINE_END, number)
        for number, reading in enumerate(files.readings)
        if not last_line(reading.path, shape.is_gzip)[1]
    ]
    return Given(first.name, shape.columns, notes=tuple(notes))


def reject_errors(con: duckdb.DuckDBPyConnection, given: Given, missing: Sequence[str]) -> None:
    """Set ``reason`` of the rows of ``loaded`` in which a column that is read holds a spreadsheet error.

    Such a cell could not be computed; it is not a missing value, unless the mapping lists its text in ``missing``.
    """
    names = sorted(position for position in given.used if position < len(given.columns))
    suspicious = may_be_error(f"c{place}" for place in names) if names else "false"
    if not con.sql(f"SELECT 1 FROM given WHERE {suspicious} LIMIT 1").fetchall():
        return
    tests, cases = [], []
    for place in names:
        column = f"c{place}"
        markers = "".join(f" AND trim({column}) <> {quoted(marker.strip())}" for marker in missing)
        tests.append(f"({is_error(column)}{markers})")
        says = (quoted(f"{given.columns[place][:60]} '"), quoted("' is the error of a spreadsheet, not a value"))
        cases.append(f"WHEN {tests[-1]} THEN concat({says[0]}, left(trim({column}), 40), {says[1]})")
    con.execute(f"""
        UPDATE loaded SET reason = found.why
        FROM (SELECT row, CASE {" ".join(cases)} END AS why FROM given WHERE {suspicious}) AS found
        WHERE found.row = loaded.row AND found.why IS NOT NULL AND loaded.reason IS NULL
    """)


def _from_csv(con: duckdb.DuckDBPyConnection, reading: Reading, spec: TableSpec) -> Given:
    skip = spec.header_row - 1
    shape = csv_shape(reading.head, delimiter=spec.delimiter, skip=skip)
    try:
        _load(con, shape.relation(reading.path), (f"c{n}" for n in range(len(shape.columns))), first_row=skip + 2)
    except duckdb.Error:
        raise structure_fault(con, reading.path, reading.name, shape) from None
    is_ended = last_line(reading.path, shape.is_gzip)[1]
    warnings = () if is_ended else (_NO_LINE_END,)
    return Given(reading.name, shape.columns, warnings)


def _from_parquet(con: duckdb.DuckDBPyConnection, reading: Reading) -> Given:
    columns = reading.head.columns
    check_parquet(con, reading.path, reading.name)
    try:
        _load(con, f"read_parquet({quoted(reading.path)})", columns, first_row=1)
    except duckdb.Error as error:
        raise unreadable_parquet(reading.name, error) from error
    return Given(reading.name, columns)


def _from_excel(con: duckdb.DuckDBPyConnection, reading: Reading, spec: TableSpec) -> Given:
    check_workbook(reading.path, reading.name)
    book = open_workbook(reading.path, reading.name)
    names = book.sheet_names
    if not names:
        raise InputError("the workbook has no sheet of cells", where=reading.name, fix="save the table as .xlsx or CSV")
    wanted = spec.sheet or names[0]
    if wanted not in names:
        raise InputError(
            f"the workbook has no sheet {wanted!r}",
            where=f"{reading.name}: {', '.join(names)[:200]}",
            fix="fix sheet in the mapping",
        )
    sheet = read_sheet(book, reading.path, reading.name, wanted, header_row=spec.header_row - 1)
    columns = tuple(str(name).strip() for name in sheet.column_names)
    if not columns:
        raise InputError(
            "the sheet is empty",
            where=f"{reading.name}, sheet {wanted}",
            fix=f"name the sheet that holds the table in the mapping (sheet: NAME); the workbook has {', '.join(names)[:200]}",
        )
    con.register("given_sheet", sheet)
    try:
        _load(con, "given_sheet", sheet.column_names, first_row=spec.header_row + 1)
    finally:
        con.unregister("given_sheet")
    return Given(reading.name, columns, unread_sheets(names, wanted))


def _load(con: duckdb.DuckDBPyConnection, relation: str, names: Iterable[str], *, first_row: int) -> None:
    """Copy columns of a relation to ``given`` as text, in the row order of the file."""
    columns = ", ".join(
        f'"{name.replace(chr(34), chr(34) * 2)}"::VARCHAR AS c{position}' for position, name in enumerate(names)
    )
    order = con.execute("SELECT current_setting('preserve_insertion_order')").fetchall()[0][0]
    con.execute("SET preserve_insertion_order = true")
    try:
        con.execute(
            f"CREATE OR REPLACE TABLE given AS "
            f"SELECT row_number() OVER () + {first_row - 1} AS row, {columns} FROM {relation}"
        )
    finally:
        con.execute(f"SET preserve_insertion_order = {order}")


def load_json(con: duckdb.DuckDBPyConnection, reading: Reading, records: str, nested: list[str]) -> Given:
    """Load a JSON file into ``given``, all columns as text (``row`` counts the records from 1).

    Records are objects, or arrays of which the first has the column names. If the file is one object, its field
    ``records`` holds them. Fields of an object within a record become columns named ``outer.inner``. For objects nested
    in objects, ``nested`` names the columns for their keys, from the outermost; the values below the last are the
    column ``value``, or lists of records. With ``nested``, single values beside ``records`` become columns too, the
    same in every row.

    Raises:
        InputError: The text is not JSON, is cut off or has text after its end, two fields of a record would have the
            same column name, or there are too many columns.
    """
    reply = Reply(reading, records, limit=NESTED_LIMIT if nested else 1024 * 1024)
    rows = _unfolded(reply, records, nested) if nested else _flat(reply, reply.rows())
    first = list(islice(rows, LOOKED_AT))
    columns = tuple(dict.fromkeys(name for row in first for name in row))
    refuse_columns(columns, reading.name)
    listed = "".join(f", c{position} VARCHAR" for position in range(len(columns)))
    con.execute(f"CREATE OR REPLACE TABLE given (row BIGINT{listed})")
    later: Counter[str] = Counter()
    _insert(con, columns, first, _noting(rows, frozenset(columns), later))
    warnings = []
    if later:
        names = ", ".join(name[:60] for name in list(later)[:SHOWN]) + (" …" if len(later) > SHOWN else "")
        warnings.append(
            f"{max(later.values()):,} records have fields that none of the first {LOOKED_AT:,} has, which are not read: {names}"
        )
    return Given(reading.name, columns, tuple(warnings), rest=reply.rest)


def _noting(rows: Iterator[Row], columns: frozenset[str], later: Counter[str]) -> Iterator[Row]:
    """Yield the rows unchanged, and count fields that are not among the columns in ``later``."""
    for row in rows:
        if not row.keys() <= columns:
            later.update(row.keys() - columns)
            refuse_columns(later, "fields of the records")
        yield row


def _insert(con: duckdb.DuckDBPyConnection, columns: tuple[str, ...], first: list[Row], others: Iterator[Row]) -> None:
    import pyarrow as pa

    batch, done = first, 0
    while batch:
        arrays = [pa.array([row.get(name) for row in batch], pa.string()) for name in columns]
        numbers = pa.array(range(done + 1, done + len(batch) + 1), pa.int64())
        names = ["row", *(f"c{position}" for position in range(len(columns)))]
        con.register("json_batch", pa.table([numbers, *arrays], names))
        con.execute("INSERT INTO given SELECT * FROM json_batch")
        con.unregister("json_batch")
        done += len(batch)
        batch = list(islice(others, BATCH))


def _flat(reply: Reply, records: Iterable[Any]) -> Iterator[Row]:
    header: list[str] | None = None
    for number, record in enumerate(records, start=1):
        if isinstance(record, dict):
            yield _fields(reply, record, number)
        elif isinstance(record, list) and header is None and number == 1:
            header = [str(name) for name in record]
            refuse_columns(header, reply.name)
        elif isinstance(record, list) and header is not None and len(record) == len(header):
            fields = {name: _text(value) for name, value in zip(header, record, strict=True)}
            # the US Census Bureau repeats a variable that was asked for and filtered on
            differs = [name for name, value in zip(header, record, strict=True) if fields[name] != _text(value)]
            if differs:
                raise reply.fault(
                    f"the header names the column {differs[0][:60]!r} twice, and record {number} has two values for it"
                )
            yield fields
        else:
            raise reply.fault(f"record {number} is not like the first")


def _fields(reply: Reply, record: dict[str, Any], number: int) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, value in record.items():
        inner = (
            {f"{name}.{field}": text for field, text in _fields(reply, value, number).items()}
            if isinstance(value, dict)
            else {name: _text(value)}
        )
        if not inner.keys().isdisjoint(found):
            twice = next(iter(inner.keys() & found.keys()))
            raise reply.fault(f"record {number} holds two fields that are both called {twice[:60]!r}")
        found |= inner
    return found


def _unfolded(reply: Reply, records: str, nested: list[str]) -> Iterator[Row]:
    for _ in reply.rows():
        raise reply.fault("the file holds records where objects within objects were expected")
    inner = reply.rest.get(records) if records else reply.rest
    beside = reply.rest if records else {}
    keys = {name: _text(value) for name, value in beside.items() if not isinstance(value, (dict, list))}
    twice = [name for name in (*nested, "value") if name in keys]
    if twice:
        raise reply.fault(f"the file names {twice[0][:60]!r} beside the objects that are called so")
    yield from _beneath(reply, inner, nested, keys)


def _beneath(reply: Reply, value: Any, names: list[str], keys: dict[str, str | None]) -> Iterator[Row]:
    if not names:
        if isinstance(value, list):
            for row in _flat(reply, value):
                if not row.keys().isdisjoint(keys):
                    twice = next(iter(row.keys() & keys.keys()))
                    raise reply.fault(f"a record names {twice[:60]!r}, which the objects around it name too")
                yield keys | row
        else:
            yield {**keys, "value": _text(value)}
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _beneath(reply, inner, names[1:], {**keys, names[0]: key})
    else:
        raise reply.fault(f"there is no object of {names[0]} within {', '.join(map(str, keys.values())) or 'the file'}")


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
