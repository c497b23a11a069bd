"""Of a lake that is RED throughout, every command says so: in each format, with an answer, an empty answer, an error."""

from __future__ import annotations

import inspect
import itertools
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
from marking_cases import Case, cases_of, labels_of, lines_of
from measure_names import MEASURES
from whole_lake import PASSPHRASE, RED, Whole, document, mark, mark_all, said

import stopgap
from stopgap.api import Lake
from stopgap.api.alerts import Alerts
from stopgap.api.claims import Claims, Texts
from stopgap.api.decisions import Decisions
from stopgap.api.keys import Keys
from stopgap.api.lists import Lists
from stopgap.api.markings import Markings
from stopgap.api.matching import Matching
from stopgap.api.ownership import Ownership
from stopgap.api.packs import Packs
from stopgap.base.errors import StopgapError
from stopgap.base.marking import CLEAR
from stopgap.cli.app import app

_NUMBERS = itertools.count()


def leaves(command: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Each command that does something when it is called."""
    children = getattr(command, "commands", {})
    if path and (not children or getattr(command, "invoke_without_command", False)):
        yield " ".join(path)
    for name, child in children.items():
        yield from leaves(child, (*path, name))


COMMANDS = tuple(leaves(typer.main.get_command(app)))
NAMES = tuple(cases_of(Whole(Path(), {"early.csv": ""}, ("", ""), "", "", "", ("", ""), Path("p.zip")), Path()))


def test_every_command_stands_in_the_table() -> None:
    assert set(COMMANDS) == set(NAMES)


@pytest.fixture(scope="module")
def red(whole: Whole) -> Whole:
    mark_all(whole, whole.lake)
    released(whole)
    return whole


def released(whole: Whole) -> None:
    """A finding was released, and the release taken back."""
    words = ("--why", "a source was named", "--by", "ann", "--lake", whole.lake)
    made = document("markings", "release", whole.finding, "--marking", "GREEN", *words)
    document("markings", "withdraw", made["id"], *words)


@pytest.mark.one_in(27)
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
    done = said("screen", red.file("names.csv"), "--name-column", "name", "--output", tmp_path / "hits.json", *at[:2])
    assert lines_of(done.err) == [RED]
    assert json.loads((tmp_path / "hits.json").read_text("utf-8"))["marking"] == RED.as_dict()
    files = document("lake", "export", tmp_path / "views", *at[:2])["files"]
    for row in files:
        assert json.loads(pq.read_schema(row["file"]).metadata[b"marking"]) == RED.as_dict(), row["view"]
    lake = red.copied(tmp_path / "lake")
    done = said("watch", red.episode, "--once", "--no-fetch", "--output", tmp_path / "reports", "--lake", lake)
    written = sorted((tmp_path / "reports").iterdir())
    assert len(written) == 2
    assert all(path.name.startswith("TLP-RED_") and "TLP:RED" in path.read_text("utf-8") for path in written)
    assert lines_of(done.text) == [RED]
    made = tmp_path / "companies.jsonl"
    assert "TLP-RED_companies.jsonl would" in said("exposure", red.episode, "--ftm", made, *at[:2]).err


def results(lake: Lake, whole: Whole) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each method of a lake: with an answer, an empty one, an error."""
    episode, (_, listed) = whole.episode, whole.listed
    far = {"baseline": "2030-01:2030-12", "after": "2031-01:2031-12"}
    asked = {"queries": {"q": {"schema": "Company", "properties": {"name": [listed]}}}}
    signer = {"key": "liaison", "passphrase": PASSPHRASE, "output": whole.folder / "api.zip"}
    yield "measure", lambda: lake.measure(episode)
    yield "measure", lambda: lake.measure(episode).suppliers
    yield "measure", lambda: lake.measure(episode, **far)
    for name in MEASURES[1:]:
        yield name, partial(getattr(lake, name), episode)
        yield name, partial(getattr(lake, name), episode, as_of="v99")
    yield "series", lambda: lake.series(reporters="CHN", partners="RUS", goods="85", by="month")
    yield "series", lambda: lake.series(reporters="CHN", partners="RUS", goods="85", by="month").rows
    yield "series", lambda: lake.series(reporters="CHN", partners="RUS", as_of="v99")
    yield "brief", lambda: lake.brief(episode, output=whole.folder / "api.md")
    yield "brief", lambda: lake.brief(episode, output=whole.folder / "api.md", as_of="v99")
    yield "quality", lambda: lake.quality()
    yield "quality", lambda: lake.quality(as_of="v99")
    for name in MEASURES[1:]:
        yield name, lambda name=name: getattr(lake, name)(episode)
        yield name, lambda name=name: getattr(lake, name)(episode, **far)
    yield "brief", lambda: lake.brief(episode, output=whole.folder / "api-brief.md")
    yield "brief", lambda: lake.brief(episode, output=whole.folder / "api-brief.md", as_of="v99")
    yield "quality", lambda: lake.quality()
    yield "quality", lambda: lake.quality(source="nowhere")
    yield "vintages", lambda: lake.vintages()
    yield "check", lambda: lake.check()
    yield "doctor", lambda: lake.doctor()
    yield "export", lambda: lake.export(whole.folder / "api-views")
    yield "export", lambda: lake.export(whole.folder / "api-views", as_of="v99")
    yield "withdraw", lambda: lake.withdraw("0" * 16, why="sent by mistake")
    yield "diff", lambda: lake.diff(episode, earlier="v1", later="v2")
    yield "diff", lambda: lake.diff(episode, earlier="v99")
    yield "exposure", lambda: lake.exposure(episode, no_screen=True)
    yield "exposure", lambda: lake.exposure(episode, first="2030-01", last="2030-02", no_screen=True)
    yield "query", lambda: lake.query("SELECT * FROM trade WHERE false")
    yield "source_rows", lambda: lake.source_rows(whole.receipts["early.csv"], good="854231")
    yield "source_rows", lambda: lake.source_rows(whole.receipts["early.csv"], good="000000")
    yield "query", lambda: lake.query("SELECT 1 FROM trade", as_of="v99")
    yield from claim_results(lake, whole)
    yield "screen", lambda: lake.screen(listed)
    yield "screen", lambda: lake.screen("Quiet Orchard Bakery")  # the lists stay open
    yield "screen", lambda: lake.screen("Quiet Orchard", lists=["nowhere"])
    yield "match", lambda: lake.match(asked)
    yield "matching.match", lambda: lake.matching.match(asked, dataset="nowhere")
    yield "matching.search", lambda: lake.matching.search("")
    yield "matching.search", lambda: lake.matching.search("x", topics=["sanction"])
    yield "matching.entity", lambda: lake.matching.entity(whole.listed[0])
    yield "matching.entity", lambda: lake.matching.entity("nowhere")
    yield "matching.adjacent", lambda: lake.matching.adjacent(whole.listed[0])
    yield "matching.catalogue", lambda: lake.matching.catalogue()
    yield from screening_results(lake, whole)
    yield "packs.create", lambda: lake.packs.create(episode, marking="RED", parts=["claims"], **signer)
    yield "packs.create", lambda: lake.packs.create(episode, marking="GREEN", parts=["claims"], **signer)
    yield "packs.preview", lambda: lake.packs.preview(episode, marking="RED", parts=["claims"])
    yield "packs.verify", lambda: lake.packs.verify(whole.pack, no_numbers=True)
    yield "packs.export", lambda: lake.packs.export(whole.pack, as_form="stix", output=whole.file("api.json"))
    yield "packs.receive", lambda: lake.packs.receive(whole.pack, by="ann")
    yield "packs.receive_from", lambda: lake.packs.receive_from(_inbox(whole), settle=0, by="ann")
    yield "packs.receive_from", lambda: lake.packs.receive_from(_inbox(whole, is_empty=True), settle=0)
    yield "packs.received", lambda: lake.packs()
    yield "packs.received", lambda: lake.packs.received(whole.pack.name)
    yield "packs.received", lambda: lake.packs.received("nowhere")
    yield "packs.compare", lambda: lake.packs.compare(whole.pack, whole.pack.name)
    yield "packs.compare", lambda: lake.packs.compare(whole.pack, "nowhere")
    yield from marking_results(lake, whole)
    yield from key_results(lake)
    yield "vintages", lake.vintages
    yield "check", lake.check
    yield "doctor", lake.doctor
    yield "compact", lake.compact
    yield "export", lambda: lake.export(whole.folder / "api-views")
    yield "withdraw", lambda: lake.withdraw("0" * 16, why="by mistake")
    yield "import_files", lambda: lake.import_files([whole.folder / "world" / "early.csv"])
    yield ("import_files", lambda: lake.import_files([whole.folder / "world" / "trade.csv"], replaces=["0" * 16]))


def claim_results(lake: Lake, whole: Whole) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Statements, alerts, a round of a watch."""
    episode, claim = whole.episode, whole.claims[0]
    far = {"baseline": "2030-01:2030-12", "after": "2031-01:2031-12"}
    yield "claims.list", lambda: lake.claims.list()
    yield "claims.list", lambda: lake.claims.list(actor="USA")
    yield "claims.show", lambda: lake.claims.show(claim)
    yield "claims.show", lambda: lake.claims.show("c-0000000000")
    yield "claims.test", lambda: lake.claims.test(claim)
    yield "claims.test", lambda: lake.claims.test(claim, as_of="v99")
    yield "claims.register", lambda: lake.claims.register(whole.file("claim-0.yml"), by="ann")
    yield "claims.register", lambda: lake.claims.register(whole.file("linked.yml"), by="ann")
    yield "claims.test_all", lambda: lake.claims.test_all()
    yield "claims.test_all", lambda: lake.claims.test_all(claims=("c-0000000000",))
    yield "claims.withdraw", lambda: lake.claims.withdraw(whole.claims[1], why="asked for", by="ann")
    yield "claims.withdraw", lambda: lake.claims.withdraw("c-0000000000", why="asked for", by="ann")
    yield "claims.texts.list", lambda: lake.claims.texts()
    yield "claims.texts.import_files", lambda: lake.claims.texts.import_files([whole.file("briefing.md")])
    yield "alerts.run", lambda: lake.alerts.run(episode)
    yield "alerts.run", lambda: lake.alerts.run(episode, month="2019-04")
    yield "alerts.run", lambda: lake.alerts.run(episode, month="2035-01")
    yield "alerts.list", lambda: lake.alerts(status="all")
    yield "alerts.list", lambda: lake.alerts(status="dismissed")
    yield "alerts.show", lambda: lake.alerts.show(whole.alert)
    yield "alerts.show", lambda: lake.alerts.show("a-0000000000")
    yield "alerts.decide", lambda: lake.alerts.decide(whole.alert, decision="watch", why="asked for")
    yield "alerts.decide", lambda: lake.alerts.decide("a-0000000000", decision="watch", why="asked for")
    yield "watch", lambda: lake.watch(episode, no_fetch=True)
    yield "watch", lambda: lake.watch(episode, no_fetch=True, **far)


def screening_results(lake: Lake, whole: Whole) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Files of names, lists, decisions and ownership."""
    names, (entity, listed) = whole.file("names.csv"), whole.listed
    owners = {"ownership": [whole.file("owners.csv")]}
    match = {"query": listed, "list": "listed", "decided": "false", "why": "other number"}
    into = {"output": whole.folder / "api-hits.json", "name_column": "name", "restart": True}
    yield "screen", lambda: lake.screen(listed, countries=["Atlantis"])
    yield "screen_file", lambda: lake.screen_file(names, **into)
    yield "screen_file", lambda: lake.screen_file(names, **into, lists=["nowhere"])
    yield "screen_rows", lambda: lake.screen_rows(names, name_column="name")
    yield "screen_rows", lambda: lake.screen_rows(names, name_column="nothing")
    yield "lists.list", lambda: lake.lists()
    yield "lists.list", lambda: lake.lists(as_of="v99")
    yield "lists.show", lambda: lake.lists.show("listed")
    yield "lists.show", lambda: lake.lists.show("nowhere")
    yield "lists.entity", lambda: lake.lists.entity(entity)
    yield "lists.entity", lambda: lake.lists.entity("nobody", list="listed")
    yield "lists.changes", lambda: lake.lists.changes(since="2020-01-01")
    yield "lists.changes", lambda: lake.lists.changes(since="2099-01-01")
    yield "lists.changes", lambda: lake.lists.changes(since="v99")
    yield "ownership.check", lambda: lake.ownership.check("Example Daughter Ltd", **owners)
    yield "ownership.check", lambda: lake.ownership.check("nobody", **owners)
    yield "ownership.covered", lambda: lake.ownership.covered(**owners)
    yield "ownership.covered", lambda: lake.ownership.covered(**owners, lists=["nowhere"])
    yield "decisions.decide", lambda: lake.decisions.decide(**match, entity=entity, by="ann")
    yield "decisions.decide", lambda: lake.decisions.decide(**match, entity="nobody")
    yield "decisions.list", lambda: lake.decisions()
    yield "decisions.list", lambda: lake.decisions(by="nobody")
    yield "decisions.show", lambda: lake.decisions.show(whole.decision)
    yield "decisions.show", lambda: lake.decisions.show("d-000000000000")
    yield "decisions.verify", lambda: lake.decisions.verify()
    yield "decisions.verify", lambda: lake.decisions.verify(head="0" * 64)
    yield "decisions.export", lambda: lake.decisions.export(format="csv")
    yield "decisions.replay", lambda: lake.decisions.replay(whole.file("decisions.jsonl"), dry_run=True)


def _inbox(whole: Whole, *, is_empty: bool = False) -> Path:
    folder = whole.folder / f"inbox-{next(_NUMBERS)}"
    folder.mkdir()
    if not is_empty:
        (folder / whole.pack.name).write_bytes(whole.pack.read_bytes())
    return folder


def marking_results(lake: Lake, whole: Whole) -> Iterator[tuple[str, Callable[[], Any]]]:
    markings, receipt, words = lake.markings, f"receipt:{whole.receipts['early.csv']}", {"why": "asked for"}
    yield ("markings.set", lambda: markings.set(receipt, marking="RED", by="ann", **words))
    yield "markings.set", lambda: markings.set(receipt, marking="RED", **words)
    yield "markings.set", lambda: markings.set(f"receipt:{'0' * 16}", marking="RED", **words)
    yield "markings.list", lambda: markings()
    for subject in (receipt, "source:comtrade", whole.finding, f"receipt:{'0' * 16}"):
        yield "markings.show", lambda subject=subject: markings.show(subject)
    yield "markings.release", lambda: markings.release(whole.finding, marking="GREEN", **words)
    yield "markings.release", lambda: markings.release(whole.finding, marking="RED", **words)
    for id in (made.id for made in markings() if made.id and made.state == "in force"):
        yield "markings.withdraw", lambda id=id: markings.withdraw(id, **words)
    yield "markings.withdraw", lambda: markings.withdraw("r-0000000000", **words)
    yield "markings.check", lambda: markings.check()


def key_results(lake: Lake) -> Iterator[tuple[str, Callable[[], Any]]]:
    keys, secret = lake.keys, {"passphrase": PASSPHRASE, "by": "ann"}
    yield "keys.new", lambda: keys.new("of-the-api", **secret)
    yield "keys.new", lambda: keys.new("liaison", **secret)
    yield "keys.rotate", lambda: keys.rotate("of-the-api", **secret)
    yield "keys.list", lambda: keys()
    yield "keys.list", lambda: keys.list(head="0" * 64)
    yield "keys.show", lambda: keys.show("liaison")
    yield "keys.trust", lambda: keys.trust(keys.show("liaison").public_file)
    yield "keys.trust", lambda: keys.trust("nowhere.pub.json", fingerprint="1" * 60)
    yield "keys.revoke", lambda: keys.revoke("of-the-api", why="no longer used", **secret)
    yield "keys.revoke", lambda: keys.revoke("of-the-api")


def says_nothing_of_evidence(name: str) -> bool:
    return name.startswith("keys.") or name == "markings.check"


def methods() -> set[str]:
    """Methods of a lake, and of its groups."""
    groups = {
        "": Lake,
        "alerts.": Alerts,
        "claims.": Claims,
        "claims.texts.": Texts,
        "decisions.": Decisions,
        "keys.": Keys,
        "lists.": Lists,
        "markings.": Markings,
        "matching.": Matching,
        "ownership.": Ownership,
        "packs.": Packs,
    }
    return {
        f"{group}{name}"
        for group, kind in groups.items()
        for name, _ in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


@pytest.mark.prove_only
def test_results_and_errors_of_the_python_api_say_it(red: Whole, tmp_path: Path) -> None:
    lake = stopgap.open(red.copied(tmp_path / "lake"))
    asked = set()
    for name, call in results(lake, red):
        asked.add(name)
        try:
            found = call()
        except StopgapError as error:
            found = error
        if says_nothing_of_evidence(name):
            assert getattr(found, "marking", None) is None, (name, found)
        else:
            assert found.marking == RED, (name, found)
    assert methods() - asked == OF_NO_LAKE, "ask the new methods in results(), or name them in OF_NO_LAKE"


OF_NO_LAKE = {"claims.draft", "demo", "fetch", "fetch_plan", "init", "simulate", "watches"}
"""Methods whose answers rest on what a lake held before in nothing: texts, services, the figures in the package; watches
on their reports, of which this lake has none."""


def test_what_rests_on_no_lake_is_clear(red: Whole, tmp_path: Path) -> None:
    lake = stopgap.open(red.copied(tmp_path / "lake"))
    assert lake.claims.draft([red.file("briefing.md")], reader="rules").marking == CLEAR
    asked = {"codes": "854231", "first": "2023-01", "last": "2023-02"}
    assert lake.fetch_plan("hmrc", **asked).marking == CLEAR


def test_names_and_reasons_are_marked_as_what_they_name(red: Whole, tmp_path: Path) -> None:
    """Of a lake where one file alone is RED, its name and the reason of its mark are; and a mark that was lowered shows both."""
    folder, lake = tmp_path / "files", tmp_path / "lake"
    folder.mkdir()
    (folder / "secret.csv").write_text("entity_id,name\nE1,Example Trading LLC\n", "utf-8")
    at = ("--lake", lake)
    receipt = document("import", folder / "secret.csv", "--source", "list", "--marking", "RED", *at)["receipts"][0]
    for words in (("markings", "list"), ("markings", "show", f"receipt:{receipt}"), ("lake", "vintages"), ("lists",),
                  ("markings", "set", "goods:own", "--marking", "RED", "--why", "it names a plant")):  # fmt: skip
        assert document(*words, *at)["marking"] == RED.as_dict(), words
    amber = document("markings", "set", "table:trade", "--marking", "CLEAR", "--why", "published", *at)
    assert amber["marking"]["tlp"] == "TLP:AMBER"  # who and why
    document("markings", "set", f"receipt:{receipt}", "--marking", "GREEN", "--why", "published since", *at)
    assert document("markings", "show", f"receipt:{receipt}", *at)["marking"] == RED.as_dict()


@pytest.mark.prove_only
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
