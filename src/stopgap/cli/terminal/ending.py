"""Run work in rounds until a signal ends it."""

from __future__ import annotations

import re
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from stopgap.base.errors import UsageError

_EVERY = re.compile(r"([1-9][0-9]{0,3})([mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}


class Ending:
    """A flag, safe to set in a signal handler, that tells the work to end.

    A signal handler interrupts whatever the main thread does, including the ``wait`` of a ``threading.Event`` that
    holds its lock; setting the event from the handler would deadlock. A byte in a socket needs no lock.
    """

    def __init__(self) -> None:
        self._told, self._tells = socket.socketpair()
        self._tells.setblocking(False)

    def set(self) -> None:
        """Tell the work to end. May be called by a signal handler, any number of times."""
        try:
            self._tells.send(b"\0")
        except BlockingIOError:  # told so often that nothing more fits
            return

    def wait(self, seconds: float) -> bool:
        """Wait ``seconds``, or until the work is told to end; return whether it was."""
        return bool(select.select([self._told], [], [], max(0.0, seconds))[0])

    def close(self) -> None:
        self._told.close()
        self._tells.close()


@contextmanager
def ended_by_signals() -> Iterator[Ending]:
    """Within the block, SIGTERM and SIGINT tell the work to end; the same signal again raises KeyboardInterrupt."""
    ending = Ending()

    def end(number: int, frame: object) -> None:
        ending.set()
        signal.signal(number, signal.default_int_handler)
        with suppress(RuntimeError):  # something is being printed just now
            print("ending after this round", file=sys.stderr)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        ending.close()


def parse_every(text: str) -> int:
    """Convert an interval such as ``30m``, ``6h`` or ``1d`` to seconds.

    Raises:
        UsageError: The text is not an interval.
    """
    found = _EVERY.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is no interval", where="--every", fix="give minutes, hours or days: 30m, 6h, 1d")
    return int(found[1]) * _SECONDS[found[2]]


def watch_for_ever(one_round: Callable[[], None], *, every_s: float, pause: Callable[[float], bool]) -> None:
    """Run rounds with a pause between them, until ``pause`` returns true.

    Args:
        one_round: Runs one round, and reports its errors itself.
        every_s: Seconds from the end of a round to the next.
        pause: Waits so many seconds; returns true to end after this round.
    """
    while True:
        one_round()
        if pause(every_s):
            return
