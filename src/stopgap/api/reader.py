"""Base class of every part of the Python API: the lake's folder, and the marking of what is read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from stopgap.base.errors import StopgapError
from stopgap.base.progress import Progress, told
from stopgap.base.read_ledger import open_ledger


class LakeReader:
    """A part of the API that reads one lake.

    Attributes:
        path: Folder of the lake.
        progress: Told of long work.
    """

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        self.path = path
        self.progress = progress

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    @property
    def no_lake(self) -> str | None:
        """Why an empty answer may not be one of the lake: nothing is at its path, a file, or another folder; else ``None``."""
        from stopgap.lake.place import need_lake

        try:
            need_lake(self.path)
        except StopgapError as error:
            return f"{error.what}; {error.fix}"
        return None

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Mark the answer, or the error, of the block by what is read in it; tell ``progress`` what it is at."""
        with open_ledger(self.path), told(self.progress):
            try:
                yield
            except StopgapError as error:
                from stopgap.evidence.markings.reads import mark_error

                mark_error(error)
                raise

    def _say(self, text: str, share: float | None) -> None:
        if self.progress is not None:
            self.progress(text, share)
