"""Groups and the days on which membership began and ended."""

from __future__ import annotations

import datetime as dt

import pytest

from stopgap.base.errors import NotFoundError
from stopgap.codes.areas import areas
from stopgap.codes.groups import expand, group_names, members, memberships

TODAY = dt.date(2026, 11, 24)


def test_group_names() -> None:
    assert group_names() == ["cis", "coalition-russia-2022", "eaeu", "eu", "eu27", "euro-area", "g7", "prc"]


@pytest.mark.parametrize(
    ("group", "economy", "day", "inside"),
    [
        ("eu", "HRV", "2013-06-30", False),
        ("eu", "HRV", "2013-07-01", True),
        ("eu", "GBR", "2020-01-31", True),
        ("eu", "GBR", "2020-02-01", False),
        ("eu27", "GBR", "2019-06-01", False),
        ("euro-area", "HRV", "2022-12-31", False),
        ("euro-area", "HRV", "2023-01-01", True),
        ("euro-area", "BGR", "2025-12-31", False),
        ("eaeu", "KGZ", "2015-08-11", False),
        ("eaeu", "KGZ", "2015-08-12", True),
        ("cis", "GEO", "2009-08-17", True),
        ("cis", "GEO", "2009-08-18", False),
        ("coalition-russia-2022", "USA", "2022-02-24", True),
        ("coalition-russia-2022", "DEU", "2022-02-25", False),
        ("coalition-russia-2022", "JPN", "2022-03-17", False),
        ("coalition-russia-2022", "KOR", "2022-03-26", True),
    ],
)
def test_membership_on_the_day(group: str, economy: str, day: str, inside: bool) -> None:
    assert (economy in members(group, on=dt.date.fromisoformat(day))) is inside


@pytest.mark.parametrize(
    ("group", "day", "count"),
    [("eu", "2019-12-31", 28), ("eu", "2020-02-01", 27), ("eu27", "2022-02-01", 27), ("g7", "2022-01-01", 7),
     ("eaeu", "2022-01-01", 5), ("euro-area", "2022-01-01", 19), ("euro-area", "2026-01-01", 21),
     ("coalition-russia-2022", "2022-06-01", 38)],
)  # fmt: skip
def test_number_of_members(group: str, day: str, count: int) -> None:
    assert len(members(group, on=dt.date.fromisoformat(day))) == count


def test_every_member_is_an_economy_and_has_a_source() -> None:
    for group in group_names():
        for membership in memberships(group):
            assert areas()[membership.economy].kind == "economy"
            assert membership.source
            assert membership.member_to is None or membership.member_from < membership.member_to


def test_expand_says_by_which_group_an_economy_came() -> None:
    found = expand(["eu27", "USA", "deu"], on=TODAY)
    assert found["FRA"] == "eu27"
    assert found["USA"] is None
    assert found["DEU"] is None, "named itself, although the group holds it too"
    assert len(found) == 28


def test_a_group_gives_no_reason_to_an_economy_named_before_it() -> None:
    assert expand(["DEU", "EU27"], on=TODAY)["DEU"] is None


@pytest.mark.parametrize(
    ("entry", "fix"), [("EL", "GRC"), ("Germany", "DEU"), ("W00", "group"), ("eu28", "eu27"), ("ZZZ", "eu27")]
)
def test_an_unknown_entry_is_named(entry: str, fix: str) -> None:
    with pytest.raises(NotFoundError, match=entry) as caught:
        expand(["USA", entry], on=TODAY)
    assert fix in caught.value.fix


def test_an_unknown_group() -> None:
    with pytest.raises(NotFoundError, match="g8"):
        members("g8", on=TODAY)
