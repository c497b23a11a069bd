"""Stages on trade with all destinations: sanctioned and ordinary goods by supplier.

A counterfactual needs suppliers' sales to other destinations, and their sales of
unsanctioned goods to the target. Relations read besides the lake's views:
    ``world_wanted(source, revision, good, panel_good, weight, is_estimated, is_sanctioned)``:
        how a code of the lake counts towards a good of the panel.
    ``world_chosen(supplier, source)``: the one source taken for each supplier.
    ``chapters(chapter)``: chapters whose rows show that a supplier reported.
    ``periods(period, part, season)``: both windows.
Scalars: ``$flow``, ``$frequency``, ``$first_period``, ``$last_period``, ``$periods_per_year``.

Suppliers report their own trade (exports; in the other direction purchases), so a
destination that does not report is covered too. Aggregates are not in ``trade``.
"""

from __future__ import annotations

from stopgap.lake.kept_stages import SEVERAL_REVISIONS, TRADED_CODES
from stopgap.lake.stage import Stage
from stopgap.panel.arrays.reported_arrays import reported_counts_on_copy, world_factors_on_copy
from stopgap.panel.arrays.world_arrays import cells_on_copy
from stopgap.panel.stages import REPORTED_COUNTS, dollars_sum

WORLD_CODES = Stage(
    "world_codes",
    """
    SELECT DISTINCT source, revision, good FROM traded_codes
    WHERE flow = $flow AND frequency = $frequency
        AND period >= CAST($first_period AS DATE) AND period <= CAST($last_period AS DATE)
    """,
    (TRADED_CODES,),
)
"""Codes traded between any supplier and partner: ``source, revision, good``."""

WORLD_REPORTERS = Stage("world_reporters", REPORTED_COUNTS.sql, on_copy=reported_counts_on_copy)
"""Number of periods that each reporter reported in each source and window."""

WORLD_PERIODS = Stage(
    "world_periods",
    """
    SELECT DISTINCT s.supplier, r.period, p.part, coalesce(p.season, CAST(extract(month FROM r.period) AS INT)) AS season
    FROM world_chosen AS s
    JOIN reported AS r ON r.source = s.source AND r.reporter = s.supplier
    JOIN chapters AS c ON r.chapter = c.chapter
    LEFT JOIN periods AS p ON r.period = p.period
    WHERE r.frequency = $frequency AND r.flow = $flow
        AND r.period >= CAST($first_period AS DATE) AND r.period <= CAST($last_period AS DATE)
    """,
)
"""Periods that each supplier reported: ``supplier, period, part (NULL outside both windows), season``."""

_RAW = Stage(
    "world_raw",
    """
    SELECT t.reporter AS supplier, t.partner AS destination, t.period, t.revision, w.panel_good AS good,
        w.is_sanctioned, t.value_usd * w.weight AS value_usd, t.net_kg * w.weight AS net_kg,
        w.is_estimated OR t.is_estimated AS is_estimated
    FROM trade AS t
    JOIN world_chosen AS s ON t.source = s.source AND t.reporter = s.supplier
    JOIN world_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    WHERE t.frequency = $frequency AND t.flow = $flow AND t.value_usd IS NOT NULL AND t.reporter <> t.partner
        AND t.period >= CAST($first_period AS DATE) AND t.period <= CAST($last_period AS DATE)
    """,
)

# A source can hold one period in several revisions: the newest is taken, never a sum.
_REVISION = Stage(
    "world_revision",
    """
    SELECT t.reporter AS supplier, t.period, max(t.revision) AS revision
    FROM trade AS t
    JOIN several_revisions AS m ON t.source = m.source AND t.reporter = m.reporter AND t.period = m.period
        AND t.frequency = m.frequency AND t.flow = m.flow
    JOIN world_chosen AS s ON t.source = s.source AND t.reporter = s.supplier
    JOIN world_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    WHERE t.frequency = $frequency AND t.flow = $flow AND t.value_usd IS NOT NULL
        AND t.period >= CAST($first_period AS DATE) AND t.period <= CAST($last_period AS DATE)
    GROUP BY t.reporter, t.period
    """,
    (SEVERAL_REVISIONS,),
)
"""Revision taken of periods that are held in several."""

