"""Receive packs from an inbox folder."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from stopgap.base.atomic_files import sync_folder, write_whole
from stopgap.base.errors import InputError, RefusedError, StopgapError
from stopgap.base.marking import Markable
from stopgap.base.visible_text import json_escaped
from stopgap.evidence.packs.receive import Arrival, PackRefusal, Received, take_in
from stopgap.lake.partner_evidence import ReceivedPack, read_received

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.evidence.packs.verify import Trust

RECEIVED, ALREADY, REFUSED, FAILED = "received", "already received", "refused", "failed"


class Inbox(Protocol):
    """A source of arriving packs.

    An arrival that was reported as taken or refused does not arrive again; any other does. So a run may be killed at
    any moment.
    """

    def arrivals(self) -> Iterable[Arrival]:
        """Return the complete files that have arrived, in a fixed order."""

    def passed_over(self) -> Mapping[str, str]:
        """Entries that :meth:`arrivals` saw and skipped: name -> reason."""

    def taken(self, arrival: Arrival, received: Received) -> None:
        """Record that the pack is filed in the lake; RefusedError if the inbox cannot be written."""

    def refused(self, arrival: Arrival, error: StopgapError) -> None:
        """Record that the pack was refused for its content; RefusedError if the inbox cannot be written."""


class Gone(Exception):
    """Raised if an arrival no longer exists because another run has taken it."""


@dataclass(frozen=True)
class Outcome:
    """Outcome of one arrival.

    Attributes:
        name: File name under which it arrived.
        state: ``received``, ``already received``, ``refused`` (for its content) or ``failed`` (it arrives again).
        received: The pack that was filed; ``None`` if none was.
        error: Why none was filed.
        left: Why the inbox could not be updated, so that the file arrives again.
    """

    name: str
    state: str
    received: Received | None = None
    error: StopgapError | None = None
    left: StopgapError | None = None

    @property
    def says(self) -> str:
        """The outcome in one line."""
        said = [self.error.what] if self.error is not None else []
        said += self.received.lines() if self.received is not None else []
        said += [f"it stays in the inbox: {self.left.what}"] if self.left is not None else []
        return "; ".join(said)

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON."""

        def document(part: Received | StopgapError | None) -> dict[str, Any] | None:
            return None if part is None else part.as_dict()

        return {
            "name": self.name, "state": self.state, "says": self.says, "received": document(self.received),
            "error": document(self.error), "left": document(self.left),
        }  # fmt: skip


@dataclass(frozen=True)
class ReceivedFolder(Markable):
    """Result of receiving a folder: one outcome per arrival, and name -> reason for each file skipped."""

    folder: Path
    outcomes: tuple[Outcome, ...]
    passed_over: Mapping[str, str]

    @property
    def filed(self) -> tuple[ReceivedPack, ...]:
        return tuple(each.received.pack for each in self.outcomes if each.received is not None)

    @property
    def is_whole(self) -> bool:
        """Whether no arrival was refused or failed."""
        return all(each.error is None for each in self.outcomes)

    def as_dict(self) -> dict[str, Any]:
        return {
            "folder": str(self.folder),
            "outcomes": [outcome.as_dict() for outcome in self.outcomes],
            "passed_over": dict(self.passed_over),
        }

    def table(self) -> pa.Table:
        return outcomes_table(self.outcomes)


def outcomes_table(outcomes: Iterable[Outcome]) -> pa.Table:
    """Return a table with one row per arrival: name, state, pack, origin, marking, and the outcome in words."""
    import pyarrow as pa

    rows = []
    for outcome in outcomes:
        pack = None if outcome.received is None else outcome.received.pack
        rows.append(
            {
                "name": outcome.name,
                "state": outcome.state,
                "pack": pack and pack.name,
                "origin": pack and (pack.called or pack.origin),
                "marking": pack and pack.marking.label,
                "says": outcome.says,
            }
        )
    names = ("name", "state", "pack", "origin", "marking", "says")
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in names]))


