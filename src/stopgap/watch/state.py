"""State of a watch: last vintage, imported files, unsent notices.

Stored in the lake, one file per watch, and replaced atomically: a killed process leaves the old or the new state.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stopgap.base.atomic_files import write_whole
from stopgap.base.errors import InputError, RefusedError

FOLDER = "watches"
_FORMAT = 1


@dataclass
class FileSeen:
    """Last known state of one file in a watched folder.

    Its outcome is ``loaded``, ``known`` (its bytes were in the lake already), ``refused``, or ``begun`` if a round
    ended before its import did.
    """

    size: int
    changed_ns: int
    outcome: str
    detail: str = ""  # vintage, or what is wrong with it
    attempts: int = 0  # imports begun of these bytes


@dataclass
class WatchState:
    """State of one watch, stored between rounds."""

    watch: str
    goods: str | None = None  # list that is measured, fixed with the first measure
    last_vintage: str | None = None  # up to which everything was reported
    runs: int = 0  # reports written
    files: dict[str, FileSeen] = field(default_factory=dict)  # by path
    alerts_reported: int = 0  # events of the log of alerts up to which new alerts were reported
    unsent: list[dict[str, Any]] = field(default_factory=list)  # that no receiver has: channel, id, document, text


def watch_name(episode: str, goods: str | None) -> str:
    """Return the name of a watch, safe for file names: the episode, and the goods list if one was given."""
    parts = [episode] if goods is None else [episode, Path(goods).stem]
    return "--".join(re.sub(r"[^A-Za-z0-9._-]+", "-", part).strip(".-") or "watch" for part in parts)


def state_path(lake: Path, watch: str) -> Path:
    """Return the path of the state file of a watch."""
    return lake / FOLDER / f"{watch}.json"


def load_state(lake: Path, watch: str) -> WatchState:
    """Read the state of a watch; a new one if there is none. Refuses (InputError) an invalid file."""
    path = state_path(lake, watch)
    if not path.exists():
        return WatchState(watch)
    try:
        content = json.loads(path.read_text("utf-8"))
        files = {name: FileSeen(**seen) for name, seen in content.pop("files").items()}
        if content.pop("format") != _FORMAT:
            raise ValueError("another format")
        return WatchState(**content, files=files)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            "the state of the watch cannot be read",
            where=str(path),
            fix="remove the file: the watch then starts anew and reports the lake as it is now",
        ) from error


def save_state(lake: Path, state: WatchState) -> None:
    """Write the state atomically and durably; refuses (RefusedError) a lake that cannot be written."""
    path = state_path(lake, state.watch)
    text = json.dumps({"format": _FORMAT, **asdict(state)}, ensure_ascii=False, indent=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> RefusedError:
    return RefusedError(
        f"the state of the watch cannot be kept: {error.strerror or error}",
        where=str(path),
        fix="choose a lake that you may write, or free space on the disk; the next round goes on from the last state",
    )


@contextlib.contextmanager
def only_one(lake: Path, watch: str) -> Iterator[None]:
    """Lock the watch, as concurrent rounds would report everything twice; refuses (RefusedError) if it is running."""
    from filelock import FileLock, Timeout

    path = lake / FOLDER / f"{watch}.lock"
    lock = FileLock(path, timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise RefusedError(
            "the same watch is running",
            where=str(path),
            fix="wait for its round to end, or stop it; another goods list (--goods) is another watch",
        ) from None
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield
    finally:
        lock.release()
