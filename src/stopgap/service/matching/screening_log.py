"""Log of screenings: who asked for what, when, against which edition, with which outcome.

The log is a hash chain in the service's own folder (``screenings/log.jsonl``). It is on the disk before an answer is
given; what several requests have to write at once is written together, so that they share one synchronisation.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from stopgap.base.atomic_files import sync_folder
from stopgap.base.chained_log import ChainedLog
from stopgap.base.errors import InputError
from stopgap.base.event_log import Event
from stopgap.screening.index.gathered_work import GatheredWork
from stopgap.service.matching.log_index import LogIndex

LOG = ChainedLog(
    folder="screenings",
    title="log of screenings",
    fields={
        "edition": ("index", "model", "vintage", "editions"),
        "asked": ("id", "when", "who", "address", "index", "vintage", "queries", "outcome", "marking"),
        "file": ("id", "when", "who", "address", "index", "vintage", "file", "counts", "marking"),
        "replayed": ("id", "when", "who", "address", "screening", "same", "marking"),
        "refused": ("id", "when", "who", "address", "what"),
    },
)

HASHED = "hmac-sha256:"
"""Beginning of what stands for a text where names are not kept."""

WRITTEN_TOGETHER = 1_000
"""Events that are written in one piece, at most."""


class ScreeningLog:
    """The log of screenings of one service, written by many threads and, with a lock on the file, many processes.

    Attributes:
        index: Where each event stands, for pages that show a few of them.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._held = FileLock(LOG.path(home).with_suffix(".lock"), thread_local=False)
        self._editions: set[tuple[str, str]] = set()
        self.index = LogIndex(LOG, home)
        self._writing: GatheredWork[Event, list[bytes]] = GatheredWork(
            self._append, lambda lines, start, end: lines[start:end], WRITTEN_TOGETHER
        )

    def add(self, event: Event, edition: Mapping[str, Any] | None = None) -> None:
        """Append an event, and before it the edition that it names, once; they are on the disk when this returns.

        Raises:
            RefusedError: The log cannot be written.
        """
        events = [event]
        key = None
        if edition is not None:
            key = (str(edition["index"]), str(edition["vintage"]))
            if key not in self._editions:
                events.insert(0, {"event": "edition", **edition})
        self._writing.done(events)
        if key is not None:
            self._editions.add(key)

    def events(self) -> Iterator[Event]:
        """Iterate over all events, oldest first, each verified; see :meth:`ChainedLog.walk`."""
        return LOG.walk(self._home)

    @property
    def is_there(self) -> bool:
        """Whether anything was logged."""
        return LOG.path(self._home).exists()

    def hashed(self, text: str) -> str:
        """Return what stands for a text where names are not kept: its HMAC with a key that only this service has."""
        said = " ".join(text.casefold().split())
        return HASHED + hmac.new(self._key, said.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    @property
    def _key(self) -> bytes:
        with self._lock:
            return _key_in(LOG.path(self._home).with_name("names.key"))

    def _append(self, events: Sequence[Event]) -> list[bytes]:
        """Append events under the lock of the file, which other processes of the service take too."""
        path = LOG.path(self._home)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._held:
                return LOG.writer(self._home).append(events)
        except OSError as error:
            raise LOG.unwritable(path, error) from error


@cache
def screening_log(home: Path) -> ScreeningLog:
    """Return the log of the service with a folder; one a process."""
    return ScreeningLog(home)


def new_id(now: dt.datetime) -> str:
    """Return an id of a screening, which sorts by time: ``s-20260101T120000-1f2e3d4c5b6a``."""
    return f"s-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}"


@cache
def _key_in(path: Path) -> bytes:
    """Read a key, or make one that only the service's user may read.

    Raises:
        InputError: It cannot be read or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(secrets.token_hex(32).encode())
                stream.flush()
                os.fsync(stream.fileno())
            sync_folder(path.parent)
        except FileExistsError:
            pass
        return bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise InputError(
            "the key of the log of screenings cannot be used",
            where=f"{path}: {str(error)[:100]}",
            fix="give the service the right to read it, or bring it back from a copy: hashes of names rest on it",
        ) from error
