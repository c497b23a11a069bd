"""Parts of totals: kept apart where the total is there, added up where it is not, never counted twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stopgap.sources.registry import read_file

Write = Callable[..., Path]
Read = Callable[..., list[tuple[Any, ...]]]


def part(value: float, *, mot: int = 0, customs: str = "C00", partner2: int = 0, **more: str) -> dict[str, Any]:
    return {
        "motCode": mot, "customsCode": customs, "partner2Code": partner2, "primaryValue": value, "netWgt": "1", **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected", "merged"),
    [
        # The total is there: its parts stand beside it as one row.
        ([part(100), part(60, mot=1000), part(40, mot=3200)], [("breakdown", 100.0), ("economy", 100.0)], 1),
        # No total: the parts make it up.
        ([part(60, mot=1000), part(40, mot=3200)], [("economy", 100.0)], 1),
        # One part alone is still the total.
        ([part(60, mot=1000)], [("economy", 60.0)], 0),
        # Totals of one dimension only: the total of customs procedures, summed over modes.
        (
            [
                part(60, mot=1000), part(50, mot=1000, customs="C01"), part(10, mot=1000, customs="C05"),
                part(40, mot=3200),
            ],
            [("breakdown", 60.0), ("economy", 100.0)],
            2,
        ),
        # Two margins and no grand total: one of them is used, the other is a breakdown.
        (
            [
                part(70, customs="C01"), part(30, customs="C05"), part(60, mot=1000), part(40, mot=3200),
            ],
            [("breakdown", 100.0), ("economy", 100.0)],
            2,
        ),
        # Second partners.
        ([part(100), part(100, partner2=528)], [("breakdown", 100.0), ("economy", 100.0)], 0),
    ],
)  # fmt: skip
def test_by_hand(
    con: duckdb.DuckDBPyConnection,
    comtrade: Write,
    staged: Read,
    rows: list[dict[str, Any]],
    expected: list[tuple[str, float]],
    merged: int,
) -> None:
    staging = read_file(con, comtrade(*rows))
    assert staged("kind", "value_usd") == expected
    assert (staging.rows_read, staging.rows_merged, staging.rows_rejected) == (len(rows), merged, 0)
    assert staging.warnings


def test_other_keys_are_left_alone(con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read) -> None:
    staging = read_file(
        con, comtrade(part(1, partnerCode="156"), part(60, mot=1000), part(40, mot=3200), part(2, partnerCode="36"))
    )
    assert staged("partner", "value_usd", "kind") == [
        ("AUS", 2.0, "economy"),
        ("CHN", 1.0, "economy"),
        ("RUS", 100.0, "economy"),
    ]
    assert staging.warnings == ("1 totals were not in the file and are the sums of 2 rows of parts",)


def test_a_weight_is_summed_only_when_every_part_has_it(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read
) -> None:
    read_file(
        con,
        comtrade(
            part(60, mot=1000, netWgt="2", qty="3"),
            part(40, mot=3200, netWgt="0", qty="4"),
            part(60, mot=1000, netWgt="2", partnerCode="36", qtyUnitCode="8"),
            part(40, mot=3200, netWgt="5", partnerCode="36", qtyUnitCode="5"),
        ),
    )
    assert staged("partner", "net_kg", "quantity") == [("AUS", 7.0, None), ("RUS", None, 7.0)]


def test_flows_that_are_parts_of_others_are_breakdowns(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read
) -> None:
    read_file(con, comtrade({"flowCode": "X"}, {"flowCode": "DX"}, {"flowCode": "RX"}, {"flowCode": "XIP"}))
    assert staged("flow", "kind") == [
        ("DX", "breakdown"), ("RX", "economy"), ("X", "economy"), ("XIP", "breakdown"),
    ]  # fmt: skip


def test_a_contradiction_among_parts_rejects_the_whole_key(
    con: duckdb.DuckDBPyConnection, comtrade: Write, rejects: Callable[[], list[tuple[int, str]]], staged: Read
) -> None:
    read_file(con, comtrade(part(60, mot=1000), part(61, mot=1000), part(40, mot=3200), part(5, partnerCode="36")))
    assert [row for row, _ in rejects()] == [2, 3, 4]
    assert staged("partner", "value_usd") == [("AUS", 5.0)]


ROW = st.tuples(
    st.sampled_from([0, 1000, 3200]),
    st.sampled_from(["C00", "C01"]),
    st.sampled_from([0, 528]),
    st.sampled_from(["X", "M", "DX"]),
    st.integers(0, 10**6),
)


@pytest.mark.in_parts
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, min_size=1, max_size=12, unique_by=lambda row: row[:4]))
def test_nothing_is_lost_and_no_key_stands_twice(comtrade: Write, rows: list[tuple[int, str, int, str, int]]) -> None:
    path = comtrade(
        *(
            part(value, mot=mot, customs=customs, partner2=second, flowCode=flow)
            for mot, customs, second, flow, value in rows
        )
    )
    with duckdb.connect() as con:
        staging = read_file(con, path)
        total = con.execute("SELECT sum(value_usd) FROM staged").fetchall()[0][0]
        twice = con.execute("SELECT 1 FROM staged GROUP BY kind, flow HAVING count(*) > 1").fetchall()
    assert total == pytest.approx(sum(row[-1] for row in rows))
    assert not twice
    assert staging.rows_rejected == 0
