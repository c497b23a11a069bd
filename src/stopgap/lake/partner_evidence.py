"""Store of evidence packs received from partners, filed by origin and separate from local evidence.

``received/<first 16 digits of the key's fingerprint>/<SHA-256 of the file>.zip`` holds the original bytes, and the
chained log ``received/log.jsonl`` records who filed which pack, when, its original file name, and what was checked. A
pack counts as received once its line is in the log; files left by a process killed before that do not count.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
import unicodedata
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stopgap.base.atomic_files import make_durable, sync_folder
from stopgap.base.chained_log import ChainedLog, ChainWriter
from stopgap.base.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.base.event_log import Event
from stopgap.base.marking import Marking, marking_of
from stopgap.lake.receipts import hash_file

_COPY = (
    "bring received/log.jsonl back from a copy of the lake; or move the folder received away, and receive the packs "
    "that are in it again"
)
_INCOMING = "incoming"
_INCOMING_LIMIT_S = 3600
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ReceivedLog(ChainedLog):
    """Chained log of received packs; its errors advise how to restore it."""

    def events_of(self, content: bytes, path: Path) -> Iterator[Event]:
        """See :meth:`ChainedLog.events_of`."""
        try:
            yield from super().events_of(content, path)
        except (RefusedError, InputError) as error:
            raise type(error)(error.what, where=error.where, fix=_COPY, details=error.details) from error


LOG = ReceivedLog(
    folder="received",
    title="log of received packs",
    fields={
        "received": (
            "sha256", "size_bytes", "pack", "file_name", "origin", "called", "episode", "goods", "as_of", "made_at",
            "marking", "checks", "newer_than", "older_than", "who", "when",
        )
    },
)  # fmt: skip


MADE_AT_IS = (
    "latest moment that the evidence carries, in UTC (00:00:00 where only its day is known); not the time at which the pack was "
    "written, so that the same evidence gives the same bytes"
)
"""What ``made_at`` of a pack is, in words for people."""


@dataclass(frozen=True)
class ReceivedPack:
    """A pack that was received.

    Attributes:
        sha256: SHA-256 of the file, 64 hex digits.
        name: Name of the pack as stated in it.
        file_name: Name of the file when it was received.
        origin: Name of the key that signed it, as stated in the key.
        fingerprint: Fingerprint of that key, ``sha256:`` and 64 hex digits.
        called: Name that the receiver gave to that key; ``None`` if the key was given for this one check.
        goods: Goods list of the headline.
        as_of: Vintage of the maker's lake.
        made_at: Time of the last change that it shows (UTC).
        marking: Marking of the whole content.
        checks: Name of each check and its result in words, in order.
        who: Who received it.
        when: Time of receipt (UTC).
        newer_than: SHA-256 of the newest pack of the same series received before; ``None`` if there was none.
        older_than: The same, if this pack is older than that one and was accepted nevertheless.
        superseded_by: SHA-256 of a newer pack of the series; ``None`` if this is the newest.
    """

    sha256: str
    size_bytes: int
    name: str
    file_name: str
    origin: str
    fingerprint: str
    called: str | None
    episode: str
    goods: str
    as_of: str
    made_at: str
    marking: Marking
    checks: tuple[tuple[str, str], ...]
    who: str
    when: str
    newer_than: str | None = None
    older_than: str | None = None
    superseded_by: str | None = None

    @property
    def age(self) -> tuple[str, int]:
        """Sort key of the packs of a series, oldest first: time of the last change, then number of the vintage."""
        number = re.fullmatch(r"v(\d{1,9})", self.as_of)
        return self.made_at, int(number[1]) if number else -1

    @property
    def untrusted(self) -> str:
        """Reason why its HTML pages are not trusted; empty if they were rendered again and compared."""
        says = dict(self.checks).get("pages", "not trusted: received before pages were compared")
        return says if says.startswith("not trusted") else ""

    def as_dict(self) -> dict[str, Any]:
        """Return the pack as a JSON document."""
        return {
            "pack": self.name,
            **self._texts("sha256", "size_bytes", "file_name"),
            "origin": {"name": self.origin, "fingerprint": self.fingerprint, "called": self.called},
            **self._texts("episode", "goods", "as_of", "made_at"),
            "made_at_is": MADE_AT_IS,
            "marking": self.marking.as_dict(),
            "checks": [{"name": name, "says": says} for name, says in self.checks],
            **self._texts("who", "when", "newer_than", "older_than", "superseded_by"),
        }

    def _texts(self, *names: str) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}


def stored_path(lake: Path, pack: ReceivedPack) -> Path:
    """Return the path at which the bytes of a pack are stored."""
    return lake / LOG.folder / pack.fingerprint.removeprefix("sha256:")[:16] / f"{pack.sha256}.zip"


def read_received(lake: Path) -> tuple[ReceivedPack, ...]:
    """Read all received packs, in the order of receipt; none if there is no log.

    Refuses a log that was altered (RefusedError), and one that is damaged or has an entry that does not describe a pack
    (InputError).
    """
    return packs_of(LOG.read(lake), where=str(LOG.path(lake)))


def packs_of(events: Sequence[Event], *, where: str) -> tuple[ReceivedPack, ...]:
    """Return the packs that events describe; refuses (InputError) an event that does not describe a pack."""
    packs: dict[str, ReceivedPack] = {}
    for number, event in enumerate(events, start=1):
        try:
            pack = _pack(event)
        except (UsageError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                "the log of received packs cannot be understood",
                where=f"{where}, line {number}: {str(error).splitlines()[0][:200]}",
                fix=_COPY,
            ) from error
        packs[pack.sha256] = pack
        if pack.newer_than is not None:  # the newest so far, and all that it stood above, are no longer the newest
            for sha256, before in packs.items():
                if pack.newer_than in (sha256, before.superseded_by):
                    packs[sha256] = replace(before, superseded_by=pack.sha256)
    return tuple(packs.values())


def _pack(event: Event) -> ReceivedPack:
    origin = event["origin"]
    names = ("sha256", "file_name", "episode", "goods", "as_of", "made_at", "who", "when")
    texts = {name: event[name] for name in names}
    texts |= {"name": event["pack"], "origin": origin["name"], "fingerprint": origin["fingerprint"]}
    wrong = [name for name, text in texts.items() if not isinstance(text, str)]
    if wrong or not _SHA256.fullmatch(texts["sha256"]):
        raise ValueError(f"{(wrong or ['sha256'])[0]} is not what it should be")
    if not _SHA256.fullmatch(texts["fingerprint"].removeprefix("sha256:")):
        raise ValueError("fingerprint is not what it should be")
    return ReceivedPack(
        **texts,
        size_bytes=int(event["size_bytes"]),
        called=event["called"],
        marking=marking_of(event["marking"], where=texts["name"]),
        checks=tuple((str(each["name"]), str(each["says"])) for each in event["checks"]),
        newer_than=event["newer_than"],
        older_than=event["older_than"],
        superseded_by=event["older_than"],
    )


class Filing:
    """The store, locked for writing: the packs read (``packs``) stay current until a new pack is on the disk."""

    def __init__(self, lake: Path, log: ChainWriter) -> None:
        self.lake = lake
        self.packs = read_received(lake)
        self._log = log

    def keep(self, copied: Path, pack: ReceivedPack) -> None:
        """File a pack whose bytes were copied into the lake; bytes and log are on the disk when this returns.

        If the lake cannot be written (RefusedError), no pack is logged.
        """
        self.put(copied, pack)
        document = pack.as_dict()
        del document["superseded_by"]
        called = document["origin"].pop("called")
        self._log.append([{"event": "received", "called": called, **document}])

    def put(self, copied: Path, pack: ReceivedPack) -> None:
        """Move the bytes of a pack to their path, overwriting any file there; refuses (RefusedError) if it cannot."""
        place = stored_path(self.lake, pack)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            make_durable(copied)
            os.replace(copied, place)
        except OSError as error:
            raise LOG.unwritable(place, error) from error
        for folder in (place.parent, place.parent.parent, self.lake, self.lake.parent):
            sync_folder(folder)


@contextlib.contextmanager
def filing(lake: Path) -> Iterator[Filing]:
    """Open the store for filing; one writer at a time. Refuses (RefusedError) as :class:`ChainedLog` does."""
    with LOG.writing(lake) as log:
        assert isinstance(log, ChainWriter)
        yield Filing(lake, log)


@contextlib.contextmanager
def scratch(lake: Path) -> Iterator[Path]:
    """Temporary folder in the lake for packs that are checked before they are filed; removed on exit.

    Leftovers of killed runs are removed first. The folder is not the system's temporary folder, since a pack may be
    marked. Empty parent folders that were created for it are removed as well.
    Refuses (RefusedError) a lake that cannot be written.
    """
    incoming = lake / LOG.folder / _INCOMING
    own = incoming / uuid.uuid4().hex
    made = [folder for folder in (incoming, *incoming.parents) if not folder.exists()]
    try:
        for left in _left(lake):
            shutil.rmtree(left, ignore_errors=True)
        _make(own)
    except OSError as error:
        raise LOG.unwritable(own, error) from error
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)
        with contextlib.suppress(OSError):  # not empty: something was filed, or another run is at work
            for folder in made:
                folder.rmdir()


def _make(folder: Path) -> None:
    """Create a folder, retrying up to 100 times as another run may be removing its parents."""
    for attempt in range(100):
        try:
            folder.mkdir(parents=True)
            return
        except FileNotFoundError:
            if attempt == 99:
                raise


def _left(lake: Path) -> list[Path]:
    """Return scratch folders of dead runs; runs hold no lock, so a folder unchanged for an hour counts as dead."""
    found = []
    for path in (lake / LOG.folder / _INCOMING).glob("*"):
        with contextlib.suppress(OSError):  # its run may finish meanwhile
            last = max(each.stat().st_mtime for each in (path, *path.glob("*")))
            if last < time.time() - _INCOMING_LIMIT_S:
                found.append(path)
    return found


def intact(lake: Path, pack: ReceivedPack) -> Path:
    """Return the path of a pack's file, verified; refuses (InputError) one that is missing or was changed."""
    path = stored_path(lake, pack)
    fault = stored_fault(lake, pack)
    if fault is not None:
        raise InputError(
            f"a received pack {fault}: {pack.name}",
            where=str(path),
            fix=f"receive the pack from {pack.called or pack.origin} again, under the name {pack.file_name}; "
            "or bring this file back from a copy of the lake",
        )
    return path


