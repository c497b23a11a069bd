"""Read connections with a memory limit that Ctrl-C interrupts.

DuckDB does not check for signals itself. Python runs a signal handler only between two of its own instructions, and a
query is one instruction. Python's C code, however, writes a byte to a "wakeup" pipe as soon as a signal arrives; a
thread that reads the pipe interrupts the open connections, and then Python raises KeyboardInterrupt as usual.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import weakref
from collections.abc import Callable, Iterator

import duckdb

from stopgap.base.engine_bars import without_bar
from stopgap.base.errors import RefusedError
from stopgap.lake.query.limits import machine_memory, spill_folder

_open: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
_lock = threading.Lock()
_pipe: tuple[int, int] | None = None
_ENDING = {signal.SIGINT, signal.SIGTERM}
_called: list[Callable[[], None]] = []


def reading_connection() -> duckdb.DuckDBPyConnection:
    """Open an in-memory connection limited to half of the machine's memory; it spills to the system's temporary folder.

    DuckDB makes the folder when it needs it, and removes it when the connection is closed.
    """
    con = duckdb.connect(":memory:")
    without_bar(con)  # ours is on stderr
    machine = machine_memory()
    if machine is not None:
        con.execute(f"SET memory_limit = '{machine // 2}B'")
    con.execute("SET temp_directory = ?", [spill_folder("rows")])
    return interruptible(con)


def out_of_memory() -> RefusedError:
    """Return the error for a query that exceeds the memory limit or the space in the temporary folder."""
    return RefusedError(
        "the machine's memory, or the room in its temporary folder, is too small for this",
        where="half of the memory may be used, and beyond it the system's temporary folder",
        fix="ask for fewer goods or a shorter time, make room, or let TMPDIR name a folder on a larger disk",
    )


def interruptible(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Let Ctrl-C interrupt the connection, and return it; an event loop's own signal wakeup is left in place."""
    with _lock:
        _open.add(con)
    if threading.current_thread() is threading.main_thread():
        _listen()
    return con


def _listen() -> None:
    global _pipe
    if _pipe is None:
        _pipe = os.pipe()
        for end in _pipe:
            os.set_blocking(end, end == _pipe[0])
        threading.Thread(target=_wait, args=(_pipe[0],), name="stopgap-interrupts", daemon=True).start()
    with contextlib.suppress(ValueError):  # not the main interpreter
        former = signal.set_wakeup_fd(_pipe[1], warn_on_full_buffer=False)
        if former not in (-1, _pipe[1]):
            signal.set_wakeup_fd(former, warn_on_full_buffer=False)


@contextlib.contextmanager
def called_on_signals(call: Callable[[], None]) -> Iterator[None]:
    """Within the block, call a function in another thread as soon as SIGINT or SIGTERM arrives.

    Also where the main thread is in the middle of C code, and Python's own handler has to wait. A signal without a
    handler in Python is not seen.
    """
    _listen()
    with _lock:
        _called.append(call)
    try:
        yield
    finally:
        with _lock:
            _called.remove(call)


def _wait(end: int) -> None:
    while signals := os.read(end, 64):
        if not _ENDING.isdisjoint(signals):
            with _lock:
                connections = list(_open)
                calls = list(_called)
            for call in calls:
                call()
            for con in connections:
                with contextlib.suppress(duckdb.Error):  # closed meanwhile
                    con.interrupt()


def first_line(error: Exception) -> str:
    """First line of a DuckDB error message."""
    return str(error).strip().splitlines()[0]
