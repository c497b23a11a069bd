"""Convert a simulated world's arrays to tables: the panel's world stages (much faster), and the lake's trade rows.

A coverage study draws hundreds of worlds; these tables feed a statistic without a lake or files.
``tests/simulate`` checks that they equal the stages' output for the same world.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stopgap.simulate.plan import Array, Mask
from stopgap.simulate.rows import Flows, sums_over_partners
from stopgap.simulate.worlds import SimulatedWorld, recorded_by_importers
from stopgap.simulate.yearly import yearly_means


def world_means(world: SimulatedWorld) -> tuple[Array, Array, Mask]:
    """Return mean dollars per year in the baseline (matched to the months of the after-window) and the after-window.

    Each is (suppliers, destinations, goods). The third array tells which suppliers reported both windows; the
    others are missing, not zero, although their figures here are 0.
    """
    spec, plan = world.spec, world.plan
    flat = world.value_usd.reshape(spec.economies, -1, spec.periods)
    baseline, after, seen = yearly_means(plan, flat, world.reports)
    shape = (spec.economies, spec.economies, spec.goods)
    return baseline.reshape(shape), after.reshape(shape), seen


def world_cells(world: SimulatedWorld) -> pa.Table:
    """Return the rows of the stage ``world_cells``.

    Columns are ``supplier, destination, good, is_sanctioned, baseline_usd, after_usd``. Suppliers that did not
    report in either window are absent, as is the target as a supplier; a cell without trade in both windows has no
    row.
    """
    baseline, after, seen = world_means(world)
    is_there = ((baseline > 0) | (after > 0)) & seen[:, None, None]
    is_there[0] = False
    place = np.nonzero(is_there)
    means = {"baseline_usd": pa.array(baseline[place]), "after_usd": pa.array(after[place])}
    return pa.table({**_named(world, place), **means})


def _named(world: SimulatedWorld, place: tuple[NDArray[np.intp], ...]) -> dict[str, pa.Array]:
    """Return the columns of codes for indices along suppliers, destinations and goods."""
    names = world.plan.names
    economies = pa.array(names.economies, pa.string())
    return {
        "supplier": economies.take(pa.array(place[0])),
        "destination": economies.take(pa.array(place[1])),
        "good": pa.array(names.goods, pa.string()).take(pa.array(place[2])),
        "is_sanctioned": pa.array(place[2] < world.spec.sanctioned_goods),
    }


def window_parts(world: SimulatedWorld) -> list[str | None]:
    """Return the window of each period: ``baseline``, ``after`` or ``None``."""
    parts: list[str | None] = [None] * world.spec.periods
    for part, window in (("baseline", world.plan.baseline), ("after", world.plan.after)):
        for period in range(window.start, window.stop):
            parts[period] = part
    return parts


def world_flows(world: SimulatedWorld) -> pa.Table:
    """Return the rows of the stage ``world_flows``: one per (supplier, destination, good, period) with trade.

    ``part`` is null outside both windows, ``net_kg`` where the weight is not known. The target
    as a supplier is absent; periods that were not reported have no row.
    """
    seen = world.seen_usd
    seen[0] = 0.0
    place = np.nonzero(seen)
    names = world.plan.names
    net = world.net_kg[place]
    seasons = np.array([day.month for day in names.periods], dtype=np.int32)
    return pa.table(
        {
            **_named(world, place),
            "period": pa.array(names.periods, pa.date32()).take(pa.array(place[3])),
            "part": pa.array(window_parts(world), pa.string()).take(pa.array(place[3])),
            "season": pa.array(seasons[place[3]]),
            "value_usd": pa.array(seen[place]),
            "net_kg": pa.array(net, mask=np.isnan(net)),
            "estimated_usd": pa.array(np.zeros(len(net))),
        }
    )


SOURCE = "comtrade"
RECEIPT = "simulated"


def trade_table(world: SimulatedWorld, *, vintage: str = "v1", with_imports: bool = True) -> pa.Table:
    """Return the world's rows, one per (period, reporter, partner, flow, good), in the columns of ``trade_rows``.

    They are exports (FOB) as reported, imports (CIF) as reported if ``with_imports``, and the sums over all partners
    (partner ``W00``, kind ``aggregate``). Periods without trade or without a report have no row.
    """
    plan = world.plan
    parts = [_bilateral(world, world.seen_usd, "X")]
    economies = plan.spec.economies
    sums = sums_over_partners(world.seen_usd.sum(axis=1), np.arange(economies), "X", economies)
    parts.append(_table(world, sums, "aggregate"))
    if with_imports:
        readers = np.concatenate([[0], plan.roles.importers])
        told = plan.import_reports[readers][:, None, :]
        exported = enumerate(world.value_usd)
        recorded = np.stack([recorded_by_importers(plan, supplier, value) * told for supplier, value in exported])
        full = np.zeros_like(world.value_usd)
        full[:, readers] = recorded
        parts.append(_bilateral(world, full, "M"))
        parts.append(_table(world, sums_over_partners(recorded.sum(axis=0), readers, "M", economies), "aggregate"))
    table = pa.concat_tables(parts)
    return table.set_column(table.schema.get_field_index("vintage"), "vintage", _constant(vintage, table.num_rows))


def _bilateral(world: SimulatedWorld, value: Array, flow: str) -> pa.Table:
    """Return the rows of an array with suppliers on the first axis and destinations on the second."""
    place = np.nonzero(value)
    supplier, destination, good, time = place
    sides = (supplier, destination) if flow == "X" else (destination, supplier)
    return _table(world, Flows(*sides, good, time, value[place], world.net_kg[place], flow), "economy")


def _table(world: SimulatedWorld, flows: Flows, kind: str) -> pa.Table:
    names, rows = world.plan.names, len(flows.value_usd)
    economies = pa.array([*names.economies, "W00"], pa.string())
    has_net: Mask = ~np.isnan(flows.net_kg)
    weight = pa.array(flows.net_kg, mask=~has_net)
    dates = pa.array(names.periods, pa.date32())
    columns = {
        "period": dates.take(pa.array(flows.period)),
        "frequency": _constant("A" if world.spec.annual else "M", rows),
        "reporter": _coded(flows.reporter, economies),
        "partner": _coded(flows.partner, economies),
        "flow": _constant(flows.flow, rows),
        "good": _coded(flows.good, pa.array(names.goods, pa.string())),
        "revision": pa.array(names.revisions, pa.string()).take(pa.array(flows.period)),
        "value_usd": pa.array(flows.value_usd),
        "net_kg": weight,
        "quantity": weight,
        "quantity_unit": _coded(np.zeros(rows, dtype=np.int32), pa.array(["kg"]), mask=~has_net),
        "valuation": _constant("FOB" if flows.flow == "X" else "CIF", rows),
        "is_estimated": pa.repeat(pa.scalar(False), rows),
        "source": _constant(SOURCE, rows),
        "vintage": _constant("", rows),
        "receipt": _constant(RECEIPT, rows),
        "kind": _constant(kind, rows),
        "currency": _constant("USD", rows),
        "value_reported": pa.array(flows.value_usd),
        "usd_per_unit": pa.repeat(pa.scalar(1.0), rows),
    }
    return pa.table(columns)  # plain texts: an engine then need not know dictionaries


def _coded(places: np.ndarray, values: pa.Array, mask: Mask | None = None) -> pa.Array:
    return values.take(pa.array(places, pa.int32(), mask=mask))


def _constant(text: str, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(text), rows)