def stored_fault(lake: Path, pack: ReceivedPack) -> str | None:
    """Return the fault found in the file of a pack, in words; ``None`` if it is unchanged."""
    try:
        return None if hash_file(stored_path(lake, pack)) == pack.sha256 else "was changed since"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"


def find_pack(packs: Sequence[ReceivedPack], wanted: str, *, where: str) -> ReceivedPack:
    """Find a pack by its name, its original file name, or at least the first six digits of its SHA-256."""
    text = unicodedata.normalize("NFC", wanted.strip())
    found = [pack for pack in packs if text in (pack.name, f"{pack.name}.zip", pack.file_name)]
    digits = text.removeprefix("sha256:").lower()
    if not found and re.fullmatch(r"[0-9a-f]{6,64}", digits):
        found = [pack for pack in packs if pack.sha256.startswith(digits)]
    if not found:
        raise NotFoundError(
            f"no received pack is called {wanted[:120]!r}", where=where, fix="stopgap pack received lists them"
        )
    if len(found) > 1:
        shown = ", ".join(f"{pack.sha256[:12]} (of {pack.made_at}, {pack.origin})" for pack in found[:5])
        raise UsageError(
            f"{len(found)} received packs go by {wanted[:120]!r}",
            where=where,
            fix=f"give the first digits of the one that you mean: {shown}",
        )
    return found[0]


