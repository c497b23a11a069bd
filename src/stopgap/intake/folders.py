"""Find the files in a folder that an import takes, and say which are left out and why."""

from __future__ import annotations

import os
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from stopgap.base.errors import InputError, NotFoundError, RefusedError, StopgapError
from stopgap.base.paths import is_folder, is_regular_file, need_writable
from stopgap.base.visible_text import one_line
from stopgap.lake.schema import TABLES
from stopgap.sources.files.archive import is_archive
from stopgap.sources.files.file_head import read_head
from stopgap.sources.registry import get_source, recognise

LITTER = ("Thumbs.db", "desktop.ini", "__MACOSX")
"""Names of files and folders that file managers make."""

ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".dat", ".json", ".xlsx", ".parquet", ".gz", ".zip")
"""Endings of files that are read through a mapping where a folder is given: their content cannot tell."""

PACKED = (*ENDINGS, ".xml", ".rda", ".rds", ".rdata")
"""Endings of files for which a ZIP archive in a folder is unpacked."""

FOLDER_LIMIT = 20_000
"""Maximum number of files in a folder and below: with more it is hardly a folder of figures, such as a whole disk."""

NAMED = 3
"""Number of files that a warning names for each reason."""

IS_PACK = ("bagit.txt", "data/evidence.json")
"""Files by which an evidence pack is known, in a folder or at the top of a ZIP archive."""


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """Files to import, in order, and warnings about those that were left out."""

    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()


def files_in(
    paths: Sequence[Path], *, source: str | None = None, encoding: str | None = None, is_mapped: bool = False
) -> FoundFiles:
    """Return the paths, each folder replaced by the files in it and below that are of a known format, sorted.

    The files of a folder come before those of the folders in it. Hidden files, linked folders and files of file managers are passed over; lakes, evidence packs and files that cannot be
    imported are left out with a warning that says why. With ``source`` the files of this source are taken; with
    ``is_mapped`` those whose names have the ending of a table.

    Raises:
        NotFoundError: A folder holds no file that can be imported, or there is no such source.
        RefusedError: A folder is a lake or an evidence pack, or holds more than ``FOLDER_LIMIT`` files.
    """
    found: list[Path] = []
    warnings: list[str] = []
    for path in paths:
        if not is_folder(path):
            found.append(path)
            continue
        _refuse(path)
        taken = _Taken(path, source, encoding, is_mapped)
        inside = list(islice(_walked(path, taken), FOLDER_LIMIT + 1))
        if len(inside) > FOLDER_LIMIT:
            raise RefusedError(
                f"the folder holds more than {FOLDER_LIMIT:,} files",
                where=str(path),
                fix="name the folder with the figures, or import them in parts",
            )
        for file in inside:
            need_writable(str(file), "FILE")
            taken.take(file)
        warnings += taken.warnings()
        if not taken.files:
            raise NotFoundError(
                "the folder holds no file that can be imported",
                where="; ".join((str(path), *taken.warnings())),
                fix="check the folder, or name the files; tables of another layout need a mapping (--map MAPPING.yml)",
            )
        found += taken.files
    return FoundFiles(tuple(dict.fromkeys(found)), tuple(warnings))


class _Taken:
    """The files of one folder that are taken, and those that are left out, by reason."""

    def __init__(self, folder: Path, source: str | None, encoding: str | None, is_mapped: bool) -> None:
        self._folder = folder
        self._source = get_source(source) if source is not None else None
        self._encoding = encoding
        self._is_mapped = is_mapped
        self._left_out: dict[str, list[str]] = defaultdict(list)
        self.files: list[Path] = []

    def left_out(self, path: Path, reason: str) -> None:
        self._left_out[reason].append(one_line(path.relative_to(self._folder).as_posix()))

    def take(self, path: Path) -> None:
        """Take a file, or note why it is left out."""
        reason = self._reason(path)
        if reason is None:
            self.files.append(path)
        else:
            self.left_out(path, reason)

    def _reason(self, path: Path) -> str | None:
        try:
            if is_archive(path):
                return _packed(path)
            if path.stat().st_size == 0:
                return "empty"
            if self._is_mapped:
                return None if path.name.lower().endswith(ENDINGS) else "not named as a table is"
            if self._source is not None:
                is_its = self._source.recognises(read_head(path, self._encoding))
                return None if is_its else f"not of the source {self._source.name}"
            recognise(path, self._encoding)
        except InputError as error:
            return _short(error)
        except OSError as error:
            return f"it cannot be read: {error.strerror}"
        return None

    def warnings(self) -> list[str]:
        """Return a warning for each reason, with the first files that it holds for and their number."""
        lines = []
        for reason, names in self._left_out.items():
            shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")
            lines.append(f"{one_line(self._folder.name or str(self._folder))}: left out, {reason}: {shown}")
        return lines


def _short(error: StopgapError) -> str:
    """Return why a file is left out, from the error with which it would be refused."""
    if "not known" in error.what:
        return "of no known format"
    return error.what.removeprefix("the file is ").split(":")[0]


def _walked(folder: Path, taken: _Taken) -> Iterator[Path]:
    """Yield the regular files in a folder and below, sorted, without those that nobody means."""

    def unread(error: OSError) -> None:
        taken.left_out(Path(error.filename), f"it cannot be read: {error.strerror}")

    for place, names, files in os.walk(folder, onerror=unread):
        here = Path(place)
        kept = []
        for name in sorted(names):
            below = here / name
            if _is_litter(name) or below.is_symlink():
                continue
            what = _kept_by_us(below)
            if what is None:
                kept.append(name)
            else:
                taken.left_out(below, what)
        names[:] = kept
        yield from (here / name for name in sorted(files) if not _is_litter(name) and is_regular_file(here / name))


def _is_litter(name: str) -> bool:
    return name.startswith((".", "~$")) or name in LITTER


def _refuse(folder: Path) -> None:
    """Refuse (RefusedError) a folder that is a lake or an evidence pack, or part of one."""
    inside = any(is_folder(each / "_delta_log") for each in (folder, *folder.absolute().parents))
    what = "a table of a lake" if inside else _kept_by_us(folder)
    if what is None:
        return
    fix = (
        "stopgap pack receive takes over a pack"
        if what == "an evidence pack"
        else "export its figures (stopgap lake export DIR --lake THIS) and import the files of DIR"
    )
    raise RefusedError(f"the folder is {what}, not files to import", where=str(folder), fix=fix)


def _kept_by_us(folder: Path) -> str | None:
    """Return what a folder is where it is no folder of files to import: a lake or an evidence pack; else None."""
    if is_folder(folder / "_delta_log"):
        return "a table of a lake"
    if any(is_folder(folder / "tables" / name / "_delta_log") for name in TABLES):
        return "a lake"
    return "an evidence pack" if all(is_regular_file(folder / name) for name in IS_PACK) else None


def _packed(archive: Path) -> str | None:
    """Return why a ZIP archive is left out, by the names in it; a damaged one is refused as it is unpacked."""
    try:
        with zipfile.ZipFile(archive) as opened:
            names = opened.namelist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, UnicodeDecodeError):
        return None
    if set(IS_PACK) <= set(names):
        return "an evidence pack"
    return None if any(name.lower().endswith(PACKED) for name in names) else "an archive without tables"
