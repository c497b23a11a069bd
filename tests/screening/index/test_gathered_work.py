"""Work of several threads done together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from stopgap.screening.index.gathered_work import GatheredWork


def part(found, start, end):
    return found[start:end]


def test_each_thread_gets_its_own_results_and_what_waits_is_done_together():
    pieces = []
    first, go_on = threading.Event(), threading.Event()

    def work(items):
        pieces.append(len(items))
        if not first.is_set():
            first.set()
            go_on.wait()
        return [item * item for item in items]

    gathered = GatheredWork(work, part, 100)
    with ThreadPoolExecutor(9) as threads:
        begun = threads.submit(gathered.done, [7])
        first.wait()
        waiting = [threads.submit(gathered.done, [number, number + 1]) for number in range(8)]
        while len(gathered._waiting) < 8:  # all of them stand in line
            pass
        go_on.set()
        assert begun.result() == [49]
        assert [each.result() for each in waiting] == [[n * n, (n + 1) ** 2] for n in range(8)]
    assert pieces == [1, 16]


def test_no_more_are_taken_together_than_there_is_room_for():
    pieces = []
    first, go_on = threading.Event(), threading.Event()

    def work(items):
        pieces.append(len(items))
        if not first.is_set():
            first.set()
            go_on.wait()
        return list(items)

    gathered = GatheredWork(work, part, 4)
    with ThreadPoolExecutor(9) as threads:
        begun = threads.submit(gathered.done, [0])
        first.wait()
        waiting = [threads.submit(gathered.done, [number] * 3) for number in range(4)]
        while len(gathered._waiting) < 4:
            pass
        go_on.set()
        assert [each.result() for each in [begun, *waiting]] == [[0], *([number] * 3 for number in range(4))]
    assert pieces == [1, 3, 3, 3, 3]


def test_an_error_is_told_to_the_thread_whose_items_are_at_fault_alone():
    first, go_on = threading.Event(), threading.Event()

    def work(items):
        if not first.is_set():
            first.set()
            go_on.wait()
        if "bad" in items:
            raise ValueError("bad")
        return list(items)

    gathered = GatheredWork(work, part, 100)
    with ThreadPoolExecutor(4) as threads:
        begun = threads.submit(gathered.done, ["a"])
        first.wait()
        good, bad, better = (threads.submit(gathered.done, [item]) for item in ("b", "bad", "c"))
        while len(gathered._waiting) < 3:
            pass
        go_on.set()
        assert [begun.result(), good.result(), better.result()] == [["a"], ["b"], ["c"]]
        with pytest.raises(ValueError, match="bad"):
            bad.result()
    assert gathered.done(["d"]) == ["d"]
