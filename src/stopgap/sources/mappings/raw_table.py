"""The rows of a mapped file as they stand: one table, ``given``, all columns text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from stopgap.base.errors import InputError
from stopgap.base.sql import quoted
from stopgap.sources.base import count
from stopgap.sources.files.containers import check_parquet, check_workbook
from stopgap.sources.files.csv_file import csv_shape, last_line, structure_fault
from stopgap.sources.files.workbooks import is_error, may_be_error, open_workbook, read_sheet, unread_sheets
from stopgap.sources.mappings.raw_json import load_json

if TYPE_CHECKING:
    from stopgap.sources.base import Reading
    from stopgap.sources.mappings.spec import TableSpec

NUMBERS = frozenset({"value", "net_kg", "gross_kg", "quantity", "packages"})
"""Fields in which whatever is no number is rejected anyway."""


@dataclass(frozen=True, slots=True)
class Given:
    """The table ``given``: ``row`` (place in the file) and ``c0``, ``c1`` … as text.

    Attributes:
        name: The file, for messages.
        columns: Names in the header.
        warnings: What the user should know.
        used: Places of the columns that are read as text; filled as they are asked for.
        rest: Fields of a JSON file beside its records.
    """

    name: str
    columns: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    rest: Mapping[str, Any] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)

    def column(self, name: str, field: str) -> str:
        """SQL name of a column.

        Raises:
            InputError: The file has no such column, or several.
        """
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
    """Reads the file into ``given``.

    Raises:
        InputError: The file is of another format than the mapping says, damaged, or without rows.
    """
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
        table = load_json(con, reading, records=spec.records, nested=spec.nested)
        given = Given(reading.name, table.columns, table.warnings, rest=table.rest)
    else:
        given = _from_csv(con, reading, spec)
    if count(con, "given") == 0:
        raise InputError(
            "the file has a header and no data rows",
            where=reading.name,
            fix="check the selection that the file was made with: it matched nothing",
        )
    return given


def reject_errors(con: duckdb.DuckDBPyConnection, given: Given, missing: Sequence[str]) -> None:
    """Gives the rows of ``loaded`` a ``reason`` in which a column that is read holds the error of a spreadsheet.

    Such a cell could not be computed; it is no missing one. What the mapping calls a marker of missing is one.
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
    con.execute(
        f"""
        UPDATE loaded SET reason = found.why
        FROM (SELECT row, CASE {" ".join(cases)} END AS why FROM given WHERE {suspicious}) AS found
        WHERE found.row = loaded.row AND found.why IS NOT NULL AND loaded.reason IS NULL
        """
    )


def _from_csv(con: duckdb.DuckDBPyConnection, reading: Reading, spec: TableSpec) -> Given:
    skip = spec.header_row - 1
    shape = csv_shape(reading.head, delimiter=spec.delimiter, skip=skip)
    try:
        _load(con, shape.relation(reading.path), width=len(shape.columns), first_row=skip + 2)
    except duckdb.Error:
        raise structure_fault(con, reading.path, reading.name, shape) from None
    is_ended = last_line(reading.path, shape.is_gzip)[1]
    warnings = () if is_ended else ("the last row has no line end; check that the file is whole",)
    return Given(reading.name, shape.columns, warnings)


def _from_parquet(con: duckdb.DuckDBPyConnection, reading: Reading) -> Given:
    columns = reading.head.columns
    check_parquet(con, reading.path, reading.name)
    try:
        _load(con, f"read_parquet({quoted(str(reading.path))})", names=columns, first_row=1)
    except duckdb.Error as error:
        raise InputError(
            "the Parquet file cannot be read",
            where=f"{reading.name}: {str(error).splitlines()[0][:200]}",
            fix="download the file again",
        ) from error
    return Given(reading.name, columns)


def _from_excel(con: duckdb.DuckDBPyConnection, reading: Reading, spec: TableSpec) -> Given:
    check_expansion(reading)
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
        _load(con, "given_sheet", names=tuple(sheet.column_names), first_row=spec.header_row + 1)
    finally:
        con.unregister("given_sheet")
    return Given(reading.name, columns, unread_sheets(names, wanted))


def check_expansion(reading: Reading) -> None:
    """Refuses a workbook that is damaged, or that asks for more than a table of figures.

    Raises:
        InputError: It is one of these.
    """
    check_workbook(reading.path, reading.name)


def _load(
    con: duckdb.DuckDBPyConnection, relation: str, *, first_row: int, width: int = 0, names: tuple[str, ...] = ()
) -> None:
    """Copies a relation to ``given`` in the order of the file."""
    if names:
        columns = ", ".join(
            f'"{name.replace(chr(34), chr(34) * 2)}"::VARCHAR AS c{position}' for position, name in enumerate(names)
        )
    else:
        columns = ", ".join(f"c{position}" for position in range(width))
    order = con.execute("SELECT current_setting('preserve_insertion_order')").fetchall()[0][0]
    con.execute("SET preserve_insertion_order = true")
    try:
        con.execute(
            f"CREATE OR REPLACE TABLE given AS "
            f"SELECT row_number() OVER () + {first_row - 1} AS row, {columns} FROM {relation}"
        )
    finally:
        con.execute(f"SET preserve_insertion_order = {order}")
