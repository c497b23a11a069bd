"""Names near to one that is not known: by case, accents and hyphens, by their beginning, by spelling."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.near_names import did_you_mean, near_names, one_of

NAMES = ["russia-2022", "russia-2022-energy", "australia-2020", "eu-wood-2022", "qatar-2017"]


def test_a_name_that_differs_in_case_accents_or_hyphens_alone_is_the_only_one() -> None:
    for text in ("RUSSIA-2022", "russia_2022", " Russia 2022 ", "rússia-2022"):
        assert near_names(text, NAMES) == ["russia-2022"]


def test_names_that_begin_so_come_before_those_spelled_alike() -> None:
    assert near_names("russia", NAMES) == ["russia-2022", "russia-2022-energy"]
    assert near_names("rusia-2022", NAMES)[0] == "russia-2022"


def test_what_is_like_none_gives_none() -> None:
    assert near_names("zzz", NAMES) == []
    assert near_names("", NAMES) == []
    assert did_you_mean("zzz", NAMES) == ""


def test_a_choice_in_words() -> None:
    assert one_of([]) == ""
    assert one_of(["a"]) == "a"
    assert one_of(["a", "b", "c"]) == "a, b or c"
    assert did_you_mean("qatar", NAMES) == "did you mean qatar-2017?"


@given(st.text(max_size=400), st.lists(st.text(max_size=30), max_size=20), st.integers(1, 5))
def test_any_text_gives_some_of_the_names_and_no_more_than_asked(text: str, names: list[str], most: int) -> None:
    found = near_names(text, names, most=most)
    assert set(found) <= set(names)
    assert len(found) <= most
    assert len(found) == len(set(found))


@given(st.lists(st.text("abcdefg-", min_size=3, max_size=12).filter(str.strip), min_size=1, max_size=10))
def test_a_known_name_is_its_own_nearest(names: list[str]) -> None:
    for name in names:
        found = near_names(name, names)
        assert not name.strip("-") or name in found or len(found) == 3
