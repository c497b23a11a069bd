"""Validate paths and texts from outside before they are used or stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from stopgap.base.errors import InputError, NotFoundError, UsageError
from stopgap.base.near_names import near_names

_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
_LISTED = 2_000  # entries of a folder that are compared with a name
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}")


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


def is_path_text(text: str) -> bool:
    """Return whether a text is a path rather than a name: it holds a slash, begins with ``~``, or ends in a suffix."""
    stripped = text.strip()
    return (
        any(sign in stripped for sign in "/\\")
        or stripped.startswith("~")
        or bool(_SUFFIX.fullmatch(_ending(stripped)))
    )


def _ending(text: str) -> str:
    """Return what follows the last dot, with the dot; empty where there is none or nothing before it."""
    before, dot, after = text.rpartition(".")
    return dot + after if before else ""


def whole_path(path: Path) -> str:
    """Return a path from the root of the file system; as it is where the current folder is gone."""
    try:
        return str(path.absolute())
    except OSError:
        return str(path)


def no_file(path: Path, what: str = "", *, fix: str = "", suffixes: Iterable[str] = ()) -> NotFoundError:
    """Return the error for a path at which no file is, with the names in its folder that are nearest.

    Args:
        path: The path as it was given.
        what: What is read from such a file, such as ``a goods list``.
        fix: What else can be given in its place.
        suffixes: Endings of such files: with none of a near name, files of these endings are named.
    """
    if exists(path):
        kind = "a folder" if path.is_dir() else "a device or a pipe"
        mend = (
            "give the path of a file in it"
            if path.is_dir()
            else "save what it gives as a file, and give the path of that"
        )
        return NotFoundError(
            f"no file at {path}: it is {kind}" + (f", and {what} is read from a file" if what else ""),
            where=whole_path(path),
            fix=_joined(_inside(path, tuple(suffixes)) or mend, fix),
        )
    return NotFoundError(f"no file at {path}", where=whole_path(path), fix=_joined(_beside(path, suffixes), fix))


def need_file(path: Path, what: str, *, fix: str = "", suffixes: Iterable[str] = ()) -> None:
    """Refuse a path that is not a regular file; parameters as :func:`no_file`.

    Raises:
        NotFoundError: The path does not exist, or is not a regular file, so that reading it might never end.
    """
    if not is_regular_file(path):
        raise no_file(path, what, fix=fix, suffixes=suffixes)


def unreadable_file(path: Path, title: str, *, suffixes: Iterable[str] = ()) -> InputError:
    """Return the error for a file of input that is not there; ``title`` names it, such as ``the passphrase file``."""
    missing = no_file(path, suffixes=suffixes)
    return InputError(f"{title} cannot be read: {missing.what}", where=missing.where, fix=missing.fix)


def need_input(path: Path, title: str, *, suffixes: Iterable[str] = ()) -> Path:
    """Return a path at which something is; what it is, the reader of the file says.

    Raises:
        InputError: Nothing is at the path.
    """
    if not exists(path) and not path.is_symlink():
        raise unreadable_file(path, title, suffixes=suffixes)
    return path


def _joined(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _beside(path: Path, suffixes: Iterable[str]) -> str:
    """Return a hint on what is in the folder of a path that does not exist."""
    folder = path.parent
    if str(path) in ("", "."):
        return "give the path of a file"
    if not exists(folder):
        return f"there is no folder {folder} either: check the path"
    names = _names_in(folder)
    near = near_names(path.name, names)
    if near:
        return f"check the path; near it in {_shown(folder)}: {', '.join(near)}"
    return _inside(folder, tuple(suffixes) or ((path.suffix,) if path.suffix else ())) or "check the path"


def _inside(folder: Path, suffixes: tuple[str, ...]) -> str:
    """Return a hint with files of a folder that have one of the suffixes; empty where there is none."""
    found = [name for name in _names_in(folder) if suffixes and name.lower().endswith(suffixes)]
    if not found:
        return ""
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return f"check the path; in {_shown(folder)}: {', '.join(found[:5])}{more}"


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in islice(folder.iterdir(), _LISTED) if not entry.name.startswith("."))
    except OSError:  # no folder, or one that may not be read
        return []


def _shown(folder: Path) -> str:
    return "this folder" if folder == Path() else str(folder)


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
