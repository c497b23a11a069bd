"""Sums of dollars in SQL do not depend on the order in which threads add: findings and packs of one lake have the same bytes."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from stopgap.panel.stages import dollars_sum, squares_sum

STAGES = sorted((Path(__file__).resolve().parents[2] / "src" / "stopgap").rglob("*stages.py"))
EXACT = re.compile(r"\bsum\((?!CAST\(\{|CAST\([^()]* AS DECIMAL|exact_usd\)|CASE WHEN|n_|\w+\.n_|goods\)|1\b)")
"""A sum that is neither of decimals nor of counts."""


@pytest.mark.parametrize("file", STAGES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_stage_adds_doubles(file: Path) -> None:
    sql = "\n".join(line for line in file.read_text("utf-8").splitlines() if not line.lstrip().startswith("#"))
    found = [sql[max(match.start() - 30, 0) : match.end() + 40] for match in EXACT.finditer(sql)]
    assert found == []


@pytest.mark.parametrize("order", ["usd", "usd DESC", "hash(usd)"])
@pytest.mark.parametrize("sql", [dollars_sum("usd"), squares_sum("usd", "usd")])
def test_sums_are_the_same_in_every_order(sql: str, order: str) -> None:
    rows = "(SELECT power(10, (i % 13) - 2) * (1 + (i * 7919 % 1000) / 997) AS usd FROM range(20000) AS t(i))"
    expected = duckdb.execute(f"SELECT {sql} FROM {rows}").fetchall()
    assert duckdb.execute(f"SELECT {sql} FROM (SELECT * FROM {rows} ORDER BY {order})").fetchall() == expected


def test_the_largest_amounts_fit() -> None:
    [(found,)] = duckdb.execute(
        f"SELECT {squares_sum('usd', 'usd')} FROM (SELECT 1e15 AS usd FROM range(90))"
    ).fetchall()
    assert found == pytest.approx(90e30)
