"""Queries that compare rows with the partner's report, the good's median unit value, and earlier periods."""

from __future__ import annotations

from stopgap.base.vocab import Frequency
from stopgap.lake.stage import Stage
from stopgap.measures.quality.scope import LOOKED_BACK, REPORTER, SERIES, Scope, counted_rows, exact, on, runs_of
from stopgap.panel.stages import dollars_sum

CALENDAR = (*REPORTER, "chapter", "level")  # columns within which a reporter's periods are counted
WEIGHTED = {
    "mean_usd": "coalesce(mean_usd, 0)",
    "weighted_log_usd": "coalesce(mean_usd * abs(log_ratio), 0)",
    "within_usd": "CASE WHEN log_ratio BETWEEN log_low - 1e-12 AND log_high + 1e-12 THEN mean_usd ELSE 0 END",
    "above_usd": "CASE WHEN log_ratio > log_high + 1e-12 THEN mean_usd ELSE 0 END",
    "below_usd": "CASE WHEN log_ratio < log_low - 1e-12 THEN mean_usd ELSE 0 END",
}
"""SQL of sums over pairs of rows: mean dollars, alone, times the log ratio, and within, above or below the band."""


def mirror(scope: Scope, levelled: Stage) -> Stage:
    """Build the stage that compares both sides' reports and states why a row has no counterpart.

    See ``QualityStages.mirror``.
    """
    key = ("source", "frequency", "period", "exporter", "importer", "good", "revision")
    mirrored = Stage(
        "mirrored",
        f"""
        SELECT {", ".join(f"coalesce(x.{name}, m.{name}) AS {name}" for name in (*key, "chapter"))},
            x.value_usd AS exports_usd, m.value_usd AS imports_usd, m.valuation AS valuation
        FROM (
            SELECT source, frequency, period, reporter AS exporter, partner AS importer, good, revision, chapter, value_usd
            FROM levelled WHERE flow = 'X' AND partner_kind = 'economy' AND value_usd > 0 AND reporter <> partner
        ) AS x
        FULL JOIN (
            SELECT source, frequency, period, partner AS exporter, reporter AS importer, good, revision, chapter, value_usd, valuation
            FROM levelled WHERE flow = 'M' AND partner_kind = 'economy' AND value_usd > 0 AND reporter <> partner
        ) AS m ON {on(key, "x", "m")}
        """,
        (levelled,),
    )
    revisions = Stage(
        "revisions",
        f"""
        SELECT DISTINCT source, frequency, flow, reporter, period, revision FROM counted
        UNION
        SELECT DISTINCT source, frequency, flow, reporter, period, revision FROM trade_aggregates WHERE {scope.of_rows()}
        """,
        (counted_rows(scope),),
    )
    group = "source, frequency, period, exporter, importer, revision, chapter"
    compared = Stage(
        "compared",
        f"""
        SELECT {group}, count(*) AS n, {exact("exports_usd")} AS exports_usd, {exact("imports_usd")} AS imports_usd,
            log_ratio IS NOT NULL AS is_compared, exports_usd IS NOT NULL AS is_exporters,
            {", ".join(f"{exact(sql)} AS {name}" for name, sql in WEIGHTED.items())}
        FROM (
            SELECT *, ln(imports_usd / exports_usd) AS log_ratio, (exports_usd + imports_usd) / 2 AS mean_usd,
                CASE WHEN valuation = 'FOB' THEN ln($fob_low) ELSE ln($cif_low) END AS log_low,
                CASE WHEN valuation = 'FOB' THEN ln($fob_high) ELSE ln($cif_high) END AS log_high
            FROM mirrored
        ) AS ratios
        GROUP BY {group}, is_compared, is_exporters
        """,
        (mirrored,),
    )
    answered = _answered(compared, revisions)

    def part(side: str, outcome: str) -> str:
        return f"CAST(sum(CASE WHEN outcome = '{outcome}' THEN coalesce({side}, 0) ELSE 0 END) AS DOUBLE)"

    sides = ",\n            ".join(
        f"{part(f'{side}_usd', outcome)} AS {side}_{outcome.replace(' ', '_')}_usd"
        for side in ("exports", "imports")
        for outcome in ("compared", "no row", "other revision", "silent")
    )
    return Stage(
        "mirror",
        f"""
        SELECT source, frequency, exporter, importer,
            CAST(sum(CASE WHEN outcome = 'compared' THEN n ELSE 0 END) AS BIGINT) AS rows_compared,
            CAST(sum(n) AS BIGINT) AS rows_held,
            {sides},
            {", ".join(f"CAST(sum({name}) AS DOUBLE) AS {name}" for name in WEIGHTED)}
        FROM answered
        WHERE {scope.of_one("exporter", "importer")}
        GROUP BY source, frequency, exporter, importer
        ORDER BY source, frequency, exporter, importer
        """,
        (answered,),
    )


