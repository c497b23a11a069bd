"""FollowTheMoney entities: known schemata and properties alone, each with its marking, no natural person."""

from __future__ import annotations

import json
from typing import Any

import pytest
from exchange_made import AMBER, DECISION, Made, hostile_views, made_view

from stopgap.evidence.exchange import export
from stopgap.evidence.packs.view import PackView

# Of followthemoney 4.11.2; files written here were loaded with it (docs/reference/exchange.md).
PROPERTIES = {
    "Company": {"name", "alias", "country", "idNumber", "keywords", "notes", "publisher"},
    "Vessel": {"name", "alias", "country", "registrationNumber", "keywords", "notes", "publisher"},
    "EconomicActivity": {
        "sender", "receiver", "startDate", "endDate", "destinationCountry", "departureCountry", "vedCode",
        "customsAmount", "summary", "description", "recordId", "publisher",
    },
    "Note": {"name", "description", "country", "keywords", "notes", "publisher", "entity"},
}  # fmt: skip
REFERENCES = {"sender", "receiver", "entity"}


def entities(view: PackView) -> list[dict[str, Any]]:
    return [json.loads(line) for line in export(view, "ftm").decode("utf-8").split("\n")[:-1]]


def of(schema: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each["properties"] for each in found if each["schema"] == schema]


def test_entities_have_known_properties_and_references_that_are_there() -> None:
    found = entities(made_view())
    ids = [each["id"] for each in found]
    assert len(set(ids)) == len(ids)
    for each in found:
        assert set(each["properties"]) <= PROPERTIES[each["schema"]]
        for name, values in each["properties"].items():
            assert values
            assert all(isinstance(value, str) and value for value in values)
            if name in REFERENCES:
                assert set(values) <= set(ids)


def test_every_entity_has_its_marking() -> None:
    found = entities(made_view())
    strict = ["TLP:AMBER", "REL DEU, FRA"]
    assert {each["name"][0]: each["keywords"] for each in of("Note", found)} == {
        "Suspended trade and backfill, machinery": ["TLP:CLEAR", "finding"],
        "Companies behind the goods": [*strict, "finding"],
        "China backfills machinery": ["TLP:GREEN", "claim"],
        "partly: China backfills": ["TLP:GREEN", "verdict"],
        "TUR to RUS, 847130, 2023-05": ["TLP:CLEAR", "alert"],
        "ARE to RUS, 847130, 2023-05": [*strict, "alert"],
        "watch: alert a-1": [*strict, "decision"],
    }
    assert all(each["keywords"] == strict for each in of("Company", found))
    assert all(each["notes"][0] == "Marking: TLP:AMBER REL DEU, FRA" for each in of("Company", found))
    assert all(each["description"] == ["Marking: TLP:AMBER REL DEU, FRA"] for each in of("EconomicActivity", found))


def test_companies_and_their_trade_by_hand() -> None:
    found = entities(made_view())
    first = of("Company", found)[0]
    assert (first["name"], first["alias"], first["country"], first["idNumber"]) == (
        ["Vagadote Electronics Ltd"],
        ["瓦加多特电子"],
        ["cn"],
        ["9100000001"],
    )
    whole, half = of("EconomicActivity", found)
    names = {each["id"]: each["properties"]["name"][0] for each in found if each["schema"] == "Company"}
    assert (names[whole["sender"][0]], names[whole["receiver"][0]]) == ("Vagadote Electronics Ltd", "ООО «Лоримена»")
    assert (whole["customsAmount"], whole["vedCode"], whole["startDate"]) == (
        ["200000000.00 USD"],
        ["854231"],
        ["2023-02-01"],
    )
    assert whole["destinationCountry"] == ["ru"]
    assert whole["summary"] == [
        "10 lines of declarations, 1 of them without a value; USD 60,000,000 through hubs, consistent with routing"
    ]
    assert "sender" not in half
    assert "customsAmount" not in half


def test_natural_persons_are_no_entities_and_nobody_has_a_topic() -> None:
    found = entities(made_view())
    assert "Иванов" not in json.dumps(found, ensure_ascii=False)
    assert not any("topics" in each["properties"] or each["schema"] == "Person" for each in found)


def test_a_vessel_has_its_number() -> None:
    decided = {
        **DECISION, "list": "made-up-list", "entity_id": "E-7", "query": "Sea Example", "identifiers": ["imo:9074729"],
    }  # fmt: skip
    found = entities(Made(AMBER).add("decision", "decision:1", AMBER, decided).view())
    assert of("Vessel", found)[0]["registrationNumber"] == ["9074729"]


@pytest.mark.prove_only
def test_the_same_pack_gives_the_same_bytes_and_a_hostile_name_stays_on_its_line() -> None:
    assert export(made_view(), "ftm") == export(made_view(), "ftm")
    for _, view in hostile_views():
        assert len(of("Note", entities(view))) == 6
