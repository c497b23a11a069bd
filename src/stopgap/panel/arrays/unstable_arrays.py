"""Trade of each code around changes of revision, worked out from the arrays of the native copy.

What every reporter traded around a change depends on neither target nor goods list, so it is summed once for a copy,
by code and partner. A question takes out the few reporters that it does not choose.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.lake.engines.answers import content_key
from stopgap.lake.engines.engine import CopyEngine, Scalars, Tables
from stopgap.lake.engines.period_arrays import Marks, PeriodArrays
from stopgap.panel.arrays.coded import Index
from stopgap.panel.arrays.exact_sums import (
    SumTooLargeError,
    dollars,
    grouped,
    micros,
    numbered,
    whole_millionths,
    window_sums,
)
from stopgap.panel.arrays.reported_arrays import ReportedFlow, reported
from stopgap.panel.arrays.series_links import coded
from stopgap.panel.arrays.world_arrays import Array, arrays_for, for_each, windows_of

Whole = npt.NDArray[np.int64]

_TEXTS, _SUMS = ("source", "revision", "good", "partner"), ("before_usd", "after_usd")
_SCHEMA = pa.schema({"change": pa.int32(), **dict.fromkeys(_TEXTS, pa.string()), **dict.fromkeys(_SUMS, pa.float64())})
_MOVES = (*_TEXTS[:3], "destinations", *_SUMS, "largest_before_usd", "largest_after_usd")


@dataclass(frozen=True)
class _Moves:
    """Trade of all reporters around each change.

    Attributes:
        codes: (source, revision, good), in the order of texts.
        by_pair: Millionths of dollars before and after, and number of series with a figure, (changes, codes × partners, 3).
        single: The same by series, (changes, series, 3).
        pair: Number of (source, reporter) of each series; ``pairs`` has them by number.
        where: Place of each series in ``by_pair``.
    """

    codes: tuple[tuple[str, str, str], ...]
    partners: tuple[str, ...]
    pairs: dict[tuple[str, str], int]
    pair: Index
    where: Index
    single: Whole
    by_pair: Whole

    def of(self, chosen: set[tuple[str, str]]) -> Whole:
        """Return the sums of the chosen (source, reporter) pairs, (changes, codes, partners, 3)."""
        is_chosen = np.zeros(max(len(self.pairs), 1), dtype=bool)
        is_chosen[[self.pairs[pair] for pair in chosen if pair in self.pairs]] = True
        is_left = ~is_chosen[self.pair]
        is_small = int(np.count_nonzero(is_left)) * 2 < is_left.size
        rows = np.flatnonzero(is_left if is_small else ~is_left)
        size = self.by_pair.shape[1]
        found = np.stack([grouped(self.where[rows], single[rows], size) for single in self.single])
        found = self.by_pair - found if is_small else found
        return found.reshape(len(found), len(self.codes), len(self.partners), 3)


def _moves(engine: CopyEngine, tables: Tables, params: Scalars) -> _Moves | None:
    key = (params["frequency"], params["flow"], content_key(tables["changes"]))
    return engine.remember("moves", key, lambda: _all_moves(engine, tables["changes"], params), most=2)


def _all_moves(engine: CopyEngine, changes: pa.Table, params: Scalars) -> _Moves | None:
    arrays = arrays_for(engine, params)
    if arrays is None:
        return None
    known = engine.series_codes(str(params["frequency"]), str(params["flow"]))
    series = known.series.astype(np.int64)
    source, revision, good, reporter, partner = (
        coded(known, name) for name in ("source", "revision", "good", "reporter", "partner")
    )
    sizes = [max(len(each.names), 1) for each in (source, revision, good, reporter)]
    codes, code = numbered((source.at * sizes[1] + revision.at) * sizes[2] + good.at, sizes[0] * sizes[1] * sizes[2])
    pairs, pair = numbered(source.at * sizes[3] + reporter.at, sizes[0] * sizes[3])
    spans = _spans(reported(engine, params), changes, arrays)
    chapters = [name[:2] for name in good.names]
    number = {
        key: at for at, key in enumerate(dict.fromkeys(
            (source.names[a], reporter.names[b]) for a, b in zip(*np.divmod(pairs, max(len(reporter.names), 1)), strict=True)
        ))
    }  # fmt: skip
    try:
        single = np.stack([
            _by_series(arrays, series, _mask_of(each, number, pair, chapters, good.at)) for each in spans
        ]) if spans else np.zeros((0, series.size, 3), dtype=np.int64)  # fmt: skip
        where = code * max(len(partner.names), 1) + partner.at
        size = codes.size * len(partner.names)
        by_pair = (
            np.stack([grouped(where, each, size) for each in single]) if spans else np.zeros((0, size, 3), np.int64)
        )
    except SumTooLargeError:
        return None
    rest, good_at = np.divmod(codes, max(len(good.names), 1))
    source_at, revision_at = np.divmod(rest, max(len(revision.names), 1))
    named = tuple(
        (source.names[a], revision.names[b], good.names[c])
        for a, b, c in zip(source_at.tolist(), revision_at.tolist(), good_at.tolist(), strict=True)
    )
    return _Moves(named, partner.names, number, pair, where, single, by_pair)


Spans = dict[tuple[str, str, str], bytes]
"""(source, reporter, chapter) -> which periods lie before a change and which after it, (2, periods) as bytes."""


def _spans(known: ReportedFlow, changes: pa.Table, arrays: PeriodArrays) -> list[Spans]:
    """Return for each change the last period before it and the first after it, of each calendar month, where both are."""
    start = dt.date(1970, 1, 1)
    places = np.array([(period - start).days for period in arrays.periods], dtype=np.int64)
    days, at_day = np.unique(known.period, return_inverse=True)
    dates = [start + dt.timedelta(days=day) for day in days.tolist()]
    month = np.array([day.month for day in dates], dtype=np.int64)[at_day]
    group = (known.source.at * max(len(known.reporter.names), 1) + known.reporter.at) * max(len(known.chapter.names), 1)
    heads, head = np.unique(group + known.chapter.at, return_inverse=True)
    found: list[Spans] = []
    for change in sorted(changes.to_pylist(), key=lambda row: int(row["change"])):
        until, since = ((change[name] - start).days for name in ("until", "since"))
        before = np.full((heads.size, 13), -1)
        after = np.full((heads.size, 13), np.iinfo(np.int64).max)
        early, late = known.period < until, known.period >= since
        np.maximum.at(before, (head[early], month[early]), known.period[early])
        np.minimum.at(after, (head[late], month[late]), known.period[late])
        both = (before >= 0) & (after < np.iinfo(np.int64).max)
        masks = np.zeros((heads.size, 2, places.size), dtype=bool)
        rows, months = np.nonzero(both)
        for side, table in enumerate((before, after)):
            day = table[rows, months]
            at = np.minimum(np.searchsorted(places, day), places.size - 1)
            is_held = places[at] == day
            masks[rows[is_held], side, at[is_held]] = True
        spans: Spans = {}
        for number in np.flatnonzero(both.any(axis=1)).tolist():
            rest, chapter = divmod(int(heads[number]), max(len(known.chapter.names), 1))
            source, reporter = divmod(rest, max(len(known.reporter.names), 1))
            spans[known.source.names[source], known.reporter.names[reporter], known.chapter.names[chapter]] = masks[
                number
            ].tobytes()
        found.append(spans)
    return found


def _mask_of(
    spans: Spans, pairs: dict[tuple[str, str], int], pair: Index, chapters: list[str], good: Index
) -> tuple[list[bytes], Index]:
    """Return the masks of periods, each once, and the number of that of each series; -1 without one."""
    numbers: dict[bytes, int] = {}
    names = sorted(set(chapters))
    table = np.full((max(len(pairs), 1), max(len(names), 1)), -1, dtype=np.int64)
    column = {name: at for at, name in enumerate(names)}
    for (source, reporter, chapter), mask in spans.items():
        row = pairs.get((source, reporter))
        if row is not None and chapter in column:
            table[row, column[chapter]] = numbers.setdefault(mask, len(numbers))
    chapter_of = np.array([column[name] for name in chapters] or [0], dtype=np.int64)
    return list(numbers), table[pair, chapter_of[good]] if pair.size else np.zeros(0, dtype=np.int64)


def _by_series(arrays: PeriodArrays, series: Index, masks: tuple[list[bytes], Index]) -> Whole:
    """Return millionths before and after, and whether there is a figure, (series, 3)."""
    made = [np.frombuffer(each, dtype=bool).reshape(2, -1) for each in masks[0]]
    found = np.zeros((series.size, 3), dtype=np.int64)

    def work(batch: slice, usd: Array, marks: Marks) -> None:
        del marks
        own = masks[1][batch]
        for number in np.unique(own).tolist() if bool((own != own[0]).any()) else [int(own[0])]:
            if number < 0:
                continue
            is_all = bool((own == number).all())
            here = np.arange(own.size) if is_all else np.flatnonzero(own == number)
            rows = batch.start + here
            span = windows_of(np.asarray(made[number].any(axis=0)))
            part, windows = np.array(usd[:, span] if is_all else usd[here, span]), made[number][:, span]
            missing = np.isnan(part)
            sums = window_sums(whole_millionths(part), list(windows))
            found[rows, :2], found[rows, 2] = sums, sums.any(axis=1)
            rest = np.flatnonzero(~found[rows, 2].astype(bool))  # zeros, or nothing
            found[rows[rest], 2] = (~missing[rest] & windows.any(axis=0)).any(axis=1)

    for_each(arrays, series, work)
    return found


def _chosen(tables: Tables) -> set[tuple[str, str]]:
    columns = (tables["moves_chosen"][name].to_pylist() for name in ("source", "supplier"))
    return set(zip(*columns, strict=True))


def destinations_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``moves_destinations`` from arrays; ``None`` where they cannot give it."""
    moves = _moves(engine, tables, params)
    if moves is None:
        return None
    found = moves.of(_chosen(tables))
    change, code, partner = np.nonzero(found[..., 2])
    texts = [pa.array([each[at] for each in moves.codes], pa.string()).take(pa.array(code)) for at in range(3)]
    sums = found[change, code, partner]
    partners = pa.array(moves.partners, pa.string()).take(pa.array(partner))
    columns = [pa.array(change, pa.int32()), *texts, partners, dollars(sums[:, 0]), dollars(sums[:, 1])]
    return pa.table(columns, schema=_SCHEMA)


