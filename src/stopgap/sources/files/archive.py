"""Zip archives: the tables inside, unpacked within limits, no name of theirs ever used as a path."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from stopgap.base.errors import InputError
from stopgap.sources.base import Source
from stopgap.sources.files.byte_validation import EXPANDED_LIMIT, EXPANSION_FREE, EXPANSION_LIMIT, PIECE
from stopgap.sources.files.containers import refuse_unread_bytes
from stopgap.sources.files.file_head import GZIP_MAGIC, read_head
from stopgap.sources.registry import get_source, recognise_head

FILE_LIMIT = 1_000
"""Files that an archive may hold; BACI's has about 30."""

NAME_LIMIT = 110
"""Bytes of a name that are kept; most systems take 255 for a file's whole name."""

PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Others can take any amount of memory to unpack."""

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
IS_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Files to import, one out of an archive called by the names of both; warnings name files that were left out."""

    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()


def open_archives(
    files: Sequence[Path],
    folder: Path,
    *,
    encoding: str | None = None,
    source: str | None = None,
    takes_all: bool = False,
) -> Unpacked:
    """The files, with the tables inside in place of each zip archive, unpacked into a folder that is not there yet."""
    opened = [
        unpack_tables(path, folder / str(number), encoding=encoding, source=source, takes_all=takes_all)
        if is_archive(path)
        else Unpacked((path,))
        for number, path in enumerate(files)
    ]
    return Unpacked(
        tuple(path for each in opened for path in each.files), tuple(line for each in opened for line in each.warnings)
    )


def is_archive(path: Path) -> bool:
    """Whether a file is a zip archive that is no workbook; not where it cannot be read."""
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError:
        return False  # whoever reads it next says so
    return magic in ZIP_MAGIC and (magic == ZIP_MAGIC[1] or read_head(path).container == "zip")


