"""Source for WITS, the World Bank's downloads of UN Comtrade: one row for each figure, in thousand US dollars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from stopgap.base.errors import InputError
from stopgap.base.sql import listed
from stopgap.codes.commodities import COMTRADE_REVISION
from stopgap.sources.base import Bundle, Reading
from stopgap.sources.bundle import FILE, FileNote, counted_notes, counts_by_file
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.mappings.raw_columns import clean, found_spellings
from stopgap.sources.mappings.raw_table import Given, load_files
from stopgap.sources.mappings.spec import Spec
from stopgap.sources.mappings.tabular import Tabular

SPELLINGS = {
    "reporter": ("ReporterISO3", "Reporter ISO3", "ReporterISO"),
    "partner": ("PartnerISO3", "Partner ISO3", "PartnerISO"),
    "good": ("ProductCode", "Product Code"),
    "period": ("Year", "Period"),
    "flow": ("TradeFlowCode", "TradeFlow Code", "TradeFlowName", "TradeFlow"),
    "value": ("TradeValue in 1000 USD", "Trade Value in 1000 USD", "TradeValue in 1000 US$", "Trade Value 1000USD"),
}
OPTIONAL = {
    "revision": ("Nomenclature", "NomenCode"),
    "net_kg": ("NetWeight in KGM", "NetWeight in KG"),
    "quantity": ("Quantity",),
    "unit": ("QtyToken", "QuantityToken", "Quantity Unit", "QtyUnit"),
    "estimated": ("EstCode", "Estimation Code"),
}

GROSS = {
    "1": "M", "Gross Imp.": "M", "Gross Imports": "M",
    "2": "X", "Gross Exp.": "X", "Gross Exports": "X",
}  # fmt: skip
COMING_BACK = {
    "3": "RX", "Re-Export": "RX", "ReExport": "RX", "Re-Exports": "RX",
    "4": "RM", "Re-Import": "RM", "ReImport": "RM", "Re-Imports": "RM",
}  # fmt: skip
NET = {"5": "M", "Import": "M", "Imports": "M", "6": "X", "Export": "X", "Exports": "X"}
"""WITS's flow -> flow, for its net imports and exports, which are used only if the gross ones are absent."""

SPECIAL = {"UNS": "_X", "BUN": "X1", "FRE": "X2", "SPE": "XX"}
"""WITS's letters of what is no economy -> code in the lake; of its groups, the file has the names."""

UNITS = {
    "1": "", "2": "m²", "3": "1000 kWh", "4": "m", "5": "u", "6": "2u", "7": "l", "8": "kg", "9": "1000u",
    "10": "U (jeu/pack)", "11": "12u", "12": "m³", "13": "carat",
}  # fmt: skip
"""Comtrade's former number of a unit -> its abbreviation."""

REVISIONS = {**COMTRADE_REVISION, "HS": "HS"}


class Wits(Tabular):
    """Source for result tables of WITS, with columns in any order."""

    name = "wits"
    title = "WITS (World Bank): UN Comtrade downloads in thousand dollars"
    how = "wits.worldbank.org, Advanced Query, Trade Data (UN Comtrade), download as CSV"
    terms = "UN Comtrade through WITS; re-dissemination needs the UN's consent"
    parser = "wits/1"
    bundles = True
    takes = ("revision",)

    def recognises(self, head: FileHead) -> bool:
        """Recognise the file by the required columns, under any of their known names."""
        found = _columns(head.columns)
        return all(name in found for name in SPELLINGS)

    def spec(self, reading: Reading) -> Spec:
        """Return the mapping for the columns of the download.

        A zero is a rounded value below 500 dollars; a pair of economies without trade has no row.

        Raises:
            InputError: Neither the file nor the user states the nomenclature.
        """
        found = _columns(reading.head.columns)
        if "revision" not in found and reading.told.revision is None:
            raise InputError(
                "the file does not say which nomenclature its codes are of",
                where=f"{reading.name}: there is no column Nomenclature",
                fix="say it (--revision HS2012), or take the column Nomenclature into the download",
            )
        content: dict[str, object] = {
            "url": "https://wits.worldbank.org",
            "frequency": "A",
            "period": {"column": found["period"], "format": "YYYY"},
            "reporter": {"column": found["reporter"], "scheme": "iso3", "map": dict(SPECIAL)},
            "partner": {"column": found["partner"], "scheme": "iso3", "map": dict(SPECIAL)},
            "flow": {"column": found["flow"], "map": GROSS | COMING_BACK | NET},
            "good": {
                "column": found["good"],
                "pad": "even",
                "map": {"Total": "TOTAL", "TOTAL": "TOTAL", "00": "TOTAL"},
            },
            "revision": {"value": reading.told.revision}
            if reading.told.revision
            else {"column": found["revision"], "map": dict(REVISIONS)},
            "thousands": ",",
            "value": {"column": found["value"], "scale": 1000, "zero": "reported"},
        }
        if "net_kg" in found:
            content["net_kg"] = {"column": found["net_kg"]}
        if "quantity" in found and "unit" in found:
            content["quantity"] = {"column": found["quantity"]}
            content["quantity_unit"] = {"column": found["unit"], "map": UNITS}
        if "estimated" in found:
            content["is_estimated"] = {"columns": [found["estimated"]], "marks": ["1", "2", "3", "4", "5", "6"]}
        return self.spec_of(**content)

    def given_of(self, con: duckdb.DuckDBPyConnection, files: Bundle, spec: Spec) -> Given:
        """Load the rows of the files, without net exports or imports if the file has the gross ones too."""
        given = load_files(con, files, spec)
        clean(con, given)
        flow = given.column(_columns(given.columns)["flow"], "flow")
        notes: list[FileNote] = []
        for code in ("X", "M"):
            gross, net = (listed([text for text, meant in pairs.items() if meant == code]) for pairs in (GROSS, NET))
            needless = f"{flow} IN ({net}) AND {FILE} IN (SELECT DISTINCT {FILE} FROM given WHERE {flow} IN ({gross}))"
            left_out = counts_by_file(con, "given", len(files), needless)
            if any(left_out):
                con.execute(f"DELETE FROM given WHERE {needless}")
                name = "exports" if code == "X" else "imports"
                notes += counted_notes(
                    left_out, f"rows of {name} stand beside gross {name}, which are taken; they were left out"
                )
        return replace(given, notes=(*given.notes, *notes))


def _columns(header: Sequence[str]) -> dict[str, str]:
    """Return field -> the file's name of its column, for the fields that the file has."""
    return found_spellings(SPELLINGS | OPTIONAL, {name: name for name in header})
