"""Do two pieces of work at the same time, where one waits for the engine and the other computes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from stopgap.base.clearance import Viewer, current_viewer, viewed_by
from stopgap.base.read_ledger import current_ledger, open_ledger

Result = TypeVar("Result")


class Start(Protocol):
    """Begins a piece of work, and returns what waits for its result."""

    def __call__(self, work: Callable[[], Result], /) -> Callable[[], Result]: ...


@contextlib.contextmanager
def beside(*, when: bool = True) -> Iterator[Start]:
    """Within the block, work that is started goes on in one thread, in the same context and one after another.

    The block ends when all of it has ended. Where ``when`` is false, each is done where its result is taken.
    """
    if not when:
        yield lambda work: work
        return
    with ThreadPoolExecutor(1, thread_name_prefix="stopgap-beside") as pool:

        def start(work: Callable[[], Result]) -> Callable[[], Result]:
            return pool.submit(copy_context().run, work).result

        yield start


class WorkBeside(Generic[Result]):
    """Work in a thread of its own, begun at once, on a lake; what it reads counts where its result is taken.

    It tells nobody of its progress. A process waits for it before it ends.
    """

    def __init__(self, work: Callable[[], Result], lake: Path) -> None:
        self._found: list[Result] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=Context().run, args=(self._do, work, lake, current_viewer()))
        self._thread.start()

    def _do(self, work: Callable[[], Result], lake: Path, viewer: Viewer | None) -> None:
        with viewed_by(viewer), open_ledger(lake) as self._ledger:
            try:
                self._found.append(work())
            except BaseException as error:  # raised where the result is taken
                self._error = error

    def wait(self) -> None:
        """Wait until the work is done or has failed."""
        self._thread.join()

    def result(self) -> Result:
        """Wait for the work, and return its result or raise its error."""
        self.wait()
        current_ledger().add(self._ledger.reads)
        if self._error is not None:
            raise self._error
        return self._found[0]