def receive_from(
    lake: Path, inbox: Inbox, trust: Trust, *, on: str, when: Callable[[], str], who: str, older: bool = False
) -> list[Outcome]:
    """Receive all arrivals, with one outcome each; a bad pack does not stop the others.

    If the lake cannot be written the run ends, and the remaining files arrive again. ``when`` returns the time of each
    receipt (UTC); the other arguments are those of :func:`stopgap.evidence.packs.receive.receive_pack`.

    Raises:
        RefusedError: The lake's log of received packs was changed after it was written.
        InputError: The log is damaged, or the inbox cannot be read.
    """
    read_received(lake)
    outcomes: list[Outcome] = []
    for arrival in inbox.arrivals():
        try:
            taken = take_in(lake, arrival, trust, on=on, when=when(), who=who, older=older)
        except Gone:
            continue
        except RefusedError as error:
            outcomes.append(Outcome(arrival.name, FAILED, error=error))
            break
        except StopgapError as error:
            outcomes.append(Outcome(arrival.name, FAILED, error=error))
            continue
        except Exception as error:  # a pack that a check stumbles over must not keep the others out
            stumbled = InputError(
                f"the check itself failed: {type(error).__name__}: {str(error)[:200]}",
                where=arrival.where,
                fix="verify it by itself (stopgap pack verify), and report what it says",
            )
            outcomes.append(Outcome(arrival.name, FAILED, error=stumbled))
            continue
        outcomes.append(_told(inbox, arrival, taken))
    return outcomes


def _told(inbox: Inbox, arrival: Arrival, taken: Received | PackRefusal) -> Outcome:
    """Report the result to the inbox and return the outcome."""
    try:
        if isinstance(taken, PackRefusal):
            outcome = Outcome(arrival.name, REFUSED, error=taken.error)
            inbox.refused(arrival, taken.error)
        else:
            outcome = Outcome(arrival.name, ALREADY if taken.already_received else RECEIVED, taken)
            inbox.taken(arrival, taken)
    except RefusedError as error:
        return replace(outcome, left=error)
    return outcome


_Look = tuple[int, int, int, int]


