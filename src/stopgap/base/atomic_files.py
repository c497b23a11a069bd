"""Write files atomically and durably, and remove files that another process may remove too."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path


def make_durable(path: Path) -> None:
    """Flush a file to the disk (fsync); return when its bytes are there."""
    with path.open("rb+") as written:
        os.fsync(written.fileno())


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, if the system can: otherwise a renamed file may be lost in a crash."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_file(path: Path) -> int:
    """Remove a file; return its bytes, 0 where another process removed it first."""
    with contextlib.suppress(FileNotFoundError):
        size = path.stat().st_size
        path.unlink()
        return size
    return 0


def write_whole(path: Path, text: str | bytes) -> None:
    """Write a file atomically, text as UTF-8: readers see the old content or all of the new, even after a kill.

    Raises:
        OSError: The folder does not exist or cannot be written; no partial file is left.
    """
    building = path.with_name(f".{uuid.uuid4().hex}")
    try:
        building.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
        make_durable(building)
        os.replace(building, path)
    finally:
        building.unlink(missing_ok=True)
    sync_folder(path.parent)
