"""Tell what stands at the folder given as a lake: nothing, a file, another folder, an empty lake, a damaged one."""

from __future__ import annotations

import os
from enum import StrEnum
from itertools import islice
from pathlib import Path

from stopgap.base.errors import InputError, MissingDataError, StopgapError
from stopgap.base.near_names import near_names
from stopgap.base.paths import exists, whole_path

LAKE_PARTS = frozenset(
    {
        "tables", "receipts", "derived", "findings", "rejects", "incoming", "received", "screening", "claims", "alerts",
        "decisions", "markings", "watches", "fetches", "lists", ".lock",
    }
)  # fmt: skip
"""Names of files and folders in a lake; a folder with none of them is no lake."""

_SEEN = 1_000  # entries of a folder that are looked at
_IMPORT = "stopgap import FILE imports official figures; stopgap demo imports the bundled ones"


class LakePlace(StrEnum):
    """What stands at the path of a lake."""

    ABSENT = "absent"
    FILE = "file"
    LOCKED = "locked"  # a folder that may not be read
    NEW = "new"  # an empty folder
    OTHER = "other"  # a folder with other files than a lake's
    LAKE = "lake"
    DAMAGED = "damaged"  # a lake with files of figures, and no log that names them


def lake_place(lake: Path) -> LakePlace:
    """Return what stands at a path; only names of files are looked at."""
    if not exists(lake):
        return LakePlace.ABSENT
    if not lake.is_dir():
        return LakePlace.FILE
    try:
        names = [entry.name for entry in islice(lake.iterdir(), _SEEN)]
        if not names:
            return LakePlace.NEW
        if not LAKE_PARTS.intersection(names):
            return LakePlace.OTHER
        has_log = any((lake / "tables").glob("*/_delta_log/*.json"))
        has_figures = any((lake / "tables").glob("*/*.parquet")) or any((lake / "receipts").glob("*"))
    except OSError:
        return LakePlace.LOCKED
    return LakePlace.DAMAGED if has_figures and not has_log else LakePlace.LAKE


def nothing_loaded(lake: Path) -> StopgapError:
    """Return the error for a lake without figures, by what stands at its path.

    It is a MissingDataError; for a damaged lake, and one that may not be read, an InputError.
    """
    place = lake_place(lake)
    if place is LakePlace.LAKE:
        return MissingDataError("the lake holds no trade yet", where=str(lake), fix=_IMPORT)
    if place is LakePlace.NEW:
        return MissingDataError(
            "the lake holds no trade yet: its folder is empty", where=str(lake), fix=f"{_IMPORT}{_nearby(lake)}"
        )
    return _no_lake(lake, place)


def need_lake(lake: Path) -> None:
    """Refuse a path at which no lake is: nothing, a file, a folder with other files, or one that may not be read.

    An empty folder, and a lake without figures, pass.

    Raises:
        MissingDataError: No lake is there.
        InputError: The folder may not be read.
    """
    place = lake_place(lake)
    if place in (LakePlace.ABSENT, LakePlace.FILE, LakePlace.OTHER, LakePlace.LOCKED):
        raise _no_lake(lake, place)


def _no_lake(lake: Path, place: LakePlace) -> StopgapError:
    where = whole_path(lake)
    if place is LakePlace.ABSENT:
        return MissingDataError(
            f"there is no lake at {lake}: no such folder",
            where=where,
            fix=f"check --lake or STOPGAP_LAKE{_nearby(lake)}; or make one there: {_IMPORT}",
        )
    if place is LakePlace.FILE:
        return MissingDataError(
            f"there is no lake at {lake}: it is a file, and a lake is a folder",
            where=where,
            fix=f"give the folder of a lake (--lake DIR){_nearby(lake)}; a file of figures is imported: stopgap import {lake.name} --lake DIR",
        )
    if place is LakePlace.OTHER:
        return MissingDataError(
            f"there is no lake at {lake}: the folder holds other files",
            where=f"{where}: {_some_names(lake)}",
            fix=f"check --lake or STOPGAP_LAKE{_nearby(lake)}; or choose a new folder: {_IMPORT}",
        )
    if place is LakePlace.LOCKED:
        return InputError(
            f"the lake at {lake} may not be read",
            where=where,
            fix="ask its owner for the right to read it (ls -ld shows whose it is), or give another --lake",
        )
    return InputError(
        f"the lake at {lake} is damaged: the log that names its figures is gone",
        where=f"{where}/tables/*/_delta_log",
        fix="bring tables/ back from a copy, or import the files in receipts/ into a new lake (stopgap import FILE --lake NEW)",
    )


def _nearby(lake: Path) -> str:
    """Return a hint with a lake around, in or beside the path; empty where there is none."""
    for above in list(Path(whole_path(lake)).parents)[:3]:
        if _has_tables(above):
            return f"; the lake is the folder {above}"
    inside = [each for each in _folders(lake) if _has_tables(each)]
    beside = {
        each.name: each
        for each in _folders(Path(whole_path(lake)).parent)
        if each.name != lake.name and _has_tables(each)
    }
    near = [beside[name] for name in near_names(lake.name, beside)] or list(beside.values())
    found = [str(each) for each in [*inside, *near][:3]]
    return f"; near it: {', '.join(found)}" if found else ""


def _has_tables(folder: Path) -> bool:
    try:
        return (folder / "tables").is_dir() and any((folder / "tables").glob("*/_delta_log"))
    except OSError:
        return False


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in islice(entries, _SEEN) if entry.is_dir())
    except OSError:
        return []


def _some_names(folder: Path) -> str:
    names = sorted(entry.name for entry in islice(folder.iterdir(), _SEEN))
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