def _answered(compared: Stage, revisions: Stage) -> Stage:
    """Build the stage that shows if the partner reported the chapter at all, and in the same revision of codes."""
    return Stage(
        "answered",
        f"""
        SELECT m.*, CASE WHEN m.is_compared THEN 'compared' WHEN r.reporter IS NULL THEN 'silent'
            WHEN v.reporter IS NULL THEN 'other revision' ELSE 'no row' END AS outcome
        FROM (
            SELECT *, CASE WHEN is_exporters THEN 'M' ELSE 'X' END AS other_flow,
                CASE WHEN is_exporters THEN importer ELSE exporter END AS other
            FROM compared
        ) AS m
        LEFT JOIN (SELECT DISTINCT source, frequency, flow, reporter, period, chapter FROM reported) AS r
            ON {on(("source", "frequency", "period", "chapter"), "r", "m")} AND r.flow = m.other_flow AND r.reporter = m.other
        LEFT JOIN revisions AS v
            ON {on(("source", "frequency", "period", "revision"), "v", "m")} AND v.flow = m.other_flow AND v.reporter = m.other
        """,
        (compared, revisions),
    )


def unit_values(scope: Scope, levelled: Stage) -> tuple[Stage, Stage]:
    """Build the stages that compare dollars per kilogram with the median of the good and flow: sums, outlier rows."""
    group = ("source", "frequency", "flow", "good", "revision")
    names = ", ".join(group)
    weighed = Stage(
        "weighed",
        """
        SELECT *, ln(value_usd / net_kg) AS log_price FROM levelled
        WHERE partner_kind = 'economy' AND net_kg > 0 AND value_usd > 0
        """,
        (levelled,),
    )
    medians = Stage(
        "medians",
        f"""
        SELECT {names}, median(log_price) AS middle, count(*) AS group_rows FROM weighed
        GROUP BY {names} HAVING count(*) >= $group_floor
        """,
        (weighed,),
    )
    spreads = Stage(
        "spreads",
        f"""
        SELECT {", ".join(f"w.{name}" for name in group)}, max(m.middle) AS middle, max(m.group_rows) AS group_rows,
            1.4826 * median(abs(w.log_price - m.middle)) AS spread
        FROM weighed AS w JOIN medians AS m ON {on(group, "w", "m")}
        GROUP BY {", ".join(f"w.{name}" for name in group)}
        """,
        (weighed, medians),
    )
    judged_columns = (*SERIES, "revision", "period", "value_usd", "net_kg", "receipt")
    # Where more than half of a group have one price the spread is 0 and nothing is judged.
    judged = Stage(
        "judged",
        f"""
        SELECT {", ".join(f"w.{name}" for name in judged_columns)}, s.middle, s.group_rows, (w.log_price - s.middle) / s.spread AS z,
            abs(w.log_price - s.middle) >= $outlier_z * s.spread AND abs(w.log_price - s.middle) >= ln($outlier_factor) AS is_outlying
        FROM weighed AS w JOIN spreads AS s ON {on(group, "w", "s")} WHERE s.spread > 1e-9
        """,
        (weighed, spreads),
    )
    keys = ", ".join(REPORTER)
    sums = Stage(
        "unit_value_sums",
        f"""
        SELECT {keys}, count(*) AS rows_judged, {dollars_sum("value_usd")} AS judged_usd,
            count(CASE WHEN is_outlying THEN 1 END) AS rows_outlying,
            {dollars_sum("CASE WHEN is_outlying THEN value_usd ELSE 0 END")} AS outlying_usd
        FROM judged WHERE {scope.of_one("reporter")} GROUP BY {keys} ORDER BY {keys}
        """,
        (judged,),
    )
    rows = Stage(
        "unit_values",
        f"""
        SELECT {keys}, partner, good, revision, period, value_usd, net_kg, value_usd / net_kg AS price_usd_per_kg,
            exp(middle) AS median_usd_per_kg, z, group_rows, receipt
        FROM judged WHERE is_outlying AND {scope.of_one("reporter")}
        ORDER BY value_usd DESC, {keys}, partner, good, revision, period
        LIMIT $limit
        """,
        (judged,),
    )
    return sums, rows


