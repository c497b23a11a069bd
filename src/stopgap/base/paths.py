"""Validate paths and texts from outside before they are used or stored."""

from __future__ import annotations

import re
from pathlib import Path

from stopgap.base.errors import NotFoundError, UsageError

_UNWRITABLE = re.compile("[\0\ud800-\udfff]")


def is_regular_file(path: Path) -> bool:
    """Return whether a path is a regular file: no folder, device or pipe; an invalid name is false."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, a loop of links, no permission, a NUL
        return False


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder; false for an invalid or unreadable path."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def exists(path: Path) -> bool:
    """Return whether anything exists at a path; false for an invalid or unreadable path."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def need_file(path: Path, what: str) -> None:
    """Refuse a path that is not a regular file.

    Raises:
        NotFoundError: The path does not exist, or is not a regular file, so that reading it might never end.
    """
    if is_regular_file(path):
        return
    if exists(path):
        raise NotFoundError(
            f"no file {path.name}: it is a folder, a device or a pipe, and {what} is read from a file",
            where=str(path),
            fix="save what it gives as a file, and give the path of that",
        )
    raise NotFoundError(f"no file {path.name}", where=str(path), fix="check the path")


def need_writable(text: str | None, where: str) -> None:
    """Refuse a text that cannot be written to receipts, logs or outputs.

    Raises:
        UsageError: The text is not Unicode (a name in another encoding than UTF-8), or contains a NUL.
    """
    found = _UNWRITABLE.search(text or "")
    if found is not None:
        fault = "holds a NUL character" if found[0] == "\0" else "is not UTF-8 text"
        raise UsageError(
            f"{(text or '')[:200]!a} {fault}",
            where=where,
            fix="write it in UTF-8; rename a file or folder whose name is in another encoding (mv, convmv)",
        )
