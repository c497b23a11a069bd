"""Run an episode's cell tests: read the engine's rows as arrays and test the family that the episode declares.

Relations and scalars of the stages are those of ``panel/world_stages.py``; besides them:
    ``cell_suppliers(supplier)``: suppliers that are tested.
    ``cell_groups(good, cell)``: cell of each sanctioned good.
    ``cell_places(destination, place)``: the target is 0, placebos are 1, 2 …, hubs are -2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from stopgap.lake.engines.engine import Engine
from stopgap.lake.stage import Stage
from stopgap.measures.backfill.cell_series_on_copy import HUB, OTHERS, cell_series_on_copy
from stopgap.measures.backfill.cell_tests import MIN_PERIODS, CellSeries, CellTests, cell_tests
from stopgap.measures.statistics.array_types import Array, Index
from stopgap.measures.statistics.arrays import positions
from stopgap.panel.all_destinations import AllDestinations
from stopgap.panel.episodes import DeclaredTests
from stopgap.panel.stages import dollars_sum
from stopgap.panel.world_stages import WORLD_FACTORS, WORLD_FLOWS

LEAST_VOLUME = 0.05
MOST_PLACEBOS = 40
MOST_FIGURES = 100_000_000
"""Most figures (cells x places x periods) held in memory; a large family gets fewer placebos."""


CELL_DESTINATIONS = Stage(
    "cell_destinations",
    f"""
    SELECT f.destination, {dollars_sum("f.value_usd")} AS value_usd
    FROM world_raw AS f
    LEFT JOIN world_revision AS o ON f.supplier = o.supplier AND f.period = o.period
    JOIN cell_suppliers AS s ON f.supplier = s.supplier
    JOIN periods AS p ON f.period = p.period
    WHERE f.is_sanctioned AND coalesce(o.revision, f.revision) = f.revision
    GROUP BY f.destination
    """,
    WORLD_FLOWS.needs,
)
"""Dollars of sanctioned goods that the tested suppliers sold to each destination in both windows."""

CELL_SERIES = Stage(
    "cell_series",
    f"""
    SELECT f.supplier, coalesce(g.cell, '') AS cell, f.is_sanctioned, coalesce(q.place, {OTHERS}) AS place, f.period,
        {dollars_sum("f.value_usd")} AS value_usd
    FROM world_raw AS f
    LEFT JOIN world_revision AS o ON f.supplier = o.supplier AND f.period = o.period
    JOIN cell_suppliers AS s ON f.supplier = s.supplier
    JOIN world_factors AS x ON f.supplier = x.supplier AND f.period = x.period
    LEFT JOIN cell_groups AS g ON f.good = g.good
    LEFT JOIN cell_places AS q ON f.destination = q.destination
    WHERE coalesce(q.place, {OTHERS}) <> {HUB} AND coalesce(o.revision, f.revision) = f.revision
    GROUP BY f.supplier, coalesce(g.cell, ''), f.is_sanctioned, coalesce(q.place, {OTHERS}), f.period
    """,
    (*WORLD_FLOWS.needs, WORLD_FACTORS),
    on_copy=lambda engine, tables, params: cell_series_on_copy(engine, tables, params),
)
"""Dollars per (supplier, cell, sanctioned or ordinary, place, period); ordinary goods have no cell.

