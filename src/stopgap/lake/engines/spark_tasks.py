"""Work of this package in the Python processes of Spark's executors: pickled tasks in partitions, pickled answers."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.lake.engines.spark_errors import what_spark_said
from stopgap.lake.engines.spark_session import RunningSpark, forget_spark, spark_in_use

Work = Callable[[bytes], bytes]
"""What an executor does with a pickled task: a function of a module, or a ``partial`` of one."""


@dataclass(frozen=True)
class SparkTasks:
    """Runs functions on Spark; executors need this package, and the Python that ``PYSPARK_PYTHON`` names, if it is set."""

    running: RunningSpark
    session: Any

    def run(self, work: Work, tasks: Sequence[bytes], *, stage: str) -> list[bytes]:
        """Do each task in a partition of its own, and return the answers in the order of the tasks.

        Raises:
            RefusedError: Spark has too little memory, or too little room on a disk.
            UnreachableError: The cluster or the server is gone.
        """
        given = pa.table(
            {"number": pa.array(range(len(tasks)), pa.int64()), "task": pa.array(list(tasks), pa.binary())}
        )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of packages that Spark does not use here
                frame = self.session.createDataFrame(given).repartition(len(tasks))
                rows = frame.mapInArrow(partial(_each, work), "number long, answer binary").toArrow()
        except Exception as error:
            said = what_spark_said(error, stage=stage, where=self.running.where)
            if said is None:
                raise
            if said.is_lost:
                forget_spark()
            raise said.error from error
        answers: list[bytes] = rows.sort_by("number").column("answer").to_pylist()
        return answers

    def offer(self, folder: Path, name: str) -> None:
        """Offer a folder to executors on other machines as an archive; there it is ``SparkFiles.get(name)``."""
        with self.running.lock:
            if self.running.base is not None and not self.running.options.is_local and name not in self.running.kept:
                made = tempfile.TemporaryDirectory(prefix="stopgap-spark-")
                archive = shutil.make_archive(str(Path(made.name) / name), "zip", folder)
                self.running.base.sparkContext.addArchive(f"{archive}#{name}")
                self.running.kept[name] = _Offered(made)


@dataclass
class _Offered:
    """An archive that executors fetch from this process, as long as Spark runs."""

    folder: tempfile.TemporaryDirectory[str]
    users: int = 1

    def close(self) -> None:
        self.folder.cleanup()


@contextlib.contextmanager
def spark_tasks(options: EngineOptions) -> Iterator[SparkTasks]:
    """Yield the Spark that was asked for; see :func:`stopgap.lake.engines.spark_session.spark_in_use`."""
    with spark_in_use(options) as running:
        if running.base is not None and "PYSPARK_PYTHON" not in os.environ:
            running.base.sparkContext.pythonExec = sys.executable
        yield SparkTasks(running, running.new_session())


def _each(work: Work, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        answers = pa.array([work(task) for task in batch.column("task").to_pylist()], pa.binary())
        yield pa.RecordBatch.from_arrays([batch.column("number"), answers], names=["number", "answer"])
