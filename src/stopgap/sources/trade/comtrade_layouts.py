"""Layouts of Comtrade's files, current and before 2023: column names, and substitutes for absent columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stopgap.base.errors import InputError
from stopgap.base.sql import quoted
from stopgap.sources.trade.comtrade_rows import NEEDED, READ

STAND_INS = ("refYear", "refMonth", "reporterISO", "partnerISO", "flowDesc", "classificationSearchCode")
"""Columns that are read only if a required one is absent."""

OTHERS = (
    "refPeriodId", "reporterDesc", "partnerDesc", "partner2ISO", "partner2Desc", "isOriginalClassification",
    "cmdDesc", "aggrLevel", "isLeaf", "customsDesc", "motDesc", "qtyUnitAbbr", "altQtyUnitCode",
    "altQtyUnitAbbr", "altQty", "grossWgt", "isGrossWgtEstimated", "isReported", "isAggregate", "datasetCode",
)  # fmt: skip

CURRENT = {name.lower(): name for name in (*READ, *STAND_INS, *OTHERS)}

# Of before 2023: the same under other names; flows and estimates are numbers.
LEGACY_FLOWS = {"1": "M", "2": "X", "3": "RX", "4": "RM"}
NO_QUANTITY = "1"
"""Code in the quantity-unit column for "no quantity" before 2023; -1 in the current layout."""

LEGACY_TABLE = {
    "classification": "classificationCode", "year": "refYear", "period": "period", "perioddesc": "periodDesc",
    "aggregatelevel": "aggrLevel", "isleafcode": "isLeaf", "tradeflowcode": "flowCode", "tradeflow": "flowDesc",
    "reportercode": "reporterCode", "reporter": "reporterDesc", "reporteriso": "reporterISO",
    "partnercode": "partnerCode", "partner": "partnerDesc", "partneriso": "partnerISO",
    "2ndpartnercode": "partner2Code", "2ndpartner": "partner2Desc", "2ndpartneriso": "partner2ISO",
    "customsproccode": "customsCode", "customs": "customsDesc", "modeoftransportcode": "motCode",
    "modeoftransport": "motDesc", "commoditycode": "cmdCode", "commodity": "cmdDesc", "qtyunitcode": "qtyUnitCode",
    "qtyunit": "qtyUnitAbbr", "qty": "qty", "altqtyunitcode": "altQtyUnitCode", "altqtyunit": "altQtyUnitAbbr",
    "altqty": "altQty", "netweightkg": "netWgt", "grossweightkg": "grossWgt",
    "tradevalueus": "primaryValue", "tradevalueusd": "primaryValue", "ciftradevalueus": "cifvalue",
    "ciftradevalueusd": "cifvalue", "fobtradevalueus": "fobvalue", "fobtradevalueusd": "fobvalue",
    "flag": "legacyEstimationFlag",
}  # fmt: skip
"""The table of 35 columns from before 2023: lower-case names without spaces and punctuation -> current names."""

LEGACY_API = {
    "pfcode": "classificationCode", "yr": "refYear", "period": "period", "perioddesc": "periodDesc",
    "aggrlevel": "aggrLevel", "isleaf": "isLeaf", "rgcode": "flowCode", "rgdesc": "flowDesc",
    "rtcode": "reporterCode", "rttitle": "reporterDesc", "rt3iso": "reporterISO", "ptcode": "partnerCode",
    "pttitle": "partnerDesc", "pt3iso": "partnerISO", "ptcode2": "partner2Code", "pttitle2": "partner2Desc",
    "pt3iso2": "partner2ISO", "cstcode": "customsCode", "cstdesc": "customsDesc", "motcode": "motCode",
    "motdesc": "motDesc", "cmdcode": "cmdCode", "cmddesce": "cmdDesc", "qtcode": "qtyUnitCode",
    "qtdesc": "qtyUnitAbbr", "tradequantity": "qty", "qtaltcode": "altQtyUnitCode", "qtaltdesc": "altQtyUnitAbbr",
    "altquantity": "altQty", "netweight": "netWgt", "grossweight": "grossWgt", "tradevalue": "primaryValue",
    "cifvalue": "cifvalue", "fobvalue": "fobvalue", "estcode": "legacyEstimationFlag",
}  # fmt: skip
"""CSV and JSON (``{"validation": …, "dataset": […]}``) of the API before 2023: names in lower case -> current names."""

LAYOUTS: Mapping[str, Mapping[str, str]] = {"current": CURRENT, "table": LEGACY_TABLE, "api": LEGACY_API}

RECOGNISED = 8
"""Number of columns of one layout from which on a table is recognised as Comtrade's."""

