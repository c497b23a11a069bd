"""Who reported which period, from the table of the native copy, read once for a flow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stopgap.lake.engines.answers import content_key
from stopgap.lake.engines.engine import CopyEngine, Scalars, Tables
from stopgap.lake.stage import Stage
from stopgap.panel.arrays.coded import Coded, Index
from stopgap.panel.arrays.season_counts import SeasonCounts

_REPORTED = Stage(
    "reported_of_flow",
    "SELECT source, reporter, period, chapter FROM reported WHERE frequency = $frequency AND flow = $flow",
)


@dataclass(frozen=True)
class ReportedFlow:
    """Rows of ``reported`` of one flow and frequency, as numbers; ``period`` counts days since 1970."""

    source: Coded
    reporter: Coded
    chapter: Coded
    period: Index

    def of_chapters(self, chapters: frozenset[str]) -> tuple[Index, Index, Index]:
        """Return source, reporter and day of what was reported of any of the chapters, each once."""
        use = self.chapter.is_in(chapters)
        reporters = max(len(self.reporter.names), 1)
        head = self.source.at[use] * reporters + self.reporter.at[use]
        keys = np.unique((head << 32) + self.period[use])
        source, reporter = np.divmod(keys >> 32, reporters)
        return source, reporter, keys & 0xFFFFFFFF


def reported(engine: CopyEngine, params: Scalars) -> ReportedFlow:
    """Return who reported what of a flow and frequency."""

    def make() -> ReportedFlow:
        rows = engine.run(_REPORTED, params=params)
        days = rows["period"].cast(pa.int32()).to_numpy().astype(np.int64)
        source, reporter, chapter = (Coded.of(rows[name]) for name in ("source", "reporter", "chapter"))
        return ReportedFlow(source, reporter, chapter, days)

    return engine.remember("reported", (params["frequency"], params["flow"]), make)


def _of_chapters(engine: CopyEngine, tables: Tables, params: Scalars) -> tuple[Index, Index, Index]:
    """Return what :meth:`ReportedFlow.of_chapters` does for the chapters of a panel, worked out once."""
    chapters = frozenset(tables["chapters"]["chapter"].to_pylist())
    key = (params["frequency"], params["flow"], chapters)
    return engine.remember("reported of chapters", key, lambda: reported(engine, params).of_chapters(chapters))


def _days(table: pa.Table) -> Index:
    days: Index = table["period"].cast(pa.int32()).to_numpy().astype(np.int64)
    return days


def reported_counts_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``reported_counts`` from arrays."""
    known = reported(engine, params)
    source, reporter, day = _of_chapters(engine, tables, params)
    parts, windows = tables["periods"]["part"].to_pylist(), _days(tables["periods"])
    sources, reporters, named, counts = [], [], [], []
    for part in sorted(set(parts)):
        inside = np.isin(day, windows[[each == part for each in parts]])
        keys, n = np.unique(source[inside] * max(len(known.reporter.names), 1) + reporter[inside], return_counts=True)
        own_source, own_reporter = np.divmod(keys, max(len(known.reporter.names), 1))
        sources.append(known.source.texts(own_source))
        reporters.append(known.reporter.texts(own_reporter))
        named.append(pa.array([part] * keys.size, pa.string()))
        counts.append(pa.array(n, pa.int64()))
    columns = (pa.concat_arrays(each) for each in (sources, reporters, named))
    return pa.table([*columns, pa.concat_arrays(counts)], names=["source", "reporter", "part", "periods"])


def reported_by(engine: CopyEngine, tables: Tables, params: Scalars) -> Mapping[str, frozenset[dt.date]]:
    """Return the periods of both windows that each supplier of ``chosen`` reported."""
    small = tuple(content_key(tables[name]) for name in ("chosen", "chapters", "periods"))
    key = (params["frequency"], params["flow"], *small)
    return engine.remember("reported by", key, lambda: _reported_by(engine, tables, params))


