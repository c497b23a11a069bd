"""Call functions as soon as SIGINT or SIGTERM arrives, also where the main thread is in the middle of C code.

Python runs a signal handler only between two of its own instructions. Python's C code, however, writes a byte to a
"wakeup" pipe as soon as a signal arrives; a thread reads the pipe and calls what was registered.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator

_lock = threading.Lock()
_pipe: tuple[int, int] | None = None
_ENDING = {signal.SIGINT, signal.SIGTERM}
_called: list[Callable[[], None]] = []


def call_on_signals(call: Callable[[], None]) -> None:
    """Register a function for the life of the process; it is called in another thread."""
    with _lock:
        if call not in _called:
            _called.append(call)
    if threading.current_thread() is threading.main_thread():
        _listen()


@contextlib.contextmanager
def called_on_signals(call: Callable[[], None]) -> Iterator[None]:
    """Within the block, call a function in another thread as soon as SIGINT or SIGTERM arrives.

    A signal without a handler in Python is not seen.
    """
    _listen()
    with _lock:
        _called.append(call)
    try:
        yield
    finally:
        with _lock:
            _called.remove(call)


def _listen() -> None:
    """Read the wakeup pipe in a thread; an event loop's own signal wakeup is left in place."""
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


def _wait(end: int) -> None:
    while signals := os.read(end, 64):
        if not _ENDING.isdisjoint(signals):
            with _lock:
                calls = list(_called)
            for call in calls:
                call()
