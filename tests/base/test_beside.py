"""Work beside other work: its result, its error and what it read."""

from __future__ import annotations

from pathlib import Path

import pytest

from stopgap.base.beside import WorkBeside
from stopgap.base.errors import UsageError
from stopgap.base.progress import say, told
from stopgap.base.read_ledger import ROWS, Read, open_ledger, record

READ = Read(ROWS, Path("lake"), "trade", "v1")


def _reads() -> str:
    record([READ])
    say("beside")
    return "done"


def test_what_is_read_counts_where_the_result_is_taken() -> None:
    heard: list[str] = []
    with told(lambda text, share: heard.append(text)), open_ledger() as ledger:
        beside = WorkBeside(_reads, Path("lake"))
        beside.wait()
        assert ledger.reads == ()  # an error meanwhile is marked by what its own work read
        assert beside.result() == "done"
        assert ledger.reads == (READ,)
    assert heard == []


def test_an_error_is_raised_where_the_result_is_taken() -> None:
    def fails() -> None:
        record([READ])
        raise UsageError("no", where="here", fix="do")

    with open_ledger() as ledger:
        beside = WorkBeside(fails, Path("lake"))
        with pytest.raises(UsageError, match="no"):
            beside.result()
        assert ledger.reads == (READ,)
