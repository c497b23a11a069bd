"""Clean and add columns of the table ``given``: SQL expressions, area codes, weights and quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import duckdb

from stopgap.base.sql import listed, quoted
from stopgap.sources.mappings.areas import area_code
from stopgap.sources.mappings.raw_table import Given
from stopgap.sources.mappings.spec import Scheme
from stopgap.sources.trade.staging import case_sql

BLANKS = "concat(' ', chr(9), chr(10), chr(13), chr(160), chr(12288))"
"""SQL for the whitespace characters that spreadsheets and exports leave around a value."""


def found_spellings(spellings: Mapping[str, Sequence[str]], columns: Mapping[str, str]) -> dict[str, str]:
    """Return field -> column for each field that a file has, by the first of its known spellings that is present."""
    found = {field: [name for name in names if name in columns] for field, names in spellings.items()}
    return {field: columns[names[0]] for field, names in found.items() if names}


def clean(con: duckdb.DuckDBPyConnection, given: Given) -> None:
    """Strip spaces, tabs, line ends and no-break spaces from every value of ``given``."""
    columns = ", ".join(f"trim(c{number}, {BLANKS}) AS c{number}" for number in range(len(given.columns)))
    con.execute(f"CREATE OR REPLACE TABLE given AS SELECT row, {columns} FROM given")


def add_columns(con: duckdb.DuckDBPyConnection, given: Given, columns: Mapping[str, str]) -> Given:
    """Add columns to ``given``; ``columns`` maps each new name to SQL over ``c0``, ``c1`` …."""
    first = len(given.columns)
    added = ", ".join(f"({sql})::VARCHAR AS c{first + n}" for n, sql in enumerate(columns.values()))
    con.execute(f"CREATE OR REPLACE TABLE given AS SELECT *, {added} FROM given")
    return replace(given, columns=(*given.columns, *columns))


def add_area(con: duckdb.DuckDBPyConnection, given: Given, name: str, spellings: Sequence[tuple[str, Scheme]]) -> Given:
    """Add a column with the area code that several columns identify; each is given with the scheme of its values.

    If the columns identify different areas, or none is known, the new column holds their texts, so that the row is
    rejected and shows them. If a code is unknown but the name beside it is known, the name decides, with a warning.
    """
    unknown: dict[str, set[str]] = {column: set() for column, scheme in spellings if scheme != "name"}

    def resolve(texts: tuple[str | None, ...]) -> str | None:
        areas = [
            None if text is None else area_code(text, scheme)
            for text, (_, scheme) in zip(texts, spellings, strict=True)
        ]
        codes = {area for area in areas if area is not None}
        if len(codes) != 1:
            return " ".join(text.strip() for text in texts if text and text.strip()) or None
        for text, area, (column, _) in zip(texts, areas, spellings, strict=True):
            if text and area is None and column in unknown:
                unknown[column].add(text)
        return codes.pop()

    resolved = add_resolved(con, given, name, [column for column, _ in spellings], resolve)
    warnings = []
    for column, codes in unknown.items():
        if not codes:
            continue
        others = [other for other, _ in spellings if other != column]
        named = ", ".join(resolved.column(other, "area") for other in others)
        code = resolved.column(column, "area")
        [(rows,)] = con.execute(
            f"SELECT count(*) FROM given WHERE list_contains(?, {code}) AND coalesce({named}) IS NOT NULL",
            [sorted(codes)],
        ).fetchall()
        shown = ", ".join(repr(text[:20]) for text in sorted(codes)[:5])
        warnings.append(
            f"{rows:,} rows have a code in {column} that is not known ({shown}); "
            f"the area was taken from {' or '.join(others)}"
        )
    return replace(resolved, warnings=(*resolved.warnings, *warnings))


def add_resolved(
    con: duckdb.DuckDBPyConnection,
    given: Given,
    name: str,
    columns: Sequence[str],
    resolve: Callable[[tuple[str | None, ...]], str | None],
) -> Given:
    """Add a column computed from others by ``resolve``, which is called once for each distinct set of values."""
    fields = [given.column(column, name) for column in columns]
    rows = con.execute(f"SELECT DISTINCT {', '.join(fields)} FROM given").fetchall()
    keys = [f"k{number}" for number in range(len(fields))]
    typed = ", ".join(f"{key} VARCHAR" for key in (*keys, "found"))
    con.execute(f"CREATE OR REPLACE TEMP TABLE resolved ({typed})")
    if rows:
        places = ", ".join("?" * (len(keys) + 1))
        con.executemany(f"INSERT INTO resolved VALUES ({places})", [[*texts, resolve(texts)] for texts in rows])
    same = " AND ".join(
        f"given.{field} IS NOT DISTINCT FROM resolved.{key}" for field, key in zip(fields, keys, strict=True)
    )
    con.execute(
        f"CREATE OR REPLACE TABLE given AS "
        f"SELECT given.*, resolved.found AS c{len(given.columns)} FROM given JOIN resolved ON {same}"
    )
    con.execute("DROP TABLE resolved")
    return replace(given, columns=(*given.columns, name))


def _in_kg(amount: str, factor: float) -> str:
    return f"coalesce((try_cast(replace({amount}, ',', '') AS DOUBLE) * {factor})::VARCHAR, {amount})"


def amount_columns(
    given: Given, columns: Sequence[tuple[str, str]], kg_per_unit: Mapping[str, float], *, no_units: Sequence[str]
) -> dict[str, str]:
    """Return SQL for ``net_kg``, and for ``quantity`` and ``unit``: the first amount in a unit other than weight.

    ``columns`` are pairs of amount and unit columns; pairs that the file lacks are ignored. ``no_units`` are texts that
    mean no unit. A weight that is not a number is kept as text, so that the row is rejected and shows it.
    """
    pairs = [
        (given.column(amount, "quantity"), given.column(unit, "quantity_unit"))
        for amount, unit in columns
        if amount in given.columns and unit in given.columns
    ]
    other = f"NOT IN ({listed([*kg_per_unit, *no_units])})"
    return {
        "net_kg": case_sql(
            (f"{unit} = {quoted(name)}", amount if kg == 1 else _in_kg(amount, kg))
            for amount, unit in pairs
            for name, kg in kg_per_unit.items()
        ),
        "quantity": case_sql((f"{unit} {other}", amount) for amount, unit in pairs),
        "unit": case_sql((f"{unit} {other}", unit) for _, unit in pairs),
    }
