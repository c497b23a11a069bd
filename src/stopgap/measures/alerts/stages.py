"""SQL stages of alerts: cells by months at one vintage, and the vintage in which each month first arrived.

Relations read besides the lake's views and those of :mod:`stopgap.panel.world_stages`:
    ``alert_routes(supplier, destination)``: members and the hubs they may sell to.
    ``withdrawn(receipt, vintage)``: imports that were withdrawn.
    ``arrivals(supplier, chapter, period, number)``: rows of the stage ``alert_arrivals``.
Scalars: those of ``world_stages``, ``$target``, ``$first_good``, ``$last_good``, ``$first_watched`` and ``$month``.

Stages on arrivals read the rows of every vintage, including superseded ones.
"""

from __future__ import annotations

from stopgap.lake.stage import Stage
from stopgap.panel.stages import dollars_sum
from stopgap.panel.world_stages import WORLD_ROWS

ALERT_PERIODS = Stage(
    "alert_periods",
    """
    SELECT DISTINCT s.supplier, r.chapter, r.period
    FROM world_chosen AS s
    JOIN reported AS r ON r.source = s.source AND r.reporter = s.supplier
    JOIN chapters AS c ON r.chapter = c.chapter
    WHERE r.frequency = $frequency AND r.flow = $flow
        AND r.period >= CAST($first_period AS DATE) AND r.period <= CAST($last_period AS DATE)
    """,
)
"""Months that each supplier reported, per chapter."""

_DESTINATION = "CASE WHEN f.destination = $target OR r.supplier IS NOT NULL THEN f.destination ELSE '*' END"

ALERT_FLOWS = Stage(
    "alert_flows",
    f"""
    SELECT f.supplier, {_DESTINATION} AS destination, f.good, f.period, {dollars_sum("f.value_usd")} AS value_usd
    FROM world_raw AS f
    LEFT JOIN world_revision AS o ON f.supplier = o.supplier AND f.period = o.period
    JOIN (SELECT DISTINCT supplier, period FROM alert_periods) AS p ON f.supplier = p.supplier AND f.period = p.period
    LEFT JOIN alert_routes AS r ON f.supplier = r.supplier AND f.destination = r.destination
    WHERE coalesce(o.revision, f.revision) = f.revision AND f.good >= $first_good AND f.good <= $last_good
    GROUP BY f.supplier, {_DESTINATION}, f.good, f.period
    """,
    (*WORLD_ROWS, ALERT_PERIODS),
)
"""Dollars per (supplier, destination, good, period) of the goods from ``$first_good`` to ``$last_good``.

Destination ``*`` sums all but the target and a member's hubs.
"""

_EVER = Stage(
    "alert_ever",
    """
    SELECT t.receipt, t.vintage, CAST(substr(t.vintage, 2) AS INTEGER) AS number, t.source, t.reporter AS supplier,
        t.partner, t.kind, t.period, t.revision, t.good, t.value_usd, t.is_estimated
    FROM trade_rows AS t
    LEFT JOIN withdrawn AS x ON t.receipt = x.receipt AND t.vintage = x.vintage
    WHERE t.kind <> 'breakdown' AND t.value_usd IS NOT NULL AND t.frequency = $frequency AND t.flow = $flow
        AND x.receipt IS NULL
    """,
)

ALERT_ARRIVALS = Stage(
    "alert_arrivals",
    """
    SELECT r.supplier, h.chapter, r.period, min(r.number) AS number
    FROM (
        SELECT DISTINCT receipt, number, source, supplier, period FROM alert_ever
        WHERE period >= CAST($first_watched AS DATE) AND period <= CAST($month AS DATE)
    ) AS r
    JOIN (
        SELECT DISTINCT receipt, number, source,
            CASE WHEN regexp_matches(good, '^[0-9]+$') THEN substr(good, 1, 2) ELSE good END AS chapter
        FROM alert_ever
    ) AS h ON r.receipt = h.receipt AND r.number = h.number AND r.source = h.source
    JOIN chapters AS c ON h.chapter = c.chapter
    GROUP BY r.supplier, h.chapter, r.period
    """,
    (_EVER,),
)
"""Vintage in which each supplier first reported each month, per chapter."""

ALERT_GOODS = Stage(
    "alert_goods",
    """
    SELECT e.supplier, w.panel_good AS good, min(e.number) AS number
    FROM alert_ever AS e
    JOIN world_wanted AS w ON e.source = w.source AND e.revision = w.revision AND e.good = w.good
    GROUP BY e.supplier, w.panel_good
    """,
    (_EVER,),
)
"""First vintage with any row of a supplier's good; before it, a missing row is not a zero."""

ALERT_BROUGHT = Stage(
    "alert_brought",
    """
    SELECT DISTINCT e.period, e.number
    FROM alert_ever AS e
    JOIN world_wanted AS w ON e.source = w.source AND e.revision = w.revision AND e.good = w.good
    WHERE e.period >= CAST($first_watched AS DATE) AND e.period <= CAST($month AS DATE)
    """,
    (_EVER,),
)
"""Vintages that brought rows of each month."""

ALERT_FIRST_FLOWS = Stage(
    "alert_first_flows",
    f"""
    SELECT f.supplier, f.destination, f.good, f.period, {dollars_sum("f.value_usd")} AS value_usd
    FROM (
        SELECT DISTINCT e.supplier, e.partner AS destination, e.period, e.revision, e.good AS code, w.panel_good AS good,
            e.value_usd * w.weight AS value_usd
        FROM alert_ever AS e
        JOIN world_chosen AS s ON e.source = s.source AND e.supplier = s.supplier
        JOIN world_wanted AS w ON e.source = w.source AND e.revision = w.revision AND e.good = w.good
        JOIN arrivals AS a ON e.supplier = a.supplier AND e.period = a.period AND e.number = a.number
            AND a.chapter = CASE WHEN regexp_matches(w.panel_good, '^[0-9]+$') THEN substr(w.panel_good, 1, 2) ELSE w.panel_good END
        LEFT JOIN alert_routes AS r ON e.supplier = r.supplier AND e.partner = r.destination
        WHERE e.kind = 'economy' AND (e.partner = $target OR r.supplier IS NOT NULL)
    ) AS f
    JOIN (
        SELECT e.supplier, e.period, max(e.revision) AS revision
        FROM alert_ever AS e
        JOIN world_wanted AS w ON e.source = w.source AND e.revision = w.revision AND e.good = w.good
        JOIN arrivals AS a ON e.supplier = a.supplier AND e.period = a.period AND e.number = a.number
        GROUP BY e.supplier, e.period
    ) AS o ON f.supplier = o.supplier AND f.period = o.period AND f.revision = o.revision
    GROUP BY f.supplier, f.destination, f.good, f.period
    """,
    (_EVER,),
)
"""Dollars of each watched month as first released, per (supplier, destination, good)."""
