"""Both sides' reports joined by one plain statement, to hold the pairs that a measure makes against."""

from __future__ import annotations

from stopgap.lake.stage import Stage

REVISION = """
    SELECT flow, reporter, period, max(revision) AS revision FROM mirror_raw GROUP BY flow, reporter, period
"""

RAW = Stage(
    "mirror_raw",
    """
    SELECT t.flow, t.reporter, t.partner, t.period, t.revision, w.panel_good AS good,
        CAST(t.value_usd * w.weight AS DECIMAL(28, 6)) AS value_usd,
        CAST(t.net_kg * w.weight AS DECIMAL(28, 6)) AS net_kg, w.is_estimated OR t.is_estimated AS is_estimated
    FROM trade AS t
    JOIN mirror_chosen AS s ON t.flow = s.flow AND t.source = s.source AND t.reporter = s.reporter
    JOIN mirror_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    WHERE t.frequency = $frequency AND t.value_usd IS NOT NULL AND t.reporter <> t.partner
        AND t.period >= CAST($first_period AS DATE) AND t.period <= CAST($last_period AS DATE)
    """,
)

PLAIN_PAIRS = Stage(
    "plain_pairs",
    f"""
    WITH revisions AS ({REVISION}),
    sides AS (
        SELECT f.flow, CASE WHEN f.flow = 'X' THEN f.reporter ELSE f.partner END AS exporter,
            CASE WHEN f.flow = 'X' THEN f.partner ELSE f.reporter END AS importer, f.good, f.period,
            CAST(sum(f.value_usd) AS DOUBLE) AS value_usd,
            CASE WHEN count(*) = count(f.net_kg) THEN CAST(sum(f.net_kg) AS DOUBLE) END AS net_kg,
            CAST(sum(CASE WHEN f.is_estimated THEN f.value_usd ELSE 0 END) AS DOUBLE) AS estimated_usd
        FROM mirror_raw AS f
        JOIN revisions AS o ON f.flow = o.flow AND f.reporter = o.reporter AND f.period = o.period
            AND f.revision = o.revision
        GROUP BY f.flow, f.reporter, f.partner, f.good, f.period
    ),
    reexports AS (
        SELECT t.reporter AS exporter, t.partner AS importer, w.panel_good AS good, t.period,
            CAST(sum(CAST(t.value_usd * w.weight AS DECIMAL(28, 6))) AS DOUBLE) AS reexports_usd
        FROM trade AS t
        JOIN mirror_chosen AS s ON s.flow = 'X' AND t.source = s.source AND t.reporter = s.reporter
        JOIN mirror_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
        JOIN revisions AS o ON o.flow = 'X' AND t.reporter = o.reporter AND t.period = o.period
            AND t.revision = o.revision
        WHERE t.flow = 'RX' AND t.frequency = $frequency AND t.value_usd IS NOT NULL
        GROUP BY t.reporter, t.partner, w.panel_good, t.period
    )
    SELECT coalesce(x.exporter, m.exporter) AS exporter, coalesce(x.importer, m.importer) AS importer,
        coalesce(x.good, m.good) AS good, coalesce(x.period, m.period) AS period,
        x.value_usd AS exporter_usd, m.value_usd AS importer_usd, x.net_kg AS exporter_kg, m.net_kg AS importer_kg,
        CASE WHEN a.exporter IS NOT NULL THEN coalesce(r.reexports_usd, 0) END AS reexports_usd,
        coalesce(x.estimated_usd, 0) + coalesce(m.estimated_usd, 0) AS estimated_usd
    FROM (SELECT * FROM sides WHERE flow = 'X') AS x
    FULL JOIN (SELECT * FROM sides WHERE flow = 'M') AS m
        ON x.exporter = m.exporter AND x.importer = m.importer AND x.good = m.good AND x.period = m.period
    LEFT JOIN reexports AS r
        ON x.exporter = r.exporter AND x.importer = r.importer AND x.good = r.good AND x.period = r.period
    LEFT JOIN (SELECT DISTINCT exporter, period FROM reexports) AS a
        ON x.exporter = a.exporter AND x.period = a.period
    """,
    (RAW,),
)
"""One row per (exporter, importer, good, period) that either side reports, in current US dollars."""
