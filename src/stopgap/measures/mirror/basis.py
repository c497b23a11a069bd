"""Choose the data of a mirror comparison: frequency, level, windows, sources and pairs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stopgap.base.errors import MissingDataError
from stopgap.base.vocab import Frequency
from stopgap.codes.goods import GoodsList
from stopgap.codes.places import contiguity, distance_km
from stopgap.lake.engines.engine import Engine
from stopgap.lake.snapshot import Snapshot
from stopgap.measures.mirror.flow_rows import Params, chosen_table, numbered_goods, read_pairs
from stopgap.measures.mirror.pairs import Reported, ReportPairs, reported_of, with_zeros, without_thin
from stopgap.measures.mirror.phantom import PeriodWindow
from stopgap.measures.mirror.stages import MIRROR_CODES, MIRROR_REPORTED, MIRROR_REPORTERS, MIRROR_SIDES
from stopgap.measures.statistics.array_types import Array
from stopgap.panel.basis import Basis, choose_basis, codes_of
from stopgap.panel.episodes import Episode, add_months
from stopgap.panel.prepare import MeasureOptions
from stopgap.panel.windows import Windows, close_windows, periods_table, whole_periods

HISTORY_YEARS = 3
"""Years before the baseline that are also read, as history for estimating missing reports."""


@dataclass(frozen=True)
class MirrorBasis:
    """Both sides' reports of every flow in the goods, 0 where a side reported without a row, and their sources.

    ``sources`` maps (flow, reporter) to the source chosen; ``thin`` are the (flow, economy, period) with only a
    partial report, which count as silent. ``log_distance`` (``ln(km)``) and ``is_contiguous`` (1 or 0) are per
    pair, NaN if unknown. ``estimated_share`` is the share of dollars estimated by a source or a concordance.
    """

    basis: Basis
    windows: Windows
    sources: Mapping[tuple[str, str], str]
    pairs: ReportPairs
    reported: Reported
    thin: tuple[tuple[str, str, int], ...]
    log_distance: Array
    is_contiguous: Array
    estimated_share: float

    def window(self, part: str) -> PeriodWindow:
        """Return the after-window or the baseline, in months since year 0."""
        ends = self.windows.after if part == "after" else self.windows.baseline
        periods = whole_periods(ends, self.basis.frequency)
        first, last = (period.year * 12 + period.month - 1 for period in (periods[0], periods[-1]))
        return PeriodWindow(first, last, 12 // self.basis.frequency.periods_per_year)


def mirror_basis(
    engine: Engine, snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions
) -> MirrorBasis:
    """Read both sides' reports of every flow in a goods list.

    Raises:
        MissingDataError: No flow of the goods is reported by both sides.
        EpisodeError: The windows are invalid.
    """
    base, until = options.baseline or episode.baseline, options.after or episode.after
    start = base.first or add_months(episode.event, -48)
    span = {"first": f"{int(start[:4]) - HISTORY_YEARS:04d}-01-01", "last": f"{until.last or '9999-12'}-28"}
    if engine.run(MIRROR_SIDES, params=span).num_rows < 2:
        raise _no_pairs(snapshot, episode, goods, options)
    codes = codes_of(engine.run(MIRROR_CODES, params=span))
    best: tuple[float, Basis, list[dict[str, Any]], Params] | None = None
    for frequency in (Frequency.MONTHLY, Frequency.ANNUAL):
        if options.frequency not in (None, frequency):
            continue
        basis = choose_basis([code for code in codes if code.frequency == frequency], goods, frequency=frequency)
        if basis is None:
            continue
        params: Params = {"frequency": str(frequency), "first_period": span["first"], "last_period": span["last"]}
        rows = engine.run(
            MIRROR_REPORTERS, tables={"mirror_wanted": numbered_goods(basis.wanted_table())}, params=params
        ).to_pylist()
        sides = [sum(row["value_usd"] for row in rows if row["flow"] == flow) for flow in ("X", "M")]
        if min(sides) > 0 and (best is None or min(sides) > best[0]):
            best = min(sides), basis, rows, params
    if best is None:
        raise _no_pairs(snapshot, episode, goods, options)
    _, basis, rows, params = best
    by_size = sorted(rows, key=lambda row: (row["periods"], row["value_usd"], row["source"]))
    chosen = {(row["flow"], row["reporter"]): row["source"] for row in by_size}
    tables = {
        "chapters": basis.chapters_table(),
        "mirror_chosen": chosen_table(chosen, sorted({reporter for _, reporter in chosen})),
    }
    bare, estimated = read_pairs(engine, basis.wanted_table(), chosen, params)
    reported_rows = engine.run(MIRROR_REPORTED, tables=tables, params=params)
    whole, reported, thin = without_thin(bare, reported_of(reported_rows, bare.economies))
    pairs = with_zeros(whole, reported)
    if not pairs.both.any():
        raise _no_pairs(snapshot, episode, goods, options)
    last: dt.date = max(reported_rows.column("period").to_pylist())
    windows = close_windows(
        episode,
        baseline=options.baseline,
        after=options.after,
        last_period=f"{last.year}-12" if basis.frequency is Frequency.ANNUAL else f"{last:%Y-%m}",
        frequency=basis.frequency,
    )
    periods_table(windows, basis.frequency)  # refuses a window without a whole period
    dollars = float(np.nansum(pairs.exporter_usd) + np.nansum(pairs.importer_usd))
    at = (pairs.exporter, pairs.importer)
    return MirrorBasis(
        basis=basis,
        windows=windows,
        sources=chosen,
        pairs=pairs,
        reported=reported,
        thin=thin,
        log_distance=np.log(distance_km(pairs.economies)[at]),
        is_contiguous=contiguity(pairs.economies)[at],
        estimated_share=estimated / dollars if dollars > 0 else 0.0,
    )


def _no_pairs(snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions) -> MissingDataError:
    frequency = {None: "", Frequency.ANNUAL: " annual", Frequency.MONTHLY: " monthly"}[options.frequency]
    return MissingDataError(
        f"the lake has no{frequency} flow of the goods list {goods.name} that both sides report",
        where=f"episode {episode.name}, goods {goods.name} ({len(goods.items)} codes), vintage {snapshot.vintage}",
        fix="import exports and imports of these goods (UN Comtrade: reporters All, partners All, flows Export and "
        "Import; stopgap import FILE), at one level of codes",
    )
