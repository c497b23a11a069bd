"""Stage the files of an import on Spark: each file in an executor, by the same code as on one machine."""

from __future__ import annotations

import contextlib
import pickle
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from stopgap.base.errors import InputError, StopgapError
from stopgap.base.progress import Progress
from stopgap.base.sql import quoted
from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.lake.engines.spark_tasks import spark_tasks
from stopgap.lake.importing.options import ImportOptions
from stopgap.lake.importing.parts import ImportParts, write_part
from stopgap.lake.importing.staging import Incoming, StagedFile, coded_rows
from stopgap.lake.schema import TABLES
from stopgap.lake.store import staging_connection

if TYPE_CHECKING:
    from stopgap.sources.base import Staging


@dataclass(frozen=True)
class StagingTask:
    """One file for an executor: the copy in the lake, its name, and the files that rows and rejects are written to."""

    copy: Path
    name: str
    receipt: str
    number: int
    rows: Path
    rejects: Path
    options: ImportOptions


def stage_on_spark(
    con: duckdb.DuckDBPyConnection, items: Sequence[Incoming], options: ImportOptions, say: Progress, parts: ImportParts
) -> list[StagedFile]:
    """Stage files into ``parts`` and their rejects into ``all_rejects``; return their counts, in order.

    Executors read the copies in the lake's folder and write their rows there: they see the lake under the same path.

    Raises:
        InputError: A file as a whole cannot be read; of several such files the error is that of the first.
        NotFoundError: No such source.
        UsageError: The user states what files of this source say themselves.
        RefusedError: Spark has too little memory, or too little room on a disk.
        UnreachableError: The cluster or the server is gone.
    """
    con.execute("CREATE TABLE all_rejects (file VARCHAR, row BIGINT, reason VARCHAR, content VARCHAR)")
    alone = replace(options, engine=EngineOptions(), mark=None)
    tasks = [
        StagingTask(
            item.copy.absolute(), item.path.name, item.receipt, number, parts.place(number),
            parts.place(number).with_suffix(".rejects.parquet"), alone,
        )
        for number, item in enumerate(items)
    ]  # fmt: skip
    say(f"reading {len(items):,} files on Spark", None)
    with spark_tasks(options.engine) as spark:
        answers = spark.run(stage_file, [pickle.dumps(task) for task in tasks], stage="import")
    staged: list[StagedFile] = []
    for item, task, answer in zip(items, tasks, answers, strict=True):
        found: Staging | StopgapError = pickle.loads(answer)
        if isinstance(found, StopgapError):
            raise found
        staged.append((item, found))
        if found.rows_rejected:
            con.execute(f"INSERT INTO all_rejects FROM read_parquet({quoted(str(task.rejects))})")
        if found.table == staged[0][1].table:
            parts.take(task.rows)
    return staged


def stage_file(task: bytes) -> bytes:
    """Stage one file in an executor: a pickled task, and pickled counts or the error of the file."""
    given: StagingTask = pickle.loads(task)
    try:
        with tempfile.TemporaryDirectory(prefix="stopgap-staging-") as spill:
            return pickle.dumps(_staged(given, Path(spill)))
    except StopgapError as error:
        return pickle.dumps(error)


def _staged(task: StagingTask, spill: Path) -> Staging:
    from stopgap.sources.registry import CopiedFile, prepare_file, read_prepared

    if not task.copy.exists():
        raise InputError(
            "an executor of Spark does not see the files of the import",
            where=str(task.copy),
            fix="put the lake where all executors see it under the same path, or leave --engine out",
        )
    options = task.options
    prepared = prepare_file(
        task.copy,
        copied=CopiedFile(task.name),
        source=options.source,
        mapping=options.mapping,
        encoding=options.encoding,
        rates=options.rates,
        told=options.told,
    )
    with contextlib.closing(staging_connection(spill)) as con:
        con.execute("SET threads = 1; CREATE SCHEMA staging; USE staging")  # other files are read beside it
        staging = read_prepared(con, prepared)
        table = TABLES[staging.table]
        columns = ", ".join(table.staged_columns)
        select = f"SELECT {columns}, {quoted(task.receipt)} AS receipt, {task.number} AS number FROM {coded_rows(con)}"
        write_part(con, select, task.rows, table)
        if staging.rows_rejected:
            con.execute(
                f"COPY (SELECT {quoted(task.name)} AS file, row, reason, content FROM rejects) "
                f"TO {quoted(str(task.rejects))} (FORMAT parquet)"
            )
    return staging
