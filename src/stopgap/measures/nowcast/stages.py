"""SQL stage of nowcasts: the vintage in which each supplier's month first arrived.

Relations read besides the lake's views and those of :mod:`stopgap.panel.world_stages`:
    ``withdrawn(receipt, vintage)``: imports that were withdrawn.
Scalars: those of ``world_stages``, and ``$first_after``, the first day of the after-window.

It reads the rows of every vintage, including superseded ones. World flows and the periods that suppliers reported are
stages of ``world_stages``.
"""

from __future__ import annotations

from stopgap.lake.stage import Stage

NOWCAST_ARRIVALS = Stage(
    "nowcast_arrivals",
    """
    SELECT s.supplier, t.period, min(CAST(substr(t.vintage, 2) AS INTEGER)) AS number
    FROM trade_rows AS t
    JOIN world_chosen AS s ON t.source = s.source AND t.reporter = s.supplier
    JOIN chapters AS c
        ON c.chapter = CASE WHEN regexp_matches(t.good, '^[0-9]+$') THEN substr(t.good, 1, 2) ELSE t.good END
    LEFT JOIN withdrawn AS x ON t.receipt = x.receipt AND t.vintage = x.vintage
    WHERE t.kind <> 'breakdown' AND t.value_usd IS NOT NULL AND t.frequency = $frequency AND t.flow = $flow
        AND t.period >= CAST($first_after AS DATE) AND t.period <= CAST($last_period AS DATE) AND x.receipt IS NULL
    GROUP BY s.supplier, t.period
    """,
)
"""First vintage with a row of each supplier and month of the after-window: ``supplier, period, number``."""
