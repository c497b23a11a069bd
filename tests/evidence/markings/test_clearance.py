"""A lake seen with a clearance: what is above it is not there for any command, and nothing tells that it is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from marking_cases import cases_of
from whole_lake import Whole, document, mark, mark_all, said

from stopgap.api import Lake
from stopgap.base.clearance import viewer_required, whole_lake
from stopgap.base.errors import MissingDataError, RefusedError, StopgapError
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.markings import clearance as clearances
from stopgap.evidence.markings.clearance import seen_with

GREEN = Marking(Tlp.GREEN)
READING = tuple(
    name
    for name, cases in cases_of(
        Whole(Path(), {"early.csv": ""}, ("", ""), "", "", "", ("", ""), Path("p.zip")), Path()
    ).items()
    if any(case.is_marked and not case.changes for case in cases)
)
GIVEN_A_PACK = ("pack verify", "pack export", "pack compare", "pack received")
"""Commands that are given a file by the one who asks: what is in it is theirs, or refused."""


@pytest.fixture(scope="module")
def red(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = whole.copied(tmp_path_factory.mktemp("seen") / "red")
    mark_all(whole, lake)
    return lake


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    lake = tmp_path / "red"
    (lake / "tables" / "trade").mkdir(parents=True)
    return lake


def told(words: list[str], lake: Path) -> tuple[int, str, str]:
    """What a command says of a lake to someone cleared for GREEN."""
    with seen_with(lake, GREEN):
        done = said(*words, "--lake", lake, "--format", "json")
    return done.code, done.text.replace(str(lake), "LAKE"), done.err.replace(str(lake), "LAKE")


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", [name for name in READING if name not in GIVEN_A_PACK])
def test_a_red_lake_is_an_empty_one(whole: Whole, red: Path, empty: Path, tmp_path: Path, name: str) -> None:
    for number, case in enumerate(cases_of(whole, tmp_path)[name]):
        if case.is_marked and not case.changes:
            words = [[str(word).replace("FRESH", f"{number}-{which}") for word in case.words] for which in "ab"]
            found, nothing = told(words[0], red), told(words[1], empty)
            alike = tuple(
                part.replace(f"{number}-b", f"{number}-a") if isinstance(part, str) else part for part in nothing
            )
            assert found == alike, case.name


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", GIVEN_A_PACK)
def test_a_red_pack_is_refused(whole: Whole, red: Path, tmp_path: Path, name: str) -> None:
    for case in cases_of(whole, tmp_path)[name]:
        if case.way == "answer" and str(whole.pack) in map(str, case.words):
            code, text, _ = told([str(word) for word in case.words], red)
            assert code == 5
            assert "above your clearance" in text


def test_files_above_the_clearance_were_never_imported(whole: Whole, tmp_path: Path) -> None:
    lake = whole.copied(tmp_path / "lake")
    mark(lake, (f"receipt:{whole.receipts['late.csv']}", Marking(Tlp.AMBER)))
    other = tmp_path / "other"
    document("import", whole.folder / "world" / "early.csv", "--lake", other)
    sql = "SELECT period, reporter, partner, flow, good, value_usd FROM trade ORDER BY ALL"
    with seen_with(lake, GREEN):
        seen = Lake(lake)
        rows, finding = seen.query(sql), seen.measure(whole.episode)
        names = set(seen.query("SELECT DISTINCT file_name FROM receipts")["file_name"].to_pylist())
        listed = [row["files"] for row in seen.vintages()]
    with whole_lake():
        assert rows.arrow.equals(Lake(other).query(sql).arrow)
        assert len(rows) < len(Lake(lake).query(sql))
        alone = Lake(other).measure(whole.episode).as_dict()
    left = ("finding_id", "as_of", "queries")
    assert {name: value for name, value in finding.as_dict().items() if name not in left} == {
        name: value for name, value in alone.items() if name not in left
    }
    assert "late.csv" not in names
    assert "late.csv" not in str(listed)


def test_an_answer_of_a_part_of_the_lake_is_not_stored_as_one_of_its_vintage(whole: Whole, tmp_path: Path) -> None:
    lake = whole.copied(tmp_path / "lake")
    mark(lake, (f"receipt:{whole.receipts['late.csv']}", Marking(Tlp.AMBER)))
    logs = [lake / name / "log.jsonl" for name in ("claims", "alerts")]
    before = sorted((lake / "findings").iterdir()), [log.read_bytes() for log in logs]
    with seen_with(lake, GREEN):
        Lake(lake).measure(whole.episode)
        assert Lake(lake).claims.test(whole.claims[0])
    assert (sorted((lake / "findings").iterdir()), [log.read_bytes() for log in logs]) == before


def test_nobody_acts_on_what_is_above_the_clearance(whole: Whole, tmp_path: Path) -> None:
    lake = whole.copied(tmp_path / "lake")
    mark_all(whole, lake)
    logs = {path: path.read_bytes() for path in lake.glob("*/log.jsonl")}
    tries = (
        lambda seen: seen.alerts.decide(whole.alert, decision="dismissed", why="to see"),
        lambda seen: seen.claims.withdraw(whole.claims[0], why="to see"),
        lambda seen: seen.markings.set(f"receipt:{whole.receipts['early.csv']}", marking="CLEAR", why="to see"),
        lambda seen: seen.markings.release(whole.finding, marking="CLEAR", why="to see"),
        lambda seen: seen.withdraw(whole.receipts["early.csv"], why="to see"),
    )
    with seen_with(lake, GREEN):
        for each in tries:
            with pytest.raises(StopgapError):
                each(Lake(lake))
    assert {path: path.read_bytes() for path in logs} == logs


def test_who_may_see_an_alert_may_not_see_who_decided_on_it(whole: Whole) -> None:
    with seen_with(whole.lake, GREEN):
        with pytest.raises(MissingDataError):
            Lake(whole.lake).exposure(whole.episode, no_screen=True)  # declarations name companies: AMBER
        assert list(Lake(whole.lake).decisions()) == []
    with seen_with(whole.lake, Marking(Tlp.RED)):
        assert len(Lake(whole.lake).decisions()) == 1


def test_economies_of_a_marking_must_all_be_those_of_the_clearance(whole: Whole, tmp_path: Path) -> None:
    lake = whole.copied(tmp_path / "lake")
    mark(lake, (f"receipt:{whole.receipts['early.csv']}", Marking(Tlp.GREEN, frozenset({"DEU", "FRA"}))))
    sql = "SELECT count(*) AS n FROM receipts WHERE file_name = 'early.csv'"
    for clearance, rows in (
        (Marking(Tlp.RED), 0),
        (Marking(Tlp.RED, frozenset({"DEU"})), 1),
        (Marking(Tlp.RED, frozenset({"DEU", "POL"})), 0),
        (Marking(Tlp.CLEAR, frozenset({"DEU"})), 0),
        (None, 1),
    ):
        with seen_with(lake, clearance):
            assert Lake(lake).query(sql)["n"].to_pylist() == [rows], clearance


def test_a_hidden_vintage_is_one_that_is_not_there(whole: Whole, tmp_path: Path) -> None:
    lake = whole.copied(tmp_path / "lake")
    mark(lake, (f"receipt:{whole.receipts['late.csv']}", Marking(Tlp.AMBER)))
    with seen_with(lake, GREEN):
        hidden = said("query", "SELECT 1 FROM trade", "--as-of", "v2", "--lake", lake)
        never = said("query", "SELECT 1 FROM trade", "--as-of", "v99", "--lake", lake)
    assert hidden.code == never.code == 4
    assert hidden.err.replace("v2", "v99") == never.err


def test_a_log_is_shown_whole_or_not_at_all(whole: Whole) -> None:
    with seen_with(whole.lake, GREEN), pytest.raises(RefusedError, match="whole or not at all"):
        Lake(whole.lake).decisions.export()
    with whole_lake():
        assert Lake(whole.lake).decisions.export().text


def test_what_reads_without_a_viewer_is_refused_where_one_is_required(whole: Whole) -> None:
    lake = Lake(whole.lake)
    with viewer_required(), ThreadPoolExecutor(1) as pool:
        with whole_lake():
            assert len(lake.vintages())
            with pytest.raises(LookupError, match="without a viewer"):
                pool.submit(lake.vintages).result()
            assert len(pool.submit(copy_context().run, lake.vintages).result())
        with seen_with(whole.lake, GREEN):
            assert len(lake.vintages())
        with pytest.raises(LookupError, match="without a viewer"):
            lake.vintages()
    assert len(lake.vintages())


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("SELECT count(*) AS n FROM trade", []),
        ("SELECT 'findings' AS n, 'received_packs' AS m", []),
        ('SELECT count(*) AS n FROM "FINDINGS"', ["findings"]),
        ("WITH f AS (FROM findings) SELECT (SELECT count(*) FROM f) AS n, count(*) AS m FROM trade", ["findings"]),
        ("SELECT count(*) AS n FROM received_packs", ["packs"]),
        ("SELECT count(*) AS n FROM received_findings, findings", ["findings", "packs"]),
    ],
)
def test_findings_and_packs_are_read_for_statements_that_name_them(
    whole: Whole, monkeypatch: pytest.MonkeyPatch, sql: str, read: list[str]
) -> None:
    told: list[str] = []

    def noted(what: str, function: Callable[[Path], Any]) -> Callable[[Path], Any]:
        return lambda lake: (told.append(what), function(lake))[1]

    monkeypatch.setattr(clearances, "findings_table", noted("findings", clearances.findings_table))
    monkeypatch.setattr(clearances, "read_received", noted("packs", clearances.read_received))
    with seen_with(whole.lake, GREEN):
        assert Lake(whole.lake).query(sql).num_rows == 1
    assert told == read
