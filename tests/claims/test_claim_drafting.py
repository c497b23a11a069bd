"""Files to drafts: offsets in pages, records of JSON lines, a language model behind a pipe."""

from __future__ import annotations

import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from stopgap.base.errors import InputError, NotFoundError, UsageError
from stopgap.claims.drafting import reader
from stopgap.claims.drafting.run import draft_files

PAGE = """<html><head><title>Regular press conference</title><script>var x = "China arms Russia";</script></head><body>
<nav>Home | About | China arms Russia</nav><article><h1>Regular press conference</h1>
<p>{padding}</p>
<p><strong>Reuters:</strong> Officials say China&#8217;s companies send machine tools to Russia&rsquo;s arms makers. Is that so?</p>
<p>{padding}</p></article></body></html>"""
PADDING = "The spokesperson briefed the press on the visit of a delegation and took questions about the weather. " * 6


def test_offsets_of_a_page_are_those_of_the_file(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE.format(padding=PADDING), "utf-8")
    run = draft_files([page], reader="rules")
    assert run.drafts
    raw = page.read_text("utf-8")
    for draft in run.drafts:
        stretch = raw[draft.start : draft.end]
        assert stretch.startswith(draft.words.split()[0])
        assert "China’s companies send machine tools" in draft.words
    assert {d.actor for d in run.drafts} == {"companies:CHN"}


def test_each_record_of_json_lines_is_a_text(tmp_path: Path) -> None:
    lines = tmp_path / "texts.jsonl"
    lines.write_text(
        "\n".join(
            json.dumps({"title": "x", "text": f"MR. KORBY:  {name} is sending drones to Russia."})
            for name in ("Iran", "Belarus")
        ),
        "utf-8",
    )
    run = draft_files([lines], reader="rules")
    assert [(d.file, d.actor) for d in run.drafts] == [("texts.jsonl#1", "IRN"), ("texts.jsonl#2", "BLR")]


def test_what_is_less_sure_is_left_out(tmp_path: Path) -> None:
    text = tmp_path / "b.md"
    text.write_text("MR. KORBY:  China is sending drones to Russia.\n", "utf-8")
    assert draft_files([text], reader="rules", least=0.99).drafts == ()


@pytest.mark.parametrize(
    ("installed", "what"),
    [
        ([], "none is installed"),
        (["no_such_package:propose"], "No module named 'no_such_package'"),
        (["stopgap.api:no_such_name"], "no_such_name"),
        (["a:x", "b:y"], "several readers"),
    ],
)
def test_without_a_reader_an_error_says_what_to_install(
    installed: list[str], what: str, briefing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [EntryPoint("reader", value, reader.GROUP) for value in installed]
    monkeypatch.setattr(reader, "entry_points", lambda group: found)
    reader.load_reader.cache_clear()
    with pytest.raises(NotFoundError, match=what) as raised:
        draft_files([briefing])
    reader.load_reader.cache_clear()
    assert ("stopgap[drafting]" in raised.value.fix) == (len(installed) < 2)


def test_an_unknown_reader_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no reader 'magic'"):
        draft_files([tmp_path / "x.txt"], reader="magic")


@pytest.fixture
def briefing(tmp_path: Path) -> Path:
    path = tmp_path / "briefing.md"
    path.write_text("MR. KORBY:  The teapots take what Tehran pumps. China is sending drones to Russia.\n", "utf-8")
    return path


def program(tmp_path: Path, body: str) -> str:
    script = tmp_path / "model.py"
    script.write_text("import json, sys\nrequest = json.load(sys.stdin)\n" + body, "utf-8")
    return f"{sys.executable} {script}"


def test_a_language_model_adds_what_stands_in_the_text(briefing: Path, tmp_path: Path) -> None:
    body = """
records = [
    {"words": "The teapots take what Tehran pumps.", "stance": "assertion", "action": "buy-energy",
     "actor": "companies:CHN", "target": "IRN", "goods": [{"phrase": None, "group": "energy"}], "confidence": 0.6},
    {"words": "It never said this.", "stance": "assertion", "action": "supply"},
    {"words": "The teapots", "stance": "boast", "action": "supply"},
    {"words": "China is sending drones to Russia.", "stance": "assertion", "action": "supply", "actor": "CHN", "target": "RUS"},
]
assert request["format"] == 1 and len(request["drafts"]) == 1
print("\\n".join(map(json.dumps, records)))
"""
    run = draft_files([briefing], reader="rules", language_model=program(tmp_path, body))
    assert [(d.actor, d.action.value) for d in run.drafts] == [("companies:CHN", "buy-energy"), ("CHN", "supply")]
    assert run.drafts[0].evidence["action"].how == "language model"
    assert len(run.notes) == 2
    assert "do not stand in the text" in run.notes[0]
    assert "'boast'" in run.notes[1]


@pytest.mark.parametrize(
    ("body", "what"), [("print('as an AI I cannot')", "is no JSON"), ("sys.exit(7)", "stopped with code 7")]
)
def test_a_language_model_that_fails_is_named(briefing: Path, tmp_path: Path, body: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        draft_files([briefing], reader="rules", language_model=program(tmp_path, body))


def test_a_program_that_is_not_there_is_named(briefing: Path) -> None:
    with pytest.raises(UsageError, match="cannot be started"):
        draft_files([briefing], reader="rules", language_model="no-such-program-anywhere")
