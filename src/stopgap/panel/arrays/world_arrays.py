"""The stages on trade with all destinations, worked out from the arrays of the native copy: the same rows, faster."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.lake.engines.answers import content_key
from stopgap.lake.engines.engine import CopyEngine, Scalars, Tables
from stopgap.lake.engines.period_arrays import Marks, PeriodArrays
from stopgap.lake.kept_stages import SEVERAL_REVISIONS
from stopgap.lake.stage import Stage
from stopgap.panel.arrays.coded import Coded, Index, Mask
from stopgap.panel.arrays.exact_sums import SumTooLargeError, dollars, grouped, numbered, whole_millionths, window_sums
from stopgap.panel.arrays.series_links import are_among, coded, links

Array = npt.NDArray[np.float64]

_AT_ONCE = min(8, os.cpu_count() or 1)

SEVERAL = Stage(
    "held_in_several",
    "SELECT period FROM several_revisions WHERE frequency = $frequency AND flow = $flow ORDER BY period LIMIT 1",
    (SEVERAL_REVISIONS,),
)
"""Whether any period is held in several revisions; arrays do not choose between them."""


@dataclass(frozen=True)
class WorldRows:
    """Series that count, once for each good of the panel that they count towards, in the order of their numbers."""

    series: Index
    supplier: Coded
    destination: Coded
    good: Coded
    is_sanctioned: Mask
    weight: Array


def world_rows(engine: CopyEngine, tables: Tables, params: Scalars) -> WorldRows:
    """Return the series that count; several stages of a measure read the same."""
    small = tuple(content_key(tables[name]) for name in ("world_chosen", "world_wanted"))

    def make() -> WorldRows:
        known, wanted = engine.series_codes(str(params["frequency"]), str(params["flow"])), tables["world_wanted"]
        chosen = (tables["world_chosen"][name].to_pylist() for name in ("source", "supplier"))
        found = links(known, are_among(known, ("source", "reporter"), zip(*chosen, strict=True)), wanted)
        return WorldRows(
            found.series,
            coded(known, "reporter", found.place),
            coded(known, "partner", found.place),
            found.good,
            wanted["is_sanctioned"].to_numpy()[found.wanted],
            found.weight,
        )

    return engine.remember("world rows", (params["frequency"], params["flow"], *small), make, most=1)


def arrays_for(engine: CopyEngine, params: Scalars) -> PeriodArrays | None:
    """Return the arrays of the frequency asked for; ``None`` where there are none, or several revisions to choose from."""
    found = engine.period_arrays(str(params["frequency"]))
    if found is None or engine.run(SEVERAL, params=params).num_rows:
        return None
    return found


Work = Callable[[slice, Array, Marks], None]
"""Called with a slice of rows, their dollars (rows, periods), which it may not change, and their marks."""


def for_each(arrays: PeriodArrays, series: Index, work: Work) -> None:
    """Do work on the rows of ``series`` (numbers ascending, repeats allowed), batch by batch, several at a time.

    Work on different batches writes to different rows; a sum over all of them needs a lock.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        under_way: deque[Future[None]] = deque()
        for numbers, usd, marked in arrays.batches():
            first, last = np.searchsorted(series, [numbers[0], numbers[-1] + 1]) if numbers.size else (0, 0)
            if first == last:
                continue
            rows = slice(int(first), int(last))
            under_way.append(pool.submit(_work_on, work, rows, _places(numbers, series[rows]), usd, marked))
            while len(under_way) > 2 * _AT_ONCE:
                under_way.popleft().result()
        for each in under_way:
            each.result()


def _places(numbers: npt.NDArray[np.int32], series: Index) -> Index | None:
    """Return the places of some series among the numbers of a batch, both ascending; ``None`` if they are all of them."""
    if series.size == numbers.size and bool((series == numbers).all()):
        return None
    is_unbroken = int(numbers[-1]) - int(numbers[0]) + 1 == numbers.size
    return np.asarray(series - numbers[0] if is_unbroken else np.searchsorted(numbers, series), dtype=np.int64)


def _work_on(work: Work, rows: slice, places: Index | None, usd: Array, marks: Marks) -> None:
    if places is not None:
        usd, marks = usd.take(places, axis=0), marks.take(places, axis=0)
    work(rows, usd, marks)


def windows_of(columns: Mask) -> slice:
    """Return the smallest span of columns that holds every one marked."""
    held = np.flatnonzero(columns)
    return slice(int(held[0]), int(held[-1]) + 1) if held.size else slice(0, 0)


