"""Names looked up in the lists in force, with what the reader must know of the lists."""

from __future__ import annotations

import datetime as dt
import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from screen_lake import LISTED, load

import stopgap
from stopgap.base.errors import InputError, MissingDataError, NotFoundError, UsageError
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.screening.decisions.log import decide_on
from stopgap.screening.decisions.request import MatchDecisionRequest
from stopgap.screening.entities import Identifier
from stopgap.screening.index.name_index import THRESHOLD
from stopgap.screening.matching.asked_lists import OLD_DAYS, ListsInForce
from stopgap.screening.matching.match_selection import name_fault
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.matching.run import ScreenedNames, about, open_screener, screen_wanted

TODAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("screening")
    load(folder / "lake", folder / "1")
    load(folder / "lake", folder / "2", ("O1,Northwind Trading GmbH,,Company,DEU,",), name="other")
    open_screener(folder / "lake")
    return folder / "lake"


@pytest.fixture(scope="module")
def screener(kept):
    return open_screener(kept)


@pytest.fixture
def lake(kept, tmp_path):
    """A copy that a test may change."""
    return shutil.copytree(kept, tmp_path / "lake")


def ids(answer):
    return [(each.match.list, each.match.entity_id) for each in answer.matches]


def test_one_name_and_what_its_answer_rests_on(kept):
    screener, wanted = open_screener(kept), screen_wanted(explain=True)
    [answer] = screener.screen([ScreenQuery("Northwind Trading LLC", ("RUS",))], wanted)
    document = ScreenedNames((answer,), screener.lists, about(screener, wanted)).as_dict()
    first = document["matches"][0]
    assert (document["query"], first["entity_id"], first["alerts"]) == ("Northwind Trading LLC", "E1", True)
    assert {"entity_id", "list", "list_date", "name", "matched_name", "score", "features"} <= set(first)
    assert all(set(each) == {"feature", "score", "weight", "says"} for each in first["features"])
    assert {each["feature"] for each in first["features"]} >= {"country"}
    assert document["threshold"] == THRESHOLD
    assert [(each["list"], each["list_date"], each["entities"]) for each in document["lists"]] == [
        ("made-up", "2024-06-01", 5), ("other", "2024-06-01", 1),
    ]  # fmt: skip
    assert document["lists"][0]["age_days"] == (screener.lists.today - dt.date(2024, 6, 1)).days


def test_a_list_can_be_chosen(kept):
    screener = open_screener(kept)
    wanted = screener.restricted(screen_wanted(), ["other"])
    [answer] = screener.screen([ScreenQuery("Northwind Trading")], wanted)
    assert ids(answer) == [("other", "O1")]
    assert [each["list"] for each in about(screener, wanted)["lists"]] == ["other"]
    with pytest.raises(NotFoundError, match="no list is called 'none'"):
        screener.restricted(screen_wanted(), ["none"])


def test_a_number_finds_a_vessel_whatever_its_name(kept):
    [answer] = open_screener(kept).screen([ScreenQuery("", (), (Identifier("imo", "9074729"),), schema="Vessel")])
    assert ids(answer)[0] == ("made-up", "E3")


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("Ｎｏｒｔｈｗｉｎｄ Ｔｒａｄｉｎｇ ＯＯＯ", "E1"),  # full-width
        ("Nоrthwind Тrаding OOO", "E1"),  # Cyrillic letters among Latin ones
        ("North\u200bwind Tra\u200dding", "E1"),  # zero-width
        ("\u202eNorthwind Trading\u202c", "E1"),  # right to left
        ("Nor\x00thwind\x07 Trading", "E1"),  # control characters
        ("NORTHWIND  trading", "E1"),
        ("Северный Ветер", "E1"),
        ("😀 Vega Microelectronics 😀", "E5"),
    ],
)
def test_tricks_of_writing_do_not_hide_a_name(kept, name, nearest):
    [answer] = open_screener(kept).screen([ScreenQuery(name)], screen_wanted(threshold=0))
    assert ids(answer)[0] == ("made-up", nearest)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", ["A", "LLC", "OOO", "Ltd Co", "的", "1", "x" * 1000], ids=lambda name: name[:6])
def test_names_that_say_nothing_do_not_alert(kept, name):
    [answer] = open_screener(kept).screen([ScreenQuery(name)])
    assert not answer.alerts


@pytest.mark.parametrize(
    "name", ["", "\u200b", "😀", "x" * 10_000_000, "a\udcff"], ids=("", "zero", "emoji", "long", "bytes")
)
def test_what_cannot_be_looked_up_is_refused(kept, name):
    with pytest.raises(InputError):
        open_screener(kept).screen([ScreenQuery("Vega"), ScreenQuery(name)])


