"""SQL stages of prices: kilograms for the dollars of a measure's cells, and unit values at every destination.

Relations and scalars are those of ``panel/stages.py`` and ``panel/world_stages.py``; besides them:
    ``price_sellers(supplier)``: suppliers whose unit values are compared.
    ``price_hubs(destination)``: destinations excluded from the comparison.

Missing weight stays missing: a cell with any part without weight has no kilograms, and
a figure without weight has no unit value.
"""

from __future__ import annotations

from functools import cache

from stopgap.base.vocab import Report
from stopgap.lake.engine import Stage
from stopgap.panel.stages import dollars_sum, panel, sides
from stopgap.panel.world_stages import WORLD_FLOWS


@cache
def price_cells(report: Report = Report.REPORTED) -> Stage:
    """Build the stage of yearly means per (supplier, good, season) at the target, in dollars and kilograms.

    The dollars add up to ``cells``. ``baseline_kg`` and ``after_kg`` are NULL if any dollar of the window lacks weight.
    """
    supplier, other = sides(report)
    _, supplier_periods, usable, both_windows = panel(report).cells.needs
    weighed = Stage(
        "weighed",
        f"""
        SELECT s.supplier, t.period, t.revision, w.panel_good AS good, t.value_usd * w.weight AS value_usd,
            CASE WHEN t.net_kg > 0 OR t.value_usd = 0 THEN coalesce(t.net_kg, 0) * w.weight END AS net_kg
        FROM trade AS t
        JOIN chosen AS s ON t.source = s.source AND t.{supplier} = s.supplier
        JOIN wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
        JOIN periods AS p ON t.period = p.period
        WHERE t.{other} = $target AND t.frequency = $frequency AND t.flow = $flow AND t.value_usd IS NOT NULL
        """,
    )
    newest = Stage(
        "weighed_revision",
        "SELECT supplier, period, max(revision) AS revision FROM weighed GROUP BY supplier, period",
        (weighed,),
    )

    def mean(column: str, part: str) -> str:
        baseline = " * u.n_after / u.n_baseline" if part == "baseline" else ""
        value = f"CASE WHEN p.part = '{part}' THEN coalesce(x.{column}, 0){baseline} ELSE 0 END"
        return f"{dollars_sum(value)} * $periods_per_year / b.n_after"

    def kilograms(part: str) -> str:
        unweighed = f"sum(CASE WHEN p.part = '{part}' AND x.net_kg IS NULL THEN 1 ELSE 0 END)"
        return f"CASE WHEN {unweighed} = 0 THEN {mean('net_kg', part)} END"

    return Stage(
        "price_cells",
        f"""
        SELECT x.supplier, x.good, p.season,
            {mean("value_usd", "baseline")} AS baseline_usd, {mean("value_usd", "after")} AS after_usd,
            {kilograms("baseline")} AS baseline_kg, {kilograms("after")} AS after_kg
        FROM weighed AS x
        JOIN weighed_revision AS o ON x.supplier = o.supplier AND x.period = o.period AND x.revision = o.revision
        JOIN periods AS p ON x.period = p.period
        JOIN supplier_periods AS r ON x.supplier = r.supplier AND x.period = r.period
        JOIN usable AS u ON x.supplier = u.supplier AND p.season = u.season
        JOIN both_windows AS b ON x.supplier = b.supplier
        GROUP BY x.supplier, x.good, p.season, b.n_after
        """,
        (weighed, newest, supplier_periods, usable, both_windows),
    )


_PRICED = Stage(
    "priced",
    """
    SELECT f.supplier, f.good, f.destination, f.period, f.part, f.value_usd, f.net_kg,
        f.estimated_usd > 0 AS is_estimated
    FROM world_flows AS f
    JOIN price_sellers AS s ON f.supplier = s.supplier
    LEFT JOIN price_hubs AS h ON f.destination = h.destination
    WHERE f.is_sanctioned AND f.part IS NOT NULL AND f.value_usd > 0 AND h.destination IS NULL
    """,
    (WORLD_FLOWS,),
)

UNIT_VALUES = Stage(
    "unit_values",
    """
    SELECT p.supplier, p.good, p.destination, p.period, p.part, ln(p.value_usd / p.net_kg) AS log_usd_per_kg,
        p.is_estimated
    FROM priced AS p
    JOIN (
        SELECT supplier, good FROM priced WHERE destination = $target AND net_kg > 0
        GROUP BY supplier, good HAVING count(DISTINCT part) = 2
    ) AS seen ON p.supplier = seen.supplier AND p.good = seen.good
    WHERE p.net_kg > 0
    """,
    (_PRICED,),
)
"""Log dollars per kilogram per (supplier, good, destination, period).

Only goods of a supplier that the target bought with weight in both windows. A sale without weight has no row.
"""

WEIGHED_SALES = Stage(
    "weighed_sales",
    """
    SELECT count(*) AS figures, count(CASE WHEN net_kg > 0 THEN 1 END) AS weighed
    FROM priced WHERE destination = $target
    """,
    (_PRICED,),
)
"""One row: number of comparable sales to the target, and how many of them have weight."""
