"""A process that runs statements over the lake, one after another.

It is started by :mod:`stopgap.lake.query.statement` and serves only that. A request is one line of JSON on its standard
input. The response is lines of JSON, each with its ``phase``: ``resolved`` with the relations read, ``opened`` with the
vintage, and finally ``error``, or ``done`` followed by the rows as an Arrow stream. It exits when its input ends, when
its parent process is gone, and when it exceeds its memory limit: DuckDB counts its buffers, but not every string that
a function creates.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa

from stopgap.base.clearance import StatedView, viewed_by
from stopgap.base.errors import InputError, RefusedError, StopgapError
from stopgap.lake.partner_views import PREFIX
from stopgap.lake.query.limits import OVER_MEMORY, shown_size
from stopgap.lake.query.relations import RELATIONS, relations_read
from stopgap.lake.query.types import portable, settled, whole_columns
from stopgap.lake.snapshot import Snapshot, lock_down, opened

_MIB = 2**20
_SLACK = 128 * _MIB
_KEPT_BYTES = 512 * _MIB
_ROWS_AT_ONCE = 50_000

_FAILURES: dict[str, tuple[str, str]] = {
    "ConversionException": (
        "a value could not be converted to the type asked for",
        "try_cast(value AS type), or try(expression), gives NULL where a value does not convert",
    ),
    "OutOfRangeException": (
        "a number, day or position is out of the range of its type",
        "compute with a wider type (value::DOUBLE, value::HUGEINT), or write try(expression), which gives NULL then",
    ),
    "InvalidInputException": (
        "a function or subquery met values that it does not take",
        "write try(expression), which gives NULL then; a subquery that stands for one value needs LIMIT 1, any_value() or max()",
    ),
}  # fmt: skip
"""DuckDB exception while rows were read -> message and fix, worded so that no row values are disclosed."""

_INNER = {"listed": ("listed_state",)}
"""Relation -> other relations that its view is built on."""

_REGISTERED = frozenset({"receipts", "findings", f"{PREFIX}packs", f"{PREFIX}findings"})
"""Relations that are not views of files, but small tables registered on each connection."""


def main() -> None:
    """Serve requests until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started it
    sys.setrecursionlimit(20_000)  # an expression may be a thousand deep, and its JSON six times that
    sent = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not be taken for an answer
    guard = _Guard(os.getppid())
    for line in sys.stdin.buffer:
        request = json.loads(line)
        guard.watch(request)
        try:
            _answer(request, sent, guard)
        except BrokenPipeError:
            return
        guard.rest()
        if guard.is_spent:
            return


class _Guard(threading.Thread):
    """Thread that ends the process when it exceeds its memory limit, or when its parent process is gone."""

    def __init__(self, parent: int) -> None:
        super().__init__(daemon=True)
        self._parent = parent
        self._most: int | None = None
        self._temp = ""
        self._light = _held_bytes()
        self.is_spent = False
        self.start()

    def watch(self, request: dict[str, Any]) -> None:
        """Set the memory limit for a request: its own allowance on top of what the process holds now."""
        self._temp = request["temp"]
        self._most = _held_bytes() + request["memory_bytes"] + request["result_bytes"] + _SLACK

    def rest(self) -> None:
        """Lift the memory limit while no request is being served."""
        self._most = None

    def judge(self) -> bool:
        """Return whether the process should end after this request, as it holds much more memory than at its start."""
        self.is_spent = _held_bytes() > self._light + _KEPT_BYTES
        return self.is_spent

    def run(self) -> None:
        while True:
            time.sleep(0.02)
            most = self._most
            if most is not None and _held_bytes() > most:
                os._exit(OVER_MEMORY)
            if os.getppid() != self._parent:
                if self._temp:
                    shutil.rmtree(self._temp, ignore_errors=True)
                os._exit(1)


