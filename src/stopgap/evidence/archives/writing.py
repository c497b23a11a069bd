"""Write the zip archive of a pack deterministically: same names and contents, same bytes.

Members are stored, never compressed (so no version of zlib can change a byte), ``bagit.txt`` first and the others by
name, all with the same time, attributes and flags, without extra fields, comments, folders or zip64. The reader
(:mod:`stopgap.evidence.archives.reading`) applies the same rules to names, sizes and headers.
"""

from __future__ import annotations

import io
import os
import re
import struct
import unicodedata
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from stopgap.base.atomic_files import make_durable, sync_folder
from stopgap.base.errors import RefusedError
from stopgap.evidence.checks import quoted

FIRST = "bagit.txt"
"""The first member, so that the first bytes of a file identify it as a pack."""
CHUNK_BYTES = 1 << 20

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
LOCAL_SIGN, CENTRAL_SIGN, END_SIGN = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
VERSION = 20
_UNIX = 3
MADE_BY = (_UNIX << 8) | VERSION
"""Host system Unix, so that the external attributes are read as a Unix file mode."""
UTF8_FLAG = 0x800
STORED = 0
DOS_TIME, DOS_DATE = 0, (1 << 5) | 1
"""1980-01-01 00:00, the earliest time that a zip file can store."""
REGULAR_FILE = 0o100644 << 16

# What Windows keeps for devices, with any ending.
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9])\Z")
_FORBIDDEN = frozenset('\\:*?"<>|%')


@dataclass(frozen=True)
class Limits:
    """Upper limits of a pack.

    ``name_bytes`` limits one name with its folders, in UTF-8; ``document_bytes`` one file that is parsed as a whole:
    manifests, metadata, statement.
    """

    file_bytes: int = 2 << 30
    members: int = 10_000
    member_bytes: int = 1 << 30
    name_bytes: int = 240
    document_bytes: int = 64 << 20


@dataclass(frozen=True)
class MemberHeader:
    """Header fields of one member; ``crc`` is the CRC-32 of the content, ``offset`` that of its local header."""

    name: bytes
    crc: int
    size: int
    offset: int

    def local(self) -> bytes:
        """Return the local header, which precedes the content, as bytes."""
        return (
            LOCAL.pack(
                LOCAL_SIGN, VERSION, UTF8_FLAG, STORED, DOS_TIME, DOS_DATE, self.crc, self.size, self.size,
                len(self.name), 0,
            )
            + self.name
        )  # fmt: skip

    def central(self) -> bytes:
        """Return the entry in the central directory at the end of the archive, as bytes."""
        return (
            CENTRAL.pack(
                CENTRAL_SIGN, MADE_BY, VERSION, UTF8_FLAG, STORED, DOS_TIME, DOS_DATE, self.crc, self.size, self.size,
                len(self.name), 0, 0, 0, 0, REGULAR_FILE, self.offset,
            )
            + self.name
        )  # fmt: skip

    @property
    def content_at(self) -> int:
        return self.offset + LOCAL.size + len(self.name)

    @property
    def end(self) -> int:
        return self.content_at + self.size


def in_order(names: Iterable[str]) -> list[str]:
    """Sort names in archive order: ``bagit.txt`` first, then by code point."""
    return sorted(names, key=lambda name: (name != FIRST, name))


def name_fault(name: str, limits: Limits = Limits()) -> str | None:
    """Return why a file in a pack may not have this name, in words; ``None`` if the name is valid.

    A valid name is safe to write below a folder on every system, and reads the same on each.
    """
    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        return "is not Unicode"
    if not name:
        return "is empty"
    if size > limits.name_bytes:
        return f"is longer than {limits.name_bytes} bytes"
    if name.startswith("/"):
        return "is absolute"
    if re.match(r"[A-Za-z]:", name):
        return "starts with a drive letter"
    fault = next((fault for fault in map(_part_fault, name.split("/")) if fault), None)
    if fault is None and unicodedata.normalize("NFC", name) != name:
        return "is not in Unicode's normal form C"
    return fault


