"""Compute the net backfill of a measure: run the stages and pass the arrays to the statistics."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stopgap.base.vocab import Frequency, Report
from stopgap.codes.goods import GoodsList
from stopgap.codes.groups import members
from stopgap.lake.engines.engine import Engine
from stopgap.measures.backfill.cell_test_arrays import MOST_PLACEBOS, cell_tests_on
from stopgap.measures.backfill.cell_tests import CellTests
from stopgap.measures.backfill.gross import FindingFigures
from stopgap.measures.backfill.inference import LossIntervals
from stopgap.measures.backfill.loss_interval import MemberSeries, loss_interval
from stopgap.measures.backfill.results import GoodResult, Interval
from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.arrays import positions, significant_interval, world_cells
from stopgap.measures.statistics.cells import WorldCells
from stopgap.measures.statistics.counterfactual import NetBackfill, net_backfill
from stopgap.measures.statistics.hub_screening import screened_hubs
from stopgap.panel.all_destinations import AllDestinations, world_of
from stopgap.panel.episodes import Episode, month_start
from stopgap.panel.prepare import Prepared
from stopgap.panel.stages import Panel
from stopgap.panel.world_stages import WORLD_CELLS

ACTORS = ("prc",)
"""Groups of economies shown as one actor: China, Hong Kong and Macao."""

BLOCK_MONTHS = 3
DRAWS = 400
LEAST_MONTHS = 6


@dataclass(frozen=True)
class TargetSeries:
    """Trade of every supplier with the target by good and period, over both windows.

    ``value_usd`` has one entry per row, indexed by ``supplier``, ``good`` and ``period``; ``is_reported``
    is (suppliers, periods); ``calendar`` (months since year 0, or years), ``season`` and ``is_after`` are (periods,).
    """

    suppliers: tuple[str, ...]
    goods: tuple[str, ...]
    supplier: Index
    good: Index
    period: Index
    value_usd: Array
    is_reported: Mask
    calendar: Index
    season: Index
    is_after: Mask

    def by_supplier(self, rows: Mask) -> Array:
        """Return the dollars of the selected rows, shape (suppliers, periods)."""
        shape = (len(self.suppliers), self.calendar.size)
        where = self.supplier[rows] * shape[1] + self.period[rows]
        sums: Array = np.zeros(shape[0] * shape[1])
        sums += np.bincount(where, self.value_usd[rows], minlength=sums.size)
        return sums.reshape(shape)


def actors(prepared: Prepared) -> dict[str, frozenset[str]]:
    """Return the groups that are shown as one actor, by name, each with its economies outside the coalition."""
    start = month_start(prepared.windows.after[0])
    return {name.upper(): members(name, on=start) - set(prepared.members) for name in ACTORS}


def read_series(engine: Engine, stages: Panel, prepared: Prepared, reported: pa.Table) -> TargetSeries:
    """Read the series of both windows from the stage ``good_series`` and the rows of ``supplier_periods``."""
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
    days, day = positions(rows["period"])
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
    """Compute intervals of the coalition's loss shares: in total, by good and by group."""
    is_annual = prepared.basis.frequency is Frequency.ANNUAL
    member = np.array([name in prepared.members for name in series.suppliers], dtype=bool)
    inside = member[series.supplier] if series.supplier.size else np.zeros(0, dtype=bool)

    def interval(rows: Mask, share: float | None) -> tuple[Interval, str | None]:
        calendar = (series.calendar, series.season, series.is_after)
        taken = MemberSeries(series.by_supplier(rows)[member], series.is_reported[member], *calendar)
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


def concentration_intervals(series: TargetSeries) -> tuple[Interval, Interval]:
    """Compute intervals of the Herfindahl index over the months of the baseline, and of the after-window."""
    values = series.by_supplier(np.ones(series.value_usd.size, dtype=bool))
    both = series.is_reported[:, series.is_after].any(axis=1) & series.is_reported[:, ~series.is_after].any(axis=1)
    return _hhi_interval(values[both][:, ~series.is_after]), _hhi_interval(values[both][:, series.is_after])


def _hhi_interval(value_usd: Array) -> Interval:
    """Return the 95 % interval of suppliers' Herfindahl index in one window, (suppliers, months), members included.

    Percentiles over circular blocks of three months; ``None`` with fewer than six months or without trade.

    Method: circular block bootstrap (Politis and Romano 1992).
    """
    months = value_usd.shape[1]
    if months < LEAST_MONTHS or not value_usd.sum() > 0:
        return None
    draws = np.random.default_rng(0)
    starts = draws.integers(0, months, (DRAWS, -(-months // BLOCK_MONTHS)))
    picked = ((starts[:, :, None] + np.arange(BLOCK_MONTHS)) % months).reshape(DRAWS, -1)[:, :months]
    counts = np.zeros((DRAWS, months))
    np.add.at(counts, (np.arange(DRAWS)[:, None], picked), 1.0)
    sums = counts @ value_usd.T
    totals = sums.sum(axis=1, keepdims=True)
    index = (np.divide(sums, totals, out=np.zeros_like(sums), where=totals > 0) ** 2).sum(axis=1)
    low, high = np.percentile(index, (2.5, 97.5)).tolist()
    return significant_interval((low, high))


@dataclass(frozen=True)
class NetAnswer:
    """Net backfill or the reason there is none, the number of ordinary goods used, the declared tests, and hubs
    found by rule, which are left out of growth elsewhere.
    """

    net: NetBackfill | None
    reason: str | None
    ordinary_goods: int = 0
    tests: CellTests | None = None
    screened: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScreenedWorld:
    """Trade with all destinations, and the hubs found in it by rule; or the reason there is none."""

    world: AllDestinations | None = None
    cells: WorldCells | None = None
    found: tuple[str, ...] = ()
    reason: str | None = None


def screened_world(
    engine: Engine, episode: Episode, prepared: Prepared, goods: GoodsList, report: Report, measured: FindingFigures
) -> ScreenedWorld:
    """Read trade with all destinations, and screen it for hubs."""
    if report is not Report.REPORTED:
        return ScreenedWorld(reason="the counterfactual needs suppliers' own reports, not the target's")
    if not measured.suppliers:
        return ScreenedWorld(reason="no supplier outside the coalition has figures in both windows")
    world = world_of(engine, episode, prepared, goods)
    cells = world_cells(engine.run(WORLD_CELLS, tables=world.tables, params=world.params))
    screened = screened_hubs(cells, target=episode.target, members=prepared.members, hubs=episode.hubs)
    return ScreenedWorld(world, cells, screened.found)


def net_answer(
    engine: Engine, episode: Episode, prepared: Prepared, screened: ScreenedWorld, *, with_tests: bool = True
) -> NetAnswer:
    """Compute net backfill at the target and the declared tests, reading the inputs of these from the lake."""
    world, cells = screened.world, screened.cells
    if world is None or cells is None:
        return NetAnswer(None, screened.reason)
    net = net_backfill(
        cells,
        target=episode.target,
        members=prepared.members,
        hubs={*episode.hubs, *screened.found},
        groups={good: item.group for good, item in prepared.basis.items.items()},
        actors=actors(prepared),
        placebo_targets=episode.placebo_targets,
    )
    if net is None:
        return NetAnswer(
            None,
            "the lake has no trade of suppliers with other destinations than the target and the hubs "
            "(import all partners)",
            len(world.ordinary_goods),
        )
    placebos = net.placebos[:MOST_PLACEBOS] or None
    tests = cell_tests_on(engine, world, episode.tests, placebos=placebos) if with_tests else None
    return NetAnswer(net, None, len(world.ordinary_goods), tests, screened.found)
