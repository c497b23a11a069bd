"""Tables of the scale bench: ratios, promises and Markdown."""

from __future__ import annotations

import pytest
from scale_stats import Timed
from scale_tables import (
    CLUSTER,
    OURS,
    SAIL,
    SQL_NATIVE,
    MadeTable,
    engines_table,
    growth_table,
    limits,
    limits_table,
    markdown,
    task_table,
)

TIMED = [
    Timed("gross", OURS, 10, 10_000_000, (0.030, 0.020, 0.025), (0.040, 0.030, 0.020), None, "noted"),
    Timed("gross", SQL_NATIVE, 10, 10_000_000, (0.010, 0.012, 0.008), (0.020, 0.010, 0.015)),
    Timed("gross", OURS, 1, 1_000_000, (0.010,), (0.030,), None, "noted"),
    Timed("gross", OURS, 100, 100_000_000, (0.050, 0.040, 0.120), (0.030, 0.030, 0.030)),
    Timed("panel", OURS, 100, 100_000_000, (6.0,), (11.0,), 2048.0),
    Timed("panel", SQL_NATIVE, 100, 100_000_000, (3.0,), (6.0,), 1400.0),
]


def test_a_ratio_is_our_median_by_that_of_the_rival() -> None:
    made = task_table(TIMED, "gross")
    by_program = {(row[0], row[1]): row for row in made.rows}
    assert by_program[(SQL_NATIVE, "10,000,000")][-2:] == ("2.50", "2.00"), "25 ms by 10 ms, 30 by 15 of processor time"
    assert by_program[(OURS, "10,000,000")][-2:] == ("", "")
    assert by_program[(OURS, "10,000,000")][2:5] == ("3", "25.0", "30.0")
    assert made.below == "Stopgap: noted (1 and 10 million rows).", "the same note once"


def test_growth_is_fitted_over_all_sizes_of_a_program() -> None:
    [ours] = growth_table(TIMED).rows
    # medians 10, 25, 50 ms at 1, 10, 100: slope = (log10 50 - log10 10) / 2 = 0.349
    assert ours == ("gross: Stopgap", "1 · 10 · 100", "10.0 · 25.0 · 50.0", "0.35", "30.0 · 30.0 · 30.0", "0.00")


def test_what_is_kept_broken_and_not_measured_is_told_apart() -> None:
    rows = {row[0]: row[1:] for row in limits_table(TIMED, []).rows}
    assert rows["gross measure, 10 million rows, median ms"] == ("25", "25", "yes")
    assert rows["gross measure, 100 million rows, median ms"] == ("40", "50", "NO")
    assert rows["gross measure, 100 million rows, p95 ms"] == ("100", "120", "NO")
    assert rows["panel / hand-written SQL, 100 million rows, times"] == ("1.50", "2.00", "NO")
    assert rows["panel, 100 million rows, peak GiB"] == ("3.00", "2.00", "yes")
    assert rows["growth of the gross measure, 1 to 100 million rows, exponent"] == ("0.35", "0.35", "yes")
    assert rows["the same question again, 10 million rows, ms"] == ("60", "not measured", "–")


def test_growth_up_to_a_hundred_million_is_not_claimed_from_less() -> None:
    rows = {row[0]: row[1:] for row in limits_table([each for each in TIMED if each.millions < 100], []).rows}
    assert rows["growth of the gross measure, 1 to 100 million rows, exponent"] == ("0.35", "not measured", "–")


def test_an_engine_that_was_not_run_says_why() -> None:
    duckdb = {"engine": "DuckDB", "millions": 1, "first_s": 1.0, "measure_s": 0.6, "statements_s": 0.4, "panel_s": 0.1}
    cluster = {**duckdb, "engine": CLUSTER, "measure_s": 30.0, "statements_s": 25.0}
    absent = {"engine": SAIL, "millions": 1, "why": "it is not there"}
    rows = engines_table([duckdb, cluster, absent]).rows
    assert rows[1][2:] == ("1.00", "30.00", "25.00", "1.20", "0.10")
    assert rows[2][2] == "not run: it is not there"
    kept = {each.promise: each.measured for each in limits([], [duckdb, cluster, absent])}
    assert kept["cluster: measure / its statements by hand, 1 million rows, times"] == pytest.approx(1.2)


def test_markdown_has_a_title_a_rule_and_columns_of_one_width() -> None:
    text = markdown(MadeTable("A title", ("what", "ms"), (("one", "1.0"), ("another", "12.5")), "Below."))
    assert text == (
        "#### A title\n\n| what    |   ms |\n|---------|-----:|\n| one     |  1.0 |\n| another | 12.5 |\n\nBelow.\n"
    )
