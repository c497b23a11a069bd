"""A simulated world as the rows that the lake would store, without files between."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stopgap.simulate.names import REVISION
from stopgap.simulate.plan import Array, Mask
from stopgap.simulate.worlds import SimulatedWorld, recorded_by_importers

SOURCE = "comtrade"
RECEIPT = "simulated"


def trade_table(world: SimulatedWorld, *, vintage: str = "v1", with_imports: bool = True) -> pa.Table:
    """The world's rows, one per (period, reporter, partner, flow, good), in the columns of ``trade_rows``.

    Args:
        world: The world.
        vintage: Vintage that all rows get.
        with_imports: With what the target and the importers record.

    Returns:
        Exports (FOB) as reported, imports (CIF) likewise, and the sums over all partners
        (partner ``W00``, kind ``aggregate``). No trade and silence have no row.
    """
    plan = world.plan
    parts = [_bilateral(world, world.seen_usd, "X")]
    parts.append(_sums(world, world.seen_usd.sum(axis=1), "X", np.arange(plan.spec.economies)))
    if with_imports:
        readers = np.concatenate([[0], plan.roles.importers])
        recorded = np.stack(
            [
                recorded_by_importers(plan, supplier, world.value_usd[supplier])
                * plan.import_reports[readers][:, None, :]
                for supplier in range(plan.spec.economies)
            ]
        )
        full = np.zeros_like(world.value_usd)
        full[:, readers] = recorded
        parts.append(_bilateral(world, full, "M"))
        parts.append(_sums(world, recorded.sum(axis=0), "M", readers))
    table = pa.concat_tables(parts)
    return table.set_column(table.schema.get_field_index("vintage"), "vintage", _constant(vintage, table.num_rows))


def _bilateral(world: SimulatedWorld, value: Array, flow: str) -> pa.Table:
    """Rows of suppliers (first axis) and destinations (second)."""
    supplier, destination, good, time = np.nonzero(value)
    net = world.net_kg[supplier, destination, good, time]
    sides = (supplier, destination) if flow == "X" else (destination, supplier)
    return _table(world, sides, good, time, value[supplier, destination, good, time], net, flow, "economy")


def _sums(world: SimulatedWorld, value: Array, flow: str, reporters: np.ndarray) -> pa.Table:
    """Rows of reporters with the World, from (reporter, good, period)."""
    value = np.round(value, 2)
    place, good, time = np.nonzero(value)
    world_place = np.full(len(place), world.spec.economies)
    net = np.full(len(place), np.nan)
    sides = (reporters[place], world_place)
    return _table(world, sides, good, time, value[place, good, time], net, flow, "aggregate")


def _table(
    world: SimulatedWorld,
    sides: tuple[np.ndarray, np.ndarray],
    good: np.ndarray,
    time: np.ndarray,
    value: Array,
    net: Array,
    flow: str,
    kind: str,
) -> pa.Table:
    names, rows = world.plan.names, len(value)
    economies = pa.array([*names.economies, "W00"], pa.string())
    has_net: Mask = ~np.isnan(net)
    weight = pa.array(net, mask=~has_net)
    dates = pa.array(names.periods, pa.date32())
    columns = {
        "period": dates.take(pa.array(time)),
        "frequency": _constant("A" if world.spec.annual else "M", rows),
        "reporter": _coded(sides[0], economies),
        "partner": _coded(sides[1], economies),
        "flow": _constant(flow, rows),
        "good": _coded(good, pa.array(names.goods, pa.string())),
        "revision": _constant(REVISION, rows),
        "value_usd": pa.array(value),
        "net_kg": weight,
        "quantity": weight,
        "quantity_unit": _coded(np.zeros(rows, dtype=np.int32), pa.array(["kg"]), mask=~has_net),
        "valuation": _constant("FOB" if flow == "X" else "CIF", rows),
        "is_estimated": pa.repeat(pa.scalar(False), rows),
        "source": _constant(SOURCE, rows),
        "vintage": _constant("", rows),
        "receipt": _constant(RECEIPT, rows),
        "kind": _constant(kind, rows),
        "currency": _constant("USD", rows),
        "value_reported": pa.array(value),
        "usd_per_unit": pa.repeat(pa.scalar(1.0), rows),
    }
    # Plain texts: an engine then need not know dictionaries.
    return pa.table(columns)


def _coded(places: np.ndarray, values: pa.Array, mask: Mask | None = None) -> pa.Array:
    return values.take(pa.array(places, pa.int32(), mask=mask))


def _constant(text: str, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(text), rows)
