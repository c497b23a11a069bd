"""Every answer about evidence shows its marking, in every format; files say it in their names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from alert_lake import Figures, release, write_episode
from cli_calls import MACHINERY, WINDOWS, Run
from measure_names import MEASURES

from stopgap.base.marking import Marking, Tlp, parse_marking, says_marking
from stopgap.lake.marking_log import LOG, marked_event

EPISODE = ("russia-2022", "--goods", "machinery-electronics", *WINDOWS)
AMBER = {"tlp": "TLP:AMBER", "releasable_to": ["DEU", "FRA"]}
SAID = {"who": "Jane Roe", "when": "2026-07-01T12:00:00Z", "why": "asked for"}

ABOUT_TRADE = {
    **{name: (name, *EPISODE) for name in MEASURES if name != "counterfactual"},
    "levers": ("levers", *EPISODE, "--no-routes"),
    "prices": ("prices", "russia-2022", "--goods", "chpl-2024-02", "--frequency", "M", "--after", "2022-03:2022-11"),
    "nowcast": ("nowcast", "russia-2022", "--goods", "chpl-2024-02", "--after", "2022-03:2022-11"),
    "series": ("series", "--from", "CHN,TUR", "--to", "RUS", "--goods", "85"),
    "query": ("query", "SELECT count(*) AS n FROM trade"),
    "receipts": ("query", "SELECT receipt FROM receipts"),
    "quality": ("lake", "quality", "russia-2022"),
    "vintages": ("lake", "vintages"),
    "diff": ("diff", *EPISODE, "--from", "v3", "--to", "v4"),
    "claims list": ("claims", "list"),
    "alerts list": ("alerts", "list"),
    "lists": ("lists",),
    "decisions list": ("decisions", "list"),
}
WITHOUT_TRADE = {"claims list", "lists", "decisions list"}
OF_THE_PACKAGE = (("goods",), ("episodes",), ("economies",), ("sources",), ("goods", "show", "chips"),
                  ("markings", "check"))  # fmt: skip


def put(lake: Path, *marks: tuple[str, Marking]) -> None:
    with LOG.writing(lake) as log:
        log.append([marked_event(subject, marking, **SAID) for subject, marking in marks])


@pytest.fixture(scope="module")
def marked_lake(demo_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's lake, each of its sources restricted to two economies."""
    lake = Path(shutil.copytree(demo_lake, tmp_path_factory.mktemp("marked") / "lake"))
    put(lake, *((f"source:{name}", parse_marking("AMBER", "DEU,FRA")) for name in
                ("comtrade-pairs", "eurostat", "atlas", "comtrade-phones")))  # fmt: skip
    return lake


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", ABOUT_TRADE)
def test_every_document_about_evidence_has_one(stopgap_run: Run, demo_lake: Path, marked_lake: Path, name: str) -> None:
    clear = stopgap_run(*ABOUT_TRADE[name], "--lake", demo_lake, "--format", "json").document["marking"]
    assert clear == {"tlp": "TLP:CLEAR", "releasable_to": None}
    ran = stopgap_run(*ABOUT_TRADE[name], "--lake", marked_lake, "--format", "json")
    assert ran.code == 0
    assert ran.document["marking"] == (clear if name in WITHOUT_TRADE else AMBER)


@pytest.mark.parametrize("words", OF_THE_PACKAGE)
def test_what_the_package_knows_has_none(stopgap_run: Run, marked_lake: Path, words: tuple[str, ...]) -> None:
    assert "marking" not in stopgap_run(*words, "--lake", marked_lake, "--format", "json").document


def test_the_marking_changes_nothing_else(stopgap_run: Run, demo_lake: Path, marked_lake: Path) -> None:
    both = [
        stopgap_run(*MACHINERY, *WINDOWS, "--lake", lake, "--format", "json").document
        for lake in (demo_lake, marked_lake)
    ]
    assert both[0].pop("marking") != both[1].pop("marking")
    assert both[0] == both[1]


