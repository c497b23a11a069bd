"""Record what was read for an answer, so that the answer can be marked.

The command line opens a ledger for each command, :class:`stopgap.api.Lake` one for each call. Each function
that reads evidence reports to every open ledger, if any. The marking itself is computed once the answer is complete
(:mod:`stopgap.evidence.markings.reads`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

ROWS = "rows"
"""Rows and receipts of one table at one vintage."""

HISTORY = "history"
"""Files, vintages and rows that one table ever held, those taken back too."""

FINDINGS = "findings"
"""Findings that the lake keeps."""

RELEASES = "releases"
"""Releases of findings and verdicts, with those who decided them."""

SUBJECT = "subject"
"""A goods list or an episode, which can be marked by its name and stands in no lake."""


@dataclass(frozen=True, slots=True)
class Read:
    """One thing that was read.

    Attributes:
        kind: One of the constants of this module, or the folder of a log (``alerts``, ``claims``, ``decisions`` …).
        lake: Folder of the lake; ``None`` of what stands in none.
        name: Table, for rows and history; subject (``goods:chips``) for a subject.
        vintage: Vintage, for rows.
    """

    kind: str
    lake: Path | None = None
    name: str = ""
    vintage: str | None = None


@dataclass
class Ledger:
    """What was read since it was opened, each thing once.

    Attributes:
        outer: The ledger around it.
        lake: The lake that the command was given, whose marks on goods lists and episodes count.
        seen: What was read.
    """

    outer: Ledger | None = None
    lake: Path | None = None
    seen: dict[Read, None] = field(default_factory=dict)

    def add(self, reads: Iterable[Read]) -> None:
        """Add what was read, here and in the ledgers around."""
        found = dict.fromkeys(reads)
        self.seen.update(found)
        if self.outer is not None:
            self.outer.add(found)

    @property
    def reads(self) -> tuple[Read, ...]:
        """What was read, in the order in which it was first read."""
        return tuple(self.seen)


_OPEN: ContextVar[Ledger | None] = ContextVar("stopgap_ledger", default=None)


@contextlib.contextmanager
def open_ledger(lake: Path | None = None) -> Iterator[Ledger]:
    """A ledger of what is read until the end of the block; for the lake that was asked, where one was named."""
    made = Ledger(_OPEN.get(), lake)
    token = _OPEN.set(made)
    try:
        yield made
    finally:
        _OPEN.reset(token)


@contextlib.contextmanager
def bookkeeping() -> Iterator[None]:
    """Suspend every ledger in the block, for reads that are no evidence, such as of markings or vintage numbers."""
    token = _OPEN.set(None)
    try:
        yield
    finally:
        _OPEN.reset(token)


def record(reads: Iterable[Read]) -> None:
    """Report what was read to the ledgers that are open."""
    ledger = _OPEN.get()
    if ledger is not None:
        ledger.add(reads)


def current_ledger() -> Ledger:
    """The innermost ledger that is open; an empty one where none is."""
    return _OPEN.get() or Ledger()
