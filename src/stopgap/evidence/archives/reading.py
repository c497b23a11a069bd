"""Read the zip archive of an untrusted pack strictly, without extracting it.

The end record is checked before the central directory, and the directory before any content. An archive is accepted
only if writing it again (:mod:`.writing`) would give identical bytes: every header equals the one that would be written,
contents follow each other without gaps from the first byte, and checksums match. So a set of files has exactly one
archive, with no room in it for anything else.
"""

from __future__ import annotations

import hashlib
import io
import stat
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from stopgap.base.errors import InputError, RefusedError
from stopgap.evidence.archives.writing import (
    CENTRAL,
    CENTRAL_SIGN,
    CHUNK_BYTES,
    DOS_DATE,
    DOS_TIME,
    END,
    END_SIGN,
    LOCAL_SIGN,
    STORED,
    Limits,
    MemberHeader,
    in_order,
    names_faults,
)
from stopgap.evidence.checks import quoted

MARKS = ("bagit.txt", "signature.dsse.json", "data/evidence.json", "data/ro-crate-metadata.json")
"""Members that identify a pack; a zip file with none of them is not a pack."""

_TRACE_BYTES = 1 << 16
_DIRECTORY_BYTES = 8 << 20
_SHOWN = 20
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_METHODS = {
    8: "deflate", 9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 96: "JPEG", 98: "PPMd", 99: "AES",
}  # fmt: skip
_KINDS = {
    stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
}  # fmt: skip
_DOS_FOLDER = 0x10
_ZIP64_VERSION = 45


@dataclass(frozen=True)
class ArchivedFile:
    """One file of an archive, as read: byte offset of its content, size in bytes and SHA-256 (64 hex digits)."""

    at: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Archive:
    """A zip archive found to be safe and canonical, members in archive order; contents are read from it on demand."""

    path: Path
    members: Mapping[str, ArchivedFile]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.members)

    def __contains__(self, name: object) -> bool:
        return name in self.members

    def size(self, name: str) -> int:
        return self.members[name].size

    def sha256(self, name: str) -> str:
        return self.members[name].sha256

    def read(self, name: str) -> bytes:
        """Return a file's content, checked against its hash; see :meth:`pieces`."""
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a file's content in chunks; RefusedError instead of the last one if the archive has changed since."""
        hashed, before = hashlib.sha256(), b""
        with self.open(name) as part:
            while piece := part.read(CHUNK_BYTES):
                hashed.update(piece)
                if before:
                    yield before
                before = piece
        if hashed.hexdigest() != self.sha256(name):
            raise RefusedError(
                "the pack was changed while it was read",
                where=f"{self.path}: {name}",
                fix="copy it to a place where nothing writes, and verify the copy",
            )
        if before:
            yield before

    def open(self, name: str) -> BinaryIO:
        """Open a file's content for reading and seeking; unlike :meth:`pieces`, it is not checked against its hash."""
        member = self.members[name]
        return io.BufferedReader(_Part(self.path.open("rb", buffering=0), member.at, member.size))


class _Part(io.RawIOBase):
    """Read-only file object over a byte range of another file."""

    def __init__(self, file: io.FileIO, at: int, size: int) -> None:
        self._file, self._start, self._size, self._at = file, at, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = max(0, min(len(buffer), self._size - self._at))
        self._file.seek(self._start + self._at)
        got = self._file.readinto(memoryview(buffer)[:wanted]) or 0
        self._at += got
        return got

    def close(self) -> None:
        self._file.close()
        super().close()


