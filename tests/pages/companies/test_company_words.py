"""Words on hits: never certainty, never a day that no list states."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.pages.companies.hits import listed_where, probability
from stopgap.pages.words import as_sentence
from stopgap.screening.entity_kinds import EntityKind
from stopgap.screening.matching.match_listing import MatchListing

LISTING = MatchListing(
    "E1", "eu-1", "EU 1/2014", "2026-07-17", "EU", "Firm", next(iter(EntityKind)), None, "Company", "", None, None, (), (), (),
    "2022-02-25", None, None,
)  # fmt: skip


@given(st.floats(0, 1))
def test_a_probability_is_never_shown_as_certain(score: float) -> None:
    assert probability(score) not in ("0.00", "1.00", "0", "1")


def test_where_an_entity_is_listed_since_when() -> None:
    undated = replace(LISTING, listed_on=None, list_name="EU 2/2014")
    assert listed_where([LISTING]) == "on EU 1/2014 since 2022-02-25 (edition of 2026-07-17)"
    assert listed_where([undated]) == "on EU 2/2014 (edition of 2026-07-17; since when, the list does not state)"
    assert (
        listed_where([replace(LISTING, list_date=None)]) == "on EU 1/2014 since 2022-02-25 (edition of an unknown day)"
    )
    assert listed_where([LISTING] * 4).endswith(" and 2 more listings")
    assert listed_where([LISTING] * 3).endswith(" and 1 more listing")


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        ("owners are not looked up", "Owners are not looked up."),
        ("eu-833: the edition is old", "eu-833: the edition is old."),
        ("sdn: the edition is old", "sdn: the edition is old."),
        ("1 entry is a person.", "1 entry is a person."),
    ],
)
def test_a_note_becomes_a_sentence_and_names_stay_as_they_are(note: str, sentence: str) -> None:
    assert as_sentence(note) == sentence
