"""Open lists of a lake, kept between the requests of many threads and opened again when something changes."""

from __future__ import annotations

import contextvars
import datetime as dt
import logging
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from stopgap.base.clearance import current_viewer
from stopgap.base.errors import StopgapError
from stopgap.base.progress import Progress
from stopgap.base.read_ledger import Read, bookkeeping, open_ledger, record
from stopgap.lake.history import current_version, table_path
from stopgap.lake.schema import LISTED
from stopgap.lake.snapshot import take_snapshot
from stopgap.screening.index.held_indexes import HELD
from stopgap.screening.matching.run import Screener, open_screener

log = logging.getLogger("stopgap.screening")

KEPT = 4
"""Number of states of the lists that stay open: the current one, and those asked of by day or vintage."""

PATIENCE_S = 0.5
"""Seconds after the arrival of an edition during which an answer waits for it; after them the old edition answers."""

LOGS = ("decisions", "markings", "trust", "received")
"""Folders of the logs on which answers rest, that of decisions first."""

SETTLED_NS = 2_000_000_000
"""Nanoseconds after which the time of a folder's last change tells whether it has changed: file systems round it."""


@dataclass(frozen=True, eq=False)
class OpenLists:
    """Lists that are open.

    Attributes:
        screener: The lists, with the decisions.
        reads: What was read to open them: every answer rests on it.
        vintage: Vintage of the lake as it was then; the lists of that vintage are these.
    """

    screener: Screener
    reads: tuple[Read, ...]
    vintage: str

    @property
    def editions(self) -> list[dict[str, Any]]:
        """Edition of each list: ``list``, ``family``, ``list_date``, ``imported_on``, ``receipt`` and ``vintage``."""
        names = ("list", "family", "list_date", "imported_on", "receipt", "vintage", "entities")
        return [{name: getattr(state, name) for name in names} for state in self.screener.lists.states]

    @property
    def is_usable(self) -> bool:
        """Whether the index is in memory, or can be opened again."""
        ready = self.screener.ready
        return ready.folder is None or ready.is_open or ready.folder.exists()


class _Slot(NamedTuple):
    clearance: object
    as_of: str | None
    on: str | None
    decisions: bool


class _Stamp(NamedTuple):
    """What open lists rest on; ``hidden`` are the files that the viewer may not see, if anyone is the viewer."""

    lists: int | None
    decisions: object
    markings: tuple[object, ...]
    today: dt.date


@dataclass(frozen=True, eq=False)
class _Kept:
    lists: OpenLists
    stamp: _Stamp
    hidden: frozenset[str]


class _Opening:
    """Lists that are being opened by a thread of their own."""

    def __init__(self, stamp: _Stamp) -> None:
        self.stamp = stamp
        self.began = time.monotonic()
        self.done = threading.Event()


