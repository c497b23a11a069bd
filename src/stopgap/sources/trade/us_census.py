"""US Census Bureau: replies of the international trade API, an array of arrays under a header."""

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
"""Exports free alongside ship, general imports at customs value, and with freight and insurance."""

QUANTITIES = {
    "X": (("QTY_1_MO", "UNIT_QY1"), ("QTY_2_MO", "UNIT_QY2")),
    "M": (("GEN_QY1_MO", "UNIT_QY1"), ("GEN_QY2_MO", "UNIT_QY2")),
}
ALL = "-"
DIMENSIONS = ("DISTRICT", "PORT", "STATE", "DF", "RP", "CTY_SUBCO")
"""What splits a figure: ports, states, domestic or foreign goods, preference programmes; ``-`` is their total."""

KG_PER_UNIT = {"KG": 1.0, "G": 0.001, "GM": 0.001, "T": 1000.0}
UNITS = {"NO": "u", "DOZ": "12u", "PRS": "2u", "L": "l", "M": "m", "M2": "m²", "M3": "m³", "CAR": "carat"}
"""Comtrade's abbreviations; units that are not here keep their own name."""


class UsCensus(Tabular):
    """Monthly trade of the United States by HS code and partner."""

    name = "us-census"
    title = "US Census Bureau, international trade API, JSON"
    how = "api.census.gov/data/timeseries/intltrade/exports/hs and imports/hs, the reply as it is; or stopgap fetch us-census"
    terms = "US Census Bureau; public domain"
    parser = "us-census/1"

    def request(self) -> LiveService:
        from stopgap.sources.live.us_census import LiveUsCensus

        return LiveUsCensus()

    def recognises(self, head: FileHead) -> bool:
        """By the names of its variables in the first array."""
        header = _header(head)
        return header is not None and any(name in header for name in (*CODES, *VALUES)) and "CTY_CODE" in header

    def spec(self, reading: Reading) -> Spec:
        """The mapping for the variables asked for; refuses (InputError) a reply without a monthly value or a month.

        A zero is reported; a figure beneath the total over districts, ports or states is used where the total is not
        there. Values since the start of the year are not read.
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
        """The reply's rows, with partner, flow, weight and quantity in columns of their own."""
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
    """The first inner array, where the file is an array of arrays."""
    found = re.match(r"\s*\[\s*(\[[^\]]*\])", head.text)
    if found is None:
        return None
    try:
        names = strict_json.loads(found[1])
    except ValueError:
        return None
    return tuple(names) if all(isinstance(name, str) for name in names) else None


def _value(reading: Reading, header: Sequence[str]) -> tuple[str, str, str]:
    """Flow, column and valuation of the monthly value; imports with freight come first, as in other sources."""
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
    """Where the month stands."""
    if "time" in header:
        return {"column": "time", "format": "YYYY-MM"}
    if "YEAR" in header and "MONTH" in header:
        return {"year": "YEAR", "month": "MONTH"}
    raise InputError(
        "the reply does not say which months its figures are for",
        where=f"{reading.name}: {', '.join(header)[:200]}",
        fix="ask with time=YYYY-MM, or for YEAR and MONTH",
    )
