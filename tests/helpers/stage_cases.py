"""Every stage of the package with tables and scalars for it, and worlds of trade to run it on.

A world is the rows of the recorded lakes with changes drawn by hypothesis: months missing, values of zero or null, ties,
months held in two revisions, names in other scripts, and small tables that are empty or lack rows.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from same_rows import differences
from stage_calls import FIRST, RELATIONS, StageCall, is_of_the_native_copy, leaves, scalars
from whole_lake import Whole

from stopgap.lake.engines.engine import DuckDBEngine, Engine
from stopgap.lake.engines.spark import spark_engine
from stopgap.lake.engines.spark_session import EVERYWHERE
from stopgap.lake.schema import DECLARATION_COLUMNS, TRADE_COLUMNS
from stopgap.lake.snapshot import connect, take_snapshot
from stopgap.lake.stage import Stage
from stopgap.lake.views import DECLARATION_VIEWS, REPORTED_SQL, TRADE_VIEWS
from stopgap.measures.quality.scope import Thresholds
from stopgap.measures.quality.stages import quality_stages

Row = dict[str, Any]

ODD_NAME = "Ünïté Ωμέγα 船'\"\\%_"
SPARK = {
    "spark.ui.enabled": "false",
    "spark.log.level": "OFF",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # small statements take longer to compile than to run
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    **EVERYWHERE,
}


def cases_of(calls: Iterable[StageCall], package: Iterable[Stage]) -> list[StageCall]:
    """Each statement once, by the call that had the most rows; stages that no call holds get the tables of others."""
    held: list[StageCall] = list(calls)
    found: dict[tuple[str, str], StageCall] = {}
    for call in held:
        if not leaves(call.stage) <= RELATIONS | set(call.tables):
            continue  # it reads tables of the connection that hold what other stages gave
        if call.key not in found or found[call.key].rows < call.rows:
            found[call.key] = call
    covered = {(each.name, each.sql) for call in found.values() for each in call.stage.ordered()}
    tables, params = _given(held)
    for stage in (*package, *quality_stages().all().values()):
        if (stage.name, stage.sql) not in covered and not is_of_the_native_copy(stage):
            given_call = StageCall(stage, tables, params, 0, "given")
            found[given_call.key] = given_call
            covered |= {(each.name, each.sql) for each in stage.ordered()}
    return [_of_its_own(call) for call in found.values()]


def _given(calls: Sequence[StageCall]) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Small tables and scalars for stages that no call holds: those of other calls, of one lake where it has them."""
    tables: dict[str, pa.Table] = {}
    params: dict[str, Any] = {}
    for call in sorted(calls, key=lambda call: call.by != FIRST):
        params = dict(call.params) | params
        for name, table in call.tables.items():
            if name not in RELATIONS and (name not in tables or (not tables[name].num_rows and table.num_rows)):
                tables[name] = table
    codes = tables["wanted"].column("good").to_pylist()
    suppliers = tables["world_chosen"].column("supplier").to_pylist()
    months = [dt.date(2019, month, 1) for month in range(1, 13)]
    arrivals = list(itertools.product(suppliers, months, range(1, 7), sorted({code[:2] for code in codes})))
    named = zip(("supplier", "period", "number", "chapter"), zip(*arrivals, strict=True), strict=True)
    tables |= {
        "headings": pa.table({"heading": sorted({code[:4] for code in codes})}),
        "arrivals": pa.table({name: list(values) for name, values in named}),
    }
    params |= {"many_partners": 3, "chapters": tables["chapters"].num_rows, "actor": suppliers[0]}
    return tables, dict(Thresholds().params()) | params


def _of_its_own(call: StageCall) -> StageCall:
    """The call with no more tables and scalars than its stage reads."""
    read, bound = leaves(call.stage), scalars(call.stage)
    return replace(
        call,
        tables={name: table for name, table in call.tables.items() if name in read},
        params={name: value for name, value in call.params.items() if name in bound},
    )


def covering(cases: Sequence[StageCall]) -> list[StageCall]:
    """As few of the cases as hold every stage that all of them hold."""
    parts = {call.key: {(each.name, each.sql) for each in call.stage.ordered()} for call in cases}
    chosen, held = [], set[tuple[str, str]]()
    for call in sorted(cases, key=lambda call: (-len(parts[call.key]), -call.rows)):
        if not parts[call.key] <= held:
            chosen.append(call)
            held |= parts[call.key]
    return chosen