def _series_runs(levelled: Stage) -> tuple[Stage, Stage, Stage]:
    """Build the stages of periods by chapter, of numbered series, and of runs of periods in which each has trade."""
    # A reporter that no longer gives a chapter at this level is no stop of its series.
    calendar_names, series = ", ".join(CALENDAR), ", ".join(SERIES)
    calendar = Stage(
        "chapter_calendar",
        f"""
        SELECT {calendar_names}, period, newest, row_number() OVER (PARTITION BY {calendar_names} ORDER BY period) AS place,
            count(*) OVER (PARTITION BY {calendar_names}) AS last_place
        FROM (
            SELECT {calendar_names}, period, max(revision) AS newest FROM levelled GROUP BY {calendar_names}, period
        ) AS held
        """,
        (levelled,),
    )
    held = Stage(
        "series_held",
        f"""
        SELECT {", ".join(f"d.{name}" for name in (*SERIES, "chapter", "level"))}, c.last_place,
            row_number() OVER (ORDER BY {", ".join(f"d.{name}" for name in (*SERIES, "chapter", "level"))}) AS number
        FROM (
            SELECT DISTINCT {series}, chapter, level FROM levelled WHERE partner_kind = 'economy' AND value_usd > 0
        ) AS d
        JOIN (SELECT DISTINCT {calendar_names}, last_place FROM chapter_calendar) AS c ON {on(CALENDAR, "d", "c")}
        """,
        (levelled, calendar),
    )
    points = Stage(
        "points",
        f"""
        SELECT n.number, n.frequency, c.place, max(t.revision) AS revision, sum(t.value_usd) AS value_usd
        FROM levelled AS t
        JOIN series_held AS n ON {on((*SERIES, "chapter", "level"), "t", "n")}
        JOIN chapter_calendar AS c ON {on((*CALENDAR, "period"), "t", "c")}
        WHERE t.partner_kind = 'economy' AND t.value_usd > 0
        GROUP BY n.number, n.frequency, c.place
        """,
        (levelled, held, calendar),
    )
    sums_of_runs = {"seen": "count(*)", "recent_usd": "sum(value_usd)"}
    runs = Stage("series_runs", runs_of("points", "number", sums_of_runs), (points,))
    return calendar, held, runs


