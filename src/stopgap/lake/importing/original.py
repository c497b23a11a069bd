"""A large file that is parsed where it stands: its bytes are in the page cache, and those of its copy are not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stopgap.base.errors import InputError
from stopgap.lake.engines.local_disk import is_on_local_disk
from stopgap.lake.importing.direct_file import DIRECT

LARGE = 1 << 30
"""Bytes from which a file is parsed where it stands, on a disk of this machine."""


@dataclass(frozen=True)
class Original:
    """The file and its state before it was copied.

    Attributes:
        link: A link to it with a name that is no pattern of names.
        state: Its place on the disk, its size, and when it was last changed.
    """

    path: Path
    link: Path
    state: tuple[int, ...]

    @classmethod
    def of(cls, path: Path, link: Path) -> Original | None:
        """Return a large file of a local disk, with its link made; ``None`` for any other.

        Raises:
            OSError: It cannot be asked.
        """
        if not DIRECT or path.stat().st_size < LARGE:
            return None
        state, here = state_of(path), path.resolve()
        if not (is_on_local_disk(here) and is_on_local_disk(link.parent)):
            return None
        link.symlink_to(here)
        return cls(path, link, state)

    def need_unchanged(self) -> None:
        """Refuse (InputError) a file that was changed since it was copied: its rows may not be those of the copy."""
        try:
            is_same = state_of(self.path) == self.state
        except OSError:
            is_same = False
        if not is_same:
            raise InputError(
                "the file was changed while it was read",
                where=str(self.path),
                fix="import it again when nobody writes to it; nothing was imported",
            )


def state_of(path: Path) -> tuple[int, ...]:
    """Return what tells whether a file was changed: device, number, size, and times of its content and its entry."""
    found = path.stat()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
