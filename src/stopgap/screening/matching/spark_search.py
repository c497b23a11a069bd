"""Search batches of queries on Spark: batches in partitions, the index opened once by each process of an executor."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterator
from contextlib import ExitStack
from functools import lru_cache, partial
from pathlib import Path

from stopgap.base.errors import MissingDataError, RefusedError, StopgapError
from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.lake.engines.spark_tasks import spark_tasks
from stopgap.screening.index.build import ReadyIndex, names_folder
from stopgap.screening.index.name_index import NameIndex
from stopgap.screening.matching.match_selection import ScreenOptions
from stopgap.screening.matching.pool import Batch, QueryBatch
from stopgap.screening.matching.worker import Found, search

BATCHES_AT_ONCE = 64
"""Batches of one job of Spark, each a partition of its own; their answers are in memory together."""


class SparkSearchers:
    """Searches batches of queries on Spark by the same function as one process does, with the same options for all.

    The index of the lists is a folder of the lake. Executors that do not see the lake get it as an archive, once; those
    behind Spark Connect must see it.

    Raises:
        RefusedError: The lake cannot be written, so that no index is in its folder.
    """

    def __init__(self, ready: ReadyIndex, wanted: ScreenOptions, options: EngineOptions) -> None:
        if ready.folder is None:
            raise RefusedError(
                "Spark reads the index of the lists from the lake's folder, and it could not be written there",
                where="--engine spark",
                fix="screen once where the lake can be written, or leave --engine out",
            )
        ready.release()
        self._folder = names_folder(ready.folder)
        self._name = ready.folder.name
        self._wanted = wanted
        self._options = options
        self._open = ExitStack()

    def __enter__(self) -> SparkSearchers:
        self._tasks = self._open.enter_context(spark_tasks(self._options))
        self._tasks.offer(self._folder, self._name)
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def answers(self, batches: Iterator[QueryBatch[Batch]]) -> Iterator[tuple[Batch, Found]]:
        """Yield each batch with its answers, in order.

        Raises:
            StopgapError: What a search raised, or Spark: too little memory or disk, or a cluster that is gone.
        """
        work = partial(_search_batch, str(self._folder), self._name, self._wanted)
        while some := list(itertools.islice(batches, BATCHES_AT_ONCE)):
            answers = self._tasks.run(work, [pickle.dumps(each.queries) for each in some], stage="screen")
            for batch, answer in zip(some, answers, strict=True):
                found: Found | StopgapError = pickle.loads(answer)
                if isinstance(found, StopgapError):
                    raise found
                yield batch.rows, found


def _search_batch(folder: str, name: str, wanted: ScreenOptions, asked: bytes) -> bytes:
    """Answer a batch in an executor: pickled queries, and pickled matches of each or the error that occurred."""
    try:
        return pickle.dumps(search(_index(folder, name), pickle.loads(asked), wanted))
    except StopgapError as error:
        return pickle.dumps(error)


@lru_cache(1)
def _index(folder: str, name: str) -> NameIndex:
    """Open the index: in the lake's folder, if this machine sees it, else where Spark put it."""
    place = Path(folder)
    if not place.is_dir():
        from pyspark import SparkFiles

        place = Path(SparkFiles.get(name))
    if not place.is_dir():
        raise MissingDataError(
            "an executor of Spark does not see the index of the lists",
            where=folder,
            fix="put the lake where all executors see it under the same path, or name the cluster with --spark-master",
        )
    return NameIndex.open(place)
