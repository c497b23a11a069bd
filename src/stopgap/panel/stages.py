"""The panel's stages: supplier x good, baseline and after, in dollars a year.

Relations read besides the lake's views:
    ``wanted(source, revision, good, panel_good, weight, is_estimated)``: how a code of
        the lake counts towards a good of the panel.
    ``chapters(chapter)``: chapters (or composites) whose rows show that a reporter reported.
    ``chosen(supplier, source, reporter, partner)``: the one source taken for each supplier,
        and which side is the reporter in it.
    ``periods(period, part, season)``: both windows.
Scalars: ``$target``, ``$flow``, ``$frequency``, ``$periods_per_year``.

``supplier`` stands for the target's partner in either direction: an exporter to
the target, or a buyer from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from stopgap.base.vocab import Report
from stopgap.lake.kept_stages import SEVERAL_REVISIONS
from stopgap.lake.stage import OnCopy, Stage
from stopgap.panel.arrays.reported_arrays import reported_counts_on_copy, supplier_periods_on_copy
from stopgap.panel.arrays.target_arrays import (
    active_on_copy,
    baseline_totals_on_copy,
    cells_on_copy,
    dollars_on_copy,
    good_series_on_copy,
    holders_on_copy,
    present_codes_on_copy,
)


def dollars_sum(expression: str) -> str:
    """Return SQL for a sum of dollars that does not depend on row order.

    Doubles added in another order differ in their last digits, which would change the hash of
    a finding, so terms are rounded to a millionth of a dollar and added exactly.
    """
    return f"CAST(sum(CAST({expression} AS DECIMAL(28, 6))) AS DOUBLE)"


def squares_sum(one: str, other: str) -> str:
    """Return SQL for a sum of products of dollars that does not depend on row order; see :func:`dollars_sum`."""
    return f"CAST(sum(CAST({one} * {other} AS DECIMAL(38, 6))) AS DOUBLE)"


@dataclass(frozen=True)
class Panel:
    """Stages of a measure on one side's reports.

    Attributes:
        present_codes: One row per (frequency, source, revision, good) traded with the target
            between ``$first`` and ``$last``.
        supplier_periods: Periods reported by a supplier (for mirror figures, by the target).
        cells: Mean dollars per year per (supplier, good), the baseline weighted to the calendar
            months in the after-window. Suppliers silent in either window are
            absent: missing, not zero. A reported period without a row is a true zero.
    """

    present_codes: Stage
    holders: Stage  # one row per (supplier, source) with trade in the goods wanted
    reported_counts: Stage  # periods that each reporter reported in each source and window
    supplier_periods: Stage
    cells: Stage
    active_periods: Stage  # after-periods in which a supplier sold at least $active_usd
    baseline_totals: Stage  # baseline dollars of every supplier, those without an after-window too
    series: Stage  # dollars per (supplier, period)
    good_series: Stage  # dollars per (supplier, good, period) that the supplier reported

    def all(self) -> tuple[Stage, ...]:
        """Return every stage of the panel."""
        return tuple(vars(self).values())


def sides(report: Report) -> tuple[str, str]:
    """Return the columns that hold the supplier and the target in one side's reports."""
    return ("partner", "reporter") if report is Report.MIRROR else ("reporter", "partner")


REPORTED_COUNTS = Stage(
    "reported_counts",
    """
    SELECT r.source, r.reporter, p.part, count(DISTINCT r.period) AS periods
    FROM reported AS r
    JOIN periods AS p ON r.period = p.period
    JOIN chapters AS c ON r.chapter = c.chapter
    WHERE r.frequency = $frequency AND r.flow = $flow
    GROUP BY r.source, r.reporter, p.part
    """,
    on_copy=reported_counts_on_copy,
)

SOURCES_OF_GOODS = Stage(
    "sources_of_goods",
    """
    SELECT DISTINCT h.source
    FROM (SELECT DISTINCT source, good FROM trade WHERE flow = $flow AND frequency = $frequency) AS h
    JOIN headings AS g ON substr(h.good, 1, length(g.heading)) = g.heading
    """,
)
"""Sources that hold any of the goods, with any partner; reads ``headings(heading)``.

A file of one heading shows that its reporters reported the chapter, and says nothing of the chapter's other goods.
"""

