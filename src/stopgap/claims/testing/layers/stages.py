"""SQL stages on the trade of a claim's actor: codes, rows with the target, and means a year with every partner.

Relations read besides the lake's views:
    ``actors(supplier)``: economies whose own reports are read.
    ``chosen(supplier, source)``: the one source taken for each of them.
    ``wanted(source, revision, good, panel_good, weight, is_estimated)``: how a code of the lake counts.
Scalars: ``$target``, ``$flow``, ``$frequency``.
"""

from __future__ import annotations

from stopgap.lake.stage import Stage
from stopgap.panel.stages import dollars_sum
from stopgap.panel.world_stages import WORLD_FACTORS, WORLD_ROWS

TARGET_REPORTERS = Stage(
    "target_reporters",
    "SELECT DISTINCT reporter FROM trade WHERE partner = $target AND flow = $flow AND value_usd IS NOT NULL",
)
"""Economies that report trade with the target: ``reporter``."""

ACTOR_CODES = Stage(
    "actor_codes",
    f"""
    SELECT t.frequency, t.source, t.revision, t.good, t.is_estimated, count(DISTINCT t.period) AS periods,
        max(t.period) AS last_period, {dollars_sum("t.value_usd")} AS value_usd
    FROM trade AS t JOIN actors AS a ON t.reporter = a.supplier
    WHERE t.partner = $target AND t.flow = $flow AND t.value_usd IS NOT NULL
    GROUP BY t.frequency, t.source, t.revision, t.good, t.is_estimated
    """,
)
"""Codes that the actor traded with the target: one row per (frequency, source, revision, good, is_estimated)."""

ACTOR_SOURCES = Stage(
    "actor_sources",
    """
    SELECT t.reporter AS supplier, t.source, count(DISTINCT t.period) AS periods, max(t.period) AS last_period
    FROM trade AS t
    JOIN actors AS a ON t.reporter = a.supplier
    JOIN wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    WHERE t.partner = $target AND t.flow = $flow AND t.frequency = $frequency AND t.value_usd IS NOT NULL
    GROUP BY t.reporter, t.source
    """,
)
"""Sources with the actor's trade in the goods: ``supplier, source, periods, last_period``."""

_RAW = Stage(
    "actor_raw",
    """
    SELECT s.supplier, t.period, t.revision, w.panel_good AS good, t.value_usd * w.weight AS value_usd,
        t.net_kg * w.weight AS net_kg
    FROM trade AS t
    JOIN chosen AS s ON t.source = s.source AND t.reporter = s.supplier
    JOIN wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    WHERE t.partner = $target AND t.frequency = $frequency AND t.flow = $flow AND t.value_usd IS NOT NULL
    """,
)

# A source can hold one period in several revisions: the newest is taken, never a sum.
_NEWEST = Stage(
    "actor_newest",
    "SELECT supplier, period, max(revision) AS revision FROM actor_raw GROUP BY supplier, period",
    (_RAW,),
)

ACTOR_ROWS = Stage(
    "actor_rows",
    f"""
    SELECT r.supplier, r.period, r.good, {dollars_sum("r.value_usd")} AS value_usd,
        {dollars_sum("CASE WHEN r.net_kg > 0 THEN r.value_usd ELSE 0 END")} AS weighed_usd,
        {dollars_sum("CASE WHEN r.net_kg > 0 THEN r.net_kg ELSE 0 END")} AS net_kg
    FROM actor_raw AS r
    JOIN actor_newest AS n ON r.supplier = n.supplier AND r.period = n.period AND r.revision = n.revision
    GROUP BY r.supplier, r.period, r.good
    """,
    (_RAW, _NEWEST),
)
"""Trade with the target per (supplier, period, good); ``net_kg`` counts rows with a weight, worth ``weighed_usd``."""

ACTOR_PERIODS = Stage(
    "actor_periods",
    """
    SELECT DISTINCT s.supplier, r.period
    FROM chosen AS s
    JOIN reported AS r ON r.source = s.source AND r.reporter = s.supplier
    JOIN chapters AS c ON r.chapter = c.chapter
    WHERE r.frequency = $frequency AND r.flow = $flow
    """,
)
"""Periods that each economy reported in the chapters of the goods: ``supplier, period``."""


NO_TRADE_PERIODS = Stage(
    "no_trade_periods",
    """
    WITH held AS (
        SELECT t.reporter, t.source, t.frequency,
            count(DISTINCT t.partner) AS partners, max(CASE WHEN t.partner = $target THEN 1 ELSE 0 END) AS holds_pair
        FROM trade AS t JOIN actors AS a ON t.reporter = a.supplier
        WHERE t.flow = $flow AND t.value_usd IS NOT NULL
        GROUP BY t.reporter, t.source, t.frequency
    ),
    of_goods AS (
        SELECT DISTINCT t.source, t.frequency FROM trade AS t JOIN headings AS g ON substr(t.good, 1, 4) = g.heading
        WHERE t.flow = $flow
    )
    SELECT r.frequency, r.source, r.period
    FROM reported AS r
    JOIN held AS h ON r.reporter = h.reporter AND r.source = h.source AND r.frequency = h.frequency
    JOIN of_goods AS o ON r.source = o.source AND r.frequency = o.frequency
    JOIN chapters AS c ON r.chapter = c.chapter
    WHERE r.flow = $flow AND (h.holds_pair = 1 OR h.partners >= $many_partners)
    GROUP BY r.frequency, r.source, r.period
    HAVING count(DISTINCT r.chapter) = $chapters
    """,
)
"""Periods in which the actor reported every chapter of the goods, by sources that hold its trade with the target or with
most of the world, and the headings of the goods at all: ``frequency, source, period``.

Goods without a row there were not traded; in other sources nothing is known.
"""


def _mean(column: str, part: str) -> str:
    return dollars_sum(f"CASE WHEN x.part = '{part}' THEN {column} * x.factor ELSE 0 END")


ACTOR_CELLS = Stage(
    "actor_cells",
    f"""
    SELECT f.supplier, f.destination, f.good,
        {_mean("f.value_usd", "baseline")} AS baseline_usd, {_mean("f.value_usd", "after")} AS after_usd,
        {_mean("CASE WHEN f.net_kg > 0 THEN f.value_usd ELSE 0 END", "baseline")} AS baseline_weighed_usd,
        {_mean("CASE WHEN f.net_kg > 0 THEN f.value_usd ELSE 0 END", "after")} AS after_weighed_usd,
        {_mean("coalesce(f.net_kg, 0)", "baseline")} AS baseline_kg,
        {_mean("coalesce(f.net_kg, 0)", "after")} AS after_kg
    FROM world_raw AS f
    LEFT JOIN world_revision AS o ON f.supplier = o.supplier AND f.period = o.period
    JOIN world_factors AS x ON f.supplier = x.supplier AND f.period = x.period
    WHERE coalesce(o.revision, f.revision) = f.revision
    GROUP BY f.supplier, f.destination, f.good
    """,
    (*WORLD_ROWS, WORLD_FACTORS),
)
"""Means a year per (supplier, destination, good), the baseline weighted to the months of the after-window.

Relations and scalars are those of ``panel/world_stages.py``, the suppliers those of the actor.
"""
