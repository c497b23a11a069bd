"""Source for Comext bulk files (full_v2_YYYYMM.dat), complete or excerpts, in the current and the older layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from stopgap.sources.base import Bundle, Reading
from stopgap.sources.bundle import FileNote
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.mappings.raw_columns import found_spellings
from stopgap.sources.mappings.raw_table import Given, load_files
from stopgap.sources.mappings.spec import Spec
from stopgap.sources.mappings.tabular import Tabular
from stopgap.sources.trade.eurostat_figures import FLOWS, TERMS, TERMS_URL, kingdom_in_parts, refuse_twice

SPELLINGS = {
    "reporter": ("DECLARANT_ISO", "REPORTER", "DECLARANT"),
    "partner": ("PARTNER_ISO", "PARTNER"),
    "good": ("PRODUCT_NC",),
    "flow": ("FLOW",),
    "period": ("PERIOD",),
    "value": ("VALUE_EUR", "VALUE_IN_EUROS"),
}
"""Required field -> its column names in the layouts; the older one has Eurostat's former area numbers too."""

OPTIONAL = {
    "net_kg": ("QUANTITY_KG", "QUANTITY_IN_KG"),
    "quantity": ("QUANTITY_SUPPL_UNIT", "SUP_QUANTITY"),
    "unit": ("SUPPL_UNIT", "SUPP_UNIT"),
    "procedure": ("STAT_PROCEDURE", "STAT_REGIME"),
    "trade_type": ("TRADE_TYPE",),
}

WITHOUT = {
    "net_kg": "no weights are read",
    "quantity": "no supplementary quantities are read",
    "unit": "no supplementary quantities are read",
    "procedure": "parts by customs procedure cannot be told apart, and are added",
    "trade_type": "parts by type of trade cannot be told apart, and are added",
}
"""Optional field -> text of the warning on the consequence if its column is missing."""

ALL_PROCEDURES = ["4", "T", "TOTAL", "Total"]
"""Codes for the total over customs procedures.

Regime 4 of the older layout is the sum of regimes 1, 2 and 3; the current layout has only the parts.
"""

NO_UNIT = "NO_SU"

ALL_TRADE = ["T", "TOTAL", "Total"]


class Comext(Tabular):
    """Source for Comext's detailed trade by CN code, one file for each month or year."""

    name = "comext"
    title = "Eurostat Comext bulk files: detailed trade of the EU's members by CN code"
    how = "Eurostat, bulk download, Comext, COMEXT_DATA/PRODUCTS (full_v2_YYYYMM.7z, unpacked)"
    terms = TERMS
    parser = "comext/1"
    bundles = True

    def recognises(self, head: FileHead) -> bool:
        """Recognise the file by the columns that every layout has."""
        found = _columns(head.columns)
        return all(name in found for name in SPELLINGS)

    def spec(self, reading: Reading) -> Spec:
        """Return the mapping for the columns that the file has.

        Procedure and type of trade split a figure: if the file has the total, it is used; otherwise the parts are
        summed. A weight of 0 is below half a kilogram or not reported.
        """
        found = _columns(reading.head.columns)
        content: dict[str, object] = {
            "source": "eurostat",
            "url": TERMS_URL,
            "frequency": "by_period",
            "period": {"column": found["period"]},
            "reporter": {"column": found["reporter"], "scheme": "iso2"},
            "partner": {"column": found["partner"], "scheme": "iso2"},
            "flow": {"column": found["flow"], "map": FLOWS},
            "good": {"column": found["good"], "map": {"Total": "TOTAL"}, "pad": "even"},
            "revision": {"by_year": "CN"},
            # A file has no row where nothing was reported, so a zero is a figure below half a euro.
            "value": {"column": found["value"], "currency": "EUR", "zero": "reported"},
            "valuation": {"by_flow": {"X": "FOB", "M": "CIF"}},
            "missing": [":"],
            "totals": {
                found[name]: codes
                for name, codes in (("procedure", ALL_PROCEDURES), ("trade_type", ALL_TRADE))
                if name in found
            },
            # A file cut to fewer columns has its parts in rows that nothing tells apart.
            "duplicates": "reject" if {"procedure", "trade_type"} <= found.keys() else "sum",
        }
        if "net_kg" in found:
            content["net_kg"] = {"column": found["net_kg"]}
        if "quantity" in found and "unit" in found:
            content["quantity"] = {"column": found["quantity"]}
            content["quantity_unit"] = {"column": found["unit"], "map": {NO_UNIT: ""}}
        return self.spec_of(**content)

    def given_of(self, con: duckdb.DuckDBPyConnection, files: Bundle, spec: Spec) -> Given:
        """Load the rows of the files; a quantity of 0 becomes NULL if the good has no supplementary unit."""
        given = load_files(con, files, spec)
        refuse_twice((name.upper() for name in given.columns), given.name)
        if spec.quantity is not None and spec.quantity_unit is not None:
            quantity = given.column(spec.quantity.column, "quantity")
            unit = given.column(spec.quantity_unit.column or "", "quantity_unit")
            con.execute(f"UPDATE given SET {quantity} = NULL WHERE {unit} = '{NO_UNIT}' AND {quantity} = '0'")
        found = _columns(files.first.head.columns)
        kingdom = kingdom_in_parts(con, given.column(found["partner"], "partner"), len(files))
        missing = [
            FileNote(f"the file has no column {' or '.join(OPTIONAL[field])}: {follows}")
            for field, follows in WITHOUT.items()
            if field not in found
        ]
        return replace(given, notes=(*given.notes, *kingdom, *missing))


def _columns(header: Sequence[str]) -> dict[str, str]:
    """Return field -> the file's name of its column, for the fields that the file has."""
    return found_spellings(SPELLINGS | OPTIONAL, {name.upper(): name for name in reversed(header)})