def _held_bytes() -> int:
    """Return the memory that this process holds in bytes; its peak, or 0, where the system does not report it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as counts:
            return int(counts.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        pass
    try:
        import resource
    except ImportError:  # not on every system
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _answer(request: dict[str, Any], sent: IO[bytes], guard: _Guard) -> None:
    """Serve one request: send rows or an error."""

    def say(phase: str, **more: Any) -> None:
        sent.write(json.dumps({"phase": phase, **more}).encode() + b"\n")
        sent.flush()

    try:
        sql = request["sql"]
        relations = relations_read(sql)
        say("resolved", relations=sorted(relations))
        received = any(name.startswith(PREFIX) for name in relations)
        view = StatedView(**json.loads(sys.stdin.buffer.readline())) if request["viewed"] else None
        with (
            viewed_by(view),
            opened(Path(request["lake"]), as_of=request["as_of"], received=received) as (con, snapshot),
        ):
            shut_in(con, snapshot, relations, request)
            say("opened", vintage=snapshot.vintage)
            table = rows_of(con, sql, request["result_bytes"], f"the SQL given, vintage {snapshot.vintage}")
    except BrokenPipeError:
        raise
    except Exception as error:
        told = error if isinstance(error, StopgapError) else _fault(error)
        details = {"what": told.what, "where": told.where, "fix": told.fix, "details": told.details}
        say("error", kind=type(told).__name__, is_spent=guard.judge(), **details)
    else:
        say("done", is_spent=guard.judge())
        with pa.ipc.new_stream(sent, table.schema) as stream:
            stream.write_table(table)
        sent.flush()


def _fault(error: Exception) -> StopgapError:
    """Return the error for an internal fault, without the text of the exception, which may hold values of the lake."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return StopgapError(
        f"a fault in Stopgap: {type(error).__name__}",
        where=f"{Path(place.filename).name}, line {place.lineno}",
        fix="report it with this line",
    )


def shut_in(
    con: duckdb.DuckDBPyConnection, snapshot: Snapshot, relations: frozenset[str], request: dict[str, Any]
) -> None:
    """Restrict a connection to the relations that a statement reads and the files behind them, and set its limits."""
    needed = relations.union(*(_INNER.get(name, ()) for name in relations))
    for name in set(RELATIONS) - needed:
        con.execute(f"DROP VIEW IF EXISTS {name}")
    for name in needed.intersection(_REGISTERED):
        # What was registered is a view of the catalog "temp"; every relation stands in the same one.
        con.execute(f"CREATE TABLE memory.main.{name} AS SELECT * FROM temp.main.{name}")
        con.unregister(name)
    con.execute(f"SET memory_limit = '{request['memory_bytes']}B'")
    con.execute("SET temp_directory = ?", [request["temp"]])
    con.execute(f"SET max_temp_directory_size = '{request['temp_bytes']}B'")
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET python_enable_replacements = false")
    con.execute("SET autoload_known_extensions = false")
    lock_down(con, snapshot)


def rows_of(con: duckdb.DuckDBPyConnection, sql: str, result_bytes: int, where: str) -> pa.Table:
    """Return the result of a statement.

    Refuses one that fails on values of the rows, or has two columns of one name (InputError), or is too large
    (RefusedError).
    """
    try:
        relation = con.sql(sql)
        names = relation.columns
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(
                f"two columns of the result are called {twice[0]!r}",
                where=where,
                fix="give each its own name (expression AS name)",
            )
        whole = whole_columns(relation)
        batches, held = [], 0
        reader = portable(relation).to_arrow_reader(_ROWS_AT_ONCE)
        for batch in reader:
            held += max(batch.nbytes, 8 * batch.num_rows * batch.num_columns)
            if held > result_bytes:
                raise RefusedError(
                    f"the answer is larger than {shown_size(result_bytes)}",
                    where=where,
                    fix="ask for fewer rows or columns (WHERE, GROUP BY, LIMIT), or raise --result-limit; "
                    "stopgap lake export writes whole relations",
                )
            batches.append(batch)
        return settled(pa.Table.from_batches(batches, schema=reader.schema), whole)
    except (duckdb.Error, pa.ArrowException, MemoryError) as error:
        raise failure(error, where) from None


def failure(error: Exception, where: str) -> StopgapError:
    """Return the error for a statement that failed on its rows, without DuckDB's text, which may hold their values."""
    kind = type(error).__name__
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException | pa.ArrowMemoryError):
        return RefusedError(
            "the statement needs more memory, or more room on the disk, than it may use",
            where=where,
            fix="ask for less (WHERE before JOIN, GROUP BY), or raise --memory-limit",
        )
    if isinstance(error, duckdb.IOException | duckdb.SerializationException | duckdb.FatalException):
        return InputError(
            "a data file of the lake cannot be read", where=where, fix="stopgap lake check lists what is wrong"
        )
    what, fix = _FAILURES.get(
        kind, ("the statement failed while its rows were read", "write it in smaller steps to see which part fails")
    )
    return InputError(f"{what} ({kind.removesuffix('Exception')})", where=where, fix=fix)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
