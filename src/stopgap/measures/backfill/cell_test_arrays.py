"""Cell tests of an episode: what is asked of the engine, as arrays, and the family that the episode declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.lake.engine import Engine
from stopgap.measures.backfill.cell_shares import CellSeries
from stopgap.measures.backfill.cell_stages import CELL_DESTINATIONS, CELL_SERIES, HUB
from stopgap.measures.backfill.cell_tests import MIN_PERIODS, CellTests, cell_tests
from stopgap.measures.statistics.arrays import positions
from stopgap.panel.all_destinations import AllDestinations
from stopgap.panel.episodes import DeclaredTests
from stopgap.panel.world_stages import WORLD_FACTORS

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

LEAST_VOLUME = 0.05
MOST_PLACEBOS = 40
MOST_FIGURES = 100_000_000
"""Figures (cells x places x periods) held at once: fewer placebos where the family is large."""


def cell_tests_on(
    engine: Engine, world: AllDestinations, declared: DeclaredTests, *, placebos: Sequence[str] | None = None
) -> CellTests:
    """Tests of the family that an episode declares, on an engine that is already running.

    Args:
        engine: Engine on the lake.
        world: The world around the measure (:func:`stopgap.panel.all_destinations.world_of`).
        declared: The episode's ``tests``.
        placebos: Destinations that calibrate, where they are known already; else those nearest
            to the target in volume, which costs a pass over the world's rows.

    Returns:
        Tests of every supplier outside the coalition, or a reason.
    """
    suppliers = sorted(set(world.chosen) - set(world.members) - {world.target})
    short = _too_short(world)
    if short or not suppliers:
        reason = short or "no supplier outside the coalition reports"
        return CellTests(declared.family, declared.fdr, reason=reason)
    tables = {
        **world.tables,
        "cell_suppliers": pa.table({"supplier": pa.array(suppliers, pa.string())}),
        "cell_groups": _groups(world, declared.family),
    }
    if placebos is None:
        places = _places(engine, world, tables, len(suppliers))
    else:
        places = (world.target, *sorted(set(placebos) - {world.target, *world.hubs}))
    if places is None:
        return CellTests(declared.family, declared.fdr, reason="nobody outside the coalition sold the target anything")
    tables["cell_places"] = _places_table(places, world)
    rows = engine.run(CELL_SERIES, tables=tables, params=world.params)
    factors = engine.run(WORLD_FACTORS, tables=tables, params=world.params)
    series = _series(rows, factors, places)
    if series is None:
        return CellTests(declared.family, declared.fdr, reason="no supplier has figures in both windows")
    return cell_tests(series, family=declared.family, fdr=declared.fdr)


def _too_short(world: AllDestinations) -> str | None:
    parts = world.tables["periods"]["part"].to_pylist()
    fewest = min(parts.count("baseline"), parts.count("after"))
    if fewest >= MIN_PERIODS:
        return None
    return f"a test of cells needs {MIN_PERIODS} periods in each window, and there are {fewest}"


def _groups(world: AllDestinations, family: str) -> pa.Table:
    items = world.prepared.basis.items
    goods = sorted(items)
    cells = [
        good if family == "supplier-good" else items[good].group if family == "supplier-group" else "" for good in goods
    ]
    return pa.table({"good": pa.array(goods, pa.string()), "cell": pa.array(cells, pa.string())})


def _places(
    engine: Engine, world: AllDestinations, tables: Mapping[str, pa.Table], suppliers: int
) -> tuple[str, ...] | None:
    """The target, then the placebo destinations nearest to it in volume; ``None`` without trade at the target."""
    found = engine.run(CELL_DESTINATIONS, tables=tables, params=world.params).to_pylist()
    volume = {row["destination"]: row["value_usd"] for row in found}
    own = volume.get(world.target, 0.0)
    if own <= 0:
        return None
    allowed = set(volume) if world.placebo_targets is None else set(world.placebo_targets)
    others = [
        name
        for name in volume
        if name in allowed and name != world.target and name not in world.hubs and volume[name] >= LEAST_VOLUME * own
    ]
    cells = suppliers * len(set(tables["cell_groups"]["cell"].to_pylist()))
    most = max(5, min(MOST_PLACEBOS, MOST_FIGURES // max(1, cells * tables["periods"].num_rows) - 1))
    others.sort(key=lambda name: (abs(np.log(volume[name] / own)), name))
    return (world.target, *sorted(others[:most]))


def _places_table(places: tuple[str, ...], world: AllDestinations) -> pa.Table:
    known = {name: number for number, name in enumerate(places)} | dict.fromkeys(world.hubs, HUB)
    return pa.table(
        {"destination": pa.array(list(known), pa.string()), "place": pa.array(list(known.values()), pa.int32())}
    )


def _series(rows: pa.Table, factors: pa.Table, places: tuple[str, ...]) -> CellSeries | None:
    """The stages' rows as arrays; sorted names, so that nothing depends on the engine's order."""
    if rows.num_rows == 0:
        return None
    suppliers, supplier = positions(rows["supplier"])
    labels, label = positions(rows["cell"])
    days, factor_day = positions(factors["period"].cast(pa.string()))
    known_day = {day: number for number, day in enumerate(days)}
    own_days, day = positions(rows["period"].cast(pa.string()))
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
    """Dollars (rows, places, periods), and over all destinations (rows, periods)."""
    places, periods = shape
    values = np.zeros((count, places, periods))
    here = place >= 0
    values[row[here], place[here], period[here]] = value[here]
    everywhere = np.bincount(row * periods + period, weights=value, minlength=count * periods)
    return values, everywhere.reshape(count, periods).astype(np.float64)
