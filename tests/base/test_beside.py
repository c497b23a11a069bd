"""Work beside other work: its result, its error and what it read."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from pathlib import Path

import pytest

from stopgap.base.beside import WorkBeside, beside
from stopgap.base.errors import UsageError
from stopgap.base.progress import say, told
from stopgap.base.read_ledger import ROWS, Read, open_ledger, record

_WHO: ContextVar[str] = ContextVar("who", default="nobody")
READ = Read(ROWS, Path("lake"), "trade", "v1")


def _reads() -> str:
    record([READ])
    say("beside")
    return "done"


def test_what_is_read_counts_where_the_result_is_taken() -> None:
    heard: list[str] = []
    with told(lambda text, share: heard.append(text)), open_ledger() as ledger:
        work = WorkBeside(_reads, Path("lake"))
        work.wait()
        assert ledger.reads == ()  # an error meanwhile is marked by what its own work read
        assert work.result() == "done"
        assert ledger.reads == (READ,)
    assert heard == []


def test_an_error_is_raised_where_the_result_is_taken() -> None:
    def fails() -> None:
        record([READ])
        raise UsageError("no", where="here", fix="do")

    with open_ledger() as ledger:
        work = WorkBeside(fails, Path("lake"))
        with pytest.raises(UsageError, match="no"):
            work.result()
        assert ledger.reads == (READ,)


def test_work_is_done_in_order_in_a_thread_of_the_same_context():
    done: list[str] = []
    _WHO.set("an analyst")
    with beside() as start:
        first = start(lambda: done.append("first") or threading.current_thread())
        second = start(lambda: done.append("second") or _WHO.get())
    assert done == ["first", "second"]
    assert first() is not threading.current_thread()
    assert second() == "an analyst"


def test_an_error_of_started_work_is_raised_where_its_result_is_taken():
    def fails() -> int:
        raise ValueError("no figures")

    with beside() as start:
        found, other = start(fails), start(lambda: 2)
    with pytest.raises(ValueError, match="no figures"):
        found()
    assert other() == 2


def test_the_block_ends_after_its_work_also_when_it_fails():
    done: list[int] = []
    go = threading.Event()

    def work() -> None:
        go.wait(10)
        done.append(1)

    def block() -> None:
        with beside() as start:
            start(work)
            go.set()
            raise KeyError("stopped")

    with pytest.raises(KeyError):
        block()
    assert done == [1]


def test_without_a_thread_work_is_done_where_its_result_is_taken():
    done: list[int] = []
    with beside(when=False) as start:
        found = start(lambda: done.append(1) or 7)
        assert done == []
    assert found() == 7
