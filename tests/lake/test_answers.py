"""Answers that an engine keeps while its connection is open."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from stopgap.lake.engines.answers import KeptAnswers, content_key, statement_key
from stopgap.lake.engines.engine import DuckDBEngine

ONE, TWO = pa.table({"n": [1]}), pa.table({"n": [2]})


def test_a_statement_is_run_once_for_the_same_tables_and_scalars() -> None:
    with duckdb.connect(":memory:") as con:
        con.execute("CREATE SEQUENCE calls")
        engine = DuckDBEngine(con, answers=KeptAnswers())

        def ask(sql: str, n: pa.Table, scalar: int) -> list[int]:
            return engine.query(sql, tables={"numbers": n, "unnamed": n}, params={"add": scalar})["v"].to_pylist()

        counting = "SELECT nextval('calls') + 0 * n + 0 * $add AS v FROM numbers"
        assert ask(counting, ONE, 5) == [1]
        assert ask(counting, pa.table({"n": [1]}), 5) == [1]  # as much as the same
        assert ask(counting, TWO, 5) == [2]
        assert ask(counting, ONE, 6) == [3]
        assert ask(counting + " -- other words", ONE, 5) == [4]
        assert ask(counting, ONE, 5) == [1]
        engine.answers = None
        assert ask(counting, ONE, 5) == [5]


def test_a_table_that_the_statement_does_not_name_makes_no_other_question() -> None:
    sql = "SELECT * FROM numbers"
    assert statement_key(sql, {"numbers": ONE}, {}) == statement_key(sql, {"numbers": ONE, "others": TWO}, {})
    assert statement_key(sql, {"numbers": ONE}, {}) != statement_key(sql, {"numbers": TWO}, {})


def test_the_content_of_a_table_is_its_columns_types_and_rows_in_order() -> None:
    rows = pa.table({"n": [1, 2]})
    assert content_key(rows) == content_key(pa.concat_tables([ONE, TWO]))
    others = (
        pa.table({"n": [2, 1]}), pa.table({"m": [1, 2]}), pa.table({"n": [1, None]}),
        pa.table({"n": pa.array([1, 2], pa.int32())}), rows.slice(0, 1),
    )  # fmt: skip
    assert len({content_key(rows), *map(content_key, others)}) == 6


def test_the_oldest_answers_go_where_there_is_no_room() -> None:
    answers = [pa.table({"n": [number] * 10}) for number in range(6)]
    kept = KeptAnswers(most_bytes=4 * answers[0].nbytes)
    for number, answer in enumerate(answers):
        kept.keep(bytes([number]), answer)
    assert [number for number in range(6) if kept.find(bytes([number])) is not None] == [2, 3, 4, 5]
    kept.keep(b"large", pa.table({"n": [0] * 11}))
    assert kept.find(b"large") is None
