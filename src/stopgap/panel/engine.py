"""Open the query engine of a measure on a lake snapshot at one vintage."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path

from stopgap.base.progress import say
from stopgap.lake.engines.engine import DuckDBEngine, Engine
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.engines.open_engines import duckdb_engine
from stopgap.lake.engines.spark import SparkEngine, spark_on
from stopgap.lake.reading import memory_limit_of
from stopgap.lake.schema import TABLES
from stopgap.lake.snapshot import Snapshot, connect, take_snapshot


@contextlib.contextmanager
def engine_on(
    lake: Path, *, as_of: str | None, engine: EngineOptions = DUCKDB, only: Collection[str] = tuple(TABLES)
) -> Iterator[tuple[Engine, Snapshot]]:
    """Yield an engine on the lake at a vintage, and its snapshot; ``only`` as in :func:`take_snapshot`.

    Raises:
        MissingDataError: Spark is not installed, or no cluster or server answers at its address.
        InputError: A data file of the lake cannot be read.
    """
    say("reading the lake")
    snapshot = take_snapshot(lake, as_of=as_of, only=only)
    with engine_at(snapshot, engine) as running:
        yield running, snapshot


@contextlib.contextmanager
def engine_at(snapshot: Snapshot, engine: EngineOptions = DUCKDB) -> Iterator[Engine]:
    """Yield an engine on a snapshot; raises as :func:`engine_on`."""
    if engine.is_spark:
        with spark_on(snapshot, engine) as spark:
            yield spark
        return
    yield duckdb_engine(snapshot, engine.memory_bytes)


@contextlib.contextmanager
def engine_beside(engine: Engine, snapshot: Snapshot) -> Iterator[Engine]:
    """Yield an engine on another snapshot, of the kind and with the limits of one that runs; raises as :func:`engine_on`."""
    if isinstance(engine, SparkEngine):
        with engine.beside(snapshot) as other:
            yield other
        return
    limit = memory_limit_of(engine.con) if isinstance(engine, DuckDBEngine) else None
    with contextlib.closing(connect(snapshot, memory_bytes=limit)) as con:
        yield DuckDBEngine(con)
