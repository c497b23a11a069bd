"""Read both sides' reports of every flow in the goods compared, and put them in pairs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from stopgap.lake.engines.engine import Engine
from stopgap.measures.mirror.pairs import ReportPairs
from stopgap.measures.mirror.stages import MIRROR_FLOWS, MIRROR_PARTNERS, MIRROR_REEXPORTS, MIRROR_ROWS
from stopgap.measures.statistics.array_types import Array, Whole
from stopgap.measures.statistics.numbered_rows import SPARSEST, days_of, dense_codes, doubles_of, sums_by_code

Params = Mapping[str, str | int | float | None]


def read_pairs(
    engine: Engine, wanted: pa.Table, chosen: Mapping[tuple[str, str], str], params: Params
) -> tuple[ReportPairs, float]:
    """Return the pairs of reports, and their dollars that a source or a concordance estimated.

    ``wanted`` tells how codes of the lake count towards goods; ``chosen`` maps (flow, reporter) to its source.
    """
    partners = engine.run(MIRROR_PARTNERS, params=params)["partner"].to_pylist()
    economies = sorted({*partners, *(reporter for _, reporter in chosen)})
    goods = sorted(set(wanted["panel_good"].to_pylist()))
    tables = {
        "mirror_wanted": numbered_goods(wanted),
        "mirror_chosen": chosen_table(chosen, economies),
        "mirror_economies": pa.table(
            {"economy": pa.array(economies, pa.string()), "number": numbers_of(economies, economies)}
        ),
    }
    keys = wanted.select(["source", "revision", "panel_good"])
    is_split = keys.group_by(keys.column_names).aggregate([]).num_rows < keys.num_rows
    rows = engine.run(MIRROR_FLOWS if is_split else MIRROR_ROWS, tables=tables, params=params)
    reexports = engine.run(MIRROR_REEXPORTS, tables=tables, params=params)
    if is_split:
        estimated = doubles_of(rows["estimated_usd"])
    else:
        estimated = np.where(rows["is_estimated"].to_numpy(), doubles_of(rows["value_usd"]), 0.0)
    return pairs_of_rows(rows, reexports, tuple(economies), tuple(goods)), float(estimated.sum())


def numbered_goods(wanted: pa.Table) -> pa.Table:
    """Return the relation ``mirror_wanted``: how codes count towards goods, with the number of each good."""
    names = wanted["panel_good"].to_pylist()
    return wanted.append_column("number", numbers_of(names, sorted(set(names))))


def numbers_of(column: list[str], names: list[str]) -> pa.Array:
    """Return the position of each name of a column among the names."""
    place = {name: number for number, name in enumerate(names)}
    return pa.array([place[name] for name in column], pa.int32())


def chosen_table(chosen: Mapping[tuple[str, str], str], economies: list[str]) -> pa.Table:
    """Return the relation ``mirror_chosen``: the source of each (flow, reporter), with the reporter's number."""
    taken = sorted(chosen.items())
    columns = {
        "flow": [flow for (flow, _), _ in taken],
        "reporter": [reporter for (_, reporter), _ in taken],
        "source": [source for _, source in taken],
    }
    table = pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})
    return table.append_column("number", numbers_of(columns["reporter"], economies))


