"""Build the SQL stages of the quality report.

They read only the lake's public views, so ``stopgap query`` can run each as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from stopgap.base.sql import quoted
from stopgap.lake.engines.engine import Scalar
from stopgap.lake.stage import Stage
from stopgap.measures.quality.row_queries import mirror, stops, unit_values
from stopgap.measures.quality.scope import CHAPTER, IS_CODE, REPORTER, Scope, counted_rows, levelled_rows, on, runs_of
from stopgap.panel.stages import dollars_sum


@dataclass(frozen=True)
class QualityStages:
    """SQL stages of the quality report for one scope."""

    coverage: Stage  # one row per (source, frequency, flow, reporter, period of the source): state
    totals: Stage  # rows and dollars per reporter, by kind of partner and of good
    mirror: Stage  # one row per (source, frequency, exporter, importer): what both sides report
    unit_value_sums: Stage  # rows and dollars with a weight, judged, and unlike others, per reporter
    unit_values: Stage  # the rows unlike others, largest first, at most $limit
    stop_sums: Stage  # regular series, and how many of them have a gap, per reporter
    stops: Stage  # gaps in regular series while their reporter reports, largest first, at most $limit
    rounding: Stage  # figures per (source, reporter, currency), and how many are whole multiples of 10, 100 …

    def all(self) -> dict[str, Stage]:
        """Return every stage by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def runnable(stage: Stage, params: Mapping[str, Scalar]) -> str:
    """Return the SQL with its parameters replaced by literals, ready for ``stopgap query``."""

    def literal(found: re.Match[str]) -> str:
        value = params[found[1]]
        return quoted(value) if isinstance(value, str) else str(value)

    return re.sub(r"\$(\w+)", literal, stage.compiled())


def quality_stages(scope: Scope | None = None) -> QualityStages:
    """Build the stages for a scope (default: the whole lake)."""
    scope = scope or Scope()
    levelled = levelled_rows(scope)
    unit_value_sums, unlike = unit_values(scope, levelled)
    stop_sums, gaps = stops(scope, levelled)
    return QualityStages(
        coverage=_coverage(scope),
        totals=_totals(scope, levelled),
        mirror=mirror(scope, levelled),
        unit_value_sums=unit_value_sums,
        unit_values=unlike,
        stop_sums=stop_sums,
        stops=gaps,
        rounding=_rounding(scope),
    )


def _coverage(scope: Scope) -> Stage:
    keys = ", ".join(REPORTER)
    present = Stage("present", f"SELECT DISTINCT {keys}, period FROM reported WHERE {scope.of_reports()}")
    calendar = Stage(
        "calendar",
        f"SELECT {keys}, period, row_number() OVER (PARTITION BY {keys} ORDER BY period) AS place FROM present",
        (present,),
    )
    codes = Stage(
        "codes",
        f"""
        SELECT {keys}, period, chapter, good FROM counted GROUP BY {keys}, period, chapter, good
        UNION
        SELECT {keys}, period, {CHAPTER} AS chapter, good FROM trade_aggregates
        WHERE {scope.of_rows()} AND value_usd IS NOT NULL
        """,
        (counted_rows(scope),),
    )
    chapters = Stage(
        "chapters_held",
        f"SELECT {keys}, period, chapter, count(*) AS goods FROM codes GROUP BY {keys}, period, chapter",
        (codes,),
    )
    placed = Stage(
        "chapters_placed",
        f"SELECT h.*, c.place FROM chapters_held AS h JOIN calendar AS c ON {on((*REPORTER, 'period'), 'h', 'c')}",
        (chapters, calendar),
    )
    chapter_runs = Stage(
        "chapter_runs", runs_of("chapters_placed", f"{keys}, chapter", {"seen": "count(*)"}), (placed,)
    )
    # Chapters that no reporter has in a period were not imported: they are not absent.
    absent = Stage(
        "chapters_absent",
        f"""
        SELECT c.source, c.frequency, c.flow, c.reporter, c.period, count(*) AS chapters_absent
        FROM chapter_runs AS r
        JOIN calendar AS c ON {on(REPORTER, "r", "c")}
            AND c.place > r.place AND c.place < coalesce(r.next_place, 1000000)
        JOIN (SELECT DISTINCT source, frequency, flow, period, chapter FROM chapters_held) AS o
            ON {on(("source", "frequency", "flow", "period"), "o", "c")} AND o.chapter = r.chapter
        WHERE r.seen = CASE r.frequency WHEN 'M' THEN 12 ELSE 3 END
        GROUP BY c.source, c.frequency, c.flow, c.reporter, c.period
        """,
        (chapter_runs, calendar, chapters),
    )
    return Stage(
        "coverage",
        f"""
        SELECT r.source, r.frequency, r.flow, r.reporter, p.period,
            CASE WHEN c.place IS NULL THEN 'silent'
                WHEN coalesce(a.chapters_absent, 0) > $absent_share * (coalesce(w.chapters, 0) + coalesce(a.chapters_absent, 0))
                    OR coalesce(w.goods, 0) < $partial_share * coalesce(w.goods_before, 0) THEN 'partial'
                ELSE 'reported' END AS state,
            CAST(coalesce(w.chapters, 0) AS BIGINT) AS chapters,
            CAST(coalesce(a.chapters_absent, 0) AS BIGINT) AS chapters_absent,
            CAST(coalesce(w.goods, 0) AS BIGINT) AS goods, w.goods_before
        FROM (SELECT DISTINCT {keys} FROM present) AS r
        JOIN (SELECT DISTINCT source, frequency, flow, period FROM present) AS p
            ON {on(("source", "frequency", "flow"), "r", "p")}
        LEFT JOIN calendar AS c ON {on(REPORTER, "r", "c")} AND p.period = c.period
        LEFT JOIN chapters_absent AS a ON {on(REPORTER, "r", "a")} AND p.period = a.period
        LEFT JOIN widths AS w ON {on(REPORTER, "r", "w")} AND p.period = w.period
        WHERE {scope.of_one("r.reporter")}
        ORDER BY r.source, r.frequency, r.flow, r.reporter, p.period
        """,
        (present, calendar, absent, _widths(keys, chapters)),
    )


