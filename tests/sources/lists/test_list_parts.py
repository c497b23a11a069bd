"""Days, countries, cells and numbers of registers, as lists write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.screening.entities import KINDS
from stopgap.sources.lists.base import name_of_file
from stopgap.sources.lists.cells import split_plain, split_quoted
from stopgap.sources.lists.columns import IDENTIFIER_KINDS
from stopgap.sources.lists.entries import DayStyle, Doubts, ListEntry, read_day
from stopgap.sources.lists.eu_journal import act_name
from stopgap.sources.lists.numbers import kind_of
from stopgap.sources.lists.places import iso3


@pytest.mark.parametrize(
    ("text", "style", "day"),
    [
        ("2024-06-01", DayStyle.PLAIN, "2024-06-01"),
        ("2024-06-01T10:00:00", DayStyle.PLAIN, "2024-06-01"),
        ("12.9.2014", DayStyle.PLAIN, "2014-09-12"),
        ("2 December 1985", DayStyle.PLAIN, "1985-12-02"),
        ("26 Feb. 2011", DayStyle.PLAIN, "2011-02-26"),
        ("March 3, 2020", DayStyle.PLAIN, "2020-03-03"),
        ("03/04/2022", DayStyle.PLAIN, None),
        ("03/04/2022", DayStyle.DAY_FIRST, "2022-04-03"),
        ("03/04/2022", DayStyle.MONTH_FIRST, "2022-03-04"),
        ("13/04/2022", DayStyle.PLAIN, "2022-04-13"),
        ("04/13/2022", DayStyle.PLAIN, "2022-04-13"),
        ("05/05/2022", DayStyle.PLAIN, "2022-05-05"),
        ("13/13/2022", DayStyle.PLAIN, None),
        ("05.11.21", DayStyle.DAY_FIRST, None),
        ("2011", DayStyle.PLAIN, None),
        ("2011-02", DayStyle.PLAIN, None),
        ("2011-02-30", DayStyle.PLAIN, None),
        ("29 Foo 2011", DayStyle.PLAIN, None),
    ],
)
def test_days(text, style, day):
    assert read_day(text, style) == day


@given(st.dates(min_value=dt.date(1000, 1, 1)))
def test_a_whole_day_is_read_back(day):
    assert read_day(f"{day.day}.{day.month}.{day.year}") == day.isoformat()
    assert read_day(day.isoformat()) == day.isoformat()


@given(st.text(max_size=30), st.sampled_from(list(DayStyle)))
def test_any_text_is_a_day_or_none(text, style):
    found = read_day(text, style)
    assert found is None or len(found) == 10


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Russian Federation", "RUS"), ("the Russian Federation", "RUS"), ("ru", "RUS"), ("RUS", "RUS"), ("Russian", "RUS"),
        ("Korea, North", "PRK"), ("Hong Kong", "HKG"), ("UAE", "ARE"), ("俄罗斯", "RUS"), ("Atlantis", None), ("World", None),
    ],
)  # fmt: skip
def test_countries(words, code):
    assert iso3(words) == code


def test_several_countries_in_one_cell_are_parted_where_all_are_known():
    entry = ListEntry("A1", "Person", Doubts())
    for words in ("Ukrainian, Russian", "Russian and Belarusian", "Syrian/Turkish", "Russian, Atlantean"):
        entry.country(words)
    assert {(value, detail) for _, value, detail in entry.facts} == {
        ("UKR", "Ukrainian, Russian"), ("RUS", "Ukrainian, Russian"), ("RUS", "Russian and Belarusian"),
        ("BLR", "Russian and Belarusian"), ("SYR", "Syrian/Turkish"), ("TUR", "Syrian/Turkish"), (None, "Russian, Atlantean"),
    }  # fmt: skip
    assert entry.doubts.countries == {"Russian, Atlantean": 1}


def test_an_address_gives_the_country_that_it_ends_in():
    entry = ListEntry("A1", "Company", Doubts())
    for text in ("1 St, Moscow, Russia.", "2 Rd, Hong Kong, China", "3 Ave, Reno, CA", "Cuba", "4 Way, Nowhere"):
        entry.address(text)
    found = {(kind, value) for kind, value, _ in entry.facts}
    assert {value for kind, value in found if kind == "country"} == {"RUS", "HKG", "CUB"}
    assert ("address", "Cuba") not in found
    assert entry.doubts.lines() == []


def test_cells_part_where_their_format_says():
    assert split_quoted('Foo; "Bar; Baz"; Qu"x') == ["Foo", "Bar; Baz", 'Qu"x']
    assert split_quoted(" ; ") == []
    doubts = Doubts()
    assert split_quoted('"Foo; Bar', doubts) == ["Foo; Bar"]
    assert split_quoted('"Foo" Ltd; Bar', doubts) == ["Foo Ltd", "Bar"]
    assert split_quoted('"Foo; Bar"; Baz', doubts) == ["Foo; Bar", "Baz"]
    (line,) = doubts.lines()
    assert line.startswith("2 cells of several values have quotation marks left open")
    assert split_plain('"Gadget" OOO; Cog') == ['"Gadget" OOO', "Cog"]


@pytest.mark.parametrize(
    ("words", "number", "country", "kind"),
    [
        ("Tax ID No.", "7704730655", "RUS", "inn"),
        ("Tax ID No.", "770473065", "RUS", "tax"),
        ("Tax ID No.", "7704730655", "BLR", "tax"),
        ("Registration Number", "1027700167110", "RUS", "ogrn"),
        ("Government Gazette Number", "42045241", "RUS", "okpo"),
        ("Vessel Registration Identification", "IMO 9187629", None, "imo"),
        ("Company Number", "IMO 5342883", None, "imo"),
        ("Legal Entity Number", "253400WSS48YWMBUA688", None, "lei"),
        ("SWIFT/BIC", "VTBRRUMM", None, "swift"),
        ("Unified Social Credit Code (USCC)", "91440300MA5EUWG42Q", "CHN", "uscc"),
        ("Passport", "A123456", None, "id"),
        ("Phone Number", "74957211200", None, None),
        ("Additional Sanctions Information -", "Subject to", None, None),
    ],
)
def test_numbers_by_the_words_before_them(words, number, country, kind):
    assert kind_of(words, number, country) == kind


def test_kinds_are_those_of_screening():
    assert IDENTIFIER_KINDS == KINDS


def test_names_of_lists():
    assert act_name("32014R0833") == "eu-833-2014"
    assert act_name("32024R1485") == "eu-2024-1485"
    assert act_name("32010D0573") == "eu-2010-573"
    assert name_of_file("/x/My Watch List (2).v3.csv") == "my-watch-list-2"
    assert name_of_file("名单.csv") == "list"
