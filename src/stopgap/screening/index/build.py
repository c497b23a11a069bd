"""Build the name index of the lists in force and cache it in the lake for later screenings."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from stopgap.base.atomic_files import make_durable, sync_folder, write_whole
from stopgap.base.errors import InputError, MissingDataError
from stopgap.base.progress import Progress
from stopgap.lake.engines.collection import no_collection
from stopgap.lake.place import need_lake
from stopgap.screening.entities import ListedEntity
from stopgap.screening.entity_kinds import LEFT_OUT
from stopgap.screening.index.entity_store import EntryLookup, StoredEntries
from stopgap.screening.index.files import FORMAT
from stopgap.screening.index.name_index import NameIndex
from stopgap.screening.lists.listings import list_formats
from stopgap.screening.lists.run import entities_in_force, list_states, lists_fingerprint
from stopgap.screening.names.languages import count_tongues

FOLDER = "screening"
"""Name of the folder of indexes in a lake."""

KEPT = 4
"""Number of indexes kept in a lake: of the current lists as people with several clearances see them, and of other days."""

_ABOUT = "about.json"
_NAMES = "names"
_BUILDING_LIMIT_S = 3600
"""Age in seconds from which an unfinished folder is taken to belong to a process that died."""


@dataclass
class ReadyIndex:
    """A name index that is ready to be searched.

    Attributes:
        folder: Folder in which it is stored for other processes; ``None`` if the lake is not writable.
        fingerprint: SHA-256 (64 hexadecimal digits) of the editions in force, the requested day and lists, the model
            and the code.
        entities: Number of entries in it.
        persons: Number of entries of the lists that it omits because they are persons.
        formats: List -> format that it was read by.
        tongues: List -> names in it by script and language, see
            :func:`stopgap.screening.names.languages.count_tongues`.
    """

    folder: Path | None
    fingerprint: str
    entities: int
    persons: int
    formats: Mapping[str, str] = field(default_factory=dict, repr=False)
    tongues: Mapping[str, Mapping[str, int]] = field(default_factory=dict, repr=False)
    _held: NameIndex | None = field(default=None, repr=False)
    _entries: EntryLookup | None = field(default=None, repr=False)
    _opening: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def index(self) -> NameIndex:
        held = self._held
        if held is not None:
            return held
        with self._opening:
            if self._held is None:
                assert self.folder is not None
                with no_collection():
                    self._held = NameIndex.open(names_folder(self.folder))
            return self._held

    @property
    def entries(self) -> EntryLookup:
        """The entries by number: of the index where it is in memory, else from its files."""
        if self._entries is None:
            if self._held is not None or self.folder is None:
                self._entries = self.index.entries
            else:
                self._entries = StoredEntries(names_folder(self.folder))
        return self._entries

    @property
    def is_open(self) -> bool:
        """Whether the index is in memory."""
        return self._held is not None

    def release(self) -> None:
        """Drop the index from memory if it can be reopened from its folder."""
        if self.folder is not None:
            self._held = self._entries = None


def ready_index(
    lake: Path,
    *,
    lists: Sequence[str] | None = None,
    as_of: str | None = None,
    on: str | None = None,
    withheld: frozenset[str] = frozenset(),
    progress: Progress | None = None,
) -> ReadyIndex:
    """Open the index of the lists in force, or build it and store it in the lake if that is writable.

    ``lists`` are the lists to include, all if ``None``; ``as_of`` is a vintage or a day; ``on`` selects entries in
    force on a day. Files whose receipts are in ``withheld`` are treated as never imported. A lake without lists raises
    MissingDataError.
    """
    say: Progress = progress or (lambda text, share: None)
    fingerprint = _fingerprint(lake, lists, as_of, on, withheld)
    place = lake / FOLDER / f"index-{fingerprint[:24]}"
    found = _opened(place, fingerprint)
    if found is not None:
        return found
    states = list_states(lake, as_of, on=on, withheld=withheld)
    total = sum(state.entities for state in states if lists is None or state.list in lists)
    if not total:
        raise no_lists(lake)
    seen: Counter[str] = Counter()
    tongues: dict[str, Counter[str]] = {}
    listed = entities_in_force(lake, lists=lists, as_of=as_of, on=on, remarks=True, withheld=withheld)
    with no_collection():
        index = NameIndex.build(_counted(listed, seen, tongues, total, say))
    formats = list_formats(lake, as_of=as_of, on=on, withheld=withheld)
    counts = {"entities": seen["taken"], "persons": seen["left out"]}
    about = {"fingerprint": fingerprint, **counts, "formats": formats, "tongues": tongues}
    say("keeping the index", None)
    with contextlib.suppress(OSError):
        _keep(index, about, place)
        found = _opened(place, fingerprint)
        _remove_old(lake / FOLDER)
    ready = found or ReadyIndex(None, fingerprint, counts["entities"], counts["persons"], formats, tongues)
    ready._held = index
    return ready


def is_ready(lake: Path, *, as_of: str | None = None, on: str | None = None) -> bool:
    """Return whether the lake keeps the index of the lists, so that opening it takes no building."""
    return (lake / FOLDER / f"index-{_fingerprint(lake, None, as_of, on, frozenset())[:24]}").is_dir()


def names_folder(folder: Path) -> Path:
    """Return the subfolder of an index folder that :meth:`NameIndex.open` reads."""
    return folder / _NAMES


def no_lists(lake: Path) -> MissingDataError:
    """Return the error for a lake without list entries in force; MissingDataError or InputError where no lake is."""
    need_lake(lake)
    return MissingDataError(
        "the lake holds no list with entries in force",
        where=str(lake),
        fix="stopgap import FILE imports one (a list, or a CSV with --source list); stopgap lists shows what there is",
    )


@cache
def model_version() -> str:
    """Return the version of the scoring model: package version, and 8 digits of the hash of its data files."""
    return f"{version('stopgap')}-{_digest('data')[:8]}"


def _digest(folder: str = "") -> str:
    """Return the SHA-256 of the Python files of ``stopgap.screening``, or of the files of a folder in it."""
    place = Path(str(files("stopgap.screening"))) / folder
    digest = hashlib.sha256()
    for each in sorted(place.iterdir() if folder else place.rglob("*.py")):
        if each.is_file():
            digest.update(each.relative_to(place).as_posix().encode() + each.read_bytes())
    return digest.hexdigest()


def _fingerprint(
    lake: Path, lists: Sequence[str] | None, as_of: str | None, on: str | None, withheld: frozenset[str]
) -> str:
    is_day = as_of is not None and not as_of.startswith("v")
    day = on or (as_of if is_day else None)
    standing = lists_fingerprint(lake, as_of, on=on, withheld=withheld)
    named = sorted(lists) if lists is not None else None
    parts = [standing, day, named, FORMAT, model_version(), _digest(), _digest("data/languages")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _counted(
    entities: Iterable[ListedEntity], seen: Counter[str], tongues: dict[str, Counter[str]], total: int, say: Progress
) -> Iterator[ListedEntity]:
    """Yield the entries to be indexed; count those and the omitted ones, count languages by list, report progress."""
    for number, entity in enumerate(entities, start=1):
        if number % 1000 == 0 or number == total:
            say(f"reading the lists: {number:,} of {total:,} entries", number / total)
        if entity.schema in LEFT_OUT:
            seen["left out"] += 1
            continue
        seen["taken"] += 1
        tongues.setdefault(entity.list, Counter()).update(count_tongues(name.text for name in entity.names))
        yield entity
    say("building the index", None)


def _opened(place: Path, fingerprint: str) -> ReadyIndex | None:
    """Open the index stored in a folder; return ``None`` if there is none, or it is damaged and therefore deleted."""
    try:
        about = json.loads((place / _ABOUT).read_text("utf-8"))
        if about["fingerprint"] != fingerprint or about["files"] != _digests(place / _NAMES):
            raise InputError("the index is not what was kept", where=str(place), fix="it is built again")
        with contextlib.suppress(OSError):  # a lake that is only read has its indexes all the same
            os.utime(place)
        entities, persons = int(about["entities"]), int(about["persons"])
        return ReadyIndex(place, fingerprint, entities, persons, about["formats"], about["tongues"])
    except FileNotFoundError:
        if not place.exists():
            return None
    except PermissionError:
        return None
    except (InputError, OSError, ValueError, KeyError, TypeError):
        pass
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            place.unlink()
    return None


def _digests(folder: Path) -> dict[str, str]:
    """Map each file of a folder to the BLAKE2b hash of its bytes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(stream, "blake2b").hexdigest()
    return found


