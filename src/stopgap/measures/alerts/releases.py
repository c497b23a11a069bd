"""Find the vintage in which each supplier's month was first released, and test it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.vocab import Direction, Frequency
from stopgap.codes.goods import GoodsList
from stopgap.lake.engine import DuckDBEngine, Engine, Scalar
from stopgap.lake.history import read_log, vintages
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import connect, take_snapshot
from stopgap.measures.alerts import stages
from stopgap.measures.alerts.detection import Dated, find_signals
from stopgap.measures.alerts.panel import arrived_in, not_above, panel_of_rows
from stopgap.measures.alerts.persistence import WATCHED_MONTHS
from stopgap.measures.alerts.results import MonthResult
from stopgap.measures.backfill.run import engine_on
from stopgap.measures.revisions.vintage_diff import everything_up_to
from stopgap.panel.all_destinations import AllDestinations, open_world
from stopgap.panel.episodes import Episode, add_months
from stopgap.panel.prepare import MeasureOptions, prepare

PANEL_MONTHS = 60
"""Months before the tested one that are read: a history of 36, and 24 past months with theirs."""


@dataclass(frozen=True)
class FirstRelease:
    """Vintages that first brought a month, with nothing replaced between them.

    Attributes:
        month: The month.
        numbers: Vintages, oldest first; figures are read as of the last.
        suppliers: Who first reported the month in them.
    """

    month: str
    numbers: tuple[int, ...]
    suppliers: frozenset[str]

    @property
    def vintage(self) -> str:
        """Vintage as of which the release is read."""
        return f"v{self.numbers[-1]}"


class Releases:
    """First releases of an episode's goods, up to a vintage. A context manager.

    Attributes:
        episode: The episode.
        goods: The goods list.
        snapshot: The vintage.
        world: What is read beside the lake, as of the vintage.
        skipped: Releases that could not be measured as of their vintage, and why.
    """

    def __init__(self, lake: Path, episode: Episode, goods: GoodsList, *, as_of: str | None) -> None:
        self.lake, self.episode, self.goods = lake, episode, goods
        self.snapshot = take_snapshot(lake, as_of=as_of, only=[TRADE.name])
        history = vintages(read_log(lake, shows=[TRADE.name]))
        self._commits = [commit for commit in history if commit.number <= self._number]
        with engine_on(lake, as_of=self.snapshot.vintage, only=[TRADE.name]) as (engine, snapshot):
            self.world = _monthly_world(engine, snapshot, episode, goods)
            periods = engine.run(
                stages.ALERT_PERIODS, tables=self.world.tables, params=self._params(self.world, "9999-11")
            )
        self._reported = [(row["supplier"], f"{row['period']:%Y-%m}") for row in periods.to_pylist()]
        if not self._reported:
            raise MissingDataError(
                f"nobody whose trade counts reported a month of the goods list {goods.name}",
                where=f"episode {episode.name}, vintage {self.snapshot.vintage}",
                fix="import monthly figures of these goods (stopgap import FILE)",
            )
        self._history: duckdb.DuckDBPyConnection | None = None
        self.skipped: list[str] = []

    @property
    def _number(self) -> int:
        return int(self.snapshot.vintage[1:])

    def __enter__(self) -> Releases:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._history is not None:
            self._history.close()

    @property
    def newest(self) -> str:
        """Newest month that anyone reported."""
        return max(month for _, month in self._reported)

    def due_months(self, last: int | None, *, behind: int) -> list[str]:
        """Months of which figures first came after a vintage, and the newest, oldest first.

        Args:
            last: Vintage up to which arrivals were tested; ``None`` for the first run, which takes the months
                from the newest one that half of the suppliers reported.
            behind: Months behind the newest that still count.
        """
        oldest = add_months(self.newest, -behind)
        if last is None:
            newest = sorted(
                max(month for supplier, month in self._reported if supplier == name)
                for name in {supplier for supplier, _ in self._reported}
            )
            start = max(newest[len(newest) // 2], oldest)
            return sorted({month for _, month in self._reported if month >= start})
        arrived = self._arrivals(add_months(self.newest, -behind), self.newest)
        due = {month for (_, _, month), number in arrived.items() if number > last}
        return sorted(due | {self.newest})

    def of(self, month: str) -> list[FirstRelease]:
        """Releases of a month, oldest first."""
        arrived = self._arrivals(month, month)
        brought = {row["number"] for row in self._history_rows(stages.ALERT_BROUGHT, month, month)} | set(
            arrived.values()
        )
        found = []
        for numbers in self._chains(sorted(brought)):
            suppliers = {
                supplier
                for (supplier, _, _), number in arrived.items()
                if number in numbers and supplier in self.world.chosen
            }
            if suppliers:
                found.append(FirstRelease(month, tuple(numbers), frozenset(suppliers)))
        return found

    def _chains(self, numbers: list[int]) -> list[list[int]]:
        """Vintages one after the other between which nothing was replaced or withdrawn."""
        changing = [commit.number for commit in self._commits if commit.rows_replaced or commit.withdrawn is not None]
        chains: list[list[int]] = []
        for number in numbers:
            if chains and not any(chains[-1][-1] < each <= number for each in changing):
                chains[-1].append(number)
            else:
                chains.append([number])
        return chains

    def signals(self, release: FirstRelease, *, fdr: float) -> MonthResult | None:
        """What stands out in a release; ``None`` where none of its cells can be told of then."""
        months = [add_months(release.month, back) for back in range(-PANEL_MONTHS, 1)]
        with engine_on(self.lake, as_of=release.vintage, only=[TRADE.name]) as (engine, snapshot):
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

    @property
    def _history_engine(self) -> DuckDBEngine:
        if self._history is None:
            self._history = connect(everything_up_to(self.lake, self.snapshot))
        return DuckDBEngine(self._history)

    @cached_property
    def _withdrawn(self) -> pa.Table:
        rows = [{"receipt": receipt, "vintage": vintage} for receipt, vintage in self.snapshot.withdrawn]
        return pa.Table.from_pylist(rows, schema=pa.schema([("receipt", pa.string()), ("vintage", pa.string())]))

    def _history_rows(self, stage: Any, first: str, last: str, **tables: pa.Table) -> list[dict[str, Any]]:
        given = {**self.world.tables, "withdrawn": self._withdrawn, **tables}
        params = {**self._params(self.world, last), "first_watched": f"{first}-01", "month": f"{last}-01"}
        return list(self._history_engine.run(stage, tables=given, params=params).to_pylist())

    def _arrivals(self, first: str, last: str) -> dict[tuple[str, str, str], int]:
        """(supplier, chapter, month) -> vintage in which it was first reported."""
        return {
            (row["supplier"], row["chapter"], f"{row['period']:%Y-%m}"): row["number"]
            for row in self._history_rows(stages.ALERT_ARRIVALS, first, last)
        }

    @cached_property
    def _goods(self) -> dict[tuple[str, str], int]:
        """(supplier, good) -> vintage that first held a row of it."""
        rows = self._history_rows(stages.ALERT_GOODS, self.newest, self.newest)
        return {(row["supplier"], row["good"]): row["number"] for row in rows}

    def _first_flows(self, world: AllDestinations, release: FirstRelease, first: str) -> pa.Table:
        """Dollars of the watched months as first released."""
        arrivals = [
            {
                "supplier": supplier,
                "chapter": chapter,
                "period": dt.date(int(month[:4]), int(month[5:]), 1),
                "number": number,
            }
            for (supplier, chapter, month), number in self._arrivals(first, release.month).items()
            if number <= release.numbers[-1]
        ]
        schema = pa.schema(
            [("supplier", pa.string()), ("chapter", pa.string()), ("period", pa.date32()), ("number", pa.int32())]
        )
        tables = {
            **world.tables,
            "withdrawn": self._withdrawn,
            "arrivals": pa.Table.from_pylist(arrivals, schema=schema),
        }
        params = {**self._params(world, release.month), "first_watched": f"{first}-01", "month": f"{release.month}-01"}
        return self._history_engine.run(stages.ALERT_FIRST_FLOWS, tables=tables, params=params)


def _monthly_world(engine: Engine, snapshot: Any, episode: Episode, goods: GoodsList) -> AllDestinations:
    """The world of the monthly figures, the goods of the list alone.

    Raises:
        MissingDataError: There are no monthly figures; says so where there are annual ones.
    """
    options = MeasureOptions(frequency=Frequency.MONTHLY)
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
        prepare(engine, snapshot, episode, goods, MeasureOptions(frequency=Frequency.ANNUAL))
    except MissingDataError:
        return False
    return True
