"""Tell whoever listens what long work is at; nobody listens unless a caller asked to be told."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

Progress = Callable[[str, float | None], None]
"""Told what long work is at, and which share of it is done (``None`` where that is not known)."""

Item = TypeVar("Item")


@dataclass
class _Listener:
    """Who is told, and the counted steps that the work is in: text and share of each."""

    progress: Progress
    steps: list[tuple[str, float]]


_listener: ContextVar[_Listener | None] = ContextVar("progress", default=None)


@contextlib.contextmanager
def told(progress: Progress | None) -> Iterator[None]:
    """Within the block, :func:`say` calls ``progress``; ``None`` leaves the listener as it is."""
    if progress is None:
        yield
        return
    before = _listener.set(_Listener(progress, []))
    try:
        yield
    finally:
        _listener.reset(before)


def say(text: str, share: float | None = None) -> None:
    """Tell the listener, if there is one, what is done now; inside a counted step, which one that is."""
    listener = _listener.get()
    if listener is None:
        return
    if listener.steps:
        step, of_step = listener.steps[-1]
        text, share = f"{step}: {text}", of_step
    listener.progress(text, share)


def counted(items: Sequence[Item], what: str) -> Iterator[Item]:
    """Yield items and tell before each which one it is (``what 3 of 9``); counts inside it do not show."""
    listener = _listener.get()
    if listener is None or listener.steps:
        yield from items
        return
    for number, item in enumerate(items, start=1):
        step = (f"{what} {number:,} of {len(items):,}", (number - 1) / len(items))
        listener.progress(*step)
        listener.steps = [step]
        try:
            yield item
        finally:
            listener.steps = []
