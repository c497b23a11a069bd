"""SQL stages of quantities: which units the rows of a good hold, and yearly means of dollars beside quantities.

Relations and scalars are those of ``panel/stages.py``; besides them:
    ``good_units(good, unit, by_weight)``: the one unit that each good of the panel is counted in; by weight means
        kilograms, else the rows' own quantity.
    ``unit_factors(unit, quantity_unit, factor)``: how many of ``unit`` one ``quantity_unit`` (in lower case) is.

A missing quantity stays missing: a cell with any dollars without quantity has no quantity.
"""

from __future__ import annotations

from functools import cache

from stopgap.base.vocab import Report
from stopgap.lake.kept_stages import SEVERAL_REVISIONS
from stopgap.lake.stage import Stage
from stopgap.panel.arrays.quantity_arrays import units_on_copy
from stopgap.panel.stages import dollars_sum, newest_revision, panel, sides

ROW_QUANTITY = "CASE WHEN g.by_weight THEN t.net_kg ELSE t.quantity * f.factor END"
"""SQL for the quantity of a row ``t`` in its good's unit; NULL or not above 0 where it has none in that unit."""

UNIT_JOINS = """LEFT JOIN good_units AS g ON w.panel_good = g.good
        LEFT JOIN unit_factors AS f ON g.unit = f.unit AND lower(t.quantity_unit) = f.quantity_unit"""
"""SQL that joins the tables of :data:`ROW_QUANTITY` to rows ``t`` of trade and matches ``w``."""


@cache
def unit_coverage(report: Report = Report.REPORTED) -> Stage:
    """Build the stage of dollars by unit: one row per (good, part, place, unit).

    ``place`` is ``target`` or ``elsewhere``, the other destinations of the same suppliers in the same source (none in
    the target's own report); ``unit`` the unit in lower case of rows with a quantity above 0, else empty.
    ``weighed_usd`` is the part of ``value_usd`` that has a net weight.
    """
    supplier, other = sides(report)
    rows = f"""FROM trade AS t
        JOIN chosen AS s ON t.source = s.source AND t.{supplier} = s.supplier AND t.reporter = s.reporter
        JOIN wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
        JOIN periods AS p ON t.period = p.period"""
    where = "t.frequency = $frequency AND t.flow = $flow AND t.value_usd > 0 AND t.reporter <> t.partner"
    newest = Stage(
        "unit_revision",
        f"""
        SELECT s.supplier, t.period, max(t.revision) AS revision
        {rows}
        JOIN several_revisions AS m ON t.source = m.source AND t.reporter = m.reporter AND t.period = m.period
            AND t.frequency = m.frequency AND t.flow = m.flow
        WHERE {where}
        GROUP BY s.supplier, t.period
        """,
        (SEVERAL_REVISIONS,),
    )
    return Stage(
        "unit_coverage",
        f"""
        SELECT w.panel_good AS good, p.part, CASE WHEN t.{other} = $target THEN 'target' ELSE 'elsewhere' END AS place,
            CASE WHEN t.quantity > 0 THEN coalesce(lower(t.quantity_unit), '') ELSE '' END AS unit,
            {dollars_sum("t.value_usd * w.weight")} AS value_usd,
            {dollars_sum("CASE WHEN t.net_kg > 0 THEN t.value_usd * w.weight ELSE 0 END")} AS weighed_usd
        {rows}
        LEFT JOIN unit_revision AS o ON s.supplier = o.supplier AND t.period = o.period
        WHERE {where} AND coalesce(o.revision, t.revision) = t.revision
        GROUP BY 1, 2, 3, 4
        """,
        (newest,),
        on_copy=lambda engine, tables, params: units_on_copy(engine, report, tables, params),
    )


@cache
def quantity_cells(report: Report = Report.REPORTED) -> Stage:
    """Build the stage of yearly means per (supplier, good, season) at the target, in dollars and in the good's unit.

    The dollars add up to ``cells``. ``baseline_quantity`` and ``after_quantity`` (kilograms, or the good's unit) are
    NULL if any dollar of the window lacks a quantity.
    """
    supplier, other = sides(report)
    _, supplier_periods, usable, both_windows = panel(report).cells.needs
    counted = Stage(
        "counted",
        f"""
        SELECT s.supplier, t.period, t.revision, w.panel_good AS good, t.value_usd * w.weight AS value_usd,
            CASE WHEN {ROW_QUANTITY} > 0 OR t.value_usd = 0 THEN coalesce({ROW_QUANTITY}, 0) * w.weight END AS quantity
        FROM trade AS t
        JOIN chosen AS s ON t.source = s.source AND t.{supplier} = s.supplier
        JOIN wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
        JOIN periods AS p ON t.period = p.period
        {UNIT_JOINS}
        WHERE t.{other} = $target AND t.frequency = $frequency AND t.flow = $flow AND t.value_usd IS NOT NULL
        """,
    )
    newest = newest_revision("counted_revision", counted)

    def mean(column: str, part: str) -> str:
        baseline = " * u.n_after / u.n_baseline" if part == "baseline" else ""
        value = f"CASE WHEN p.part = '{part}' THEN coalesce(x.{column}, 0){baseline} ELSE 0 END"
        return f"{dollars_sum(value)} * $periods_per_year / b.n_after"

    def quantity(part: str) -> str:
        missing = f"sum(CASE WHEN p.part = '{part}' AND x.quantity IS NULL THEN 1 ELSE 0 END)"
        return f"CASE WHEN {missing} = 0 THEN {mean('quantity', part)} END"

    return Stage(
        "quantity_cells",
        f"""
        SELECT x.supplier, x.good, p.season,
            {mean("value_usd", "baseline")} AS baseline_usd, {mean("value_usd", "after")} AS after_usd,
            {quantity("baseline")} AS baseline_quantity, {quantity("after")} AS after_quantity
        FROM counted AS x
        LEFT JOIN counted_revision AS o ON x.supplier = o.supplier AND x.period = o.period
        JOIN periods AS p ON x.period = p.period
        JOIN supplier_periods AS r ON x.supplier = r.supplier AND x.period = r.period
        JOIN usable AS u ON x.supplier = u.supplier AND p.season = u.season
        JOIN both_windows AS b ON x.supplier = b.supplier
        WHERE coalesce(o.revision, x.revision) = x.revision
        GROUP BY x.supplier, x.good, p.season, b.n_after
        """,
        (counted, newest, supplier_periods, usable, both_windows),
    )
