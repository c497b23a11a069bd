"""Decisions: the latest holds, all remain, and a listed entity that changed opens them again."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.base.chained_log import chained
from stopgap.base.errors import InputError
from stopgap.screening.decisions.decision import (
    DecidedAs,
    DecisionBook,
    MatchVerdict,
    decision_from,
    decisions_from,
    moment,
    new_decision,
    pair_key,
)
from stopgap.screening.decisions.exchange import replay_plan
from stopgap.screening.decisions.states import DecisionState, Standings
from stopgap.screening.entities import Identifier, ListedEntity, ListedName, NameKind
from stopgap.screening.matching.results import Match, ScreenQuery

ENTITY = ListedEntity(
    entity_id="E1", list="made-up", list_date="2024-06-01", schema="Company", names=(ListedName("Northwind Trading OOO"),),
    countries=("RUS",), identifiers=(Identifier("inn", "7701234567"),), receipt="aa",
)  # fmt: skip
QUERY = ScreenQuery("Northwind Trading", ("RUS",))
MATCH = Match("E1", "made-up", "2024-06-01", "Northwind Trading OOO", "Northwind Trading OOO", NameKind.NAME, 0.9, 1)


def made(decided="false", when="2024-06-02T00:00:00Z", *, entity=ENTITY, query=QUERY, who="ann", supersedes=()):
    decision = new_decision(
        MatchVerdict(query, entity, DecidedAs(decided), "a reason", 0.9, "m1"), who=who, when=when, programme="1.0"
    )  # fmt: skip
    return replace(decision, supersedes=supersedes)


def log_of(*decisions):
    """Their events as a chained log has them; each supersedes those before on its pair."""
    events, before = [], "0" * 64
    for decision in decisions:
        known = DecisionBook(decisions_from(events)).heads(decision.key)
        event = {"format": 1, **replace(decision, supersedes=tuple(each.identity for each in known)).as_event()}
        _, own = chained(event, before)
        events.append({**event, "previous": before, "hash": own})
        before = own
    return events


def continued(own, events):
    """A log with events put behind it, as the lake's log does."""
    found, before = list(own), own[-1]["hash"] if own else "0" * 64
    for event in events:
        event = {name: value for name, value in event.items() if name not in ("hash", "previous")}
        _, own_hash = chained(event, before)
        found.append({**event, "previous": before, "hash": own_hash})
        before = own_hash
    return found


def replayed(own, theirs, who="bob"):
    plan = replay_plan(own, theirs, who=who, when="2024-09-01T00:00:00.000000Z")
    return continued(own, plan.events), plan


def answers(events):
    book = DecisionBook(decisions_from(events))
    return {each.key: (each.decided, each.identity) for each in book}


def state_of(entities, *decisions, lists=("made-up",)):
    standings = Standings.against(DecisionBook(decisions_from(log_of(*decisions))), entities, lists)
    return standings.of(QUERY, MATCH)


def test_a_decision_carries_what_was_seen():
    decision = decision_from(log_of(made())[0], line=1)
    assert (decision.who, decision.when, decision.why) == ("ann", "2024-06-02T00:00:00.000000Z", "a reason")
    assert (decision.list_date, decision.receipt, decision.score, decision.model) == ("2024-06-01", "aa", 0.9, "m1")
    assert (decision.programme, decision.entity_name) == ("1.0", "Northwind Trading OOO")
    assert len(decision.content) == len(decision.material) == 64


@pytest.mark.parametrize(
    "fields",
    [{"why": "  "}, {"who": ""}, {"score": float("nan")}, {"score": 1.2}, {"when": "yesterday"}, {"when": "2024-06-01T00:00:00"}],
)  # fmt: skip
def test_a_decision_without_reason_person_time_or_with_a_wrong_score_is_refused(fields):
    said = {"who": "ann", "when": "2024-06-02T00:00:00Z", "why": "x", "score": 0.5, **fields}
    verdict = MatchVerdict(QUERY, ENTITY, DecidedAs.TRUE, said["why"], said["score"])
    with pytest.raises(InputError):
        new_decision(verdict, who=said["who"], when=said["when"], programme="1.0")


def test_times_are_put_into_utc():
    assert moment("2024-06-01T14:00:00+02:00") == "2024-06-01T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("field", "value"),
    [("as", "maybe"), ("when", "2024-06-01"), ("score", 2), ("subject", []), ("who", ""), ("list", None), ("entity", 3),
     ("supersedes", None)],
)  # fmt: skip
def test_an_event_that_does_not_hold_is_named(field, value):
    [event] = log_of(made())
    with pytest.raises(InputError, match="cannot be read") as caught:
        list(decisions_from([event, {**event, field: value}]))
    assert "line 2" in caught.value.where


def test_a_later_decision_holds_and_all_remain():
    found = state_of([ENTITY], made("undecided"), made("true", "2024-06-03T00:00:00Z"))
    assert (found.state, found.decision.decided) == (DecisionState.STANDING, DecidedAs.TRUE)
    assert [each.decided.value for each in found.history] == ["undecided", "true"]


def test_a_clock_that_runs_behind_does_not_undo_a_decision():
    found = state_of([ENTITY], made("true", "2030-01-01T00:00:00Z"), made("false", "2024-06-03T00:00:00Z"))
    assert found.decision.decided is DecidedAs.FALSE


