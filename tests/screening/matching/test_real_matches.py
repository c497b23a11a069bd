"""Matches on the bundled lists of the EU, and on the US list where it is at hand."""

from __future__ import annotations

from importlib.resources import files

import pytest
from list_files import LISTS

import stopgap
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    lake = tmp_path_factory.mktemp("bundled") / "lake"
    data = files("stopgap") / "demo" / "data"
    paths = [data / name for name in ("eu-833-2014.csv.gz", "eu-269-2014.csv.gz")]
    import_paths(lake, paths, ImportRequest(source="eu-journal", list_date="2026-07-17"))
    return lake


@pytest.mark.prove_only
def test_a_bank_in_three_annexes_of_two_acts_is_one_match(bundled):
    [answer] = stopgap.open(bundled).screen("VTB Bank", countries=["RUS"])
    first = answer.matches[0]
    names = {one.list_name for one in first.listings}
    assert names >= {"EU 269/2014, Annex I (entities)", "EU 833/2014, Annex III", "EU 833/2014, Annex XIV"}
    assert all("KIEV" not in one.name.upper() for one in first.listings)


@pytest.mark.prove_only
def test_a_ship_of_annex_xlii_is_a_vessel_with_its_number(bundled):
    lake = stopgap.open(bundled)
    ship = next(one for one in lake.lists.show("eu-833-2014-XLII") if one.schema == "Vessel")
    [number, *_] = [one for one in ship.identifiers if one.kind == "imo"]
    found = lake.screen(ship.names[0].text, identifiers=[f"imo:{number.value}"], schema="vessel")[0].matches[0]
    assert (found.listings[0].kind.value, found.listings[0].list_name) == ("vessel", "EU 833/2014, Annex XLII")
    assert number in found.listings[0].identifiers


@pytest.mark.skipif(not LISTS.exists(), reason="../shared/data is not here")
@pytest.mark.prove_only
def test_the_parts_of_the_us_list_are_told_apart(bundled, tmp_path):
    lake = tmp_path / "lake"
    import_paths(lake, [LISTS / "us-csl" / "consolidated.csv.gz"], ImportRequest(list_date="2022-04-21"))
    [answer] = stopgap.open(lake).screen("PJSC Mikron", countries=["RUS"])
    listings = {one.list_name: one for one in answer.matches[0].listings}
    assert set(listings) == {"US Entity List, BIS", "US SDN List, OFAC"}
    assert (listings["US Entity List, BIS"].listed_on, listings["US SDN List, OFAC"].programme) == (
        "2016-09-07",
        "RUSSIA-EO14024",
    )
    assert "81 FR 61601" in listings["US Entity List, BIS"].reason
    assert all(one.economies == ("RUS",) and one.addresses for one in listings.values())