@dataclass(frozen=True)
class Factors:
    """Rows of the stage ``world_factors`` as arrays (suppliers, periods); 0 outside the window of each."""

    baseline: Array
    after: Array
    known: Mask

    @classmethod
    def of(cls, rows: pa.Table, suppliers: Mapping[str, int], arrays: PeriodArrays) -> Factors:
        """Build the arrays for suppliers by number; suppliers without factors have none."""
        shape = (len(suppliers), len(arrays.periods))
        made = cls(np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool))
        supplier, part = Coded.of(rows["supplier"]), Coded.of(rows["part"])
        row = np.array([suppliers.get(name, -1) for name in supplier.names] or [-1])[supplier.at]
        is_after = np.array([name == "after" for name in part.names] or [False])[part.at]
        places = np.array(arrays.periods, dtype="datetime64[D]").astype(np.int64)
        day = rows["period"].cast(pa.int32()).to_numpy()
        column = np.minimum(np.searchsorted(places, day), places.size - 1)
        known = (row >= 0) & (places[column] == day)
        factor = rows["factor"].to_numpy()
        for window, held in ((made.baseline, known & ~is_after), (made.after, known & is_after)):
            window[row[held], column[held]] = factor[held]
        made.known[row[known], column[known]] = True
        return made


def cells_on_copy(engine: CopyEngine, factors_stage: Stage, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``world_cells`` from arrays; ``None`` where they cannot give it."""
    arrays = arrays_for(engine, params)
    if arrays is None:
        return None
    rows = world_rows(engine, tables, params)
    supplier, destination, good = rows.supplier, rows.destination, rows.good
    known = {name: at for at, name in enumerate(supplier.names)}
    factors = Factors.of(engine.run(factors_stage, tables=tables, params=params), known, arrays)
    try:
        sums, is_held = _two_sums(arrays, rows.series, rows.weight, supplier.at, factors)
        key = (
            (supplier.at * max(len(destination.names), 1) + destination.at) * max(len(good.names), 1) + good.at
        ) * 2 + rows.is_sanctioned
        size = 2 * max(len(supplier.names), 1) * max(len(destination.names), 1) * max(len(good.names), 1)
        keys, group = numbered(key[is_held], size)
        found = grouped(group, sums[is_held], keys.size)
    except SumTooLargeError:
        return None
    rest, is_sanctioned = np.divmod(keys, 2)
    rest, good_at = np.divmod(rest, max(len(good.names), 1))
    supplier_at, destination_at = np.divmod(rest, max(len(destination.names), 1))
    return pa.table(
        {
            "supplier": supplier.dictionary(supplier_at),
            "destination": destination.dictionary(destination_at),
            "good": good.dictionary(good_at),
            "is_sanctioned": pa.array(is_sanctioned.astype(bool)),
            "baseline_usd": dollars(found[:, 0]),
            "after_usd": dollars(found[:, 1]),
        }
    )


def _two_sums(
    arrays: PeriodArrays, series: Index, weight: Array, supplier: Index, factors: Factors
) -> tuple[npt.NDArray[np.int64], Mask]:
    """Return the sums of both windows, (series, 2) millionths, and which series have a figure in either."""
    sums = np.zeros((series.size, 2), dtype=np.int64)
    is_held = np.zeros(series.size, dtype=bool)
    windows = [np.asarray(each.any(axis=0)) for each in (factors.baseline, factors.after)]
    by_period = factors.baseline + factors.after  # no period is in both windows
    patterns, pattern = np.unique(by_period, axis=0, return_inverse=True)  # most suppliers reported the same periods
    pattern = pattern.reshape(-1)

    def work(rows: slice, usd: Array, marks: Marks) -> None:
        del marks
        scale, who = weight[rows], supplier[rows]
        own = pattern[who]
        factor = patterns[own[0]] if bool((own == own[0]).all()) else patterns[own]
        weighted = usd if bool((scale == 1.0).all()) else usd * scale[:, None]
        found = window_sums(whole_millionths(weighted * factor), windows)
        sums[rows] = found
        is_held[rows] = found.any(axis=1)
        rest = np.flatnonzero(~is_held[rows])  # zeros, or nothing
        is_held[rows.start + rest] = (~np.isnan(usd[rest]) & factors.known[who[rest]]).any(axis=1)

    for_each(arrays, series, work)
    return sums, is_held
