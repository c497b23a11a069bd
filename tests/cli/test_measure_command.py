"""What the commands say of figures: the headline, its parts, the rows behind them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_calls import MACHINERY, MILLION, WINDOWS, Run, csv_rows, stopgap


@pytest.fixture(scope="module")
def finding(demo_lake: Path) -> Any:
    ran = stopgap(*MACHINERY, *WINDOWS, "--format", "json", "--lake", demo_lake)
    assert (ran.returncode, ran.stderr) == (0, b"")
    return json.loads(ran.stdout)


def test_the_headline_is_what_the_exporters_reported(finding: Any) -> None:
    [union] = finding["member_groups"]
    china = finding["suppliers"][0]
    assert (union["group"], union["members"]) == ("eu27", 27)
    assert (round(union["baseline_usd"] / MILLION), round(union["after_usd"] / MILLION)) == (31_096, 6_381)
    assert china["supplier"] == "CHN"
    assert (round(china["baseline_usd"] / MILLION), round(china["after_usd"] / MILLION)) == (28_713, 42_293)
    assert finding["coverage"]["missing_reporters"] == ["BLR", "BTN", "CUB", "IRN", "KIR", "NPL", "PAN", "RWA"]


def test_the_parts_of_a_finding_add_up(finding: Any) -> None:
    suspended, identity = finding["suspended"], finding["identity"]
    gains = sum(row["gain_usd"] for row in finding["suppliers"])
    assert suspended["loss_usd"] == pytest.approx(-sum(row["change_usd"] for row in finding["members"]))
    assert finding["backfill"]["gross_ratio"] == pytest.approx(gains / suspended["loss_usd"])
    filled = identity["filled_same_good_usd"] + identity["filled_same_heading_usd"]
    assert identity["loss_usd"] == pytest.approx(filled + identity["unfilled_usd"])
    for row in finding["suppliers"]:
        assert row["share_of_loss"] == pytest.approx(row["gain_usd"] / suspended["loss_usd"])


def test_net_figures_add_up_and_lie_in_their_intervals(finding: Any) -> None:
    backfill, counterfactual = finding["backfill"], finding["counterfactual"]
    low, high = backfill["net_ci95"]
    assert low < backfill["net_ratio"] < high
    rank, destinations = backfill["placebo_rank"]
    assert 1 <= rank <= destinations == len(counterfactual["placebo_targets"]) + 1
    nets = [row["net_gain_usd"] for row in finding["suppliers"] if row["net_gain_usd"] is not None]
    loss = finding["suspended"]["loss_usd"]
    assert sum(nets) == pytest.approx(backfill["net_ratio"] * loss, rel=1e-8)
    parts = [counterfactual[name] for name in ("observed_usd", "expected_usd", "entrants_usd")]
    assert counterfactual["net_usd"] == pytest.approx(parts[0] - parts[1] + parts[2], rel=1e-8)
    for row in finding["suppliers"]:
        if row["ci95"] is not None:
            assert row["ci95"][0] <= row["net_gain_usd"] <= row["ci95"][1]


def test_what_is_not_estimated_is_null_and_said(finding: Any) -> None:
    assert finding["suspended"]["ci95"] is None
    warnings = " ".join(finding["warnings"])
    assert "the loss has no interval: annual figures need 5 baseline years" in warnings
    assert finding["counterfactual"]["method"] == "double difference"
    assert "no ordinary goods are known at this level" in warnings


def test_the_queries_of_a_finding_lead_to_its_figures(finding: Any, demo_lake: Path, stopgap_run: Run) -> None:
    measured = {row["supplier"]: row for row in (*finding["suppliers"], *finding["members"])}
    assert len(finding["queries"]) == 2
    for sql in finding["queries"]:
        answer = stopgap_run(
            "query", sql, "--as-of", finding["as_of"], "--lake", demo_lake, "--format", "json"
        ).document
        dollars: dict[tuple[str, str], float] = {}
        for row in answer["rows"]:
            key = (row["supplier"], row["period"])
            dollars[key] = dollars.get(key, 0.0) + row["value_usd"]
        for supplier, row in measured.items():
            assert dollars.get((supplier, "2021-01-01"), 0.0) == pytest.approx(row["baseline_usd"], abs=0.01)
            assert dollars.get((supplier, "2023-01-01"), 0.0) == pytest.approx(row["after_usd"], abs=0.01)
        others = {supplier for supplier, _ in dollars} - set(measured)
        assert others <= set(finding["coverage"]["missing_reporters"])


def test_a_finding_is_kept_under_its_id(finding: Any, demo_lake: Path, stopgap_run: Run) -> None:
    sql = f"SELECT content FROM findings WHERE finding_id = '{finding['finding_id']}'"
    [row] = stopgap_run("query", sql, "--lake", demo_lake, "--format", "json").document["rows"]
    assert {**json.loads(row["content"]), "marking": finding["marking"]} == finding


@pytest.mark.prove_only
def test_measuring_by_good_and_by_group(demo_lake: Path, stopgap_run: Run) -> None:
    call = ("measure", "russia-2022", "--goods", "chpl-2024-02", "--frequency", "M", "--after", "2022-03:2022-11")
    rows = {
        by: csv_rows(stopgap_run(*call, "--by", by, "--lake", demo_lake, "--format", "csv").out)
        for by in ("good", "group")
    }
    loss = {by: sum(float(row["loss_usd"]) for row in found) for by, found in rows.items()}
    assert loss["good"] == pytest.approx(loss["group"])
    assert {row["good"] for row in rows["group"]} <= {"1", "2", "3.A", "3.B", "4.A", "4.B"}
    assert all(len(row["good"]) == 6 and row["description"] for row in rows["good"])
    losses = [float(row["loss_usd"]) for row in rows["good"]]
    assert losses == sorted(losses, reverse=True)