def read_archive(path: Path, limits: Limits = Limits()) -> Archive:
    """Read a pack's archive and check all of it: safe, canonical, every content hashed. Memory stays below about 40 MB.

    Raises:
        InputError: The file cannot be read or is not a pack: not a zip file and without traces of one, or a sound zip
            file with none of :data:`MARKS`.
        RefusedError: The archive is damaged, unsafe or not canonical; ``details["faults"]`` has one line per fault.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _no_pack(path, "it is no file")
        with path.open("rb") as file:
            return _read(path, file, limits)
    except OSError as error:
        raise InputError(
            f"the pack cannot be read: {error.strerror or error}", where=str(path), fix="give the path of a pack"
        ) from None


def _read(path: Path, file: BinaryIO, limits: Limits) -> Archive:
    size = file.seek(0, io.SEEK_END)
    members, directory_bytes, directory_at = _end(path, file, size, limits)
    file.seek(directory_at)
    directory = file.read(directory_bytes)
    lines = _lines(directory, members)
    if lines is None:
        raise _refused(path, "the directory at its end is damaged")
    faults = list(_faults(lines, limits))
    if not any(line.text in MARKS for line in lines) and not list(names_faults((line.text for line in lines), limits)):
        raise _no_pack(path, f"it is a zip, but holds none of {', '.join(MARKS)}")
    if not faults:
        headers = [line.header for line in lines]
        faults = _placed(headers, directory_at) or list(_directory_faults(headers, directory))
    if faults:
        raise _refused(path, *faults)
    return Archive(path, dict(_contents(path, file, headers)))


def _end(path: Path, file: BinaryIO, size: int, limits: Limits) -> tuple[int, int, int]:
    """Parse the untrusted end record: number of members, size of the directory in bytes, and its byte offset."""
    file.seek(max(0, size - END.size - 0xFFFF))
    tail = file.read()
    if len(tail) < END.size or not tail[-END.size :].startswith(END_SIGN):
        raise _without_end(path, file, tail)
    if size > limits.file_bytes:
        raise _refused(path, f"it is {size} bytes long, more than {limits.file_bytes}")
    _, disk, directory_disk, here, members, directory_bytes, at, comment = END.unpack(tail[-END.size :])
    if members == 0xFFFF or 0xFFFFFFFF in (directory_bytes, at) or tail[-END.size - 20 :].startswith(b"PK\x06\x07"):
        raise _refused(path, "it is a zip64 archive, which packs are not")
    if members > limits.members or here > limits.members:
        raise _refused(path, f"it holds {max(members, here)} files, more than {limits.members}")
    if (disk, directory_disk, here, comment) != (0, 0, members, 0):
        raise _refused(path, "its end record is damaged, or speaks of further parts or a comment")
    if directory_bytes > _DIRECTORY_BYTES:
        raise _refused(path, f"its directory takes {directory_bytes} bytes, more than {_DIRECTORY_BYTES}")
    beside = size - END.size - directory_bytes - at
    if beside:
        says = "stand before the archive or between its parts" if beside > 0 else "are missing"
        raise _refused(path, f"{abs(beside)} bytes {says}")
    return members, directory_bytes, at


def _without_end(path: Path, file: BinaryIO, tail: bytes) -> InputError | RefusedError:
    """Return the error for a file that does not end with an end record: cut off, damaged, extended, or no zip file."""
    found = tail.rfind(END_SIGN)
    behind = len(tail) - found - END.size
    if found >= 0 and behind > 0:
        _, _, _, _, _, directory_bytes, at, _ = END.unpack_from(tail, found)
        if at + directory_bytes == file.tell() - len(tail) + found:
            return _refused(path, f"{behind} bytes stand behind the archive's end")
    file.seek(0)
    start = file.read(_TRACE_BYTES)
    if found >= 0 or LOCAL_SIGN in start or CENTRAL_SIGN in start:
        return _refused(path, "its end is missing: it is cut off, or damaged, or something stands behind it")
    return _no_pack(path, "it is no zip")


@dataclass(frozen=True)
class _Line:
    """One entry of the central directory, parsed but not yet checked."""

    made_by: int
    needs: int  # version of zip
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed: int
    size: int
    extra: int
    comment: int
    disk: int
    internal: int
    external: int
    offset: int
    name: bytes

    @property
    def text(self) -> str:
        """The name as text; bytes that are not UTF-8 become lone surrogates, which make a name invalid."""
        return self.name.decode("utf-8", "surrogateescape")

    @property
    def header(self) -> MemberHeader:
        return MemberHeader(self.name, self.crc, self.size, self.offset)


def _lines(directory: bytes, members: int) -> list[_Line] | None:
    """Parse the entries of a directory; ``None`` if it does not hold exactly ``members`` entries."""
    lines, at = [], 0
    for _ in range(members):
        if len(directory) - at < CENTRAL.size or not directory.startswith(CENTRAL_SIGN, at):
            return None
        fields = CENTRAL.unpack_from(directory, at)
        name_at, (named, extra, comment) = at + CENTRAL.size, fields[10:13]
        at = name_at + named + extra + comment
        if at > len(directory):
            return None
        lines.append(_Line(*(*fields[1:10], *fields[11:], directory[name_at : name_at + named])))
    return lines if at == len(directory) else None


def _faults(lines: list[_Line], limits: Limits) -> list[str]:
    """Return the faults found in the directory's own fields, before any content is read."""
    names = [line.text for line in lines]
    faults = [f"{quoted(line.text)} {fault}" for line in lines for fault in _line_faults(line, limits)]
    faults += names_faults(names, limits)
    if not faults and names != in_order(names):
        faults.append("its files are not in their order: bagit.txt first, the others by name")
    return faults


