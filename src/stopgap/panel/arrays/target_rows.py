"""Series with one target as partner, read once from the arrays of the native copy.

A copy numbers its series in the order of partner and good, so what was reported to be traded with a target stands
together. The target's own reports (the mirror) stand apart from each other; they are read by SQL.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stopgap.lake.engines.answers import content_key
from stopgap.lake.engines.engine import CopyEngine, Scalars
from stopgap.lake.engines.period_arrays import HAS_NO_VALUE, IS_ESTIMATED
from stopgap.lake.stage import Stage
from stopgap.panel.arrays.coded import Coded, Index, Mask
from stopgap.panel.arrays.world_arrays import Array, arrays_for

_SERIES = Stage(
    "target_series",
    """
    SELECT series, frequency, source, revision, good, reporter AS supplier FROM native.trade_series
    WHERE kind = 'economy' AND partner = $target AND flow = $flow AND reporter <> $target ORDER BY series
    """,
)


@dataclass(frozen=True)
class TargetRows:
    """Series with one target as partner, of one flow and frequency, in the order of their numbers.

    Attributes:
        code: Number of (source, revision, good) of each series; ``codes`` has them by number, in the order of texts.
        usd: Dollars (series, periods), NaN where there is no figure.
        valueless: Whether there is a row without a value; ``None`` where there is none.
        estimated: Whether the source estimated a figure; ``None`` where it estimated none.
    """

    periods: tuple[dt.date, ...]
    codes: tuple[tuple[str, str, str], ...]
    code: Index
    supplier: Coded
    source: Coded
    usd: Array
    valueless: Mask | None
    estimated: Mask | None

    def held(self, columns: Index) -> Mask:
        """Return whether there is a row, with or without a value, at the positions of some periods."""
        is_held = ~np.isnan(self.usd[:, columns])
        return is_held if self.valueless is None else is_held | self.valueless[:, columns]

    def between(self, first: str, last: str) -> Index:
        """Return the positions of the periods from one day to another."""
        days = [day.isoformat() for day in self.periods]
        return np.array([at for at, day in enumerate(days) if _day(first) <= day <= _day(last)], dtype=np.int64)


def _day(text: str) -> str:
    return text[:10]


def target_rows(engine: CopyEngine, params: Scalars) -> dict[str, TargetRows] | None:
    """Return the target's series by frequency; ``None`` where some of them are in no array."""
    target, flow = str(params["target"]), str(params["flow"])
    return engine.remember("target rows", (target, flow), lambda: _target_rows(engine, target, flow))


def _target_rows(engine: CopyEngine, target: str, flow: str) -> dict[str, TargetRows] | None:
    rows = engine.run(_SERIES, params={"target": target, "flow": flow})
    frequencies = rows["frequency"].to_numpy(zero_copy_only=False)
    found = {}
    for frequency in sorted(set(frequencies.tolist())):
        arrays = arrays_for(engine, {"frequency": frequency, "flow": flow})
        if arrays is None:
            return None
        own = rows.filter(pa.array(frequencies == frequency)) if len(set(frequencies.tolist())) > 1 else rows
        series = own["series"].to_numpy()
        numbers, usd, marks = arrays.of_series(int(series[0]), int(series[-1]))
        if numbers.size != series.size:
            at = np.searchsorted(numbers, series)
            usd, marks = usd[at], marks[at]
        source, revision, good = (Coded.of(own[name]) for name in ("source", "revision", "good"))
        key = (source.at * max(len(revision.names), 1) + revision.at) * max(len(good.names), 1) + good.at
        keys, code = np.unique(key, return_inverse=True)
        rest, good_at = np.divmod(keys, max(len(good.names), 1))
        source_at, revision_at = np.divmod(rest, max(len(revision.names), 1))
        codes = tuple(
            (source.names[a], revision.names[b], good.names[c])
            for a, b, c in zip(source_at.tolist(), revision_at.tolist(), good_at.tolist(), strict=True)
        )
        masks = ((marks & HAS_NO_VALUE) > 0, (marks & IS_ESTIMATED) > 0)
        valueless, estimated = (mask if mask.any() else None for mask in masks)
        found[frequency] = TargetRows(
            arrays.periods, codes, code, Coded.of(own["supplier"]), source, usd, valueless, estimated
        )
    return found


@dataclass(frozen=True)
class Matched:
    """Rows of :class:`TargetRows` that count towards goods of the panel, once for each good."""

    row: Index
    good: Index
    goods: tuple[str, ...]
    weight: Array
    is_estimated: Mask


def matched_rows(engine: CopyEngine, rows: TargetRows, wanted: pa.Table, key: tuple[object, ...]) -> Matched:
    """Return the rows that count towards the goods of ``wanted``; ``key`` says whose rows they are."""
    return engine.remember("matched", (*key, content_key(wanted)), lambda: _match(rows, wanted))


def _match(rows: TargetRows, wanted: pa.Table) -> Matched:
    fields = ("source", "revision", "good", "panel_good", "weight", "is_estimated")
    by_code: dict[tuple[str, str, str], list[tuple[str, float, bool]]] = {}
    for source, revision, good, panel_good, weight, is_estimated in zip(
        *(wanted[name].to_pylist() for name in fields), strict=True
    ):
        by_code.setdefault((source, revision, good), []).append((panel_good, weight, is_estimated))
    goods = tuple(sorted(set(wanted["panel_good"].to_pylist())))
    number = {name: at for at, name in enumerate(goods)}
    links = [
        (at, number[good], weight, estimated)
        for at, code in enumerate(rows.codes)
        for good, weight, estimated in by_code.get(code, ())
    ]
    code = np.array([link[0] for link in links], dtype=np.int64)
    order = np.argsort(rows.code, kind="stable")
    starts, ends = (np.searchsorted(rows.code[order], code, side=side) for side in ("left", "right"))
    counts = ends - starts
    at = np.repeat(np.arange(code.size), counts)
    inside = np.arange(at.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return Matched(
        row=order[starts[at] + inside] if at.size else np.zeros(0, dtype=np.int64),
        good=np.array([link[1] for link in links], dtype=np.int64)[at],
        goods=goods,
        weight=np.array([link[2] for link in links], dtype=np.float64)[at],
        is_estimated=np.array([link[3] for link in links], dtype=bool)[at],
    )
