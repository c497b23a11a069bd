"""Run work in rounds until a signal ends it."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stopgap.base.errors import UsageError
from stopgap.base.signals import called_on_signals

_EVERY = re.compile(r"([1-9][0-9]{0,3})([mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
LEFT_AFTER_S = 1.5
"""Seconds after a signal in which work that is broken off has to end by itself."""


class Ending:
    """A flag, safe to set in a signal handler, that tells the work to end.

    A signal handler interrupts whatever the main thread does, including the ``wait`` of a ``threading.Event`` that
    holds its lock; setting the event from the handler would deadlock. A byte in a socket needs no lock.
    """

    def __init__(self) -> None:
        self._told, self._tells = socket.socketpair()
        self._tells.setblocking(False)
        self._is_breaking_off = False

    @contextmanager
    def breaking_off(self) -> Iterator[None]:
        """Within the block, a signal raises KeyboardInterrupt: for work that may be stopped anywhere.

        Raises:
            KeyboardInterrupt: Here already, where the work was told to end before.
        """
        self._is_breaking_off = True
        try:
            if self.wait(0):
                raise KeyboardInterrupt
            yield
        finally:
            self._is_breaking_off = False

    def heard(self) -> None:
        """Tell the work to end, from a signal handler.

        Raises:
            KeyboardInterrupt: It may be stopped anywhere, or was told before.
        """
        is_again = self.wait(0)
        self.set()
        if self._is_breaking_off or is_again:
            raise KeyboardInterrupt

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
    """Within the block, SIGTERM and SIGINT tell the work to end: at once where it may be stopped anywhere.

    A second signal raises KeyboardInterrupt wherever it is.
    """
    ending = Ending()
    before = {
        number: signal.signal(number, lambda _number, _frame: ending.heard())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        ending.close()


@contextmanager
def left_in_time(says: str, *, exit_code: int, seconds: float = LEFT_AFTER_S) -> Iterator[None]:
    """Within the block, leave the process for good where a signal has not ended the block after a while.

    Looking up a host's name cannot be interrupted, for one. To be used only where the work may be killed at any
    moment: nothing is closed.

    Args:
        says: Line printed on stderr then.
        exit_code: Exit code then.
        seconds: From the signal on.
    """
    done = threading.Event()

    def leave() -> None:
        if not done.wait(seconds):
            os.write(2, f"{says}\n".encode())
            os._exit(exit_code)

    def begin() -> None:
        threading.Thread(target=leave, name="stopgap-leave", daemon=True).start()

    with called_on_signals(begin):
        try:
            yield
        finally:
            done.set()


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
