"""Find the vintage in which each supplier's month was first released, and test that release."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.vocab import Direction, Frequency
from stopgap.codes.goods import GoodsList
from stopgap.lake.engine import Engine, Scalar
from stopgap.lake.engine_options import DUCKDB, EngineOptions
from stopgap.lake.history import read_log, vintages
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import take_snapshot
from stopgap.lake.stage import Stage
from stopgap.measures.alerts import stages
from stopgap.measures.alerts.detection import Dated, find_signals
from stopgap.measures.alerts.panel import arrived_in, not_above, panel_of_rows
from stopgap.measures.alerts.persistence import WATCHED_MONTHS
from stopgap.measures.alerts.results import MonthResult
from stopgap.measures.revisions.vintage_diff import everything_up_to
from stopgap.panel.all_destinations import AllDestinations, open_world
from stopgap.panel.engine import engine_at, engine_on
from stopgap.panel.episodes import Episode, add_months
from stopgap.panel.prepare import MeasureOptions, prepare

PANEL_MONTHS = 60  # months before the tested one that are read: a history of 36, and 24 past months with theirs


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
            self.world = _monthly_world(running, snapshot, episode, goods)
            periods = running.run(
                stages.ALERT_PERIODS, tables=self.world.tables, params=self._params(self.world, "9999-11")
            )
        self._reported = [(row["supplier"], f"{row['period']:%Y-%m}") for row in periods.to_pylist()]
        if not self._reported:
            raise MissingDataError(
                f"nobody whose trade counts reported a month of the goods list {goods.name}",
                where=f"episode {episode.name}, vintage {self.snapshot.vintage}",
                fix="import monthly figures of these goods (stopgap import FILE)",
            )
        self._history: Engine | None = None
        self._open = contextlib.ExitStack()
        self.skipped: list[str] = []

    def __enter__(self) -> Releases:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    @property
    def newest(self) -> str:
        """Return the newest month that any supplier reported."""
        return max(month for _, month in self._reported)

    def due_months(self, last: int | None, *, behind: int) -> list[str]:
        """Return the months first released after vintage ``last``, and the newest month, oldest first.

        On the first run, without ``last``, it takes the months from the newest one that half of the suppliers
        reported. Months more than ``behind`` months before the newest are ignored.
        """
        oldest = add_months(self.newest, -behind)
        if last is None:
            newest = sorted(dict(sorted(self._reported)).values())  # of each supplier
            start = max(newest[len(newest) // 2], oldest)
            return sorted({month for _, month in self._reported if month >= start})
        arrived = self._arrivals(oldest, self.newest)
        due = {month for (_, _, month), number in arrived.items() if number > last}
        return sorted(due | {self.newest})

    def of(self, month: str) -> list[FirstRelease]:
        """Return the releases of a month, oldest first."""
        arrived = self._arrivals(month, month)
        brought = self._from_history(stages.ALERT_BROUGHT, month, month)["number"].to_pylist()
        found = []
        for numbers in self._chains(sorted({*brought, *arrived.values()})):
            brought_by = {supplier for (supplier, _, _), number in arrived.items() if number in numbers}
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

    def signals(self, release: FirstRelease, *, fdr: float) -> MonthResult | None:
        """Test a release; ``None`` if it cannot be measured at its vintage or has no cell to test."""
        months = [add_months(release.month, back) for back in range(-PANEL_MONTHS, 1)]
        with engine_on(self.lake, as_of=release.vintage, engine=self._options, only=[TRADE.name]) as (engine, snapshot):
            try:
                is_newest = release.vintage == self.snapshot.vintage
                world = self.world if is_newest else _monthly_world(engine, snapshot, self.episode, self.goods)
            except (MissingDataError, EpisodeError) as error:
                self.skipped.append(f"{release.month} as of {release.vintage} not tested: {error.what}")
                return None
            params = self._params(world, release.month)
            flows = engine.run(stages.ALERT_FLOWS, tables=world.tables, params=params)
            reported = engine.run(stages.ALERT_PERIODS, tables=world.tables, params=params)
        panel = panel_of_rows(flows, reported, months)
        chapters = {
            (supplier, chapter): number
            for (supplier, chapter, _), number in self._arrivals(release.month, release.month).items()
        }
        tested = arrived_in(panel, chapters, self._goods, release.numbers)
        if not tested.any():
            return None
        released = panel
        if any(commit.rows_replaced and commit.number <= release.numbers[-1] for commit in self._commits):
            first = add_months(release.month, 1 - WATCHED_MONTHS)
            table = self._first_flows(world, release, first)
            columns = np.arange(len(months) - WATCHED_MONTHS, len(months), dtype=np.int64)
            released = not_above(panel, panel_of_rows(table, reported, months), columns)
        dated = Dated(panel, released, tuple(months), self.episode.direction is Direction.EXPORTS_TO_TARGET)
        return find_signals(dated, len(months) - 1, tested, fdr=fdr)

    def _params(self, world: AllDestinations, month: str) -> dict[str, Scalar]:
        first = "1900-01" if month.startswith("9999") else add_months(month, -PANEL_MONTHS)
        return {
            **world.params,
            "target": self.episode.target,
            "first_period": f"{first}-01",
            "last_period": f"{month}-01",
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
        params = {**self._params(read, last), "first_watched": f"{first}-01", "month": f"{last}-01"}
        return self._history.run(stage, tables=given, params=params)

    def _arrivals(self, first: str, last: str) -> dict[tuple[str, str, str], int]:
        """Map (supplier, chapter, month) to the vintage in which it was first reported."""
        return {
            (row["supplier"], row["chapter"], f"{row['period']:%Y-%m}"): row["number"]
            for row in self._from_history(stages.ALERT_ARRIVALS, first, last).to_pylist()
        }

    @cached_property
    def _goods(self) -> dict[tuple[str, str], int]:
        """Map (supplier, good) to the first vintage with a row of it."""
        rows = self._from_history(stages.ALERT_GOODS, self.newest, self.newest).to_pylist()
        return {(row["supplier"], row["good"]): row["number"] for row in rows}

    def _first_flows(self, world: AllDestinations, release: FirstRelease, first: str) -> pa.Table:
        """Return the dollars of the watched months as first released."""
        arrivals = [
            {"supplier": supplier, "chapter": chapter, "period": dt.date.fromisoformat(f"{month}-01"), "number": number}
            for (supplier, chapter, month), number in self._arrivals(first, release.month).items()
            if number <= release.numbers[-1]
        ]
        schema = pa.schema(
            [("supplier", pa.string()), ("chapter", pa.string()), ("period", pa.date32()), ("number", pa.int32())]
        )
        table = pa.Table.from_pylist(arrivals, schema=schema)
        return self._from_history(stages.ALERT_FIRST_FLOWS, first, release.month, world=world, arrivals=table)


def _monthly_world(engine: Engine, snapshot: Any, episode: Episode, goods: GoodsList) -> AllDestinations:
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
    import pyarrow.compute as pc

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