def unpack_tables(
    archive: Path, folder: Path, *, encoding: str | None = None, source: str | None = None, takes_all: bool = False
) -> Unpacked:
    """Puts the tables of an archive into a folder, each in a folder of its own.

    With ``takes_all`` every file is a table; otherwise those of a known format are (of ``source``, where the user named
    one), and one alone. Refuses (InputError) an archive that is damaged or encrypted, holds too much, other archives,
    links, names that lead elsewhere, files of several formats, or no table.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            refuse_unread_bytes(opened, archive, archive.name)
            entries = _checked(opened, archive.name)
            inner = _written(opened, entries, folder, archive)
            litter = ", ".join(
                entry.filename for entry in opened.infolist() if not entry.is_dir() and _is_litter(entry.filename)
            )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise InputError(
            "the zip archive is damaged or cut off",
            where=f"{archive.name}: {str(error)[:200]}",
            fix="download the archive again",
        ) from error
    warnings = (f"{archive.name}: left out, being of a file manager: {litter[:500]}",) if litter else ()
    if takes_all or len(inner) == 1:
        return Unpacked(tuple(inner.values()), warnings)
    known = _known(inner, archive.name, encoding, source)
    return replace(known, warnings=(*known.warnings, *warnings))


def _checked(opened: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """The entries that are files, once nothing is wrong with any."""
    for folder in opened.infolist():
        if folder.is_dir() and (folder.file_size or folder.compress_size > 2):
            raise _refusal("the archive holds a folder with bytes of its own", f"{name}: {folder.filename[:200]!r}")
    entries = [entry for entry in opened.infolist() if not entry.is_dir() and not _is_litter(entry.filename)]
    if len(entries) > FILE_LIMIT:
        raise _refusal(f"the archive holds {len(entries):,} files; {FILE_LIMIT:,} are the most that are read", name)  # fmt: skip
    if not entries:
        raise InputError("the archive holds no files", where=name, fix="download the archive again")
    seen: set[str] = set()
    for entry in entries:
        shown = f"{name}: {entry.filename[:200]!r}"
        if entry.flag_bits & IS_ENCRYPTED:
            raise _refusal("the archive is encrypted", shown, fix="unpack it with its password and import the files")  # fmt: skip
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise _refusal("the archive holds a link instead of a file", shown)
        if _leads_elsewhere(entry.filename):
            raise _refusal("the archive holds a file whose name leads out of it", shown)
        if entry.filename in seen:
            raise _refusal("the archive holds two files of one name", shown)
        if entry.compress_type not in PACKINGS:
            raise _refusal("the archive is packed in a way that is not read", shown)
        seen.add(entry.filename)
    return entries


def _is_litter(filename: str) -> bool:
    """What file managers leave in archives."""
    path = PurePosixPath(filename)
    return path.parts[:1] == ("__MACOSX",) or path.name in (".DS_Store", "Thumbs.db", "desktop.ini")


def _leads_elsewhere(filename: str) -> bool:
    parts = re.split(r"[/\\]", filename)
    return filename.startswith(("/", "\\")) or ".." in parts or ":" in filename or not parts[-1].isprintable()


def _written(opened: zipfile.ZipFile, entries: list[zipfile.ZipInfo], folder: Path, archive: Path) -> dict[str, Path]:
    """Unpacks the entries, counting what really comes out: what an archive says of itself may be wrong."""
    limit = min(EXPANDED_LIMIT, max(EXPANSION_FREE, EXPANSION_LIMIT * archive.stat().st_size))
    found: dict[str, Path] = {}
    unpacked = 0
    for number, entry in enumerate(entries):
        name = PurePosixPath(entry.filename).name
        target = folder / str(number) / _file_name(archive.name, name)
        target.parent.mkdir(parents=True)
        with opened.open(entry) as source, target.open("wb") as sink:
            while piece := source.read(PIECE):
                if sink.tell() == 0 and _is_nested(piece):
                    raise _refusal("the archive holds another archive", f"{archive.name}: {name}")
                unpacked += len(piece)
                if unpacked > limit:
                    raise _refusal(
                        f"the archive grows to more than {EXPANSION_LIMIT} times its size; it holds no table of figures",
                        f"{archive.name}: {name}",
                        fix="check where the file is from; unpack it yourself if it is in order",
                    )
                sink.write(piece)
        found[name if name not in found else entry.filename] = target
    return found


def _file_name(archive: str, name: str) -> str:
    """What the receipt calls a file out of an archive: safe as a name on every system, and not too long."""
    safe = [re.sub(r"[^\w.() -]", "_", text).strip(". ") for text in (Path(archive).stem, name)]
    stem, kept = (text.encode()[-NAME_LIMIT:].decode(errors="ignore") for text in safe)
    return f"{stem} - {kept}"


def _is_nested(start: bytes) -> bool:
    """Whether a file begins as an archive does, and is no workbook."""
    if start[:2] == GZIP_MAGIC:
        return True
    return start[:4] in ZIP_MAGIC and b"xl/" not in start and b"[Content_Types].xml" not in start[:200]


def _known(inner: dict[str, Path], archive: str, encoding: str | None, wanted: str | None) -> Unpacked:
    """The files of a known format, all of one; the others are named."""
    sources = {name: _source(path, encoding, wanted) for name, path in inner.items()}
    known = [name for name, source in sources.items() if source is not None]
    left_out = ", ".join(name for name, source in sources.items() if source is None)
    kinds = sorted({source.name for source in sources.values() if source is not None})
    if not known:
        raise InputError(
            f"none of the {len(inner)} files in the archive is of a known format",
            where=f"{archive}: {left_out[:300]}",
            fix="unpack it, and import the table with a mapping (--map MAPPING.yml)",
        )
    if len(kinds) > 1:
        raise InputError(
            f"the archive holds files of several formats: {', '.join(kinds)}",
            where=f"{archive}: {', '.join(known)[:300]}",
            fix="unpack it and import the files of each format by themselves",
        )
    warnings = (f"{archive}: left out, being of no known format: {left_out[:500]}",) if left_out else ()
    return Unpacked(tuple(inner[name] for name in known), warnings)


def _source(path: Path, encoding: str | None, wanted: str | None) -> Source | None:
    """The source whose file this is; None where it is none's, or not of the one that is wanted."""
    head = read_head(path, encoding)
    if wanted is None:
        return recognise_head(head)
    source = get_source(wanted)
    return source if source.recognises(head) else None


def _refusal(
    what: str, where: str, *, fix: str = "unpack it yourself if it is in order, and import the files inside"
) -> InputError:
    return InputError(what, where=where, fix=fix)