FLOW_NAMES = {
    "import": "M", "imports": "M", "export": "X", "exports": "X", "re-export": "RX", "re-exports": "RX",
    "re-import": "RM", "re-imports": "RM", "domestic export": "DX", "foreign import": "FM",
    "import of goods for inward processing": "MIP", "import of goods after outward processing": "MOP",
    "export of goods after inward processing": "XIP", "export of goods for outward processing": "XOP",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ComtradeHeader:
    """Columns of a file by Comtrade's current names: position of each, and all names in order (None: unknown)."""

    layout: str
    at: Mapping[str, int]
    names: tuple[str | None, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all required columns of the current layout are present, so that no substitutes are needed."""
        return self.layout == "current" and all(name in self.at for name in NEEDED)


def read_header(columns: Iterable[str]) -> ComtradeHeader:
    """Return the columns of a header in the layout that matches most of its names."""
    plain = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in columns]
    layout = max(LAYOUTS, key=lambda name: sum(column in LAYOUTS[name] for column in plain))
    names = tuple(LAYOUTS[layout].get(column) for column in plain)
    at: dict[str, int] = {}
    for position, name in enumerate(names):
        if name is not None:
            at.setdefault(name, position)
    return ComtradeHeader(layout, at, names)


@dataclass(frozen=True, slots=True)
class Columns:
    """Comtrade column -> SQL for its text, from the file's own column or a substitute.

    ``warnings`` describe the substitutes; ``has_isos`` is true if economies are read from ISO codes.
    """

    sql: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    has_isos: bool = False


def text_columns(header: ComtradeHeader, sql: Mapping[str, str], name: str) -> Columns:
    """Build the columns from SQL by current name, with substitutes; InputError if a required column has none."""
    texts = {column: f"nullif(trim({text}), '')" for column, text in sql.items()}
    found = {column: text for column, text in texts.items() if column in READ}
    notes: list[str] = []
    isos: list[str] = []
    if "period" not in found and "refYear" in texts:
        month = texts.get("refMonth", "NULL")
        found["period"] = (
            f"CASE WHEN try_cast({month} AS INTEGER) BETWEEN 1 AND 12 "
            f"THEN concat({texts['refYear']}, lpad({month}, 2, '0')) ELSE {texts['refYear']} END"
        )
        read = "the year" if month == "NULL" else "the year, and the month where it is one of twelve"
        notes.append(f"the period is read from {read}: there is no column for it")
    for side in ("reporter", "partner"):
        if f"{side}Code" not in found and f"{side}ISO" in texts:
            found[f"{side}Code"] = f"upper({texts[f'{side}ISO']})"
            isos.append(f"{side}s")
    if isos:
        notes.append(f"{' and '.join(isos)} are read from ISO codes: there is no column of Comtrade's numbers")
    if header.layout == "current" and "flowCode" not in found and "flowDesc" in texts:
        found["flowCode"] = _flow(texts["flowDesc"], FLOW_NAMES)
        notes.append("the flow is read from its name: there is no column of flow codes")
    elif header.layout != "current":
        flow = f"coalesce({', '.join([*(texts[c] for c in ('flowCode', 'flowDesc') if c in texts), 'NULL'])})"
        found["flowCode"] = _flow(flow, LEGACY_FLOWS | FLOW_NAMES)
        if unit := found.get("qtyUnitCode"):
            found["qtyUnitCode"] = f"CASE WHEN {unit} = '{NO_QUANTITY}' THEN '-1' ELSE {unit} END"
    if "classificationCode" not in found:
        found["classificationCode"] = f"coalesce({texts.get('classificationSearchCode', 'NULL')}, 'HS')"
        notes.append(
            "no column says of which revision of the HS the codes are: they are imported as HS, revision not known"
        )
    lacking = [column for column in NEEDED if column not in found]
    if lacking:
        raise InputError(
            f"the header lacks {'the column' if len(lacking) == 1 else 'the columns'} {', '.join(lacking)}",
            where=f"{name}, row 1: {', '.join(column or '?' for column in header.names)[:200]}",
            fix="download the file with all columns, or import it with a mapping (--map MAPPING.yml)",
        )
    return Columns(found, tuple(notes), bool(isos))


def _flow(text: str, names: Mapping[str, str]) -> str:
    cases = " ".join(f"WHEN {quoted(name)} THEN {quoted(flow)}" for name, flow in names.items())
    return f"CASE lower({text}) {cases} ELSE {text} END"
