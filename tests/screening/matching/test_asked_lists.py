"""The line on the lists that were asked, and what to know of them."""

from __future__ import annotations

import datetime as dt

from stopgap.screening.lists.run import ListState
from stopgap.screening.matching.asked_lists import ListsInForce

TODAY = dt.date(2026, 11, 24)


def state(name, day, entities=2, family=None):
    return ListState(name, family or name, day, "2026-11-20", entities, 0, "r", "v1", 0)


def lists(*states, persons=0):
    return ListsInForce(states, TODAY, None, persons)


def test_few_lists_are_each_named():
    assert lists(state("un", "2026-11-23"), state("mine", None, 1)).says() == (
        "lists asked: 2, 3 entries: un of 2026-11-23 (1 day old), mine of a day that is not known, imported on 2026-11-20"
    )


def test_of_many_the_newest_and_the_oldest_and_once_those_without_a_day():
    found = lists(
        state("un", "2026-11-14"), state("us-csl", "2022-04-21"), state("uk", "2026-11-20"),
        state("eu-1-I", "2026-07-17", family="eu-1"), state("eu-1-II", "2026-07-17", family="eu-1"),
        *(state(name, None) for name in "abcd"),
    )  # fmt: skip
    assert found.says() == (
        "lists asked: 9, 18 entries: newest uk of 2026-11-20 (4 days old); oldest us-csl of 2022-04-21 (1,678 days old); "
        "without a day: a, b, c and 1 more"
    )
    assert found.each()[3] == "eu-1 of 2026-07-17 (130 days old): 4 entries in 2 lists"
    assert len(found.each()) == 8


def test_old_lists_are_one_line_on_a_terminal_and_one_each_in_documents():
    found = lists(*(state(name, "2026-01-01") for name in "abcde"), persons=3)
    assert found.short_warnings() == [
        "more than 30 days old: a, b, c and 2 more; see whether there are newer editions",
        "3 entries are persons: not matched, as the methods are for names of firms and vessels",
    ]
    assert len(found.warnings()) == 6