def pairs_of_rows(
    rows: pa.Table, reexports: pa.Table, economies: tuple[str, ...], goods: tuple[str, ...]
) -> ReportPairs:
    """Put the rows of ``mirror_rows`` or ``mirror_flows`` in pairs; names without any row are left out.

    Rows of one side and flow are added up.
    """
    size, wide = len(economies), max(len(goods), 1)
    reporter, partner = rows["reporter"].to_numpy(), rows["partner"].to_numpy()
    is_export = rows["is_export"].to_numpy()
    days = days_of(rows["period"])
    ends = (days.min(), days.max()) if len(days) else (0, 0)
    first, last = (int(each) for each in months_of(np.array(ends)))
    kind = _whole(size * size * wide)
    numbers = np.where(is_export, reporter, partner).astype(kind)
    numbers *= size
    numbers += np.where(is_export, partner, reporter)
    numbers *= wide
    numbers += rows["good"].to_numpy()
    del reporter, partner
    keys, cell = dense_codes(numbers, size * size * wide)
    del numbers
    span = last - first + 1
    top, sides = len(keys) * span, []
    code = cell * _whole(top)(span)
    code += (_months(days) - first).astype(code.dtype)
    for side in (np.flatnonzero(is_export), np.flatnonzero(~is_export)):
        sold_of = [doubles_of(rows[name])[side] for name in ("value_usd", "net_kg")]
        sides.append(sums_by_code(code[side], top, *sold_of))
    found, places = _union([at for at, _ in sides], top)
    measured = []
    for place, (_, columns) in zip(places, sides, strict=True):
        for column in columns:
            whole = np.full(len(found), np.nan)
            whole[place] = column
            measured.append(whole)
    found = found.astype(np.int64)
    key = keys[found // span]
    period = (found % span + first).astype(np.int32)
    sold = _reexports(reexports, (key * span + found % span, first, span), (size, wide))
    seller, buyer, good = key // wide // size, key // wide % size, key % wide
    used = np.flatnonzero(np.bincount(seller, minlength=size) + np.bincount(buyer, minlength=size))
    held = np.flatnonzero(np.bincount(good, minlength=wide))
    exporter_usd, exporter_kg, importer_usd, importer_kg = measured
    return ReportPairs(
        tuple(economies[number] for number in used),
        tuple(goods[number] for number in held),
        np.searchsorted(used, seller).astype(np.int32),
        np.searchsorted(used, buyer).astype(np.int32),
        np.searchsorted(held, good).astype(np.int32),
        period,
        exporter_usd,
        importer_usd,
        exporter_kg,
        importer_kg,
        sold,
    )


def _whole(size: int) -> type[np.int32] | type[np.int64]:
    """Return the smallest type of whole numbers that holds numbers below a size."""
    return np.int32 if size < 2**31 else np.int64


def months_of(days: Whole) -> Whole:
    """Return days since 1970 as months since year 0."""
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12


def _months(days: Whole) -> Whole:
    """Return the same for many rows of few days, by a table of all days between."""
    first = int(days.min(initial=0))
    return months_of(np.arange(first, int(days.max(initial=0)) + 1)).astype(np.int32)[days - first]


def _union(sides: list[Whole], size: int) -> tuple[Whole, list[Whole]]:
    """Return the codes (below ``size``) that are on any side, sorted, and the position of each side's among them."""
    if size <= SPARSEST * sum(map(len, sides)) + 1024:
        there = np.zeros(size, dtype=bool)
        for side in sides:
            there[side] = True
        rank = np.cumsum(there, dtype=np.int32) - np.int32(1)
        return np.flatnonzero(there), [rank[side] for side in sides]
    found = np.unique(np.concatenate(sides))
    return found, [np.searchsorted(found, side) for side in sides]


def _reexports(table: pa.Table, pairs: tuple[Whole, int, int], sizes: tuple[int, int]) -> Array:
    """Return the re-exports of each pair: 0 where the exporter reports any in the period, else NaN.

    ``pairs`` are the sorted codes of (exporter, importer, good, period), the first period and the number of periods;
    ``sizes`` the numbers of economies and goods.
    """
    (codes, first, span), (size, wide) = pairs, sizes
    found = np.full(len(codes), np.nan)
    if not len(table):
        return found
    exporter, good = table["reporter"].to_numpy().astype(np.int64), table["good"].to_numpy()
    period = _months(days_of(table["period"])) - first
    inside = (period >= 0) & (period < span)
    apart = np.zeros((size, span), dtype=bool)
    apart[exporter[inside], period[inside]] = True
    found[apart[codes // span // wide // size, codes % span]] = 0.0
    partner = table["partner"].fill_null(-1).to_numpy()
    inside &= partner >= 0
    code = (((exporter * size + partner) * wide + good) * span + period)[inside]
    place = np.minimum(np.searchsorted(codes, code), len(codes) - 1)
    known = codes[place] == code
    found[place[known]] = doubles_of(table["reexports_usd"])[inside][known]
    return found
