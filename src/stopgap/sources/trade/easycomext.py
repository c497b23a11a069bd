"""Source for EasyComext's tables ("Relational_View"), with codes, labels or both, one file for each query."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from stopgap.base.sql import quoted
from stopgap.sources.base import Bundle
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.mappings.raw_table import Given, load_files
from stopgap.sources.mappings.spec import Spec
from stopgap.sources.trade.eurostat_figures import (
    QUANTITIES,
    VALUES,
    WEIGHTS,
    EurostatTable,
    cell_sql,
    figures_of,
    refuse_twice,
)

DIMENSIONS = ("REPORTER", "PARTNER", "PRODUCT", "FLOW", "PERIOD")
OWN_VALUES = ("VALUE_IN_EUR", "VALUE_IN_EUROS")
"""Names of the value column that, together with these dimensions, no other source's table has."""

CELL_NAMES = ("VALUE", "INDICATOR_VALUE", "OBS_VALUE")
"""Names of the figure's column in a table with one indicator per row."""

SPLITS = ("STAT_PROCEDURE", "STAT_REGIME")


class EasyComext(EurostatTable):
    """Source for tables of Eurostat's query tool EasyComext."""

    name = "easycomext"
    title = "Eurostat EasyComext CSV (Relational_View), with codes or labels"
    how = "Eurostat EasyComext (ec.europa.eu/eurostat/comext/newxtweb), download as CSV"
    parser = "easycomext/1"
    bundles = True

    def recognises(self, head: FileHead) -> bool:
        """Recognise the file by its columns: the dimensions, and a value column under one of its names."""
        found = _places(head.columns)
        has_cells = "INDICATORS" in found and any(name in found for name in CELL_NAMES)
        return all(name in found for name in DIMENSIONS) and (has_cells or any(name in found for name in OWN_VALUES))

    def given_of(self, con: duckdb.DuckDBPyConnection, files: Bundle, spec: Spec) -> Given:
        """Load the files into ``given`` with one row for each figure, its indicators in columns."""
        raw = load_files(con, files, spec)
        refuse_twice((name.upper() for name in raw.columns), raw.name)
        return figures_of(con, raw, " UNION ALL ".join(_cells(_places(raw.columns))), len(files))


def _places(columns: Sequence[str]) -> dict[str, int]:
    return {name.upper(): place for place, name in reversed(list(enumerate(columns)))}


def _cells(places: dict[str, int]) -> list[str]:
    """Return an SQL query for each column of figures, which yields its cells."""
    split = next((name for name in SPLITS if name in places), None)
    fields = ", ".join(f"trim(c{places[name]}) AS {name.lower()}" for name in DIMENSIONS)
    fields += f", {f'trim(c{places[split]})' if split else quoted('')} AS procedure"
    if "INDICATORS" in places:
        cell = next(name for name in CELL_NAMES if name in places)
        pairs = [(f"trim(c{places['INDICATORS']})", places[cell])]
    else:
        pairs = [(quoted(name), places[name]) for name in (*VALUES, *WEIGHTS, *QUANTITIES) if name in places]
    queries = []
    for indicator, place in pairs:
        value, flags = cell_sql(f"c{place}")
        queries.append(f"SELECT row, {fields}, {indicator} AS indicator, {value} AS value, {flags} AS flags FROM raw")
    return queries
