"""Statements through the command line: texts, register, list, show, withdraw."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest
import yaml

import stopgap
from stopgap.base.errors import RefusedError
from stopgap.claims.register.statement_files import ReadClaim

BRIEFING = (
    "---\ndate: '2024-04-08'\ntitle: A briefing\n---\nMS. ROE: They have been backfilling the trade, all of it.\n"
)
SAID = "They have been backfilling the trade"
CLAIM = {
    "said_by": {"name": "Jane Roe", "office": "Spokesperson"}, "said_on": "2024-04-08", "actor": "CHN", "action": "backfill",
    "target": "RUS", "goods": ["propellants"], "words": SAID, "source": {"file": "briefing.md"},
    "chain": [{"source": "A newspaper", "form": "report"}, {"source": "Jane Roe", "form": "briefing"}],
}  # fmt: skip
DRAFT = {
    "file": "briefing.md", "start": BRIEFING.index(SAID), "end": BRIEFING.index(SAID) + len(SAID), "words": SAID,
    "stance": "assertion", "speaker": "MS. ROE", "uttered_by": "MS. ROE", "office": None, "chain": ["MS. ROE"], "audience": None,
    "actor": None, "action": "backfill", "target": "RUS", "goods": [{"phrase": "the trade", "group": "unspecified"}],
    "period": "in recent months", "degree": "all of it", "confidence": 0.8,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "briefing.md").write_text(BRIEFING)
    (tmp_path / "claim.yml").write_text(yaml.safe_dump(CLAIM))
    (tmp_path / "drafts.jsonl").write_text(json.dumps({**DRAFT, "actor": "TUR"}) + "\n" + json.dumps(DRAFT) + "\n")
    return tmp_path


@pytest.fixture
def call(stopgap_run):
    return lambda *words, form="json": stopgap_run("claims", *words, "--format", form)


def test_from_a_file_to_a_page_and_out_again(folder, call):
    made = call("register", folder / "claim.yml", "--by", "ann")
    assert (made.code, made.document["outcome"], made.document["words_checked"]) == (0, "registered", True)
    id = made.document["id"]
    assert [each["list"] for each in made.document["goods"]] == ["propellants-narrow", "propellants-broad"]
    assert call("register", folder / "claim.yml").document["outcome"] == "unchanged"

    (folder / "claim.yml").write_text(yaml.safe_dump({**CLAIM, "threshold": {"share_of_loss": 0.1}}))
    refused = call("register", folder / "claim.yml")
    assert (refused.code, refused.document["error"]["where"]) == (2, "--why")
    changed = call("register", folder / "claim.yml", "--why", "set before looking", "--by", "bob").document
    assert (changed["version"], changed["changed"][0]["field"]) == (2, "threshold")

    [row] = call("list", "--actor", "CHN", "--target", "RUS", "--speaker", "roe", "--stance", "assertion").document[
        "claims"
    ]
    assert (row["id"], row["version"], row["threshold"]) == (id, 2, 0.1)
    shown = call("show", id[:6]).document
    assert shown["context"] == {"before": "MS. ROE:", "words": SAID, "after": ", all of it."}
    assert shown["source"]["title"] == "A briefing"
    assert [each["who"] for each in shown["history"]] == ["ann", "bob"]
    assert call("show", id, "--version", "1").document["claim"].get("threshold") is None
    table = call("show", id, form="table").out
    for words in (
        "Jane Roe, Spokesperson",
        "A newspaper (report)  <  Jane Roe (briefing)",
        f"[{SAID}]",
        "propellants-broad",
    ):
        assert words in table

    # What show prints is a claim file again.
    (folder / "again.yml").write_text(yaml.safe_dump(shown["claim"]))
    assert call("register", folder / "again.yml").document["outcome"] == "unchanged"

    gone = call("withdraw", id, "--why", "misquoted", "--by", "ann").document
    assert (gone["status"], gone["history"][-1]["why"]) == ("withdrawn", "misquoted")
    assert call("list").document["claims"] == []
    assert "withdrawn" in call("list", "--all", form="csv").out


def test_a_draft_is_registered_only_with_a_yes(folder, call):
    drafts = folder / "drafts.jsonl"
    assert call("register", drafts).document["error"]["fix"].startswith("name one: --draft 1")
    assert call("register", drafts, "--draft", 3).code == 4
    open_field = call("register", drafts, "--draft", 2, "--yes")
    assert (open_field.code, open_field.document["error"]["fix"]) == (3, "say what the text means: --set actor=…")
    refused = call("register", drafts, "--draft", 2, "--set", "actor=CHN")
    assert (refused.code, "person's yes" in refused.document["error"]["what"]) == (5, True)
    assert call("list").document["claims"] == []

    made = call(
        "register", drafts, "--draft", 2, "--set", "actor=CHN", "--set", "office=Spokesperson", "--yes", "--by", "ann"
    )
    claim = made.document["claim"]
    assert (claim["actor"], claim["said_on"], claim["said_by"]["office"]) == ("CHN", "2024-04-08", "Spokesperson")
    assert (claim["goods"], claim["degree"]) == ([{"name": "unspecified", "phrase": "the trade"}], "all of it")
    assert claim["note"] == "Time, as said: in recent months."
    shown = call("show", made.document["id"]).document
    assert (shown["draft"]["confidence"], shown["registered"]["yes"], shown["words_checked"]) == (0.8, "ann", True)
    assert (
        call("register", drafts, "--draft", 2, "--set", "actor=CHN", "--set", "office=Spokesperson", "--yes").document[
            "outcome"
        ]
        == "unchanged"
    )


def test_a_person_at_the_terminal_is_asked(folder, call, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    asked = []
    monkeypatch.setattr("typer.confirm", lambda question, **_: asked.append(question) or len(asked) > 1)
    assert call("register", folder / "drafts.jsonl", "--draft", 1, "--by", "ann").code == 5
    done = call("register", folder / "drafts.jsonl", "--draft", 1, "--by", "ann")
    assert (done.code, len(asked)) == (0, 2)
    assert "actor: TUR" in done.err
    assert call("show", done.document["id"]).document["registered"]["yes"] == "ann"


def test_a_file_that_says_it_is_a_draft_needs_a_yes(folder, call):
    (folder / "claim.yml").write_text(yaml.safe_dump({**CLAIM, "draft": True}))
    assert call("register", folder / "claim.yml").code == 5
    assert call("register", folder / "claim.yml", "--yes", "--by", "ann").document["outcome"] == "registered"
    assert call("register", folder / "claim.yml", "--draft", 1).code == 2


@pytest.mark.parametrize(
    ("words", "fix"), [("actor", "FIELD=VALUE"), ("id=c-1", "fields: name"), ("actr=CHN", "fields: name")]
)
def test_what_sets_no_field_is_refused(folder, call, words, fix):
    refused = call("register", folder / "drafts.jsonl", "--draft", 1, "--set", words, "--yes")
    assert (refused.code, fix in refused.document["error"]["fix"]) == (2, True)


def test_lists_months_and_shares_are_set_on_a_draft(folder, call):
    made = call(
        "register", folder / "drafts.jsonl", "--draft", 1, "--yes", "--set", "goods=optical, propellants", "--set", "period=2023-01:",
        "--set", "threshold=0.25", "--set", "name=Jane Roe", "--set", "audience=press,CHN",
    )  # fmt: skip
    claim = made.document["claim"]
    assert [each["name"] for each in claim["goods"]] == ["optical", "propellants"]
    assert (claim["period"], claim["threshold"]) == ({"from": "2023-01"}, {"share_of_loss": 0.25})
    assert (claim["said_by"]["name"], claim["audience"]) == ("Jane Roe", ["press", "CHN"])


def test_texts_are_imported_and_listed(folder, call):
    (folder / "page.html").write_text("<html><body><p>Only a few words here.</p></body></html>")
    done = call("texts", "import", folder / "briefing.md", folder / "page.html", "--by", "ann")
    assert (done.document["new"], [each["kind"] for each in done.document["texts"]]) == (2, ["markdown", "html"])
    assert call("texts", "import", folder / "briefing.md").document["texts"][0]["already_stored"]
    listed = call("texts", "list").document["texts"]
    assert [(each["name"], each["date"]) for each in listed] == [("briefing.md", "2024-04-08"), ("page.html", None)]
    assert "briefing.md" in call("texts", "list", form="table").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("register", "absent.yml"), 4),
        (("register", "absent.jsonl"), 4),
        (("show", "c-0123456789"), 4),
        (("withdraw", "c-0123456789", "--why", "x"), 4),
        (("texts", "import", "absent.txt"), 4),
        (("list", "--stance", "denied"), 2),
    ],
)
def test_what_is_not_there_is_named(call, words, code):
    ran = call(*words)
    assert (ran.code, ran.document["error"]["code"]) == (code, code)


def test_an_empty_register_is_an_empty_list(call):
    clear = {"tlp": "TLP:CLEAR", "releasable_to": None}
    assert call("list").document == {"claims": [], "marking": clear}
    assert call("list", form="csv").out.startswith("id,status,")
    assert call("texts", "list").document == {"texts": [], "marking": clear}


def test_drafts_that_are_none_are_named(folder, call):
    for content, what in (("{", "whole JSON object"), ("[1]", "no drafts"), ('{"drafts": 3}', "no drafts")):
        (folder / "a.json").write_text(content)
        ran = call("register", folder / "a.json", "--yes")
        assert (ran.code, what in ran.document["error"]["what"]) == (3, True)


def test_from_python(folder):
    lake = stopgap.open(folder / "lake")
    made = lake.claims.register(folder / "claim.yml", by="ann")
    assert (made.outcome, lake.claims.show(made.entry.id).context.words) == ("registered", SAID)
    again = replace(made.entry.claim, threshold=0.5)
    assert lake.claims.register(again, by="ann", why="as agreed", text=folder / "briefing.md").outcome == "changed"
    assert [each.id for each in lake.claims(actor="CHN", target="RUS")] == [made.entry.id]
    assert lake.claims(stance="denial") == []
    with pytest.raises(RefusedError):
        lake.claims.register(ReadClaim(replace(again, id=None, actor="TUR"), None, {"words": SAID}), by="ann")
