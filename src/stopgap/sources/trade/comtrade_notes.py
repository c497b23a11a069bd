"""Notes on Comtrade rows that are imported unchanged."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from stopgap.codes.areas import area_table, areas
from stopgap.sources.trade.row_notes import outside, own_partner

if TYPE_CHECKING:
    import duckdb

YEARS: dict[str, tuple[str, int | None, int | None]] = {
    "58": ("Belgium-Luxembourg", None, 1998),
    "230": ("Ethiopia with Eritrea", None, 1992),
    "280": ("Federal Republic of Germany", None, 1990),
    "582": ("Pacific Islands (trust territory)", None, 1991),
    "711": ("Southern African Customs Union", None, 1999),
    "736": ("Sudan with South Sudan", None, 2011),
    "841": ("USA without the Virgin Islands", None, 1980),
}
"""Numbers of Comtrade for what an economy was: name, first and last year. From Comtrade's list of reporters.

Other numbers have the years of the economy that they mean.
"""

FISCAL = {"50": "BGD", "364": "IRN", "524": "NPL", "586": "PAK"}
"""Reporters whose own statistics run by fiscal year (July, March, July and July): their annual figures may too."""


def outside_years(con: duckdb.DuckDBPyConnection) -> list[str]:
    """A line for each number of an economy that has figures outside its years; before numbers are unified."""
    dated: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for side in ("reporter", "partner"):
        for code, period, rows in con.execute(
            f"SELECT {side}::VARCHAR, period::VARCHAR, n FROM (SELECT {side}, period, count(*) AS n FROM comtrade_rows GROUP BY ALL)"
        ).fetchall():
            dated[code.lstrip("0") or "0"][int(period[:4])] += rows
    known = _years()
    notes = []
    for code in sorted(dated):
        name, first, last = known.get(code, ("", None, None))
        notes += outside(dated[code], f"{code} ({name})", after=last)
        notes += outside(dated[code], f"{code} ({name})", before=first)
    return notes


def _years() -> dict[str, tuple[str, int | None, int | None]]:
    table = area_table("comtrade")
    known = {}
    for value, code in zip(table["value"].to_pylist(), table["code"].to_pylist(), strict=True):
        area = areas()[code]
        known[value] = (area.name, area.entry_year, area.exit_year)
    known |= {area.code: (area.name, area.entry_year, area.exit_year) for area in areas().values()}
    return known | YEARS


def notes_on_rows(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Lines on figures of a reporter with itself, and on annual figures that may be of fiscal years."""
    notes = []
    [(own,)] = con.execute(
        """
        SELECT coalesce(sum(f.rows), 0) FROM (SELECT reporter, partner, count(*) AS rows FROM comtrade_rows GROUP BY ALL) AS f
        JOIN comtrade_areas AS r ON r.value = f.reporter JOIN comtrade_areas AS p ON p.value = f.partner
        WHERE r.code = p.code
        """
    ).fetchall()
    notes += own_partner(own)
    fiscal = con.execute(
        """
        SELECT DISTINCT f.reporter::VARCHAR FROM (SELECT DISTINCT reporter, period FROM comtrade_rows) AS f
        JOIN comtrade_periods AS t ON t.value = f.period WHERE t.frequency = 'A'
        """
    ).fetchall()
    codes = {code.lstrip("0") for (code,) in fiscal}
    named = sorted(name for code, name in FISCAL.items() if codes & {code, name})
    if named:
        notes.append(f"annual figures of {', '.join(named)} may be by fiscal year; Comtrade's files do not say")
    return notes
