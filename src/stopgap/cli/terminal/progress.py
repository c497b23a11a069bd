"""Show the progress of long work on stderr, only where that is a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from stopgap.base.visible_text import one_line


@contextlib.contextmanager
def shown_progress() -> Iterator[Callable[[str, float | None], None]]:
    """Yield a function ``say(text, share)`` that shows a progress bar, or a pulse where the share is ``None``.

    Nothing is shown before the first call, because the user may be asked something until then.
    """
    if not sys.stderr.isatty():
        yield lambda text, share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    bars = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bars.add_task("", total=None)

    def say(text: str, share: float | None) -> None:
        bars.start()
        bars.update(task, description=one_line(text), total=None if share is None else 1.0, completed=share or 0.0)

    try:
        yield say
    finally:
        if bars.live.is_started:
            bars.stop()
