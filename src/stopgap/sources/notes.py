"""What a user should know of rows that are loaded as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stopgap.codes.areas import areas
from stopgap.sources.base import count
from stopgap.sql import listed

if TYPE_CHECKING:
    import duckdb

ROUNDED_TO = (1_000_000, 1_000)
ROUNDED_ROWS = 30
"""Fewer rows than this may be round by chance."""


def notes_on(con: duckdb.DuckDBPyConnection, relation: str = "staged") -> list[str]:
    """Lines on rows that name an economy outside its years, the reporter as partner, or rounded values."""
    return [*_outside_years(con, relation), *_own_partner(con, relation), *_rounded(con, relation)]


def _outside_years(con: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    bounded = {area.code: area for area in areas().values() if area.exit_year is not None}
    found = con.execute(
        f"""
        SELECT code, count(*), min(year), max(year) FROM (
            SELECT unnest([reporter, partner]) AS code, year(period) AS year FROM {relation}
            WHERE reporter IN ({listed(bounded)}) OR partner IN ({listed(bounded)})
        ) GROUP BY code ORDER BY code
        """
    ).fetchall()
    return [
        f"{rows:,} rows of {first} to {last} name {code} ({bounded[code].name}), which ended in {bounded[code].exit_year}"
        for code, rows, first, last in found
        if code in bounded and last > (bounded[code].exit_year or last)
    ]


def _own_partner(con: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    rows = count(con, f"(FROM {relation} WHERE reporter = partner)")
    if not rows:
        return []
    return [
        f"{rows:,} rows have the reporter as its own partner (goods that came back, or stayed); no measure counts them"
    ]


def _rounded(con: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    for unit in ROUNDED_TO:
        rows, is_rounded = con.execute(
            f"""
            SELECT count(*), bool_and(value_reported % {unit} = 0) FROM {relation} WHERE value_reported <> 0
            """
        ).fetchall()[0]
        if rows >= ROUNDED_ROWS and is_rounded:
            return [f"all values are whole multiples of {unit:,}: smaller trade reads as 0 or is absent"]
    return []
