"""Build the stage of row-level contributions to a measure's cells: the joins of ``cells`` before summing."""

from __future__ import annotations

from stopgap.base.vocab import Report
from stopgap.lake.stage import Stage
from stopgap.panel.stages import panel, sides


def contributions(report: Report = Report.REPORTED) -> Stage:
    """Build the stage with one row per row of trade that counts in ``cells``.

    Columns: ``supplier``, ``part`` (``baseline`` or ``after``), the row's key (``period``, ``reporter``, ``partner``,
    ``flow``, ``good``, ``revision``, ``source``, ``vintage``, ``receipt``), ``value_usd``, ``weight`` of its good, and
    the integers ``season_after``, ``season_baseline`` and ``after_periods``: a row of the baseline counts
    ``weight × season_after / season_baseline × periods_per_year / after_periods`` in a cell, one of the after-window
    ``weight × periods_per_year / after_periods``.
    """
    supplier, other = sides(report)
    [cells] = [stage for stage in panel(report).all() if stage.name == "cells"]
    needs = {stage.name: stage for stage in cells.ordered()}
    used = tuple(needs[name] for name in ("one_revision", "supplier_periods", "usable", "both_windows"))
    return Stage(
        "contributions",
        f"""
        SELECT s.supplier, p.part, t.period, t.reporter, t.partner, t.flow, t.good, t.revision, t.source, t.vintage,
            t.receipt, t.value_usd, w.weight, CAST(u.n_after AS BIGINT) AS season_after,
            CAST(u.n_baseline AS BIGINT) AS season_baseline, CAST(b.n_after AS BIGINT) AS after_periods
        FROM trade AS t
        JOIN chosen AS s ON t.source = s.source AND t.{supplier} = s.supplier
        JOIN wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
        JOIN periods AS p ON t.period = p.period
        LEFT JOIN one_revision AS o ON s.supplier = o.supplier AND t.period = o.period
        JOIN supplier_periods AS r ON s.supplier = r.supplier AND t.period = r.period
        JOIN usable AS u ON s.supplier = u.supplier AND p.season = u.season
        JOIN both_windows AS b ON s.supplier = b.supplier
        WHERE t.{other} = $target AND t.frequency = $frequency AND t.flow = $flow AND t.value_usd IS NOT NULL
            AND coalesce(o.revision, t.revision) = t.revision
        """,
        used,
    )
