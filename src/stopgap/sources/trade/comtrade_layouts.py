"""The layouts of Comtrade's files: which column holds what, and what stands for a column that is absent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stopgap.base.errors import InputError
from stopgap.base.sql import quoted
from stopgap.sources.trade.comtrade_legacy import LEGACY_API, LEGACY_FLOWS, LEGACY_TABLE, NO_QUANTITY
from stopgap.sources.trade.comtrade_rows import NEEDED, READ

STAND_INS = ("refYear", "refMonth", "reporterISO", "partnerISO", "flowDesc", "classificationSearchCode")
"""Columns that are read only where a needed one is absent."""

OTHERS = (
    "refPeriodId", "reporterDesc", "partnerDesc", "partner2ISO", "partner2Desc", "isOriginalClassification",
    "cmdDesc", "aggrLevel", "isLeaf", "customsDesc", "motDesc", "qtyUnitAbbr", "altQtyUnitCode",
    "altQtyUnitAbbr", "altQty", "grossWgt", "isGrossWgtEstimated", "isReported", "isAggregate", "datasetCode",
)  # fmt: skip

CURRENT = {name.lower(): name for name in (*READ, *STAND_INS, *OTHERS)}

LAYOUTS: Mapping[str, Mapping[str, str]] = {"current": CURRENT, "table": LEGACY_TABLE, "api": LEGACY_API}

RECOGNISED = 8
"""Columns of one layout by which a table is taken for Comtrade's."""

FLOW_NAMES = {
    "import": "M", "imports": "M", "export": "X", "exports": "X", "re-export": "RX", "re-exports": "RX",
    "re-import": "RM", "re-imports": "RM", "domestic export": "DX", "foreign import": "FM",
    "import of goods for inward processing": "MIP", "import of goods after outward processing": "MOP",
    "export of goods after inward processing": "XIP", "export of goods for outward processing": "XOP",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ComtradeHeader:
    """The columns of a file by Comtrade's present names.

    Attributes:
        layout: Name of the layout.
        at: Position of each column, by its present name.
        names: The present name of each column in turn; None where the layout has none for it.
    """

    layout: str
    at: Mapping[str, int]
    names: tuple[str | None, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the needed columns of the current layout are there, so that nothing stands for another."""
        return self.layout == "current" and all(name in self.at for name in NEEDED)


def read_header(columns: Iterable[str]) -> ComtradeHeader:
    """The layout that fits the header best."""
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
    """How the rows are read.

    Attributes:
        sql: SQL for the text of each Comtrade column that the file has, or that another stands for.
        warnings: What stands for what.
        has_isos: Economies are read from ISO codes.
    """

    sql: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    has_isos: bool = False


def text_columns(header: ComtradeHeader, sql: Mapping[str, str], name: str) -> Columns:
    """Columns out of texts as they stand; where a needed one is absent, what stands for it.

    Args:
        header: The header.
        sql: SQL for the text of each column, by its present name.
        name: The file, for messages.

    Raises:
        InputError: A needed column is absent and nothing stands for it.
    """
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
        if "qtyUnitCode" in found:
            found["qtyUnitCode"] = (
                f"CASE WHEN {found['qtyUnitCode']} = '{NO_QUANTITY}' THEN '-1' ELSE {found['qtyUnitCode']} END"
            )
    if "classificationCode" not in found:
        stand_in = texts.get("classificationSearchCode", "NULL")
        found["classificationCode"] = f"coalesce({stand_in}, 'HS')"
        notes.append(
            "no column says of which revision of the HS the codes are: they are loaded as HS, revision not known"
        )
    lacking = [column for column in NEEDED if column not in found]
    if lacking:
        raise InputError(
            f"the header lacks {'the column' if len(lacking) == 1 else 'the columns'} {', '.join(lacking)}",
            where=f"{name}, row 1: {', '.join(column or '?' for column in header.names)[:200]}",
            fix="download the file with all columns, or load it with a mapping (--map MAPPING.yml)",
        )
    return Columns(found, tuple(notes), bool(isos))


def _flow(text: str, names: Mapping[str, str]) -> str:
    cases = " ".join(f"WHEN {quoted(name)} THEN {quoted(flow)}" for name, flow in names.items())
    return f"CASE lower({text}) {cases} ELSE {text} END"
