"""Rows and keys are counted by sorted hashes as DuckDB counts distinct keys."""

from __future__ import annotations

import duckdb
import pytest

from stopgap.sources import distinct_keys
from stopgap.sources.distinct_keys import count_keys


@pytest.mark.parametrize("at_once", [1, 7, 1 << 24])
def test_repeated_keys_are_counted_once_whatever_is_held_in_memory(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(distinct_keys, "HASHES_AT_ONCE", at_once)
    with duckdb.connect() as con:
        con.execute("CREATE TABLE given AS SELECT i % 40 AS a, if(i % 3 = 0, NULL, 'x') AS b FROM range(100) AS t(i)")
        # 40 values of a, each with b NULL and with b set: 34 of 100 rows have i % 3 = 0.
        pairs = {(i % 40, i % 3 == 0) for i in range(100)}
        assert count_keys(con, "given", ("a", "b")) == (100, len(pairs))
        assert count_keys(con, "given", ("a",)) == (100, 40)


def test_a_relation_without_rows_has_no_keys() -> None:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE given (a INTEGER)")
        assert count_keys(con, "given", ("a",)) == (0, 0)
