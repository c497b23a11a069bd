"""Look up the area codes of the economies that a mapped file names, each spelling once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from stopgap.base.errors import InputError
from stopgap.codes.areas import area_table, areas, normalise_value, reused_codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from stopgap.sources.mappings.raw_table import Given
    from stopgap.sources.mappings.spec import AreaOf, Scheme, Spec

ORDER = ("iso3", "comtrade", "iso2", "name")
"""Schemes (lists of codes or names) that the scheme ``auto`` tries, in this order."""


@cache
def _spellings(scheme: str) -> dict[str, str]:
    table = area_table(scheme)
    return dict(zip(table["value"].to_pylist(), table["code"].to_pylist(), strict=True))


def area_code(text: str, scheme: Scheme) -> str | None:
    """Return the area code for a spelling in a scheme; None if the scheme does not have it."""
    for name in ORDER if scheme == "auto" else (scheme,):
        code = _spellings(name).get(normalise_value(text, name))
        if code is not None:
            return code
    return None


def fixed_area(area: AreaOf, field: str) -> str:
    """Return the area code for the fixed value in a mapping; raise InputError if it is unknown."""
    assert area.value is not None
    return _known(area.value, area.scheme, f"{field}.value: {area.value!r}", field)


def _known(text: str, scheme: Scheme, shown: str, where: str) -> str:
    """Return the area code for a spelling in the mapping file itself; raise InputError if it is unknown."""
    code = area_code(text, scheme)
    if code is None:
        what = f"mapping field {shown} is not an economy or aggregate"
        raise InputError(what, where=where, fix="use an ISO3 code (stopgap economies lists them)")
    return code


def make_area_lookup(con: duckdb.DuckDBPyConnection, spec: Spec, given: Given) -> None:
    """Create the table ``area_lookup`` for a mapping's reporters and partners; see :func:`look_up_areas`."""
    sides = (side for wide in spec.wide for side in (wide.reporter, wide.partner))
    look_up_areas(con, (spec.reporter, spec.partner, *sides), given)


def look_up_areas(
    con: duckdb.DuckDBPyConnection, areas_of: Iterable[AreaOf | None], given: Given, field: str = "reporter or partner"
) -> None:
    """Create the table ``area_lookup``: field (column, scheme and map), value as in the file, area code, kind.

    Unknown values in the file get no row; an unknown code in a mapping's ``map`` raises InputError.
    """
    con.execute("CREATE OR REPLACE TABLE area_lookup (field VARCHAR, value VARCHAR, code VARCHAR, kind VARCHAR)")
    wanted = {lookup_field(area): area for area in areas_of if area is not None and area.column is not None}
    for name, area in wanted.items():
        column = given.column(area.column or "", field)
        values = con.execute(f"SELECT DISTINCT {column} FROM given WHERE {column} IS NOT NULL").fetchall()
        rows = [
            [name, value, code, areas()[code].kind] for (value,) in values if (code := _code(value, area)) is not None
        ]
        if rows:
            con.executemany("INSERT INTO area_lookup VALUES (?, ?, ?, ?)", rows)


def date_reused(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Correct the areas in ``loaded`` whose code belonged to another area in the year of the figure."""
    for side, area in (("reporter", spec.reporter), ("partner", spec.partner)):
        if area is None or area.column is None:
            continue
        for reused in reused_codes():
            if area.scheme in ("auto", reused.scheme) and reused.value not in area.map:
                con.execute(
                    f"""
                    UPDATE loaded SET {side} = ?
                    WHERE upper(trim({side}_text)) = ? AND year(period) BETWEEN ? AND ?
                    """,
                    [reused.code, reused.value, reused.from_year, reused.to_year],
                )


def lookup_field(area: AreaOf) -> str:
    """Return the value of ``area_lookup.field`` for an area of the mapping."""
    return f"{area.column}|{area.scheme}|{sorted(area.map.items())}"


def _code(value: str, area: AreaOf) -> str | None:
    given = area.map.get(value.strip())
    if given is None:
        return area_code(value, area.scheme)
    return _known(given, "auto", f"map: {given!r} (for {value.strip()!r})", f"map of column {area.column}")
