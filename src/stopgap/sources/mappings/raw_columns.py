"""Derived columns of a mapped file: cleaned, computed, or resolved areas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stopgap.sources.mappings.areas import area_code

if TYPE_CHECKING:
    import duckdb

    from stopgap.sources.mappings.raw_table import Given
    from stopgap.sources.mappings.spec import Scheme

BLANKS = "concat(' ', chr(9), chr(10), chr(13), chr(160), chr(12288))"
"""Characters that spreadsheets and exports leave around a value."""


def clean(con: duckdb.DuckDBPyConnection, given: Given) -> None:
    """Takes blanks, tabs and no-break spaces from around every value of ``given``."""
    columns = ", ".join(f"trim(c{number}, {BLANKS}) AS c{number}" for number in range(len(given.columns)))
    con.execute(f"CREATE OR REPLACE TABLE given AS SELECT row, {columns} FROM given")


def add_columns(con: duckdb.DuckDBPyConnection, given: Given, columns: Mapping[str, str]) -> Given:
    """Adds columns to ``given``.

    Args:
        columns: SQL over the columns ``c0``, ``c1`` … by the name that the column gets.
    """
    first = len(given.columns)
    added = ", ".join(f"({sql})::VARCHAR AS c{first + n}" for n, sql in enumerate(columns.values()))
    con.execute(f"CREATE OR REPLACE TABLE given AS SELECT *, {added} FROM given")
    return replace(given, columns=(*given.columns, *columns))


def add_area(con: duckdb.DuckDBPyConnection, given: Given, name: str, spellings: Sequence[tuple[str, Scheme]]) -> Given:
    """Adds the area that several columns name, as our own code.

    Where columns name different areas, or none is known, the new column holds what
    they say, so that the row is refused with it. A code that is not known beside a name
    that is gives the name's area, and a warning.

    Args:
        name: Name of the new column.
        spellings: Columns of the file, each with the scheme of its values.
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
    warnings = [
        _unknown_codes(con, resolved, column, codes, [other for other, _ in spellings if other != column])
        for column, codes in unknown.items()
        if codes
    ]
    return replace(resolved, warnings=(*resolved.warnings, *warnings))


def _unknown_codes(
    con: duckdb.DuckDBPyConnection, given: Given, column: str, unknown: set[str], others: Sequence[str]
) -> str:
    """Says which codes of a column are not known, where others name the area."""
    named = ", ".join(given.column(other, "area") for other in others)
    [(rows,)] = con.execute(
        f"SELECT count(*) FROM given WHERE list_contains(?, {given.column(column, 'area')}) AND coalesce({named}) IS NOT NULL",
        [sorted(unknown)],
    ).fetchall()
    shown = ", ".join(repr(text[:20]) for text in sorted(unknown)[:5])
    return (
        f"{rows:,} rows have a code in {column} that is not known ({shown}); "
        f"the area was taken from {' or '.join(others)}"
    )


def add_resolved(
    con: duckdb.DuckDBPyConnection,
    given: Given,
    name: str,
    columns: Sequence[str],
    resolve: Callable[[tuple[str | None, ...]], str | None],
) -> Given:
    """Adds a column with what ``resolve`` makes of others; it is asked once for each set of values."""
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
