"""``stopgap exposure`` end to end on a simulated world, and its documents."""

from __future__ import annotations

import csv
import io
import json
import shlex
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from cli_calls import Run

from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.screening.exposure import results as exposure_results
from stopgap.screening.exposure.request import Party
from stopgap.simulate.spec import world_spec
from stopgap.simulate.writing import write_world

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated world, imported into ``lake`` beside it."""
    folder = tmp_path_factory.mktemp("exposure") / "world"
    spec = world_spec("routing", 4, economies=10, goods=6, baseline_months=12, after_months=6)
    written = write_world(spec, folder, declarations=2500)
    import_paths(folder / "lake", list(written.files))
    import_paths(folder / "lake", list(written.declarations), ImportRequest(mapping=str(folder / "declarations.yml")))
    return folder


def exposure(run: Run, world: Path, *words: object) -> Any:
    return run("exposure", world / "episode.yml", "--lake", world / "lake", "--no-screen", *words)


def test_the_figures_are_those_of_the_truth(stopgap_run: Run, world: Path) -> None:
    found = exposure(stopgap_run, world, "--limit", 0, "--format", "json").document
    told = json.loads((world / "truth.json").read_text("utf-8"))["declarations"]
    totals = told["totals"]
    assert found["total"]["value_usd"] == pytest.approx(totals["value_usd"])
    assert found["total"]["lines"] == totals["lines"]
    assert found["total"]["lines_without_value"] == totals["lines_without_value"]
    for name in ("through_hubs_usd", "coalition_made_usd", "route_unknown_usd"):
        assert found["total"]["routed"][name] == pytest.approx(totals[name])
    assert found["coverage"]["lines_with_short_code"] == totals["lines_with_short_codes"]
    assert 0.1 < found["coverage"]["official"]["share"] <= told["cover_share"]
    for party in found["parties"]:
        assert party["companies_usd"] + party["without_company_usd"] == pytest.approx(totals["value_usd"])


@pytest.mark.prove_only
def test_every_format_has_the_same_companies(stopgap_run: Run, world: Path, tmp_path: Path) -> None:
    document = exposure(stopgap_run, world, "--format", "json").document
    ids = [row["company"] for row in document["companies"]]
    rows = list(csv.DictReader(io.StringIO(exposure(stopgap_run, world, "--format", "csv").out)))
    assert [row["company"] for row in rows] == ids
    exposure(stopgap_run, world, "--format", "parquet", "--output", tmp_path / "rows.parquet")
    assert pq.read_table(tmp_path / "rows.parquet")["company"].to_pylist() == ids
    assert ids[0] in exposure(stopgap_run, world, "--format", "md").out
    shown = exposure(stopgap_run, world, "--notes").out
    assert "consistent with routing" in shown
    assert document["finding_id"] in shown


def test_a_row_can_be_a_pair_or_a_hub(stopgap_run: Run, world: Path) -> None:
    document = exposure(stopgap_run, world, "--format", "json").document
    pairs = list(csv.DictReader(io.StringIO(exposure(stopgap_run, world, "--by", "pair", "--format", "csv").out)))
    assert len(pairs) == len(document["pairs"])
    hubs = list(csv.DictReader(io.StringIO(exposure(stopgap_run, world, "--by", "hub", "--format", "csv").out)))
    assert [row["hub"] for row in hubs] == [row["hub"] for row in document["hubs"]]


def test_the_followthemoney_file_has_every_company(stopgap_run: Run, world: Path, tmp_path: Path) -> None:
    ran = exposure(stopgap_run, world, "--ftm", tmp_path / "out" / "x.ftm.json", "--limit", 0, "--format", "json")
    lines = (tmp_path / "out" / "x.ftm.json").read_text("utf-8").splitlines()
    ids = {json.loads(line)["id"] for line in lines}
    assert {f"stopgap-{row['company']}" for row in ran.document["companies"]} <= ids


@pytest.mark.prove_only
def test_names_are_merged_as_far_as_asked(stopgap_run: Run, world: Path) -> None:
    counts = [
        exposure(stopgap_run, world, "--merge", how, "--format", "json").document["merging"]["companies"]
        for how in ("none", "identifier", "name")
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[1] > counts[2]


@pytest.mark.prove_only
def test_the_brief_has_a_section_and_its_command_gives_the_same_id(
    stopgap_run: Run, world: Path, tmp_path: Path
) -> None:
    assert (
        stopgap_run("brief", world / "episode.yml", "--lake", world / "lake", "--output", tmp_path / "b.md").code == 0
    )
    text = (tmp_path / "b.md").read_text("utf-8")
    assert "## The companies that declarations name" in text
    command = next(line for line in text.splitlines() if "stopgap exposure" in line and "--as-of" in line)
    words = shlex.split(command[command.index("stopgap exposure") :].strip("`| "))
    again = stopgap_run(*words[1:], "--lake", world / "lake").document
    assert again["finding_id"] in text


@pytest.mark.prove_only
def test_without_declarations_it_says_what_to_do(stopgap_run: Run, demo_lake: Path, tmp_path: Path) -> None:
    ran = stopgap_run("exposure", "russia-2022", "--lake", demo_lake)
    assert ran.code == 4
    assert len(ran.err.splitlines()) == 3
    assert "no declarations" in ran.err
    stopgap_run("brief", "russia-2022", "--lake", demo_lake, "--output", tmp_path / "b.md")
    assert "declarations name" not in (tmp_path / "b.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--role", "friend"), 2),
        (("--from", "2030"), 3),
        (("--limit", -1), 2),
        (("--source", "nowhere"), 4),
        (("--register", "none.csv"), 4),
        (("--goods", "nothing"), 4),
    ],
)
def test_what_cannot_be_is_refused(words: tuple[object, ...], code: int, stopgap_run: Run, world: Path) -> None:
    ran = exposure(stopgap_run, world, *words)
    assert ran.code == code
    lines = ran.err.splitlines()
    assert len(lines) - ("marking: TLP:AMBER" in lines) == 3  # where declarations were read before


def test_python_gives_what_the_command_prints(stopgap_run: Run, world: Path) -> None:
    import stopgap

    document = exposure(stopgap_run, world, "--limit", 0, "--format", "json").document
    finding = stopgap.open(world / "lake").exposure(str(world / "episode.yml"), limit=0, no_screen=True)
    marking = {"tlp": "TLP:AMBER", "releasable_to": None}  # declarations name companies
    assert {**finding.as_dict(), "list_notes": [], "marking": marking} == document
    assert finding.company_table().num_rows == len(document["companies"])


def test_choices_of_the_command_are_those_of_the_package() -> None:
    commands = (ROOT / "docs/reference/commands.md").read_text("utf-8")
    assert all(f"`{party}`" in commands for party in Party)


def test_every_field_is_documented() -> None:
    page = (ROOT / "docs/reference/exposure.md").read_text("utf-8")
    kinds = [
        kind
        for kind in vars(exposure_results).values()
        if is_dataclass(kind) and kind.__module__ == exposure_results.__name__
    ]
    names = {field.name for kind in kinds for field in fields(kind)}
    assert not {name for name in names if f"`{name}`" not in page}