WORLD_FLOWS = Stage(
    "world_flows",
    f"""
    SELECT f.supplier, f.destination, f.good, f.is_sanctioned, f.period, p.part, p.season,
        {dollars_sum("f.value_usd")} AS value_usd,
        CASE WHEN count(*) = count(f.net_kg) THEN {dollars_sum("f.net_kg")} END AS net_kg,
        {dollars_sum("CASE WHEN f.is_estimated THEN f.value_usd ELSE 0 END")} AS estimated_usd
    FROM world_raw AS f
    LEFT JOIN world_revision AS o ON f.supplier = o.supplier AND f.period = o.period
    JOIN world_periods AS p ON f.supplier = p.supplier AND f.period = p.period
    WHERE coalesce(o.revision, f.revision) = f.revision
    GROUP BY f.supplier, f.destination, f.good, f.is_sanctioned, f.period, p.part, p.season
    """,
    (_RAW, _REVISION, WORLD_PERIODS),
)
"""Dollars and kilograms per (supplier, destination, good, period); ``part`` is NULL outside both windows.

``net_kg`` is NULL if any row of the figure has no weight. A cell without a row is a
true zero in a period that the supplier reported, and missing in one that it did not.
"""

_SEASONS = Stage(
    "world_seasons",
    """
    SELECT supplier, season, sum(CASE WHEN part = 'baseline' THEN 1 ELSE 0 END) AS n_baseline,
        sum(CASE WHEN part = 'after' THEN 1 ELSE 0 END) AS n_after
    FROM world_periods WHERE part IS NOT NULL GROUP BY supplier, season
    """,
    (WORLD_PERIODS,),
)

_BOTH = Stage(
    "world_both",
    """
    SELECT supplier, sum(n_after) AS n_after FROM world_seasons
    WHERE n_baseline > 0 AND n_after > 0 GROUP BY supplier
    """,
    (_SEASONS,),
)

WORLD_FACTORS = Stage(
    "world_factors",
    """
    SELECT p.supplier, p.period, p.part,
        CASE WHEN p.part = 'baseline' THEN CAST(s.n_after AS DOUBLE) / s.n_baseline ELSE 1.0 END
            * $periods_per_year / b.n_after AS factor
    FROM world_periods AS p
    JOIN world_seasons AS s ON p.supplier = s.supplier AND p.season = s.season
    JOIN world_both AS b ON p.supplier = b.supplier
    WHERE p.part IS NOT NULL AND s.n_baseline > 0 AND s.n_after > 0
    """,
    (WORLD_PERIODS, _SEASONS, _BOTH),
    on_copy=world_factors_on_copy,
)
"""Weight of a dollar of each supplier and period in the yearly mean; baseline months match the after-window."""

WORLD_CELLS = Stage(
    "world_cells",
    f"""
    SELECT f.supplier, f.destination, f.good, f.is_sanctioned,
        {dollars_sum("CASE WHEN x.part = 'baseline' THEN f.value_usd * x.factor ELSE 0 END")} AS baseline_usd,
        {dollars_sum("CASE WHEN x.part = 'after' THEN f.value_usd * x.factor ELSE 0 END")} AS after_usd
    FROM world_raw AS f
    LEFT JOIN world_revision AS o ON f.supplier = o.supplier AND f.period = o.period
    JOIN world_factors AS x ON f.supplier = x.supplier AND f.period = x.period
    WHERE coalesce(o.revision, f.revision) = f.revision
    GROUP BY f.supplier, f.destination, f.good, f.is_sanctioned
    """,
    (_RAW, _REVISION, WORLD_FACTORS),
    on_copy=lambda engine, tables, params: cells_on_copy(engine, WORLD_FACTORS, tables, params),
)
"""Mean dollars a year per (supplier, destination, good), as in ``cells`` for the target alone.

Suppliers silent in either window are absent: missing, not zero.
"""

WORLD_ROWS = (_RAW, _REVISION)
"""Stages of single rows and of the revision chosen per supplier and period, for stages that need few rows."""