def _widths(keys: str, chapters: Stage) -> Stage:
    """Build the stage with chapters and goods per period, and mean goods over the 12 (annual: 3) periods before."""
    return Stage(
        "widths",
        f"""
        SELECT {keys}, period, chapters, goods,
            CASE frequency
                WHEN 'M' THEN CASE WHEN count(*) OVER (PARTITION BY {keys} ORDER BY period ROWS BETWEEN 12 PRECEDING AND 1 PRECEDING) = 12
                    THEN avg(goods) OVER (PARTITION BY {keys} ORDER BY period ROWS BETWEEN 12 PRECEDING AND 1 PRECEDING) END
                ELSE CASE WHEN count(*) OVER (PARTITION BY {keys} ORDER BY period ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING) = 3
                    THEN avg(goods) OVER (PARTITION BY {keys} ORDER BY period ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING) END
            END AS goods_before
        FROM (
            SELECT {keys}, period, count(*) AS chapters, sum(goods) AS goods FROM chapters_held GROUP BY {keys}, period
        ) AS summed
        """,
        (chapters,),
    )


def _totals(scope: Scope, levelled: Stage) -> Stage:
    keys = ", ".join(REPORTER)
    special = f"chapter IN ('98', '99') OR NOT ({IS_CODE} OR good LIKE '%+%' OR good LIKE '%:%')"
    return Stage(
        "totals",
        f"""
        SELECT {keys}, partner_kind, good_kind, count(*) AS rows_held, {dollars_sum("value_usd")} AS value_usd,
            count(CASE WHEN is_estimated THEN 1 END) AS rows_estimated,
            {dollars_sum("CASE WHEN is_estimated THEN value_usd ELSE 0 END")} AS estimated_usd,
            count(CASE WHEN net_kg IS NULL THEN 1 END) AS rows_unweighed,
            {dollars_sum("CASE WHEN net_kg IS NULL THEN value_usd ELSE 0 END")} AS unweighed_usd,
            count(CASE WHEN value_usd = 0 THEN 1 END) AS rows_zero
        FROM (
            SELECT *, CASE WHEN {special} THEN 'unspecified' ELSE 'specified' END AS good_kind FROM levelled
        ) AS kinds
        WHERE {scope.of_one("reporter")}
        GROUP BY {keys}, partner_kind, good_kind
        ORDER BY {keys}, partner_kind, good_kind
        """,
        (levelled,),
    )


ROUND_TO = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)  # units that figures are tried against


def _rounding(scope: Scope) -> Stage:
    # Figures printed in thousands or billions come back with an error in the last digits of a double.
    multiples = ", ".join(
        f"count(CASE WHEN abs(value_reported - round(value_reported / {unit}) * {unit}) <= 1e-9 * value_reported THEN 1 END) AS multiples_{unit}"
        for unit in ROUND_TO
    )
    return Stage(
        "rounding",
        f"""
        SELECT source, reporter, currency, count(*) AS figures, {multiples}
        FROM trade WHERE {scope.of_rows()} AND value_reported > 0 AND {scope.of_one("reporter")}
        GROUP BY source, reporter, currency HAVING count(*) >= $rounding_floor
        ORDER BY source, reporter, currency
        """,
    )
