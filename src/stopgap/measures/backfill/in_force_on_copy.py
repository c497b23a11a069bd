"""The stage ``in_force_cells``, worked out from the arrays of the native copy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stopgap.lake.engines.engine import CopyEngine, Scalars, Tables
from stopgap.measures.statistics.numbered_rows import days_of
from stopgap.panel.arrays.coded import Coded
from stopgap.panel.arrays.exact_sums import SumTooLargeError, dollars, micros
from stopgap.panel.arrays.target_dollars import reported_periods, target_dollars


def in_force_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``in_force_cells`` from arrays; ``None`` where they cannot give it."""
    found, table = target_dollars(engine, tables, params), tables["in_force"]
    if found is None:
        return None
    per_year = params["periods_per_year"]
    assert isinstance(per_year, int)
    supplier, good = Coded.of(table["supplier"]), Coded.of(table["good"])
    suppliers, goods = ({name: at for at, name in enumerate(each)} for each in (found.suppliers, found.goods))
    if not (suppliers.keys() >= set(supplier.names) and goods.keys() >= set(good.names)):
        return None
    days = np.array(found.periods, dtype="datetime64[D]").astype(np.int64)
    day = days_of(table["period"])
    known = np.isin(day, days)
    is_in_force = np.zeros((len(supplier.names), len(good.names), days.size), dtype=bool)
    is_in_force[supplier.at[known], good.at[known], np.searchsorted(days, day[known])] = True
    rows, columns = (
        [each[name] for name in names] for each, names in ((suppliers, supplier.names), (goods, good.names))
    )
    reported = reported_periods(engine, found, tables, params)[rows]
    counts = found.season_counts(reported)
    counted = is_in_force & (found.part == 1) & (reported & counts.usable[:, counts.season])[:, None, :]
    usd = found.usd[np.ix_(rows, columns)]
    in_season = np.zeros((*usd.shape[:2], counts.usable.shape[1]), dtype=np.int64)
    for period, season in enumerate(counts.season.tolist()):
        in_season[:, :, season] += counted[:, :, period]
    before = found.part == 0
    season = counts.season[before]
    try:
        terms = usd[:, :, before] * in_season[:, :, season] / np.maximum(counts.baseline[:, season], 1)[:, None, :]
        sums = [
            micros(np.where(reported[:, None, before], terms, 0.0)).sum(axis=2),
            micros(np.where(counted, usd, 0.0)).sum(axis=2),
        ]
    except SumTooLargeError:
        return None
    at = np.nonzero(counted.any(axis=2))
    periods = counted[at].sum(axis=1)
    means = [dollars(each[at]) * per_year / periods for each in sums]
    return pa.table(
        {
            "supplier": supplier.texts(at[0]),
            "good": good.texts(at[1]),
            "periods": pa.array(periods, pa.int64()),
            "first": pa.array(found.periods, pa.date32()).take(pa.array(counted[at].argmax(axis=1))),
            "baseline_usd": means[0],
            "after_usd": means[1],
        }
    )
