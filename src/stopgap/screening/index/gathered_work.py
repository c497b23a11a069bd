"""Work of several threads done together: one of them does what all that wait have asked for."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Waiting(Generic[Item, Result]):
    """What one thread asked for; ``turn`` is set when it is done, or when that thread is to do the work."""

    __slots__ = ("error", "items", "result", "turn")

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.turn = threading.Event()
        self.result: Result | None = None
        self.error: BaseException | None = None


class GatheredWork(Generic[Item, Result]):
    """Does the work of many threads in turns; what waited meanwhile is done in one piece.

    It starts no thread: the thread whose turn it is works for all. A thread alone pays nothing for it.

    Args:
        work: Function of items, whose result for several is that for each of them, side by side.
        part: Function that takes the part of a result that belongs to the items from one number to before another.
        most: Number of items from which no more are taken into one piece.
    """

    def __init__(
        self, work: Callable[[Sequence[Item]], Result], part: Callable[[Result, int, int], Result], most: int
    ) -> None:
        self._work = work
        self._part = part
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting[Item, Result]] = deque()
        self._is_working = False

    def done(self, items: Sequence[Item]) -> Result:
        """Return the result for some items, or raise what the work for them raised."""
        mine: _Waiting[Item, Result] = _Waiting(items)
        with self._lock:
            is_mine = not self._is_working
            self._is_working = True
            if not is_mine:
                self._waiting.append(mine)
        if not is_mine:
            mine.turn.wait()
            if mine.result is not None:
                return mine.result
            if mine.error is not None:
                raise mine.error
        together = self._taken(mine)
        try:
            self._do(together)
        finally:
            self._hand_on(together[1:])
        if mine.error is not None:
            raise mine.error
        assert mine.result is not None
        return mine.result

    def _taken(self, mine: _Waiting[Item, Result]) -> list[_Waiting[Item, Result]]:
        """Return what is done in this turn: the thread's own, then what waits, as long as there is room."""
        taken, count = [mine], len(mine.items)
        with self._lock:
            while self._waiting and count + len(self._waiting[0].items) <= self._most:
                taken.append(self._waiting.popleft())
                count += len(taken[-1].items)
        return taken

    def _do(self, together: Sequence[_Waiting[Item, Result]]) -> None:
        items = [item for each in together for item in each.items]
        try:
            found = self._work(items)
        except BaseException as error:
            if len(together) == 1:
                together[0].error = error
                return
            for each in together:  # one of them is at fault: the others are answered
                self._do([each])
            return
        start = 0
        for each in together:
            end = start + len(each.items)
            each.result = found if len(together) == 1 else self._part(found, start, end)
            start = end

    def _hand_on(self, others: Sequence[_Waiting[Item, Result]]) -> None:
        """Wake those whose work is done, and give the turn to the next that waits."""
        with self._lock:
            following = self._waiting.popleft() if self._waiting else None
            self._is_working = following is not None
        for each in others:
            each.turn.set()
        if following is not None:
            following.turn.set()
