"""Zips of every kind, written field by field: what no library writes can be written here."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Entry:
    """One member. As it stands, it is what a pack has; each field can be another.

    Attributes:
        local: Fields of the local header that differ from those of the directory.
        offset: Where the directory says that it starts, if not where it does.
        is_there: Whether header and content are written, or only the line in the directory.
    """

    name: str | bytes
    content: bytes = b""
    flags: int = 0x800
    method: int = 0
    made_by: int = 0x0314
    needs: int = 20
    time: int = 0
    date: int = 0x21
    crc: int | None = None
    packed: int | None = None
    size: int | None = None
    extra: bytes = b""
    comment: bytes = b""
    disk: int = 0
    internal: int = 0
    external: int = 0o100644 << 16
    local: dict = field(default_factory=dict)
    offset: int | None = None
    is_there: bool = True

    def fields(self, **changed):
        data = self.content
        name = self.name.encode() if isinstance(self.name, str) else self.name
        found = {
            "needs": self.needs, "flags": self.flags, "method": self.method, "time": self.time, "date": self.date,
            "crc": zlib.crc32(data) if self.crc is None else self.crc,
            "packed": len(data) if self.packed is None else self.packed,
            "size": len(data) if self.size is None else self.size,
            "name": name, "extra": self.extra,
        }  # fmt: skip
        return {**found, **changed}


def _common(fields):
    return struct.pack(
        "<HHHHHIIIHH", *(fields[key] for key in ("needs", "flags", "method", "time", "date", "crc", "packed", "size")),
        len(fields["name"]), len(fields["extra"]),
    )  # fmt: skip


def raw_zip(entries, *, prefix=b"", between=b"", suffix=b"", comment=b"", shift=0, end=None):
    """A zip.

    Args:
        entries: In the order of the file and of the directory.
        prefix: Bytes before the first.
        between: Bytes between the last content and the directory.
        suffix: Bytes behind the end.
        comment: Of the archive.
        shift: What is added to every offset: ``len(prefix)`` for one that was adjusted.
        end: Fields of the end record that are others, by place: 1 disk … 4 members, 5 bytes, 6 offset.
    """
    body, lines, offset = prefix, b"", 0
    for entry in entries:
        offset = len(body) - len(prefix) if entry.is_there else offset
        if entry.is_there:
            local = entry.fields(**entry.local)
            body += b"PK\x03\x04" + _common(local) + local["name"] + local["extra"] + entry.content
        said = entry.fields()
        lines += (
            b"PK\x01\x02" + struct.pack("<H", entry.made_by) + _common(said)
            + struct.pack(
                "<HHHII", len(entry.comment), entry.disk, entry.internal, entry.external,
                (offset if entry.offset is None else entry.offset) + shift,
            ) + said["name"] + said["extra"] + entry.comment
        )  # fmt: skip
    body += between
    record = [
        b"PK\x05\x06",
        0,
        0,
        len(entries),
        len(entries),
        len(lines),
        len(body) - len(prefix) + shift,
        len(comment),
    ]
    for place, value in (end or {}).items():
        record[place] = value
    return body + lines + struct.pack("<4sHHHHIIH", *record) + comment + suffix


def entries_of(files):
    """The members of a pack, in its order."""
    return [Entry(name, content) for name, content in files.items()]
