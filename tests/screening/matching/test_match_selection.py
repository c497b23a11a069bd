"""Which matches are shown, which alert, and what decisions change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.screening.decisions.decision import DecidedAs, DecisionBook, MatchVerdict, new_decision
from stopgap.screening.decisions.states import Standings
from stopgap.screening.entities import ListedEntity, ListedName, NameKind
from stopgap.screening.matching.match_listing import decision_words
from stopgap.screening.matching.match_selection import FLOOR, ScreenOptions, choose, name_fault, with_decisions
from stopgap.screening.matching.results import Match, ScreenQuery

SURE = 0.7


def found(*scores: float, kind: NameKind = NameKind.NAME) -> list[Match]:
    """Matches as a search with the documented threshold, 0.7, has them."""
    return [
        Match(f"E{rank}", "made-up", None, "Example", "Example", kind, score, rank, (), score >= SURE and kind != "weak")
        for rank, score in enumerate(scores, start=1)
    ]  # fmt: skip


def scores(matches: tuple[Match, ...]) -> list[float]:
    return [match.score for match in matches]


def alerting(matches: tuple[Match, ...]) -> list[bool]:
    return [match.alerts for match in matches]


def test_where_one_alerts_those_that_reach_the_threshold_are_shown():
    assert scores(choose(found(0.95, 0.8, 0.5), ScreenOptions(SURE, floor=0.1))) == [0.95, 0.8]


def test_where_none_alerts_the_nearest_are_shown_and_marked():
    shown = choose(found(0.6, 0.3, 0.02), ScreenOptions(SURE, floor=0.1))
    assert scores(shown) == [0.6, 0.3, 0.02]
    assert alerting(shown) == [False, False, False]


def test_where_nothing_is_near_the_answer_is_empty():
    assert choose(found(0.09, 0.05), ScreenOptions(SURE, floor=0.1)) == ()
    assert choose([], ScreenOptions(SURE, floor=0.1)) == ()


def test_a_threshold_that_is_asked_for_is_kept_to():
    assert scores(choose(found(0.6, 0.3, 0.02), ScreenOptions(0.25))) == [0.6, 0.3]
    assert alerting(choose(found(0.6, 0.3), ScreenOptions(0.25))) == [True, True]
    assert alerting(choose(found(0.8), ScreenOptions(0.9, floor=0.1))) == [False]
    assert choose(found(0.6), ScreenOptions(0.61)) == ()
    assert len(choose(found(0.6, 0.0), ScreenOptions(0.0))) == 2


def test_a_weak_alias_never_alerts_alone_whatever_the_threshold():
    assert alerting(choose(found(0.99, kind=NameKind.WEAK), ScreenOptions(0.0))) == [False]
    # Another name of the entity speaks for it too: the search says so.
    beside = [replace(match, alerts=True) for match in found(0.99, kind=NameKind.WEAK)]
    assert alerting(choose(beside, ScreenOptions(SURE))) == [True]


@given(st.lists(st.floats(0, 1), max_size=5), st.floats(0.001, 1))
def test_whatever_is_shown_with_a_threshold_reaches_it(values, threshold):
    shown = choose(found(*sorted(values, reverse=True)), ScreenOptions(threshold))
    assert scores(shown) == [each for each in sorted(values, reverse=True) if each >= threshold]
    assert all(alerting(shown))


def test_another_kind_alerts_only_where_none_of_the_kind_asked_for_does():
    others = [replace(match, is_other_kind=True) for match in found(0.97, 0.8)]
    same = [replace(match, rank=3) for match in found(0.9)]
    shown = choose([others[0], *same, others[1]], ScreenOptions(0.6, floor=FLOOR))
    assert (scores(shown), alerting(shown)) == ([0.9, 0.97, 0.8], [True, False, False])
    assert [match.rank for match in shown] == [1, 2, 3]
    near = [replace(match, alerts=False) for match in found(0.3)]
    shown = choose([*others, *near], ScreenOptions(0.6, floor=FLOOR))
    assert (scores(shown), alerting(shown)) == ([0.97, 0.8], [True, True])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "the name is empty"),
        (" \t\n", "the name is empty"),
        ("\u200b\u200d", "the name holds no letter or digit"),
        ("😀 🚢", "the name holds no letter or digit"),
        ("—.,!", "the name holds no letter or digit"),
        ("a\ud800b", "the name is no Unicode text"),
        ("x" * 10_000_000, "the name has 10,000,000 characters; 1,000 is the most that is read"),
    ],
    ids=("empty", "blank", "zero-width", "emoji", "punctuation", "surrogate", "10 MB"),
)
def test_names_that_cannot_be_looked_up(name, says):
    assert name_fault(name) == says


NAMES = {
    "one letter": "A", "legal form": "LLC", "full-width": "Ｎｏｒｔｈ", "homoglyphs": "Nоrthwind", "right to left": "\u202eNorth",
    "NUL": "Nor\x00th", "Chinese": "北风", "digit": "3M", "longest": "x" * 1000,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_that_can(name):
    assert name_fault(name) is None


ENTITY = ListedEntity("E1", "made-up", None, "Company", (ListedName("Example"),))
QUERY = ScreenQuery("Example")


def known(decided: DecidedAs, entity: ListedEntity = ENTITY) -> Standings:
    verdict = MatchVerdict(QUERY, ENTITY, decided, "a reason")
    made = new_decision(verdict, who="ann", when="2024-06-02T00:00:00Z", programme="0")
    return Standings.against(DecisionBook([made]), [entity], ["made-up"])


@pytest.mark.parametrize(
    ("decided", "score", "alerts"),
    [
        (DecidedAs.FALSE, 0.95, False),
        (DecidedAs.TRUE, 0.4, True),
        (DecidedAs.UNDECIDED, 0.95, True),
        (DecidedAs.UNDECIDED, 0.4, False),
    ],
)
def test_a_decision_that_stands_settles_whether_a_match_alerts(decided, score, alerts):
    answer = with_decisions(QUERY, found(score), known(decided))
    assert answer.alerts is alerts
    assert answer.as_dict()["matches"][0]["decision"]["as"] == decided.value


def test_a_decision_that_was_opened_again_leaves_it_to_the_score_and_says_why():
    moved = replace(ENTITY, countries=("CYP",))
    answer = with_decisions(QUERY, found(0.95), known(DecidedAs.FALSE, moved))
    assert answer.alerts
    [match] = answer.matches
    assert decision_words(match.standing) == "false, reopened: countries: + CYP"
    assert match.as_dict()["decision"]["changes"][0]["field"] == "countries"


def test_a_decision_on_another_name_is_none_on_this():
    other = ScreenQuery("Example Two")
    answer = with_decisions(other, found(0.95), known(DecidedAs.FALSE))
    assert answer.alerts
    assert answer.matches[0].as_dict()["decision"] is None


def test_zero_shows_all_and_alerts_as_documented():
    shown = choose(found(0.95, 0.5, 0.001), ScreenOptions(0.0))
    assert scores(shown) == [0.95, 0.5, 0.001]
    assert alerting(shown) == [True, False, False]
