"""The canonical views, as SQL over the relation ``trade_rows``."""

from __future__ import annotations

from stopgap.lake.schema import VIEW_COLUMNS

_COLUMNS = ", ".join(VIEW_COLUMNS)

TRADE_VIEWS: dict[str, str] = {
    "trade": f"SELECT {_COLUMNS} FROM trade_rows WHERE kind = 'economy'",
    "trade_aggregates": f"SELECT {_COLUMNS} FROM trade_rows WHERE kind = 'aggregate'",
    "trade_breakdowns": f"SELECT {_COLUMNS} FROM trade_rows WHERE kind = 'breakdown'",
}
"""View name -> SELECT. ``trade_rows`` is the stored table at one version."""

REPORTED_SQL = """
    SELECT DISTINCT source, frequency, flow, reporter, period,
        CASE WHEN regexp_matches(good, '^[0-9]+$') THEN substr(good, 1, 2) ELSE good END AS chapter
    FROM trade_rows
    WHERE kind <> 'breakdown' AND value_usd IS NOT NULL
"""
"""Which reporter reported anything in which period and chapter: (source, frequency, flow, reporter, period, chapter)."""

EMPTY_VIEWS: dict[str, str] = {
    "declarations": """
        SELECT NULL::DATE AS date, NULL::VARCHAR AS exporter, NULL::VARCHAR AS importer,
            NULL::VARCHAR AS exporter_economy, NULL::VARCHAR AS importer_economy, NULL::VARCHAR AS good,
            NULL::VARCHAR AS description, NULL::DOUBLE AS value_usd, NULL::DOUBLE AS net_kg,
            NULL::VARCHAR AS source, NULL::VARCHAR AS receipt WHERE false""",
    "listed": """
        SELECT NULL::VARCHAR AS entity_id, NULL::VARCHAR AS list, NULL::DATE AS list_date,
            NULL::VARCHAR AS schema, NULL::VARCHAR AS name, NULL::VARCHAR AS alias, NULL::VARCHAR AS country,
            NULL::VARCHAR AS identifier, NULL::VARCHAR AS programme, NULL::VARCHAR AS receipt WHERE false""",
}
"""Views that have their columns and no rows until their imports exist."""
