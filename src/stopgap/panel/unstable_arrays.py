"""Trade of each code around changes of revision, worked out from the arrays of the native copy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.lake.engine import CopyEngine, Scalars, Tables
from stopgap.lake.period_arrays import PeriodArrays
from stopgap.lake.stage import Stage
from stopgap.panel.exact_sums import SumTooLargeError, dollars, grouped, micros
from stopgap.panel.world_arrays import Coded, Index, Mask, arrays_for, joined, windows_of

_SERIES = Stage(
    "moves_series",
    """
    SELECT t.series, t.source, t.reporter AS supplier, substr(t.good, 1, 2) AS chapter, t.revision, t.good, t.partner
    FROM native.trade_series AS t
    JOIN moves_chosen AS s ON t.source = s.source AND t.reporter = s.supplier
    WHERE t.kind = 'economy' AND t.frequency = $frequency AND t.flow = $flow AND t.reporter <> t.partner
    """,
)

_SCHEMA = pa.schema(
    [("change", pa.int32()), *((name, pa.string()) for name in ("source", "revision", "good", "partner"))]
    + [("before_usd", pa.float64()), ("after_usd", pa.float64())]
)


def destinations_on_copy(engine: CopyEngine, sides: Stage, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``moves_destinations`` from arrays; ``None`` where they cannot give it.

    Args:
        sides: Stage of the periods before and after each change, by supplier, source and chapter.
    """
    arrays = arrays_for(engine, params)
    if arrays is None:
        return None
    spans = engine.run(sides, tables=tables, params=params)
    rows = engine.run(_SERIES, tables=tables, params=params)
    rows = rows.take(pa.array(np.argsort(rows["series"].to_numpy(), kind="stable")))
    names = {name: Coded.of(rows[name]) for name in ("source", "revision", "good", "partner")}
    key = np.zeros(rows.num_rows, dtype=np.int64)
    for coded in names.values():
        key = key * max(len(coded.names), 1) + coded.at
    try:
        found = [
            _one_change(arrays, int(change), rows, spans, key, names)
            for change in sorted(set(spans["change"].to_pylist()))
        ]
    except SumTooLargeError:
        return None
    return pa.concat_tables(found) if found else _SCHEMA.empty_table()


def _one_change(
    arrays: PeriodArrays, change: int, rows: pa.Table, spans: pa.Table, key: Index, names: dict[str, Coded]
) -> pa.Table:
    """Return the rows of one change; ``key`` numbers source, revision, good and partner of each series."""
    masks, mask_of = _masks(arrays, change, rows, spans)
    sums = np.zeros((rows.num_rows, 2), dtype=np.int64)
    is_held = np.zeros(rows.num_rows, dtype=bool)
    for batch, usd, _ in joined(arrays, rows["series"].to_numpy()):
        own = mask_of[batch]
        for number in np.unique(own).tolist():
            if number < 0:
                continue
            here = np.flatnonzero(own == number)
            for part in range(2):
                columns = masks[number, part]
                span = windows_of(columns)
                value = usd[here][:, span] if bool(columns[span].all()) else usd[here][:, np.flatnonzero(columns)]
                is_held[batch.start + here] |= ~np.isnan(value).all(axis=1) if value.shape[1] else False
                sums[batch.start + here, part] = micros(value.copy()).sum(axis=1)
    keys, group = np.unique(key[is_held], return_inverse=True)
    found = grouped(group, sums[is_held], keys.size)
    columns = {}
    for name in reversed(names):
        keys, at = np.divmod(keys, max(len(names[name].names), 1))
        columns[name] = names[name].texts(at)
    made = {"change": pa.array(np.full(found.shape[0], change), pa.int32()), **columns}
    return pa.table({**made, "before_usd": dollars(found[:, 0]), "after_usd": dollars(found[:, 1])}).select(
        _SCHEMA.names
    )


def _masks(arrays: PeriodArrays, change: int, rows: pa.Table, spans: pa.Table) -> tuple[npt.NDArray[np.bool_], Index]:
    """Return the masks of periods (masks, 2 sides, periods), each once, and that of each series; -1 without one."""
    place = {period: at for at, period in enumerate(arrays.periods)}
    by_group: dict[tuple[str, str, str], Mask] = {}
    columns = ("change", "source", "supplier", "chapter", "side", "period")
    for number, source, supplier, chapter, side, period in zip(
        *(spans[name].to_pylist() for name in columns), strict=True
    ):
        if number == change and period in place:
            mask = by_group.setdefault((source, supplier, chapter), np.zeros((2, len(arrays.periods)), dtype=bool))
            mask[0 if side == "before" else 1, place[period]] = True
    numbers: dict[bytes, int] = {}
    number_of = {group: numbers.setdefault(mask.tobytes(), len(numbers)) for group, mask in by_group.items()}
    masks = np.array([np.frombuffer(each, dtype=bool).reshape(2, -1) for each in numbers])
    coded = [Coded.of(rows[name]) for name in ("source", "supplier", "chapter")]
    table = np.full([max(len(each.names), 1) for each in coded], -1, dtype=np.int64)
    places = [{name: at for at, name in enumerate(each.names)} for each in coded]
    for group, number in number_of.items():
        at = tuple(known.get(name, -1) for known, name in zip(places, group, strict=True))
        if -1 not in at:
            table[at] = number
    return masks, table[coded[0].at, coded[1].at, coded[2].at]