SUPPLIER_PERIODS = Stage(
    "supplier_periods",
    """
    SELECT DISTINCT s.supplier, p.period, p.part, p.season
    FROM chosen AS s
    JOIN reported AS r ON r.source = s.source AND r.reporter = s.reporter
    JOIN chapters AS c ON r.chapter = c.chapter
    JOIN periods AS p ON r.period = p.period
    WHERE r.frequency = $frequency AND r.flow = $flow
    """,
    is_shared=True,
    on_copy=supplier_periods_on_copy,
)

BASELINE_SEASONS = Stage(
    "baseline_seasons",
    "SELECT supplier, season, count(*) AS n FROM supplier_periods WHERE part = 'baseline' GROUP BY supplier, season",
    (SUPPLIER_PERIODS,),
)

USABLE = Stage(
    "usable",
    """
    SELECT a.supplier, a.season, b.n AS n_baseline, count(*) AS n_after
    FROM supplier_periods AS a
    JOIN baseline_seasons AS b ON a.supplier = b.supplier AND a.season = b.season
    WHERE a.part = 'after'
    GROUP BY a.supplier, a.season, b.n
    """,
    (SUPPLIER_PERIODS, BASELINE_SEASONS),
)

BOTH_WINDOWS = Stage(
    "both_windows", "SELECT supplier, sum(n_after) AS n_after FROM usable GROUP BY supplier", (USABLE,)
)


@cache
def panel(report: Report = Report.REPORTED) -> Panel:
    """Build the panel's stages on one side's reports."""
    supplier, other = sides(report)
    is_own = report is Report.REPORTED  # series of suppliers' reports stand together in a copy
    dollars = _dollars(supplier, other, dollars_on_copy if is_own else None)
    present_codes = Stage(
        "present_codes",
        f"""
        SELECT frequency, source, revision, good, min(period) AS first_period, max(period) AS last_period,
            count(DISTINCT period) AS periods, {dollars_sum("value_usd")} AS value_usd
        FROM trade
        WHERE {other} = $target AND flow = $flow AND {supplier} <> $target
            AND period >= CAST($first AS DATE) AND period <= CAST($last AS DATE)
        GROUP BY frequency, source, revision, good
        """,
        on_copy=present_codes_on_copy if is_own else None,
    )
    holders = Stage(
        "holders",
        f"""
        SELECT t.{supplier} AS supplier, t.source, max(t.period) AS last_period, count(DISTINCT w.panel_good) AS goods
        FROM trade AS t
        JOIN wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
        WHERE t.{other} = $target AND t.flow = $flow AND t.{supplier} <> $target AND t.frequency = $frequency
            AND t.period >= CAST($first AS DATE) AND t.period <= CAST($last AS DATE)
        GROUP BY t.{supplier}, t.source
        """,
        on_copy=holders_on_copy if is_own else None,
    )
    active_periods = Stage(
        "active_periods",
        f"""
        SELECT supplier, count(*) AS n FROM (
            SELECT x.supplier, x.period FROM dollars AS x JOIN periods AS p ON x.period = p.period
            WHERE p.part = 'after' GROUP BY x.supplier, x.period
            HAVING {dollars_sum("x.value_usd")} >= $active_usd
        ) AS active GROUP BY supplier
        """,
        (dollars,),
        on_copy=active_on_copy if is_own else None,
    )
    baseline_totals = Stage(
        "baseline_totals",
        f"""
        SELECT x.supplier, {dollars_sum("x.value_usd")} AS value_usd FROM dollars AS x
        JOIN periods AS p ON x.period = p.period WHERE p.part = 'baseline' GROUP BY x.supplier
        """,
        (dollars,),
        on_copy=baseline_totals_on_copy if is_own else None,
    )
    series = Stage(
        "series",
        f"SELECT x.supplier, x.period, {dollars_sum('x.value_usd')} AS value_usd FROM dollars AS x GROUP BY x.supplier, x.period",
        (dollars,),
    )
    good_series = Stage(
        "good_series",
        """
        SELECT x.supplier, x.good, x.period, x.value_usd FROM dollars AS x
        JOIN supplier_periods AS r ON x.supplier = r.supplier AND x.period = r.period
        """,
        (dollars, SUPPLIER_PERIODS),
        on_copy=good_series_on_copy if is_own else None,
    )
    return Panel(
        present_codes,
        holders,
        REPORTED_COUNTS,
        SUPPLIER_PERIODS,
        _cells(dollars, cells_on_copy if is_own else None),
        active_periods,
        baseline_totals,
        series,
        good_series,
    )