class Screeners:
    """Cache of the open lists of a lake, which are opened again when they, the decisions or the day change.

    Attributes:
        answers_meanwhile: Whether the old edition of the lists answers while a new one is opened, and indexes are built
            in a process of their own: for a service that many ask.
    """

    def __init__(self, lake: Path) -> None:
        self.answers_meanwhile = False
        self._lake = lake
        self._lock = threading.RLock()
        self._kept: OrderedDict[_Slot, _Kept] = OrderedDict()
        self._opening: dict[_Slot, _Opening] = {}
        self._logs = [os.path.join(lake, folder, "log.jsonl") for folder in LOGS]
        self._commits = os.path.join(table_path(lake, LISTED), "_delta_log")
        self._known_version: tuple[int | None, tuple[int, int] | None] = (None, None)

    def get(
        self,
        *,
        as_of: str | None = None,
        on: str | None = None,
        decisions: bool = True,
        progress: Progress | None = None,
    ) -> Screener:
        """Return the open lists, opened again if needed; see :func:`stopgap.screening.matching.run.open_screener`."""
        return self.opened(as_of=as_of, on=on, decisions=decisions, progress=progress).screener

    def opened(
        self,
        *,
        as_of: str | None = None,
        on: str | None = None,
        decisions: bool = True,
        progress: Progress | None = None,
    ) -> OpenLists:
        """Return the open lists as :meth:`get`, with what they rest on."""
        slot = _Slot(getattr(current_viewer(), "clearance", None), as_of, on, decisions)
        stamp = self._stamp()
        kept = self._kept.get(slot)
        if kept is None or kept.stamp != stamp or not kept.lists.is_usable:
            kept = self._renewed(slot, stamp, progress)
        HELD.used(kept.lists.screener.ready)
        record(kept.lists.reads)  # an answer rests on the lists, whoever opened them
        return kept.lists

    def _renewed(self, slot: _Slot, stamp: _Stamp, progress: Progress | None) -> _Kept:
        with self._lock:
            kept = self._kept.get(slot)
            if kept is not None and kept.stamp == stamp and kept.lists.is_usable:
                return kept
            if kept is None or not self._may_answer_meanwhile(kept, stamp):
                return self._open(slot, stamp, progress)
            opening = self._opening.get(slot)
            if opening is None or opening.stamp != stamp:
                opening = self._opening[slot] = _Opening(stamp)
                work = contextvars.copy_context().run
                threading.Thread(target=work, args=(self._open_aside, slot, opening), name="stopgap-lists").start()
        opening.done.wait(max(opening.began + PATIENCE_S - time.monotonic(), 0))
        return self._kept.get(slot, kept)

    def _may_answer_meanwhile(self, kept: _Kept, stamp: _Stamp) -> bool:
        """Whether nothing but the editions of the lists has changed, and all files that were seen still may be."""
        if not self.answers_meanwhile or not kept.lists.is_usable:
            return False
        return kept.stamp._replace(lists=stamp.lists) == stamp and kept.hidden == self._hidden()

    def _open_aside(self, slot: _Slot, opening: _Opening) -> None:
        try:
            self._open(slot, opening.stamp, None)
        except StopgapError as error:
            log.warning("a new edition of the lists cannot be opened, the old one answers: %s", error)
        finally:
            with self._lock:
                if self._opening.get(slot) is opening:
                    del self._opening[slot]
            opening.done.set()

    def _open(self, slot: _Slot, stamp: _Stamp, progress: Progress | None) -> _Kept:
        with open_ledger(self._lake) as read:
            screener = open_screener(
                self._lake, as_of=slot.as_of, on=slot.on, decisions=slot.decisions, progress=progress,
                aside=self.answers_meanwhile,
            )  # fmt: skip
            screener = replace(screener, ready=HELD.shared(screener.ready))
            if self.answers_meanwhile:
                screener.ready.index  # noqa: B018 - opened here, so that no request waits for it
        with bookkeeping():
            vintage = take_snapshot(self._lake, as_of=slot.as_of if _is_vintage(slot.as_of) else None).vintage
        kept = _Kept(OpenLists(screener, read.reads, vintage), stamp, self._hidden())
        with self._lock:
            self._kept[slot] = kept
            self._kept.move_to_end(slot)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return kept

    def _stamp(self) -> _Stamp:
        logs = [_state_of(path) for path in self._logs]
        return _Stamp(self._version(), logs[0], tuple(logs[1:]), dt.datetime.now(dt.UTC).date())

    def _version(self) -> int | None:
        """Return the version of the lists; its folder is read again where it has changed, or did a moment ago."""
        state = _state_of(self._commits)
        version, known = self._known_version
        if state is None or state != known:
            version = current_version(self._lake, LISTED)
            is_settled = state is not None and time.time_ns() - state[0] > SETTLED_NS
            self._known_version = (version, state if is_settled else None)
        return version

    def _hidden(self) -> frozenset[str]:
        viewer = current_viewer()
        return frozenset() if viewer is None else viewer.hidden_receipts(self._lake)


def _is_vintage(as_of: str | None) -> bool:
    return as_of is not None and as_of.startswith("v")


def _state_of(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