def _keep(index: NameIndex, about: dict[str, Any], place: Path) -> None:
    """Store an index atomically; an index that another process stored there first is kept."""
    place.parent.mkdir(parents=True, exist_ok=True)
    building = place.parent / f".{uuid.uuid4().hex}"
    try:
        building.mkdir()
        index.save(building / _NAMES)
        for path in (building / _NAMES).rglob("*"):
            if path.is_file():
                make_durable(path)
        write_whole(building / _ABOUT, json.dumps({**about, "files": _digests(building / _NAMES)}))
        sync_folder(building / _NAMES)
        try:
            building.rename(place)
        except OSError as error:
            if not (place / _ABOUT).exists() and not isinstance(error, FileExistsError | IsADirectoryError):
                raise
        sync_folder(place.parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _remove_old(folder: Path) -> None:
    """Delete all but the most recently used indexes, and folders that killed processes left."""
    used = {}
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process may put its index in place, or remove it
            about = path.stat()
            if stat.S_ISDIR(about.st_mode):
                used[path] = about.st_mtime
    kept = sorted((path for path in used if path.name.startswith("index-")), key=used.__getitem__)[-KEPT:]
    for path, moment in used.items():
        is_building = path.name.startswith(".") and moment > time.time() - _BUILDING_LIMIT_S
        if path not in kept and not is_building:
            shutil.rmtree(path, ignore_errors=True)
