"""STIX 2.1: objects by hand, the bundle as the stix2 library reads it, each object with its marking."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stix2
from exchange_made import (
    AMBER,
    CLAIM,
    CLEAR,
    DECISION,
    GREEN,
    Made,
    company,
    exposed,
    hostile_views,
    made_pack,
    made_view,
)

from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.exchange import export
from stopgap.evidence.packs.view import PackView

# As published in oasis-open/cti-stix-common-objects, objects/marking-definition.
PUBLISHED = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}


def objects(view: PackView) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(export(view, "stix"))["objects"]
    return found


def of(kind: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in found if each["type"] == kind]


def label(made: dict[str, Any], found: list[dict[str, Any]]) -> str:
    """The marking of an object by the names of the definitions that it refers to."""
    names = {each["id"]: each["name"] for each in of("marking-definition", found)}
    return " ".join(names[ref] for ref in made["object_marking_refs"])


def test_the_library_reads_the_bundle_without_custom_content() -> None:
    bundle = stix2.parse(export(made_view(), "stix").decode(), allow_custom=False)
    assert bundle.type == "bundle"
    assert all(each.spec_version == "2.1" for each in bundle.objects)


@pytest.mark.parametrize("tlp", list(Tlp))
def test_levels_are_the_published_objects(tlp: Tlp) -> None:
    made = of("marking-definition", objects(Made(Marking(tlp)).add("claim", "claim:x", Marking(tlp), {}).view()))
    name = tlp.label.removeprefix("TLP:").lower()
    assert made == [
        {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": PUBLISHED[name],
            "created": "2022-10-01T00:00:00.000Z",
            "name": tlp.label,
            "extensions": {
                "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
                    "extension_type": "property-extension",
                    "tlp_2_0": name,
                }
            },
        }
    ]


def test_releasability_is_a_statement_that_is_the_same_in_every_pack() -> None:
    found = [each for each in of("marking-definition", objects(made_view())) if "definition" in each]
    assert [each["definition"]["statement"] for each in found] == [
        "Releasable to DEU, FRA, and to no other state (ISO 3166-1 alpha-3)."
    ]
    other = Made(AMBER, name="another").add("claim", "claim:x", AMBER, {}).view()
    assert found == [each for each in of("marking-definition", objects(other)) if "definition" in each]
    nobody = Marking(Tlp.RED, frozenset())
    made = objects(Made(nobody).add("claim", "claim:x", nobody, {}).view())
    assert label(of("note", made)[0], made) == "TLP:RED REL nobody"


def test_every_object_has_the_marking_of_its_own_item() -> None:
    found = objects(made_view())
    assert all(each.get("object_marking_refs") for each in found if each["type"] != "marking-definition")
    assert {each["external_references"][0]["external_id"]: label(each, found) for each in of("note", found)} == {
        "finding:sha256:" + "1" * 64: "TLP:CLEAR",
        "finding:exposure": "TLP:AMBER REL DEU, FRA",
        "claim:c-one": "TLP:GREEN",
        "verdict:c-one": "TLP:GREEN",
        "alert:a-1": "TLP:CLEAR",
        "alert:a-2": "TLP:AMBER REL DEU, FRA",
        "decision:a-1#1": "TLP:AMBER REL DEU, FRA",
    }
    assert [label(each, found) for each in of("report", found)] == ["TLP:AMBER REL DEU, FRA"]
    assert {each["country"]: label(each, found) for each in of("location", found)} == {
        "RU": "TLP:CLEAR",
        "CN": "TLP:CLEAR",
        "TR": "TLP:CLEAR",
        "DE": "TLP:CLEAR",
        "AE": "TLP:AMBER REL DEU, FRA",
    }
    assert {label(each, found) for each in of("relationship", found)} == {"TLP:AMBER REL DEU, FRA"}


def test_a_finding_is_a_note_with_its_figures_and_what_they_are_of() -> None:
    note = of("note", objects(made_view()))[0]
    assert note["abstract"] == "Suspended trade and backfill, machinery"
    assert note["content"].split("\n") == [
        "Suspended trade (exports-to-target, target Russia (RUS)): USD 1,000 per year in the baseline, USD 200 per "
        "year after; loss USD 800 per year, 0.8 of the baseline (95 % interval 0.7 to 0.9).",
        "Backfill by all suppliers outside the coalition: gross ratio 0.75 of the loss (USD 800 per year); net ratio "
        "none of the same loss (no placebo destination reports).",
        "Rank of the target among placebo destinations: 2 of 40.",
        "Supplier China (CHN): change USD 500 per year, 0.625 of the loss.",
        "Supplier Türkiye (TUR): change USD 100 per year, 0.125 of the loss.",
        "Goods list: machinery (1+abc).",
        "Windows: baseline 2021-01 to 2021-12; after 2023-01 to 2023-12.",
        "Route: direct.",
        "Valuation: FOB.",
        "Report used: exporter.",
        "Vintage: v3.",
        "Coverage: 0.95 of baseline trade is of economies that also report after.",
        "Warning: KAZ is silent in the after-window",
    ]
    assert note["created"] == note["modified"] == "2026-07-01T12:00:00.000Z"


def test_a_claim_has_its_speaker_as_author_and_a_verdict_refers_to_it() -> None:
    found = objects(made_view())
    claim, verdict = (each for each in of("note", found) if each["labels"][0] in ("claim", "verdict"))
    assert claim["authors"] == ["Jane Roe"]
    assert "As said: They have filled the gap." in claim["content"]
    assert claim["id"] in verdict["object_refs"]
    assert "authors" not in verdict
    assert (
        "China made up a tenth of the loss: share_of_loss 0.625 (95 % interval 0.5 to 0.7), held against 0.1 (ratio): "
        "borne out." in verdict["content"]
    )


def test_words_that_are_no_quotation_are_not_shown_as_one() -> None:
    claim = {**CLAIM["claim"], "source": {"quoted": False}}
    note = of("note", objects(Made(GREEN).add("claim", "claim:x", GREEN, {**CLAIM, "claim": claim}).view()))[0]
    assert note["content"].startswith("In other words than were said: They have filled the gap.")


def test_companies_are_organisations_in_their_economies_and_persons_are_not_there() -> None:
    found = objects(made_view())
    names = {each["name"]: each for each in of("identity", found)}
    assert {each["identity_class"] for each in names.values()} == {"organization"}
    assert set(names) == {
        "Ministry of Example", "Vagadote Electronics Ltd", "Lobahari Trading", "ООО «Лоримена»", "Пример",
    }  # fmt: skip
    places = {each["id"]: each["country"] for each in of("location", found)}
    by_id = {each["id"]: each["name"] for each in names.values()}
    assert {(by_id[each["source_ref"]], places[each["target_ref"]]) for each in of("relationship", found)} == {
        ("Vagadote Electronics Ltd", "CN"),
        ("Lobahari Trading", "AE"),
        ("ООО «Лоримена»", "RU"),
    }
    assert "Иванов" not in json.dumps(found, ensure_ascii=False)
    assert "names of natural persons who trade (1)" in of("report", found)[0]["description"]


def test_the_report_refers_to_all_and_every_reference_is_there() -> None:
    found = objects(made_view())
    ids = [each["id"] for each in found]
    assert len(set(ids)) == len(ids)
    report = of("report", found)[0]
    others = {each["id"] for each in found if each["type"] not in ("marking-definition", "report")}
    assert set(report["object_refs"]) == others
    for each in found:
        refs = [each.get("created_by_ref"), each.get("source_ref"), each.get("target_ref")]
        assert {ref for ref in (*refs, *each.get("object_refs", ())) if ref} <= set(ids)


def test_a_company_that_two_items_name_shows_only_what_its_own_marking_lets() -> None:
    clear = exposed(companies=(company(1, identifiers=(), spellings=()),), pairs=()).as_dict()
    strict = exposed(companies=(company(1, name="Secret Spelling Ltd", identifiers=("SECRET-1",)),), pairs=()).as_dict()
    view = (
        Made(AMBER).add("finding", "finding:strict", AMBER, strict).add("finding", "finding:clear", CLEAR, clear).view()
    )
    found = objects(view)
    named = next(each for each in of("identity", found) if each["name"] == "Vagadote Electronics Ltd")
    assert label(named, found) == "TLP:CLEAR"
    assert "external_references" not in named
    assert "Secret" not in json.dumps(of("identity", found))


def test_a_decision_on_a_match_names_its_subject_and_not_the_listed_entry() -> None:
    decided = {
        **DECISION, "list": "made-up-list", "entity_id": "E-7", "query": "Sea Example", "countries": ["ARE"],
        "identifiers": ["imo:9074729"], "entity": {"names": ["Ivan Listed"]}, "entity_name": "Ivan Listed",
    }  # fmt: skip
    view = (
        Made(AMBER)
        .add("decision", "decision:1", AMBER, decided)
        .add("decision", "decision:2", AMBER, {**decided, "query": "ИП Петров"})
        .view()
    )
    found = objects(view)
    vessel = next(each for each in of("identity", found) if each["name"] == "Sea Example")
    assert (vessel["identity_class"], vessel["labels"]) == ("unknown", ["vessel"])
    assert of("relationship", found) == []
    said = json.dumps(found, ensure_ascii=False)
    assert "entry E-7 of made-up-list" in said
    assert "Listed" not in said
    assert "Петров" not in said


def test_another_pack_has_objects_of_its_own_and_the_same_signer() -> None:
    one, other = objects(made_view()), objects(_with(made_at="2026-08-01T00:00:00Z").view())
    shared = {each["id"] for each in one} & {each["id"] for each in other}
    assert {each["type"] for each in one if each["id"] in shared} == {"marking-definition", "location", "identity"}
    for each in one:
        if each["id"] in shared:
            assert each in other


def _with(**changes: object) -> Made:
    made = made_pack()
    made.evidence |= changes
    return made


def test_the_same_pack_gives_the_same_bytes() -> None:
    assert export(made_view(), "stix") == export(made_view(), "stix")


def test_a_pack_without_evidence_is_a_report_of_its_signer() -> None:
    found = objects(Made(GREEN).view())
    assert [each["type"] for each in found] == ["marking-definition", "identity", "report"]


def test_hostile_text_is_valid_and_shown() -> None:
    for name, view in hostile_views():
        content = export(view, "stix").decode("utf-8")
        assert len(content) < 1_000_000, name
        bundle = stix2.parse(content, allow_custom=False)
        notes = [each for each in bundle.objects if each.type == "note"]
        assert len(notes) == 6
        for char in ("\x00", "\x1b", "\u202e", "\ufffe"):
            assert all(char not in note.content and char not in note.abstract for note in notes)
