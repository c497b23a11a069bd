"""Stages of the flows that second opinions compare, with numbers in place of names.

Relations read besides the lake's views and those of ``panel/world_stages.py``:
    ``opinion_suppliers(supplier, source, number)``: suppliers outside the coalition, and the one source of each.
    ``opinion_destinations(destination, number)``: destinations compared, hubs not among them.
    ``opinion_goods(source, revision, good, weight, number)``: how a code counts towards a numbered good.
Scalars: ``$flow``, ``$frequency``, ``$first_period``, ``$last_period``.
"""

from __future__ import annotations

from stopgap.lake.stage import Stage
from stopgap.panel.stages import dollars_sum
from stopgap.panel.world_stages import WORLD_ROWS

_REVISION = WORLD_ROWS[1]

OPINION_PARTNERS = Stage(
    "opinion_partners",
    """
    SELECT DISTINCT partner FROM trade
    WHERE frequency = $frequency AND flow = $flow AND value_usd IS NOT NULL
        AND period >= CAST($first_period AS DATE) AND period <= CAST($last_period AS DATE)
    """,
)
"""Partners of any trade in the span: ``partner``."""

OPINION_ROWS = Stage(
    "opinion_rows",
    """
    SELECT s.number AS supplier, d.number AS destination, w.number AS good, t.period,
        CAST(CAST(t.value_usd * w.weight AS DECIMAL(28, 6)) AS DOUBLE) AS value_usd,
        CAST(CAST(t.net_kg * w.weight AS DECIMAL(28, 6)) AS DOUBLE) AS net_kg
    FROM trade AS t
    JOIN opinion_suppliers AS s ON t.source = s.source AND t.reporter = s.supplier
    JOIN opinion_goods AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    JOIN opinion_destinations AS d ON t.partner = d.destination
    LEFT JOIN world_revision AS o ON t.reporter = o.supplier AND t.period = o.period
    WHERE t.frequency = $frequency AND t.flow = $flow AND t.value_usd IS NOT NULL AND t.reporter <> t.partner
        AND t.period >= CAST($first_period AS DATE) AND t.period <= CAST($last_period AS DATE)
        AND coalesce(o.revision, t.revision) = t.revision
    """,
    (_REVISION,),
)
"""Dollars and kilograms of single rows: ``supplier, destination, good, period, value_usd, net_kg``."""

OPINION_FLOWS = Stage(
    "opinion_flows",
    f"""
    SELECT supplier, destination, good, period, {dollars_sum("value_usd")} AS value_usd,
        CASE WHEN count(*) = count(net_kg) THEN {dollars_sum("net_kg")} END AS net_kg
    FROM opinion_rows GROUP BY supplier, destination, good, period
    """,
    (OPINION_ROWS,),
)
"""The same, added up: for goods that several codes of a source make up."""

OPINION_COUNT = Stage("opinion_count", "SELECT count(*) AS n FROM opinion_rows", (OPINION_ROWS,))
OPINION_FLOW_COUNT = Stage("opinion_flow_count", "SELECT count(*) AS n FROM opinion_flows", (OPINION_FLOWS,))
