"""Source for the IMF's bilateral totals: International Merchandise Trade Statistics, formerly Direction of Trade."""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

from stopgap.base.errors import InputError
from stopgap.base.sql import listed, quoted
from stopgap.sources.base import Reading
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.mappings.areas import area_code
from stopgap.sources.mappings.periods import is_period
from stopgap.sources.mappings.raw_columns import add_resolved, clean
from stopgap.sources.mappings.raw_table import Given, load_given
from stopgap.sources.mappings.row_sql import through
from stopgap.sources.mappings.spec import Spec
from stopgap.sources.mappings.tabular import Tabular

WIDE = ("COUNTRY.ID", "COUNTERPART_COUNTRY.ID", "INDICATOR.ID", "SCALE.ID")
LONG = ("Country Name", "Counterpart Country Name", "Time Period")
INDICATORS = {"XG_FOB_USD": ("X", "FOB"), "MG_CIF_USD": ("M", "CIF"), "MG_FOB_USD": ("M", "FOB")}
"""Indicator -> flow and valuation, for series in US dollars; series in other currencies repeat these figures."""

LONG_INDICATORS = {"TXG_FOB_USD": ("X", "FOB"), "TMG_CIF_USD": ("M", "CIF"), "TMG_FOB_USD": ("M", "FOB")}
SCALES = {str(power): 10.0**power for power in (0, 3, 6, 9, 12)}
CELLS = ("reporter", "partner", "flow", "valuation", "scale", "period", "value")
TITLES = re.compile(
    r"(?i)(kingdom|republic|rep\b|state|states|union|commonwealth|principality|federated|federal|islamic|arab|"
    r"people|democratic|dem\.|united|special|sultanate|hashemite|plurinational|república|the\b|socialist)"
)
"""Matches words of titles, as after the comma in "Armenia, Republic of"."""


class Imf(Tabular):
    """Source for total trade by reporter and counterpart; counterparts include groups of economies."""

    name = "imf-imts"
    title = "IMF bilateral trade totals: IMTS (wide) and Direction of Trade (panel)"
    how = "data.imf.org, International Merchandise Trade Statistics, download as CSV"
    terms = "International Monetary Fund; reuse with attribution"
    parser = "imf-imts/1"

    def recognises(self, head: FileHead) -> bool:
        """Recognise the file by the columns of the current wide layout, or of the older panel layout."""
        columns = head.columns
        return all(name in columns for name in WIDE) or (
            all(name in columns for name in LONG) and bool(_indicators(columns))
        )

    def spec(self, reading: Reading) -> Spec:
        """Return the mapping: each cell is one figure, in US dollars.

        An empty cell is not reported; the file does not mark estimates. The good is always TOTAL, so every figure is an
        aggregate.
        """
        return self.spec_of(
            url="https://www.imf.org/external/terms.htm",
            frequency="by_period",
            period={"column": "period"},
            reporter={"column": "reporter", "scheme": "iso3"},
            partner={"column": "partner", "scheme": "iso3"},
            flow={"column": "flow"},
            good={"value": "TOTAL"},
            revision={"value": "HS"},
            value={"column": "value", "scale": {"column": "scale", "map": SCALES}, "zero": "reported"},
            valuation={"column": "valuation"},
        )

    def given(self, con: duckdb.DuckDBPyConnection, reading: Reading, spec: Spec) -> Given:
        """Load the cells of the file, one per row."""
        given = load_given(con, reading, spec)
        clean(con, given)
        return _wide_cells(con, given) if "COUNTRY.ID" in given.columns else _panel_cells(con, given)


