"""Below a table stand at most five lines: what was measured, then what limits the answer most; ``--notes`` shows all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_calls import Run
from measure_names import HOUSE_WORDS, MEASURES, ON_DEMO, holds_notes

import stopgap

EPISODE = "russia-2022"


def options_of(name: str) -> list[str]:
    return [part for key, value in ON_DEMO.get(name, {}).items() for part in (f"--{key}", value)]


@pytest.fixture(scope="module")
def lake(demo_lake: Path) -> Any:
    return stopgap.open(demo_lake)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_says_what_it_measured_and_loses_no_note(name: str, lake: Any) -> None:
    found = getattr(lake, name)(EPISODE, **ON_DEMO.get(name, {}))
    document = found.as_dict()
    summary = holds_notes(found, document)
    measured = " ".join(summary.measured)
    of_figures = (document[part] for part in ("goods", "goods_version", "as_of", "valuation"))
    for word in (*HOUSE_WORDS, *of_figures, *document["windows"]["baseline"], *document["windows"]["after"]):
        assert word in measured, word


@pytest.mark.prove_only
@pytest.mark.parametrize("name", [name for name in MEASURES if name != "counterfactual"])
def test_the_command_prints_these_lines_and_how_many_more(
    name: str, lake: Any, demo_lake: Path, stopgap_run: Run
) -> None:
    call = (name, EPISODE, *options_of(name), "--lake", demo_lake)
    found = getattr(lake, name)(EPISODE, **ON_DEMO.get(name, {}))
    lines = stopgap_run(*call).out.splitlines()
    *shown, last = found.notes_shown()
    counted = f"{last}; {len(found.notes_more())} more notes with --notes"
    assert lines[-len(shown) - 2 :] == [*shown, counted, "marking: TLP:CLEAR"]
    all_lines = stopgap_run(*call, "--notes").out.splitlines()
    assert {*found.notes_shown(), *found.notes_more()} <= set(all_lines)


def test_a_file_holds_all_notes(lake: Any, demo_lake: Path, stopgap_run: Run, tmp_path: Path) -> None:
    found = lake.measure(EPISODE)
    for form in ("table", "md"):
        file = tmp_path / f"answer.{form}"
        assert stopgap_run("measure", EPISODE, "--lake", demo_lake, "--format", form, "--output", file).code == 0
        text = file.read_text("utf-8").replace("\\", "")
        for warning in found.warnings:
            assert warning in text
        assert found.summary().answers[0] in text


def test_figures_that_cannot_tell_net_backfill_from_none_say_so_first(lake: Any) -> None:
    found = lake.measure(EPISODE)
    low, high = found.backfill.symmetric_ci95
    assert low <= 0 <= high  # of this lake
    assert "cannot tell net backfill from none" in found.notes_shown()[2]
    assert any(
        "cannot tell net backfill from none" in text for text in json.loads(json.dumps(found.as_dict()))["warnings"]
    )


def test_a_loss_without_an_interval_is_shown(lake: Any) -> None:
    found = lake.measure(EPISODE)
    assert found.suspended.ci95 is None
    assert "the loss has no interval" in " ".join(found.notes_shown())
    assert "the net gain cannot be told for " in " ".join(found.notes_shown())


def test_a_ranking_by_something_else_is_shown(lake: Any) -> None:
    found = lake.levers(EPISODE)
    assert found.ranking.ranked_by != "score_usd"
    assert f"ranked by {found.ranking.ranked_by}" in " ".join(found.notes_shown())


@pytest.mark.prove_only
def test_what_no_figure_tells_is_shown(lake: Any) -> None:
    assert "no markup" in " ".join(lake.prices(EPISODE, **ON_DEMO["prices"]).notes_shown())
    assert "cannot be told from chance" in " ".join(lake.routes(EPISODE, goods="machinery-electronics").notes_shown())
    assert "RUS is silent" in " ".join(lake.mirror(EPISODE).notes_shown())
    assert "no ratio for" in " ".join(lake.nowcast(EPISODE, **ON_DEMO["nowcast"]).notes_shown())


def test_silent_members_are_shown(lake: Any) -> None:
    [line] = [line for line in lake.prices(EPISODE, **ON_DEMO["prices"]).notes_shown() if "silent in a window" in line]
    assert "11 of 38 members" in line


@pytest.mark.prove_only
def test_other_answers_too(lake: Any) -> None:
    series = lake.series(reporters="CHN,EU27", partners="RUS,KAZ", goods="machinery-electronics", by="year")
    for found in (series, lake.quality(), lake.diff(EPISODE, earlier="v8")):
        holds_notes(found, found.as_dict())
