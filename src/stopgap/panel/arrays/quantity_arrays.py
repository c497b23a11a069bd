"""Dollars by unit of quantity, worked out from the arrays of the native copy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.base.vocab import Report
from stopgap.lake.engines.engine import CopyEngine, Scalars, Tables
from stopgap.lake.engines.period_arrays import HAS_QUANTITY, HAS_WEIGHT, Marks, PeriodArrays
from stopgap.panel.arrays.coded import Coded, Index
from stopgap.panel.arrays.exact_sums import SumTooLargeError, dollars, grouped, numbered, whole_millionths, window_sums
from stopgap.panel.arrays.series_links import are_among, coded, links
from stopgap.panel.arrays.world_arrays import Array, arrays_for, for_each
from stopgap.panel.stages import sides

_PARTS = ("baseline", "after")


def units_on_copy(engine: CopyEngine, report: Report, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``unit_coverage`` from arrays; ``None`` where they cannot give it."""
    arrays = arrays_for(engine, params)
    if arrays is None:
        return None
    place = {period: at for at, period in enumerate(arrays.periods)}
    part_of = np.full(len(arrays.periods), -1)
    for row in tables["periods"].to_pylist():
        if row["period"] in place:
            part_of[place[row["period"]]] = _PARTS.index(row["part"])
    supplier, other = sides(report)
    known = engine.series_codes(str(params["frequency"]), str(params["flow"]))
    chosen = (tables["chosen"][name].to_pylist() for name in ("source", "supplier", "reporter"))
    taken = are_among(known, ("source", supplier, "reporter"), zip(*chosen, strict=True))
    linked = links(known, taken, tables["wanted"])
    good, unit = linked.good, coded(known, "quantity_unit", linked.place)
    is_target = coded(known, other, linked.place).is_in({str(params["target"])})
    group = (good.at * max(len(unit.names), 1) + unit.at) * 2 + is_target
    try:
        sums, held = _sums(arrays, linked.series, linked.weight, part_of)
        keys, at = numbered(group, max(len(good.names), 1) * max(len(unit.names), 1) * 2)
        found = grouped(at, sums.reshape(len(sums), 8), keys.size).reshape(keys.size, 2, 2, 2)
        counts = np.stack([np.bincount(at[each], minlength=keys.size) for each in held.reshape(len(held), 4).T], axis=1)
    except SumTooLargeError:
        return None
    return _table(keys, found, counts.reshape(keys.size, 2, 2), good, unit)


def _sums(
    arrays: PeriodArrays, series: Index, weight: Array, part_of: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return millionths (series, part, with a quantity or not, all or weighed), and whether there is any (series, part, …)."""
    sums = np.zeros((series.size, 2, 2, 2), dtype=np.int64)
    held = np.zeros((series.size, 2, 2), dtype=bool)
    windows = [part_of == part for part in range(2)]

    def work(rows: slice, usd: Array, marks: Marks) -> None:
        sold, has_weight, has_quantity = usd > 0, (marks & HAS_WEIGHT) > 0, (marks & HAS_QUANTITY) > 0
        terms = whole_millionths(usd * weight[rows][:, None])
        np.fmax(terms, 0.0, out=terms)
        is_weighed = not bool((sold & ~has_weight).any())
        for counted, is_own in enumerate((~has_quantity, has_quantity)):
            own = sold & is_own
            if not own.any():
                continue
            counts = terms if bool(is_own.all()) else terms * is_own
            found = window_sums(counts, windows)
            sums[rows, :, counted, 0] = found
            sums[rows, :, counted, 1] = found if is_weighed else window_sums(counts * has_weight, windows)
            held[rows, :, counted] = found > 0
            rest = np.flatnonzero((found == 0).any(axis=1))  # nothing sold, or less than a millionth
            for part, window in enumerate(windows):
                held[rows.start + rest, part, counted] = own[rest][:, window].any(axis=1)

    for_each(arrays, series, work)
    return sums, held


def _table(
    keys: Index, sums: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], good: Coded, unit: Coded
) -> pa.Table:
    """Return one row per (good, part, place, unit); rows without a quantity have no unit."""
    added: dict[tuple[str, str, str, str], list[int]] = {}
    for number, key in enumerate(keys.tolist()):
        rest, is_target = divmod(key, 2)
        good_at, unit_at = divmod(rest, max(len(unit.names), 1))
        for part in range(2):
            for counted in range(2):
                if not counts[number, part, counted]:
                    continue
                place = "target" if is_target else "elsewhere"
                name = (good.names[good_at], _PARTS[part], place, unit.names[unit_at] if counted else "")
                row = added.setdefault(name, [0, 0])
                row[0] += int(sums[number, part, counted, 0])
                row[1] += int(sums[number, part, counted, 1])
    columns = list(zip(*added, strict=True)) or [()] * 4
    values = np.array([*added.values()], dtype=np.int64).reshape(-1, 2)
    texts = {
        name: pa.array(column, pa.string())
        for name, column in zip(("good", "part", "place", "unit"), columns, strict=True)
    }
    return pa.table({**texts, "value_usd": dollars(values[:, 0]), "weighed_usd": dollars(values[:, 1])})
