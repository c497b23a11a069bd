"""What a command that is stopped by hand says, and its exit code."""

from __future__ import annotations

import signal

STOPPED = 130  # what shells expect of a program that was interrupted
STOPPED_LINE = "stopped; the lake holds what was reported as done"

_told: list[int] = []


def listen() -> None:
    """Note Ctrl-C from now on: inside a query DuckDB turns Python's KeyboardInterrupt into an error of its own."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def was_told() -> bool:
    """Return whether Ctrl-C came since :func:`listen`."""
    return bool(_told)


def _interrupt(number: int, frame: object) -> None:
    _told.append(number)
    raise KeyboardInterrupt
