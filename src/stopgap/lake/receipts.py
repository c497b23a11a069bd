"""Receipts of imported files; raw bytes are stored once."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from io import FileIO
from itertools import cycle
from pathlib import Path
from typing import Any, Protocol

from stopgap.base.errors import InputError

CHUNK = 1 << 20
"""Bytes read at once; larger chunks are slower, as the kernel then looks for large runs of free pages."""


@dataclass(frozen=True)
class Receipt:
    """Record of one imported file; rows carry its ``receipt``, the first 16 hex digits of the SHA-256 of its raw bytes.

    Attributes:
        file_name: Original name of the file (no folder).
        parser: Parser and its version (``comtrade/1``).
        mapping: Hash of the mapping used, if any.
        terms: Terms of use of the figures.
        retrieved: Day the file was taken from its publisher (``YYYY-MM-DD``), if known.
        published: Day the publisher released it, if known.
        rows_read: Rows (cells, for wide files) read.
        rows_rejected: Rows rejected, each with its reason in the rejects file.
        rows_missing: Cells that the source's rule reads as not reported.
        rows_duplicate: Exact duplicates dropped.
        reading: Parser settings beside the mapping: encoding and the hash of the user's own rates. ``None`` in
            receipts from before this was recorded.
        rows_shared: Those of ``rows_duplicate`` that an earlier file of the same import holds.
    """

    receipt: str
    sha256: str
    file_name: str
    size_bytes: int
    source: str
    parser: str
    mapping: str | None
    terms: str
    retrieved: str | None
    published: str | None
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    rows_missing: int
    rows_duplicate: int
    reading: str | None = None
    rows_shared: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain values, for the metadata of the commit."""
        return asdict(self)


def receipt_id(sha256: str) -> str:
    """Return the receipt id that rows carry: the first 16 digits of the hash."""
    return sha256[:16]


def raw_path(lake: Path, sha256: str) -> Path:
    """Return the path at which the raw bytes with this hash are stored."""
    return lake / "receipts" / sha256[:2] / sha256


class ByteWriter(Protocol):
    """A file that is open to be written to."""

    def write(self, chunk: bytes | bytearray, /) -> object:
        """Write the next bytes; the chunk is not kept."""
        ...


def copy_and_hash(
    source: Path, writer: ByteWriter, *, check: Callable[[bytes | bytearray], None] | None = None
) -> tuple[str, int]:
    """Copy a file into an open one and hash it in one pass; return the SHA-256 (hex) and size in bytes of the copy.

    Hashing runs in a thread of its own. The copy may still be in memory:
    :func:`stopgap.base.atomic_files.make_durable` puts it on the disk. ``check`` is called with each chunk, of which it
    keeps nothing, and raises if the bytes are invalid. Refuses (InputError) a file that cannot be read.
    """
    digest = hashlib.sha256()
    size = 0
    hashing: Future[None] | None = None
    # One is read into while the other is hashed: new memory for each chunk would take a fifth of the time.
    buffers = bytearray(CHUNK), bytearray(CHUNK)
    with _opened(source) as reader, ThreadPoolExecutor(1) as beside:
        for buffer in cycle(buffers):
            length = reader.readinto(buffer)
            if not length:
                break
            chunk = buffer if length == CHUNK else buffer[:length]
            if hashing is not None:
                hashing.result()
            hashing = beside.submit(digest.update, chunk)
            if check is not None:
                check(chunk)
            writer.write(chunk)
            size += length
        if hashing is not None:
            hashing.result()
    return digest.hexdigest(), size


def _opened(source: Path) -> FileIO:
    try:
        return source.open("rb", buffering=0)
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror}", where=str(source), fix="check that you may read it"
        ) from error


def hash_file(path: Path) -> str:
    """Return the SHA-256 (hex) of a file."""
    with path.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


def keep_raw(lake: Path, copied: Path, sha256: str) -> None:
    """Move copied bytes to their path in the store; delete the copy if the bytes are already stored."""
    place = raw_path(lake, sha256)
    if place.exists():
        copied.unlink()
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(copied, place)
