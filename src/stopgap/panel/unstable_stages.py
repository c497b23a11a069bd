"""Stages on trade around changes of revision, in all goods and without the target.

Relations read besides the lake's views:
    ``moves_chosen(supplier, source)``: the one source taken for each economy that reports.
    ``moves_left_out(partner)``: the target and the hubs, whose trade the episode itself moves.
    ``changes(change, until, since)``: changes of revision; figures are compared from the periods before
        ``until`` to those from ``since`` on.
Scalars: ``$flow``, ``$frequency``; for ``revision_changes`` also ``$first_period``, ``$last_period``, and for
``target_moves`` ``$target``.
"""

from __future__ import annotations

from stopgap.lake.kept_stages import REVISIONS_HELD, SEVERAL_REVISIONS
from stopgap.lake.stage import Stage
from stopgap.panel.arrays.unstable_arrays import code_moves_on_copy, destinations_on_copy
from stopgap.panel.stages import dollars_sum

_NEWEST = Stage(
    "moves_newest",
    """
    SELECT t.reporter AS supplier, t.source, t.period, max(t.revision) AS revision
    FROM revisions_held AS t
    JOIN moves_chosen AS s ON t.source = s.source AND t.reporter = s.supplier
    WHERE t.frequency = $frequency AND t.flow = $flow
    GROUP BY t.reporter, t.source, t.period
    """,
    (REVISIONS_HELD,),
)

_OF_SEVERAL = Stage(
    "moves_of_several",
    """
    SELECT n.supplier, n.source, n.period, n.revision
    FROM moves_newest AS n
    JOIN several_revisions AS m ON n.source = m.source AND n.supplier = m.reporter AND n.period = m.period
    WHERE m.frequency = $frequency AND m.flow = $flow
    """,
    (_NEWEST, SEVERAL_REVISIONS),
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

_COMPARED = Stage(
    "moves_compared",
    """
    SELECT t.source, t.reporter, t.revision, t.good, t.partner, t.period, t.value_usd
    FROM trade AS t
    LEFT JOIN moves_of_several AS n ON t.source = n.source AND t.reporter = n.supplier AND t.period = n.period
    WHERE t.frequency = $frequency AND t.flow = $flow AND t.value_usd IS NOT NULL AND t.reporter <> t.partner
        AND coalesce(n.revision, t.revision) = t.revision
    """,
    (_OF_SEVERAL,),
)

_DESTINATIONS = Stage(
    "moves_destinations",
    f"""
    SELECT m.change, t.source, t.revision, t.good, t.partner,
        {dollars_sum("CASE WHEN m.side = 'before' THEN t.value_usd ELSE 0 END")} AS before_usd,
        {dollars_sum("CASE WHEN m.side = 'after' THEN t.value_usd ELSE 0 END")} AS after_usd
    FROM moves_compared AS t
    JOIN moves_sides AS m ON t.source = m.source AND t.reporter = m.supplier AND t.period = m.period
        AND substr(t.good, 1, 2) = m.chapter
    GROUP BY m.change, t.source, t.revision, t.good, t.partner
    """,
    (_SIDES, _COMPARED),
    is_shared=True,
    on_copy=destinations_on_copy,
)
# moves_compared ends in an outer join, which DuckDB leaves where it stands. Else it would join the series of the native
# copy to the sides, by chapter alone, before the figures: several periods of each change for every series.

_RANKED = Stage(
    "moves_ranked",
    """
    SELECT d.change, d.source, d.revision, d.good, d.before_usd, d.after_usd,
        row_number() OVER (
            PARTITION BY d.change, d.source, d.revision, d.good ORDER BY abs(d.after_usd - d.before_usd) DESC, d.partner
        ) AS place
    FROM moves_destinations AS d
    LEFT JOIN moves_left_out AS o ON d.partner = o.partner
    WHERE o.partner IS NULL
    """,
    (_DESTINATIONS,),
)

CODE_MOVES = Stage(
    "code_moves",
    f"""
    SELECT change, source, revision, good, count(*) AS destinations,
        {dollars_sum("before_usd")} AS before_usd, {dollars_sum("after_usd")} AS after_usd,
        {dollars_sum("CASE WHEN place = 1 THEN before_usd ELSE 0 END")} AS largest_before_usd,
        {dollars_sum("CASE WHEN place = 1 THEN after_usd ELSE 0 END")} AS largest_after_usd
    FROM moves_ranked GROUP BY change, source, revision, good
    """,
    (_RANKED,),
    on_copy=code_moves_on_copy,
)
"""Dollars of each code around each change, with destinations other than the target and the hubs: ``change, source,
revision, good, destinations`` (their number), ``before_usd, after_usd``, and of these the destination that changed
most (``largest_before_usd, largest_after_usd``).

For each supplier, chapter and calendar month the last period before the change stands against the first one after it,
wherever the windows lie, and only where both were reported. So the same reporters and months stand on both sides.
"""

TARGET_MOVES = Stage(
    "target_moves",
    """
    SELECT change, source, revision, good, before_usd, after_usd FROM moves_destinations WHERE partner = $target
    """,
    (_DESTINATIONS,),
)
"""The same of trade with the target alone; read only where nothing is known of other destinations."""

ALL = (REVISION_CHANGES, CODE_MOVES, TARGET_MOVES)
