"""One open engine asked by several threads: each piece of work is done once, and all get its result."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from stopgap.lake.engines.answers import KeptAnswers
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.stage import Stage


@pytest.fixture
def engine():
    with duckdb.connect(":memory:") as con:
        yield DuckDBEngine(con, answers=KeptAnswers())


def test_what_many_threads_ask_for_is_made_once(engine):
    made: list[int] = []

    def make() -> str:
        made.append(1)
        time.sleep(0.05)
        return "finding"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: engine.remember("findings", "key", make), range(16)))
    assert found == ["finding"] * 16
    assert len(made) == 1


@pytest.mark.prove_only
def test_what_others_push_out_meanwhile_is_made_again(engine):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: engine.remember("findings", n % 5, lambda: n % 5, most=1), range(4000)))
    assert found == [n % 5 for n in range(4000)]


def test_after_an_error_the_next_thread_makes_it(engine):
    tries: list[int] = []

    def make() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("out of memory")
        return "finding"

    with pytest.raises(ValueError, match="out of memory"):
        engine.remember("findings", "key", make)
    assert engine.remember("findings", "key", make) == "finding"
    assert engine._locks == {}


def test_rows_of_a_shared_stage_are_worked_out_once(engine):
    engine.con.execute("CREATE SEQUENCE runs")
    shared = Stage("counted", "SELECT nextval('runs') AS run, range AS n FROM range(3)", is_shared=True)
    stages = [Stage(f"reader_{n}", f"SELECT run, n + {n} AS n FROM counted", (shared,)) for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(engine.run, stages))
    assert {run for table in tables for run in table["run"].to_pylist()} == {1, 2, 3}
