"""Open the query engine of a measure on a lake snapshot at one vintage."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path

from stopgap.base.errors import UsageError
from stopgap.base.progress import say
from stopgap.lake.answers import KeptAnswers
from stopgap.lake.engine import DuckDBEngine, Engine, start_spark
from stopgap.lake.schema import TABLES
from stopgap.lake.snapshot import Snapshot, connect, kept_stages, take_snapshot


@contextlib.contextmanager
def engine_on(
    lake: Path, *, as_of: str | None, engine: str = "duckdb", only: Collection[str] = tuple(TABLES)
) -> Iterator[tuple[Engine, Snapshot]]:
    """Yield an engine on the lake at a vintage, and its snapshot; ``only`` as in :func:`take_snapshot`.

    Raises:
        UsageError: ``engine`` is neither ``duckdb`` nor ``spark``.
    """
    say("reading the lake")
    snapshot = take_snapshot(lake, as_of=as_of, only=only)
    if engine == "spark":
        spark = start_spark(snapshot)
        try:
            yield spark, snapshot
        finally:
            spark.session.stop()
        return
    if engine != "duckdb":
        raise UsageError(f"no engine {engine!r}", where="--engine", fix="use duckdb or spark")
    con = connect(snapshot)
    try:
        yield DuckDBEngine(con, answers=KeptAnswers(), kept=kept_stages(con, snapshot)), snapshot
    finally:
        con.close()
