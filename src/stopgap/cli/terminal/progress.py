"""Show the progress of long work on stderr, only where that is a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from stopgap.cli.terminal import status_line


@contextlib.contextmanager
def shown_progress() -> Iterator[Callable[[str, float | None], None]]:
    """Yield a function ``say(text, share)`` that sets the status line, which is taken away when the block ends."""
    try:
        yield status_line.say
    finally:
        status_line.end()
