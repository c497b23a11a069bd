"""Make a PNG smaller without changing a pixel: its data are compressed again, at the highest level."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_SIGNATURE = 8  # bytes before the first chunk


def smaller(png: bytes) -> bytes:
    """Return the same picture in fewer bytes."""
    made, data = [png[:_SIGNATURE]], b""
    for kind, content in _chunks(png):
        if kind == b"IDAT":
            data += content
        elif kind == b"IEND":
            made += [_chunk(b"IDAT", zlib.compress(zlib.decompress(data), 9)), _chunk(kind, content)]
        else:
            made.append(_chunk(kind, content))
    return b"".join(made)


def size_of(png: bytes) -> tuple[int, int]:
    """Return width and height of a picture, in pixels."""
    width, height = struct.unpack(">II", png[16:24])  # of the header that every PNG begins with
    return width, height


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = _SIGNATURE
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
