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

from stopgap.lake.kept_stages import REVISIONS_HELD, SEVERAL_REVISIONS
from stopgap.lake.stage import Stage
from stopgap.panel.stages import dollars_sum

MIRROR_SIDES = Stage(
    "mirror_sides",
    """
    SELECT DISTINCT flow FROM revisions_held
    WHERE flow IN ('X', 'M') AND period >= CAST($first AS DATE) AND period <= CAST($last AS DATE)
    """,
    (REVISIONS_HELD,),
)
"""Flows of which there are any figures: one row without the other side's."""

MIRROR_CODES = Stage(
    "mirror_codes",
    """
    SELECT frequency, source, revision, good, min(period) AS first_period, max(period) AS last_period,
        count(*) AS periods, CAST(sum(exact_usd) AS DOUBLE) AS value_usd
    FROM (
        SELECT frequency, source, revision, good, period, sum(CAST(value_usd AS DECIMAL(28, 6))) AS exact_usd
        FROM trade
        WHERE flow IN ('X', 'M') AND period >= CAST($first AS DATE) AND period <= CAST($last AS DATE)
        GROUP BY frequency, source, revision, good, period
    ) AS held
    GROUP BY frequency, source, revision, good
    """,
)
"""Codes traded by any reporter, with the dollars of both flows."""

MIRROR_REPORTERS = Stage(
    "mirror_reporters",
    """
    SELECT flow, reporter, source, count(*) AS periods, CAST(sum(exact_usd) AS DOUBLE) AS value_usd
    FROM (
        SELECT t.flow, t.reporter, t.source, t.period,
            sum(CAST(t.value_usd * w.weight AS DECIMAL(28, 6))) AS exact_usd
        FROM trade AS t
        JOIN mirror_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
        WHERE t.flow IN ('X', 'M') AND t.frequency = $frequency AND t.value_usd IS NOT NULL
            AND t.period >= CAST($first_period AS DATE) AND t.period <= CAST($last_period AS DATE)
        GROUP BY t.flow, t.reporter, t.source, t.period
    ) AS held
    GROUP BY flow, reporter, source
    """,
)
"""Periods and dollars of the wanted goods, per (flow, reporter, source)."""

MIRROR_PARTNERS = Stage(
    "mirror_partners",
    """
    SELECT DISTINCT partner FROM trade
    WHERE flow IN ('X', 'M') AND frequency = $frequency AND value_usd IS NOT NULL
        AND period >= CAST($first_period AS DATE) AND period <= CAST($last_period AS DATE)
    """,
)
"""Partners of any trade in the span: ``partner``."""

_REVISION = Stage(
    "mirror_revision",
    """
    SELECT t.flow, t.reporter, t.period, max(t.revision) AS revision
    FROM trade AS t
    JOIN several_revisions AS m ON t.source = m.source AND t.reporter = m.reporter AND t.period = m.period
        AND t.frequency = m.frequency AND t.flow = m.flow
    JOIN mirror_chosen AS s ON t.flow = s.flow AND t.source = s.source AND t.reporter = s.reporter
    JOIN mirror_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    WHERE t.frequency = $frequency AND t.value_usd IS NOT NULL AND t.reporter <> t.partner
        AND t.period >= CAST($first_period AS DATE) AND t.period <= CAST($last_period AS DATE)
    GROUP BY t.flow, t.reporter, t.period
    """,
    (SEVERAL_REVISIONS,),
)
"""Revision taken of periods that are held in several."""

