"""Decisions in a lake: kept, opened again by a new edition, checked, and whole after any kill."""

from __future__ import annotations

import random
import time

import pytest
from decision_lists import FIRST, kill, listed, start_writer, verdict

from stopgap.base.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.maintenance.upkeep import check_lake
from stopgap.screening.decisions.decision import DecidedAs
from stopgap.screening.decisions.exchange import verify
from stopgap.screening.decisions.log import (
    LOG,
    decide,
    decide_on,
    list_decisions,
    read_book,
    screened_query,
    show_decision,
    standings,
)
from stopgap.screening.decisions.request import DecisionsRequest, MatchDecisionRequest
from stopgap.screening.decisions.states import DecisionState

WHEN = "2024-06-02T00:00:00Z"


@pytest.fixture
def lake(tmp_path):
    return tmp_path / "lake"


def on(lake, name="Northwind Trading", entity_id="E1", decided=DecidedAs.FALSE, when=WHEN, **fields):
    given = {"list": "made-up", "why": "another number", **fields}
    who = given.pop("who", "ann")
    asked = MatchDecisionRequest(query=name, entity=entity_id, decided=decided, **given)
    return decide_on(lake, asked, who=who, when=when)


def test_a_lake_without_decisions_has_none(lake):
    assert len(standings(lake).book) == 0
    assert list_decisions(lake, DecisionsRequest()) == []
    assert verify(lake).holds
    assert not lake.exists()


def test_a_decision_is_kept_with_the_edition_it_was_made_on(lake, tmp_path):
    listed(lake, tmp_path / "1", date="2024-06-01")
    made = on(lake, score=0.83, model="m1").decision
    [found] = list_decisions(lake, DecisionsRequest())
    assert found.decision == read_book(lake).in_force(made.key)
    assert (found.state, found.decision.list_date, found.decision.score) == (DecisionState.STANDING, "2024-06-01", 0.83)
    assert found.decision.receipt is not None
    assert found.decision.entity.identifiers != ()


def test_a_decision_outlives_editions_and_is_opened_again_by_a_material_change(lake, tmp_path):
    listed(lake, tmp_path / "1", date="2024-06-01")
    on(lake)
    on(lake, "Blue Harbour", "E2")
    listed(
        lake,
        tmp_path / "2",
        (FIRST[0].replace("Northwind Trading OOO", "NORTHWIND TRADING O.O.O."), FIRST[1]),
        date="2024-07-01",
    )
    assert [each.state for each in list_decisions(lake, DecisionsRequest())] == [DecisionState.STANDING] * 2
    listed(lake, tmp_path / "3", (FIRST[0].replace(",RUS,", ",CYP,"),), date="2024-08-01")
    found = {each.decision.entity_id: each for each in list_decisions(lake, DecisionsRequest(status="reopened"))}
    [moved], [left] = found["E1"].changes, found["E2"].changes
    assert (moved.field, moved.old, moved.new) == ("countries", ("RUS",), ("CYP",))
    assert left.field == "delisted_on"
    assert len(list_decisions(lake, DecisionsRequest(status="open"))) == 2

    again = on(lake, when="2024-08-02T00:00:00Z", decided=DecidedAs.TRUE)
    assert (again.state, len(again.history)) == (DecisionState.STANDING, 2)
    assert [each.decision.entity_id for each in list_decisions(lake, DecisionsRequest(status="reopened"))] == ["E2"]


@pytest.mark.prove_only
def test_lists_are_filtered(lake, tmp_path):
    listed(lake, tmp_path / "1")
    on(lake)
    on(lake, "Blue Harbour", "E2", DecidedAs.UNDECIDED, who="Bob")
    decide(lake, [verdict("Elsewhere")], who="ann", when=WHEN)

    def shown(**fields):
        return {each.decision.entity_id for each in list_decisions(lake, DecisionsRequest(**fields))}

    assert shown(by="BOB") == shown(status="undecided") == {"E2"}
    assert shown(status="standing") == {"E1"}
    assert shown(list="another") == set()
    assert shown() == {"E1", "E2"}