def code_moves_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``code_moves`` from arrays; ``None`` where they cannot give it."""
    moves = _moves(engine, tables, params)
    if moves is None:
        return None
    left = set(tables["moves_left_out"]["partner"].to_pylist())
    kept = np.array([name not in left for name in moves.partners], dtype=bool)
    found = moves.of(_chosen(tables))[:, :, kept]
    held = found[..., 2] > 0
    before, after = dollars(found[..., 0]), dollars(found[..., 1])
    apart = np.where(held, np.abs(after - before), -1.0)
    change, code = np.nonzero(held.any(axis=2))
    largest = apart.argmax(axis=2)[change, code] if apart.shape[2] else np.zeros(0, dtype=np.int64)
    try:
        sums = [dollars(micros(np.where(held, each, 0.0)).sum(axis=2))[change, code] for each in (before, after)]
    except SumTooLargeError:
        return None
    texts = [pa.array([each[at] for each in moves.codes], pa.string()).take(pa.array(code)) for at in range(3)]
    most = [dollars(micros(each[change, code, largest].copy())) for each in (before, after)]
    counts = pa.array(held.sum(axis=2)[change, code], pa.int64())
    return pa.table([pa.array(change, pa.int32()), *texts, counts, *sums, *most], names=["change", *_MOVES])
