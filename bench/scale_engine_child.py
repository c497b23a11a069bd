"""One engine of the scale bench in a process of its own: its times as JSON.

    python bench/scale_engine_child.py 1 5 local

The engine is ``duckdb``, ``local``, ``sail`` or the address of a Spark master. With 0 runs there is the first measure alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import pyarrow as pa
from scale_lakes import GOODS, scale_lake
from scale_question import EPISODE, question
from scale_rivals import sums_of
from scale_stats import alternate

DRIVER = "3GB"
Call = tuple[Any, Any, Any]


@contextlib.contextmanager
def options_of(where: str) -> Iterator[Any]:
    """Yield the options of an engine; Sail's server runs in this process meanwhile."""
    from stopgap.lake.engines.engine_options import EngineOptions

    if where == "duckdb":
        yield EngineOptions()
    elif where == "local":
        yield EngineOptions(engine="spark", spark_master=f"local[{os.cpu_count() or 1}]", memory_limit=DRIVER)
    elif where == "sail":
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer(port=0)
        server.start(background=True)
        _, port = server.listening_address
        yield EngineOptions(engine="spark", spark_remote=f"sc://127.0.0.1:{port}")
        server.stop()
    else:
        yield EngineOptions(engine="spark", spark_master=where, memory_limit=DRIVER)


@contextlib.contextmanager
def recording(engine: Any, calls: list[Call]) -> Iterator[None]:
    """Add every stage that an engine runs to the calls."""
    kind = type(engine)
    plain = kind.run

    def run(self: Any, stage: Any, *, tables: Any = None, params: Any = None) -> Any:
        calls.append((stage, dict(tables or {}), dict(params or {})))
        return plain(self, stage, tables=tables, params=params)

    kind.run = run
    try:
        yield
    finally:
        kind.run = plain


def sent(session: Any, table: pa.Table) -> Any:
    """Return a small table as a data frame of Spark, which takes neither dictionaries nor the types of no rows."""
    kinds = [each.type.value_type if pa.types.is_dictionary(each.type) else each.type for each in table.schema]
    plain = table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))
    if plain.num_rows:
        return session.createDataFrame(plain)
    from pyspark.sql.pandas.types import from_arrow_schema

    return session.createDataFrame([], from_arrow_schema(plain.schema))


def by_hand(engine: Any) -> Callable[[list[Call]], Any]:
    """Return what runs statements one after another, with nothing kept from others, and returns the rows of the last."""
    from stopgap.lake.engines.engine import DuckDBEngine, used_scalars

    if isinstance(engine, DuckDBEngine):
        plain = DuckDBEngine(engine.con, kept=engine.kept)
        return lambda calls: [plain.run(stage, tables=tables, params=params) for stage, tables, params in calls][-1]

    from stopgap.lake.engines.spark import spark_sql

    def on_spark(stage: Any, tables: Any, params: Any) -> Any:
        sql = stage.compiled()
        for name, table in tables.items():
            if name in sql:
                sent(engine.session, table).createOrReplaceTempView(name)
        return engine.session.sql(spark_sql(sql), args=used_scalars(sql, params)).toArrow()

    return lambda calls: [on_spark(*call) for call in calls][-1]


def main(millions: int, runs: int, where: str) -> None:
    """Measure and run its statements by hand in turn, each round with other windows; then the panel alone."""
    from stopgap.codes.goods import load_goods
    from stopgap.lake.schema import TRADE
    from stopgap.measures.backfill.run import measure_on
    from stopgap.panel.all_destinations import open_world
    from stopgap.panel.engine import engine_on
    from stopgap.panel.episodes import load_episode
    from stopgap.panel.prepare import measure_options
    from stopgap.panel.world_stages import WORLD_CELLS

    lake, episode = scale_lake(millions), load_episode(EPISODE)
    recorded: list[Call] = []

    def windows(number: int) -> Any:
        asked = question(number)
        return measure_options(goods=GOODS, baseline=asked.baseline, after=asked.after)

    with options_of(where) as options, engine_on(lake, as_of=None, engine=options, only=[TRADE.name]) as opened:
        engine, snapshot = opened

        def measure(number: int) -> Any:
            recorded.clear()
            with recording(engine, recorded):
                return measure_on(engine, snapshot, episode, windows(number))

        started = time.perf_counter()
        finding = measure(0)
        first_s = time.perf_counter() - started
        loss = {"loss_usd": finding.suspended.loss_usd, "net_ratio": finding.backfill.net_ratio}
        if not runs:
            print(json.dumps({"first_s": first_s, "statements": len(recorded), "sums": loss}), flush=True)
            return
        replay = by_hand(engine)
        timed = alternate(
            {"measure": lambda number: measure(number + 1), "statements": lambda _: replay(recorded)}, runs
        )
        world = open_world(engine, snapshot, episode, load_goods(GOODS), windows(0))
        cells = [(WORLD_CELLS, world.tables, world.params)]
        sums = sums_of(replay(cells))
        panel = alternate({"panel": lambda _: replay(cells)}, runs)["panel"]
    answer = {
        "first_s": first_s,
        "measure_s": median(timed["measure"][0]),
        "statements_s": median(timed["statements"][0]),
        "statements": len(recorded),
        "panel_s": median(panel[0]),
        "sums": {**loss, **vars(sums)},
    }
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    except Exception as error:
        print(json.dumps({"why": f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"}))
