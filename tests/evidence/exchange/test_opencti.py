"""What OpenCTI's import takes: its ids of markings, countries, notes with references.

No OpenCTI runs here. The ids and rules below are those of its public code: ``generate_id`` and ``import_from_stix2`` of
``pycti/entities`` (marking definitions, locations, identities, notes), and ``schema/identifier.js`` of the platform.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import stix2
from exchange_made import AMBER, DECISION, Made, hostile_views, made_view

from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.exchange import export
from stopgap.evidence.packs.view import PackView

KNOWN = {
    Tlp.CLEAR: "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    Tlp.GREEN: "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    Tlp.AMBER: "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    Tlp.AMBER_STRICT: "marking-definition--826578e1-40ad-459f-bc73-ede076f81f37",
    Tlp.RED: "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}


def objects(view: PackView) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(export(view, "opencti"))["objects"]
    return found


def of(kind: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in found if each["type"] == kind]


@pytest.mark.parametrize("tlp", list(Tlp))
def test_levels_have_the_ids_that_the_platform_knows(tlp: Tlp) -> None:
    found = objects(Made(Marking(tlp)).add("claim", "claim:x", Marking(tlp), {}).view())
    assert [each["id"] for each in of("marking-definition", found)] == [KNOWN[tlp]]
    assert of("note", found)[0]["object_marking_refs"] == [KNOWN[tlp]]


def test_four_levels_are_exactly_those_of_stix_and_the_fifth_names_itself() -> None:
    of_stix = {
        Tlp.CLEAR: stix2.TLP_WHITE,  # pycti reads TLP:WHITE as TLP:CLEAR
        Tlp.GREEN: stix2.TLP_GREEN,
        Tlp.AMBER: stix2.TLP_AMBER,
        Tlp.RED: stix2.TLP_RED,
    }
    for tlp in Tlp:
        view = Made(Marking(tlp)).add("claim", "claim:x", Marking(tlp), {}).view()
        level = of("marking-definition", objects(view))[0]
        if tlp in of_stix:
            assert level == json.loads(of_stix[tlp].serialize())
        else:
            assert (level["definition_type"], level["definition"]) == ("statement", {"statement": "TLP:AMBER+STRICT"})
            assert (level["x_opencti_definition_type"], level["x_opencti_definition"]) == ("TLP", "TLP:AMBER+STRICT")


def test_the_library_reads_it_with_the_properties_of_the_platform_alone() -> None:
    bundle = stix2.parse(export(made_view(), "opencti").decode(), allow_custom=True)
    custom = {name for each in bundle.objects for name in each if name.startswith("x_")}
    assert custom == {
        "x_opencti_definition_type", "x_opencti_definition", "x_opencti_location_type", "x_opencti_aliases",
    }  # fmt: skip


def test_countries_are_countries_that_no_marking_hides() -> None:
    found = objects(made_view())
    places = {each["country"]: each for each in of("location", found)}
    assert set(places) == {"RU", "CN", "TR", "DE", "AE"}
    assert {each["x_opencti_location_type"] for each in places.values()} == {"Country"}
    assert places["DE"]["x_opencti_aliases"] == ["DE", "DEU"]
    assert {tuple(each["object_marking_refs"]) for each in places.values()} == {(KNOWN[Tlp.CLEAR],)}


def test_all_else_has_the_marking_of_its_item() -> None:
    found = objects(made_view())
    states = next(each for each in of("marking-definition", found) if each["id"] not in KNOWN.values())
    assert (states["x_opencti_definition_type"], states["x_opencti_definition"]) == ("REL", "REL DEU, FRA")
    strict = [KNOWN[Tlp.AMBER], states["id"]]
    by_item = {each["external_references"][0]["external_id"]: each["object_marking_refs"] for each in of("note", found)}
    assert by_item == {
        "finding:sha256:" + "1" * 64: [KNOWN[Tlp.CLEAR]],
        "finding:exposure": strict,
        "claim:c-one": [KNOWN[Tlp.GREEN]],
        "verdict:c-one": [KNOWN[Tlp.GREEN]],
        "alert:a-1": [KNOWN[Tlp.CLEAR]],
        "alert:a-2": strict,
        "decision:a-1#1": strict,
    }
    assert of("report", found)[0]["object_marking_refs"] == strict


def test_notes_and_reports_refer_to_something_and_a_report_has_its_day() -> None:
    found = objects(made_view())
    assert all(each["object_refs"] for each in (*of("note", found), *of("report", found)))
    assert of("report", found)[0]["published"] == "2026-07-01T12:00:00Z"


def test_no_id_is_that_of_plain_stix() -> None:
    plain = {each["id"] for each in json.loads(export(made_view(), "stix"))["objects"]}
    assert plain & {each["id"] for each in objects(made_view())} == set()


def test_a_vessel_is_no_organisation() -> None:
    decided = {
        **DECISION,
        "list": "made-up-list",
        "entity_id": "E-7",
        "query": "Sea Example",
        "identifiers": ["mmsi:1"],
    }
    found = objects(Made(AMBER).add("decision", "decision:1", AMBER, decided).view())
    assert [each["identity_class"] for each in of("identity", found)] == ["organization", "system"]


def test_the_same_pack_gives_the_same_bytes_and_hostile_text_is_read() -> None:
    assert export(made_view(), "opencti") == export(made_view(), "opencti")
    for _, view in hostile_views():
        stix2.parse(export(view, "opencti").decode("utf-8"), allow_custom=True)