def _wide_cells(con: duckdb.DuckDBPyConnection, given: Given) -> Given:
    """Turn ``given`` into one row for each series and period, from a file with one column per period."""
    warnings = list(given.warnings)
    periods = [name for name in given.columns if is_period(name)]
    quarters = sum(re.fullmatch(r"\d{4}-?Q[1-4]", name) is not None for name in given.columns)
    if quarters:
        warnings.append(f"{quarters:,} columns of quarters were left out: figures are by month or year")
    if not periods:
        raise InputError(
            "the file has no column of a year or month",
            where=f"{given.name}, header: {', '.join(given.columns)[:300]}",
            fix="download it with the years or months in the columns",
        )
    indicator = given.column("INDICATOR.ID", "flow")
    [(others,)] = con.execute(f"DELETE FROM given WHERE {indicator} NOT IN ({listed(INDICATORS)})").fetchall()
    if others:
        warnings.append(f"{others:,} series of other indicators were left out")
    if con.execute(f"SELECT 1 FROM given WHERE {indicator} = 'MG_CIF_USD' LIMIT 1").fetchall():
        [(twice,)] = con.execute(f"DELETE FROM given WHERE {indicator} = 'MG_FOB_USD'").fetchall()
        warnings += [f"{twice:,} series of imports FOB were left out: the CIF ones are taken"] if twice else []
    cells = [
        given.column("COUNTRY.ID", "reporter"),
        given.column("COUNTERPART_COUNTRY.ID", "partner"),
        *(through(indicator, {name: meant[place] for name, meant in INDICATORS.items()}) for place in (0, 1)),
        given.column("SCALE.ID", "scale"),
    ]
    queries = [(cells, quoted(name), given.column(name, "value")) for name in periods]
    return _cells(con, given, queries, warnings)


def _panel_cells(con: duckdb.DuckDBPyConnection, given: Given) -> Given:
    """Turn ``given`` into one row for each flow, from a file with one column per flow."""
    for side, column in (("reporter", LONG[0]), ("partner", LONG[1])):
        given = add_resolved(con, given, side, [column], _area_of_name)
    warnings = list(given.warnings)
    period = given.column(LONG[2], "period")
    queries = []
    found = _indicators(given.columns)
    for column, (flow, valuation) in found.items():
        if (flow, valuation) == ("M", "FOB") and ("M", "CIF") in found.values():
            warnings.append(f"{column} was left out: imports are taken CIF")
            continue
        cells = [given.column(side, side) for side in ("reporter", "partner")]
        queries.append(([*cells, quoted(flow), quoted(valuation), "'0'"], period, given.column(column, "value")))
    return _cells(con, given, queries, warnings)


def _cells(
    con: duckdb.DuckDBPyConnection, given: Given, queries: Sequence[tuple[list[str], str, str]], warnings: list[str]
) -> Given:
    """Replace the file's rows in ``given`` by cells with the columns ``CELLS``.

    Each query has the SQL of the descriptive columns, of the period and of the value.
    """
    con.execute("DROP TABLE IF EXISTS series; ALTER TABLE given RENAME TO series")
    selects = [
        "SELECT row, " + ", ".join(f"{sql} AS c{n}" for n, sql in enumerate((*cells, period, value))) + " FROM series"
        for cells, period, value in queries
    ]
    con.execute(f"CREATE TABLE given AS {' UNION ALL '.join(selects)}")
    con.execute("DROP TABLE series")
    return Given(given.name, CELLS, tuple(warnings))


def _indicators(columns: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return column -> flow and valuation for the panel's value columns, from the indicator that ends their name."""
    codes = {column: code[1] for column in columns if (code := re.search(r"\(([A-Z_]+)\)$", column))}
    return {column: LONG_INDICATORS[code] for column, code in codes.items() if code in LONG_INDICATORS}


def _area_of_name(texts: tuple[str | None, ...]) -> str | None:
    """Return the area code for a name, with or without the title after its comma; an unknown name is returned as is."""
    [text] = texts
    if text is None:
        return None
    code = area_code(text, "name")
    head, _, tail = text.partition(", ")
    if code is None and TITLES.search(tail):
        code = area_code(head, "name")
    return code or text
