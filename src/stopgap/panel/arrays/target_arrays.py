"""The panel's stages on trade with one target, each a sum of arrays of the native copy."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from stopgap.lake.engines.engine import CopyEngine, Scalars, Tables
from stopgap.panel.arrays.coded import Coded, Index
from stopgap.panel.arrays.exact_sums import SumTooLargeError, any_of, dollars, grouped, whole_millionths, window_sums
from stopgap.panel.arrays.target_dollars import reported_periods, target_dollars
from stopgap.panel.arrays.target_rows import matched_rows, target_rows


def present_codes_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``present_codes`` from arrays; ``None`` where they cannot give it."""
    del tables
    found = target_rows(engine, params)
    if found is None:
        return None
    texts: list[tuple[str, str, str, str]] = []
    spans: list[tuple[dt.date, dt.date, int]] = []
    usd: list[float | None] = []
    for frequency, rows in found.items():
        columns = rows.between(str(params["first"]), str(params["last"]))
        if not columns.size:
            continue
        value = rows.usd[:, columns]
        seen = any_of(rows.code, rows.held(columns), len(rows.codes))
        has_value = any_of(rows.code, np.asarray(~np.isnan(value).all(axis=1)), len(rows.codes))
        try:
            sums = window_sums(whole_millionths(value), [np.ones(columns.size, dtype=bool)])[:, 0]
            total = dollars(grouped(rows.code, sums, len(rows.codes)))
        except SumTooLargeError:
            return None
        first, last = seen.argmax(axis=1), columns.size - 1 - seen[:, ::-1].argmax(axis=1)
        for at in np.flatnonzero(seen.any(axis=1)).tolist():
            texts.append((frequency, *rows.codes[at]))
            spans.append((rows.periods[columns[first[at]]], rows.periods[columns[last[at]]], int(seen[at].sum())))
            usd.append(float(total[at]) if has_value[at] else None)
    columns_of = list(zip(*texts, strict=True)) or [()] * 4
    days = list(zip(*spans, strict=True)) or [()] * 3
    names = ("frequency", "source", "revision", "good")
    return pa.table(
        {
            **{name: pa.array(column, pa.string()) for name, column in zip(names, columns_of, strict=True)},
            "first_period": pa.array(days[0], pa.date32()),
            "last_period": pa.array(days[1], pa.date32()),
            "periods": pa.array(days[2], pa.int64()),
            "value_usd": pa.array(usd, pa.float64()),
        }
    )


def holders_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``holders`` from arrays; ``None`` where they cannot give it."""
    found = target_rows(engine, params)
    if found is None:
        return None
    schema = pa.schema(
        [("supplier", pa.string()), ("source", pa.string()), ("last_period", pa.date32()), ("goods", pa.int64())]
    )
    frequency = str(params["frequency"])
    rows = found.get(frequency)
    if rows is None:
        return schema.empty_table()
    matched = matched_rows(engine, rows, tables["wanted"], (params["target"], params["flow"], frequency))
    columns = rows.between(str(params["first"]), str(params["last"]))
    held = rows.held(columns)
    last_at = np.where(held.any(axis=1), columns.size - 1 - held[:, ::-1].argmax(axis=1) if columns.size else 0, -1)[
        matched.row
    ]
    use = last_at >= 0
    sources = max(len(rows.source.names), 1)
    holder = rows.supplier.at[matched.row[use]] * sources + rows.source.at[matched.row[use]]
    keys, at = np.unique(holder, return_inverse=True)
    last = np.full(keys.size, -1)
    np.maximum.at(last, at, last_at[use])
    pairs = np.unique(at * max(len(matched.goods), 1) + matched.good[use])
    goods = np.bincount(pairs // max(len(matched.goods), 1), minlength=keys.size)
    supplier, source = np.divmod(keys, sources)
    return pa.table(
        [
            rows.supplier.texts(supplier),
            rows.source.texts(source),
            pa.array([rows.periods[columns[place]] for place in last.tolist()], pa.date32()),
            pa.array(goods, pa.int64()),
        ],
        schema=schema,
    )


def dollars_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``dollars`` from arrays; ``None`` where they cannot give it."""
    found = target_dollars(engine, tables, params)
    if found is None:
        return None
    supplier, good, period = np.nonzero(found.held)
    usd = found.usd[supplier, good, period]
    marked = np.zeros(usd.size) if found.estimated is None else found.estimated[supplier, good, period]
    return pa.table(
        {
            "supplier": _texts(found.suppliers, supplier),
            "period": _days(found.periods, period),
            "good": _texts(found.goods, good),
            "value_usd": usd,
            "estimated_usd": marked,
        }
    )


def cells_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``cells`` from arrays; ``None`` where they cannot give it."""
    found = target_dollars(engine, tables, params)
    if found is None:
        return None
    per_year = params["periods_per_year"]
    assert isinstance(per_year, int)
    means = found.cell_means(reported_periods(engine, found, tables, params), per_year)
    if means is None:
        return None
    return pa.table(
        {"supplier": _coded(found.suppliers, means.supplier), "good": _coded(found.goods, means.good), **means.usd}
    )


def active_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``active_periods`` from arrays; ``None`` where they cannot give it."""
    found = target_dollars(engine, tables, params)
    if found is None:
        return None
    after = found.window(1)
    sums = dollars(found.panel.micros[:, :, after].sum(axis=1))
    least = params["active_usd"]
    assert isinstance(least, int | float)
    counts = ((sums >= least) & found.panel.held[:, :, after].any(axis=1)).sum(axis=1)
    supplier = np.flatnonzero(counts)
    return pa.table({"supplier": _texts(found.suppliers, supplier), "n": pa.array(counts[supplier], pa.int64())})


def baseline_totals_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``baseline_totals`` from arrays; ``None`` where they cannot give it."""
    found = target_dollars(engine, tables, params)
    if found is None:
        return None
    before = found.window(0)
    sums = found.panel.micros[:, :, before].sum(axis=(1, 2))
    supplier = np.flatnonzero(found.panel.held[:, :, before].any(axis=(1, 2)))
    return pa.table({"supplier": _texts(found.suppliers, supplier), "value_usd": dollars(sums[supplier])})


def good_series_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``good_series`` from arrays; ``None`` where they cannot give it."""
    found = target_dollars(engine, tables, params)
    if found is None:
        return None
    is_reported = reported_periods(engine, found, tables, params)
    supplier, good, period = np.nonzero(found.held & is_reported[:, None, :])
    return pa.table(
        {
            "supplier": _texts(found.suppliers, supplier),
            "good": _texts(found.goods, good),
            "period": _days(found.periods, period),
            "value_usd": found.usd[supplier, good, period],
        }
    )


def _texts(names: tuple[str, ...], at: Index) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(at))


def _coded(names: tuple[str, ...], at: Index) -> pa.Array:
    """Return names at some positions as a dictionary of those that occur, which is quick to number again."""
    coded = Coded.of_codes(at, names)
    return coded.dictionary(coded.at)


def _days(periods: tuple[dt.date, ...], at: Index) -> pa.Array:
    return pa.array(periods, pa.date32()).take(pa.array(at))