MIRROR_ROWS = Stage(
    "mirror_rows",
    """
    SELECT t.flow = 'X' AS is_export, s.number AS reporter, p.number AS partner, w.number AS good, t.period,
        CAST(CAST(t.value_usd * w.weight AS DECIMAL(28, 6)) AS DOUBLE) AS value_usd,
        CAST(CAST(t.net_kg * w.weight AS DECIMAL(28, 6)) AS DOUBLE) AS net_kg,
        w.is_estimated OR t.is_estimated AS is_estimated
    FROM trade AS t
    JOIN mirror_chosen AS s ON t.flow = s.flow AND t.source = s.source AND t.reporter = s.reporter
    JOIN mirror_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    JOIN mirror_economies AS p ON t.partner = p.economy
    LEFT JOIN mirror_revision AS o ON t.flow = o.flow AND t.reporter = o.reporter AND t.period = o.period
    WHERE t.frequency = $frequency AND t.value_usd IS NOT NULL AND t.reporter <> t.partner
        AND t.period >= CAST($first_period AS DATE) AND t.period <= CAST($last_period AS DATE)
        AND coalesce(o.revision, t.revision) = t.revision
    """,
    (_REVISION,),
)
"""Single rows of either side: ``is_export, reporter, partner, good`` (numbers), ``period, value_usd, net_kg,
is_estimated``, current US dollars, FOB as exporters report them and CIF as importers do."""

MIRROR_FLOWS = Stage(
    "mirror_flows",
    f"""
    SELECT is_export, reporter, partner, good, period, {dollars_sum("value_usd")} AS value_usd,
        CASE WHEN count(*) = count(net_kg) THEN {dollars_sum("net_kg")} END AS net_kg,
        {dollars_sum("CASE WHEN is_estimated THEN value_usd ELSE 0 END")} AS estimated_usd
    FROM mirror_rows GROUP BY is_export, reporter, partner, good, period
    """,
    (MIRROR_ROWS,),
)
"""The same, added up, with the dollars that are estimates: for goods that several codes of a source make up."""

_REEXPORTED = Stage(
    "mirror_reexported",
    """
    SELECT DISTINCT t.reporter, t.period FROM trade AS t
    JOIN mirror_chosen AS s ON s.flow = 'X' AND t.source = s.source AND t.reporter = s.reporter
    WHERE t.flow = 'RX' AND t.frequency = $frequency AND t.value_usd IS NOT NULL
    """,
)

_EXPORT_REVISION = Stage(
    "mirror_export_revision",
    """
    SELECT t.reporter, t.period, max(t.revision) AS revision
    FROM trade AS t
    JOIN mirror_reexported AS r ON t.reporter = r.reporter AND t.period = r.period
    JOIN mirror_chosen AS s ON t.flow = s.flow AND t.source = s.source AND t.reporter = s.reporter
    JOIN mirror_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    WHERE t.flow = 'X' AND t.frequency = $frequency AND t.value_usd IS NOT NULL AND t.reporter <> t.partner
        AND t.period >= CAST($first_period AS DATE) AND t.period <= CAST($last_period AS DATE)
    GROUP BY t.reporter, t.period
    """,
    (_REEXPORTED,),
)
"""Revision of the exports of each period in which re-exports are reported too."""

MIRROR_REEXPORTS = Stage(
    "mirror_reexports",
    f"""
    SELECT s.number AS reporter, p.number AS partner, w.number AS good, t.period,
        {dollars_sum("t.value_usd * w.weight")} AS reexports_usd
    FROM trade AS t
    JOIN mirror_chosen AS s ON s.flow = 'X' AND t.source = s.source AND t.reporter = s.reporter
    JOIN mirror_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    JOIN mirror_export_revision AS o ON t.reporter = o.reporter AND t.period = o.period AND t.revision = o.revision
    LEFT JOIN mirror_economies AS p ON t.partner = p.economy
    WHERE t.flow = 'RX' AND t.frequency = $frequency AND t.value_usd IS NOT NULL
    GROUP BY s.number, p.number, w.number, t.period
    """,
    (_EXPORT_REVISION,),
)
"""Re-exports of foreign goods: ``reporter, partner (NULL if no flow names it), good, period, reexports_usd``.

They are part of exports, and importers record them under their origin. An exporter without any row in a period does not
report them separately in it.
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
