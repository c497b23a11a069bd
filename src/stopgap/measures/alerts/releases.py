"""Find the vintage in which each supplier's month was first released, and test that release."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.progress import counted
from stopgap.base.vocab import Direction, Frequency
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import Engine, Scalar
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.history import read_log, vintages
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import take_snapshot
from stopgap.lake.stage import Stage
from stopgap.measures.alerts import stages
from stopgap.measures.alerts.detection import Dated, find_signals
from stopgap.measures.alerts.panel import MonthlyCells, arrived_in, cells_of_rows, joined, not_above
from stopgap.measures.alerts.persistence import WATCHED_MONTHS
from stopgap.measures.alerts.results import MonthResult
from stopgap.measures.revisions.vintage_diff import everything_up_to
from stopgap.panel.all_destinations import AllDestinations, open_world
from stopgap.panel.engine import engine_at, engine_on
from stopgap.panel.episodes import Episode, add_months
from stopgap.panel.prepare import MeasureOptions, prepare

PANEL_MONTHS = 60  # months before the tested one that are read: a history of 36, and 24 past months with theirs

EVER = "1900-01"
PART_GOODS = 400  # goods whose rows are read at once: what is held in memory besides the panel


@dataclass(frozen=True)
class FirstRelease:
    """Vintages that first brought a month, without replacements between them, and the suppliers new in them."""

    month: str
    numbers: tuple[int, ...]  # vintages, oldest first; figures are read as of the last
    suppliers: frozenset[str]

    @property
    def vintage(self) -> str:
        """Return the vintage at which the release is read."""
        return f"v{self.numbers[-1]}"


class Releases:
    """First releases of an episode's goods, up to a vintage. A context manager.

    Attributes:
        world: Tables and parameters of the stages at the vintage.
        skipped: Releases that could not be measured at their vintage, with the reason.
    """

    def __init__(
        self, lake: Path, episode: Episode, goods: GoodsList, *, as_of: str | None, engine: EngineOptions = DUCKDB
    ) -> None:
        self.lake, self.episode, self.goods, self._options = lake, episode, goods, engine
        self.snapshot = take_snapshot(lake, as_of=as_of, only=[TRADE.name])
        history = vintages(read_log(lake, shows=[TRADE.name]))
        self._commits = [commit for commit in history if commit.number <= int(self.snapshot.vintage[1:])]
        with engine_on(lake, as_of=self.snapshot.vintage, engine=engine, only=[TRADE.name]) as (running, snapshot):
            self.world = monthly_world(running, snapshot, episode, goods)
            params = self._params(self.world, EVER, "9999-11")
            self._periods = running.run(stages.ALERT_PERIODS, tables=self.world.tables, params=params)
        if not self._periods.num_rows:
            raise MissingDataError(
                f"nobody whose trade counts reported a month of the goods list {goods.name}",
                where=f"episode {episode.name}, vintage {self.snapshot.vintage}",
                fix="import monthly figures of these goods (stopgap import FILE)",
            )
        self._history: Engine | None = None
        self._open = contextlib.ExitStack()
        self._arrived: tuple[str, str, pa.Table] | None = None
        self.skipped: list[str] = []

    def __enter__(self) -> Releases:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    @property
    def newest(self) -> str:
        """Return the newest month that any supplier reported."""
        return max(month for _, month in self._reported)

    @cached_property
    def _reported(self) -> list[tuple[str, str]]:
        """Return the months that each supplier reported, sorted."""
        pairs = self._periods.group_by(["supplier", "period"]).aggregate([])
        return sorted((row["supplier"], f"{row['period']:%Y-%m}") for row in pairs.to_pylist())

    def due_months(self, last: int | None, *, behind: int) -> list[str]:
        """Return the months first released after vintage ``last``, and the newest month, oldest first.

        On the first run, without ``last``, it takes the months from the newest one that half of the suppliers
        reported. Months more than ``behind`` months before the newest are ignored.
        """
        oldest = add_months(self.newest, -behind)
        if last is None:
            newest = sorted(dict(self._reported).values())  # of each supplier
            start = max(newest[len(newest) // 2], oldest)
            return sorted({month for _, month in self._reported if month >= start})
        arrived = self._arrivals(oldest, self.newest)
        due = arrived.filter(pc.field("number") > last)["period"].unique().to_pylist()
        return sorted({f"{period:%Y-%m}" for period in due} | {self.newest})

    def of(self, months: Sequence[str]) -> dict[str, list[FirstRelease]]:
        """Return the releases of each month, oldest first."""
        if not months:
            return {}
        first, last = min(months), max(months)
        brought = self._from_history(stages.ALERT_BROUGHT, first, last)
        arrived = self._arrivals(first, last)
        return {
            month: self._of(month, _of_months(arrived, month, month), _of_months(brought, month, month))
            for month in months
        }

    def _of(self, month: str, arrived: pa.Table, brought: pa.Table) -> list[FirstRelease]:
        pairs = arrived.group_by(["supplier", "number"]).aggregate([]).to_pylist()
        found = []
        for numbers in self._chains(sorted({*brought["number"].to_pylist(), *(row["number"] for row in pairs)})):
            brought_by = {row["supplier"] for row in pairs if row["number"] in numbers}
            if suppliers := brought_by & self.world.chosen.keys():
                found.append(FirstRelease(month, tuple(numbers), frozenset(suppliers)))
        return found

    def _chains(self, numbers: list[int]) -> list[list[int]]:
        """Group vintages into runs within which no rows were replaced or withdrawn."""
        changing = [commit.number for commit in self._commits if commit.rows_replaced or commit.withdrawn is not None]
        chains: list[list[int]] = []
        for number in numbers:
            if chains and not any(chains[-1][-1] < each <= number for each in changing):
                chains[-1].append(number)
            else:
                chains.append([number])
        return chains

    def signals(self, releases: Sequence[FirstRelease], *, fdr: float) -> Iterator[tuple[FirstRelease, MonthResult]]:
        """Test releases and yield them with their results, in order; each version of the lake is read once.

        Those that cannot be measured at their vintage, or have no cell to test, are left out.
        """
        versions: dict[int, list[FirstRelease]] = {}
        for release in releases:
            version = take_snapshot(self.lake, as_of=release.vintage, only=[TRADE.name]).version
            versions.setdefault(version, []).append(release)
        results: dict[FirstRelease, MonthResult | str | None] = {}
        inputs: _Inputs | str = ""
        order = [(group, release) for group in versions.values() for release in group]
        for group, release in counted(order, "month"):
            if release is group[0]:
                inputs = self._inputs(group)
            results[release] = inputs if isinstance(inputs, str) else self._tested(inputs, release, fdr=fdr)
        for release in releases:
            result = results[release]
            if isinstance(result, str):
                self.skipped.append(f"{release.month} as of {release.vintage} not tested: {result}")
            elif result is not None:
                yield release, result

    def _inputs(self, releases: Sequence[FirstRelease]) -> _Inputs | str:
        """Read the cells of releases of one version of the lake, or return why they cannot be measured."""
        first = add_months(min(release.month for release in releases), -PANEL_MONTHS)
        last = max(release.month for release in releases)
        months = months_between(first, last)
        with engine_on(self.lake, as_of=releases[-1].vintage, engine=self._options, only=[TRADE.name]) as (
            engine,
            snapshot,
        ):
            try:
                is_newest = snapshot.version == self.snapshot.version
                world = self.world if is_newest else monthly_world(engine, snapshot, self.episode, self.goods)
            except (MissingDataError, EpisodeError) as error:
                return error.what
            params = self._params(world, first, last)
            reported = (
                self._periods if is_newest else engine.run(stages.ALERT_PERIODS, tables=world.tables, params=params)
            )
            parts = []
            for goods in _parts(world.tables["world_wanted"]["panel_good"].unique().to_pylist()):
                part = {**params, "first_good": goods[0], "last_good": goods[-1]}
                flows = engine.run(stages.ALERT_FLOWS, tables=world.tables, params=part)
                parts.append(cells_of_rows(flows, reported, months))
        cells = joined(parts)
        number = max(release.numbers[-1] for release in releases)
        if not self._is_revised(number):
            return _Inputs(cells, None)
        watched = months[PANEL_MONTHS + 1 - WATCHED_MONTHS :]
        return _Inputs(cells, cells_of_rows(self._first_flows(world, number, watched), reported, watched))

    def _is_revised(self, number: int) -> bool:
        """Whether any rows were replaced up to a vintage."""
        return any(commit.rows_replaced and commit.number <= number for commit in self._commits)

    def _tested(self, inputs: _Inputs, release: FirstRelease, *, fdr: float) -> MonthResult | None:
        """Test a release; ``None`` if it has no cell to test."""
        months = months_between(add_months(release.month, -PANEL_MONTHS), release.month)
        panel = inputs.cells.between(months[0], months[-1])
        arrived = self._arrivals(release.month, release.month)
        tested = arrived_in(panel, arrived, self._goods, release.numbers)
        if not tested.any():
            return None
        released = panel
        if inputs.first is not None and self._is_revised(release.numbers[-1]):
            columns = np.arange(len(months) - WATCHED_MONTHS, len(months), dtype=np.int64)
            released = not_above(panel, inputs.first.between(months[columns[0]], months[-1]), columns)
        dated = Dated(panel, released, months, self.episode.direction is Direction.EXPORTS_TO_TARGET)
        return find_signals(dated, len(months) - 1, tested, fdr=fdr)

    def _params(self, world: AllDestinations, first: str, last: str) -> dict[str, Scalar]:
        return {
            **world.params,
            "target": self.episode.target,
            "first_period": f"{first}-01",
            "last_period": f"{last}-01",
        }

    def _from_history(
        self, stage: Stage, first: str, last: str, *, world: AllDestinations | None = None, **tables: pa.Table
    ) -> pa.Table:
        """Run a stage on the rows of every vintage, for the months watched."""
        if self._history is None:
            self._history = self._open.enter_context(
                engine_at(everything_up_to(self.lake, self.snapshot), self._options)
            )
        read = world or self.world
        withdrawn = [{"receipt": receipt, "vintage": vintage} for receipt, vintage in self.snapshot.withdrawn]
        schema = pa.schema([("receipt", pa.string()), ("vintage", pa.string())])
        given = {**read.tables, "withdrawn": pa.Table.from_pylist(withdrawn, schema=schema), **tables}
        params = {**self._params(read, first, last), "first_watched": f"{first}-01", "month": f"{last}-01"}
        return self._history.run(stage, tables=given, params=params)

    def _arrivals(self, first: str, last: str) -> pa.Table:
        """Return the vintage in which each supplier first reported each chapter of the months.

        Columns ``supplier``, ``chapter``, ``period`` and ``number``. The watched months before are read with them.
        """
        if self._arrived is None or first < self._arrived[0] or last > self._arrived[1]:
            known = self._arrived or (first, last)
            before = add_months(first, 1 - WATCHED_MONTHS) if first > EVER else first
            start, end = min(before, known[0]), max(last, known[1])
            self._arrived = (start, end, self._from_history(stages.ALERT_ARRIVALS, start, end))
        return _of_months(self._arrived[2], first, last)

    @cached_property
    def _goods(self) -> pa.Table:
        """Return the first vintage with a row of each supplier's good: ``supplier``, ``good`` and ``number``."""
        return self._from_history(stages.ALERT_GOODS, self.newest, self.newest)

    def _first_flows(self, world: AllDestinations, number: int, months: Sequence[str]) -> pa.Table:
        """Return the dollars of the watched months as first released, up to a vintage."""
        arrived = self._arrivals(months[0], months[-1]).filter(pc.field("number") <= number)
        names = ["supplier", "chapter", "period", "number"]
        return self._from_history(
            stages.ALERT_FIRST_FLOWS, months[0], months[-1], world=world, arrivals=arrived.select(names)
        )


