"""The lines under a measure: no figure of the headline without its interval, or the word that there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stopgap.measures.backfill.results import (
    Backfill,
    Concentration,
    Counterfactual,
    Coverage,
    DiversionResult,
    DoubleDifference,
    Finding,
    GoodResult,
    Identity,
    SupplierResult,
    Suspended,
)
from stopgap.measures.backfill.tables import (
    counterfactual_lines,
    finding_table,
    goods_table,
    net_state,
    summary_lines,
    suppliers_table,
)
from stopgap.panel.windows import Windows


def finding(**changes: object) -> Finding:
    base = Finding(
        episode="e",
        target="TTT",
        direction="exports-to-target",
        goods="g",
        goods_version="1",
        as_of="v1",
        valuation="FOB",
        frequency="M",
        windows=Windows(("2020-01", "2021-12"), ("2023-01", "2023-12")),
        suspended=Suspended(1000.0, 200.0, 800.0, 0.8, (0.7, 0.85)),
        backfill=Backfill(0.6, 0.45, (0.2, 0.7), (1, 31)),
        identity=Identity(800.0, 480.0, 0.0, 320.0, 0.0),
        suppliers=(),
        members=(),
        member_groups=(),
        by_good=(),
        by_group=(),
        concentration=Concentration(0.2, 0.4),
        mirror=None,
        coverage=Coverage(1.0),
        counterfactual=Counterfactual(
            "triple difference",
            None,
            360.0,
            900.0,
            560.0,
            20.0,
            0.47,
            0.1,
            0.2,
            77,
            DoubleDifference(0.5, (0.3, 0.75)),
            tuple(f"P{i}" for i in range(30)),
        ),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_the_headline_carries_both_intervals_and_the_rank() -> None:
    head, beside, _, net, ordinary, *_ = summary_lines(finding())
    assert head == (
        "e, g: suspended 80.0% (USD 1,000 to 200 a year; 95% interval 70.0% to 85.0%), net backfill not estimated"
    )
    assert beside == (
        "relative to the baseline: gross backfill 60.0% of the loss, net 45.0% (95% interval 20.0% to 70.0%, "
        "placebo rank 1 of 31)"
    )
    assert net == (
        "net gain: triple difference; observed USD 900 - expected 560 + entrants 20 = 360 a year; "
        "30 placebo destinations"
    )
    assert ordinary == (
        "77 ordinary goods moved by a factor of 1.11 against growth elsewhere (95% band of placebos 0.82 to 1.22, one excess); "
        "double difference, without them: 50.0% (95% interval 30.0% to 75.0%)"
    )


@pytest.mark.parametrize(
    ("backfill", "says"),
    [
        (Backfill(0.6), "net not estimated"),
        (Backfill(None, defined=False), "net undefined"),
        (Backfill(0.6, defined=False), "net undefined"),
        (Backfill(0.6, 0.45), "net 45.0% (no interval, no placebo rank)"),
    ],
)
def test_what_cannot_be_had_is_said(backfill: Backfill, says: str) -> None:
    beside = summary_lines(finding(backfill=backfill))[1]
    assert beside.endswith(says)
    assert (net_state(finding(backfill=backfill)) is None) == (backfill.net_ratio is not None)


def test_the_symmetric_ratio_leads_with_its_denominator() -> None:
    suspended = replace(finding().suspended, counterfactual_loss_usd=900.0, counterfactual_loss_ci95=(700.0, 1100.0))
    backfill = replace(finding().backfill, symmetric_ratio=0.4, symmetric_ci95=(0.1, 0.7))
    counterfactual = replace(
        finding().counterfactual, loss_expected_usd=1100.0, diversion=DiversionResult(0.25, 0.25, 0.1, 40)
    )
    told = finding(suspended=suspended, backfill=backfill, counterfactual=counterfactual)
    lines = summary_lines(told)
    assert lines[0].endswith("net backfill 40.0% of the counterfactual loss (95% interval 10.0% to 70.0%)")
    assert (
        "counterfactual loss: USD 900 a year (95% interval 700 to 1,100) = expected 1,100 - sold 200; 25% of what was "
        "set free was sold elsewhere (standard error 10%)" in lines
    )
    undefined = summary_lines(replace(told, backfill=replace(backfill, symmetric_ratio=None)))
    assert undefined[0].endswith("undefined: the counterfactual loss is not above 0")


def test_suspended_trade_without_an_interval_says_so() -> None:
    head = summary_lines(finding(suspended=Suspended(1000.0, 200.0, 800.0, 0.8)))[0]
    assert "a year; no interval)" in head


def test_without_a_counterfactual_there_is_no_line_on_it() -> None:
    assert counterfactual_lines(finding(counterfactual=Counterfactual(None, "no suppliers"))) == []


def test_without_ordinary_goods_there_is_no_line_on_them() -> None:
    [line] = counterfactual_lines(finding(counterfactual=replace(finding().counterfactual, ordinary_excess=None)))
    assert line.startswith("net gain")


def test_an_interval_is_two_columns_of_a_table() -> None:
    told = SupplierResult("CHN", 50.0, 110.0, 60.0, 0.75, "intensified", net_gain_usd=40.0, ci95=(30.0, 45.0))
    untold = SupplierResult("OMN", 0.0, 9.0, 9.0, 0.1, "entrant")
    found = suppliers_table(finding(suppliers=(told, untold)))
    assert "ci95" not in found.column_names
    assert found.select(["supplier", "ci95_low", "ci95_high"]).to_pylist() == [
        {"supplier": "CHN", "ci95_low": 30.0, "ci95_high": 45.0},
        {"supplier": "OMN", "ci95_low": None, "ci95_high": None},
    ]


def test_no_column_of_a_table_is_a_list() -> None:
    good = GoodResult("8542", "chips", 10.0, 2.0, 8.0, 1.0, 1.0, 0.0, 7.0, 0.0, "CHN", loss_ci95=(0.7, 0.9))
    measured = finding(by_good=(good,), by_group=(good,))
    tables = [goods_table(measured), *(finding_table(measured, by=by) for by in ("supplier", "good", "group"))]
    assert {str(field.type) for table in tables for field in table.schema} <= {"string", "double", "bool", "int64"}
    assert goods_table(measured).select(["loss_ci95_low", "loss_ci95_high", "net_ci95_low"]).to_pylist() == [
        {"loss_ci95_low": 0.7, "loss_ci95_high": 0.9, "net_ci95_low": None}
    ]