@given(name=st.text(st.characters(exclude_categories=[]), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_is_answered_or_refused(screener, name):
    query, wanted = ScreenQuery(name), screen_wanted(threshold=0, explain=True)
    fault = name_fault(name)
    if fault is not None:
        with pytest.raises(InputError, match=fault):
            screener.screen([query], wanted)
        return
    [answer] = screener.screen([query], wanted)
    assert [each.match.rank for each in answer.matches] == list(range(1, len(answer.matches) + 1))
    assert all(0 <= each.match.score <= 1 for each in answer.matches)
    json.dumps(answer.as_dict(), allow_nan=False)


def test_persons_are_neither_matched_nor_asked(kept):
    screener = open_screener(kept)
    [answer] = screener.screen([ScreenQuery("Johannes Bergstrom")], screen_wanted(threshold=0))
    assert "E4" not in [entity_id for _, entity_id in ids(answer)]
    assert screener.lists.warnings()[-1].startswith("1 entry is a person: not matched")
    with pytest.raises(UsageError, match="persons"):
        screener.screen([ScreenQuery("Johannes Bergstrom", schema="Person")])


@pytest.mark.parametrize(("threshold", "limit"), [(-0.1, 5), (1.1, 5), (float("nan"), 5), (0.5, 0)])
def test_what_cannot_be_wanted(threshold, limit):
    with pytest.raises(UsageError):
        screen_wanted(threshold=threshold, limit=limit)


def state_of(lake, **moved):
    from dataclasses import replace

    [first, *_] = open_screener(lake).lists.states
    return replace(first, **moved)


@pytest.mark.parametrize(
    ("age", "on", "warns"), [(OLD_DAYS, None, False), (OLD_DAYS + 1, None, True), (OLD_DAYS + 1, "2024-06-01", False)]
)
def test_an_old_list_says_so(kept, age, on, warns):
    day = (TODAY - dt.timedelta(age)).isoformat()
    lists = ListsInForce((state_of(kept, list_date=day),), TODAY, on, 0)
    assert bool(lists.warnings()) is warns
    assert f"made-up of {day} ({age} days old)" in lists.says()


def test_a_refused_list_leaves_yesterdays_in_force_and_every_answer_says_so(lake, tmp_path):
    rows = [f"N{number},Firm number {number},,Company,," for number in range(40)]
    load(lake, tmp_path / "3", [*LISTED, *rows], day="2024-07-01")
    with pytest.raises(InputError):
        load(lake, tmp_path / "4", LISTED[:2], day="2024-08-01")
    screener = open_screener(lake)
    [answer] = screener.screen([ScreenQuery("Vega Microelectronics")])
    assert ids(answer) == [("made-up", "E5")]
    assert answer.matches[0].match.list_date == "2024-07-01"
    [said] = [each for each in screener.lists.warnings() if "refused" in each]
    assert said.startswith("made-up: its last import was refused on ")
    assert said.endswith("the edition of 2024-07-01 stays in force")


@pytest.mark.prove_only
def test_the_lists_of_a_day_and_of_a_vintage(lake, tmp_path):
    load(lake, tmp_path / "5", (*LISTED, "E6,Quiet Orchard Bakery,,Company,,"), day="2024-09-01")
    found = [
        ids(open_screener(lake, **when).screen([ScreenQuery("Quiet Orchard Bakery")])[0])
        for when in ({}, {"as_of": "v2"}, {"on": "2024-08-31"}, {"as_of": "2024-09-01"})
    ]
    assert found == [[("made-up", "E6")], [], [], [("made-up", "E6")]]


def test_lists_that_hold_nobody(tmp_path):
    with pytest.raises(MissingDataError):
        open_screener(tmp_path / "none")


class TestFromPython:
    def test_names_and_queries(self, kept):
        lake = stopgap.open(kept)
        one, two = lake.screen(["Northwind Trading LLC", ScreenQuery("Blue Harbour Shipping")], lists=["made-up"])
        assert (ids(one), ids(two)) == ([("made-up", "E1")], [("made-up", "E2")])
        assert lake.screen("Quiet Orchard Bakery")[0].matches == ()

    def test_the_lists_stay_open_until_they_or_the_decisions_change(self, lake, tmp_path):
        here = stopgap.open(lake)
        [before] = here.screen("Northwind Trading OOO", lists=["made-up"])
        opened = here._screeners.get()
        assert here._screeners.get() is opened
        decide_on(
            lake,
            MatchDecisionRequest(
                query="Northwind Trading OOO", list="made-up", entity="E1", decided="false", why="another number"
            ),
            who="ann",
            when="2024-06-02T00:00:00Z",
        )
        [after] = here.screen("Northwind Trading OOO", lists=["made-up"])
        [without] = here.screen("Northwind Trading OOO", lists=["made-up"], no_decisions=True)
        assert [each.alerts for each in (before, after, without)] == [True, False, True]
        load(lake, tmp_path / "6", (*LISTED, "E6,Quiet Orchard Bakery,,Company,,"), day="2024-09-01")
        assert ids(here.screen("Quiet Orchard Bakery")[0]) == [("made-up", "E6")]

    def test_a_request_of_yentes(self, kept):
        query = {"schema": "Company", "properties": {"name": ["Northwind Trading"], "country": ["ru"]}}
        response = stopgap.open(kept).match({"queries": {"a": query}})
        first = response["responses"]["a"]["results"][0]
        assert (first["id"], first["datasets"], first["match"]) == ("E1", ["made-up"], True)
        assert first["properties"]["innCode"] == ["7701234567"]
        assert first["properties"]["country"] == ["ru"]


@pytest.mark.prove_only
def test_a_list_of_another_name_can_be_imported_beside(lake, tmp_path):
    path = tmp_path / "third.csv"
    path.write_text("entity_id,name\nT1,Third Firm\n")
    import_paths(lake, [path], ImportRequest(source="list"))
    screener = open_screener(lake)
    assert ids(screener.screen([ScreenQuery("Third Firm")])[0]) == [("third", "T1")]
    assert "third of a day that is not known, imported on " in screener.lists.says()
