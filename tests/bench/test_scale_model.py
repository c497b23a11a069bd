"""Lines through measured costs, Spark's event log added up, and the page filled from results."""

from __future__ import annotations

import json
from typing import Any

import pytest
from scale_model import line_through, statement_models, wall_s
from scale_page import BLOCKS, KEPT, PAGE, filled
from scale_stages import costs_of

ROWS = {"1": 1_000_000, "10": 10_000_000}


def cost(statement: str, cpu_s: float, shuffled: int) -> dict[str, Any]:
    return {
        "statement": statement, "cpu_s": cpu_s, "rows_read": 0, "bytes_read": 0, "shuffle_rows": 0,
        "shuffle_bytes": shuffled, "spilled_bytes": 0, "peak_bytes": 0, "result_rows": 0, "result_bytes": 0,
        "given_bytes": 100,
    }  # fmt: skip


def test_the_line_goes_through_the_two_largest_sizes() -> None:
    line = line_through([(10.0, 25.0), (1.0, 100.0), (20.0, 45.0)])
    assert (line.fixed, line.per_row) == (5.0, 2.0)
    assert line.at(1000) == 2005.0


def test_one_size_is_all_by_row_and_no_slope_is_below_zero() -> None:
    assert line_through([(10.0, 5.0)]).at(100) == 50.0
    falling = line_through([(1.0, 5.0), (10.0, 4.0)])
    assert (falling.fixed, falling.per_row) == (4.0, 0.0)
    with pytest.raises(ValueError, match="no points"):
        line_through([])


def test_statements_are_modelled_apart_the_dearest_by_row_first() -> None:
    costs = {
        "1": [cost("cheap", 1.0, 0), cost("dear", 1.0, 1_000)],
        "10": [cost("cheap", 1.9, 0), cost("dear", 10.0, 19_000)],
    }
    dear, cheap = statement_models(costs, ROWS)
    assert (dear.statement, cheap.statement) == ("dear", "cheap")
    # 9 s and 18,000 bytes over 9 million rows
    assert dear.cpu_s.at(1e9) == pytest.approx(1000.0)
    assert dear.shuffle_bytes.per_row == pytest.approx(0.002)
    assert cheap.cpu_s.per_row == pytest.approx(1e-7)


def test_cores_are_used_in_part() -> None:
    assert wall_s(700.0, 10, efficiency=0.7) == pytest.approx(100.0)


def test_tasks_are_added_up_by_the_statement_that_started_their_job() -> None:
    def ended(stage: int, cpu_ns: int, shuffled: int, read: int) -> dict[str, Any]:
        metrics = {
            "Executor CPU Time": cpu_ns,
            "Shuffle Write Metrics": {"Shuffle Records Written": shuffled // 10, "Shuffle Bytes Written": shuffled},
            "Input Metrics": {"Records Read": read, "Bytes Read": read * 8},
            "Memory Bytes Spilled": 0,
            "Peak Execution Memory": cpu_ns,
        }
        return {"Event": "SparkListenerTaskEnd", "Stage ID": stage, "Task Metrics": metrics}

    events = [
        {"Event": "SparkListenerJobStart", "Stage IDs": [0, 1], "Properties": {"spark.jobGroup.id": "cells"}},
        ended(0, 2_000_000_000, 100, 50),
        ended(0, 1_000_000_000, 200, 70),
        {"Event": "SparkListenerJobStart", "Stage IDs": [2], "Properties": {}},
        ended(2, 9_000_000_000, 999, 999),
        ended(1, 500_000_000, 0, 0),
    ]
    found = costs_of(events)["cells"]
    assert (found.cpu_s, found.shuffle_bytes, found.shuffle_rows, found.rows_read) == (3.5, 300, 30, 120)
    assert found.peak_bytes == 2_000_000_000


def test_the_page_is_what_the_script_makes_of_the_results_kept() -> None:
    page = PAGE.read_text("utf-8")
    assert all(f"<!-- measured: {name} -->" in page for name in BLOCKS)
    assert filled(page, json.loads(KEPT.read_text("utf-8"))) == page
