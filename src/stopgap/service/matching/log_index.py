"""Where each event of the log of screenings stands, by whom, when and with which marking: pages read no other lines.

The index is held in memory and follows the log: a line is read and verified once in a process, when the log is first
looked at or after it was written.
"""

from __future__ import annotations

import json
import threading
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from stopgap.base.chained_log import ChainedLog, LogPlace
from stopgap.base.errors import RefusedError
from stopgap.base.event_log import Event
from stopgap.base.marking import Marking, marking_of


@dataclass(frozen=True)
class EventGroup:
    """What events have in common that decides who may read them: the person, and the marking of the answer."""

    who: str
    marking: Marking | None


Admits = Callable[[EventGroup], bool]


@dataclass
class _Held:
    """What is known of the log up to a place; one entry an event, in the order of the log.

    Attributes:
        place: How far the log was read.
        offsets: Bytes before the line of each event.
        lines: Lines before it.
        groups: Number of its group.
        moments: When it was, seconds since 1970.
        numbers: Group -> its number.
    """

    place: LogPlace
    offsets: array[int] = field(default_factory=lambda: array("Q"))
    lines: array[int] = field(default_factory=lambda: array("Q"))
    groups: array[int] = field(default_factory=lambda: array("L"))
    moments: array[float] = field(default_factory=lambda: array("d"))
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    known: list[EventGroup] = field(default_factory=list)

    def add(self, event: Event, before: LogPlace) -> None:
        """Note an event, and the place before its line."""
        marking = event.get("marking")
        key = (event["who"], json.dumps(marking, sort_keys=True))
        if key not in self.numbers:
            self.numbers[key] = len(self.known)
            read = None if marking is None else marking_of(marking, where="log of screenings")
            self.known.append(EventGroup(event["who"], read))
        self.offsets.append(before.offset)
        self.lines.append(before.lines)
        self.groups.append(self.numbers[key])
        self.moments.append(datetime.fromisoformat(event["when"]).timestamp())


class LogIndex:
    """Index of the log of a service; many threads may use it."""

    def __init__(self, log: ChainedLog, home: Path) -> None:
        self._log = log
        self._home = home
        self._held = _Held(log.beginning())
        self._lock = threading.Lock()

    def latest(
        self, admits: Admits, since: datetime, until: datetime, start: int, most: int
    ) -> tuple[list[Event], int]:
        """Return some events, the latest first, and how many there are; only their lines are read.

        Args:
            admits: Which groups of events count.
            since: First moment.
            until: Last moment.
            start: Events that are passed over.
            most: Events that are returned at most.

        Raises:
            RefusedError: The log is not as it was written.
            InputError: A line is not an event of this log.
        """
        with self._lock:
            held = self._followed()
            is_in = [admits(group) for group in held.known]
            first, last = since.timestamp(), until.timestamp()
            chosen = [
                at
                for at, (group, moment) in enumerate(zip(held.groups, held.moments, strict=True))
                if is_in[group] and first <= moment <= last
            ]
            shown = chosen[::-1][start : start + most]
            places = [(held.offsets[at], held.lines[at]) for at in shown]
        return (self._log.events_at(self._home, places) if places else []), len(chosen)

    def _followed(self) -> _Held:
        """Return what is known, after reading what was written since; a log that was replaced is read anew."""
        try:
            size = self._log.path(self._home).stat().st_size
        except FileNotFoundError:
            size = 0
        if size < self._held.place.offset:
            self._held = _Held(self._log.beginning())
        try:
            self._read_on()
        except RefusedError:
            if not self._held.place.lines:
                raise
            self._held = _Held(self._log.beginning())
            self._read_on()
        return self._held

    def _read_on(self) -> None:
        held = self._held
        for event, after in self._log.walk_on(self._home, held.place):
            if event["event"] != "edition":
                held.add(event, held.place)
            held.place = after
