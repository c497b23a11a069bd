"""Word lists and tables of names: how rows become patterns, and what is data and not code."""

from __future__ import annotations

import re

import pytest

from stopgap_drafting.lexicon.word_lists import alternatives, table, word_list
from stopgap_drafting.propose import propose
from stopgap_drafting.sources.presidents import President, president_on, presidents


def row(frame: str, words: str) -> dict[str, str]:
    return {"frame": frame, "words": words}


def test_rows_are_alternatives_and_those_of_a_frame_share_it() -> None:
    rows = [row("", "oil"), row(r"\b(?:…)s\b", "ship"), row("…", "truck"), row("", "gas"), row(r"\b(?:…)s\b", "car")]
    assert alternatives(rows) == r"oil|\b(?:ship|truck)s\b|gas|\b(?:car)s\b"


def test_a_list_may_stand_in_another() -> None:
    assert "{" + "firms" + "}" not in word_list("firms before a place")
    assert word_list("firms") in word_list("firms before a place")


@pytest.mark.parametrize("name", sorted({each["list"] for each in table("word_lists")}))
def test_every_list_is_a_pattern(name: str) -> None:
    re.compile(word_list(name))


def test_tables_of_names_have_days_and_sources() -> None:
    for name, day in (("presidents", "since"), ("leaders", "noted_on")):
        assert all(re.fullmatch(r"20\d\d-\d\d-\d\d", each[day]) and each["source"] for each in table(name))


def test_the_day_tells_who_is_president() -> None:
    assert president_on("2021-01-19", presidents()) == "Trump"
    assert president_on("2021-01-20T12:00", presidents()) == "Biden"
    assert president_on("2001-01-01", presidents()) is None
    assert president_on("", presidents()) is None


def test_a_text_may_have_presidents_of_its_own() -> None:
    text = "MR. KORBY:  The President said that China is sending drones to Russia.\n"
    meta = {"title": "Press briefing", "source_url": "https://www.whitehouse.gov/a", "date": "2024-05-01"}
    [own] = propose(text, "b.md", meta, holders=(President("2020-01-01", "Nobody"),))
    assert own.speaker == "President Nobody"
    assert propose(text, "b.md", meta)[0].speaker == "President Biden"
