"""Made-up worlds as a lake in memory: the stages run on them without files of figures between."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stopgap.codes.goods import GoodsList, load_goods
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.schema import TRADE_COLUMNS
from stopgap.lake.snapshot import Snapshot
from stopgap.lake.views import REPORTED_SQL, TRADE_VIEWS
from stopgap.panel.episodes import Episode, load_episode
from stopgap.simulate.tables import trade_table
from stopgap.simulate.worlds import SimulatedWorld
from stopgap.simulate.writing import write_episode

VINTAGE = "v1"


@dataclass(frozen=True)
class SimulatedLake:
    """What the workflows ask for, over a simulated world.

    Attributes:
        engine: Runs stages over the world's rows.
        snapshot: Stands for a lake's; holds no files.
        episode: The world's episode.
        goods: Its goods list.
        world: The world.
    """

    engine: DuckDBEngine
    snapshot: Snapshot
    episode: Episode
    goods: GoodsList
    world: SimulatedWorld


@contextlib.contextmanager
def simulated_lake(world: SimulatedWorld, *, with_imports: bool = False) -> Iterator[SimulatedLake]:
    """A simulated world as ``trade``, ``trade_aggregates`` and ``reported``, the way the lake shows them.

    Args:
        world: From :func:`stopgap.simulate.worlds.make_world`.
        with_imports: With what importers record; needed by what compares two reports of one flow.
    """
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(":memory:") as con:
        con.execute("SET enable_progress_bar = false")
        con.register("simulated", trade_table(world, vintage=VINTAGE, with_imports=with_imports))
        columns = ", ".join(f"{name}::{kind} AS {name}" for name, kind in TRADE_COLUMNS.items())
        con.execute(f"CREATE TABLE trade_rows AS SELECT {columns} FROM simulated")
        con.unregister("simulated")
        con.execute(f"CREATE TABLE reported AS {REPORTED_SQL}")
        for name, sql in TRADE_VIEWS.items():
            con.execute(f"CREATE VIEW {name} AS {sql}")
        episode, goods = write_episode(world.plan, world.truth, Path(folder))
        snapshot = Snapshot(Path(folder), VINTAGE, True, 0, {}, (), {})
        yield SimulatedLake(DuckDBEngine(con), snapshot, load_episode(str(episode)), load_goods(str(goods)), world)