def newest_revision(name: str, rows: Stage) -> Stage:
    """Build the stage of the revision taken of each (supplier, period) that a source holds in several: the newest, never a sum.

    ``rows`` has ``supplier``, ``period`` and ``revision``. Periods held in one revision are absent, so a reader joins from the
    left and keeps rows for which ``coalesce(newest, own) = own``.
    """
    return Stage(
        name,
        f"""
        SELECT f.supplier, f.period, max(f.revision) AS revision
        FROM {rows.name} AS f
        JOIN chosen AS s ON f.supplier = s.supplier
        JOIN several_revisions AS m ON s.source = m.source AND s.reporter = m.reporter AND f.period = m.period
        WHERE m.frequency = $frequency AND m.flow = $flow
        GROUP BY f.supplier, f.period
        """,
        (rows, SEVERAL_REVISIONS),
    )


def _dollars(supplier: str, other: str, on_copy: OnCopy | None) -> Stage:
    """Build the stage with dollars per supplier, period and good."""
    flows = Stage(
        "flows",
        f"""
        SELECT s.supplier, t.period, t.revision, w.panel_good AS good,
            t.value_usd * w.weight AS value_usd, w.is_estimated OR t.is_estimated AS is_estimated
        FROM trade AS t
        JOIN chosen AS s ON t.source = s.source AND t.{supplier} = s.supplier
        JOIN wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
        JOIN periods AS p ON t.period = p.period
        WHERE t.{other} = $target AND t.frequency = $frequency AND t.flow = $flow AND t.value_usd IS NOT NULL
        """,
    )
    one_revision = newest_revision("one_revision", flows)
    return Stage(
        "dollars",
        f"""
        SELECT f.supplier, f.period, f.good, {dollars_sum("f.value_usd")} AS value_usd,
            {dollars_sum("CASE WHEN f.is_estimated THEN f.value_usd ELSE 0 END")} AS estimated_usd
        FROM flows AS f
        LEFT JOIN one_revision AS o ON f.supplier = o.supplier AND f.period = o.period
        WHERE coalesce(o.revision, f.revision) = f.revision
        GROUP BY f.supplier, f.period, f.good
        """,
        (flows, one_revision),
        is_shared=True,
        on_copy=on_copy,
    )


def _cells(dollars: Stage, on_copy: OnCopy | None) -> Stage:
    return Stage(
        "cells",
        f"""
        SELECT x.supplier, x.good,
            {dollars_sum("CASE WHEN p.part = 'baseline' THEN x.value_usd * u.n_after / u.n_baseline ELSE 0 END")}
                * $periods_per_year / b.n_after AS baseline_usd,
            {dollars_sum("CASE WHEN p.part = 'after' THEN x.value_usd ELSE 0 END")}
                * $periods_per_year / b.n_after AS after_usd,
            {dollars_sum("CASE WHEN p.part = 'after' THEN x.estimated_usd ELSE 0 END")}
                * $periods_per_year / b.n_after AS estimated_usd
        FROM dollars AS x
        JOIN periods AS p ON x.period = p.period
        JOIN supplier_periods AS r ON x.supplier = r.supplier AND x.period = r.period
        JOIN usable AS u ON x.supplier = u.supplier AND p.season = u.season
        JOIN both_windows AS b ON x.supplier = b.supplier
        GROUP BY x.supplier, x.good, b.n_after
        """,
        (dollars, SUPPLIER_PERIODS, USABLE, BOTH_WINDOWS),
        on_copy=on_copy,
    )
