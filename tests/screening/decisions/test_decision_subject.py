"""Whom a decision is about: one key for one spelling, never for two companies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.errors import InputError
from stopgap.screening.decisions.subject import plain_name, subject_from, subject_of
from stopgap.screening.entities import Identifier
from stopgap.screening.matching.results import ScreenQuery


def key(name, *countries, numbers=()):
    return subject_of(ScreenQuery(name, countries, numbers)).key


@pytest.mark.parametrize(
    "other",
    ["ACME TRADING LTD", " Acme  Trading, Ltd. ", "Acme\u00a0Trading Ltd", "Ａｃｍｅ Trading Ltd", "Acme\u200b Trading Ltd",
     "\u202eAcme Trading Ltd\u202c", "Acme-Trading “Ltd”"],
)  # fmt: skip
def test_one_name_in_many_spellings_is_one_subject(other):
    assert key(other) == key("Acme Trading Ltd")


@pytest.mark.parametrize(
    "other", ["Acme Trading", "AcmeTrading Ltd", "Acme Trading Ltd 2", "Асme Trading Ltd", "Acmé Trading Ltd"]
)
def test_other_words_letters_and_accents_are_other_subjects(other):
    assert key(other) != key("Acme Trading Ltd")


def test_countries_and_numbers_belong_to_the_key_in_any_order():
    one, two = Identifier("inn", "7701234567"), Identifier("lei", "ABCD1234")
    assert key("Acme", "RUS", "CHN", numbers=(one, two)) == key("Acme", "CHN", "RUS", numbers=(two, one))
    assert key("Acme", "RUS") != key("Acme") != key("Acme", numbers=(one,))
    assert key("Acme", numbers=(Identifier("inn", "77-01 234567"),)) == key("Acme", numbers=(one,))


def test_names_of_punctuation_alone_stay_apart():
    assert key("!!!") != key("???")
    assert key("🙂") != key("🙃")


@pytest.mark.parametrize("name", ["", "   ", "x" * 1001, "x" * 10_000_000, "half \ud800 a pair"])
def test_names_that_cannot_be_kept_are_refused(name):
    with pytest.raises(InputError):
        subject_of(ScreenQuery(name))


@given(st.text(min_size=1, max_size=60))
def test_a_subject_survives_its_event(name):
    try:
        made = subject_of(ScreenQuery(name, ("RUS",), (Identifier("inn", "7701234567"),)))
    except InputError:
        return
    assert subject_from(made.as_dict()) == made
    assert subject_from(made.as_dict()).key == made.key


@given(st.text(max_size=60))
def test_the_plain_spelling_of_a_plain_spelling_is_itself(name):
    assert plain_name(plain_name(name)) == plain_name(name)
