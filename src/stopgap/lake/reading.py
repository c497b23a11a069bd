"""Read connections with a memory limit that Ctrl-C interrupts.

DuckDB does not check for signals itself, and a query is one instruction of Python. Another thread interrupts the open
connections as soon as a signal arrives (:mod:`stopgap.base.signals`), and then Python raises KeyboardInterrupt as usual.
"""

from __future__ import annotations

import contextlib
import threading
import weakref

import duckdb

from stopgap.base.errors import RefusedError
from stopgap.base.signals import call_on_signals
from stopgap.lake.engine_bars import without_bar
from stopgap.lake.query.limits import machine_memory, spill_folder

_open: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
_lock = threading.Lock()


def reading_connection(memory_bytes: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open an in-memory connection with a memory limit; it spills to the system's temporary folder.

    ``memory_bytes`` is the limit, half of the machine's memory where it is ``None``. DuckDB makes the folder when it needs it, and removes it when the connection is closed.
    """
    con = duckdb.connect(":memory:")
    without_bar(con)  # ours is on stderr
    machine = machine_memory()
    limit = memory_bytes if memory_bytes is not None or machine is None else machine // 2
    if limit is not None:
        con.execute(f"SET memory_limit = '{limit}B'")
    con.execute("SET temp_directory = ?", [spill_folder("rows")])
    return interruptible(con)


def memory_limit_of(con: duckdb.DuckDBPyConnection) -> int:
    """Return the memory limit of a connection in bytes, rounded as DuckDB states it."""
    [(text,)] = con.execute("SELECT current_setting('memory_limit')").fetchall()
    number, unit = str(text).split()
    return int(float(number) * 1024 ** ("bytes", "KiB", "MiB", "GiB", "TiB").index(unit))


def out_of_memory() -> RefusedError:
    """Return the error for a query that exceeds the memory limit or the space in the temporary folder."""
    return RefusedError(
        "the machine's memory, or the room in its temporary folder, is too small for this",
        where="half of the memory, or --memory-limit, may be used, and beyond it the system's temporary folder",
        fix="ask for fewer goods or a shorter time, allow more (--memory-limit), make room, or let TMPDIR name a folder "
        "on a larger disk",
    )


def interruptible(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Let Ctrl-C interrupt the connection, and return it; an event loop's own signal wakeup is left in place."""
    with _lock:
        _open.add(con)
    call_on_signals(_interrupt)
    return con


def close_connections() -> None:
    """Close the open connections, and with them the folders that they spilled to."""
    for con in _connections():
        with contextlib.suppress(duckdb.Error):
            con.close()


def _interrupt() -> None:
    for con in _connections():
        with contextlib.suppress(duckdb.Error):  # closed meanwhile
            con.interrupt()


def _connections() -> list[duckdb.DuckDBPyConnection]:
    with _lock:
        return list(_open)


def first_line(error: Exception) -> str:
    """First line of a DuckDB error message."""
    return str(error).strip().splitlines()[0]
