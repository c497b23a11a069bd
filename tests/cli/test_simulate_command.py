"""``stopgap simulate``, end to end."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from cli_calls import Run

from stopgap.simulate.request import WorldKind
from stopgap.simulate.spec import KINDS


def test_the_kinds_of_the_command_are_those_of_the_package() -> None:
    assert [kind.value for kind in WorldKind] == list(KINDS)


def test_what_it_prints_next_works(stopgap_run: Run, tmp_path: Path) -> None:
    kind = "routing"
    folder = tmp_path / "a world"
    ran = stopgap_run("simulate", "--output", folder, "--seed", 2, "--rows", 9000, "--kind", kind, "--format", "json")
    document = ran.document
    assert ran.code == 0
    assert 5_000 < document["rows"] < 16_000
    for command in document["next"][:-1]:
        answer = stopgap_run(*shlex.split(command)[1:], "--format", "json").document
        assert answer["rows_rejected"] == 0
    finding = stopgap_run(*shlex.split(document["next"][-1])[1:], "--format", "json").document
    truth = json.loads(Path(document["truth"]).read_text("utf-8"))
    assert finding["suspended"]["loss_share"] == pytest.approx(truth["loss"]["realised_share"])
    assert finding["episode"] == f"simulated-{kind}-2"
    assert finding["coverage"]["goods_found"] == len(truth["episode"]["goods"])
    assert finding["coverage"]["goods_unmatched"] == []


@pytest.mark.prove_only
def test_what_it_prints_next_works_with_declarations(stopgap_run: Run, tmp_path: Path) -> None:
    ran = stopgap_run("simulate", "--output", tmp_path / "w", "--rows", 6000, "--declarations", 300, "--format", "json")
    document = ran.document
    assert [Path(path).name for path in document["declarations"]] == ["declarations.csv"]
    answers = [stopgap_run(*shlex.split(line)[1:], "--format", "json") for line in document["next"]]
    assert all(answer.code == 0 for answer in answers)
    found = answers[-1].document
    truth = json.loads(Path(document["truth"]).read_text("utf-8"))["declarations"]
    assert found["total"]["value_usd"] == pytest.approx(truth["totals"]["value_usd"])
    assert found["screened"]["lists"]
    assert any(row["founded_on"] for row in found["companies"])
    shown = stopgap_run("simulate", "--output", tmp_path / "v", "--rows", 6000, "--declarations", 300).out
    assert "a likeness to a real firm is a coincidence" in shown
    assert "listed.csv" in shown
    assert "coincidence" in (tmp_path / "v" / "README.md").read_text("utf-8")


def test_sizes_and_strengths_can_be_given(stopgap_run: Run, tmp_path: Path) -> None:
    words = ("--economies", 8, "--goods", 4, "--months", "12+3", "--loss-share", 0.5, "--backfill-ratio", 0.2)
    document = stopgap_run("simulate", "--output", tmp_path / "w", *words, "--format", "json").document
    spec = json.loads(Path(document["truth"]).read_text("utf-8"))["spec"]
    assert (document["economies"], document["goods_count"], document["periods"]) == (8, 4, 18)
    assert (spec["loss_share"], spec["backfill_ratio"], spec["after_months"]) == (0.5, 0.2, 3)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--rows", 10), "rows"),
        (("--months", "48"), "months before and after"),
        (("--economies", 2), "economies"),
        (("--loss-share", 2), "loss_share"),
        (("--seed", -1), "seed"),
    ],
)
def test_what_cannot_be_is_refused(words: tuple[object, ...], what: str, stopgap_run: Run, tmp_path: Path) -> None:
    ran = stopgap_run("simulate", "--output", tmp_path / "w", *words)
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 3
    assert what in ran.err
    assert not (tmp_path / "w").exists()


def test_a_folder_in_use_is_refused(stopgap_run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    ran = stopgap_run("simulate", "--output", tmp_path, "--rows", 5000)
    assert ran.code == 2
    assert "not empty" in ran.err


def test_the_table_names_files_and_the_next_commands(stopgap_run: Run, tmp_path: Path) -> None:
    out = stopgap_run("simulate", "--output", tmp_path / "w", "--rows", 5000).out
    assert "truth.json" in out
    assert "stopgap measure" in out
    assert "simulated" in out
