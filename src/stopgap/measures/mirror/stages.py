"""SQL stages that join both sides' reports of one flow.

Relations read besides the lake's views:
    ``mirror_wanted(source, revision, good, panel_good, weight, is_estimated)``: how a code of the lake
        counts towards a good.
    ``mirror_chosen(flow, reporter, source)``: the one source taken for each reporter and flow.
    ``chapters(chapter)``: chapters whose rows show that a reporter reported.
Scalars: ``$frequency``, ``$first_period``, ``$last_period``.

The exporter's report is the flow X, the importer's the flow M. If a source holds one reporter and
period in several revisions, the newest counts. Aggregates are not in ``trade``.
"""

from __future__ import annotations

from stopgap.lake.kept_stages import REVISIONS_HELD
from stopgap.lake.stage import Stage
from stopgap.panel.stages import dollars_sum

MIRROR_FLOWS = Stage(
    "mirror_flows",
    """
    SELECT DISTINCT flow FROM revisions_held
    WHERE flow IN ('X', 'M') AND period >= CAST($first AS DATE) AND period <= CAST($last AS DATE)
    """,
    (REVISIONS_HELD,),
)
"""Flows of which there are any figures: one row without the other side's."""

MIRROR_CODES = Stage(
    "mirror_codes",
    f"""
    SELECT frequency, source, revision, good, min(period) AS first_period, max(period) AS last_period,
        count(DISTINCT period) AS periods, {dollars_sum("value_usd")} AS value_usd
    FROM trade
    WHERE flow IN ('X', 'M') AND period >= CAST($first AS DATE) AND period <= CAST($last AS DATE)
    GROUP BY frequency, source, revision, good
    """,
)
"""Codes traded by any reporter, with the dollars of both flows."""

MIRROR_REPORTERS = Stage(
    "mirror_reporters",
    f"""
    SELECT t.flow, t.reporter, t.source, count(DISTINCT t.period) AS periods,
        {dollars_sum("t.value_usd * w.weight")} AS value_usd
    FROM trade AS t
    JOIN mirror_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    WHERE t.flow IN ('X', 'M') AND t.frequency = $frequency AND t.value_usd IS NOT NULL
        AND t.period >= CAST($first_period AS DATE) AND t.period <= CAST($last_period AS DATE)
    GROUP BY t.flow, t.reporter, t.source
    """,
)
"""Periods and dollars of the wanted goods, per (flow, reporter, source)."""

_RAW = Stage(
    "mirror_raw",
    """
    SELECT t.flow, t.reporter, t.partner, t.period, t.revision, w.panel_good AS good,
        t.value_usd * w.weight AS value_usd, t.net_kg * w.weight AS net_kg,
        w.is_estimated OR t.is_estimated AS is_estimated
    FROM trade AS t
    JOIN mirror_chosen AS s ON t.flow = s.flow AND t.source = s.source AND t.reporter = s.reporter
    JOIN mirror_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    WHERE t.frequency = $frequency AND t.value_usd IS NOT NULL AND t.reporter <> t.partner
        AND t.period >= CAST($first_period AS DATE) AND t.period <= CAST($last_period AS DATE)
    """,
)

_REVISION = Stage(
    "mirror_revision",
    """
    SELECT flow, reporter, period, max(revision) AS revision FROM mirror_raw GROUP BY flow, reporter, period
    """,
    (_RAW,),
)

_SIDES = Stage(
    "mirror_sides",
    f"""
    SELECT f.flow, CASE WHEN f.flow = 'X' THEN f.reporter ELSE f.partner END AS exporter,
        CASE WHEN f.flow = 'X' THEN f.partner ELSE f.reporter END AS importer, f.good, f.period,
        {dollars_sum("f.value_usd")} AS value_usd,
        CASE WHEN count(*) = count(f.net_kg) THEN {dollars_sum("f.net_kg")} END AS net_kg,
        {dollars_sum("CASE WHEN f.is_estimated THEN f.value_usd ELSE 0 END")} AS estimated_usd
    FROM mirror_raw AS f
    JOIN mirror_revision AS o ON f.flow = o.flow AND f.reporter = o.reporter AND f.period = o.period
        AND f.revision = o.revision
    GROUP BY f.flow, f.reporter, f.partner, f.good, f.period
    """,
    (_RAW, _REVISION),
)

_REEXPORTS = Stage(
    "mirror_reexports",
    f"""
    SELECT t.reporter AS exporter, t.partner AS importer, w.panel_good AS good, t.period,
        {dollars_sum("t.value_usd * w.weight")} AS reexports_usd
    FROM trade AS t
    JOIN mirror_chosen AS s ON s.flow = 'X' AND t.source = s.source AND t.reporter = s.reporter
    JOIN mirror_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    JOIN mirror_revision AS o ON o.flow = 'X' AND t.reporter = o.reporter AND t.period = o.period AND t.revision = o.revision
    WHERE t.flow = 'RX' AND t.frequency = $frequency AND t.value_usd IS NOT NULL
    GROUP BY t.reporter, t.partner, w.panel_good, t.period
    """,
    (_RAW, _REVISION),
)

MIRROR_PAIRS = Stage(
    "mirror_pairs",
    """
    SELECT coalesce(x.exporter, m.exporter) AS exporter, coalesce(x.importer, m.importer) AS importer,
        coalesce(x.good, m.good) AS good, coalesce(x.period, m.period) AS period,
        x.value_usd AS exporter_usd, m.value_usd AS importer_usd, x.net_kg AS exporter_kg, m.net_kg AS importer_kg,
        CASE WHEN a.exporter IS NOT NULL THEN coalesce(r.reexports_usd, 0) END AS reexports_usd,
        coalesce(x.estimated_usd, 0) + coalesce(m.estimated_usd, 0) AS estimated_usd
    FROM (SELECT * FROM mirror_sides WHERE flow = 'X') AS x
    FULL JOIN (SELECT * FROM mirror_sides WHERE flow = 'M') AS m
        ON x.exporter = m.exporter AND x.importer = m.importer AND x.good = m.good AND x.period = m.period
    LEFT JOIN mirror_reexports AS r
        ON x.exporter = r.exporter AND x.importer = r.importer AND x.good = r.good AND x.period = r.period
    LEFT JOIN (SELECT DISTINCT exporter, period FROM mirror_reexports) AS a
        ON x.exporter = a.exporter AND x.period = a.period
    """,
    (_SIDES, _REEXPORTS),
)
"""One row per (exporter, importer, good, period) that either side reports, current US dollars.

``exporter_usd`` FOB and ``exporter_kg`` as the exporter reports them, ``importer_usd`` CIF and
``importer_kg`` as the importer does. NULL if that side has no row: ``mirror_reported`` tells
whether it was silent. ``reexports_usd`` are re-exports of foreign goods, part of ``exporter_usd``,
which importers record under their origin; NULL if the exporter does not report them separately in the period.
"""

MIRROR_REPORTED = Stage(
    "mirror_reported",
    """
    SELECT DISTINCT s.flow, s.reporter, r.period
    FROM mirror_chosen AS s
    JOIN reported AS r ON r.source = s.source AND r.reporter = s.reporter AND r.flow = s.flow
    JOIN chapters AS c ON r.chapter = c.chapter
    WHERE r.frequency = $frequency
        AND r.period >= CAST($first_period AS DATE) AND r.period <= CAST($last_period AS DATE)
    """,
)
"""Periods that each reporter reported: ``flow, reporter, period``."""