def test_a_table_ends_with_it(stopgap_run: Run, marked_lake: Path) -> None:
    ran = stopgap_run("query", "SELECT 1 AS one FROM trade LIMIT 1", "--lake", marked_lake)
    assert ran.out.rstrip().splitlines()[-1] == "marking: TLP:AMBER REL DEU, FRA"


def test_csv_keeps_its_columns_and_says_it_beside(stopgap_run: Run, marked_lake: Path) -> None:
    ran = stopgap_run("query", "SELECT 1 AS one FROM trade LIMIT 1", "--lake", marked_lake, "--format", "csv")
    assert ran.out == "one\n1\n"
    assert ran.err.splitlines() == ["marking: TLP:AMBER REL DEU, FRA"]


def test_markdown_begins_and_ends_with_it(stopgap_run: Run, marked_lake: Path) -> None:
    ran = stopgap_run("query", "SELECT 1 AS one FROM trade LIMIT 1", "--lake", marked_lake, "--format", "md")
    lines = ran.out.splitlines()
    assert lines[0] == lines[-1] == "marking: TLP:AMBER REL DEU, FRA"
    assert "| one |" in lines


def test_parquet_has_it_in_its_metadata(stopgap_run: Run, marked_lake: Path, tmp_path: Path) -> None:
    file = tmp_path / "TLP-AMBER_rows.parquet"
    words = ("query", "SELECT 1 AS one FROM trade LIMIT 1", "--lake", marked_lake)
    ran = stopgap_run(*words, "--format", "parquet", "--output", file)
    schema = pq.read_schema(file)
    assert schema.names == ["one"]
    assert json.loads(schema.metadata[b"marking"]) == AMBER
    assert "name does not say so" not in ran.err


def test_exported_tables_have_it_in_theirs(stopgap_run: Run, marked_lake: Path, tmp_path: Path) -> None:
    put(marked_lake, ("table:listed", Marking(Tlp.CLEAR)))
    ran = stopgap_run("lake", "export", tmp_path / "out", "--lake", marked_lake, "--format", "json")
    assert ran.document["marking"] == AMBER
    for row in ran.document["files"]:
        if row["view"].startswith("listed"):
            continue  # the bundled lists, which the mark of the table frees
        assert json.loads(pq.read_schema(row["file"]).metadata[b"marking"]) == AMBER, row["view"]


@pytest.mark.parametrize(
    ("name", "level", "said"),
    [
        ("TLP-AMBER_brief.pdf", Tlp.AMBER, True),
        ("brief-tlp-amber.pdf", Tlp.AMBER, True),
        ("brief.pdf", Tlp.AMBER, False),
        ("TLP-AMBER-STRICT_brief.pdf", Tlp.AMBER, False),
        ("TLP-AMBER_brief.pdf", Tlp.AMBER_STRICT, False),
        ("TLP-AMBER-STRICT_brief.pdf", Tlp.AMBER_STRICT, True),
        ("TLP-REDACTED.pdf", Tlp.RED, False),
        ("xTLP-RED.pdf", Tlp.RED, False),
    ],
)
def test_which_names_say_a_level(name: str, level: Tlp, said: bool) -> None:
    assert says_marking(name, Marking(level)) is said


def test_a_name_that_does_not_say_it_is_noted(
    stopgap_run: Run, demo_lake: Path, marked_lake: Path, tmp_path: Path
) -> None:
    words = ("query", "SELECT 1 AS one FROM trade LIMIT 1", "--format", "json", "--output")
    assert "TLP-AMBER_rows.json would" in stopgap_run(*words, tmp_path / "rows.json", "--lake", marked_lake).err
    assert stopgap_run(*words, tmp_path / "rows.json", "--lake", demo_lake).err == ""


