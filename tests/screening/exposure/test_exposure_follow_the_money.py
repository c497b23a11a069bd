"""An exposure as FollowTheMoney entities: known properties alone, every reference there, hits as notes."""

from __future__ import annotations

import json
from typing import Any

from exposure_made import company, exposed

from stopgap.screening.exposure.follow_the_money import ftm_lines

# Of followthemoney 4.11.2; the whole file was loaded with it (docs/reference/exposure.md).
PROPERTIES = {
    "Company": {"name", "alias", "country", "idNumber", "incorporationDate", "notes"},
    "EconomicActivity": {
        "sender", "receiver", "startDate", "endDate", "destinationCountry", "departureCountry", "vedCode",
        "customsAmount", "summary", "recordId",
    },
    "UnknownLink": {"subject", "object", "role", "recordId"},
}  # fmt: skip
REFERENCES = {"sender", "receiver", "subject", "object"}


def entities(**changes: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ftm_lines(exposed(**changes))]


def of(schema: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entity["properties"] for entity in found if entity["schema"] == schema]


def test_entities_have_known_properties_and_references_that_are_there() -> None:
    found = entities()
    ids = [entity["id"] for entity in found]
    assert len(set(ids)) == len(ids)
    for entity in found:
        assert set(entity["properties"]) <= PROPERTIES[entity["schema"]]
        for name, values in entity["properties"].items():
            assert values
            assert all(isinstance(value, str) and value for value in values)
            if name in REFERENCES:
                assert set(values) <= set(ids)


def test_companies_have_their_spellings_numbers_and_days() -> None:
    first = of("Company", entities())[0]
    assert first["name"] == ["Vagadote Electronics Ltd"]
    assert first["alias"] == ["瓦加多特电子"]
    assert (first["country"], first["idNumber"], first["incorporationDate"]) == (["cn"], ["9100000001"], ["2022-04-01"])


def test_a_hit_is_a_note_and_never_a_topic() -> None:
    second = of("Company", entities())[1]
    assert "to be checked: VAGADOTE ELECTRONICS on made-up-list of 2024-03-01, entry E-7, score 0.97" in second["notes"]
    assert "topics" not in second


def test_trade_without_a_value_has_no_amount() -> None:
    valued, without = of("EconomicActivity", entities())
    assert valued["customsAmount"] == ["200000000.00 USD"]
    assert (valued["startDate"], valued["endDate"], valued["destinationCountry"]) == (
        ["2023-02-01"],
        ["2023-11-30"],
        ["ru"],
    )
    assert "1 of them without a value" in valued["summary"][0]
    assert "consistent with routing" in valued["summary"][0]
    assert "customsAmount" not in without
    assert "sender" not in without


def test_what_exporters_share_is_one_link() -> None:
    [link] = of("UnknownLink", entities())
    assert link["role"] == ["share 2 customers, 1 address"]


def test_one_company_in_two_parties_is_one_entity() -> None:
    rows = (company(1), company(1, "importer", company=company(1).company))
    found = of("Company", entities(companies=rows, pairs=()))
    assert len(found) == 1
    assert len(found[0]["notes"]) == 2


def test_the_same_finding_gives_the_same_bytes() -> None:
    assert ftm_lines(exposed()) == ftm_lines(exposed())
    assert all("\n" not in line for line in ftm_lines(exposed(companies=(company(1, name="A\nB"),))))