def with_inner(cases: Sequence[StageCall]) -> list[StageCall]:
    """The cases, and each stage that one of them needs as a case of its own."""
    found = {call.key: call for call in cases}
    for call in cases:
        for stage in call.stage.ordered():
            inner = _of_its_own(replace(call, stage=stage))
            found.setdefault(inner.key, inner)
    return list(found.values())


@dataclass(frozen=True)
class World:
    """Rows of trade and declarations, and what is taken from the small tables.

    Attributes:
        name: What is shown of it.
        folder: Holds ``trade.parquet`` and ``declarations.parquet``.
        thinned: Small table -> each which of its rows is kept; 0 keeps none.
    """

    name: str
    folder: Path
    thinned: Mapping[str, int]

    @property
    def files(self) -> tuple[list[Path], list[Path]]:
        """Files of trade, and of declarations."""
        return [self.folder / "trade.parquet"], [self.folder / "declarations.parquet"]

    def tables(self, call: StageCall) -> dict[str, pa.Table]:
        """Small tables of a call as this world has them."""
        return {name: self._thin(name, table) for name, table in call.tables.items()}

    def _thin(self, name: str, table: pa.Table) -> pa.Table:
        every = self.thinned.get(name, 1)
        return table.slice(0, 0) if every == 0 else table.take(pa.array(range(0, table.num_rows, every), pa.int64()))

    def duckdb(self) -> DuckDBEngine:
        """DuckDB on the world's files; close its connection at the end."""
        con = duckdb.connect(":memory:")
        con.execute("SET enable_progress_bar = false")
        for name in ("trade", "declarations"):
            rows = "trade_rows" if name == "trade" else "declaration_rows"
            con.execute(f"CREATE VIEW {rows} AS FROM read_parquet('{self.folder / name}.parquet')")
        for name, sql in (TRADE_VIEWS | DECLARATION_VIEWS).items():
            con.execute(f"CREATE VIEW {name} AS {sql}")
        con.execute(f"CREATE TABLE reported AS {REPORTED_SQL}")
        return DuckDBEngine(con)


def plain_world(folder: Path, lakes: Sequence[Path]) -> World:
    """The rows of some lakes together."""
    folder.mkdir(parents=True)
    for name, columns, relation in (
        ("trade", TRADE_COLUMNS, "trade_rows"),
        ("declarations", DECLARATION_COLUMNS, "declaration_rows"),
    ):
        parts = []
        for lake in lakes:
            con = connect(take_snapshot(lake))
            try:
                parts.append(con.sql(f"SELECT {', '.join(columns)} FROM {relation}").to_arrow_table())
            finally:
                con.close()
        pq.write_table(pa.concat_tables(parts), folder / f"{name}.parquet")
    return World("the simulated rows", folder, {})


_CHANGES = st.tuples(
    st.sampled_from(["no months", "some months", "zero", "null", "tie", "tiny", "huge", "two revisions", "odd name", "no weight",
                     "odd unit", "no quantity", "other kind", "other source", "yearly"]),
    st.integers(0, 2**20),
    st.integers(2, 5),
)  # fmt: skip
_WORLDS = st.tuples(
    st.lists(_CHANGES, min_size=0, max_size=60),
    st.dictionaries(st.integers(0, 60), st.sampled_from([0, 2, 3]), max_size=12),
)


@dataclass(frozen=True)
class Bench:
    """All cases, the worlds to run them on (the plain one first), and a lake of them."""

    cases: list[StageCall]
    worlds: tuple[World, ...]
    whole: Whole


@dataclass(frozen=True)
class Compared:
    """A stage on two engines: rows that DuckDB gives, seconds of each, and what differs."""

    stage: str
    rows: int
    duckdb_s: float
    other_s: float
    differs: list[str]


def compared(world: World, other: Engine, cases: Sequence[StageCall]) -> dict[str, Compared]:
    """Run cases on DuckDB and on another engine that reads the world; what differs, by case."""
    duck = world.duckdb()
    found = {}
    try:
        for place, case in enumerate(cases):
            tables = world.tables(case)
            began = time.perf_counter()
            ours = duck.run(case.stage, tables=tables, params=case.params)
            between = time.perf_counter()
            try:
                differs = differences(ours, other.run(case.stage, tables=tables, params=case.params))[:3]
            except Exception as error:
                differs = [f"{other.name} refuses: {str(error)[:500]}"]
            seconds = between - began, time.perf_counter() - between
            found[f"{place} {case.stage.name} ({case.by})"] = Compared(
                case.stage.name, ours.num_rows, *seconds, differs
            )
    finally:
        duck.con.close()
    return found


