"""Validate paths and texts from outside before they are used or stored."""

from __future__ import annotations

import re
from pathlib import Path

from stopgap.base.errors import NotFoundError, UsageError

_UNWRITABLE = re.compile("[\0\ud800-\udfff]")


def is_regular_file(path: Path) -> bool:
    """Whether a path leads to a file: no folder, device or pipe; nor a name that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, a loop of links, no permission, a NUL
        return False


def exists(path: Path) -> bool:
    """Whether anything is at a path."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def need_file(path: Path, what: str) -> None:
    """Refuses a path at which there is no file.

    Raises:
        NotFoundError: Nothing is there, or something that is no file: reading it might never end.
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
    """Refuses a text that no receipt, log or answer can hold.

    Raises:
        UsageError: It is not Unicode text (a name in another encoding than UTF-8), or holds a NUL.
    """
    found = _UNWRITABLE.search(text or "")
    if found is not None:
        fault = "holds a NUL character" if found[0] == "\0" else "is not UTF-8 text"
        raise UsageError(
            f"{(text or '')[:200]!a} {fault}",
            where=where,
            fix="write it in UTF-8; rename a file or folder whose name is in another encoding (mv, convmv)",
        )
