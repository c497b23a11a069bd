"""Zip headers of a pack's archive, as the reader expects them byte by byte."""

from __future__ import annotations

import struct
from dataclasses import dataclass

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
LOCAL_SIGN, CENTRAL_SIGN, END_SIGN = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
VERSION = 20
MADE_BY = (3 << 8) | VERSION
"""Unix, so that the attributes say what they say."""
UTF8_FLAG = 0x800
STORED = 0
DOS_TIME, DOS_DATE = 0, (1 << 5) | 1
"""1980-01-01 00:00, the first moment that a zip can name."""
REGULAR_FILE = 0o100644 << 16


@dataclass(frozen=True)
class MemberHeader:
    """What the archive says of one member, apart from its content.

    Attributes:
        name: In UTF-8.
        crc: CRC-32 of the content.
        size: Bytes of the content.
        offset: Where its local header starts.
    """

    name: bytes
    crc: int
    size: int
    offset: int

    def local(self) -> bytes:
        """The header before the content."""
        return (
            LOCAL.pack(
                LOCAL_SIGN, VERSION, UTF8_FLAG, STORED, DOS_TIME, DOS_DATE, self.crc, self.size, self.size,
                len(self.name), 0,
            )
            + self.name
        )  # fmt: skip

    def central(self) -> bytes:
        """The line of the directory at the end."""
        return (
            CENTRAL.pack(
                CENTRAL_SIGN, MADE_BY, VERSION, UTF8_FLAG, STORED, DOS_TIME, DOS_DATE, self.crc, self.size, self.size,
                len(self.name), 0, 0, 0, 0, REGULAR_FILE, self.offset,
            )
            + self.name
        )  # fmt: skip

    @property
    def content_at(self) -> int:
        """Where the content starts."""
        return self.offset + LOCAL.size + len(self.name)

    @property
    def end(self) -> int:
        """Where the content ends."""
        return self.content_at + self.size
