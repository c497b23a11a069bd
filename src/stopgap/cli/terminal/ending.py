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
    """Whether the work was told to end.

    A handler of signals runs inside whatever the main thread does, also inside the ``wait`` of a ``threading.Event`` while that
    holds its lock; to set the event from there would wait for itself for ever. A byte in a socket needs no lock.
    """

    def __init__(self) -> None:
        self._told, self._tells = socket.socketpair()
        self._tells.setblocking(False)

    def set(self) -> None:
        """Tell the work to end. May be called by a handler of signals, any number of times."""
        try:
            self._tells.send(b"\0")
        except BlockingIOError:  # told so often that nothing more fits
            return

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the work is told to end; returns whether it is."""
        return bool(select.select([self._told], [], [], max(0.0, seconds))[0])

    def close(self) -> None:
        self._told.close()
        self._tells.close()


@contextmanager
def ended_by_signals() -> Iterator[Ending]:
    """Until the block ends, SIGTERM and SIGINT tell the work to end; a second one of a kind raises KeyboardInterrupt."""
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
    """Seconds of ``30m``, ``6h`` or ``1d``.

    Raises:
        UsageError: Another text.
    """
    found = _EVERY.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is no interval", where="--every", fix="give minutes, hours or days: 30m, 6h, 1d")
    return int(found[1]) * _SECONDS[found[2]]


def watch_for_ever(one_round: Callable[[], None], *, every_s: float, pause: Callable[[float], bool]) -> None:
    """Rounds with a pause between them, until a pause says that it is to end.

    Args:
        one_round: Does a round, and reports what fails in it.
        every_s: Seconds from the end of a round to the next.
        pause: Waits; true when there shall be no further round.
    """
    while True:
        one_round()
        if pause(every_s):
            return
