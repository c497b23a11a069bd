"""``stopgap claims draft``: records on stdout alone, a table for people, drafts that can be registered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

TEXT = (
    "---\ntitle: Press Briefing\ndate: '2024-04-24'\n---\n\n"
    "Q    Is China sending machine tools to Russia?\n\n"
    "MR. KORBY:  China is sending machine tools to Russia’s defense industrial base.\n"
)


@pytest.fixture
def briefing(tmp_path: Path) -> Path:
    path = tmp_path / "briefing.md"
    path.write_text(TEXT, "utf-8")
    return path


def test_json_is_one_record_a_line(briefing: Path, stopgap_run) -> None:
    done = stopgap_run("claims", "draft", str(briefing), "--format", "json", "--reader", "rules")
    records = [json.loads(line) for line in done.out.splitlines()]
    assert [r["stance"] for r in records] == ["question", "assertion"]
    assert {(r["actor"], r["action"], r["target"]) for r in records} == {("CHN", "supply", "RUS")}
    assert all(TEXT[r["start"] : r["end"]] == r["words"] for r in records)


def test_nothing_drafted_prints_nothing(tmp_path: Path, stopgap_run) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("", "utf-8")
    done = stopgap_run("claims", "draft", str(empty), "--format", "json", "--reader", "rules")
    assert done.out == ""


def test_a_table_says_that_none_is_registered(briefing: Path, stopgap_run) -> None:
    done = stopgap_run("claims", "draft", str(briefing), "--reader", "rules")
    assert "2 drafts in 1 text" in done.out
    assert "none is registered" in done.out


def test_a_draft_is_registered_with_a_yes(briefing: Path, tmp_path: Path, stopgap_run) -> None:
    drafts = briefing.parent / "drafts.jsonl"
    stopgap_run("claims", "draft", str(briefing), "--format", "json", "--output", str(drafts), "--reader", "rules")
    lake = str(tmp_path / "lake")
    refused = stopgap_run("claims", "register", str(drafts), "--draft", "2", "--lake", lake)
    assert refused.code == 5
    assert "yes" in refused.err
    done = stopgap_run(
        "claims", "register", str(drafts), "--draft", "2", "--yes", "--by", "ann", "--lake", lake, "--format", "json"
    )  # fmt: skip
    document = json.loads(done.out)
    assert document["claim"]["actor"] == "CHN"
    assert document["words_checked"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path, stopgap_run) -> None:
    done = stopgap_run("claims", "draft", str(tmp_path / "no.md"), "--format", "json")
    assert done.code == 4
    assert "no.md" in json.loads(done.out)["error"]["where"]
