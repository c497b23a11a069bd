"""Source for the US Census Bureau: JSON replies of its international trade API, an array of arrays with a header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import duckdb

from stopgap.base import strict_json
from stopgap.base.errors import InputError
from stopgap.base.sql import quoted
from stopgap.sources.base import Reading
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.live.service import LiveService
from stopgap.sources.mappings.raw_columns import add_area, add_columns, amount_columns
from stopgap.sources.mappings.raw_table import Given, load_given
from stopgap.sources.mappings.spec import Spec
from stopgap.sources.mappings.tabular import Tabular

CODES = {"E_COMMODITY": "X", "I_COMMODITY": "M"}
VALUES = {"ALL_VAL_MO": ("X", "FOB"), "GEN_VAL_MO": ("M", "FOB"), "GEN_CIF_MO": ("M", "CIF")}
"""Value column -> flow and valuation: exports free alongside ship; general imports at customs value, and CIF."""

QUANTITIES = {
    "X": (("QTY_1_MO", "UNIT_QY1"), ("QTY_2_MO", "UNIT_QY2")),
    "M": (("GEN_QY1_MO", "UNIT_QY1"), ("GEN_QY2_MO", "UNIT_QY2")),
}
ALL = "-"
DIMENSIONS = ("DISTRICT", "PORT", "STATE", "DF", "RP", "CTY_SUBCO")
"""Variables that split a figure (ports, states, domestic or foreign goods, preference programmes); ``-``: total."""

KG_PER_UNIT = {"KG": 1.0, "G": 0.001, "GM": 0.001, "T": 1000.0}
UNITS = {"NO": "u", "DOZ": "12u", "PRS": "2u", "L": "l", "M": "m", "M2": "m²", "M3": "m³", "CAR": "carat"}
"""The Bureau's unit -> Comtrade's abbreviation; other units keep their own name."""


class UsCensus(Tabular):
    """Source for the United States' monthly trade by HS code and partner."""

    name = "us-census"
    title = "US Census Bureau, international trade API, JSON"
    how = "api.census.gov/data/timeseries/intltrade/exports/hs and imports/hs, the reply as it is; or stopgap fetch us-census"
    terms = "US Census Bureau; public domain"
    parser = "us-census/1"

    def request(self) -> LiveService:
        from stopgap.sources.live.us_census import LiveUsCensus

        return LiveUsCensus()

    def recognises(self, head: FileHead) -> bool:
        """Recognise a JSON reply by the names of its variables in the first inner array."""
        header = _header(head)
        return header is not None and any(name in header for name in (*CODES, *VALUES)) and "CTY_CODE" in header

    def spec(self, reading: Reading) -> Spec:
        """Return the mapping for the variables in the reply; InputError if a monthly value or the month is absent.

        A zero counts as reported; figures by district, port or state are used only if their total is absent.
        Year-to-date values are not read.
        """
        header = _header(reading.head) or ()
        flow, value, valuation = _value(reading, header)
        code = next(name for name, meant in CODES.items() if meant == flow)
        return self.spec_of(
            url="https://www.census.gov/foreign-trade/",
            format="json",
            frequency="M",
            period=_period(reading, header),
            reporter={"value": "USA"},
            partner={"column": "partner", "scheme": "iso3"},
            flow={"column": "flow"},
            good={"column": code, "map": {"-": "TOTAL"}} if code in header else {"value": "TOTAL"},
            revision={"by_year": "HS"},
            value={"column": value, "zero": "reported"},
            valuation={"value": valuation},
            net_kg={"column": "net_kg"},
            quantity={"column": "quantity"},
            quantity_unit={"column": "unit", "map": UNITS},
            # Two partners of the Bureau's may be one economy (5082 and 5083): parts without a total.
            totals={name: ALL for name in DIMENSIONS if name in header} | {"CTY_CODE": "(all)"},
        )

    def given(self, con: duckdb.DuckDBPyConnection, reading: Reading, spec: Spec) -> Given:
        """Load the reply's rows, and add columns for partner, flow, weight and quantity."""
        given = load_given(con, reading, spec)
        flow, value, _ = _value(reading, given.columns)
        given = add_area(con, given, "partner", [("CTY_CODE", "census")])
        amounts = amount_columns(given, QUANTITIES[flow], KG_PER_UNIT, no_units=("X", "", ALL))
        given = add_columns(con, given, {"flow": quoted(flow), **amounts})
        if flow == "X" and "DF" in given.columns:
            # Exports of foreign goods are re-exports, and part of all exports too.
            kind, code = given.column("DF", "flow"), given.column("flow", "flow")
            row = f"SELECT * REPLACE ({quoted(ALL)} AS {kind}, 'RX' AS {code}) FROM given WHERE {kind} = '2'"
            con.execute(f"INSERT INTO given {row}")
        unused = [name for name in VALUES if name in given.columns and name != value]
        warnings = [f"{name} was left out: {value} is taken" for name in unused]
        return replace(given, warnings=(*given.warnings, *warnings))


def _header(head: FileHead) -> tuple[str, ...] | None:
    """Return the first inner array, the header, if the file is a JSON array of arrays; otherwise None."""
    found = re.match(r"\s*\[\s*(\[[^\]]*\])", head.text)
    if found is None:
        return None
    try:
        names = strict_json.loads(found[1])
    except ValueError:
        return None
    return tuple(names) if all(isinstance(name, str) for name in names) else None


def _value(reading: Reading, header: Sequence[str]) -> tuple[str, str, str]:
    """Return flow, column and valuation of the monthly value; imports CIF have precedence, as in other sources."""
    for name in reversed(VALUES):
        if name in header:
            flow, valuation = VALUES[name]
            return flow, name, valuation
    yearly = [name for name in header if name.endswith("_YR")]
    raise InputError(
        "the reply has no monthly value of all exports or general imports",
        where=f"{reading.name}: {', '.join(header)[:200]}",
        fix=(f"{yearly[0]} adds up the year so far; " if yearly else "") + f"ask for one of {', '.join(VALUES)}",
    )


def _period(reading: Reading, header: Sequence[str]) -> dict[str, str]:
    """Return the mapping's ``period`` for the column or columns of the month; raise InputError if there are none."""
    if "time" in header:
        return {"column": "time", "format": "YYYY-MM"}
    if "YEAR" in header and "MONTH" in header:
        return {"year": "YEAR", "month": "MONTH"}
    raise InputError(
        "the reply does not say which months its figures are for",
        where=f"{reading.name}: {', '.join(header)[:200]}",
        fix="ask with time=YYYY-MM, or for YEAR and MONTH",
    )
