"""Progress of long work, on stderr and only for people."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from stopgap.base.visible_text import one_line


@contextlib.contextmanager
def shown_progress() -> Iterator[Callable[[str, float | None], None]]:
    """A function ``say(text, share)``: a bar where the share is known, a pulse where it is not."""
    if not sys.stderr.isatty():
        yield lambda text, share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=None)

        def say(text: str, share: float | None) -> None:
            bars.update(
                task, description=one_line(text), total=None if share is None else 1.0, completed=share or 0.0
            )

        yield say