def findings_in(lake: Path, pack: ReceivedPack) -> list[tuple[str, dict[str, Any]]]:
    """Read the findings and extracts of findings in a received pack, as pairs of kind and JSON document.

    Refuses (InputError) a stored pack that is missing or damaged.
    """
    path = intact(lake, pack)
    found = []
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            kind = {"findings": "finding", "extracts": "extract"}.get("".join(name.split("/")[1:2]))
            if kind is not None and name.startswith("data/") and name.endswith(".json"):
                found.append((kind, json.loads(archive.read(name))))
    return found


def check_received(lake: Path) -> tuple[list[str], str]:
    """Check the store; return the faults found, one line each, and the message if there are none."""
    try:
        packs = read_received(lake)
    except (RefusedError, InputError) as error:
        return [f"{error.what} ({error.where})"], ""
    faults = [
        f"received pack {pack.name} ({pack.sha256[:12]}) {fault}"
        for pack in packs
        if (fault := stored_fault(lake, pack)) is not None
    ]
    known = {stored_path(lake, pack) for pack in packs}
    stray = sum(path not in known for path in (lake / LOG.folder).glob("*/*.zip")) + len(_left(lake))
    left = f"; {stray} left by a stopped receipt, which are no packs" if stray else ""
    size = sum(pack.size_bytes for pack in packs)
    return faults, f"{len(packs)}, {size:,} bytes, their log whole{left}"