@contextlib.contextmanager
def local_spark(trade: Sequence[Path], declarations: Sequence[Path]) -> Iterator[Engine]:
    """Spark in this process on Parquet files."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]")
    for name, value in SPARK.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield spark_engine(session, trade, declarations)
    finally:
        session.stop()


def made_worlds(folder: Path, plain: World, cases: Sequence[StageCall], count: int) -> list[World]:
    """So many worlds drawn by hypothesis: the plain one with changes, the first with the most of them; and one that is empty."""
    drawn: list[tuple[list[tuple[str, int, int]], dict[int, int]]] = []

    @settings(
        max_examples=max(20, 2 * count), phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck)
    )
    @given(_WORLDS)
    def draw(world: tuple[list[tuple[str, int, int]], dict[int, int]]) -> None:
        drawn.append(world)

    draw()
    drawn.sort(key=lambda world: -len(world[0]))
    rows = pq.read_table(plain.files[0][0])
    names = sorted({name for call in cases for name in call.tables})
    worlds = []
    for number, (changes, thinned) in enumerate(drawn[:count]):
        made = folder / str(number)
        made.mkdir(parents=True)
        pq.write_table(_changed(rows, changes), made / "trade.parquet")
        (made / "declarations.parquet").symlink_to(plain.folder / "declarations.parquet")
        # the first world has all small tables, so that its stages have rows
        kept = {names[at % len(names)]: every for at, every in thinned.items()} if number else {}
        worlds.append(World(f"world {number} of hypothesis", made, kept))
    empty = folder / "empty"
    empty.mkdir(parents=True)
    for name in ("trade", "declarations"):
        pq.write_table(pq.read_table(plain.folder / f"{name}.parquet").slice(0, 0), empty / f"{name}.parquet")
    return [*worlds, World("no rows", empty, {})]


_SERIES = ("reporter", "partner", "flow", "good", "source", "frequency", "kind")
_KEY = (*_SERIES, "period", "revision")


def _changed(rows: pa.Table, changes: Sequence[tuple[str, int, int]]) -> pa.Table:
    """The rows with each change made to one series."""
    series: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows.to_pylist():
        series.setdefault(tuple(row[name] for name in _SERIES), []).append(row)
    keys = sorted(series, key=repr)
    for what, at, number in changes:
        key = keys[at % len(keys)]
        series[key] = _CHANGED[what](series[key], number)
    unique = {tuple(row[name] for name in _KEY): row for found in series.values() for row in found}
    return pa.Table.from_pylist(list(unique.values()), schema=rows.schema)


def _set(**values: Any) -> Callable[[list[Row], int], list[Row]]:
    """Every so-manieth row of a series with other values."""
    return lambda rows, number: [row | values if at % number == 0 else row for at, row in enumerate(rows)]


def _other_revision(rows: list[Row], number: int) -> list[Row]:
    more = [row | {"revision": "HS2012", "value_usd": 3.25} for row in rows[::number]]
    return [*rows, *more, *(row | {"revision": "HS2022"} for row in rows[1::number])]


_CHANGED: Mapping[str, Callable[[list[Row], int], list[Row]]] = {
    "no months": lambda rows, number: [],
    "some months": lambda rows, number: [row for at, row in enumerate(rows) if at % number],
    "zero": _set(value_usd=0.0, net_kg=0.0),
    "null": _set(value_usd=None),
    "tie": lambda rows, number: [row | {"value_usd": 1000.0 * number} for row in rows],
    "tiny": _set(value_usd=0.005, net_kg=0.001),
    "huge": _set(value_usd=987_654_321_098.765),
    "two revisions": _other_revision,
    "odd name": lambda rows, number: [row | {"reporter": ODD_NAME} for row in rows],
    "no weight": _set(net_kg=None),
    "odd unit": _set(quantity=2.5, quantity_unit=ODD_NAME),
    "no quantity": _set(quantity=None, quantity_unit=None),
    "other kind": lambda rows, number: [row | {"kind": ("aggregate", "breakdown")[number % 2]} for row in rows],
    "other source": lambda rows, number: [row | {"source": ODD_NAME} for row in rows],
    "yearly": lambda rows, number: [row | {"frequency": "A"} for row in rows[::12]],
}
