"""The log of alerts: kept in the lake, appended to and never rewritten.

One JSON object a line. A line counts once it ends; what a kill left half written is no line,
and the next writer removes it.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stopgap.durable import sync_folder
from stopgap.errors import InputError, RefusedError

FOLDER = "alerts"
FORMAT = 1
_EVENTS = frozenset({"raised", "updated", "decided", "ran"})

Event = dict[str, Any]


def log_path(lake: Path) -> Path:
    """Where the log stands."""
    return lake / FOLDER / "log.jsonl"


def read_events(lake: Path) -> list[Event]:
    """Every event, oldest first; none where there is no log.

    Raises:
        InputError: A line that is whole is damaged.
    """
    path = log_path(lake)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(
            f"the log of alerts cannot be read: {error.strerror or error}",
            where=str(path),
            mend="give yourself the right to read it",
        ) from error
    whole = content[: content.rfind(b"\n") + 1]
    return [
        _event(path, number, line)
        for number, line in enumerate(whole.split(b"\n")[:-1], start=1)
        if line.strip()
    ]


def _event(path: Path, number: int, line: bytes) -> Event:
    try:
        event = json.loads(line)
        if event["event"] not in _EVENTS or event["format"] > FORMAT:
            raise ValueError("not an event of this version")
        if event["event"] != "ran":
            str(event["id"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "the log of alerts is damaged",
            where=f"{path}, line {number}: {str(error)[:200]}",
            mend="bring this file back from a copy of the lake; or remove the line, and with it what it says",
        ) from error
    checked: Event = event
    return checked


@contextlib.contextmanager
def writing_log(lake: Path) -> Iterator[LogWriter]:
    """The log with its lock: what is read in it stays true until what is appended is on the disk.

    Raises:
        RefusedError: The lake cannot be written.
    """
    from filelock import FileLock

    path = log_path(lake)
    lock = FileLock(path.with_suffix(".lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield LogWriter(lake)
    finally:
        lock.release()


class LogWriter:
    """Appends to the log; only with its lock (:func:`writing_log`)."""

    def __init__(self, lake: Path) -> None:
        self.lake = lake
        self.path = log_path(lake)

    def events(self) -> list[Event]:
        """Every event so far."""
        return read_events(self.lake)

    def append(self, events: Sequence[Event]) -> None:
        """Add events; they are on the disk when this returns.

        Raises:
            RefusedError: The log cannot be written; the events before are as they were.
        """
        if not events:
            return
        lines = [
            json.dumps({"format": FORMAT, **event}, ensure_ascii=False, allow_nan=False) for event in events
        ]
        try:
            is_new = not self.path.exists()
            with self.path.open("ab+") as log:
                _drop_torn_line(log)
                log.write(("\n".join(lines) + "\n").encode())
                log.flush()
                os.fsync(log.fileno())
            if is_new:
                sync_folder(self.path.parent)
        except OSError as error:
            raise _unwritable(self.path, error) from error


def _drop_torn_line(log: Any) -> None:
    """Cut what a kill left after the last whole line."""
    size = log.seek(0, os.SEEK_END)
    keep = size
    while keep > 0:
        start = max(keep - 4096, 0)
        log.seek(start)
        found = log.read(keep - start).rfind(b"\n")
        if found >= 0:
            keep = start + found + 1
            break
        keep = start
    if keep != size:
        log.truncate(keep)
    log.seek(0, os.SEEK_END)


def _unwritable(path: Path, error: OSError) -> RefusedError:
    return RefusedError(
        f"the log of alerts cannot be kept: {error.strerror or error}",
        where=str(path),
        mend="choose a lake that you may write, or free space on the disk; what was reported as done is kept",
    )
