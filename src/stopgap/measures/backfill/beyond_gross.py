"""What a finding says beyond its gross figures: net backfill and intervals, parts of the loss, real backfill, the other side's report."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pyarrow as pa

from stopgap.base.beside import beside
from stopgap.base.notes import Note
from stopgap.base.vocab import Report
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import DuckDBEngine, Engine
from stopgap.measures.backfill.cell_tests import supplier_q_values
from stopgap.measures.backfill.gross import FindingFigures, GrossCells
from stopgap.measures.backfill.inference import LossIntervals, inference_warnings, with_inference
from stopgap.measures.backfill.net import (
    NetAnswer,
    concentration_intervals,
    loss_intervals,
    net_answer,
    read_series,
    screened_world,
)
from stopgap.measures.backfill.real import real_answer, real_warnings
from stopgap.measures.backfill.real_results import RealBackfill
from stopgap.measures.backfill.results import Counterfactual, Interval, MeasuresSplit, MirrorResult
from stopgap.measures.backfill.under_measures import measures_split, measures_warnings
from stopgap.panel.episodes import Episode
from stopgap.panel.prepare import MeasureOptions, Prepared, chosen_table, periods_reported
from stopgap.panel.stages import panel

OfSeries = tuple[LossIntervals, tuple[Interval, Interval]]
"""Intervals of loss shares, and of the concentration in both windows."""


@dataclass(frozen=True)
class BeyondGross:
    """What a finding says beside its gross figures; ``limits`` are its warnings."""

    measured: FindingFigures
    counterfactual: Counterfactual
    limits: list[str]
    split: MeasuresSplit | None = None
    real: RealBackfill | None = None
    mirror: MirrorResult | None = None


def beyond_gross(
    engine: Engine,
    prepared: Prepared,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    gross: tuple[FindingFigures, GrossCells, pa.Table],
    *,
    is_brief: bool,
) -> BeyondGross:
    """Work out net backfill, and beside it in a thread what does not need it.

    ``gross`` are the gross figures, their cells, and the reported periods of each supplier. If ``is_brief``, tests of
    suppliers, the other side's report and real backfill are left out.
    """
    (measured, cells, periods), report, is_whole = gross, options.report, not is_brief
    with beside(when=isinstance(engine, DuckDBEngine)) as start:
        split = start(lambda: measures_split(engine, panel(report), prepared, episode, cells))
        of_series = start(lambda: _of_series(engine, prepared, measured, periods, report))
        mirror = start(lambda: _mirror(engine, episode, options, prepared) if is_whole else None)
        real = start(lambda: real_answer(engine, prepared, report) if is_whole else None)
        screened = screened_world(engine, episode, prepared, goods, report, measured)
        answer = net_answer(engine, episode, prepared, screened, with_tests=is_whole)
        inferred, counterfactual, limits = _inferred(measured, answer, *of_series())
        found = BeyondGross(inferred, counterfactual, limits, split(), real(), mirror())
    limits += [*measures_warnings(found.split, level=prepared.basis.level), *real_warnings(found.real)]
    if found.real is None:
        return found
    backfill = replace(inferred.backfill, real_ratio=found.real.ratio)
    return replace(found, measured=replace(inferred, backfill=backfill))


def _of_series(
    engine: Engine, prepared: Prepared, measured: FindingFigures, periods: pa.Table, report: Report
) -> OfSeries:
    """Return what is told from the months of the trade with the target alone."""
    series = read_series(engine, panel(report), prepared, periods)
    return loss_intervals(series, prepared, measured), concentration_intervals(series)


def _inferred(
    measured: FindingFigures, answer: NetAnswer, loss: LossIntervals, concentrated: tuple[Interval, Interval]
) -> tuple[FindingFigures, Counterfactual, list[str]]:
    """Return the figures with net gains and intervals, their counterfactual, and warnings about both."""
    measured, counterfactual = with_inference(
        measured,
        loss=loss,
        net=answer.net,
        reason=answer.reason,
        ordinary_goods=answer.ordinary_goods,
        concentrated=concentrated,
        q_values=supplier_q_values(answer.tests) if answer.tests else None,
    )
    counterfactual = replace(counterfactual, screened_hubs=answer.screened)
    limits = inference_warnings(measured, counterfactual, loss, answer.net)
    if answer.tests:
        reason = answer.tests.reason
        limits += [Note(f"suppliers are not tested: {reason}")] if reason else list(answer.tests.warnings)
    return measured, counterfactual, limits


def _mirror(engine: Engine, episode: Episode, options: MeasureOptions, prepared: Prepared) -> MirrorResult | None:
    """Measure the coalition's trade from the other side's report, for comparison; it is never added."""
    other = options.report.other
    stages = panel(other)
    params = {**prepared.params, "flow": str(episode.direction.flow(other))}
    members = {supplier: source for supplier, source in prepared.chosen.items() if supplier in prepared.members}
    tables = {**prepared.tables, "chosen": chosen_table(members, episode.target, other)}
    periods = periods_reported(engine.run(stages.supplier_periods, tables=tables, params=params))
    cells = engine.run(stages.cells, tables=tables, params=params).to_pylist()
    silent: set[str] = set()
    if other is Report.MIRROR:
        seen = {date for parts in periods.values() for dates in parts.values() for date in dates}
        silent = {
            month for part in ("baseline", "after") for month in months_of(prepared.tables["periods"], part)
        } - seen
    return MirrorResult(
        valuation=str(episode.direction.valuation(other)),
        baseline_usd=math.fsum(row["baseline_usd"] for row in cells) if cells else None,
        after_usd=math.fsum(row["after_usd"] for row in cells) if cells else None,
        target_silent=tuple(sorted(silent)),
    )


def months_of(periods: pa.Table, part: str) -> list[str]:
    """Return the periods of a window as months."""
    return [f"{row['period']:%Y-%m}" for row in periods.to_pylist() if row["part"] == part]