def _line_faults(line: _Line, limits: Limits) -> Iterator[str]:
    if line.flags & _ENCRYPTED or line.method == 99:
        yield "is encrypted"
    elif line.method != STORED:
        yield f"is compressed ({_METHODS.get(line.method, f'method {line.method}')}); packs store their files"
    kind = stat.S_IFMT(line.external >> 16)
    if kind not in (0, stat.S_IFREG):
        yield f"is {_KINDS.get(kind, 'a special file')}"
    elif line.name.endswith(b"/") or line.external & _DOS_FOLDER:
        yield "is a folder"
    if 0xFFFFFFFF in (line.packed, line.size, line.offset) or line.needs >= _ZIP64_VERSION:
        yield "is a zip64 entry, which packs do not have"
    elif line.size > limits.member_bytes:
        yield f"is {line.size} bytes long, more than {limits.member_bytes}"
    if line.extra or line.comment:
        yield "has an extra field or a comment"
    if (line.time, line.date) != (DOS_TIME, DOS_DATE):
        yield "has a time, which files in packs do not"


def _placed(headers: list[MemberHeader], directory_at: int) -> list[str]:
    """Return the first gap or overlap found; contents must follow each other from the first byte to the directory."""
    at = 0
    for header in headers:
        if header.offset != at:
            name, between = quoted(header.name.decode()), header.offset - at
            if between < 0:
                return [f"{name} overlaps the file before it"]
            return [f"{between} bytes stand before {name} that belong to no file"]
        at = header.end
    if at == directory_at:
        return []
    if at > directory_at:
        return ["the last file overlaps the directory"]
    return [f"{directory_at - at} bytes stand before the directory that belong to no file"]


def _directory_faults(headers: list[MemberHeader], directory: bytes) -> Iterator[str]:
    at = 0
    for header in headers:
        # A line without extra field and comment is as long as the one that would be written.
        line = header.central()
        if not directory.startswith(line, at):
            yield f"{quoted(header.name.decode())} has other attributes than files in packs have"
        at += len(line)


def _contents(path: Path, file: BinaryIO, headers: list[MemberHeader]) -> Iterator[tuple[str, ArchivedFile]]:
    """Yield every file with its hash; RefusedError if a header is not the expected one or a checksum does not match."""
    for header in headers:
        name = header.name.decode()
        file.seek(header.offset)
        local = header.local()
        if file.read(len(local)) != local:
            raise _refused(path, f"the header of {quoted(name)} is not what the directory says of it")
        hashed, crc, left = hashlib.sha256(), 0, header.size
        while left and (piece := file.read(min(left, CHUNK_BYTES))):
            hashed.update(piece)
            crc, left = zlib.crc32(piece, crc), left - len(piece)
        if left or crc != header.crc:
            raise _refused(path, f"the content of {quoted(name)} is damaged: its checksum is another")
        yield name, ArchivedFile(header.content_at, header.size, hashed.hexdigest())


def _refused(path: Path, *faults: str) -> RefusedError:
    more = len(faults) - _SHOWN
    return RefusedError(
        f"the pack's archive is damaged, unsafe or not as packs are written: {faults[0]}",
        where=str(path),
        fix="do not unpack it; ask its sender for the pack again",
        details={"faults": [*faults[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]},
    )


def _no_pack(path: Path, why: str) -> InputError:
    return InputError(f"the file is no pack: {why}", where=str(path), fix="give a file made by pack create")