def _reported_by(engine: CopyEngine, tables: Tables, params: Scalars) -> Mapping[str, frozenset[dt.date]]:
    known = reported(engine, params)
    source, reporter, day = _of_chapters(engine, tables, params)
    inside = np.isin(day, _days(tables["periods"]))
    source, reporter, day = source[inside], reporter[inside], day[inside]
    head = source * max(len(known.reporter.names), 1) + reporter  # ascending, as the keys of ``of_chapters`` are
    heads, starts = np.unique(head, return_index=True)
    ends = np.append(starts[1:], head.size)[: starts.size]
    sets: dict[bytes, frozenset[dt.date]] = {}  # most reported the same periods
    by_pair: dict[tuple[str, str], frozenset[dt.date]] = {}
    start = dt.date(1970, 1, 1)
    for number, first, last in zip(heads.tolist(), starts.tolist(), ends.tolist(), strict=True):
        key = day[first:last].tobytes()
        if key not in sets:
            sets[key] = frozenset(start + dt.timedelta(days=each) for each in day[first:last].tolist())
        at, who = divmod(number, max(len(known.reporter.names), 1))
        by_pair[known.source.names[at], known.reporter.names[who]] = sets[key]
    found: dict[str, frozenset[dt.date]] = {}
    for supplier, own, who in zip(
        *(tables["chosen"][name].to_pylist() for name in ("supplier", "source", "reporter")), strict=True
    ):
        if periods := by_pair.get((own, who)):
            found[supplier] = found[supplier] | periods if supplier in found else periods
    return found


def supplier_periods_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``supplier_periods`` from arrays."""
    windows = tables["periods"]
    place = {day: at for at, day in enumerate(windows["period"].to_pylist())}
    rows_of: dict[frozenset[dt.date], Index] = {}  # most suppliers reported the same periods
    rows = [np.zeros(0, dtype=np.int64)]
    reported = reported_by(engine, tables, params)
    for periods in reported.values():
        if periods not in rows_of:
            rows_of[periods] = np.array(sorted(place[day] for day in periods), dtype=np.int64)
        rows.append(rows_of[periods])
    found = windows.select(["period", "part", "season"]).take(pa.array(np.concatenate(rows)))
    own = np.repeat(np.arange(len(reported)), [each.size for each in rows[1:]])
    suppliers = pa.array(reported, pa.string()).take(pa.array(own))
    return found.add_column(0, pa.field("supplier", pa.string()), suppliers).combine_chunks()


def world_factors_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``world_factors`` from arrays."""
    known = reported(engine, params)
    source, reporter, day = _of_chapters(engine, tables, params)
    sources, reporters = ({name: at for at, name in enumerate(each.names)} for each in (known.source, known.reporter))
    is_chosen = np.zeros((max(len(sources), 1), max(len(reporters), 1)), dtype=bool)
    for supplier, own in zip(
        *(tables["world_chosen"][name].to_pylist() for name in ("supplier", "source")), strict=True
    ):
        if supplier in reporters and own in sources:
            is_chosen[sources[own], reporters[supplier]] = True
    first, last = (
        np.datetime64(str(params[name])[:10], "D").astype(np.int64) for name in ("first_period", "last_period")
    )
    windows = tables["periods"].sort_by("period")
    days = _days(windows)
    use = is_chosen[source, reporter] & np.isin(day, days) & (day >= first) & (day <= last)
    is_reported = np.zeros((max(len(reporters), 1), days.size), dtype=bool)
    is_reported[reporter[use], np.searchsorted(days, day[use])] = True
    is_after = np.array([part == "after" for part in windows["part"].to_pylist()], dtype=bool)
    counts = SeasonCounts.of(is_reported, is_after.astype(np.int64), windows["season"].to_numpy())
    supplier_at, period_at = np.nonzero(is_reported & counts.usable[:, counts.season])
    season_at = counts.season[period_at]
    share = counts.after[supplier_at, season_at] / counts.baseline[supplier_at, season_at]
    per_year = params["periods_per_year"]
    assert isinstance(per_year, int)
    return pa.table(
        {
            "supplier": known.reporter.texts(supplier_at),
            "period": windows["period"].take(pa.array(period_at)),
            "part": windows["part"].take(pa.array(period_at)),
            "factor": np.where(is_after[period_at], 1.0, share) * per_year / counts.after_periods()[supplier_at],
        }
    )
