"""The canonical views, as SQL over the relations ``trade_rows`` and ``declaration_rows``."""

from __future__ import annotations

from stopgap.base.sql import listed
from stopgap.codes.aggregates import AggregateKind, codes_of_kind
from stopgap.lake.schema import DECLARATION_COLUMNS, VIEW_COLUMNS

_COLUMNS = ", ".join(VIEW_COLUMNS)


def _aggregate_kind_sql() -> str:
    """Return SQL for the kind of an aggregate row: the widest of its reporter and partner; without either, of its good."""
    cases = " ".join(
        f"WHEN reporter IN ({codes}) OR partner IN ({codes}) THEN '{kind}'"
        for kind in AggregateKind
        if (codes := listed(codes_of_kind(kind)))
    )
    goods = "WHEN good = 'TOTAL' THEN 'total' WHEN regexp_matches(good, '[A-Z]') THEN 'special'"
    return f"CASE {cases} {goods} ELSE 'region' END"


TRADE_VIEWS: dict[str, str] = {
    "trade": f"SELECT {_COLUMNS} FROM trade_rows WHERE kind = 'economy'",
    "trade_aggregates": f"SELECT {_COLUMNS}, {_aggregate_kind_sql()} AS kind FROM trade_rows "
    "WHERE trade_rows.kind = 'aggregate'",
    "trade_breakdowns": f"SELECT {_COLUMNS} FROM trade_rows WHERE kind = 'breakdown'",
}
"""View name -> SELECT. ``trade_rows`` is the stored table at one version.

``kind`` of ``trade_aggregates`` is that of the aggregate (:class:`stopgap.codes.aggregates.AggregateKind`), not of the row.
"""

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
"""Columns of ``declarations`` that come first; the others follow in stored order."""

DECLARATION_VIEWS: dict[str, str] = {
    "declarations": f"SELECT {', '.join(_FIRST)}, "
    f"{', '.join(name for name in DECLARATION_COLUMNS if name not in _FIRST)} FROM declaration_rows"
}
"""View name -> SELECT. ``declaration_rows`` is the stored table at one version."""

STATE_SQL = """
    WITH placed AS (
        SELECT f.* EXCLUDE (list_date, vintage), f.vintage, c.step, c.state_date, c.state_day, c.is_later
        FROM listed_fact_rows AS f JOIN list_chain AS c
            ON f.family = c.family AND f.vintage = c.vintage AND f.act IS NOT DISTINCT FROM c.act
            AND f.list_date IS NOT DISTINCT FROM c.stored_date
        WHERE f.entity_id IS NOT NULL
    ),
    restated AS (
        SELECT list, entity_id, max(step) AS step FROM placed
        WHERE step > 0 AND operation <> 'add' GROUP BY ALL
    )
    SELECT p.* FROM placed AS p LEFT JOIN restated AS r ON p.list = r.list AND p.entity_id = r.entity_id
    WHERE p.step >= coalesce(r.step, 0) AND p.operation <> 'remove'
"""
"""Facts in force: for each entry, those of the last edition that states it completely, and those added since.

Reads ``listed_fact_rows`` and ``list_chain`` (:func:`stopgap.lake.lists.editions.chain_table`).
"""


def _texts(*properties: str) -> str:
    names = ", ".join(f"'{name}'" for name in properties)
    return f"string_agg(value, '; ' ORDER BY place, value) FILTER (property IN ({names}))"


LISTED_VIEWS: dict[str, str] = {
    "listed_state": STATE_SQL,
    "listed": f"""
        WITH facts_once AS (
            SELECT list, entity_id, property, value, max(step) AS step, min(place) AS place,
                any_value(state_date) AS state_date, any_value(state_day) AS state_day,
                arg_max(schema, (step, schema)) AS schema, arg_max(receipt, (step, receipt)) AS receipt
            FROM listed_state GROUP BY list, entity_id, property, value
        )
        SELECT entity_id, list, any_value(state_date) AS list_date, arg_max(schema, (step, -place, schema)) AS schema,
            arg_min(value, (-step, place, value)) FILTER (property = 'name') AS name,
            {_texts("alias", "weak_alias", "previous_name")} AS alias, {_texts("country")} AS country,
            {_texts("identifier")} AS identifier, {_texts("programme")} AS programme,
            min(value) FILTER (property = 'listed_on')::DATE AS listed_on,
            arg_min(receipt, (-step, place, receipt)) AS receipt
        FROM facts_once
        GROUP BY list, entity_id
        HAVING count(*) FILTER (property = 'name') > 0 AND count(*) FILTER (property = 'context') = 0
            AND coalesce(max(value) FILTER (property = 'delisted_on') > any_value(state_day)::VARCHAR, true)
    """,
}
"""View name -> SELECT. ``listed``: one row per entry in force in the newest editions, several values joined by ``; ``.

If files of one edition contradict each other on an entry at the same place, the first value by text order is taken: the
result must not depend on the order in which rows happen to be read.
"""