@dataclass
class FolderInbox:
    """A folder that others put packs into: ``*.zip``, complete once two scans find the same size and time.

    A received pack moves to its subfolder ``received/``, a refused one to ``refused/`` with ``NAME.why.json`` beside
    it. Nothing is overwritten, and concurrent runs are safe. The two scans are ``settle_s`` seconds apart.
    """

    folder: Path
    settle_s: float
    wait: Callable[[float], None]
    _there: dict[str, tuple[str, _Look]] = field(default_factory=dict, init=False, repr=False)
    _passed: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def arrivals(self) -> list[Arrival]:
        """See :meth:`Inbox.arrivals`; sorted by name; InputError if the folder cannot be read."""
        first = self._look()
        if first:
            self.wait(self.settle_s)
        second = self._look()
        growing = [name for name in second if second[name] != first.get(name)]
        self._passed |= {_shown(name): "it is new, or still growing" for name in growing}
        self._there = {_shown(name): (name, second[name]) for name in sorted(second) if name not in growing}
        return [
            Arrival(shown, self._opener(name, look), _shown(str(self.folder / name)))
            for shown, (name, look) in self._there.items()
        ]

    def passed_over(self) -> Mapping[str, str]:
        """See :meth:`Inbox.passed_over`; hidden files and folders are not listed."""
        return dict(sorted(self._passed.items()))

    def taken(self, arrival: Arrival, received: Received) -> None:
        """See :meth:`Inbox.taken`."""
        del received
        self._move(arrival, "received", None)

    def refused(self, arrival: Arrival, error: StopgapError) -> None:
        """See :meth:`Inbox.refused`."""
        text = json.dumps(error.as_dict(), ensure_ascii=False, indent=1, sort_keys=True, default=str)
        self._move(arrival, "refused", json_escaped(text) + "\n")

    def _look(self) -> dict[str, _Look]:
        found, self._passed = {}, {}
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.is_dir(follow_symlinks=False):
                        continue
                    seen = _seen(Path(entry.path))
                    if not entry.name.lower().endswith(".zip"):
                        self._passed[_shown(entry.name)] = "its name does not end in .zip"
                    elif entry.is_symlink():
                        self._passed[_shown(entry.name)] = "it is a link"
                    elif not entry.is_file(follow_symlinks=False):
                        self._passed[_shown(entry.name)] = "it is no file"
                    elif seen is not None:
                        found[entry.name] = seen
        except OSError as error:
            raise InputError(
                f"the folder cannot be read: {error.strerror}",
                where=str(self.folder),
                fix="give the folder that packs are put into",
            ) from error
        return found

    def _opener(self, name: str, look: _Look) -> Callable[[], BinaryIO]:
        path = self.folder / name

        def opened() -> BinaryIO:
            # neither a link that took its place is followed, nor a pipe waited for
            flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            try:
                reader = os.fdopen(os.open(path, os.O_RDONLY | flags), "rb")
            except FileNotFoundError as error:
                raise Gone from error
            if _look_of(os.fstat(reader.fileno())) != look:
                reader.close()
                raise InputError(
                    "it was changed since it was looked at", where=_shown(str(path)), fix="the next run takes it up"
                )
            return reader

        return opened

    def _move(self, arrival: Arrival, folder: str, why: str | None) -> None:
        from filelock import FileLock

        name, look = self._there[arrival.name]
        source, target = self.folder / name, self.folder / folder
        try:
            with FileLock(self.folder / ".inbox.lock"):
                # another run has it, or another file took its name: that one arrives by itself
                if _seen(source) != look:
                    return
                target.mkdir(exist_ok=True)
                if target.is_symlink():
                    raise OSError(f"{folder} is a link")
                place = next(each for each in _places(target, name) if _is_free(each, source, why))
                if why is not None and not os.path.lexists(place):
                    write_whole(_why(place), why)
                _rename_new(source, place)
                for each in (target, self.folder):
                    sync_folder(each)
        except OSError as error:
            raise RefusedError(
                f"the pack cannot be moved to {folder}: {error.strerror or error}",
                where=arrival.where,
                fix="give yourself the right to write this folder; it is taken up again, and changes nothing then",
            ) from error


def _why(place: Path) -> Path:
    return place.with_name(f"{place.name}.why.json")


def _places(folder: Path, name: str) -> Iterator[Path]:
    """Yield the paths to try for a file: its own name, then its name with a number."""
    yield folder / name
    for number in count(2):
        yield folder / f"{name[:-4]}-{number}{name[-4:]}"


def _is_free(place: Path, source: Path, why: str | None) -> bool:
    """Whether a move would overwrite nothing; leftovers of a killed run of the same move do not count."""
    if os.path.lexists(place):
        return not place.is_symlink() and place.samefile(source)
    if why is None or not os.path.lexists(_why(place)):
        return True
    with contextlib.suppress(OSError, ValueError):
        return _why(place).read_text("utf-8") == why
    return False


def _rename_new(source: Path, place: Path) -> None:
    """Rename a file without ever overwriting another."""
    if not os.path.lexists(place):
        try:
            os.link(source, place, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            try:
                os.replace(source, place)
            except OSError:
                place.unlink()
                raise
            return
    source.unlink()


def _seen(path: Path) -> _Look | None:
    with contextlib.suppress(OSError):
        return _look_of(path.lstat())
    return None


def _look_of(found: os.stat_result) -> _Look:
    """Device, inode, size and mtime of a regular file; a fixed placeholder for links and everything else."""
    if not stat.S_ISREG(found.st_mode):
        return (-1, -1, -1, -1)
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _shown(text: str) -> str:
    """Return a file name as text, with escapes where it is not valid Unicode."""
    return text.encode("utf-8", "backslashreplace").decode()
