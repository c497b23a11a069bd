"""The canonical views, as SQL over the relations ``trade_rows`` and ``declaration_rows``."""

from __future__ import annotations

from stopgap.lake.schema import DECLARATION_COLUMNS, VIEW_COLUMNS

_COLUMNS = ", ".join(VIEW_COLUMNS)

TRADE_VIEWS: dict[str, str] = {
    "trade": f"SELECT {_COLUMNS} FROM trade_rows WHERE kind = 'economy'",
    "trade_aggregates": f"SELECT {_COLUMNS} FROM trade_rows WHERE kind = 'aggregate'",
    "trade_breakdowns": f"SELECT {_COLUMNS} FROM trade_rows WHERE kind = 'breakdown'",
}
"""View name -> SELECT. ``trade_rows`` is the stored table at one version."""

REPORTED_SQL = """
    WITH held AS (
        SELECT DISTINCT receipt, source, frequency, flow, reporter, period,
            CASE WHEN regexp_matches(good, '^[0-9]+$') THEN substr(good, 1, 2) ELSE good END AS chapter
        FROM trade_rows
        WHERE kind <> 'breakdown' AND value_usd IS NOT NULL
    ),
    reporters AS (SELECT DISTINCT receipt, source, frequency, flow, reporter, period FROM held),
    chapters_held AS (SELECT DISTINCT receipt, source, frequency, flow, chapter FROM held)
    SELECT DISTINCT r.source, r.frequency, r.flow, r.reporter, r.period, c.chapter
    FROM reporters AS r
    JOIN chapters_held AS c
        ON r.receipt = c.receipt AND r.source = c.source AND r.frequency = c.frequency AND r.flow = c.flow
"""
"""Which reporter reported which period: (source, frequency, flow, reporter, period, chapter).

A reporter counts as having reported a chapter in a period when a file that holds
that chapter (of any reporter) holds any row of this reporter for the period.
"""

_FIRST = (
    "date", "exporter", "importer", "exporter_economy", "importer_economy", "good", "description", "value_usd",
    "net_kg", "source", "receipt",
)  # fmt: skip
"""Columns of ``declarations`` that come first; all others follow as they are stored."""

DECLARATION_VIEWS: dict[str, str] = {
    "declarations": f"SELECT {', '.join(_FIRST)}, "
    f"{', '.join(name for name in DECLARATION_COLUMNS if name not in _FIRST)} FROM declaration_rows",
}
"""View name -> SELECT. ``declaration_rows`` is the stored table at one version."""

EMPTY_VIEWS: dict[str, str] = {
    "listed": """
        SELECT NULL::VARCHAR AS entity_id, NULL::VARCHAR AS list, NULL::DATE AS list_date,
            NULL::VARCHAR AS schema, NULL::VARCHAR AS name, NULL::VARCHAR AS alias, NULL::VARCHAR AS country,
            NULL::VARCHAR AS identifier, NULL::VARCHAR AS programme, NULL::VARCHAR AS receipt WHERE false""",
}
"""Views that have their columns and no rows until their imports exist."""
