"""Spark as an engine of stages: their SQL in its dialect, run over the Parquet files of a snapshot."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.lake.engine import Scalars, Tables, used_scalars
from stopgap.lake.engine_options import EngineOptions
from stopgap.lake.snapshot import Snapshot
from stopgap.lake.spark_session import open_session
from stopgap.lake.stage import Stage
from stopgap.lake.views import REPORTED_SQL, TRADE_VIEWS


@functools.cache
def spark_sql(sql: str) -> str:
    """Translate a stage's statement to Spark's dialect; ``$name`` becomes ``:name``."""
    import sqlglot

    [statement] = sqlglot.transpile(sql, read="duckdb", write="spark")
    return re.sub(r"(?<![\w`$])\$(\w+)", r":\1", statement)


@dataclass
class SparkEngine:
    """Runs stages on a Spark session over the Parquet files of a snapshot."""

    session: Any
    name: str = "spark"

    def run(self, stage: Stage, *, tables: Tables | None = None, params: Scalars | None = None) -> pa.Table:
        """Run a stage and return its rows as an Arrow table."""
        for name, table in (tables or {}).items():
            self.session.createDataFrame(table).createOrReplaceTempView(name)
        sql = stage.compiled()
        return self.session.sql(spark_sql(sql), args=used_scalars(sql, params or {})).toArrow()

    def beside(self, snapshot: Snapshot) -> SparkEngine:
        """Return an engine on another snapshot, with a session of its own on the same Spark."""
        return spark_engine(self.session.newSession(), snapshot.files)


def spark_engine(session: Any, files: Sequence[Path]) -> SparkEngine:
    """Return a Spark engine whose relations are the canonical views over Parquet files."""
    session.read.parquet(*(str(path) for path in files)).createOrReplaceTempView("trade_rows")
    for name, sql in (TRADE_VIEWS | {"reported": REPORTED_SQL}).items():
        session.sql(spark_sql(sql)).createOrReplaceTempView(name)
    return SparkEngine(session)


@contextlib.contextmanager
def spark_on(snapshot: Snapshot, options: EngineOptions) -> Iterator[SparkEngine]:
    """Yield a Spark engine on a snapshot; its session is closed afterwards.

    Raises:
        MissingDataError: Spark is not installed, or no cluster or server answers at its address.
        InputError: A data file of the lake cannot be read.
    """
    with open_session(options) as session:
        yield spark_engine(session, snapshot.files)