@pytest.mark.prove_only
@pytest.mark.parametrize("ending", ["md"])
def test_a_brief_shows_what_its_lake_says(stopgap_run: Run, marked_lake: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"brief.{ending}"
    ran = stopgap_run("brief", *EPISODE, "--lake", marked_lake, "--output", file, "--format", "json")
    assert ran.document["marking"] == AMBER
    assert f"TLP-AMBER_brief.{ending} would" in ran.err
    assert file.read_text("utf-8").count("TLP:AMBER REL DEU, FRA") >= 2


@pytest.mark.prove_only
def test_a_page_of_a_claim_shows_it(stopgap_run: Run, marked_lake: Path, tmp_path: Path) -> None:
    claim = tmp_path / "claim.yml"
    claim.write_text(
        "said_by: {name: Jane Roe}\nsaid_on: 2024-04-08\nchain: [{source: A newspaper, form: report}]\nactor: CHN\n"
        "action: backfill\ntarget: RUS\ngoods: [machinery-electronics]\nwords: China backfills.\n"
    )
    file = tmp_path / "TLP-AMBER_claim.html"
    ran = stopgap_run("claims", "test", claim, "--lake", marked_lake, "--output", file, "--format", "json")
    assert (ran.code, ran.document["marking"]) == (0, AMBER)
    assert "would" not in ran.err
    assert file.read_text("utf-8").count("TLP:AMBER REL DEU, FRA") >= 2


def test_decisions_make_an_alert_amber(stopgap_run: Run, tmp_path: Path) -> None:
    figures, lake = Figures(), tmp_path / "lake"
    figures.set("CHN", "854231", 50, 20.0)
    release(lake, figures.rows(0, 50), "a")
    words = ("--lake", lake, "--format", "json")
    [alert] = [each["id"] for each in stopgap_run("alerts", "run", write_episode(tmp_path), *words).document["alerts"]]
    assert stopgap_run("alerts", "show", alert, *words).document["marking"]["tlp"] == "TLP:CLEAR"
    decided = stopgap_run("alerts", "decide", alert, "--as", "watch", "--why", "to be seen", *words).document
    assert decided["marking"]["tlp"] == "TLP:AMBER"
    assert stopgap_run("alerts", "list", "--status", "all", *words).document["marking"]["tlp"] == "TLP:AMBER"
    put(lake, (f"decision:{alert}", Marking(Tlp.RED)))
    assert stopgap_run("alerts", "show", alert, *words).document["marking"]["tlp"] == "TLP:RED"
    assert stopgap_run("markings", "show", f"alert:{alert}", *words).document["effective"]["tlp"] == "TLP:CLEAR"


def test_errors_have_none(stopgap_run: Run, marked_lake: Path) -> None:
    ran = stopgap_run("measure", "nowhere", "--lake", marked_lake, "--format", "json")
    assert set(ran.document) == {"error"}


@pytest.mark.prove_only
def test_the_names_that_a_lake_is_screened_with_are_not_its_own(stopgap_run: Run, tmp_path: Path) -> None:
    """A file of names is the user's: its answer is that of an attachment, and of the decisions that it shows."""
    listed, names, lake = tmp_path / "mine.csv", tmp_path / "names.csv", tmp_path / "lake"
    listed.write_text("entity_id,name\nE1,Example Trading LLC\n")
    names.write_text("company\nExample Trading LLC\n")
    stopgap_run("import", listed, "--source", "list", "--lake", lake)
    one: Any = stopgap_run("screen", "Example Trading", "--lake", lake, "--format", "json").document
    assert one["marking"]["tlp"] == "TLP:CLEAR"
    ran = stopgap_run("screen", names, "--name-column", "company", "--lake", lake)
    assert ran.out.rstrip().endswith("marking: TLP:AMBER")
    for ending in ("json", "parquet", "csv"):
        file = tmp_path / f"answers.{ending}"
        ran = stopgap_run("screen", names, "--name-column", "company", "--lake", lake, "--output", file)
        assert "\nmarking: TLP:AMBER\n" in ran.err
        assert f"TLP-AMBER_answers.{ending} would" in ran.err
    assert json.loads((tmp_path / "answers.json").read_text("utf-8"))["marking"]["tlp"] == "TLP:AMBER"
    metadata = pq.read_schema(tmp_path / "answers.parquet").metadata
    assert json.loads(metadata[b"marking"])["tlp"] == "TLP:AMBER"
