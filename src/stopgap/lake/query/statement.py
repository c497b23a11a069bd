"""Run one SQL statement over the lake's relations in a separate process that can always be stopped.

A single operator of DuckDB can run for minutes without checking for an interrupt, and can hold memory that the engine
does not count. A process can be killed from outside at any time.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.base import errors
from stopgap.base.clearance import Viewer, current_viewer
from stopgap.base.errors import RefusedError, StopgapError
from stopgap.lake.partner_views import PREFIX
from stopgap.lake.query.limits import OVER_MEMORY, QueryLimits, query_limits, shown_size, spill_folder

_KEPT = 2  # processes that wait for the next statement


@dataclass(frozen=True)
class QueryAnswer:
    """Result of a statement: its rows, the vintage read, and the relations of the lake that it reads."""

    table: pa.Table
    vintage: str
    relations: frozenset[str]


class QueryFailedError(Exception):
    """A statement failed; ``error`` is the error to show to the user.

    ``relations`` and ``vintage`` are ``None`` if it failed before these were known.
    """

    def __init__(
        self, error: StopgapError, relations: frozenset[str] | None = None, vintage: str | None = None
    ) -> None:
        super().__init__(error.what)
        self.error = error
        self.relations = relations
        self.vintage = vintage


def run_query(
    lake: Path, sql: str, *, as_of: str | None = None, limits: QueryLimits | None = None
) -> tuple[pa.Table, str]:
    """Run one read-only statement over the lake's relations; return its rows and the vintage read.

    To show the result, or its error, to others, call :func:`stopgap.intake.querying.query_lake`, which marks both.
    Refuses a text that is not a single SELECT, reads or calls something not allowed, or exceeds the limits
    (RefusedError), and invalid SQL, or SQL that fails on values of the rows (InputError).
    """
    try:
        answer = ask(lake, sql, as_of=as_of, limits=limits)
    except QueryFailedError as failed:
        raise failed.error from None
    return answer.table, answer.vintage


def ask(lake: Path, sql: str, *, as_of: str | None = None, limits: QueryLimits | None = None) -> QueryAnswer:
    """Run one read-only statement; raises :class:`QueryFailedError` if it fails."""
    allowed = limits or query_limits()
    worker = _take()
    temp = spill_folder("query")
    try:
        sizes = {name: getattr(allowed, name) for name in ("temp_bytes", "memory_bytes", "result_bytes")}
        viewer = current_viewer()
        request = {"lake": str(lake), "sql": sql, "as_of": as_of, "temp": temp, "viewed": viewer is not None, **sizes}
        answer = worker.ask(request, allowed, None if viewer is None else partial(_stated, viewer, lake))
    except QueryFailedError:
        _give_back(worker)
        raise
    except BaseException:  # Ctrl-C above all: what it does now, nobody waits for
        worker.end()
        raise
    else:
        _give_back(worker)
        return answer
    finally:
        if temp:
            shutil.rmtree(temp, ignore_errors=True)


def _stated(viewer: Viewer, lake: Path, relations: frozenset[str]) -> dict[str, Any]:
    """Return what a viewer may see of the relations that a statement reads, as the worker takes it."""
    packs = any(name.startswith(PREFIX) for name in relations)
    return viewer.stated(lake, findings="findings" in relations, packs=packs).as_dict()


class _Worker:
    """Handle of a worker process that runs statements."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.is_spent = False
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "stopgap.lake.query.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("STOPGAP_DEBUG") else subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
            start_new_session=True,  # Ctrl-C is for this process, which ends the other
        )

    @property
    def is_alive(self) -> bool:
        """Whether the process is running and can take a request."""
        return self._process.poll() is None

    def ask(
        self,
        request: dict[str, Any],
        limits: QueryLimits,
        view_of: Callable[[frozenset[str]], dict[str, Any]] | None = None,
    ) -> QueryAnswer:
        """Send a request and read the result; raises :class:`QueryFailedError` if the statement fails.

        Args:
            request: The request, as the worker reads it.
            limits: Limits of the statement.
            view_of: Returns what may be seen of the relations that the statement reads; ``None`` where all may be.
        """
        assert self._process.stdout is not None
        clock = _Clock(limits.timeout_s, self._process)
        relations: frozenset[str] | None = None
        vintage: str | None = None
        try:
            self._send(request)
            clock.go()
            while True:
                line = self._process.stdout.readline()
                if not line.endswith(b"\n"):
                    raise EOFError
                said = json.loads(line)
                if said["phase"] == "resolved":
                    relations = frozenset(said["relations"])
                    clock.stop()  # the lake may have to be made ready, which no statement answers for
                    if view_of is not None:
                        self._send(view_of(relations))
                elif said["phase"] == "opened":
                    vintage = said["vintage"]
                    clock.go()
                else:
                    break
            clock.stop()
            self.is_spent = said["is_spent"]
            if said["phase"] == "error":
                kind = getattr(errors, said["kind"])
                error = kind(said["what"], where=said["where"], fix=said["fix"], details=said["details"])
                raise QueryFailedError(error, relations, vintage)
            with pa.ipc.open_stream(self._process.stdout) as stream:
                table = stream.read_all()
        except (EOFError, OSError, pa.ArrowException):
            clock.stop()
            raise QueryFailedError(self._ended(clock, limits, vintage), relations, vintage) from None
        finally:
            clock.stop()
        assert relations is not None
        assert vintage is not None
        return QueryAnswer(table, vintage, relations)

    def _send(self, document: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(document).encode() + b"\n")
        self._process.stdin.flush()

    def _ended(self, clock: _Clock, limits: QueryLimits, vintage: str | None) -> StopgapError:
        """Kill the process and return the error that explains why it ended: timeout, memory, or unknown."""
        self._process.kill()
        code = self._process.wait()
        where = "the SQL given" if vintage is None else f"the SQL given, vintage {vintage}"
        if clock.is_over:
            return RefusedError(
                f"the statement was stopped after {limits.timeout_s:g} seconds",
                where=where,
                fix="ask for less (WHERE, GROUP BY; a JOIN with its condition), or raise --timeout",
            )
        if code == OVER_MEMORY:
            return RefusedError(
                f"the statement needs more memory than the {shown_size(limits.memory_bytes)} that it may use",
                where=where,
                fix="ask for less (WHERE before JOIN, GROUP BY; shorter texts and lists), or raise --memory-limit",
            )
        return RefusedError(
            "the process that ran the statement ended before it had answered",
            where=f"{where}: exit code {code}",
            fix="memory may have run out: ask for less; report the statement where it ends so every time",
        )

    def end(self) -> None:
        """Kill the process and close its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not sent yet
                    pipe.close()


class _Clock:
    """Timer that kills a process when its time is up; it can be paused and resumed."""

    def __init__(self, seconds: float, process: subprocess.Popen[bytes]) -> None:
        self._left = seconds
        self._process = process
        self._timer: threading.Timer | None = None
        self._started = 0.0
        self.is_over = False

    def go(self) -> None:
        """Start or resume the timer."""
        self._started = time.monotonic()
        self._timer = threading.Timer(max(self._left, 0.0), self._end)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        """Pause the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._left -= time.monotonic() - self._started

    def _end(self) -> None:
        self.is_over = True
        self._process.kill()


_idle: list[_Worker] = []
_lock = threading.Lock()


def _take() -> _Worker:
    """Return an idle worker, or start a new one."""
    with _lock:
        while _idle:
            worker = _idle.pop()
            if worker.owner != os.getpid():
                continue
            if worker.is_alive:
                return worker
            worker.end()
    return _Worker()


def _give_back(worker: _Worker) -> None:
    with _lock:
        if worker.is_alive and not worker.is_spent and len(_idle) < _KEPT:
            _idle.append(worker)
            return
    worker.end()


@atexit.register
def _end_all() -> None:
    with _lock:
        waiting = [worker for worker in _idle if worker.owner == os.getpid()]
        _idle.clear()
    for worker in waiting:
        worker.end()
