"""A MISP event: as pymisp imports it, against its schema, its templates and its taxonomy's names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pymisp
import pytest
from exchange_made import CLEAR, FINGERPRINT, GREEN, Made, hostile_views, made_view

from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.exchange import export
from stopgap.evidence.packs.view import PackView

DATA = Path(pymisp.__file__).parent / "data"


def event(view: PackView) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(export(view, "misp"))["Event"]
    return found


def tag_names(part: dict[str, Any]) -> list[str]:
    return [tag["name"] for tag in part["Tag"]]


def attributes(made: dict[str, Any]) -> list[dict[str, Any]]:
    return [*made["Attribute"], *(each for part in made["Object"] for each in part["Attribute"])]


STRICT = ["tlp:amber", 'stopgap:releasable-to="DEU"', 'stopgap:releasable-to="FRA"']


def test_pymisp_loads_the_event_and_finds_every_part() -> None:
    loaded = pymisp.MISPEvent()
    loaded.load(export(made_view(), "misp"))
    assert loaded.info == "TLP:AMBER REL DEU, FRA: evidence pack russia-2022"
    assert str(loaded.date) == "2026-07-01"
    assert loaded.uuid == event(made_view())["uuid"]
    assert [tag.name for tag in loaded.tags] == STRICT
    assert len(loaded.get_objects_by_name("annotation")) == 7
    assert {each.get_attributes_by_relation("name")[0].value for each in loaded.get_objects_by_name("legal-entity")} == {
        "Vagadote Electronics Ltd", "Lobahari Trading", "ООО «Лоримена»", "Пример",
    }  # fmt: skip
    exposure = next(each for each in loaded.objects if "Companies behind" in each.comment)
    assert len(exposure.references) == 4
    assert loaded.to_feed() is not None


def test_the_event_follows_the_schema_that_pymisp_carries() -> None:
    schema = json.loads((DATA / "schema-lax.json").read_text())
    jsonschema.Draft4Validator(schema).validate({"Event": event(made_view())})


def test_objects_are_of_the_templates_that_pymisp_carries() -> None:
    kinds = json.loads((DATA / "describeTypes.json").read_text())["result"]["category_type_mappings"]
    for part in event(made_view())["Object"]:
        template = json.loads((DATA / "misp-objects" / "objects" / part["name"] / "definition.json").read_text())
        assert part["template_uuid"] == template["uuid"]
        assert part["template_version"] == str(template["version"])
        assert part["meta-category"] == template["meta-category"]
        relations = [each["object_relation"] for each in part["Attribute"]]
        assert set(template["requiredOneOf"]) & set(relations)
        for each in part["Attribute"]:
            known = template["attributes"][each["object_relation"]]
            assert each["type"] == known["misp-attribute"]
            assert each["type"] in kinds[each["category"]]
            assert known.get("multiple") or relations.count(each["object_relation"]) == 1
            if each["object_relation"] in ("type", "format"):
                assert each["value"] in (known.get("values_list") or known["sane_default"])
    relationships = json.loads((DATA / "misp-objects" / "relationships" / "definition.json").read_text())["values"]
    assert "mentions" in {each["name"] for each in relationships}


def test_every_attribute_has_the_tags_and_reach_of_its_own_marking() -> None:
    made = event(made_view())
    expected = {
        "Suspended trade": (["tlp:clear"], "3", "TLP:CLEAR"),
        "Companies behind": (STRICT, "0", "TLP:AMBER REL DEU, FRA"),
        "claim: China": (["tlp:green"], "1", "TLP:GREEN"),
        "verdict: partly": (["tlp:green"], "1", "TLP:GREEN"),
        "TUR to RUS": (["tlp:clear"], "3", "TLP:CLEAR"),
        "ARE to RUS": (STRICT, "0", "TLP:AMBER REL DEU, FRA"),
        "decision: watch": (STRICT, "0", "TLP:AMBER REL DEU, FRA"),
    }
    seen = set()
    for part in made["Object"]:
        key = next((each for each in expected if each in part["comment"]), None)
        tags, reach, label = expected[key] if key else (STRICT, "0", "TLP:AMBER REL DEU, FRA")
        seen.add(key)
        assert part["comment"].startswith(f"{label} - ")
        for each in (part, *part["Attribute"]):
            assert each["distribution"] == reach
        for each in part["Attribute"]:
            assert tag_names(each) == tags
            assert each["comment"].startswith(label)
    assert set(expected) <= seen


@pytest.mark.parametrize(
    ("marking", "tag", "reach"),
    [
        (CLEAR, "tlp:clear", "3"),
        (GREEN, "tlp:green", "1"),
        (Marking(Tlp.AMBER), "tlp:amber", "0"),
        (Marking(Tlp.AMBER_STRICT), "tlp:amber+strict", "0"),
        (Marking(Tlp.RED), "tlp:red", "0"),
        (Marking(Tlp.CLEAR, frozenset({"DEU"})), "tlp:clear", "0"),
        (Marking(Tlp.GREEN, frozenset()), "tlp:green", "0"),
    ],
)
def test_the_reach_is_never_wider_than_the_marking(marking: Marking, tag: str, reach: str) -> None:
    made = event(Made(marking).add("claim", "claim:x", marking, {}).view())
    assert made["distribution"] == reach
    assert {tag_names(each)[0] for each in (made, *attributes(made))} == {tag}
    assert {each["distribution"] for each in attributes(made)} == {reach}
    states = [] if marking.releasable_to is None else sorted(marking.releasable_to) or ["nobody"]
    assert tag_names(made)[1:] == [f'stopgap:releasable-to="{state}"' for state in states]


def test_nothing_is_an_indicator_and_every_id_is_a_hash() -> None:
    made = event(made_view())
    assert not any(each["to_ids"] for each in attributes(made))
    ids = [made["uuid"], *(part["uuid"] for part in made["Object"]), *(each["uuid"] for each in attributes(made))]
    assert len(set(ids)) == len(ids)
    assert {UUID(each).version for each in ids} == {5}
    assert made["Orgc"]["name"] == "Ministry of Example"
    assert FINGERPRINT in made["Attribute"][0]["value"]
    assert "Иванов" not in json.dumps(made, ensure_ascii=False)


@pytest.mark.prove_only
def test_the_same_pack_gives_the_same_bytes_and_hostile_text_loads() -> None:
    assert export(made_view(), "misp") == export(made_view(), "misp")
    for name, view in hostile_views():
        content = export(view, "misp")
        loaded = pymisp.MISPEvent()
        loaded.load(content)
        assert len(content) < 1_000_000, name
        assert max(len(each["value"]) for each in attributes(event(view))) < 65_536