@dataclass(frozen=True)
class _Inputs:
    """Cells of one version of the lake, and their watched months as first released where rows were ever replaced."""

    cells: MonthlyCells
    first: MonthlyCells | None


def _parts(goods: Sequence[str]) -> list[list[str]]:
    """Return the goods in order, in parts that are read one after the other."""
    found = sorted(goods)
    return [found[start : start + PART_GOODS] for start in range(0, len(found), PART_GOODS)]


def _of_months(table: pa.Table, first: str, last: str) -> pa.Table:
    """Return the rows of the months from ``first`` to ``last``, both within."""
    months = table["period"].to_numpy().astype("datetime64[M]")
    kept = (months >= np.datetime64(first, "M")) & (months <= np.datetime64(last, "M"))
    return table.filter(pa.array(kept))


def months_between(first: str, last: str) -> tuple[str, ...]:
    """Return the months from ``first`` to ``last`` (``YYYY-MM``), both within."""
    count = 12 * (int(last[:4]) - int(first[:4])) + int(last[5:]) - int(first[5:])
    return tuple(add_months(first, number) for number in range(count + 1))


def monthly_world(engine: Engine, snapshot: Any, episode: Episode, goods: GoodsList) -> AllDestinations:
    """Build the panel inputs from monthly figures of the goods; the error mentions annual figures if there are any."""
    # Each month stands against the three years before it, not against the episode's baseline: every code is watched.
    options = MeasureOptions(frequency=Frequency.MONTHLY, look_for_unstable=False)
    try:
        world = open_world(engine, snapshot, episode, goods, options)
    except MissingDataError as error:
        if _has_annual(engine, snapshot, episode, goods):
            raise MissingDataError(
                f"the lake has only annual figures of the goods list {goods.name}, and alerts are of months",
                where=f"episode {episode.name}, vintage {snapshot.vintage}",
                fix="import or fetch monthly figures, at least 30 months of them (stopgap fetch comtrade --help)",
            ) from error
        raise
    wanted = world.tables["world_wanted"]
    routes = [
        {"supplier": member, "destination": hub}
        for member in sorted(world.members)
        for hub in sorted(world.hubs)
        if member != hub
    ]
    tables = {
        **world.tables,
        "world_wanted": wanted.filter(pc.field("is_sanctioned")),
        "alert_routes": pa.Table.from_pylist(
            routes, schema=pa.schema([("supplier", pa.string()), ("destination", pa.string())])
        ),
    }
    return replace(world, tables=tables)


def _has_annual(engine: Engine, snapshot: Any, episode: Episode, goods: GoodsList) -> bool:
    try:
        prepare(engine, snapshot, episode, goods, MeasureOptions(frequency=Frequency.ANNUAL, look_for_unstable=False))
    except MissingDataError:
        return False
    return True