def test_what_is_not_listed_cannot_be_decided_on(lake, tmp_path):
    with pytest.raises(NotFoundError, match="no list 'made-up'"):
        on(lake)
    listed(lake, tmp_path / "1")
    with pytest.raises(NotFoundError, match="has no entity 'E9'"):
        on(lake, entity_id="E9")
    assert not LOG.path(lake).exists()


def test_a_pair_is_shown_by_the_beginning_of_its_id(lake, tmp_path):
    listed(lake, tmp_path / "1")
    made = on(lake).decision
    assert show_decision(lake, made.id[:6]).decision == show_decision(lake, made.id).decision
    for wanted in ("d-f", "e-000000"):
        with pytest.raises(NotFoundError):
            show_decision(lake, wanted)


def test_many_decisions_are_kept_in_one_go_or_none_of_them(lake):
    decide(lake, [verdict(f"name {number}", number) for number in range(50)], who="ann", when=WHEN)
    assert (len(read_book(lake)), verify(lake).events) == (50, 50)
    with pytest.raises(InputError):
        decide(lake, [verdict("fine"), verdict("")], who="ann", when=WHEN)
    with pytest.raises(UsageError, match="about one pair"):
        decide(lake, [verdict("Same"), verdict("SAME.")], who="ann", when=WHEN)
    assert verify(lake).events == 50


def test_a_broken_chain_is_never_read_and_never_continued(lake):
    decide(lake, [verdict("one"), verdict("two", 2)], who="ann", when=WHEN)
    content = LOG.path(lake).read_bytes()
    LOG.path(lake).write_bytes(content.replace(b'"as":"false"', b'"as":"true"', 1))
    check = verify(lake)
    assert (check.holds, check.line) == (False, 1)
    for call in (lambda: standings(lake), lambda: decide(lake, [verdict("three", 3)], who="ann", when=WHEN)):
        with pytest.raises(RefusedError, match="not as it was written"):
            call()
    assert len(LOG.path(lake).read_bytes()) == len(content) - 1


def test_a_check_of_the_lake_sees_whether_the_chain_is_whole(lake):
    decide(lake, [verdict("one"), verdict("two", 2)], who="ann", when=WHEN)

    def found():
        return {row["check"]: row for row in check_lake(lake).to_pylist()}["decisions"]

    assert (found()["passed"], found()["found"]) == (True, "2, their chain whole")
    log = LOG.path(lake)
    log.write_bytes(log.read_bytes().replace(b'"as":"false"', b'"as":"true"', 1))
    assert not found()["passed"]
    assert found()["found"].startswith("line 1: ")


def test_a_head_that_is_none_is_wrong_usage(lake):
    with pytest.raises(UsageError):
        verify(lake, head="abc")


def test_words_of_a_user_become_a_query():
    query = screened_query("Acme", ["Russia", "cn"], ["INN:77-0123 4567"])
    assert query.countries == ("RUS", "CHN")
    assert [(each.kind, each.value) for each in query.identifiers] == [("inn", "7701234567")]
    for wrong in ("7701234567", "shoe:7701234567", "inn:1"):
        with pytest.raises(InputError, match="no number of a register"):
            screened_query("Acme", [], [wrong])
    with pytest.raises(NotFoundError):
        screened_query("Acme", ["Atlantis"], [])


@pytest.mark.prove_only
def test_two_writers_at_once_make_one_chain(lake):
    writers = [start_writer(lake, who) for who in ("ann", "bob")]
    time.sleep(0.5)
    told = [kill(child, 0.3) for child in writers]
    assert all(told)
    kept = {each.hash: each.who for each in read_book(lake)}
    assert verify(lake).holds
    for who, said in zip(("ann", "bob"), told, strict=True):
        assert {kept[each] for each in said} == {who}


def test_kills_lose_nothing_that_was_reported(lake):
    chance = random.Random(7)
    told: list[str] = []
    for round_ in range(6):
        told += kill(start_writer(lake, f"w{round_}"), chance.uniform(0, 0.15))
        assert verify(lake).holds
        assert {each.hash for each in read_book(lake)} >= set(told)
    decide(lake, [verdict("after all")], who="ann", when=WHEN)
    assert verify(lake).torn_bytes == 0
