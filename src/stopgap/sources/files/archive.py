"""Unpack the tables of ZIP archives within size limits; names in an archive are never used as paths."""

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
"""Maximum number of files in an archive; BACI's has about 30."""

NAME_LIMIT = 110
"""Maximum bytes kept of an archive's or entry's name; most systems allow 255 for a whole file name."""

PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Accepted compression methods; others can take any amount of memory to unpack."""

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
IS_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Files to import, and warnings that name the files of an archive that were left out.

    The name of an unpacked file consists of the archive's name and its own.
    """

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
    """Return the files, each ZIP archive replaced by its tables, unpacked into ``folder``, which must not exist yet."""
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
    """Return whether a file is a ZIP archive other than a workbook; False if the file cannot be read."""
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError:
        return False  # whoever reads it next says so
    return magic in ZIP_MAGIC and (magic == ZIP_MAGIC[1] or read_head(path).container == "zip")


def unpack_tables(
    archive: Path, folder: Path, *, encoding: str | None = None, source: str | None = None, takes_all: bool = False
) -> Unpacked:
    """Unpack the tables of an archive into a folder, each into a subfolder of its own.

    With ``takes_all`` every file counts as a table; otherwise the files of a known format do (that of ``source``, if
    given), and the only file of an archive.

    Raises:
        InputError: The archive is damaged, encrypted or too large, holds other archives, links, names that lead out
            of it, files of several formats, or no table.
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
    """Return the entries that are files; raise InputError if any entry is not acceptable."""
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
    """Return whether a file is one that file managers add to archives, such as ``.DS_Store``."""
    path = PurePosixPath(filename)
    return path.parts[:1] == ("__MACOSX",) or path.name in (".DS_Store", "Thumbs.db", "desktop.ini")


def _leads_elsewhere(filename: str) -> bool:
    parts = re.split(r"[/\\]", filename)
    return filename.startswith(("/", "\\")) or ".." in parts or ":" in filename or not parts[-1].isprintable()


def _written(opened: zipfile.ZipFile, entries: list[zipfile.ZipInfo], folder: Path, archive: Path) -> dict[str, Path]:
    """Unpack the entries, counting the bytes actually unpacked: the sizes that an archive states may be wrong."""
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
    """Return the name of an unpacked file in the receipt: valid on every system, and not too long."""
    safe = [re.sub(r"[^\w.() -]", "_", text).strip(". ") for text in (Path(archive).stem, name)]
    stem, kept = (text.encode()[-NAME_LIMIT:].decode(errors="ignore") for text in safe)
    return f"{stem} - {kept}"


def _is_nested(start: bytes) -> bool:
    """Return whether a file's first bytes are those of a gzip or ZIP archive other than a workbook."""
    if start[:2] == GZIP_MAGIC:
        return True
    return start[:4] in ZIP_MAGIC and b"xl/" not in start and b"[Content_Types].xml" not in start[:200]


def _known(inner: dict[str, Path], archive: str, encoding: str | None, wanted: str | None) -> Unpacked:
    """Return the files of known format, which must all be of one; a warning names the others."""
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
    """Return the source that recognises the file; None if no source does, or the wanted one does not."""
    head = read_head(path, encoding)
    if wanted is None:
        return recognise_head(head)
    source = get_source(wanted)
    return source if source.recognises(head) else None


def _refusal(
    what: str, where: str, *, fix: str = "unpack it yourself if it is in order, and import the files inside"
) -> InputError:
    return InputError(what, where=where, fix=fix)
