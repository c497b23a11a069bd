"""Search batches of queries with a pool of processes, in the order of the file."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Generic, TypeVar

from stopgap.base.errors import RefusedError, StopgapError
from stopgap.screening.index.build import ReadyIndex, names_folder
from stopgap.screening.matching.match_selection import ScreenOptions
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.matching.worker import Found, search

ALONE = 2_000
"""Maximum number of queries searched in this process alone; with so few, starting processes would not pay off."""

MEMORY = 3 << 30
"""Maximum total memory of all processes, in bytes."""

PROCESS_MEMORY = 220 << 20
"""Memory of one process without its index, in bytes."""

MOST_PROCESSES = 16

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class QueryBatch(Generic[Batch]):
    """A batch of rows of a file, with the queries made from them."""

    rows: Batch
    queries: tuple[ScreenQuery, ...]


class Searchers:
    """Searches batches of queries, in this process or in ``jobs`` child processes, with the same options for all."""

    def __init__(self, ready: ReadyIndex, wanted: ScreenOptions, jobs: int) -> None:
        self._ready = ready
        self._wanted = wanted
        self._children: list[_Child] = []
        if ready.folder is not None and jobs > 1:
            ready.release()
            self._children = [_Child(names_folder(ready.folder)) for _ in range(jobs)]

    def __enter__(self) -> Searchers:
        return self

    def __exit__(self, *error: object) -> None:
        for child in self._children:
            child.end()

    def answers(self, batches: Iterator[QueryBatch[Batch]]) -> Iterator[tuple[Batch, Found]]:
        """Yield each batch with its answers, in order; only a few batches are read ahead.

        A child process that ends unexpectedly raises RefusedError.
        """
        if not self._children:
            for batch in batches:
                yield batch.rows, search(self._ready.index, batch.queries, self._wanted)
            return
        free: SimpleQueue[_Child] = SimpleQueue()
        for child in self._children:
            free.put(child)

        def ask(queries: Sequence[ScreenQuery]) -> Found:
            child = free.get()
            try:
                return child.ask(queries, self._wanted)
            finally:
                free.put(child)

        waiting: deque[tuple[Batch, Future[Found]]] = deque()
        with ThreadPoolExecutor(len(self._children)) as threads:
            try:
                for batch in batches:
                    waiting.append((batch.rows, threads.submit(ask, batch.queries)))
                    if len(waiting) > 2 * len(self._children):
                        rows, found = waiting.popleft()
                        yield rows, found.result()
                while waiting:
                    rows, found = waiting.popleft()
                    yield rows, found.result()
            finally:
                for _, found in waiting:
                    found.cancel()


def jobs_for(ready: ReadyIndex, queries: int, asked: int | None = None) -> int:
    """Return the number of search processes: the requested one, otherwise as many as cores and memory allow."""
    if asked is not None:
        return asked
    if ready.folder is None or queries <= ALONE:
        return 1
    size = sum(path.stat().st_size for path in ready.folder.rglob("*") if path.is_file())
    # sched_getaffinity is not on every system
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, MOST_PROCESSES, MEMORY // (PROCESS_MEMORY + 2 * size)))


class _Child:
    """A child process with the index open."""

    def __init__(self, folder: Path) -> None:
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stopgap.screening.matching.worker", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **threads},
        )

    def ask(self, queries: Sequence[ScreenQuery], wanted: ScreenOptions) -> Found:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump((queries, wanted), self._process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
            answer: Found | StopgapError = pickle.load(self._process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise RefusedError(
                "a searching process ended before it had answered",
                where=f"process {self._process.pid}: {type(error).__name__}",
                fix="memory may have run out: go on with the same command and --jobs 1",
            ) from error
        if isinstance(answer, StopgapError):
            raise answer
        return answer

    def end(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # it may have ended by itself, with words on their way to it
                    stream.close()
        self._process.terminate()
        self._process.wait()
