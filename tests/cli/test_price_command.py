"""Prices by the command line, on a simulated world with a planted markup and on figures without weight."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from cli_calls import Run, csv_rows

from stopgap.cli.main import run
from stopgap.measures.backfill import real_results
from stopgap.measures.prices import markup as prices
from stopgap.measures.prices import results as price_results
from stopgap.measures.prices.half_years import PeriodMarkup, PriceBreak
from stopgap.measures.statistics import bennet as price_split
from stopgap.panel.quantities import GoodUnit

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    """Lake, episode and truth of a world with a markup of 15 % at the target."""
    folder = tmp_path_factory.mktemp("priced")
    world, lake = folder / "world", folder / "lake"
    assert run(["simulate", "--output", str(world), "--seed", "3", "--rows", "60000", "--kind", "prices"]) == 0
    assert run(["import", str(world / "trade.csv"), "--lake", str(lake)]) == 0
    return lake, world / "episode.yml", json.loads((world / "truth.json").read_text("utf-8"))


@pytest.fixture
def finding(priced: tuple[Path, Path, Any], stopgap_run: Run) -> Any:
    lake, episode, _ = priced
    ran = stopgap_run("prices", episode, "--lake", lake, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    return ran.document


def test_a_planted_markup_is_within_the_interval(finding: Any, priced: tuple[Path, Path, Any]) -> None:
    truth = priced[2]["prices"]["log_markup"]
    markup = finding["markup"]
    assert markup["ci95"][0] < truth < markup["ci95"][1]
    assert markup["estimate"] == markup["trimmed"]["estimate"]
    assert 0.01 < markup["trimmed_share"] < 0.2
    assert finding["target"] not in markup["placebos"]


def test_the_changes_are_those_of_the_measure_and_their_parts_add_up(
    finding: Any, priced: tuple[Path, Path, Any], stopgap_run: Run
) -> None:
    lake, episode, _ = priced
    measured = stopgap_run("measure", episode, "--lake", lake, "--format", "json").document
    loss, gain = finding["split"]["loss"], finding["split"]["backfill"]
    assert loss["change_usd"] == pytest.approx(measured["suspended"]["loss_usd"])
    assert gain["change_usd"] == pytest.approx(sum(row["gain_usd"] for row in measured["suppliers"]))
    for split in (loss, gain, *(row["split"] for row in finding["split"]["by_supplier"])):
        parts = (split[name] for name in ("quantity_usd", "price_usd", "new_or_ended_usd", "not_adjusted_usd"))
        assert sum(parts) == pytest.approx(split["change_usd"], abs=1e-3)
    assert 0.5 < finding["coverage"]["weighed_share"] < 1


@pytest.mark.prove_only
def test_the_queries_show_the_rows(finding: Any, priced: tuple[Path, Path, Any], stopgap_run: Run) -> None:
    sums, rows, compared = (
        stopgap_run("query", sql, "--lake", priced[0], "--format", "json").document["rows"]
        for sql in finding["queries"]
    )
    assert sum(row["value_usd"] for row in sums) == pytest.approx(sum(row["value_usd"] for row in rows))
    assert {row["supplier"] for row in compared} == set(finding["markup"]["suppliers"])
    assert all(row["price_usd_per_kg"] == pytest.approx(row["value_usd"] / row["net_kg"]) for row in compared)


def test_the_table_has_a_row_per_economy(priced: tuple[Path, Path, Any], stopgap_run: Run, finding: Any) -> None:
    lake, episode, _ = priced
    rows = csv_rows(stopgap_run("prices", episode, "--lake", lake, "--format", "csv").out)
    assert [row["supplier"] for row in rows] == [row["supplier"] for row in finding["split"]["by_supplier"]]
    assert {row["role"] for row in rows} == {"member", "supplier", "hub"}
    shown = stopgap_run("prices", episode, "--lake", lake, "--notes").out
    assert "markup at" in shown
    assert "note: a unit value is an average within a code" in shown


def test_the_targets_own_reports_have_no_markup(priced: tuple[Path, Path, Any], stopgap_run: Run) -> None:
    lake, episode, _ = priced
    window = ("--after", "2020-03:2020-04")
    ran = stopgap_run("prices", episode, "--report", "mirror", *window, "--lake", lake, "--format", "json")
    assert ran.code in (0, 4)  # a target that went silent has no after-window
    if ran.code == 0:
        assert ran.document["markup"]["estimate"] is None
        assert "the target's own reports" in ran.document["markup"]["trimmed"]["reason"]


def test_figures_without_weight_are_not_adjusted_and_said(demo_lake: Path, stopgap_run: Run) -> None:
    ran = stopgap_run("prices", "russia-2022", "--lake", demo_lake, "--format", "json")
    document = ran.document
    assert ran.code == 0
    for side in ("loss", "backfill"):
        split = document["split"][side]
        assert split["not_adjusted_usd"] == pytest.approx(split["change_usd"])
        assert split["at_baseline_price_usd"] is None
    assert document["markup"]["estimate"] is None
    assert any(warning.startswith("100.0% of the dollars behind the loss") for warning in document["warnings"])


def test_every_field_is_documented() -> None:
    text = (ROOT / "docs" / "reference" / "prices.md").read_text("utf-8")
    kinds = (
        price_results.PriceFinding, price_results.PriceSplit, price_results.PriceCoverage, price_split.Split,
        price_split.SupplierSplit, prices.PriceMarkup, prices.MarkupFigure, PeriodMarkup, PriceBreak, GoodUnit,
    )  # fmt: skip
    named = set(re.findall(r"`(\w+)`", text)) | {"from_month", "to_month"}  # in the document: from, to
    assert {"from", "to"} <= named
    assert not {field.name for kind in kinds for field in fields(kind)} - named


def test_half_years_of_the_after_window_stand_in_the_document_and_its_text(
    finding: Any, priced: tuple[Path, Path, Any], stopgap_run: Run
) -> None:
    periods = finding["by_period"]
    assert [row["from"] for row in periods] == sorted(row["from"] for row in periods)
    assert all(row["from"][5:] in ("01", "07") for row in periods[1:])
    assert sum(row["rows"] for row in periods) > 0
    truth = priced[2]["prices"]["log_markup"]
    assert sum(row["ci95"][0] < truth < row["ci95"][1] for row in periods) >= len(periods) - 1
    assert finding["coverage"]["units"] == {"kilograms": len(finding["units"])}
    lake, episode, _ = priced
    said = stopgap_run("prices", episode, "--lake", lake, "--notes")
    for row in periods:
        assert f"{row['from']} to {row['to']}: " in said.out + said.err


def test_every_field_of_real_backfill_is_documented() -> None:
    text = (ROOT / "docs" / "reference" / "measure.md").read_text("utf-8")
    kinds = (real_results.RealBackfill, real_results.RealSide, real_results.RealSupplier, real_results.UnitValue)
    assert not {field.name for kind in kinds for field in fields(kind)} - set(re.findall(r"\b(\w+)\b", text))
