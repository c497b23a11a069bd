"""Check that every byte of a zip archive belongs to a listed file.

A reader of archives follows the directory at the end and passes over all else: bytes before the archive or behind it,
files that the directory does not name, another archive appended to the first. Here each of them is refused.
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

from stopgap.base.errors import InputError

_LOCAL = struct.Struct("<4s5H3L2H")
_END = struct.Struct("<4s4H2LH")
_LOCAL_MAGIC, _END_MAGIC = b"PK\x03\x04", b"PK\x05\x06"
_END64_MAGIC, _LOCATOR_MAGIC, _MARK = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
_HAS_DESCRIPTOR = 0x8
_DESCRIPTOR = 24
"""Longest record of sizes behind a file that was packed as it came."""


def refuse_unread_bytes(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    """Refuses an archive that holds bytes which no file in it accounts for.

    Comments, and the extra fields of single entries, hold no file and are not looked at.

    Raises:
        InputError: It does: the first place is named.
        zipfile.BadZipFile: A file begins where none can.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        at = 0
        for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
            if entry.header_offset < at:
                raise zipfile.BadZipFile(f"{entry.filename!r} begins within another file")
            if entry.header_offset > at:
                raise _unread(name, at, entry.header_offset)
            at = _behind(stream, entry, archive.start_dir)
        if at != archive.start_dir:
            raise _unread(name, at, archive.start_dir)
        end = _end_of_directory(stream, archive)
        if end != size:
            raise _unread(name, end, size)


def _behind(stream: BinaryIO, entry: zipfile.ZipInfo, limit: int) -> int:
    """The place behind an entry's bytes, and behind the sizes that follow them where they do."""
    stream.seek(entry.header_offset)
    header = stream.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != _LOCAL_MAGIC:
        raise zipfile.BadZipFile(f"{entry.filename!r} does not begin at byte {entry.header_offset:,}")
    *_, name_length, extra_length = _LOCAL.unpack(header)
    at: int = entry.header_offset + _LOCAL.size + name_length + extra_length + entry.compress_size
    if not entry.flag_bits & _HAS_DESCRIPTOR:
        return at
    stream.seek(at)
    found = stream.read(min(_DESCRIPTOR, max(0, limit - at)))
    for mark in (_MARK, b""):
        for form in ("<LLL", "<LQQ"):
            wanted = (
                mark + struct.pack(form, entry.CRC, entry.compress_size, entry.file_size)
                if (form == "<LQQ" or max(entry.compress_size, entry.file_size) < 1 << 32)
                else None
            )
            following = at + len(wanted) if wanted else 0
            if wanted and found.startswith(wanted) and _begins_record(stream, following):
                return following
    return at


def _begins_record(stream: BinaryIO, at: int) -> bool:
    stream.seek(at)
    return stream.read(2) == b"PK"


def _end_of_directory(stream: BinaryIO, archive: zipfile.ZipFile) -> int:
    """The place behind the end record, reached from the directory's beginning record by record."""
    at = archive.start_dir
    while True:
        stream.seek(at)
        header = stream.read(56)
        magic = header[:4]
        if magic == b"PK\x01\x02" and len(header) >= 46:
            name, extra, comment = struct.unpack("<3H", header[28:34])
            at += 46 + name + extra + comment
        elif magic == _END64_MAGIC and len(header) >= 12:
            at += 12 + int(struct.unpack("<Q", header[4:12])[0])
        elif magic == _LOCATOR_MAGIC:
            at += 20
        elif magic == _END_MAGIC and len(header) >= _END.size:
            return at + _END.size + int(_END.unpack(header[: _END.size])[-1])
        else:
            raise zipfile.BadZipFile(f"its directory is damaged at byte {at:,}")


def _unread(name: str, start: int, end: int) -> InputError:
    return InputError(
        f"the archive holds {abs(end - start):,} bytes that belong to no file in it, from byte {min(start, end):,}",
        where=name,
        fix="unpack it to see what it holds, and pack the files that are meant again; nothing was loaded",
    )