def stops(scope: Scope, levelled: Stage) -> tuple[Stage, Stage]:
    """Build the stages on gaps in regular series while their reporter reports: sums per reporter, and the gaps."""
    calendar, held, runs = _series_runs(levelled)
    series = ", ".join(SERIES)
    regular_needs = f"CASE frequency WHEN 'M' THEN $regular_months ELSE {LOOKED_BACK[Frequency.ANNUAL]} END"
    regular = f"seen >= {regular_needs}"
    real = _real_gaps((runs, held), calendar, levelled, regular)
    key = f"{series}, level"
    keys = ", ".join(REPORTER)
    sums = Stage(
        "stop_sums",
        f"""
        SELECT s.source, s.frequency, s.flow, s.reporter, s.series, s.regular_series,
            CAST(coalesce(g.stopped, 0) AS BIGINT) AS stopped, CAST(coalesce(g.resumed, 0) AS BIGINT) AS resumed
        FROM (
            SELECT {keys}, count(*) AS series, count(CASE WHEN is_regular THEN 1 END) AS regular_series FROM (
                SELECT number, bool_or({regular}) AS is_regular FROM series_runs GROUP BY number
            ) AS each_series JOIN series_held AS n ON each_series.number = n.number
            GROUP BY {keys}
        ) AS s
        LEFT JOIN (
            SELECT {keys}, count(CASE WHEN is_open THEN 1 END) AS stopped, count(CASE WHEN resumes THEN 1 END) AS resumed
            FROM (
                SELECT {key}, bool_or(next_place IS NULL) AS is_open, bool_or(next_place IS NOT NULL) AS resumes
                FROM real_gaps GROUP BY {key}
            ) AS each_series GROUP BY {keys}
        ) AS g ON {on(REPORTER, "s", "g")}
        WHERE {scope.of_one("s.reporter")}
        ORDER BY s.source, s.frequency, s.flow, s.reporter
        """,
        (runs, held, real),
    )
    rows = Stage(
        "stops",
        f"""
        SELECT {series}, first_missing, form, CAST(periods_missing AS BIGINT) AS periods_missing,
            next_place IS NOT NULL AS has_resumed, seen AS periods_with_trade, recent_usd / seen AS mean_usd
        FROM real_gaps WHERE {scope.of_one("reporter")}
        ORDER BY mean_usd DESC, {series}, first_missing
        LIMIT $limit
        """,
        (real,),
    )
    return sums, rows


def _real_gaps(runs: tuple[Stage, Stage], calendar: Stage, levelled: Stage, regular: str) -> Stage:
    """Build the stage of gaps in regular series while the chapter is reported, except codes ended by a revision."""
    series = ", ".join(SERIES)
    gaps = Stage(
        "gaps",
        f"""
        SELECT r.*, c.period AS first_missing, c.newest,
            CASE WHEN z.source IS NULL THEN 'no row' ELSE 'zero' END AS form,
            coalesce(r.next_place, r.last_place + 1) - r.place - 1 AS periods_missing
        FROM (
            SELECT {", ".join(f"n.{name}" for name in (*SERIES, "chapter", "level", "last_place"))},
                p.place, p.revision, p.next_place, p.seen, p.recent_usd
            FROM (SELECT * FROM series_runs WHERE {regular}) AS p JOIN series_held AS n ON p.number = n.number
            WHERE p.place < n.last_place AND coalesce(p.next_place, n.last_place + 1) > p.place + 1
        ) AS r
        JOIN chapter_calendar AS c ON {on(CALENDAR, "r", "c")} AND c.place = r.place + 1
        LEFT JOIN (SELECT DISTINCT {series}, period FROM levelled WHERE value_usd = 0) AS z
            ON {on(SERIES, "r", "z")} AND z.period = c.period
        """,
        (*runs, calendar, levelled),
    )
    # Codes end with a revision: where the reporter has a newer one and nobody uses the code, it ended.
    return Stage(
        "real_gaps",
        f"""
        SELECT g.* FROM gaps AS g
        LEFT JOIN (SELECT DISTINCT source, frequency, flow, good, period FROM levelled) AS a
            ON {on(("source", "frequency", "flow", "good"), "g", "a")} AND a.period = g.first_missing
        WHERE g.newest = g.revision OR a.good IS NOT NULL
        """,
        (gaps, levelled),
    )
