"""Net backfill of a measure: run the stages, and hand the arrays to the statistics."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.base.vocab import Frequency, Report
from stopgap.codes.goods import GoodsList
from stopgap.lake.engine import Engine
from stopgap.measures.backfill.cell_test_arrays import MOST_PLACEBOS, cell_tests_on
from stopgap.measures.backfill.cell_tests import CellTests
from stopgap.measures.backfill.concentration import hhi_interval
from stopgap.measures.backfill.gross import FindingFigures
from stopgap.measures.backfill.inference import Concentrated, LossIntervals
from stopgap.measures.backfill.loss_interval import MemberSeries, loss_interval
from stopgap.measures.backfill.results import GoodResult, Interval
from stopgap.measures.statistics.arrays import positions, world_cells
from stopgap.measures.statistics.counterfactual import NetBackfill, net_backfill
from stopgap.panel.all_destinations import world_of
from stopgap.panel.episodes import Episode
from stopgap.panel.prepare import Prepared
from stopgap.panel.stages import Panel
from stopgap.panel.world_stages import WORLD_CELLS

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TargetSeries:
    """Every supplier's trade with the target by good and period, over both windows.

    Attributes:
        suppliers: Names, and so ``goods``.
        value_usd: (rows,) with ``supplier``, ``good`` and ``period`` positions.
        is_reported: (suppliers, periods).
        calendar: (periods,) months since year 0, or years; and so ``season`` and ``is_after``.
    """

    suppliers: tuple[str, ...]
    goods: tuple[str, ...]
    supplier: npt.NDArray[np.int64]
    good: npt.NDArray[np.int64]
    period: npt.NDArray[np.int64]
    value_usd: Array
    is_reported: Mask
    calendar: npt.NDArray[np.int64]
    season: npt.NDArray[np.int64]
    is_after: Mask

    def by_supplier(self, rows: Mask) -> Array:
        """Dollars of the rows taken, (suppliers, periods)."""
        shape = (len(self.suppliers), self.calendar.size)
        where = self.supplier[rows] * shape[1] + self.period[rows]
        sums: Array = np.zeros(shape[0] * shape[1])
        sums += np.bincount(where, self.value_usd[rows], minlength=sums.size)
        return sums.reshape(shape)


def read_series(engine: Engine, stages: Panel, prepared: Prepared, reported: pa.Table) -> TargetSeries:
    """The series behind both windows, from the stage ``good_series`` and the rows of ``supplier_periods``."""
    tables, params = prepared.tables, prepared.params
    periods = sorted(prepared.tables["periods"].to_pylist(), key=lambda row: row["period"])
    place = {row["period"]: at for at, row in enumerate(periods)}
    rows = engine.run(stages.good_series, tables=tables, params=params)
    names, supplier_of = positions(reported["supplier"])
    is_reported = np.zeros((len(names), len(periods)), dtype=bool)
    is_reported[supplier_of, [place[day] for day in reported["period"].to_pylist()]] = True
    known = {name: at for at, name in enumerate(names)}
    suppliers, supplier = positions(rows["supplier"])
    goods, good = positions(rows["good"])
    to_known = np.array([known[name] for name in suppliers] or [0], dtype=np.int64)
    days, day = positions(rows["period"].cast(pa.string()))
    to_place = np.array([place[dt.date.fromisoformat(text)] for text in days] or [0], dtype=np.int64)
    supplier, period = to_known[supplier], to_place[day]
    order = np.lexsort((period, good, supplier))
    annual = prepared.basis.frequency is Frequency.ANNUAL
    return TargetSeries(
        suppliers=names,
        goods=goods,
        supplier=supplier[order],
        good=good[order],
        period=period[order],
        value_usd=rows["value_usd"].to_numpy()[order],
        is_reported=is_reported,
        calendar=np.array([row["period"].year * (1 if annual else 12) + (0 if annual else row["period"].month) for row in periods]),
        season=np.array([row["season"] for row in periods]),
        is_after=np.array([row["part"] == "after" for row in periods]),
    )  # fmt: skip


def loss_intervals(series: TargetSeries, prepared: Prepared, measured: FindingFigures) -> LossIntervals:
    """Intervals of the coalition's loss shares: of the whole, by good and by group."""
    is_annual = prepared.basis.frequency is Frequency.ANNUAL
    member = np.array([name in prepared.members for name in series.suppliers], dtype=bool)
    inside = member[series.supplier] if series.supplier.size else np.zeros(0, dtype=bool)

    def interval(rows: Mask, share: float | None) -> tuple[Interval, str | None]:
        taken = MemberSeries(
            series.by_supplier(rows)[member],
            series.is_reported[member],
            series.calendar,
            series.season,
            series.is_after,
        )
        return loss_interval(taken, share, is_annual=is_annual)

    def shares(results: tuple[GoodResult, ...]) -> dict[str, float | None]:
        return {row.good: row.loss_usd / row.baseline_usd if row.baseline_usd > 0 else None for row in results}

    total, reason = interval(inside, measured.suspended.loss_share)
    group_of = np.array([prepared.basis.items[good].group for good in series.goods], dtype=object)
    by_good = {
        good: interval(inside & (series.good == series.goods.index(good)), share)[0]
        for good, share in shares(measured.by_good).items()
        if good in series.goods
    }
    by_group = {
        group: interval(inside & (group_of[series.good] == group), share)[0]
        for group, share in shares(measured.by_group).items()
    }
    return LossIntervals(total, reason, by_good, by_group)


def concentration_intervals(series: TargetSeries) -> Concentrated:
    """Intervals of the Herfindahl index over the months of each window."""
    values = series.by_supplier(np.ones(series.value_usd.size, dtype=bool))
    both = series.is_reported[:, series.is_after].any(axis=1) & series.is_reported[:, ~series.is_after].any(axis=1)
    return Concentrated(hhi_interval(values[both][:, ~series.is_after]), hhi_interval(values[both][:, series.is_after]))


@dataclass(frozen=True)
class NetAnswer:
    """The counterfactual, or why there is none; how many ordinary goods it had; the declared tests."""

    net: NetBackfill | None
    reason: str | None
    ordinary_goods: int = 0
    tests: CellTests | None = None


def net_answer(
    engine: Engine,
    episode: Episode,
    prepared: Prepared,
    goods: GoodsList,
    report: Report,
    measured: FindingFigures,
    *,
    with_tests: bool = True,
) -> NetAnswer:
    """Net backfill at the target, with everything that it needs of the lake; and the declared tests."""
    if report is not Report.REPORTED:
        return NetAnswer(None, "the counterfactual needs suppliers' own reports, not the target's")
    if not measured.suppliers:
        return NetAnswer(None, "no supplier outside the coalition has figures in both windows")
    world = world_of(engine, episode, prepared, goods)
    cells = world_cells(engine.run(WORLD_CELLS, tables=world.tables, params=world.params))
    groups = {good: item.group for good, item in prepared.basis.items.items()}
    net = net_backfill(
        cells,
        target=episode.target,
        members=prepared.members,
        hubs=episode.hubs,
        groups=groups,
        placebo_targets=episode.placebo_targets,
    )
    if net is None:
        return NetAnswer(
            None,
            "the lake has no trade of suppliers with other destinations than the target and the hubs "
            "(import all partners)",
            len(world.ordinary_goods),
        )
    if not with_tests:
        return NetAnswer(net, None, len(world.ordinary_goods))
    placebos = net.placebos[:MOST_PLACEBOS] or None
    tests = cell_tests_on(engine, world, episode.tests, placebos=placebos)
    return NetAnswer(net, None, len(world.ordinary_goods), tests)
