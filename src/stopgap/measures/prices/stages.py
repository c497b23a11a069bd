"""SQL stages of prices: unit values at every destination.

Relations and scalars are those of ``panel/world_stages.py`` and ``panel/quantity_stages.py``; besides them:
    ``price_sellers(supplier, number)``: suppliers whose unit values are compared.
    ``price_goods(good, number)``: goods of the panel.
    ``price_hubs(destination)``: destinations excluded from the comparison.

Suppliers and goods are given back as numbers. A figure with any part without quantity in its good's unit has no unit value.
"""

from __future__ import annotations

from stopgap.lake.stage import Stage
from stopgap.panel.quantity_stages import ROW_QUANTITY, UNIT_JOINS
from stopgap.panel.stages import dollars_sum
from stopgap.panel.world_stages import WORLD_PERIODS, WORLD_ROWS

_, _REVISION = WORLD_ROWS

_PRICED = Stage(
    "priced",
    f"""
    SELECT x.supplier, x.good, x.destination, x.period, x.part, {dollars_sum("x.value_usd")} AS value_usd,
        CASE WHEN count(*) = count(x.quantity) THEN {dollars_sum("x.quantity")} END AS quantity,
        sum(CASE WHEN x.is_estimated THEN x.value_usd ELSE 0 END) > 0 AS is_estimated
    FROM (
        SELECT s.number AS supplier, t.partner AS destination, i.number AS good, t.period, p.part,
            t.value_usd * w.weight AS value_usd, {ROW_QUANTITY} * w.weight AS quantity,
            w.is_estimated OR t.is_estimated AS is_estimated
        FROM trade AS t
        JOIN world_chosen AS c ON t.source = c.source AND t.reporter = c.supplier
        JOIN price_sellers AS s ON t.reporter = s.supplier
        JOIN world_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
        JOIN price_goods AS i ON w.panel_good = i.good
        LEFT JOIN world_revision AS o ON t.reporter = o.supplier AND t.period = o.period
        JOIN world_periods AS p ON t.reporter = p.supplier AND t.period = p.period
        {UNIT_JOINS}
        LEFT JOIN price_hubs AS h ON t.partner = h.destination
        WHERE t.frequency = $frequency AND t.flow = $flow AND t.value_usd IS NOT NULL AND t.reporter <> t.partner
            AND w.is_sanctioned AND p.part IS NOT NULL AND h.destination IS NULL
            AND coalesce(o.revision, t.revision) = t.revision
    ) AS x
    GROUP BY x.supplier, x.good, x.destination, x.period, x.part
    """,
    (_REVISION, WORLD_PERIODS),
)

UNIT_VALUES = Stage(
    "unit_values",
    """
    SELECT p.supplier, p.good, p.destination, p.period, ln(p.value_usd / p.quantity) AS log_usd_per_unit, p.is_estimated
    FROM priced AS p
    JOIN (
        SELECT supplier, good FROM priced WHERE destination = $target AND quantity > 0 AND value_usd > 0
        GROUP BY supplier, good HAVING count(DISTINCT part) = 2
    ) AS seen ON p.supplier = seen.supplier AND p.good = seen.good
    WHERE p.quantity > 0 AND p.value_usd > 0
    """,
    (_PRICED,),
)
"""Log dollars per unit (of the good) per (supplier, good, destination, period).

Only goods of a supplier that the target bought with a quantity in both windows. A sale without quantity has no row.
"""

COUNTED_SALES = Stage(
    "counted_sales",
    """
    SELECT count(*) AS figures, count(CASE WHEN quantity > 0 THEN 1 END) AS counted
    FROM priced WHERE destination = $target AND value_usd > 0
    """,
    (_PRICED,),
)
"""One row: number of comparable sales to the target, and how many of them have a quantity."""
