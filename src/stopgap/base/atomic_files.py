"""Write files atomically and durably."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path


def make_durable(path: Path) -> None:
    """Return when the bytes of a file are on the disk."""
    with path.open("rb+") as written:
        os.fsync(written.fileno())


def sync_folder(folder: Path) -> None:
    """Put a folder's entries on the disk, where the system can: without, a renamed file may be gone after a crash."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_whole(path: Path, text: str | bytes) -> None:
    """Write a file, text as UTF-8, in one step: a reader, and a kill, find what was there before or all of it.

    Raises:
        OSError: The folder is not there, or cannot be written; nothing of it is left behind.
    """
    building = path.with_name(f".{uuid.uuid4().hex}")
    try:
        building.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
        make_durable(building)
        os.replace(building, path)
    finally:
        building.unlink(missing_ok=True)
    sync_folder(path.parent)
