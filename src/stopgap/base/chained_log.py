"""Append-only log with a hash chain: each line carries the hash of the line before.

A line is one JSON object in canonical form (keys sorted, no spaces, UTF-8) with two more members at its end: ``previous``,
the hash of the line before (of the first line: :meth:`ChainedLog.genesis`), and ``hash``, the SHA-256 of the line without
that last member. So a log can be checked without this program: cut ``,"hash":"…"`` off a line and hash the rest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.errors import RefusedError
from stopgap.base.event_log import Event, JsonLog, LogWriter, whole_lines
from stopgap.base.visible_text import json_escaped

_TAIL = re.compile(rb',"previous":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}\Z')
_TAIL_LENGTH = len(b',"previous":"","hash":""}') + 128
_HASH_LENGTH = len(b',"hash":""}') + 64


_CHANGED = "its content is not that of its hash: it was changed, or put in"


@dataclass(frozen=True)
class ChainCheck:
    """Whether a chain holds.

    Attributes:
        events: Whole lines up to the first that does not hold; all of them where the chain holds.
        head: Hash of the last of those; of the beginning where there is none.
        line: Number of the first line that does not hold, from 1; ``None`` where the chain holds.
        fault: What is wrong with it, in words; ``None`` where the chain holds.
        torn_bytes: Bytes after the last line end: what a kill left, which is no event.
        after_head: Events after the head that was asked for; ``None`` where none was, or where it is not there.
    """

    events: int
    head: str
    line: int | None = None
    fault: str | None = None
    torn_bytes: int = 0
    after_head: int | None = None

    @property
    def holds(self) -> bool:
        """Whether no line is wrong."""
        return self.fault is None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        names = ("holds", "events", "head", "line", "fault", "after_head")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class ChainedLog(JsonLog):
    """A :class:`JsonLog` whose lines are chained."""

    def genesis(self) -> str:
        """Previous hash in the first line of a log: SHA-256 of ``stopgap FOLDER 1``."""
        return hashlib.sha256(f"stopgap {self.folder} 1".encode()).hexdigest()

    def read(self, lake: Path) -> list[Event]:
        """Every event, oldest first; none where there is no log.

        Raises:
            RefusedError: The chain is broken.
            InputError: A line is damaged, or the log cannot be read.
        """
        return list(self.each(lake))

    def each(self, lake: Path) -> Iterator[Event]:
        """As :meth:`read`, one event after the other; the chain is checked before the first."""
        return self.events_of(self.content(lake), self.path(lake))

    def events_of(self, content: bytes, path: Path) -> Iterator[Event]:
        """Iterate over the events of a log held in memory, after its whole chain was checked.

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

    def check(self, content: bytes, *, head: str | None = None) -> ChainCheck:
        """Whether the lines of a log form a chain.

        Args:
            content: The log as it stands on the disk.
            head: Hash of a line that the log is known to have had: without it, lines cut off the end are not seen.
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
        """What appends to the chain."""
        return ChainWriter(self, lake)


class ChainWriter(LogWriter):
    """Appends to a chain; only with its lock (:meth:`JsonLog.writing`)."""

    log: ChainedLog

    def lines_of(self, events: Sequence[Event], last: bytes) -> list[bytes]:
        """Events as lines that continue the chain.

        Raises:
            RefusedError: The last line is not as it was written: nothing is put behind it.
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
    """An event as a line of a chain, without its end, and its hash; hidden characters are JSON's escapes in it.

    Raises:
        ValueError: A number is not finite, or text is not Unicode.
    """
    body = {name: value for name, value in event.items() if name not in ("previous", "hash")}
    text = json_escaped(canonical(body).decode())[:-1].encode() + f',"previous":"{previous}"}}'.encode()
    own = hashlib.sha256(text).hexdigest()
    return text[:-1] + f',"hash":"{own}"}}'.encode(), own


def canonical(document: Event) -> bytes:
    """Canonical JSON: keys sorted, no spaces, characters as they are, UTF-8.

    Raises:
        ValueError: A number is not finite, or text is not Unicode.
    """
    return json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def _link(line: bytes) -> _Link | None:
    """Both hashes of a line; ``None`` where its own is not that of its content."""
    found = _TAIL.search(line[-_TAIL_LENGTH:])
    if found is None or hashlib.sha256(line[:-_HASH_LENGTH] + b"}").hexdigest().encode() != found[2]:
        return None
    return _Link(found[1].decode(), found[2].decode())


def _misplaced(link: _Link, before: Sequence[str], after: Sequence[bytes]) -> str:
    """Why a line that is whole in itself does not follow the one before.

    Args:
        link: Its hashes.
        before: Hashes that stand before it; the first is that of the beginning.
        after: The lines after it.
    """
    if link.previous in before:
        place = before.index(link.previous)
        says = f"it follows line {place}" if place else "it is the beginning of a log"
        return f"{says}, but line {len(before) - 1} stands before it: lines were put in, doubled or swapped"
    if any(other.own == link.previous for other in map(_link, after) if other is not None):
        return "the line that it follows stands after it: lines were swapped"
    return "the line that it follows is not there: lines before it were taken out"
