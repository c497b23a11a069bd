"""The tables of the lake and their columns.

``trade``, one row per (kind, period, frequency, reporter, partner, flow, good,
revision, source): values in current US dollars; missing weight or quantity is
NULL, never 0; a period that a reporter did not report has no row.

``declarations``, one row per line of a customs declaration or bill of lading;
where its mapping names a key, one row per (source, line).

``listed_facts``, one row per fact of an entry of a list (a name, a number, a
day …), as one file states it; and for each file one row with no entity, which
states the list and edition. Rows are only ever added: which of them are in
force on a day follows from the editions (docs/adr/0012-lists.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.sources.declarations.columns import DECLARATION_COLUMNS as _DECLARED
from stopgap.sources.lists.columns import LISTED_COLUMNS as _LISTED

TRADE_COLUMNS: dict[str, str] = {
    "period": "DATE",  # first day of the month or year
    "frequency": "VARCHAR",  # A | M
    "reporter": "VARCHAR",  # ISO3, or the code of an aggregate
    "partner": "VARCHAR",
    "flow": "VARCHAR",  # X | M | RX | RM (breakdowns may hold others)
    "good": "VARCHAR",  # digits with leading zeros, or a composite (84+85, basket:chips)
    "revision": "VARCHAR",  # HS2012 | HS2017 | HS2022 | HS (mixed) | CN2021 …
    "value_usd": "DOUBLE",
    "net_kg": "DOUBLE",
    "quantity": "DOUBLE",
    "quantity_unit": "VARCHAR",
    "valuation": "VARCHAR",  # FOB | CIF
    "is_estimated": "BOOLEAN",
    "source": "VARCHAR",
    "vintage": "VARCHAR",
    "receipt": "VARCHAR",
    "kind": "VARCHAR",  # economy | aggregate | breakdown
    "currency": "VARCHAR",  # as reported
    "value_reported": "DOUBLE",  # in that currency, units of 1
    "usd_per_unit": "DOUBLE",  # value_usd = value_reported * usd_per_unit
}
"""Columns of the stored table, in order. The canonical views leave ``kind`` out."""

VIEW_COLUMNS = [name for name in TRADE_COLUMNS if name != "kind"]

SORT_KEY = ["partner", "good", "period", "reporter", "flow"]

DECLARATION_COLUMNS: dict[str, str] = {**_DECLARED, "vintage": "VARCHAR", "receipt": "VARCHAR"}
"""Columns of the stored declarations, in order: those that sources stage, then vintage and receipt."""

LISTED_COLUMNS: dict[str, str] = {**_LISTED, "vintage": "VARCHAR", "receipt": "VARCHAR"}
"""Columns of the stored facts of lists, in order."""


@dataclass(frozen=True)
class Table:
    """One table of the lake: a Delta table with a commit log of its own.

    Attributes:
        columns: Column -> DuckDB type, in order; ``vintage`` and ``receipt`` are among them.
        sort_key: Order of the rows in a file.
        ranged: Columns whose minimum and maximum are in the statistics of each file.
        key: Columns that identify a row, if none of them is NULL.
        coded: Text columns that often hold few values, and are written faster as ENUM numbers.
    """

    name: str
    columns: dict[str, str]
    sort_key: tuple[str, ...]
    ranged: tuple[str, ...]
    key: tuple[str, ...]
    coded: tuple[str, ...]

    @property
    def staged_columns(self) -> list[str]:
        """Columns that a source stages: all but vintage and receipt."""
        return [name for name in self.columns if name not in ("vintage", "receipt")]


TRADE = Table(
    name="trade",
    columns=TRADE_COLUMNS,
    sort_key=tuple(SORT_KEY),
    ranged=("partner", "period"),
    key=("kind", "period", "frequency", "reporter", "partner", "flow", "good", "revision", "source"),
    coded=tuple(name for name, kind in TRADE_COLUMNS.items() if kind == "VARCHAR"),
)
DECLARATIONS = Table(
    name="declarations",
    columns=DECLARATION_COLUMNS,
    sort_key=("good", "date", "exporter", "importer"),
    ranged=("good", "date"),
    key=("source", "line"),
    coded=(
        "document", "flow", "exporter_economy", "importer_economy", "made_in", "shipped_from", "shipped_to",
        "good", "currency", "quantity_unit", "incoterms", "source", "vintage", "receipt",
    ),
)  # fmt: skip
LISTED = Table(
    name="listed_facts",
    columns=LISTED_COLUMNS,
    sort_key=("family", "list", "entity_id", "place"),
    ranged=("family", "list"),
    key=("receipt", "vintage", "place"),
    coded=("family", "list", "operation", "act", "schema", "property", "source", "vintage", "receipt"),
)
TABLES: dict[str, Table] = {table.name: table for table in (TRADE, DECLARATIONS, LISTED)}
