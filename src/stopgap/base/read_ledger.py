"""Record which evidence was read for a result, so that the result can be marked.

The command line opens a ledger for each command, :class:`stopgap.api.Lake` one for each call. Each function
that reads evidence reports to every open ledger, if any. The marking itself is computed once the result is complete
(:mod:`stopgap.evidence.markings.reads`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

ROWS = "rows"
"""Kind of read: rows and receipts of one table at one vintage."""

HISTORY = "history"
"""Kind of read: all files, vintages and rows that one table ever held, including withdrawn ones."""

FINDINGS = "findings"
"""Kind of read: findings stored in the lake."""

RELEASES = "releases"
"""Kind of read: releases of findings and verdicts, with the names of those who decided them."""

SUBJECT = "subject"
"""Kind of read: a goods list or an episode, which can be marked by its name and is not stored in a lake."""


@dataclass(frozen=True, slots=True)
class Read:
    """Record of one piece of evidence that was read.

    Attributes:
        kind: One of the constants of this module, or the folder of a log (``alerts``, ``claims``, ``decisions`` …).
        lake: Folder of the lake; ``None`` for evidence that is not in a lake.
        name: Table, for rows and history; subject (``goods:chips``), for a subject.
        vintage: Vintage, for rows.
    """

    kind: str
    lake: Path | None = None
    name: str = ""
    vintage: str | None = None


@dataclass
class Ledger:
    """Record of the evidence read since the ledger was opened, without duplicates.

    Attributes:
        outer: The enclosing ledger, if any.
        lake: Lake of the command, whose markings of goods lists and episodes apply.
        seen: The reads, as keys in order.
    """

    outer: Ledger | None = None
    lake: Path | None = None
    seen: dict[Read, None] = field(default_factory=dict)

    def add(self, reads: Iterable[Read]) -> None:
        """Add reads to this ledger and to the enclosing ones."""
        found = dict.fromkeys(reads)
        self.seen.update(found)
        if self.outer is not None:
            self.outer.add(found)

    @property
    def reads(self) -> tuple[Read, ...]:
        """All reads, in the order in which they first occurred."""
        return tuple(self.seen)


_OPEN: ContextVar[Ledger | None] = ContextVar("stopgap_ledger", default=None)


@contextlib.contextmanager
def open_ledger(lake: Path | None = None) -> Iterator[Ledger]:
    """Open a ledger that records all reads until the end of the block; ``lake`` is the lake of the command, if any."""
    made = Ledger(_OPEN.get(), lake)
    token = _OPEN.set(made)
    try:
        yield made
    finally:
        _OPEN.reset(token)


@contextlib.contextmanager
def bookkeeping() -> Iterator[None]:
    """Suspend all ledgers in the block, for reads that are not evidence, such as markings or vintage numbers."""
    token = _OPEN.set(None)
    try:
        yield
    finally:
        _OPEN.reset(token)


def record(reads: Iterable[Read]) -> None:
    """Report reads to all open ledgers."""
    ledger = _OPEN.get()
    if ledger is not None:
        ledger.add(reads)


def current_ledger() -> Ledger:
    """Return the innermost open ledger; an empty one if none is open."""
    return _OPEN.get() or Ledger()