A period in ``world_factors`` without a row is a true zero.
"""


def cell_tests_on(
    engine: Engine, world: AllDestinations, declared: DeclaredTests, *, placebos: Sequence[str] | None = None
) -> CellTests:
    """Test every supplier outside the coalition in the family that the episode declares, or return a reason.

    Without ``placebos`` (destinations for calibration), those nearest to the target in volume are chosen, which
    costs a pass over the rows of all destinations.
    """
    suppliers = sorted(set(world.chosen) - set(world.members) - {world.target})
    parts = world.tables["periods"]["part"].to_pylist()
    fewest = min(parts.count("baseline"), parts.count("after"))
    if fewest < MIN_PERIODS:
        reason = f"a test of cells needs {MIN_PERIODS} periods in each window, and there are {fewest}"
        return CellTests(declared.family, declared.fdr, reason=reason)
    if not suppliers:
        return CellTests(declared.family, declared.fdr, reason="no supplier outside the coalition reports")
    items = world.prepared.basis.items
    goods = sorted(items)
    named = {"supplier-good": goods, "supplier-group": [items[good].group for good in goods]}
    cells = named.get(declared.family, [""] * len(goods))
    tables = {
        **world.tables,
        "cell_suppliers": pa.table({"supplier": pa.array(suppliers, pa.string())}),
        "cell_groups": pa.table({"good": pa.array(goods, pa.string()), "cell": pa.array(cells, pa.string())}),
    }
    if placebos is None:
        places = _places(engine, world, tables, len(suppliers))
    else:
        places = (world.target, *sorted(set(placebos) - {world.target, *world.hubs}))
    if places is None:
        return CellTests(declared.family, declared.fdr, reason="nobody outside the coalition sold the target anything")
    numbers = {name: number for number, name in enumerate(places)} | dict.fromkeys(world.hubs, HUB)
    tables["cell_places"] = pa.table(
        {"destination": pa.array(list(numbers), pa.string()), "place": pa.array(list(numbers.values()), pa.int32())}
    )
    rows = engine.run(CELL_SERIES, tables=tables, params=world.params)
    factors = engine.run(WORLD_FACTORS, tables=tables, params=world.params)
    series = _series(rows, factors, places)
    if series is None:
        return CellTests(declared.family, declared.fdr, reason="no supplier has figures in both windows")
    return cell_tests(series, family=declared.family, fdr=declared.fdr)


def _places(
    engine: Engine, world: AllDestinations, tables: Mapping[str, pa.Table], suppliers: int
) -> tuple[str, ...] | None:
    """Return the target and the placebo destinations nearest to it in volume; ``None`` without trade at the target."""
    found = engine.run(CELL_DESTINATIONS, tables=tables, params=world.params).to_pylist()
    volume = {row["destination"]: row["value_usd"] for row in found}
    own = volume.get(world.target, 0.0)
    if own <= 0:
        return None
    allowed = set(volume if world.placebo_targets is None else world.placebo_targets) - {world.target, *world.hubs}
    others = [name for name in volume if name in allowed and volume[name] >= LEAST_VOLUME * own]
    cells = suppliers * len(set(tables["cell_groups"]["cell"].to_pylist()))
    most = max(5, min(MOST_PLACEBOS, MOST_FIGURES // max(1, cells * tables["periods"].num_rows) - 1))
    others.sort(key=lambda name: (abs(np.log(volume[name] / own)), name))
    return (world.target, *sorted(others[:most]))


def _series(rows: pa.Table, factors: pa.Table, places: tuple[str, ...]) -> CellSeries | None:
    """Convert the stages' rows to arrays, with sorted names so that results do not depend on row order."""
    if rows.num_rows == 0:
        return None
    suppliers, supplier = positions(rows["supplier"])
    labels, label = positions(rows["cell"])
    days, factor_day = positions(factors["period"])
    known_day = {day: number for number, day in enumerate(days)}
    own_days, day = positions(rows["period"])
    period = np.array([known_day[name] for name in own_days], dtype=np.int64)[day]
    place = rows["place"].to_numpy().astype(np.int64)
    value = rows["value_usd"].to_numpy()
    sanctioned = rows["is_sanctioned"].to_numpy().astype(bool)
    pair = supplier * len(labels) + label
    cells, cell = np.unique(pair[sanctioned], return_inverse=True)
    if not cells.size:
        return None
    shape = (len(places), len(days))
    values, elsewhere = _filled(cell, place[sanctioned], period[sanctioned], value[sanctioned], cells.size, shape)
    ordinary, ordinary_elsewhere = _filled(
        supplier[~sanctioned], place[~sanctioned], period[~sanctioned], value[~sanctioned], len(suppliers), shape
    )
    factor = np.zeros((len(suppliers), len(days)))
    names, named = positions(factors["supplier"])
    at = {name: number for number, name in enumerate(suppliers)}
    row = np.array([at.get(name, -1) for name in names], dtype=np.int64)[named]
    factor[row[row >= 0], factor_day[row >= 0]] = factors["factor"].to_numpy()[row >= 0]
    is_after = np.zeros(len(days), dtype=bool)
    is_after[factor_day] = np.array(factors["part"].to_pylist()) == "after"
    owner = cells // len(labels)
    return CellSeries(
        suppliers=suppliers,
        supplier=owner,
        labels=tuple(labels[number] for number in (cells % len(labels)).tolist()),
        places=places,
        values=values,
        elsewhere=elsewhere,
        factor=factor[owner],
        is_after=is_after,
        ordinary=ordinary,
        ordinary_elsewhere=ordinary_elsewhere,
        ordinary_factor=factor,
    )


def _filled(
    row: Index, place: Index, period: Index, value: Array, count: int, shape: tuple[int, int]
) -> tuple[Array, Array]:
    """Return dollars by (rows, places, periods), and summed over all destinations by (rows, periods)."""
    places, periods = shape
    values = np.zeros((count, places, periods))
    here = place >= 0
    values[row[here], place[here], period[here]] = value[here]
    everywhere = np.bincount(row * periods + period, weights=value, minlength=count * periods)
    return values, everywhere.reshape(count, periods).astype(np.float64)