@pytest.mark.parametrize(
    ("entities", "lists", "state"),
    [
        ([ENTITY], ["made-up"], DecisionState.STANDING),
        ([replace(ENTITY, addresses=("moved",), list_date="2024-07-01")], ["made-up"], DecisionState.STANDING),
        ([replace(ENTITY, countries=("CYP",))], ["made-up"], DecisionState.REOPENED),
        ([], ["made-up"], DecisionState.REOPENED),
        ([], ["another"], DecisionState.UNKNOWN),
    ],
)
def test_what_becomes_of_a_decision_as_lists_change(entities, lists, state):
    found = state_of(entities, made(), lists=lists)
    assert found.state is state
    assert found.decision.decided is DecidedAs.FALSE
    assert bool(found.changes) == (state is DecisionState.REOPENED)


def test_undecided_is_open_and_a_new_decision_closes_what_was_reopened():
    moved = replace(ENTITY, countries=("CYP",))
    assert state_of([ENTITY], made("undecided")).state.is_open
    assert state_of([moved], made(), made(when="2024-06-09T00:00:00Z", entity=moved)).state is DecisionState.STANDING
    assert state_of([moved], made()).state.is_open
    assert state_of([ENTITY], made()).state is DecisionState.STANDING  # it changed back


def test_a_match_is_looked_up_by_the_whole_subject():
    standings = Standings.against(DecisionBook(decisions_from(log_of(made()))), [ENTITY], ["made-up"])
    assert standings.of(ScreenQuery("NORTHWIND trading.", ("RUS",)), MATCH) is not None
    for query, match in (
        (ScreenQuery("Northwind Trading"), MATCH),
        (ScreenQuery("Northwind Trading", ("RUS",), (Identifier("inn", "7701234567"),)), MATCH),
        (QUERY, replace(MATCH, entity_id="E2")),
        (QUERY, replace(MATCH, list="another")),
        (ScreenQuery(""), MATCH),
    ):
        assert standings.of(query, match) is None
    assert pair_key(ScreenQuery("x" * 10_000), MATCH) is None


def test_a_log_replayed_into_an_empty_one_is_the_same_to_the_last_hash():
    theirs = log_of(made(), made("true", "2024-06-03T00:00:00Z"))
    own, plan = replayed([], theirs)
    assert own == theirs
    assert (plan.is_continued, plan.read, plan.known, plan.conflicts) == (True, 2, 0, ())
    more = log_of(made(), made("true", "2024-06-03T00:00:00Z"), made("false", "2024-06-04T00:00:00Z"))
    assert replayed(theirs, more)[0] == more


def test_a_second_replay_changes_nothing():
    own, theirs = (
        log_of(made(who="bob", when="2024-06-05T00:00:00Z")),
        log_of(made(), made("true", "2024-06-03T00:00:00Z")),
    )
    once, plan = replayed(own, theirs)
    assert (len(once), plan.known, plan.is_continued) == (3, 0, False)
    twice, plan = replayed(once, theirs)
    assert (twice, plan.known, plan.events, plan.conflicts) == (once, 2, (), ())
    back, plan = replayed(theirs, once)
    assert (len(back), plan.known) == (3, 2)


def test_a_conflict_says_both_and_which_holds():
    own = log_of(made("true", "2024-06-05T00:00:00Z", who="bob"))
    after, plan = replayed(own, log_of(made("false", "2024-06-06T00:00:00Z")))
    [conflict] = plan.conflicts
    assert (conflict.own.decided, conflict.theirs.decided) == (DecidedAs.TRUE, DecidedAs.FALSE)
    assert conflict.as_dict()["in_force"] == "theirs"
    [taken] = [each for each in decisions_from(after) if each.taken_by]
    assert (taken.who, taken.taken_by, taken.when) == ("ann", "bob", "2024-06-06T00:00:00.000000Z")
    _, plan = replayed(own, log_of(made("false", "2024-06-04T00:00:00Z")))
    assert plan.conflicts[0].as_dict()["in_force"] == "own"
    _, plan = replayed(own, log_of(made("true", "2024-06-04T00:00:00Z")))
    assert plan.conflicts == ()


def test_lines_in_another_spelling_are_taken_with_their_origin():
    theirs = log_of(made())
    theirs[0] = {**theirs[0], "hash": "f" * 64}  # as if another programme had written the same differently
    own, plan = replayed([], theirs)
    assert not plan.is_continued
    assert own[0]["origin"] == "f" * 64
    assert replayed(own, theirs)[1].known == 1


one = st.tuples(
    st.sampled_from(["Acme", "Beta", "Gamma"]), st.sampled_from(["true", "false", "undecided"]), st.integers(1, 28)
)


@settings(max_examples=60, deadline=None)
@given(logs=st.lists(st.lists(one, max_size=5), min_size=2, max_size=3), again=st.lists(one, max_size=3))
def test_desks_that_exchange_their_logs_come_to_the_same_answers(logs, again):
    def decisions(rows, who):
        return [made(said, f"2024-06-{day:02}T00:00:00Z", query=ScreenQuery(name), who=who) for name, said, day in rows]

    desks = [log_of(*decisions(rows, f"desk {number}")) for number, rows in enumerate(logs)]
    merged = []
    for order in itertools.permutations(desks):
        own = order[0]
        for theirs in order[1:]:
            own, _ = replayed(own, theirs)
        merged.append(answers(own))
    assert all(each == merged[0] for each in merged)

    # One desk goes on after it has all; the others hear of it.
    full = desks[0]
    for theirs in desks[1:]:
        full, _ = replayed(full, theirs)
    for decision in decisions(again, "late"):
        heads = DecisionBook(decisions_from(full)).heads(decision.key)
        full = continued(
            full, [{"format": 1, **replace(decision, supersedes=tuple(h.identity for h in heads)).as_event()}]
        )
        assert DecisionBook(decisions_from(full)).in_force(decision.key).decided is decision.decided
    other, _ = replayed(desks[1], full)
    assert answers(other) == answers(full)
