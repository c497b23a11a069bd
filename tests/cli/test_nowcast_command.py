"""Nowcasts by the command line, on a simulated world in releases, some reporters late."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from cli_calls import Run, csv_rows

from stopgap.cli.main import run
from stopgap.measures.nowcast import results

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Lake and episode: all releases but the last four, each its own vintage."""
    folder = tmp_path_factory.mktemp("released")
    world, lake = folder / "world", folder / "lake"
    assert run(["simulate", "--output", str(world), "--seed", "3", "--rows", "150000", "--kind", "revisions"]) == 0
    for file in sorted(world.glob("release-*.csv"))[:-4]:
        assert run(["import", str(file), "--lake", str(lake)]) == 0
    return lake, world / "episode.yml"


@pytest.fixture
def finding(released: tuple[Path, Path], stopgap_run: Run) -> Any:
    lake, episode = released
    ran = stopgap_run("nowcast", episode, "--lake", lake, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    return ran.document


@pytest.mark.prove_only
def test_the_document_has_final_months_and_a_nowcast(finding: Any) -> None:
    last = finding["months"][-1]
    late = [row["is_nowcast"] for row in finding["months"]]
    assert late == sorted(late)  # final months first
    assert late.count(False) > 4
    assert last["is_nowcast"]
    assert last["missing_reporters"] == sorted(finding["coverage"]["last_months"])
    assert finding["coverage"]["lateness"] == "vintages"
    assert finding["window_months"] == 3
    past = finding["pseudo_real_time"][-1]
    assert past["month"] == last["month"]
    assert past["months"] >= 4
    low, high = last["final_ci95"]
    assert low < last["symmetric_ratio"] < high
    assert high - low == pytest.approx(2 * past["half_width"])


@pytest.mark.prove_only
def test_the_table_and_the_text_say_the_same(finding: Any, released: tuple[Path, Path], stopgap_run: Run) -> None:
    lake, episode = released
    rows = csv_rows(stopgap_run("nowcast", episode, "--lake", lake, "--format", "csv").out)
    assert [row["month"] for row in rows] == [row["month"] for row in finding["months"]]
    final = finding["months"][-1]["final_ci95"]
    assert [float(rows[-1][f"final_ci95_{end}"]) for end in ("low", "high")] == final
    said = stopgap_run("nowcast", episode, "--lake", lake)
    assert "nowcast" in said.out + said.err
    assert "root mean squared error" in said.out + said.err


@pytest.mark.prove_only
def test_its_queries_run(finding: Any, released: tuple[Path, Path], stopgap_run: Run) -> None:
    for query in finding["queries"]:
        ran = stopgap_run("query", query, "--lake", released[0], "--format", "csv")
        assert ran.code == 0, ran.err
        assert len(csv_rows(ran.out)) > 1


@pytest.mark.prove_only
def test_annual_figures_are_refused(released: tuple[Path, Path], stopgap_run: Run) -> None:
    ran = stopgap_run("nowcast", released[1], "--lake", released[0], "--frequency", "A", "--format", "json")
    assert ran.code != 0
    assert ran.document["error"]["where"] == "--frequency"


def test_every_field_is_documented() -> None:
    text = (ROOT / "docs" / "reference" / "nowcast.md").read_text("utf-8")
    kinds = (results.NowcastFinding, results.NowcastMonth, results.PastNowcasts, results.NowcastCoverage)
    named = set(re.findall(r"`(\w+)`", text))
    assert not {field.name for kind in kinds for field in fields(kind)} - named