def _part_fault(part: str) -> str | None:
    if part in ("", ".", ".."):
        return {"": "has an empty part", ".": "has the part '.'", "..": "leads out of its folder ('..')"}[part]
    for sign in part:
        kind = unicodedata.category(sign)
        if kind == "Cf":
            return f"holds the invisible sign U+{ord(sign):04X}"
        if kind[0] == "C" or kind in ("Zl", "Zp") or (kind == "Zs" and sign != " "):
            return f"holds the sign U+{ord(sign):04X}, which names may not have"
        if sign in _FORBIDDEN:
            return f"holds {sign!r}"
    if part.endswith((".", " ")) or part.startswith(" "):
        return "has a part that starts with a space, or ends with a dot or a space"
    stem = unicodedata.normalize("NFKC", part.split(".", 1)[0]).rstrip().casefold()
    return f"is a device of Windows ({part})" if _RESERVED.match(stem) else None


def names_faults(names: Iterable[str], limits: Limits = Limits()) -> Iterator[str]:
    """Yield the faults found in names, one line each: in single names, and between names.

    Between names: no name twice, no two that differ only in case (folders too), none that is both file and folder.
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        fault = name_fault(name, limits)
        if fault is not None:
            yield f"the name {quoted(name)} {fault}"
            continue
        folded = _folded(name)
        if folded in files:
            same = files[folded] == name
            yield f"{quoted(name)} is there twice" if same else _case(files[folded], name)
        files.setdefault(folded, name)
        for end in (place for place, sign in enumerate(name) if sign == "/"):
            folder = name[:end]
            if folders.setdefault(_folded(folder), folder) != folder:
                yield _case(folders[_folded(folder)], folder)
    yield from (f"{quoted(files[both])} is a file and a folder" for both in sorted(files.keys() & folders.keys()))


def _case(one: str, other: str) -> str:
    return f"{quoted(one)} and {quoted(other)} differ only in case"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def write_archive(files: Mapping[str, bytes | Path]) -> bytes:
    """Return the archive of ``files`` (name -> content, or path of a file) as bytes; see :func:`write_archive_to`."""
    _write(files, out := io.BytesIO())
    return out.getvalue()


def write_archive_to(files: Mapping[str, bytes | Path], path: Path) -> None:
    """Write the archive of ``files`` (name -> content, or path of a file, copied in chunks) atomically.

    Concurrent readers, and a killed run, find either the previous file or the complete archive.

    Raises:
        RefusedError: A name is not safe, or the archive would be larger than :class:`Limits` allows.
        OSError: A file cannot be read, or the folder cannot be written; no partial file is left behind.
    """
    building = path.with_name(f".{uuid.uuid4().hex}")
    try:
        with building.open("xb") as out:
            _write(files, out)
        make_durable(building)
        os.replace(building, path)
    finally:
        building.unlink(missing_ok=True)
    sync_folder(path.parent)


def _write(files: Mapping[str, bytes | Path], out: BinaryIO) -> None:
    limits = Limits()
    fault = next(names_faults(files, limits), None)
    if fault is None and len(files) > limits.members:
        fault = f"it would hold {len(files)} files, more than {limits.members}"
    if fault is not None:
        raise _refused(fault)
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
            for name in in_order(files):
                _write_member(name, files[name], archive, limits)
                if out.tell() > limits.file_bytes:
                    raise zipfile.LargeZipFile
        if out.tell() > limits.file_bytes:  # with its directory
            raise zipfile.LargeZipFile
    except zipfile.LargeZipFile as error:
        raise _refused(f"it would be larger than {limits.file_bytes} bytes") from error


class _Entry(zipfile.ZipInfo):
    """A member whose header depends only on its name and content: no date, no machine, every name flagged as UTF-8."""

    __slots__ = ()

    @property
    def flag_bits(self) -> int:
        """The UTF-8 flag, also for ASCII names; the library sets it only for others."""
        return UTF8_FLAG

    @flag_bits.setter
    def flag_bits(self, _: int) -> None: ...


def _write_member(name: str, content: bytes | Path, archive: zipfile.ZipFile, limits: Limits) -> None:
    entry, size = _Entry(name), 0  # at 1980-01-01 00:00, the first moment that a zip can name
    entry.create_system, entry.external_attr = _UNIX, REGULAR_FILE
    with archive.open(entry, "w") as target:
        for piece in pieces(content):
            size += len(piece)
            if size > limits.member_bytes:
                raise _refused(f"{name} is larger than {limits.member_bytes} bytes")
            target.write(piece)


def pieces(content: bytes | Path) -> Iterator[bytes]:
    """Yield a content (bytes, or the file at a path) in chunks."""
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece


def _refused(what: str) -> RefusedError:
    return RefusedError(
        f"the pack cannot be written: {what}", where="pack", fix="rename the file, or put less into one pack"
    )
