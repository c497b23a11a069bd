"""Every stage is in the subset of DuckDB's dialect that all engines read alike, and the linter finds what is not."""

from __future__ import annotations

import lint_stages
import pytest


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT reporter FROM trade ORDER BY reporter LIMIT 5",
        "SELECT regexp_matches(good, '^[0-9]+$') AS is_code FROM trade",
        "SELECT CAST(sum(CAST(value_usd AS DECIMAL(28, 6))) AS DOUBLE) / 12 AS a_month FROM trade",
        "SELECT CAST(substr(vintage, 2) AS INTEGER) AS number FROM trade",
    ],
)
def test_what_all_engines_read_alike_is_no_fault(sql: str) -> None:
    assert lint_stages.faults_of(sql) == []


def test_every_stage_is_in_the_subset() -> None:
    stages = lint_stages.all_stages()
    assert {"cells", "dollars", "world_cells", "cell_series", "code_moves"} <= {stage.name for stage in stages.values()}
    assert {stage.name: found for stage in stages.values() if (found := lint_stages.faults_of(stage.sql))} == {}


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("SELECT approx_count_distinct(reporter) FROM trade", "function approx_distinct"),
        ("SELECT list(value_usd)[1:3] FROM trade", "a slice of a list"),
        (
            "SELECT reporter, count(*) FROM trade GROUP BY ALL QUALIFY row_number() OVER () = 1",
            "QUALIFY with GROUP BY ALL",
        ),
        ("SELECT quantile_cont(value_usd, 0.5) FROM trade", "function"),
        ("SELECT arg_max(reporter, value_usd) FROM trade", "function"),
        ("SELECT * FROM trade ASOF JOIN periods ON trade.period >= periods.period", "ASOF JOIN"),
        ("SELECT FROM WHERE", "cannot be parsed"),
        ("SELECT count(*) // 12 AS years FROM trade", "a division without rest"),
        ("SELECT reporter FROM trade LIMIT 5", "LIMIT without ORDER BY"),
        ("SELECT regexp_matches(good, '^\\d+$') AS is_code FROM trade", "a pattern"),
        ("SELECT regexp_matches(good, '(?i)total') AS is_total FROM trade", "a pattern"),
        ("SELECT CAST(value_usd / 1000 AS BIGINT) AS thousands FROM trade", "a fraction cast"),
        ("SELECT sum(CAST(value_usd AS DECIMAL(28, 6))) / 12 AS a_month FROM trade", "a decimal divided"),
        ("SELECT avg(CAST(value_usd AS DECIMAL(28, 6))) AS mean FROM trade", "a decimal divided"),
    ],
)
def test_what_other_engines_read_otherwise_is_found(sql: str, fault: str) -> None:
    assert any(found.startswith(fault) for found in lint_stages.faults_of(sql)), lint_stages.faults_of(sql)
