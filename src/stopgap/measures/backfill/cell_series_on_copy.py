"""The stage ``cell_series`` of the cell tests, worked out from the arrays of the native copy."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.lake.engines.engine import CopyEngine, Scalars, Tables
from stopgap.lake.engines.period_arrays import Marks, PeriodArrays
from stopgap.panel.arrays.coded import Coded, Index, Mask
from stopgap.panel.arrays.exact_sums import EXACT, MOST, SumTooLargeError, dollars, numbered, whole_millionths
from stopgap.panel.arrays.world_arrays import Array, Factors, arrays_for, for_each, windows_of, world_rows
from stopgap.panel.world_stages import WORLD_FACTORS

OTHERS = -1
HUB = -2
MOST_SUMS = 60_000_000
"""Most sums (cells x places x periods) held at a time; a larger family is added in SQL."""


def cell_series_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``cell_series`` from arrays; ``None`` where they cannot give it."""
    arrays = arrays_for(engine, params)
    if arrays is None:
        return None
    rows = world_rows(engine, tables, params)
    supplier, destination, good = rows.supplier, rows.destination, rows.good
    tested, places, cells = (_pairs(tables[name]) for name in ("cell_suppliers", "cell_places", "cell_groups"))
    cell_names = tuple(sorted({"", *map(str, cells.values())}))
    cell_of = np.array([cell_names.index(str(cells.get(name, ""))) for name in good.names], dtype=np.int64)
    place_of = np.array([places.get(name, OTHERS) for name in destination.names], dtype=np.int64)
    is_tested = np.array([name in tested for name in supplier.names], dtype=bool)
    taken = np.flatnonzero(is_tested[supplier.at] & (place_of[destination.at] != HUB))
    series, weight = rows.series[taken], rows.weight[taken]
    who, cell = supplier.at[taken], cell_of[good.at[taken]]
    sanctioned = rows.is_sanctioned[taken].astype(np.int64)
    span = int(place_of.max(initial=0)) + 2
    key = ((who * len(cell_names) + cell) * 2 + sanctioned) * span + place_of[destination.at[taken]] + 1
    keys, group = numbered(key, max(len(supplier.names), 1) * len(cell_names) * 2 * span)
    known = {name: at for at, name in enumerate(supplier.names)}
    factors = Factors.of(engine.run(WORLD_FACTORS, tables=tables, params=params), known, arrays)
    columns = windows_of(np.asarray(factors.known.any(axis=0)))
    if keys.size * (columns.stop - columns.start) > MOST_SUMS:
        return None
    try:
        sums, is_held = _sums(arrays, series, weight, group, keys.size, columns)
    except SumTooLargeError:
        return None
    rest, place = np.divmod(keys, span)
    rest, is_sanctioned = np.divmod(rest, 2)
    who, cell = np.divmod(rest, len(cell_names))
    row, column = np.nonzero(is_held & factors.known[:, columns][who])
    periods = np.array(arrays.periods, dtype="datetime64[D]")[columns]
    return pa.table(
        {
            "supplier": supplier.dictionary(who[row]),
            "cell": Coded(cell_names, cell).dictionary(cell[row]),
            "is_sanctioned": pa.array(is_sanctioned[row].astype(bool)),
            "place": pa.array(place[row] - 1, pa.int32()),
            "period": pa.array(periods[column]),
            "value_usd": dollars(sums[row, column]),
        }
    )


def _pairs(table: pa.Table) -> dict[str, object]:
    """Return a small table of one or two columns as a mapping from the first to the last."""
    return dict(zip(table.column(0).to_pylist(), table.column(table.num_columns - 1).to_pylist(), strict=True))


def _sums(
    arrays: PeriodArrays, series: Index, weight: Array, group: Index, size: int, columns: slice
) -> tuple[npt.NDArray[np.int64], Mask]:
    """Return sums of millionths, and whether there is a figure, (groups, periods)."""
    sums = np.zeros((size, columns.stop - columns.start), dtype=np.int64)
    is_held = np.zeros(sums.shape, dtype=bool)
    largest, lock = [0.0], threading.Lock()

    def work(rows: slice, usd: Array, marks: Marks) -> None:
        del marks
        value, scale = usd[:, columns], weight[rows]
        held: Mask = ~np.isnan(value)
        terms = whole_millionths(value.copy() if bool((scale == 1.0).all()) else value * scale[:, None])
        own = group[rows]
        order = np.argsort(own, kind="stable")
        starts = np.flatnonzero(np.concatenate(([True], np.diff(own[order]) != 0)))
        at = own[order][starts]
        most = float(np.abs(terms).sum(axis=0).max(initial=0.0))
        added = np.add.reduceat((terms if most < EXACT else terms.astype(np.int64))[order], starts, axis=0)
        seen = np.logical_or.reduceat(held[order], starts, axis=0)
        with lock:
            largest[0] += most
            sums[at] += added.astype(np.int64)
            is_held[at] |= seen

    for_each(arrays, series, work)
    if not largest[0] < MOST:
        raise SumTooLargeError
    return sums, is_held
