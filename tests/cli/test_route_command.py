"""The command on routes, from files of a simulated world to its answer."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from cli_calls import Run, csv_rows, stopgap

from stopgap.intake.importing import import_paths
from stopgap.measures.routes import results as route_results
from stopgap.simulate.spec import world_spec
from stopgap.simulate.writing import write_world

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "routes.md"


@pytest.fixture(scope="module")
def routed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    """A lake with a world of routes, its episode, and the truth."""
    folder = tmp_path_factory.mktemp("routed")
    spec = world_spec(
        "routing", 5, economies=9, goods=14, hubs=2, baseline_months=12, after_months=6,
        noise_shape=200.0, growth_sd=0.02, month_sd=0.01, destination_sd=0.0,
    )  # fmt: skip
    written = write_world(spec, folder / "world")
    import_paths(folder / "lake", list(written.files))
    return folder / "lake", written.episode, written.truth


@pytest.fixture(scope="module")
def finding(routed: tuple[Path, Path, dict[str, Any]]) -> Any:
    lake, episode, _ = routed
    ran = stopgap("routes", episode, "--lake", lake, "--format", "json")
    assert (ran.returncode, ran.stderr) == (0, b"")
    return json.loads(ran.stdout)


def test_a_planted_route_is_found(finding: Any, routed: tuple[Path, Path, dict[str, Any]]) -> None:
    routing, truth = finding["routing"], routed[2]["routing"]
    assert routing["raw_usd"] >= routing["net_usd"] > 0
    assert routing["net_share_of_loss"] == pytest.approx(routing["net_usd"] / finding["loss_usd"])
    assert routing["net_share_of_loss"] == pytest.approx(truth["share_of_loss"], abs=0.1)
    for hub in finding["hubs"]:
        assert hub["counted"] == (hub["match_usd"] > hub["threshold_usd"])
        assert hub["match_usd"] <= min(hub["e1_usd"], hub["e2_usd"]) + 0.01
    assert [row["markup"] for row in finding["sensitivity"]] == [1.0, 1.15, 1.3, 1.0]
    assert sum(row["net_usd"] for row in finding["by_good"]) == pytest.approx(routing["net_usd"])


def test_every_figure_can_be_followed_to_its_rows(
    finding: Any, routed: tuple[Path, Path, dict[str, Any]], stopgap_run: Run
) -> None:
    legs, others = finding["queries"][:2], finding["queries"][2:]
    for sql in others:  # others' leg to the hubs, and both sides' reports
        assert stopgap_run("query", sql, "--lake", routed[0], "--format", "json").document["rows"]
    for sql, leg, hub in zip(legs, ("coalition_usd", "target_usd"), ("destination", "supplier"), strict=True):
        rows = stopgap_run("query", sql, "--lake", routed[0], "--format", "json").document["rows"]
        sums: dict[tuple[str, str], float] = {}
        for row in rows:
            key = (row[hub], row["period"][:7])
            sums[key] = sums.get(key, 0.0) + row["value_usd"]
        for month in finding["months"]:
            assert sums.get((month["hub"], month["period"]), 0.0) == pytest.approx(month[leg], abs=0.01)


def test_other_forms(routed: tuple[Path, Path, dict[str, Any]], stopgap_run: Run) -> None:
    lake, episode, _ = routed
    table = stopgap_run("routes", episode, "--lake", lake)
    assert table.code == 0
    assert "consistent with routing" in table.out
    for by, columns in (("good", {"hub", "good", "net_usd"}), ("month", {"hub", "period", "matched_usd"})):
        ran = stopgap_run("routes", episode, "--by", by, "--seed", 3, "--lake", lake, "--format", "csv")
        assert columns <= set(csv_rows(ran.out)[0])


@pytest.mark.prove_only
def test_what_cannot_be_told_is_null_and_said(demo_lake: Path, stopgap_run: Run) -> None:
    call = ("routes", "russia-2022", "--goods", "machinery-electronics", "--lake", demo_lake)
    document = stopgap_run(*call, "--format", "json").document
    assert document["routing"]["net_usd"] is None
    assert document["routing"]["because"].startswith("cannot be told from chance")
    assert any("no lag can be seen" in line for line in document["warnings"])
    text = stopgap_run(*call, "--notes").out
    assert "not known" in text
    assert "declared to KGZ by eu27 and never recorded there" in text
    rows = csv_rows(stopgap_run(*call, "--by", "declared", "--format", "csv").out)
    assert {row["hub"] for row in rows} >= {"KGZ", "ARM"}
    servers = ("routes", "russia-2022", "--goods", "ai-compute", "--lake", demo_lake, "--by", "candidate")
    found = {row["economy"]: row["status"] for row in csv_rows(stopgap_run(*servers, "--format", "csv").out)}
    assert {found[name] for name in ("IND", "MYS")} == {"cover unknown"}


def test_wrong_usage(demo_lake: Path, stopgap_run: Run) -> None:
    assert stopgap_run("routes", "russia-2022", "--leg1", "customs", "--lake", demo_lake).code == 2
    assert stopgap_run("routes", "russia-2022", "--origin", "Mars", "--lake", demo_lake).code == 2
    assert stopgap_run("routes", "nowhere", "--lake", demo_lake).code == 4


def test_every_field_is_documented(finding: Any) -> None:
    kinds = [
        kind
        for kind in vars(route_results).values()
        if dataclasses.is_dataclass(kind) and isinstance(kind, type) and kind.__module__ == route_results.__name__
    ]  # fmt: skip
    names = {field.name for kind in kinds for field in dataclasses.fields(kind)}
    text = PAGE.read_text("utf-8")
    assert not {name for name in names if f"`{name}`" not in text}
