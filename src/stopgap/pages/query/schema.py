"""The views that a statement can read: their columns and types, each in one line."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

_VIEWS = {
    "trade": "Trade as reported: one row per period, reporter, partner, flow, good, revision and source; economies only.",
    "trade_aggregates": "Rows whose reporter or partner is no single economy, and totals of all goods. Never sum them with trade.",
    "trade_breakdowns": "Parts of a total that trade already has. Never sum them with trade.",
    "reported": "Which economy reported which period and chapter: a row here and none in trade is a true zero.",
    "receipts": "One row per imported file.",
    "findings": "One row per finding kept.",
    "declarations": "Lines of customs declarations and bills of lading.",
    "listed": "Entities on lists in force in the newest editions, one row each.",
    "listed_state": "The facts behind the entries on lists, each with its receipt.",
    "received_packs": "Packs that partners sent.",
    "received_findings": "Findings in packs that partners sent.",
}


@dataclass(frozen=True)
class ViewColumn:
    """A column of a view: its name, type in DuckDB's words, and what it is."""

    name: str
    kind: str
    help: str


@dataclass(frozen=True)
class ViewSchema:
    """A view that a statement can read."""

    name: str
    help: str
    columns: tuple[ViewColumn, ...]


@dataclass(frozen=True)
class QueryExample:
    """A statement to begin with."""

    title: str
    sql: str


@cache
def view_schemas() -> tuple[ViewSchema, ...]:
    """Return the views, in the order of the reference."""
    text = (resources.files("stopgap.pages.query") / "views.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return tuple(
        ViewSchema(
            name, said, tuple(ViewColumn(row["column"], row["type"], row["is"]) for row in rows if row["view"] == name)
        )
        for name, said in _VIEWS.items()
    )


EXAMPLES = (
    QueryExample(
        "Who sells chips (HS 8542) to Russia, by year",
        "SELECT year(period) AS year, reporter, sum(value_usd) AS value_usd\n"
        "FROM trade\n"
        "WHERE partner = 'RUS' AND flow = 'X' AND good LIKE '8542%' AND frequency = 'A'\n"
        "GROUP BY ALL\n"
        "ORDER BY year, value_usd DESC",
    ),
    QueryExample(
        "What the lake holds: sources, goods, periods",
        "SELECT source, frequency, length(good) AS digits, min(period) AS first, max(period) AS last,\n"
        "    count(DISTINCT reporter) AS reporters, count(*) AS rows\n"
        "FROM trade\n"
        "GROUP BY ALL\n"
        "ORDER BY ALL",
    ),
    QueryExample(
        "Files, and what became of their rows",
        "SELECT file_name, source, vintage, rows_read, rows_loaded, rows_rejected, rows_missing, rows_duplicate\n"
        "FROM receipts\n"
        "ORDER BY vintage",
    ),
    QueryExample(
        "Entities on lists, by list and economy",
        "SELECT list, country, count(*) AS entities\nFROM listed\nGROUP BY ALL\nORDER BY entities DESC\nLIMIT 50",
    ),
    QueryExample("The columns of a view", "DESCRIBE trade"),
)
"""Statements that run on every lake."""
