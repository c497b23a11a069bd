"""Days of lists that are told on a second import."""

from __future__ import annotations

import pytest
from list_files import OFAC, eu_row, eu_whole, plain
from list_lake import load, on_list

from stopgap.base.errors import UsageError
from stopgap.screening.lists.run import list_states

ACT = eu_whole(eu_row(1, "Cog Works"), eu_row(2, "Gadget Trading"))
FILES = {"one.csv": plain(("A1", "Gadget")), "two.csv": plain(("B1", "Wheel")), "32014R0999.csv": ACT}


def days(folder):
    return {state.list: state.list_date for state in list_states(folder / "lake")}


def test_a_day_told_for_some_files_of_an_import_takes_effect(tmp_path):
    load(tmp_path, {"one.csv": FILES["one.csv"], "two.csv": FILES["two.csv"]}, source="list")
    assert days(tmp_path) == {"one": None, "two": None}
    again = load(tmp_path, FILES["one.csv"], "one.csv", source="list", list_date="2022-04-21")
    assert not again.already_loaded
    assert days(tmp_path) == {"one": "2022-04-21", "two": None}
    assert on_list(tmp_path) == {("one", "A1"), ("two", "B1")}
    assert on_list(tmp_path, as_of="2022-05-01") >= {("one", "A1")}


@pytest.mark.prove_only
def test_of_several_formats_in_one_import_too(tmp_path):
    load(tmp_path, FILES)
    load(tmp_path, ACT, "32014R0999.csv", list_date="2026-07-17")
    assert days(tmp_path) == {"eu-999-2014-IV": "2026-07-17", "one": None, "two": None}


def test_another_day_told_later_replaces_the_first(tmp_path):
    load(tmp_path, {"one.csv": FILES["one.csv"], "two.csv": FILES["two.csv"]}, source="list", list_date="2024-06-01")
    load(tmp_path, FILES["two.csv"], "two.csv", source="list", list_date="2023-01-31")
    assert days(tmp_path) == {"one": "2024-06-01", "two": "2023-01-31"}


@pytest.mark.prove_only
def test_a_file_that_stays_the_same_between_two_editions_keeps_both(tmp_path):
    """Yesterday's edition shares a file with today's: the import of today's leaves yesterday's in the lake."""
    first = dict(OFAC)
    second = {**OFAC, "alt.csv": OFAC["alt.csv"].replace("OLD GADGET", "FORMER GADGET")}
    load(tmp_path, first, list_date="2024-01-01")
    load(tmp_path, second, list_date="2024-02-01")
    assert list_states(tmp_path / "lake", "2024-01-15")[0].list_date == "2024-01-01"
    assert days(tmp_path) == {"ofac-sdn": "2024-02-01"}


@pytest.mark.prove_only
def test_a_day_for_one_of_the_parts_of_an_edition_asks_for_the_others(tmp_path):
    load(tmp_path, dict(OFAC))
    with pytest.raises(UsageError, match="one edition"):
        load(tmp_path, OFAC["sdn.csv"], "sdn.csv", list_date="2022-04-21")
    assert days(tmp_path) == {"ofac-sdn": None}
    load(tmp_path, dict(OFAC), list_date="2022-04-21")
    assert days(tmp_path) == {"ofac-sdn": "2022-04-21"}


def test_lists_without_a_day_are_told_once(tmp_path):
    done = load(tmp_path, {f"{name}.csv": plain((name, f"Gadget {name}")) for name in "abcd"}, source="list")
    [said] = [warning for warning in done.warnings if "--list-date" in warning]
    assert (
        said == "a.csv, b.csv and 2 more files: the day of the edition is not known: say it with --list-date YYYY-MM-DD"
    )
