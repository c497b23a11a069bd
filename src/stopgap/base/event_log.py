"""Append-only event log in the lake, one JSON object per line.

A line counts once its line end is written; a partial line left by a killed process is ignored,
and the next writer removes it.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.atomic_files import sync_folder
from stopgap.base.clearance import current_viewer, whole_lake
from stopgap.base.errors import InputError, RefusedError
from stopgap.base.read_ledger import Read, record

Event = dict[str, Any]


@dataclass(frozen=True)
class JsonLog:
    """Definition of an event log: its name, its folder, and the kinds of events it holds.

    Attributes:
        folder: Folder of the log in the lake.
        title: Name in messages, such as ``log of alerts``.
        fields: Kind of event (field ``event``) -> its required fields.
        format: Version of the format that is written; events of later versions are refused.
    """

    folder: str
    title: str
    fields: dict[str, tuple[str, ...]]
    format: int = 1

    def path(self, lake: Path) -> Path:
        """Return the path of the log file in a lake."""
        return lake / self.folder / "log.jsonl"

    def read(self, lake: Path) -> list[Event]:
        """Read all events, oldest first; none if there is no log.

        Raises:
            InputError: A complete line is invalid, or the log cannot be read.
        """
        path = self.path(lake)
        events = (
            self.event(path, number, line)
            for number, line in enumerate(whole_lines(self.stored(lake)), start=1)
            if line.strip()
        )
        return list(self.seen(lake, events))

    def seen(self, lake: Path, events: Iterable[Event]) -> Iterator[Event]:
        """Iterate over the events that the current viewer may see; without one, over all."""
        viewer = current_viewer()
        if viewer is None:
            yield from events
            return
        yield from (event for event in events if viewer.sees_event(lake, self.folder, event))

    def content(self, lake: Path) -> bytes:
        """Read the content of the log file as it is shown to people; empty if there is none.

        Raises:
            InputError: The file cannot be read.
            RefusedError: The current viewer may not see all of the log.
        """
        viewer = current_viewer()
        if viewer is not None and not viewer.sees_log(lake, self.folder):
            raise RefusedError(
                f"the {self.title} is shown whole or not at all, and not at your clearance",
                fix="ask someone who may see all of it",
            )
        return self.stored(lake)

    def stored(self, lake: Path) -> bytes:
        """Read the content of the log file, to read its events; empty if there is none.

        Raises:
            InputError: The file cannot be read.
        """
        path = self.path(lake)
        record([Read(self.folder, lake)])
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            if isinstance(error, NotADirectoryError) and not lake.is_dir():  # a file given as a lake holds no log
                return b""
            raise InputError(
                f"the {self.title} cannot be read: {error.strerror or error}",
                where=str(path),
                fix="give yourself the right to read it",
            ) from error

    def event(self, path: Path, number: int, line: bytes) -> Event:
        """Parse one line as an event.

        Raises:
            InputError: The line is invalid.
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
        """Lock the log and yield its writer: events read under the lock stay current until new ones are on the disk.

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
        """Return the writer that appends to the log."""
        return LogWriter(self, lake)

    def unwritable(self, path: Path, error: OSError) -> RefusedError:
        """Return the error for a log, or a file beside it, that cannot be written."""
        return RefusedError(
            f"the {self.title} cannot be kept: {error.strerror or error}",
            where=str(path),
            fix="choose a lake that you may write, or free space on the disk; what was reported as done is kept",
        )


class LogWriter:
    """Writer that appends to a log; use it only under the lock of the log (:meth:`JsonLog.writing`)."""

    def __init__(self, log: JsonLog, lake: Path) -> None:
        self.log = log
        self.lake = lake
        self.path = log.path(lake)

    def events(self) -> list[Event]:
        """Read all events of the log, whoever may see them: what is written follows from all of them."""
        with whole_lake():
            return self.log.read(self.lake)

    def events_seen(self) -> list[Event]:
        """Read the events of the log that the current viewer may see: what a person acts on."""
        return self.log.read(self.lake)

    def append(self, events: Sequence[Event]) -> list[bytes]:
        """Append events; they are on the disk when this returns.

        Returns:
            The lines written, without line ends.

        Raises:
            RefusedError: The log cannot be written; earlier events are unchanged.
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
        """Serialise events as lines of the log.

        Args:
            events: Events to append.
            last: Last line of the log, without line end; empty if there is none.
        """
        del last  # only a chain asks what stands before
        return [
            json.dumps({"format": self.log.format, **event}, ensure_ascii=False, allow_nan=False).encode()
            for event in events
        ]


def whole_lines(content: bytes) -> list[bytes]:
    """Return the complete lines of a log; bytes after the last line end are dropped."""
    return content[: content.rfind(b"\n") + 1].split(b"\n")[:-1]


def _last_line(log: Any) -> bytes:
    """Return the last complete line; a partial line after it is truncated from the file."""
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
    """Return the offset after the last line end before ``end``; 0 if there is none."""
    while end > 0:
        start = max(end - 4096, 0)
        log.seek(start)
        found: int = log.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
