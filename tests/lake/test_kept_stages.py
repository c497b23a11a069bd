"""What the native copy keeps of the whole table equals its statements, and shared rows are worked out once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from lake_rows import put, trade_row

from stopgap.lake.engines import shared_rows
from stopgap.lake.engines.answers import KeptAnswers
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.kept_stages import KEPT, SEVERAL_REVISIONS
from stopgap.lake.snapshot import connect, kept_stages, take_snapshot
from stopgap.lake.stage import Stage
from stopgap.lake.views import REPORTED_SQL

TWICE = [
    trade_row(revision=revision, period=period, good=good, value_usd=value)
    for revision, period, good, value in [
        ("HS2017", "2021-01-01", "854231", 10.0),
        ("HS2022", "2021-01-01", "854231", 11.0),
        ("HS2022", "2022-01-01", "854232", 12.0),
        ("HS2017", "2023-01-01", "854231", None),
        ("HS2022", "2023-01-01", "854231", 13.0),
    ]
]


def rows_of(table: pa.Table) -> list[tuple[object, ...]]:
    return sorted(tuple(row.values()) for row in table.to_pylist())


def test_kept_rows_are_those_of_the_statements(tmp_path: Path) -> None:
    put(tmp_path, TWICE)
    snapshot = take_snapshot(tmp_path)
    with connect(snapshot) as con:
        kept = kept_stages(con, snapshot)
        assert set(kept) == set(KEPT)
        for stage in KEPT:
            assert rows_of(DuckDBEngine(con, kept=kept).run(stage)) == rows_of(DuckDBEngine(con).run(stage))
        [row] = DuckDBEngine(con, kept=kept).run(SEVERAL_REVISIONS).to_pylist()
    assert (row["reporter"], f"{row['period']:%Y-%m}") == ("CHN", "2021-01")  # a row without a value is no revision


def test_what_a_copy_keeps_of_files_with_aggregates_and_breakdowns_is_told_by_the_statements(tmp_path: Path) -> None:
    for number, kind in enumerate(("economy", "aggregate", "breakdown")):
        rows = [
            trade_row(
                good=good, period=period, partner=partner, value_usd=value, currency=currency, receipt=kind,
                kind="aggregate" if good == "TOTAL" else kind, source=("comtrade", "eurostat", "wits")[number],
            )
            for good, period, partner, value, currency in [
                ("854231", f"202{number}-01-01", "RUS", 1.5, "USD"),
                ("84+85", "2021-01-01", "KAZ", None, "EUR"),
                ("84+85", "2021-01-01", "KGZ", 2.5, None),
                ("TOTAL", f"202{number}-01-01", "W00", None, "USD"),
            ]
        ]  # fmt: skip
        put(tmp_path, rows, name=kind)
    snapshot = take_snapshot(tmp_path)
    with connect(snapshot) as con:
        kept = kept_stages(con, snapshot)
        for stage in (*KEPT, Stage("who_reported", "SELECT * FROM reported")):
            want = Stage("who_reported", REPORTED_SQL) if stage.name == "who_reported" else stage
            assert rows_of(DuckDBEngine(con, kept=kept).run(stage)) == rows_of(DuckDBEngine(con).run(want))
        held = con.execute("SELECT receipt, good, usd FROM native.held_codes WHERE good = '84+85'").fetchall()
        pairs = con.execute("SELECT DISTINCT receipt, way, partner FROM native.held_pairs").fetchall()
    sums = [
        (kind, "84+85", value) for kind in ("aggregate", "breakdown", "economy") for value in (None, Decimal("2.5"))
    ]
    assert sorted(held, key=repr) == sorted(sums, key=repr)
    assert sorted(pairs) == sorted(
        [(kind, "codes", partner) for kind in ("aggregate", "economy") for partner in ("RUS", "KAZ", "KGZ")]
        + [(kind, "total", "W00") for kind in ("aggregate", "breakdown", "economy")]
    )


def test_without_some_files_nothing_is_kept(tmp_path: Path) -> None:
    put(tmp_path, [row | {"receipt": "first"} for row in TWICE[:2]], name="first")
    put(tmp_path, [row | {"receipt": "second"} for row in TWICE[2:]], name="second")
    snapshot = take_snapshot(tmp_path).without(frozenset({"first"}))
    with connect(snapshot) as con:
        assert kept_stages(con, snapshot) == {}
        assert DuckDBEngine(con).run(SEVERAL_REVISIONS).num_rows == 0


def test_rows_of_a_shared_stage_are_worked_out_once() -> None:
    drawn = Stage("drawn", "SELECT g.n, random() AS value FROM given AS g", is_shared=True)
    first, second = (
        Stage("one", "SELECT n, value FROM drawn", (drawn,)),
        Stage("two", "SELECT n, value FROM drawn", (drawn,)),
    )
    given, others = {"given": pa.table({"n": [1, 2]})}, {"given": pa.table({"n": [1, 3]})}
    with duckdb.connect() as con:
        engine = DuckDBEngine(con, answers=KeptAnswers())
        assert rows_of(engine.run(first, tables=given)) == rows_of(engine.run(second, tables=given))
        assert rows_of(engine.run(first, tables=given)) != rows_of(engine.run(second, tables=others))
        alone = DuckDBEngine(con)
        assert rows_of(alone.run(first, tables=given)) != rows_of(alone.run(second, tables=given))


def test_rows_used_longest_ago_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_rows, "MOST_ROWS", 5)
    counted = Stage("counted", "SELECT g.n FROM given AS g", is_shared=True)
    reader = Stage("reader", "SELECT n FROM counted", (counted,))
    with duckdb.connect() as con:
        engine = DuckDBEngine(con, answers=KeptAnswers(0))
        for start in range(4):
            tables = {"given": pa.table({"n": list(range(start, start + 2))})}
            assert rows_of(engine.run(reader, tables=tables)) == [(start,), (start + 1,)]
        names = con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'shared_%'").fetchall()
    assert names == [(2,)]
