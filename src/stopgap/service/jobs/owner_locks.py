"""Tell whether a worker of this machine lives: each holds a lock that the system takes from it when it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from stopgap.service.jobs.folders import jobs_home

FOLDER = ".workers"
"""Folder of the locks, below that of all jobs."""


def hold_lock(home: Path, owner: str) -> None:
    """Hold the lock of a worker until this process ends; processes that it forks do not hold it."""
    path = _path(home, owner)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    os.register_at_fork(after_in_child=lambda: _close(handle))


def has_ended(home: Path, owner: str) -> bool:
    """Return whether a worker of this machine has surely ended; ``False`` for one of which nothing is known here."""
    path = _path(home, owner)
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def drop_lock(home: Path, owner: str) -> None:
    """Remove the lock of a worker that has ended, and whose jobs were given back."""
    _path(home, owner).unlink(missing_ok=True)


def _path(home: Path, owner: str) -> Path:
    return jobs_home(home) / FOLDER / f"{owner}.lock"


def _close(handle: int) -> None:
    with contextlib.suppress(OSError):
        os.close(handle)
