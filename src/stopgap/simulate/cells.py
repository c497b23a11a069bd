"""What the panel's world stages give, taken from a simulated world's arrays: the same rows, far faster.

A study of coverage draws hundreds of worlds; these tables feed a statistic without a lake.
``tests/simulate`` holds them to what the stages say of the same world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from stopgap.simulate.plan import Array, Mask
from stopgap.simulate.truth import yearly_means

if TYPE_CHECKING:
    from stopgap.simulate.worlds import SimulatedWorld


def world_means(world: SimulatedWorld) -> tuple[Array, Array, Mask]:
    """Mean dollars per year in both windows, the baseline matched to the months of the after-window.

    Returns:
        Baseline and after, each (suppliers, destinations, goods), and which suppliers reported
        both windows; the others are missing, not zero, though their figures here are 0.
    """
    spec, plan = world.spec, world.plan
    flat = world.value_usd.reshape(spec.economies, -1, spec.periods)
    baseline, after, seen = yearly_means(plan, flat, world.reports)
    shape = (spec.economies, spec.economies, spec.goods)
    return baseline.reshape(shape), after.reshape(shape), seen


def world_cells(world: SimulatedWorld) -> pa.Table:
    """Rows of the stage ``world_cells``: ``supplier, destination, good, is_sanctioned, baseline_usd, after_usd``.

    Suppliers silent in either window are absent, and the target as a supplier; a cell without
    trade in both windows has no row.
    """
    baseline, after, seen = world_means(world)
    is_there = ((baseline > 0) | (after > 0)) & seen[:, None, None]
    is_there[0] = False
    place = np.nonzero(is_there)
    names = world.plan.names
    economies = pa.array(names.economies, pa.string())
    return pa.table(
        {
            "supplier": economies.take(pa.array(place[0])),
            "destination": economies.take(pa.array(place[1])),
            "good": pa.array(names.goods, pa.string()).take(pa.array(place[2])),
            "is_sanctioned": pa.array(place[2] < world.spec.sanctioned_goods),
            "baseline_usd": pa.array(baseline[place]),
            "after_usd": pa.array(after[place]),
        }
    )


def window_parts(world: SimulatedWorld) -> list[str | None]:
    """``baseline``, ``after`` or None for each period."""
    parts: list[str | None] = [None] * world.spec.periods
    for part, window in (("baseline", world.plan.baseline), ("after", world.plan.after)):
        for period in range(window.start, window.stop):
            parts[period] = part
    return parts


def world_flows(world: SimulatedWorld) -> pa.Table:
    """Rows of the stage ``world_flows``: one per (supplier, destination, good, period) with trade.

    ``part`` is null outside both windows, ``net_kg`` where the weight is not known. The target
    as a supplier is absent; periods not reported have no row.
    """
    seen = world.seen_usd
    seen[0] = 0.0
    place = np.nonzero(seen)
    names, rows = world.plan.names, len(place[0])
    economies = pa.array(names.economies, pa.string())
    net = world.net_kg[place]
    seasons = np.array([day.month for day in names.periods], dtype=np.int32)
    return pa.table(
        {
            "supplier": economies.take(pa.array(place[0])),
            "destination": economies.take(pa.array(place[1])),
            "good": pa.array(names.goods, pa.string()).take(pa.array(place[2])),
            "is_sanctioned": pa.array(place[2] < world.spec.sanctioned_goods),
            "period": pa.array(names.periods, pa.date32()).take(pa.array(place[3])),
            "part": pa.array(window_parts(world), pa.string()).take(pa.array(place[3])),
            "season": pa.array(seasons[place[3]]),
            "value_usd": pa.array(seen[place]),
            "net_kg": pa.array(net, mask=np.isnan(net)),
            "estimated_usd": pa.array(np.zeros(rows)),
        }
    )
