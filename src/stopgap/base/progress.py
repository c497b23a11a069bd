"""Tell whoever listens what long work is at; nobody listens unless a caller asked to be told."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sized
from contextvars import ContextVar
from typing import TypeVar

Progress = Callable[[str, float | None], None]
"""Told what long work is at, and which share of it is done (``None`` where that is not known)."""

Item = TypeVar("Item")
_listener: ContextVar[Progress | None] = ContextVar("progress", default=None)


@contextlib.contextmanager
def told(progress: Progress | None) -> Iterator[None]:
    """Within the block, :func:`say` calls ``progress``; ``None`` leaves the listener as it is."""
    if progress is None:
        yield
        return
    before = _listener.set(progress)
    try:
        yield
    finally:
        _listener.reset(before)


def say(text: str, share: float | None = None) -> None:
    """Tell the listener, if there is one, what is done now."""
    listener = _listener.get()
    if listener is not None:
        listener(text, share)


def counted(items: Iterable[Item], what: str) -> Iterator[Item]:
    """Yield items and tell before each which one it is: ``what 3 of 9``; without a length, ``what 3``."""
    total = len(items) if isinstance(items, Sized) else None
    for number, item in enumerate(items, start=1):
        of, share = (f" of {total:,}", (number - 1) / total) if total else ("", None)
        say(f"{what} {number:,}{of}", share)
        yield item
