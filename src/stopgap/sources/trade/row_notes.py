"""Warnings about rows that look doubtful but are imported unchanged: for any source, and for Comtrade."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import duckdb

from stopgap.base.sql import listed
from stopgap.codes.areas import area_table, areas
from stopgap.sources.bundle import counts_by_file, values_by_file

ROUNDED_TO = (1_000_000, 1_000)
ROUNDED_ROWS = 30
"""Minimum number of rows for the warning about rounded values: fewer may be round by chance."""

Years = tuple[str, int | None, int | None]
"""Name of an economy, and its first and last year (None: open)."""

YEARS: dict[str, Years] = {
    "58": ("Belgium-Luxembourg", None, 1998),
    "230": ("Ethiopia with Eritrea", None, 1992),
    "280": ("Federal Republic of Germany", None, 1990),
    "582": ("Pacific Islands (trust territory)", None, 1991),
    "711": ("Southern African Customs Union", None, 1999),
    "736": ("Sudan with South Sudan", None, 2011),
    "841": ("USA without the Virgin Islands", None, 1980),
}
"""Comtrade's numbers for former territories of economies, with their years, from its list of reporters.

Other numbers have the years of the economy that they denote.
"""

FISCAL = {"50": "BGD", "364": "IRN", "524": "NPL", "586": "PAK"}
"""Reporters whose own statistics are by fiscal year (from July, March, July, July); annual figures may be so too."""


def notes_on(con: duckdb.DuckDBPyConnection, files: int = 1) -> list[list[str]]:
    """Return warnings on rows of ``staged``, for each file of a bundle.

    They are on rows with an economy outside its years or the reporter as partner, and on rounded values. With several
    files ``staged`` has the column ``file``.
    """
    file = "file" if files > 1 else "0"
    own = counts_by_file(con, "staged", files, "reporter = partner", file="file")
    outside_years, rounded = _outside_years(con, file), _rounded(con, file)
    return [
        [*outside_years.get(number, ()), *own_partner(own[number]), *rounded.get(number, ())] for number in range(files)
    ]


def _outside_years(con: duckdb.DuckDBPyConnection, file: str) -> dict[int, list[str]]:
    bounded = {area.code: area for area in areas().values() if area.exit_year is not None}
    found = con.execute(f"""
        SELECT number, code, year, count(*) FROM (
            SELECT {file} AS number, unnest([reporter, partner]) AS code, year(period) AS year FROM staged
            WHERE reporter IN ({listed(bounded)}) OR partner IN ({listed(bounded)})
        ) GROUP BY ALL ORDER BY ALL
    """).fetchall()
    dated: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    for number, code, year, rows in found:
        if code in bounded:
            dated[number, code][year] = rows
    notes: dict[int, list[str]] = defaultdict(list)
    for (number, code), years in dated.items():
        notes[number] += outside(years, f"{code} ({bounded[code].name})", after=bounded[code].exit_year)
    return notes


def outside(dated: Mapping[int, int], name: str, *, after: int | None = None, before: int | None = None) -> list[str]:
    """Return a warning if rows (``dated``: year -> row count) are after an economy's last or before its first year."""
    years = [year for year in dated if (after is not None and year > after) or (before is not None and year < before)]
    if not years:
        return []
    rows = sum(dated[year] for year in years)
    span = str(years[0]) if len(years) == 1 else f"{min(years)} to {max(years)}"
    return [f"{rows:,} rows of {span} name {name}, which {f'ended in {after}' if after else f'began in {before}'}"]


def own_partner(rows: int) -> list[str]:
    """Return a warning if there are ``rows`` with the reporter as its own partner."""
    note = (
        f"{rows:,} rows have the reporter as its own partner (goods that came back, or stayed); no measure counts them"
    )
    return [note] if rows else []


def _rounded(con: duckdb.DuckDBPyConnection, file: str) -> dict[int, list[str]]:
    tests = ", ".join(f"bool_and(value_reported % {unit} = 0)" for unit in ROUNDED_TO)
    found = con.execute(f"""
        SELECT {file}, count(*), {tests} FROM staged WHERE value_reported <> 0 GROUP BY 1
    """).fetchall()
    return {
        number: [f"all values are whole multiples of {unit:,}: smaller trade reads as 0 or is absent"]
        for number, rows, *are_rounded in found
        if rows >= ROUNDED_ROWS
        and (unit := next((unit for unit, is_so in zip(ROUNDED_TO, are_rounded, strict=True) if is_so), None))
    }


def outside_years(con: duckdb.DuckDBPyConnection, files: int = 1) -> list[list[str]]:
    """Return, by file, a warning for each Comtrade number outside its years; call before ``unify_aliases``."""
    dated: dict[tuple[int, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    file = "file" if files > 1 else "0"
    for side in ("reporter", "partner"):
        for number, code, period, rows in con.execute(
            f"SELECT number, {side}::VARCHAR, period::VARCHAR, n FROM "
            f"(SELECT {file} AS number, {side}, period, count(*) AS n FROM comtrade_rows GROUP BY ALL)"
        ).fetchall():
            dated[number, code.lstrip("0") or "0"][int(period[:4])] += rows
    known: dict[str, Years] = {}
    table = area_table("comtrade")
    numbers = zip(table["value"].to_pylist(), table["code"].to_pylist(), strict=True)
    for value, code in (*numbers, *((code, code) for code in areas())):
        area = areas()[code]
        known[value] = (area.name, area.entry_year, area.exit_year)
    known |= YEARS
    notes: list[list[str]] = [[] for _ in range(files)]
    for number, code in sorted(dated):
        years = dated[number, code]
        name, first, last = known.get(code, ("", None, None))
        notes[number] += outside(years, f"{code} ({name})", after=last)
        notes[number] += outside(years, f"{code} ({name})", before=first)
    return notes


def notes_on_rows(con: duckdb.DuckDBPyConnection, files: int = 1) -> list[list[str]]:
    """Return, by file, warnings on figures of a reporter with itself, and on annual ones that may be by fiscal year."""
    file = "file" if files > 1 else "0"
    own = con.execute(f"""
        SELECT f.number, sum(f.rows)
        FROM (SELECT {file} AS number, reporter, partner, count(*) AS rows FROM comtrade_rows GROUP BY ALL) AS f
        JOIN comtrade_areas AS r ON r.value = f.reporter JOIN comtrade_areas AS p ON p.value = f.partner
        WHERE r.code = p.code GROUP BY f.number
    """).fetchall()
    fiscal = con.execute(f"""
        SELECT DISTINCT f.number, f.reporter::VARCHAR
        FROM (SELECT DISTINCT {file} AS number, reporter, period FROM comtrade_rows) AS f
        JOIN comtrade_periods AS t ON t.value = f.period WHERE t.frequency = 'A'
    """).fetchall()
    codes: dict[int, set[str]] = defaultdict(set)
    for number, code in fiscal:
        codes[number].add(code.lstrip("0"))
    notes = [own_partner(rows) for rows in values_by_file(own, files)]
    for number, found in codes.items():
        named = sorted(name for code, name in FISCAL.items() if found & {code, name})
        if named:
            notes[number].append(
                f"annual figures of {', '.join(named)} may be by fiscal year; Comtrade's files do not say"
            )
    return notes
