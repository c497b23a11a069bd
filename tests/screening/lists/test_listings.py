"""Listings in force: economy, programme, annex, act, authority and first day."""

from __future__ import annotations

import pytest
from list_files import eu_row, eu_whole, plain
from list_lake import load

from stopgap.screening.lists.listings import listings

ACT = eu_whole(
    eu_row(1, "Cog Works", startDate="25.2.2023", address="1 Long Road, Suzhou, People’s Republic of China; 2 High Street, Kowloon, Hong Kong"),
    eu_row(2, "Gadget Trading", startDate="24.10.2025", schema="LegalEntity", address="Rm 3, Des Voeux Road Central Hongkong, People’s Republic of China"),
    eu_row(3, "Wheel Ltd", registrationNumber="440300280527908 (China Company Registration Number)"),
    eu_row(4, "Ivan Petrov", schema="Person", nationality="Russian"),
    eu_row(5, "Sea Sprocket", annex="XLII", schema="Vessel", imoNumber="9187629", flag="Cameroon", startDate="25.6.2024"),
    eu_row(6, "Pier", annex="XLVII.A", schema="Asset"),
)  # fmt: skip


@pytest.fixture
def lake(tmp_path):
    load(tmp_path, ACT, "32014R0999.csv", list_date="2026-07-17")
    load(tmp_path, plain(("A1", "My Own Foe")), list_date="2026-01-01", list_name="us-watch")
    return tmp_path / "lake"


def test_organisations_and_vessels_with_all_that_the_act_says(lake):
    found = {one.name: one for one in listings(lake)}
    assert set(found) == {"Cog Works", "Gadget Trading", "Wheel Ltd", "Sea Sprocket", "My Own Foe"}
    cog = found["Cog Works"]
    assert (cog.entity_id, cog.list, cog.act, cog.annex, cog.authority) == (
        "IV/1",
        "eu-999-2014-IV",
        "999/2014",
        "IV",
        "EU",
    )
    assert (cog.economies, cog.listed_on, cog.schema) == (("CHN", "HKG"), "2023-02-25", "Company")
    assert cog.programme == "EU-XYZ Annex IV: Export control"
    sea = found["Sea Sprocket"]
    assert (sea.annex, sea.economies, sea.schema, sea.listed_on) == ("XLII", ("CMR",), "Vessel", "2024-06-25")


def test_economy_by_region_and_by_register(lake):
    economies = {one.name: one.economies for one in listings(lake)}
    assert economies["Gadget Trading"] == ("HKG",)
    assert economies["Wheel Ltd"] == ("CHN",)


def test_a_list_of_ones_own_has_no_authority_whatever_its_name(lake):
    [own] = listings(lake, lists=["us-watch"])
    assert (own.authority, own.act, own.annex, own.programme, own.targets, own.listed_on) == (
        None,
        None,
        None,
        "",
        (),
        None,
    )


def test_a_day_leaves_out_who_was_listed_later_or_on_an_unknown_day(lake):
    assert {one.name for one in listings(lake, on="2024-06-25", lists=["eu-999-2014-IV", "eu-999-2014-XLII"])} == {
        "Cog Works",
        "Sea Sprocket",
    }


def test_schemas_of_ones_own_choice(lake):
    assert {one.name for one in listings(lake, schemas=["Person"])} == {"Ivan Petrov"}
    assert len(listings(lake, schemas=None)) == 7


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("programme", "targets"),
    [("EU-UKR", ("RUS",)), ("EU-RUS", ("RUS",)), ("EU-BLR", ("BLR",)), ("EU-HR", ()), ("EU-TAQA-EUAQ", ())],
)
def test_whom_a_programme_is_directed_at(tmp_path, programme, targets):
    text = eu_whole({**eu_row(1, "Cog"), "programKey": programme})
    load(tmp_path, text, "32014R0999.csv", list_date="2026-07-17")
    assert [one.targets for one in listings(tmp_path / "lake")] == [targets]


def test_no_lists_no_listings(tmp_path):
    assert listings(tmp_path / "lake") == ()
