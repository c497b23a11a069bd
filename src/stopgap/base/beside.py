"""Do two pieces of work at the same time, where one waits for the engine and the other computes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context
from pathlib import Path
from typing import Generic, TypeVar

from stopgap.base.read_ledger import current_ledger, open_ledger

Result = TypeVar("Result")


class WorkBeside(Generic[Result]):
    """Work in a thread of its own, begun at once, on a lake; what it reads counts where its result is taken.

    It tells nobody of its progress. A process waits for it before it ends.
    """

    def __init__(self, work: Callable[[], Result], lake: Path) -> None:
        self._found: list[Result] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=Context().run, args=(self._do, work, lake))
        self._thread.start()

    def _do(self, work: Callable[[], Result], lake: Path) -> None:
        with open_ledger(lake) as self._ledger:
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
