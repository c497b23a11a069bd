"""Decisions through the command line: from a list to a log that another lake takes over."""

from __future__ import annotations

import csv
import io

import pytest

LIST = "entity_id,name,schema,country\nE1,Northwind Trading OOO,Company,{country}\nE2,Blue Harbour Ltd,Company,ARE\n"


@pytest.fixture
def place(tmp_path, stopgap_run):
    """A lake with a list, and commands on it."""
    lake = tmp_path / "lake"

    def call(*arguments, form="json"):
        return stopgap_run(*arguments, "--lake", lake, "--format", form)

    def load(country, day):
        path = tmp_path / day / "made-up.csv"
        path.parent.mkdir()
        path.write_text(LIST.format(country=country))
        assert call("import", path, "--source", "list", "--list-date", day).code == 0

    load("RUS", "2024-06-01")
    return call, load


def decide(call, name="Northwind Trading", entity="E1", decision="false", *more, score="0.5"):
    given = ("--score", score) if score else ()
    return call("decisions", "decide", "--query", name, "--list", "made-up", "--entity", entity, "--as", decision,
                "--why", "another number", "--by", "ann", *given, *more)  # fmt: skip


def test_from_a_decision_to_its_reopening(place):
    call, load = place
    made = decide(call, "Northwind Trading", "E1", "false", "--country", "Russia", "--identifier", "inn:7701234567",
                  "--score", "0.83", "--model", "m1")  # fmt: skip
    assert made.code == 0
    document = made.document
    assert (document["as"], document["status"], document["who"], document["list_date"]) == (
        "false",
        "standing",
        "ann",
        "2024-06-01",
    )
    assert (document["countries"], document["identifiers"], document["score"]) == (["RUS"], ["inn:7701234567"], 0.83)
    load("CYP", "2024-07-01")
    [found] = call("decisions", "list", "--status", "reopened").document["decisions"]
    [change] = found["changes"]
    assert (found["id"], change["field"], change["old"], change["new"]) == (
        document["id"],
        "countries",
        ["RUS"],
        ["CYP"],
    )
    shown = call("decisions", "show", document["id"], form="table")
    assert "countries: + CYP; - RUS" in shown.out
    assert call("decisions", "show", "d-none").code == 4


@pytest.mark.prove_only
def test_the_score_of_screening_is_kept_where_none_is_given(place):
    call, _ = place
    [match] = call("screen", "Northwind Trading", "--threshold", "0", "--limit", "1").document["matches"]
    kept = decide(call, score=None).document
    assert (kept["score"], bool(kept["model"])) == (match["score"], True)
    far = decide(call, "Zzyzx Quarry", "E2", score=None).document
    assert (far["score"], far["model"]) == (None, None)


def test_the_log_is_checked_exported_and_replayed(place, tmp_path, stopgap_run):
    call, _ = place
    decide(call)
    decide(call, "Blue Harbour", "E2", "undecided")
    checked = call("decisions", "verify").document
    assert (checked["holds"], checked["events"]) == (True, 2)
    log = tmp_path / "log.jsonl"
    assert call("decisions", "export", "--output", log).code == 0
    assert (
        stopgap_run("decisions", "verify", log, "--head", checked["head"], "--format", "json").document["after_head"]
        == 0
    )
    other = tmp_path / "other"
    replay = ("decisions", "replay", log, "--lake", other, "--format", "json")
    assert stopgap_run(*replay, "--dry-run").document["taken"] == 0
    done = stopgap_run(*replay).document
    assert (done["taken"], done["head"], done["conflicts"]) == (2, checked["head"], [])
    assert stopgap_run(*replay).document["taken"] == 0
    states = stopgap_run("decisions", "list", "--lake", other, "--format", "json").document["decisions"]
    assert {each["status"] for each in states} == {"unknown"}  # that lake has no lists
    rows = list(csv.DictReader(io.StringIO(call("decisions", "export", form="csv").out)))
    assert [each["as"] for each in rows] == ["false", "undecided"]
    assert call("decisions", "export", form="parquet").code == 2


def test_a_log_that_was_changed_leaves_with_five(place, tmp_path, stopgap_run):
    call, _ = place
    decide(call)
    log = tmp_path / "log.jsonl"
    call("decisions", "export", "--output", log)
    log.write_bytes(log.read_bytes().replace(b"ann", b"eve"))
    checked = stopgap_run("decisions", "verify", log, "--format", "json")
    assert (checked.code, checked.document["line"]) == (5, 1)
    assert stopgap_run("decisions", "verify", log).out.startswith("the chain does not hold at line 1")
    assert stopgap_run("decisions", "replay", log).code == 5
    log.write_text("<html>")
    assert stopgap_run("decisions", "verify", log).code == 3
    assert stopgap_run("decisions", "verify", tmp_path / "none").code == 4


@pytest.mark.prove_only
def test_what_cannot_be_decided_is_told(place):
    call, _ = place
    assert decide(call, entity="E9").code == 4
    assert decide(call, "x" * 2000).code == 3
    assert decide(call, "Acme", "E1", "false", "--score", "7").code == 3
    assert decide(call, "Acme", "E1", "maybe").code == 2
    assert decide(call, "Acme", "E1", "true", "--country", "Atlantis").code == 4
    assert call("decisions", "list").document["decisions"] == []
