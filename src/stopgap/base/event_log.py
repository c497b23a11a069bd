"""Append-only event log in the lake.

One JSON object a line. A line counts once it ends; what a kill left half written is no line,
and the next writer removes it.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.atomic_files import sync_folder
from stopgap.base.errors import InputError, RefusedError
from stopgap.base.read_ledger import Read, record

Event = dict[str, Any]


@dataclass(frozen=True)
class JsonLog:
    """What a log is called, where it stands, and which events it holds.

    Attributes:
        folder: Its folder in the lake.
        title: As messages call it: ``log of alerts``.
        fields: Each kind of event (field ``event``) -> fields that it cannot do without.
        format: Version of the format that is written; later ones are not read.
    """

    folder: str
    title: str
    fields: dict[str, tuple[str, ...]]
    format: int = 1

    def path(self, lake: Path) -> Path:
        """Where the log stands."""
        return lake / self.folder / "log.jsonl"

    def read(self, lake: Path) -> list[Event]:
        """Every event, oldest first; none where there is no log.

        Raises:
            InputError: A line that is whole is damaged, or the log cannot be read.
        """
        path = self.path(lake)
        return [
            self.event(path, number, line)
            for number, line in enumerate(whole_lines(self.content(lake)), start=1)
            if line.strip()
        ]

    def content(self, lake: Path) -> bytes:
        """The log as it stands on the disk; empty where there is none.

        Raises:
            InputError: It cannot be read.
        """
        path = self.path(lake)
        record([Read(self.folder, lake)])
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise InputError(
                f"the {self.title} cannot be read: {error.strerror or error}",
                where=str(path),
                fix="give yourself the right to read it",
            ) from error

    def event(self, path: Path, number: int, line: bytes) -> Event:
        """The event of a line.

        Raises:
            InputError: The line is damaged.
        """
        try:
            event = json.loads(line.decode("utf-8"))
            if event["event"] not in self.fields or event["format"] > self.format:
                raise ValueError("not an event of this version")
            missing = [name for name in self.fields[event["event"]] if name not in event]
            if missing:
                raise KeyError(missing[0])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"the {self.title} is damaged",
                where=f"{path}, line {number}: {str(error)[:200]}",
                fix="bring this file back from a copy of the lake; or remove the line, and with it what it says",
            ) from error
        checked: Event = event
        return checked

    @contextlib.contextmanager
    def writing(self, lake: Path) -> Iterator[LogWriter]:
        """The log with its lock: what is read in it stays true until what is appended is on the disk.

        Raises:
            RefusedError: The lake cannot be written.
        """
        from filelock import FileLock

        path = self.path(lake)
        lock = FileLock(path.with_suffix(".lock"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as error:
            raise self.unwritable(path, error) from error
        try:
            yield self.writer(lake)
        finally:
            lock.release()

    def writer(self, lake: Path) -> LogWriter:
        """What appends to the log."""
        return LogWriter(self, lake)

    def unwritable(self, path: Path, error: OSError) -> RefusedError:
        """The error of a log, or of a file beside it, that cannot be written."""
        return RefusedError(
            f"the {self.title} cannot be kept: {error.strerror or error}",
            where=str(path),
            fix="choose a lake that you may write, or free space on the disk; what was reported as done is kept",
        )


class LogWriter:
    """Appends to a log; only with its lock (:meth:`JsonLog.writing`)."""

    def __init__(self, log: JsonLog, lake: Path) -> None:
        self.log = log
        self.lake = lake
        self.path = log.path(lake)

    def events(self) -> list[Event]:
        """Every event so far."""
        return self.log.read(self.lake)

    def append(self, events: Sequence[Event]) -> list[bytes]:
        """Add events; they are on the disk when this returns.

        Returns:
            Their lines, without line ends.

        Raises:
            RefusedError: The log cannot be written; the events before are as they were.
        """
        if not events:
            return []
        try:
            is_new = not self.path.exists()
            with self.path.open("ab+") as log:
                lines = self.lines_of(events, _last_line(log))
                log.write(b"\n".join(lines) + b"\n")
                log.flush()
                os.fsync(log.fileno())
            if is_new:
                sync_folder(self.path.parent)
        except OSError as error:
            raise self.log.unwritable(self.path, error) from error
        return lines

    def lines_of(self, events: Sequence[Event], last: bytes) -> list[bytes]:
        """Events as lines.

        Args:
            events: What is to be added.
            last: The last line of the log, without its end; empty where there is none.
        """
        del last  # only a chain asks what stands before
        return [
            json.dumps({"format": self.log.format, **event}, ensure_ascii=False, allow_nan=False).encode()
            for event in events
        ]


def whole_lines(content: bytes) -> list[bytes]:
    """Complete lines of a log; bytes after the last line end are dropped."""
    return content[: content.rfind(b"\n") + 1].split(b"\n")[:-1]


def _last_line(log: Any) -> bytes:
    """The last whole line; what a kill left after it is cut."""
    size = log.seek(0, os.SEEK_END)
    keep = _end_of_line_before(log, size)
    if keep != size:
        log.truncate(keep)
    start = _end_of_line_before(log, max(keep - 1, 0))
    log.seek(start)
    line: bytes = log.read(max(keep - 1 - start, 0))
    log.seek(0, os.SEEK_END)
    return line


def _end_of_line_before(log: Any, end: int) -> int:
    """Place after the last line end that stands before a place; 0 where there is none."""
    while end > 0:
        start = max(end - 4096, 0)
        log.seek(start)
        found: int = log.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
