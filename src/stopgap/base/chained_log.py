"""Append-only log with a hash chain: each line carries the hash of the line before.

A line is one JSON object in canonical form (keys sorted, no spaces, UTF-8) with two more members at its end:
``previous``, the hash of the line before (in the first line: :meth:`ChainedLog.genesis`), and ``hash``, the SHA-256 of
the line without that last member. So a log can be verified without this program: cut ``,"hash":"…"`` off a line and
hash the rest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.errors import RefusedError
from stopgap.base.event_log import Event, JsonLog, LogWriter, whole_lines
from stopgap.base.visible_text import json_escaped

_TAIL = re.compile(rb',"previous":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}\Z')
_TAIL_LENGTH = len(b',"previous":"","hash":""}') + 128
_HASH_LENGTH = len(b',"hash":""}') + 64


_TORN_OUT = "it does not follow the line before it"
_CHANGED = "its content is not that of its hash: it was changed, or put in"


@dataclass(frozen=True)
class ChainCheck:
    """Result of verifying a hash chain.

    Attributes:
        events: Number of complete lines before the first invalid one; all of them if the chain is intact.
        head: Hash of the last of those lines; the genesis hash if there is none.
        line: Number of the first invalid line, from 1; ``None`` if the chain is intact.
        fault: Fault found in that line, in words; ``None`` if the chain is intact.
        torn_bytes: Bytes after the last line end, left by a killed process; they are not an event.
        after_head: Number of events after the given head; ``None`` if none was given, or if it was not found.
    """

    events: int
    head: str
    line: int | None = None
    fault: str | None = None
    torn_bytes: int = 0
    after_head: int | None = None

    @property
    def holds(self) -> bool:
        """Whether the chain is intact."""
        return self.fault is None

    def as_dict(self) -> dict[str, Any]:
        """Return the result as a JSON document."""
        names = ("holds", "events", "head", "line", "fault", "after_head")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class LogPlace:
    """A place between two lines of a chain: how many bytes and lines stand before it, and the hash of the last of these."""

    offset: int
    lines: int
    head: str


@dataclass(frozen=True)
class ChainedLog(JsonLog):
    """A :class:`JsonLog` whose lines form a hash chain."""

    def genesis(self) -> str:
        """Return the ``previous`` hash of the first line of a log: SHA-256 of ``stopgap FOLDER 1``."""
        return hashlib.sha256(f"stopgap {self.folder} 1".encode()).hexdigest()

    def read(self, lake: Path) -> list[Event]:
        """Read all events, oldest first; none if there is no log.

        Raises:
            RefusedError: The chain is broken.
            InputError: A line is damaged, or the log cannot be read.
        """
        return list(self.each(lake))

    def each(self, lake: Path) -> Iterator[Event]:
        """Iterate over the events as in :meth:`read`; the whole chain is verified before the first."""
        return self.seen(lake, self.events_of(self.stored(lake), self.path(lake)))

    def events_of(self, content: bytes, path: Path) -> Iterator[Event]:
        """Iterate over the events of a log held in memory, after verifying its whole chain.

        Raises:
            RefusedError: The chain is broken.
            InputError: The chain is intact, but a line is not an event of this log.
        """
        check = self.check(content)
        if not check.holds:
            raise RefusedError(
                f"the {self.title} is not as it was written: {check.fault}",
                where=f"{path}, line {check.line}",
                fix="bring this file back from a copy, and compare the copy's head (decisions verify --head)",
                details={"line": check.line, "events": check.events, "head": check.head},
            )
        return (self.event(path, number, line) for number, line in enumerate(whole_lines(content), start=1))

    def walk(self, lake: Path) -> Iterator[Event]:
        """Iterate over the events of a log that may be longer than memory, each verified when it is reached.

        Raises:
            RefusedError: The chain is broken at the next line.
            InputError: The next line is not an event of this log.
        """
        return (event for event, _ in self.walk_on(lake, self.beginning()))

    def beginning(self) -> LogPlace:
        """Return the place before the first line."""
        return LogPlace(0, 0, self.genesis())

    def walk_on(self, lake: Path, place: LogPlace) -> Iterator[tuple[Event, LogPlace]]:
        """Iterate over the events after a place as :meth:`walk` does, each with the place after it.

        Raises:
            RefusedError: The chain is broken at the next line.
            InputError: The next line is not an event of this log.
        """
        path = self.path(lake)
        try:
            stream = path.open("rb")
        except FileNotFoundError:
            return
        with stream:
            stream.seek(place.offset)
            for line in stream:
                if not line.endswith(b"\n"):  # left by a killed process, or being written
                    return
                link = _link(line[:-1])
                number = place.lines + 1
                if link is None or link.previous != place.head:
                    raise RefusedError(
                        f"the {self.title} is not as it was written: {_CHANGED if link is None else _TORN_OUT}",
                        where=f"{path}, line {number}",
                        fix="bring this file back from a copy",
                        details={"line": number, "events": place.lines, "head": place.head},
                    )
                place = LogPlace(place.offset + len(line), number, link.own)
                yield self.event(path, number, line[:-1]), place

    def events_at(self, lake: Path, places: Iterable[tuple[int, int]]) -> list[Event]:
        """Return the events of single lines, each verified by its own hash alone.

        Args:
            lake: The lake.
            places: Of each line the bytes and the lines before it.

        Raises:
            RefusedError: A line is not there any more, or was changed.
            InputError: A line is not an event of this log, or the log cannot be read.
        """
        path, found = self.path(lake), []
        with path.open("rb") as stream:
            for offset, before in places:
                stream.seek(offset)
                line = stream.readline()
                if not line.endswith(b"\n") or _link(line[:-1]) is None:
                    raise RefusedError(
                        f"the {self.title} is not as it was written: {_CHANGED}",
                        where=f"{path}, line {before + 1}",
                        fix="bring this file back from a copy",
                    )
                found.append(self.event(path, before + 1, line[:-1]))
        return found

    def check(self, content: bytes, *, head: str | None = None) -> ChainCheck:
        """Verify that the lines of a log form a chain.

        Args:
            content: Content of the log file.
            head: Hash of a line that the log is known to contain: without it, lines cut off the end are not detected.
        """
        lines = whole_lines(content)
        torn = len(content) - (content.rfind(b"\n") + 1)
        before = self.genesis()
        hashes: list[str] = []
        for number, line in enumerate(lines, start=1):
            link = _link(line)
            if link is None or link.previous != before:
                fault = _CHANGED if link is None else _misplaced(link, [self.genesis(), *hashes], lines[number:])
                return ChainCheck(number - 1, before, number, fault, torn)
            hashes.append(link.own)
            before = link.own
        if head is None:
            return ChainCheck(len(lines), before, torn_bytes=torn)
        known = [self.genesis(), *hashes]
        if head in known:
            return ChainCheck(len(lines), before, torn_bytes=torn, after_head=len(lines) - known.index(head))
        return ChainCheck(
            len(lines), before, len(lines) + 1,
            "the lines hold together, but the head that was asked for is not among them: lines are missing at the end, "
            "or the log was written anew",
            torn,
        )  # fmt: skip

    def writer(self, lake: Path) -> ChainWriter:
        """Return the writer that appends to the chain."""
        return ChainWriter(self, lake)


class ChainWriter(LogWriter):
    """Writer that appends to a chain; use it only under the lock of the log (:meth:`JsonLog.writing`)."""

    log: ChainedLog

    def lines_of(self, events: Sequence[Event], last: bytes) -> list[bytes]:
        """Serialise events as lines that continue the chain.

        Raises:
            RefusedError: The last line was altered, so nothing is appended to it.
        """
        link = _link(last) if last else _Link("", self.log.genesis())
        if link is None:
            raise RefusedError(
                f"the {self.log.title} is not as it was written: {_CHANGED}",
                where=f"{self.path}, last line",
                fix="bring this file back from a copy of the lake",
            )
        lines, before = [], link.own
        for event in events:
            line, before = chained({"format": self.log.format, **event}, before)
            lines.append(line)
        return lines


@dataclass(frozen=True, slots=True)
class _Link:
    previous: str
    own: str


def chained(event: Event, previous: str) -> tuple[bytes, str]:
    """Serialise an event as a line of a chain; return it, without line end, and its hash.

    Hidden characters are written as JSON escapes.

    Raises:
        ValueError: A number is not finite, or text is not Unicode.
    """
    body = {name: value for name, value in event.items() if name not in ("previous", "hash")}
    text = json_escaped(canonical(body).decode())[:-1].encode() + f',"previous":"{previous}"}}'.encode()
    own = hashlib.sha256(text).hexdigest()
    return text[:-1] + f',"hash":"{own}"}}'.encode(), own


def canonical(document: Event) -> bytes:
    """Serialise as canonical JSON: keys sorted, no spaces, characters not escaped, UTF-8.

    Raises:
        ValueError: A number is not finite, or text is not Unicode.
    """
    return json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def _link(line: bytes) -> _Link | None:
    """Return the two hashes of a line; ``None`` if its own hash does not match its content."""
    found = _TAIL.search(line[-_TAIL_LENGTH:])
    if found is None or hashlib.sha256(line[:-_HASH_LENGTH] + b"}").hexdigest().encode() != found[2]:
        return None
    return _Link(found[1].decode(), found[2].decode())


def _misplaced(link: _Link, before: Sequence[str], after: Sequence[bytes]) -> str:
    """Return why a line that is valid in itself does not follow the line before it.

    Args:
        link: Hashes of the line.
        before: Hashes of the lines before it, the first being the genesis hash.
        after: Lines after it.
    """
    if link.previous in before:
        place = before.index(link.previous)
        says = f"it follows line {place}" if place else "it is the beginning of a log"
        return f"{says}, but line {len(before) - 1} stands before it: lines were put in, doubled or swapped"
    if any(other.own == link.previous for other in map(_link, after) if other is not None):
        return "the line that it follows stands after it: lines were swapped"
    return "the line that it follows is not there: lines before it were taken out"
