"""Limits on the columns and amounts of input files (docs/reference/limits.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from typing import TYPE_CHECKING

from stopgap.base.errors import InputError
from stopgap.codes.fx import LARGEST_RATE, SMALLEST_RATE

if TYPE_CHECKING:
    import duckdb

COLUMN_LIMIT = 10_000
"""Maximum columns of a table. A wide table of a century by month has 1,200; a spreadsheet ends at 16,384."""

SMALLEST = 1e-12
"""Smallest amount other than 0: a cent of the cheapest unit is far above it, and ratios stay finite."""

BOUNDS: dict[str, tuple[float, float, str]] = {
    "value_usd": (0.0, 1e15, "US dollars; all trade of the world in a year is 3e13"),
    "value_reported": (SMALLEST, 1e21, "units of any currency"),
    "net_kg": (SMALLEST, 1e15, "kg; all that ships carry in a year is 1e13"),
    "gross_kg": (SMALLEST, 1e15, "kg; all that ships carry in a year is 1e13"),
    "quantity": (SMALLEST, 1e21, "of any unit"),
    "packages": (SMALLEST, 1e15, "packages"),
    "usd_per_unit": (SMALLEST_RATE, LARGEST_RATE, "US dollars for one unit of a currency"),
}
"""Column -> smallest and largest amount other than 0, and its unit. An amount outside them is a fault of the file, and
sums, ratios and squares of such numbers may not be finite."""


def refuse_columns(columns: Sized | int, where: str) -> None:
    """Raise InputError if a table has more than ``COLUMN_LIMIT`` columns."""
    number = columns if isinstance(columns, int) else len(columns)
    if number > COLUMN_LIMIT:
        raise InputError(
            f"the table has {number:,} columns or more; {COLUMN_LIMIT:,} is the most that is read",
            where=where,
            fix="check that this is a table of figures and that its rows end in line ends; leave out the columns that are not needed",
        )


def reject_outside(con: duckdb.DuckDBPyConnection, table: str, columns: Iterable[str]) -> None:
    """Set ``reason`` of the rows that have an amount outside ``BOUNDS`` and no reason yet."""
    names = [name for name in columns if name in BOUNDS]
    cases = " ".join(f"WHEN {is_outside(name, name)} THEN {out_of_bounds(name, name)}" for name in names)
    tests = " OR ".join(is_outside(name, name) for name in names)
    con.execute(
        f"UPDATE {table} SET reason = CASE {cases} END WHERE reason IS NULL AND NOT is_missing AND coalesce({tests}, false)"
    )


def refuse_outside(con: duckdb.DuckDBPyConnection, relation: str, where: str) -> None:
    """Raise InputError if a row has an amount outside ``BOUNDS``; for sources of other packages."""
    columns = {str(row[0]) for row in con.execute(f"DESCRIBE FROM {relation}").fetchall()}
    for name in BOUNDS.keys() & columns:
        found = con.execute(
            f"SELECT {out_of_bounds(name, name)} FROM {relation} WHERE {is_outside(name, name)} LIMIT 1"
        ).fetchall()
        if found:
            raise InputError(str(found[0][0]), where=where, fix="fix the row in the file; nothing was imported")


def is_outside(name: str, sql: str) -> str:
    """Return SQL for whether an amount lies outside its bounds: not for 0 and NULL, but for NaN and infinity."""
    least, most, _ = BOUNDS[name]
    return f"({sql} <> 0 AND NOT (abs({sql}) BETWEEN {least!r} AND {most!r}))"


def out_of_bounds(name: str, sql: str, shown: str | None = None) -> str:
    """Return SQL for the rejection reason of an amount for which ``is_outside`` holds."""
    least, most, unit = BOUNDS[name]
    smallest = f"{least:g} to " if least else "more than "
    says = f"is outside what a figure can be ({smallest}{most:g} {unit})".replace("'", "''")
    return f"concat('{shown or name} ', {sql}, ' {says}')"
