"""Tables of ownership against lists: who is listed, and what counts as theirs."""

from __future__ import annotations

import pytest
from decision_lists import listed

from stopgap.base.errors import InputError, MissingDataError, NotFoundError
from stopgap.screening.ownership.request import OwnershipMethod
from stopgap.screening.ownership.rule import RULES
from stopgap.screening.ownership.run import check_party, covered_parties, rule_of, run_ownership

ROWS = """owner_id,asset_id,share_pct,owner_name,asset_name
E1,A,30,Northwind,Alpha Ltd
inn:77-01234567,A,25,Northwind again,Alpha Ltd
A,B,80,Alpha Ltd,"Beta, Ltd."
E9,C,90,Somebody,Gamma
E2,D,40-60,Blue Harbour,Delta
"""
OFAC = rule_of("ofac")


@pytest.fixture
def owners(tmp_path):
    path = tmp_path / "owners.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture
def lake(tmp_path):
    listed(
        tmp_path / "lake",
        tmp_path / "1",
        ("E1,Northwind OOO,,Company,RUS,inn:7701234567", "E2,Blue Harbour,,Company,ARE,"),
    )
    return tmp_path / "lake"


def ids_file(tmp_path, *ids):
    path = tmp_path / "listed.txt"
    path.write_text("\n".join(ids) + "\n")
    return path


def test_parties_are_listed_by_id_and_by_number(lake, owners):
    run = run_ownership(lake, [owners], rule=OFAC)
    why = {run.coverage.table.ids[place]: found[0].by for place, found in run.listed.items()}
    assert why["E1"] == why["E2"] == "id"
    assert run.lists == (("made-up", None),)
    found = {each.id: each.status.value for each in covered_parties(run, with_unknown=True)}
    assert found["D"] == "cannot be told"
    assert why["inn:77-01234567"] == "inn:7701234567"
    assert (found["A"], found["B"]) == ("covered", "covered")


def test_a_list_of_ones_own(tmp_path, owners):
    run = run_ownership(
        tmp_path / "none", [owners], rule=OFAC, listed=ids_file(tmp_path, "E9", "not in the table", "E9")
    )
    assert [each.id for each in covered_parties(run, with_unknown=True)] == ["C"]
    assert run.as_dict(check_party(run, "C"))["owners"] == [
        {
            "id": "E9",
            "name": "Somebody",
            "listed": [{"list": "listed.txt", "entity_id": "E9", "name": "Somebody", "by": "id"}],
        }
    ]


def test_a_party_is_found_by_id_or_name(lake, owners):
    run = run_ownership(lake, [owners], rule=OFAC)
    assert check_party(run, "B").id == check_party(run, "BETA LTD").id == "B"
    with pytest.raises(NotFoundError, match="no party") as caught:
        check_party(run, "Alpha")
    assert "A" in caught.value.fix


def test_a_lake_without_lists_says_so(tmp_path, owners):
    with pytest.raises(MissingDataError, match="no list"):
        run_ownership(tmp_path / "none", [owners], rule=OFAC)


def test_a_table_in_which_nobody_is_listed_is_no_all_clear(lake, tmp_path):
    path = tmp_path / "o.csv"
    path.write_text("owner_id,asset_id,share\nP,Q,0.9\n")
    run = run_ownership(lake, [path], rule=OFAC)
    assert any("screen the owners' names" in said for said in run.warnings)


def test_what_cannot_be_asked_is_told(lake, owners, tmp_path):
    for call in (
        lambda: run_ownership(lake, [owners], rule=OFAC, as_of="yesterday"),
        lambda: run_ownership(lake, [owners], rule=OFAC, listed=ids_file(tmp_path, "nobody")),
        lambda: rule_of("ofac", threshold=0),
        lambda: rule_of("ofac", threshold=float("nan")),
    ):
        with pytest.raises(InputError):
            call()
    with pytest.raises(NotFoundError):
        run_ownership(lake, [owners], rule=OFAC, lists=["another"])
    with pytest.raises(NotFoundError):
        run_ownership(lake, [owners], rule=OFAC, listed=tmp_path / "nothing")


def test_a_rule_that_is_changed_says_so():
    assert rule_of("eu") == RULES["eu"]
    made = rule_of("eu", threshold=25, inclusive=False, aggregate=False, method="effective")
    assert (made.name, made.threshold, made.inclusive, made.aggregate, made.method) == (
        "eu, changed",
        0.25,
        False,
        False,
        OwnershipMethod.EFFECTIVE,
    )
    assert rule_of("uk", threshold=50) == rule_of("uk")
    with pytest.raises(NotFoundError):
        rule_of("moon")
