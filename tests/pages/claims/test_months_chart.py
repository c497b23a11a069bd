"""The chart of verdicts by month: a month that cannot be tested has no figure, and totals are not told as a year's."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

from stopgap.claims.testing.results import Hypothesis, MonthVerdict, Verdict
from stopgap.pages.claims.charts import months_chart

SHIPPED = Hypothesis(
    "shipped", "Trade was reported.", "value_usd", 5e6, None, None, 1e5, (), Verdict.SUPPORTED, "It was.", "chips", "1", None, "direct", unit="USD",
)  # fmt: skip


def chart(hypothesis: Hypothesis, *months: MonthVerdict):
    return months_chart(SimpleNamespace(hypotheses=(hypothesis,), months=months, as_of="v1"))


def test_a_month_that_cannot_be_tested_has_no_figure() -> None:
    made = chart(
        SHIPPED,
        MonthVerdict("2022-03", Verdict.NOT_TESTABLE, 0.0, None),
        MonthVerdict("2022-04", Verdict.SUPPORTED, 5e6, None),
    )
    [rows] = [source["values"] for source in json.loads(made.specification)["data"] if source["name"] == "rows"]
    assert [row["estimate"] for row in rows] == [None, 5.0]
    assert [row[2].text for row in made.table.rows] == [
        "no estimate",
        "USD 5.0 m (no interval)".replace(" ", "\xa0", 1).replace(" m", "\xa0m"),
    ]


def test_only_figures_of_a_year_are_told_as_such() -> None:
    months = (
        MonthVerdict("2022-03", Verdict.SUPPORTED, 5e6, None),
        MonthVerdict("2022-04", Verdict.SUPPORTED, 6e6, None),
    )
    assert "million US dollars a year" not in chart(SHIPPED, *months).specification
    assert "million US dollars a year" in chart(replace(SHIPPED, unit="USD per year"), *months).specification


def test_one_month_is_no_chart() -> None:
    assert chart(SHIPPED, MonthVerdict("2022-03", Verdict.SUPPORTED, 5e6, None)) is None
