"""Stages of the cell tests: period by period, what suppliers sold to the target, to placebos and to all.

Relations and scalars are those of ``panel/world_stages.py``; beside them:
    ``cell_suppliers(supplier)``: suppliers that are tested.
    ``cell_groups(good, cell)``: the cell that a sanctioned good belongs to.
    ``cell_places(destination, place)``: the target 0, placebos 1, 2 …, hubs -2.
"""

from __future__ import annotations

from stopgap.lake.engine import Stage
from stopgap.panel.stages import dollars_sum
from stopgap.panel.world_stages import WORLD_FACTORS, WORLD_FLOWS

OTHERS = -1
HUB = -2

CELL_DESTINATIONS = Stage(
    "cell_destinations",
    f"""
    SELECT f.destination, {dollars_sum("f.value_usd")} AS value_usd
    FROM world_raw AS f
    JOIN world_revision AS o ON f.supplier = o.supplier AND f.period = o.period AND f.revision = o.revision
    JOIN cell_suppliers AS s ON f.supplier = s.supplier
    JOIN periods AS p ON f.period = p.period
    WHERE f.is_sanctioned
    GROUP BY f.destination
    """,
    WORLD_FLOWS.needs,
)
"""Sanctioned goods that the tested suppliers sold to each destination in both windows."""

CELL_SERIES = Stage(
    "cell_series",
    f"""
    SELECT f.supplier, coalesce(g.cell, '') AS cell, f.is_sanctioned, coalesce(q.place, {OTHERS}) AS place, f.period,
        {dollars_sum("f.value_usd")} AS value_usd
    FROM world_raw AS f
    JOIN world_revision AS o ON f.supplier = o.supplier AND f.period = o.period AND f.revision = o.revision
    JOIN cell_suppliers AS s ON f.supplier = s.supplier
    JOIN world_factors AS x ON f.supplier = x.supplier AND f.period = x.period
    LEFT JOIN cell_groups AS g ON f.good = g.good
    LEFT JOIN cell_places AS q ON f.destination = q.destination
    WHERE coalesce(q.place, {OTHERS}) <> {HUB}
    GROUP BY f.supplier, coalesce(g.cell, ''), f.is_sanctioned, coalesce(q.place, {OTHERS}), f.period
    """,
    (*WORLD_FLOWS.needs, WORLD_FACTORS),
)
"""Dollars per (supplier, cell, sanctioned or ordinary, place, period); ordinary goods have no cell.

A counted period (``world_factors``) without a row is a true zero.
"""
