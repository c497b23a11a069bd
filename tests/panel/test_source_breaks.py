"""Breaks of sources: which pairs and months they cut, and the warning of a measure."""

from __future__ import annotations

import pytest

from stopgap.base.vocab import Report
from stopgap.panel.source_breaks import SOURCE_BREAKS, break_warnings, breaks_between


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [("2020-01", "2023-12", 1), ("2021-12", "2022-01", 1), ("2022-01", "2023-12", 0), ("2017-01", "2021-12", 0)],
)
def test_a_break_lies_after_the_first_month_and_up_to_the_last(first, last, count):
    assert len(breaks_between("baci", "CHN", "RUS", first, last)) == count
    assert breaks_between("comtrade-pairs", "CHN", "RUS", first, last) == ()
    assert breaks_between("baci", "CHN", "KAZ", first, last) == ()


def test_the_pair_of_china_has_its_own_words_and_others_the_rule():
    [china] = breaks_between("baci", "CHN", "RUS", "2020-01", "2023-12")
    [india] = breaks_between("baci", "IND", "RUS", "2020-01", "2023-12")
    [back] = breaks_between("baci", "RUS", "CHN", "2020-01", "2023-12")
    assert "understated" in china.what
    assert "understated" not in india.what
    assert india.what == back.what


def test_one_warning_names_all_suppliers_of_a_break():
    chosen = {"IND": "baci", "CHN": "baci", "TUR": "baci", "KAZ": "comtrade-pairs"}
    said = break_warnings(chosen, "RUS", Report.REPORTED, first_month="2020-01", last_month="2023-12")
    assert [text.rpartition(": ")[2] for text in said] == ["CHN", "IND, TUR"]
    assert break_warnings(chosen, "RUS", Report.REPORTED, first_month="2022-01", last_month="2023-12") == []
    assert break_warnings(chosen, "KAZ", Report.REPORTED, first_month="2020-01", last_month="2023-12") == []


def test_the_other_side_s_reports_break_too():
    said = break_warnings({"CHN": "baci"}, "RUS", Report.MIRROR, first_month="2020-01", last_month="2023-12")
    assert len(said) == 1
    assert said[0].endswith(": CHN")


def test_every_break_is_a_month():
    assert all(len(each.at) == 7 and each.at[4] == "-" and each.what for each in SOURCE_BREAKS)
