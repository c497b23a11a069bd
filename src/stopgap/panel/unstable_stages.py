"""Stages on trade around changes of revision, in all goods and without the target.

Relations read besides the lake's views:
    ``moves_chosen(supplier, source)``: the one source taken for each economy that reports.
    ``moves_left_out(partner)``: the target and the hubs, whose trade the episode itself moves.
    ``changes(change, until, since)``: changes of revision; figures are compared from the periods before
        ``until`` to those from ``since`` on.
Scalars: ``$flow``, ``$frequency``, ``$target``; for ``revision_changes`` also ``$first_period``, ``$last_period``.
"""

from __future__ import annotations

from stopgap.lake.engine import Stage
from stopgap.panel.stages import dollars_sum

_NEWEST = Stage(
    "moves_newest",
    """
    SELECT t.reporter AS supplier, t.source, t.period, max(t.revision) AS revision
    FROM trade AS t
    JOIN moves_chosen AS s ON t.source = s.source AND t.reporter = s.supplier
    WHERE t.frequency = $frequency AND t.flow = $flow AND t.value_usd IS NOT NULL
    GROUP BY t.reporter, t.source, t.period
    """,
)

_FOLLOWING = Stage(
    "moves_following",
    """
    SELECT supplier, period, revision, lag(revision) OVER (PARTITION BY supplier, source ORDER BY period) AS former
    FROM moves_newest
    """,
    (_NEWEST,),
)

REVISION_CHANGES = Stage(
    "revision_changes",
    """
    SELECT DISTINCT period, former, revision FROM moves_following
    WHERE former <> revision AND period > CAST($first_period AS DATE) AND period <= CAST($last_period AS DATE)
    """,
    (_FOLLOWING,),
)
"""Periods in which the rows of some supplier change revision: ``period, former, revision``."""

_PAIRED = Stage(
    "moves_paired",
    """
    SELECT c.change, s.supplier, s.source, r.chapter, extract(month FROM r.period) AS season,
        max(CASE WHEN r.period < c.until THEN r.period END) AS before_period,
        min(CASE WHEN r.period >= c.since THEN r.period END) AS after_period
    FROM moves_chosen AS s
    JOIN reported AS r ON r.source = s.source AND r.reporter = s.supplier
    CROSS JOIN changes AS c
    WHERE r.frequency = $frequency AND r.flow = $flow
    GROUP BY c.change, s.supplier, s.source, r.chapter, extract(month FROM r.period)
    """,
)

_SIDES = Stage(
    "moves_sides",
    """
    SELECT change, supplier, source, chapter, 'before' AS side, before_period AS period FROM moves_paired
    WHERE before_period IS NOT NULL AND after_period IS NOT NULL
    UNION ALL
    SELECT change, supplier, source, chapter, 'after' AS side, after_period AS period FROM moves_paired
    WHERE before_period IS NOT NULL AND after_period IS NOT NULL
    """,
    (_PAIRED,),
)

CODE_SIDES = Stage(
    "code_sides",
    f"""
    SELECT m.change, m.side, t.source, t.revision, t.good,
        {dollars_sum("CASE WHEN o.partner IS NULL THEN t.value_usd ELSE 0 END")} AS elsewhere_usd,
        {dollars_sum("CASE WHEN t.partner = $target THEN t.value_usd ELSE 0 END")} AS target_usd
    FROM trade AS t
    JOIN moves_sides AS m ON t.source = m.source AND t.reporter = m.supplier AND t.period = m.period
        AND substr(t.good, 1, 2) = m.chapter
    JOIN moves_newest AS n ON t.source = n.source AND t.reporter = n.supplier AND t.period = n.period
        AND t.revision = n.revision
    LEFT JOIN moves_left_out AS o ON t.partner = o.partner
    WHERE t.frequency = $frequency AND t.flow = $flow AND t.value_usd IS NOT NULL AND t.reporter <> t.partner
    GROUP BY m.change, m.side, t.source, t.revision, t.good
    """,
    (_SIDES, _NEWEST),
)
"""Dollars of each code around each change: ``change, side (before|after), source, revision, good`` and sums of trade
with other destinations (``elsewhere_usd``) and with the target.

For each supplier, chapter and calendar month the last period before the change stands against the first one after it,
wherever the windows lie, and only where both were reported. So the same reporters and months stand on both sides.
"""

ALL = (REVISION_CHANGES, CODE_SIDES)
