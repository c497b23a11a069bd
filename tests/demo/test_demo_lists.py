"""The bundled lists: whom they hold and since when, no natural person, and the sample of names."""

from __future__ import annotations

import csv
import gzip
import re
import shutil

import pytest
from demo_lake import make_demo_lake
from list_lake import load

from stopgap.demo.run import demo_files, load_demo
from stopgap.demo.screened import sample_names, screen_sample
from stopgap.lake.query.statement import run_query
from stopgap.lake.snapshot import take_snapshot
from stopgap.screening.lists.listings import listings
from stopgap.screening.lists.run import list_states

FAMILIES = ("eu-269-2014", "eu-833-2014")
COUNT = """
    SELECT count(*) FILTER (country LIKE '%CHN%') AS mainland, count(*) FILTER (country LIKE '%HKG%') AS hong_kong
    FROM listed WHERE list = 'eu-833-2014-IV' AND listed_on <= DATE '{day}'
"""


@pytest.fixture(scope="module")
def demo_lake(tmp_path_factory):
    return make_demo_lake(tmp_path_factory.mktemp("lists") / "lake")


def entries() -> list[dict[str, str]]:
    found = []
    for demo in demo_files():
        if demo.is_list:
            with gzip.open(demo.path, "rt", encoding="utf-8") as stream:
                found += list(csv.DictReader(stream))
    return found


@pytest.mark.one_in(2)
@pytest.mark.parametrize(("day", "mainland", "hong_kong"), [("2023-12-31", 0, 3), ("2026-07-31", 51, 62)])
def test_china_s_organisations_in_annex_iv(demo_lake, day, mainland, hong_kong):
    assert run_query(demo_lake, COUNT.format(day=day))[0].to_pylist() == [
        {"mainland": mainland, "hong_kong": hong_kong}
    ]
    found = [one for one in listings(demo_lake) if (one.act, one.annex) == ("833/2014", "IV")]
    so_far = [one for one in found if one.listed_on is not None and one.listed_on <= day]
    assert sum("CHN" in one.economies for one in so_far) == mainland
    assert sum("HKG" in one.economies for one in so_far) == hong_kong
    assert {(one.authority, one.targets, one.schema) for one in found} == {("EU", ("RUS",), "LegalEntity")}
    assert len(found) == 917
    assert all(one.listed_on for one in found)


def test_who_is_in_the_lists(demo_lake):
    states = {state.list: state for state in list_states(demo_lake)}
    assert {state.family for state in states.values()} == set(FAMILIES)
    assert {state.list_date for state in states.values()} == {"2026-07-17"}
    assert states["eu-833-2014-XLII"].entities == 633
    assert states["eu-269-2014-I.ENTITIES"].entities == 818
    assert {one.schema for one in listings(demo_lake, lists=["eu-833-2014-XLII"])} == {"Vessel"}


def test_no_natural_person_no_address_and_no_sentence():
    rows = entries()
    assert len(rows) == 1714 + 818
    assert {row["schema"] for row in rows} == {"LegalEntity", "Company", "Vessel"}
    for column in ("nationality", "passportNumber", "address", "reason", "notes"):
        assert {row[column] for row in rows} == {""}, column
    patronymic = re.compile(r"\b[A-Z][a-z]+(?:ovich|evich|ovna|evna)\b|\b[А-Я][а-я]+(?:ович|евич|овна|евна)\b")
    found = sorted(row["name"] for row in rows if patronymic.search(f"{row['name']} {row['alias']}"))
    assert found == [
        "A.A. Kharkevich Institute for Information Transmission Problems (IITP), Russian Academy of Sciences (RAS)",
        "Yuri Senkevich",  # a ship
    ]
    names = {row["name"].casefold() for row in rows}
    assert names.isdisjoint({"sergey ionov", "evgeny krayushin", "lev anatolyevich yershov (ershov)"})


def test_importing_again_changes_nothing(demo_lake, tmp_path):
    lake = shutil.copytree(demo_lake, tmp_path / "lake")
    before = take_snapshot(lake).vintage
    load_demo(lake)
    assert take_snapshot(lake).vintage == before


@pytest.mark.prove_only
def test_a_list_of_ones_own_of_that_day_is_left_as_it_is(tmp_path):
    [mine] = [row for row in entries() if row["recordId"] == "603" and row["annex"] == "IV"]
    text = ",".join(mine) + "\n" + ",".join(f'"{value}"' for value in mine.values()) + "\n"
    load(tmp_path, text, "32014R0833.csv", list_date="2026-08-01")
    load_demo(tmp_path / "lake")
    assert [one.entity_id for one in listings(tmp_path / "lake") if one.act == "833/2014"] == ["IV/603"]
    assert len(listings(tmp_path / "lake", lists=["eu-269-2014-I.ENTITIES"])) == 818


@pytest.mark.prove_only
def test_the_sample_finds_whom_it_should_and_nobody_else(demo_lake, tmp_path):
    found = screen_sample(demo_lake, tmp_path / "out", FAMILIES)
    by_name = {name.name: [match for match in found.matches if match.name == name.name] for name in sample_names()}
    assert len(by_name) == 11
    for name in sample_names():
        matches = by_name[name.name]
        if name.how == "not listed":
            assert [(match.alerts, match.listed_name) for match in matches] == [(False, None)]
        else:
            assert name.list in {match.list for match in matches}
            if name.entity_id:
                assert name.entity_id in {match.entity_id for match in matches}
    assert sum(any(match.alerts for match in matches) for matches in by_name.values()) == 6
    pinyin = by_name["Guangzhou Ausai Keji Youxian Gongsi"]
    assert [(match.alerts, match.entity_id, match.economies, match.listed_on) for match in pinyin] == [
        (False, "IV/603", "CHN", "2024-02-23")
    ]
    with found.path.open(encoding="utf-8", newline="") as stream:
        written = list(csv.DictReader(stream))
    assert [row["listed_name"] for row in written] == [match.listed_name or "" for match in found.matches]
    assert found.path.name == "TLP-CLEAR_screened.csv"
