"""Tell that a service runs, and where it is reached, to the commands of the same folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from stopgap.base.atomic_files import write_whole
from stopgap.base.errors import RefusedError

RUNNING = "running.lock"
"""File in the service's folder that is locked while the service runs."""

ADDRESS = "running.address"
"""File beside it with the address at which people reach the service that holds the lock."""


@contextlib.contextmanager
def marked_running(home: Path, address: str) -> Iterator[None]:
    """Within the block, a lock says that the service runs, so that nothing is restored beneath it, and a file says where."""
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / RUNNING)
    with contextlib.suppress(Timeout):  # another service of the same lake has it
        lock.acquire(timeout=0.5)  # a command that asks whether a service runs holds it for a moment
        write_whole(home / ADDRESS, address.encode())
    try:
        yield
    finally:
        if lock.is_locked:
            (home / ADDRESS).unlink(missing_ok=True)
        lock.release()


def running_address(home: Path) -> str | None:
    """Return the address of the service that runs in a folder; ``None`` where none does."""
    try:
        with at_rest(home):
            return None
    except RefusedError:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return (home / ADDRESS).read_text("utf-8").strip() or None
        return None


@contextlib.contextmanager
def at_rest(home: Path) -> Iterator[None]:
    """Hold the lock of a running service.

    Raises:
        RefusedError: The service runs.
    """
    home.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(home / RUNNING, timeout=0):
            yield
    except Timeout:
        raise RefusedError(
            "the service runs on this lake", where=str(home), fix="stop it, restore, and start it again"
        ) from None
