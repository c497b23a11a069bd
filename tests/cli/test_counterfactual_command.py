"""The command that sets net backfill beside second opinions, end to end on a simulated world and on the demo."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cli_calls import MACHINERY, WINDOWS, Run, csv_rows, stopgap

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Lake and episode file of a small annual world with planted backfill."""
    from stopgap.cli.main import run

    folder = tmp_path_factory.mktemp("world")
    made = folder / "made"
    assert run(["simulate", "--output", str(made), "--seed", "2", "--rows", "15000", "--kind", "annual"]) == 0
    assert run(["import", str(made / "trade.csv"), "--lake", str(folder / "lake"), "--format", "json"]) == 0
    return folder / "lake", made / "episode.yml"


@pytest.fixture(scope="module")
def report(world: tuple[Path, Path]) -> Any:
    """The command as a process of its own: nothing but JSON on stdout, nothing on stderr."""
    lake, episode = world
    ran = stopgap("counterfactual", episode, "--lake", lake, "--format", "json")
    assert (ran.returncode, ran.stderr) == (0, b"")
    return json.loads(ran.stdout)


def test_the_headline_is_the_measure_s_own(report: Any, world: tuple[Path, Path], stopgap_run: Run) -> None:
    lake, episode = world
    finding = stopgap_run("measure", episode, "--lake", lake, "--format", "json").document
    triple = report["triple_difference"]
    assert report["finding_id"] == finding["finding_id"]
    assert triple["method"] == "triple difference"
    assert [triple["net_ratio"], triple["net_ci95"]] == [
        finding["backfill"]["net_ratio"], finding["backfill"]["net_ci95"],
    ]  # fmt: skip
    for name in ("episode", "goods", "goods_version", "as_of", "valuation", "frequency", "unit", "windows", "coverage"):
        assert report[name] == finding[name]


def test_the_second_opinion_has_its_interval_and_says_what_it_used(report: Any) -> None:
    second = report["second_opinion"]
    assert second["net_ci95"][0] < second["net_ratio"] < second["net_ci95"][1]
    assert second["net_usd"] == pytest.approx(second["net_ratio"] * report["loss_usd"])
    assert second["placebo_rank"][1] == len(second["placebo_targets"]) + 1
    assert set(second["dropped"]) == {"no_trade", "zero_groups", "separated"}
    assert second["reason"] == ""
    common = second["common"]
    assert (common["solver"], common["resolution"]) == ("pyfixest", "windows")
    assert common["label"] == "clustered by supplier and destination, too narrow with one target"


def test_every_part_is_there_and_says_what_it_is_and_is_not(report: Any) -> None:
    assert len(report["contrasts"]) == 3
    assert [point["part"] for point in report["event_study"]["points"]][:3] == ["baseline"] * 3
    assert report["placebo_dates"]["dates"]
    assert len(report["placebo_tests"]) == 8
    assert report["synthetic_control"]["donors"] > 0
    assert set(report["methods"]) <= set(report)
    assert all(set(method) == {"is", "is_not"} for method in report["methods"].values())


def test_the_queries_lead_to_the_rows_that_are_compared(
    report: Any, world: tuple[Path, Path], stopgap_run: Run
) -> None:
    ran = stopgap_run("query", report["queries"][-1], "--lake", world[0], "--format", "json")
    rows = ran.document["rows"]
    assert len({row["destination"] for row in rows}) > 3
    assert report["target"] in {row["destination"] for row in rows}


@pytest.mark.prove_only
def test_the_table_has_a_row_a_figure(world: tuple[Path, Path], stopgap_run: Run) -> None:
    lake, episode = world
    rows = csv_rows(stopgap_run("counterfactual", episode, "--contrasts", 1, "--lake", lake, "--format", "csv").out)
    assert [row["measure"] for row in rows[:3]] == ["triple difference", "double difference", "second opinion"]
    assert sum(row["measure"] == "contrast" for row in rows) == 1
    assert {row["unit"] for row in rows} == {"share of loss", "log ratio"}


def test_annual_figures_have_no_months(world: tuple[Path, Path], stopgap_run: Run) -> None:
    lake, episode = world
    for option in (["--monthly"], ["--step", "quarter"]):
        ran = stopgap_run("counterfactual", episode, *option, "--lake", lake)
        assert ran.code == 2
        assert "annual figures have no months" in ran.err


@pytest.mark.prove_only
def test_without_ordinary_goods_it_is_a_double_difference_and_says_so(demo_lake: Path, stopgap_run: Run) -> None:
    ran = stopgap_run("counterfactual", *MACHINERY[1:], *WINDOWS, "--lake", demo_lake, "--format", "json")
    report = ran.document
    assert ran.err == ""
    assert report["second_opinion"]["form"] == "double difference"
    assert any("second opinion, contrasts and event study are double differences" in w for w in report["warnings"])
    assert 0.0 < report["second_opinion"]["net_ratio"] < 1.0
    assert report["synthetic_control"]["reason"] == "1 periods before the event, needs 2"


def keys(document: object) -> set[str]:
    if isinstance(document, dict):
        return set(document) | {name for value in document.values() for name in keys(value)}
    if isinstance(document, list):
        return {name for value in document for name in keys(value)}
    return set()


def test_every_field_is_documented(report: Any) -> None:
    text = (ROOT / "docs" / "reference" / "counterfactual.md").read_text("utf-8")
    measured = (ROOT / "docs" / "reference" / "measure.md").read_text("utf-8")
    named = set(re.findall(r"`(\w+)`", text + measured))
    weights = set(report["synthetic_control"]["weights"])
    assert not keys(report) - weights - named


def test_a_lake_without_trade_elsewhere_gives_reasons_and_no_figures(
    small_lake: Path, processors: Path, stopgap_run: Run
) -> None:
    ran = stopgap_run(
        "counterfactual", "russia-2022", "--goods", processors, *WINDOWS, "--lake", small_lake, "--format", "json"
    )
    assert (ran.code, ran.err) == (0, "")
    report = ran.document
    assert report["triple_difference"]["net_ratio"] is None
    assert report["second_opinion"]["net_ratio"] is None
    assert report["second_opinion"]["reason"]
    assert all(row["effect"] is None and row["reason"] for row in report["contrasts"])
    assert all(point["effect"] is None and point["reason"] for point in report["event_study"]["points"])
