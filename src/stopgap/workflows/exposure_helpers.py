"""What an exposure looks names up with: the index that merges declared names, and the lake's lists."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from stopgap.workflows.exposure import Helpers

NOT_ASKED = "not asked for (--no-screen)"
NO_LISTS = "the lake holds no list (stopgap import FILE --source list)"


@contextlib.contextmanager
def exposure_helpers(lake: Path, *, as_of: str | None, screen: bool) -> Iterator[Helpers]:
    """What the lake offers to look names up with.

    Args:
        lake: Folder of the lake.
        as_of: Vintage or day of the lists.
        screen: Whether to search the lists.
    """
    del lake, as_of
    yield Helpers(because=NO_LISTS if screen else NOT_ASKED)
