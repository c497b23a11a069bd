"""Columns put beside those of a file: cleaned, computed, or with the area that code and name mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stopgap.sources.mapped_areas import area_code

if TYPE_CHECKING:
    import duckdb

    from stopgap.sources.given import Given
    from stopgap.sources.mapping_spec import Scheme

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


def add_area(
    con: duckdb.DuckDBPyConnection, given: Given, name: str, spellings: Sequence[tuple[str, Scheme]]
) -> Given:
    """Adds the area that several columns name, as our own code.

    Where columns name different areas, or none is known, the new column holds what
    they say, so that the row is refused with it.

    Args:
        name: Name of the new column.
        spellings: Columns of the file, each with the scheme of its values.
    """
    fields = [given.column(column, name) for column, _ in spellings]
    listed = ", ".join(fields)
    rows = con.execute(f"SELECT DISTINCT {listed} FROM given").fetchall()
    found = []
    for texts in rows:
        codes = {
            code
            for text, (_, scheme) in zip(texts, spellings, strict=True)
            if text is not None and (code := area_code(text, scheme)) is not None
        }
        said = " ".join(text.strip() for text in texts if text and text.strip())
        found.append([*texts, codes.pop() if len(codes) == 1 else said or None])
    keys = [f"k{number}" for number in range(len(fields))]
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE named ({', '.join(f'{key} VARCHAR' for key in keys)}, area VARCHAR)"
    )
    if found:
        con.executemany(f"INSERT INTO named VALUES ({', '.join('?' * (len(keys) + 1))})", found)
    same = " AND ".join(
        f"given.{field} IS NOT DISTINCT FROM named.{key}" for field, key in zip(fields, keys, strict=True)
    )
    con.execute(
        f"CREATE OR REPLACE TABLE given AS "
        f"SELECT given.*, named.area AS c{len(given.columns)} FROM given JOIN named ON {same}"
    )
    con.execute("DROP TABLE named")
    return replace(given, columns=(*given.columns, name))
