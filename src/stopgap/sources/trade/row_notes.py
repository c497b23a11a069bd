"""Notes on rows that are imported unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stopgap.base.sql import listed
from stopgap.codes.areas import areas
from stopgap.sources.base import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

ROUNDED_TO = (1_000_000, 1_000)
ROUNDED_ROWS = 30
"""Fewer rows than this may be round by chance."""


def notes_on(con: duckdb.DuckDBPyConnection, relation: str = "staged") -> list[str]:
    """Lines on rows that name an economy outside its years, the reporter as partner, or rounded values."""
    return [
        *_outside_years(con, relation),
        *own_partner(count(con, f"(FROM {relation} WHERE reporter = partner)")),
        *_rounded(con, relation),
    ]


def _outside_years(con: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    bounded = {area.code: area for area in areas().values() if area.exit_year is not None}
    found = con.execute(
        f"""
        SELECT code, year, count(*) FROM (
            SELECT unnest([reporter, partner]) AS code, year(period) AS year FROM {relation}
            WHERE reporter IN ({listed(bounded)}) OR partner IN ({listed(bounded)})
        ) GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    dated: dict[str, dict[int, int]] = {}
    for code, year, rows in found:
        if code in bounded:
            dated.setdefault(code, {})[year] = rows
    return [
        line
        for code, years in dated.items()
        for line in outside(years, f"{code} ({bounded[code].name})", after=bounded[code].exit_year)
    ]


def outside(dated: Mapping[int, int], name: str, *, after: int | None = None, before: int | None = None) -> list[str]:
    """A line where rows (``dated``: year -> rows) name an economy after its last year, or before its first."""
    years = [year for year in dated if (after is not None and year > after) or (before is not None and year < before)]
    if not years:
        return []
    rows = sum(dated[year] for year in years)
    span = str(years[0]) if len(years) == 1 else f"{min(years)} to {max(years)}"
    return [f"{rows:,} rows of {span} name {name}, which {f'ended in {after}' if after else f'began in {before}'}"]


def own_partner(rows: int) -> list[str]:
    """A line where rows have the reporter as its own partner."""
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
