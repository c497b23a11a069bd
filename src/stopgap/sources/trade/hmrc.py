"""Source for HMRC: replies of the UK Trade Info API, Overseas Trade Statistics (OTS), OData in JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import duckdb

from stopgap.base.errors import InputError
from stopgap.sources.base import Reading
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.live.service import LiveService
from stopgap.sources.mappings.areas import area_code
from stopgap.sources.mappings.raw_columns import add_columns, add_resolved
from stopgap.sources.mappings.raw_table import Given, load_given
from stopgap.sources.mappings.spec import Scheme, Spec
from stopgap.sources.mappings.tabular import Tabular

FLOWS = {"1": "M", "2": "X", "3": "M", "4": "X"}
"""HMRC's flow type -> flow: imports from and exports to the EU (1, 2) and the rest of the world (3, 4)."""

FIELDS = ("MonthId", "FlowTypeId", "CommodityId", "Value")
ALPHA, NAME = "Country.CountryCodeAlpha", "Country.CountryName"
TOLD_APART = ("FlowTypeId", "SuppressionIndex", "CommodityId", "CountryId", "PortId")
"""Fields that split a figure into parts; no row holds the total."""

PARTNERS: tuple[tuple[str, Scheme], ...] = ((ALPHA, "iso2"), ("CountryId", "geonom"), (NAME, "name"))
BELOW_THRESHOLD = "9999999"
UNKNOWN = "99999999"


class Hmrc(Tabular):
    """Source for the United Kingdom's monthly trade by CN8 code, partner and port, in pounds."""

    name = "hmrc"
    title = "HMRC, UK Trade Info API (OTS), JSON"
    how = "api.uktradeinfo.com/OTS, the reply as it is; or stopgap fetch hmrc"
    terms = "HM Revenue and Customs; Open Government Licence v3.0"
    parser = "hmrc/1"

    def request(self) -> LiveService:
        from stopgap.sources.live.hmrc import LiveHmrc

        return LiveHmrc()

    def recognises(self, head: FileHead) -> bool:
        """Recognise a JSON reply by the fields of its records, unless its metadata names another dataset than OTS."""
        if not head.is_json:
            return False
        start = head.text[:4_096]
        is_other = re.search(r"\$metadata#(?!OTS)", start) is not None
        return not is_other and all(f'"{field}"' in start for field in FIELDS)

    def spec(self, reading: Reading) -> Spec:
        """Return the mapping of OTS: exports are FOB, imports CIF.

        Ports, and the two flow types of one direction, are summed. A zero counts as reported; a null weight does not.
        """
        return self.spec_of(
            url="https://www.uktradeinfo.com",
            format="json",
            records="value",
            frequency="M",
            period={"column": "MonthId", "format": "YYYYMM"},
            reporter={"value": "GBR"},
            partner={"column": "partner", "scheme": "iso3"},
            flow={"column": "FlowTypeId", "map": FLOWS},
            good={"column": "good"},
            revision={"by_year": "CN"},
            value={"column": "Value", "currency": "GBP", "zero": "reported"},
            net_kg={"column": "NetMass"},
            totals=dict.fromkeys(TOLD_APART, "(all)"),
        )

    def given(self, con: duckdb.DuckDBPyConnection, reading: Reading, spec: Spec) -> Given:
        """Load the reply's records, and add columns for partner and good; InputError if they have no partner field."""
        given = load_given(con, reading, spec)
        lacking = [name for name in (*TOLD_APART, "NetMass") if name not in given.columns]
        if "CountryId" in lacking and ALPHA not in given.columns:
            raise InputError(
                "the records have no partner",
                where=f"{reading.name}: {', '.join(given.columns)[:200]}",
                fix="ask for CountryId, or for the partners' names ($expand=Country)",
            )
        given = add_columns(con, given, dict.fromkeys(lacking, "NULL"))
        given = add_resolved(
            con, given, "partner", [name for name, _ in PARTNERS if name in given.columns], _partner(given)
        )
        given = add_resolved(con, given, "good", ["CommodityId"], _good)
        return replace(given, warnings=(*given.warnings, *_notes(con, given)))


def _partner(given: Given) -> Callable[[tuple[str | None, ...]], str | None]:
    """Return a function that gives the partner for a record's code, number and name: the first that is known decides.

    If none is known, it returns the texts, so that the row is rejected and shows them.
    """
    schemes = [scheme for name, scheme in PARTNERS if name in given.columns]

    def resolve(texts: tuple[str | None, ...]) -> str | None:
        for text, scheme in zip(texts, schemes, strict=True):
            if text is not None and (code := area_code(text, scheme)) is not None:
                return code
        return " ".join(text for text in texts if text) or None

    return resolve


def _good(texts: tuple[str | None, ...]) -> str | None:
    """Return the CN8 code for a commodity number, or a special code.

    A chapter followed by 9999999 is for estimates of trade below the reporting threshold (``22BTTA``); a negative
    number is for trade that belongs to no chapter (``HMRC990``).
    """
    [text] = texts
    if text is None:
        return None
    if text.startswith("-") and text[1:].isdigit():
        return f"HMRC{text[1:]}"
    if text.isdigit() and text.endswith(BELOW_THRESHOLD) and 8 <= len(text) <= 9 and text != UNKNOWN:
        return f"{text[: -len(BELOW_THRESHOLD)].zfill(2)}BTTA"
    return text.zfill(8) if text.isdigit() else text


def _notes(con: duckdb.DuckDBPyConnection, given: Given) -> list[str]:
    """Return warnings if the reply has further pages, or records that HMRC suppressed in part, with their number."""
    notes = []
    if "@odata.nextLink" in given.rest:
        notes.append(
            "the reply is one page of several: figures at its end may lack some ports; "
            "ask for fewer months or goods at once, or use stopgap fetch hmrc"
        )
    index = given.column("SuppressionIndex", "suppression")
    [(suppressed,)] = con.execute(f"SELECT count(*) FROM given WHERE coalesce({index}, '0') <> '0'").fetchall()
    if suppressed:
        notes.append(f"{suppressed:,} records are suppressed in part by HMRC (SuppressionIndex)")
    [(silent, all_records)] = con.execute(f"SELECT count(*) FILTER ({index} IS NULL), count(*) FROM given").fetchall()
    if 0 < silent < all_records:
        notes.append(f"{silent:,} records do not say whether HMRC suppressed a part of them (SuppressionIndex)")
    return notes
