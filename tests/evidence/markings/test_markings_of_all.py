"""Of a lake that is RED throughout, every command says so: in each format, with an answer, an empty answer, an error."""

from __future__ import annotations

import inspect
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
from marking_cases import Case, cases_of, labels_of, lines_of
from whole_lake import (
    PASSPHRASE,
    RED,
    Whole,
    document,
    extra_files,
    home,
    make_whole_lake,
    mark,
    mark_all,
    said,
)

import stopgap
from stopgap.api import Lake
from stopgap.base.errors import StopgapError
from stopgap.cli.app import app
from stopgap.evidence.keys import files as key_files

_NUMBERS = itertools.count()


def leaves(command: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Each command that does something when it is called."""
    children = getattr(command, "commands", {})
    if path and (not children or getattr(command, "invoke_without_command", False)):
        yield " ".join(path)
    for name, child in children.items():
        yield from leaves(child, (*path, name))


COMMANDS = tuple(leaves(typer.main.get_command(app)))
NAMES = tuple(
    cases_of(Whole(Path(), {"early.csv": ""}, ("", ""), "", "", "", ("", ""), Path("p.zip")), Path())
)


def test_every_command_stands_in_the_table() -> None:
    assert set(COMMANDS) == set(NAMES)


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("red")
    before, key_files._COST = key_files._COST, 16
    with home(folder / "home"):
        whole = make_whole_lake(folder)
        extra_files(whole)
        mark_all(whole, whole.lake)
        released(whole)
        yield whole
    key_files._COST = before


def released(whole: Whole) -> None:
    """A finding was released, and the release taken back."""
    words = ("--why", "a source was named", "--by", "ann", "--lake", whole.lake)
    made = document("markings", "release", whole.finding, "--marking", "GREEN", *words)
    document("markings", "withdraw", made["id"], *words)


@pytest.mark.one_in(9)
@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_of_a_red_lake_is_below_red(red: Whole, tmp_path: Path, name: str) -> None:
    for case in cases_of(red, tmp_path)[name]:
        for form in case.formats:
            check(red, case, form, tmp_path)


def check(red: Whole, case: Case, form: str, tmp_path: Path) -> None:
    lake = red.copied(tmp_path / f"lake-{next(_NUMBERS)}") if case.changes else red.lake
    fresh = f"fresh-{next(_NUMBERS)}"
    words = [str(word).replace("FRESH", fresh) for word in case.words]
    done = said(*words, "--lake", lake, "--format", form)
    where = f"{case.name} --format {form}: {done.code}\n{done.text[-1500:]}\n{done.err}"
    assert (done.code == 0) == (case.way != "error"), where
    every = lines_of(done.err) + ([] if form == "parquet" else lines_of(done.text))
    found = labels_of(done, form)
    assert set(found) == ({RED} if case.is_marked else set()), where
    assert set(every) <= ({RED} if case.is_marked else set()), where


def test_files_that_are_written_say_it(red: Whole, tmp_path: Path) -> None:
    at = ("--lake", red.lake, "--format", "json")
    for ending in ("md", "html"):
        document("brief", red.episode, "--output", tmp_path / f"brief.{ending}", *at[:2])
        assert (tmp_path / f"brief.{ending}").read_text("utf-8").count("TLP:RED") >= 2
    document("claims", "test", red.claims[0], "--output", tmp_path / "page.html", *at[:2])
    assert (tmp_path / "page.html").read_text("utf-8").count("TLP:RED") >= 2
    done = said(
        "screen", red.file("names.csv"), "--name-column", "name", "--output", tmp_path / "hits.json", *at[:2]
    )
    assert lines_of(done.err) == [RED]
    assert json.loads((tmp_path / "hits.json").read_text("utf-8"))["marking"] == RED.as_dict()
    files = document("lake", "export", tmp_path / "views", *at[:2])["files"]
    for row in files:
        assert json.loads(pq.read_schema(row["file"]).metadata[b"marking"]) == RED.as_dict(), row["view"]
    lake = red.copied(tmp_path / "lake")
    done = said(
        "watch", red.episode, "--once", "--no-fetch", "--output", tmp_path / "reports", "--lake", lake
    )
    written = sorted((tmp_path / "reports").iterdir())
    assert len(written) == 2
    assert all(path.name.startswith("TLP-RED_") and "TLP:RED" in path.read_text("utf-8") for path in written)
    assert lines_of(done.text) == [RED]
    made = tmp_path / "companies.jsonl"
    assert "TLP-RED_companies.jsonl would" in said("exposure", red.episode, "--ftm", made, *at[:2]).err


def results(lake: Lake, whole: Whole) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each method of a lake: with an answer, an empty one, an error."""
    episode, claim, (_, listed) = whole.episode, whole.claims[0], whole.listed
    far = {"baseline": "2030-01:2030-12", "after": "2031-01:2031-12"}
    asked = {"queries": {"q": {"schema": "Company", "properties": {"name": [listed]}}}}
    signer = {"key": "liaison", "passphrase": PASSPHRASE, "output": whole.folder / "api.zip"}
    yield "measure", lambda: lake.measure(episode)
    yield "measure", lambda: lake.measure(episode).suppliers
    yield "measure", lambda: lake.measure(episode, **far)
    yield "diff", lambda: lake.diff(episode, earlier="v1", later="v2")
    yield "diff", lambda: lake.diff(episode, earlier="v99")
    yield "exposure", lambda: lake.exposure(episode, screen=False)
    yield "exposure", lambda: lake.exposure(episode, first="2030-01", last="2030-02", screen=False)
    yield "query", lambda: lake.query("SELECT * FROM trade WHERE false")
    yield "query", lambda: lake.query("SELECT 1 FROM trade", as_of="v99")
    yield "claims", lambda: lake.claims()
    yield "claims", lambda: lake.claims(actor="USA")
    yield "claim", lambda: lake.claim(claim)
    yield "claim", lambda: lake.claim("c-0000000000")
    yield "test_claim", lambda: lake.test_claim(claim)
    yield "test_claim", lambda: lake.test_claim(claim, as_of="v99")
    yield "register_claim", lambda: lake.register_claim(whole.file("claim-0.yml"), by="ann")
    yield "register_claim", lambda: lake.register_claim(whole.file("linked.yml"), by="ann")
    yield "screen", lambda: lake.screen(listed)
    yield "screen", lambda: lake.screen("Quiet Orchard Bakery")  # the lists stay open
    yield "screen", lambda: lake.screen("Quiet Orchard", lists=["nowhere"])
    yield "match", lambda: lake.match(asked)
    yield "pack", lambda: lake.pack(episode, marking="RED", parts=["claims"], **signer)
    yield "pack", lambda: lake.pack(episode, marking="GREEN", parts=["claims"], **signer)
    yield "import_files", lambda: lake.import_files([whole.folder / "world" / "early.csv"])
    yield (
        "import_files",
        lambda: lake.import_files([whole.folder / "world" / "trade.csv"], replaces=["0" * 16]),
    )


def test_results_and_errors_of_the_python_api_say_it(red: Whole, tmp_path: Path) -> None:
    lake = stopgap.open(red.copied(tmp_path / "lake"))
    asked = set()
    for name, call in results(lake, red):
        asked.add(name)
        try:
            found = call()
        except StopgapError as error:
            found = error
        assert found.marking == RED, (name, found)
    assert asked == {
        name for name, _ in inspect.getmembers(Lake, inspect.isfunction) if not name.startswith("_")
    }


def test_names_and_reasons_are_marked_as_what_they_name(red: Whole, tmp_path: Path) -> None:
    """Of a lake where one file alone is RED, its name and the reason of its mark are; and a mark that was lowered shows both."""
    folder, lake = tmp_path / "files", tmp_path / "lake"
    folder.mkdir()
    (folder / "secret.csv").write_text("entity_id,name\nE1,Example Trading LLC\n", "utf-8")
    at = ("--lake", lake)
    receipt = document("import", folder / "secret.csv", "--source", "list", "--marking", "RED", *at)[
        "receipts"
    ][0]
    for words in (("markings", "list"), ("markings", "show", f"receipt:{receipt}"), ("lake", "vintages"), ("lists",),
                  ("markings", "set", "goods:own", "--marking", "RED", "--why", "it names a plant")):  # fmt: skip
        assert document(*words, *at)["marking"] == RED.as_dict(), words
    amber = document("markings", "set", "table:trade", "--marking", "CLEAR", "--why", "published", *at)
    assert amber["marking"]["tlp"] == "TLP:AMBER"  # who and why
    document("markings", "set", f"receipt:{receipt}", "--marking", "GREEN", "--why", "published since", *at)
    assert document("markings", "show", f"receipt:{receipt}", *at)["marking"] == RED.as_dict()


def test_a_clear_lake_says_nothing_of_errors(tmp_path: Path) -> None:
    folder, lake = tmp_path / "files", tmp_path / "lake"
    folder.mkdir()
    (folder / "list.csv").write_text("entity_id,name\nE1,Example Trading LLC\n", "utf-8")
    at = ("--lake", lake)
    document("import", folder / "list.csv", "--source", "list", *at)
    done = said("screen", "Example", "--list", "nowhere", *at)
    assert done.err.splitlines()[0] == "no list is called 'nowhere'"
    assert len(done.err.splitlines()) == 3
    assert set(json.loads(said("lists", "show", "nowhere", *at, "--format", "json").text)) == {"error"}
    assert "marking" not in document("lake", "check", *at)
    assert "marking" not in document("doctor", *at)


def test_goods_and_episodes_are_marked_where_the_lake_marks_them(red: Whole, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    mark(lake, ("goods:goods", RED))
    for words in (
        ("goods", "check", red.folder / "world" / "goods.csv"),
        ("goods", "show", red.folder / "world" / "goods.csv"),
    ):
        assert document(*words, "--lake", lake)["marking"] == RED.as_dict()
    assert "marking" not in document("goods", "show", "chips", "--lake", lake)
