"""Export a pack as a MISP event in the core format, each attribute tagged with its own marking.

The pack becomes the event, an item an ``annotation``, a company or vessel a ``legal-entity``. Nothing is an indicator:
``to_ids`` is false throughout. MISP shares by organisation and not by state, so evidence releasable only to certain
states stays in the receiver's organisation until a person puts it into a sharing group.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from stopgap.base.documents import json_bytes
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.exchange.companies import ExportedCompany, companies_of
from stopgap.evidence.exchange.entries import ExportedItem, entries_of, pack_lines
from stopgap.evidence.exchange.ids import lasting_id, pack_id
from stopgap.evidence.exchange.texts import name
from stopgap.evidence.packs.view import PackView

Part = dict[str, Any]

ONLY_ORGANISATION, COMMUNITY, ALL = "0", "1", "3"

DISTRIBUTIONS = {Tlp.CLEAR: ALL, Tlp.GREEN: COMMUNITY}
"""TLP level -> MISP distribution; other levels stay in the organisation: AMBER allows clients, unknown to MISP."""

COLOURS = {
    Tlp.CLEAR: "#ffffff",
    Tlp.GREEN: "#33ff00",
    Tlp.AMBER: "#ffc000",
    Tlp.AMBER_STRICT: "#ffc000",
    Tlp.RED: "#ff2b2b",
}

ANNOTATION = {"name": "annotation", "template_uuid": "5d8dc046-15a1-4ca3-a09f-ed4ede7c4487", "template_version": "3"}
LEGAL_ENTITY = {
    "name": "legal-entity",
    "template_uuid": "14f5688f-d89c-469f-9878-c48bf6c41c65",
    "template_version": "2",
}


def misp(view: PackView) -> bytes:
    """Return a pack as a MISP event in JSON."""
    return json_bytes({"Event": _Maker(view).event()})


def distribution(marking: Marking) -> str:
    """Return the MISP distribution level of a marking."""
    if marking.releasable_to is not None:
        return ONLY_ORGANISATION
    return DISTRIBUTIONS.get(marking.tlp, ONLY_ORGANISATION)


def tags(marking: Marking) -> list[Part]:
    """Return the MISP tags of a marking: its level in MISP's own taxonomy, and each state that may receive it."""
    level = {"name": marking.tlp.label.lower(), "colour": COLOURS[marking.tlp]}
    if marking.releasable_to is None:
        return [level]
    states = sorted(marking.releasable_to) or ["nobody"]
    return [level, *({"name": f'stopgap:releasable-to="{state}"'} for state in states)]


class _Maker:
    def __init__(self, view: PackView) -> None:
        self.view = view
        self.stamp = str(int(view.made_at.timestamp()))

    def event(self) -> Part:
        view = self.view
        signer, fingerprint = view.signer
        entries = entries_of(view)
        companies = companies_of((entry.marking, entry.companies) for entry in entries)
        legal = {each.named.key: self._legal_entity(each) for each in companies}
        objects = [self._annotation(entry, companies, legal) for entry in entries]
        return {
            "uuid": pack_id(view, "misp"),
            "info": f"{view.marking.label}: evidence pack {name(view.name)}",
            "date": view.made_at.astimezone(UTC).date().isoformat(),
            "timestamp": self.stamp,
            "threat_level_id": "4",
            "analysis": "2",
            "published": False,
            "distribution": distribution(view.marking),
            "Orgc": {"uuid": lasting_id("organisation", signer, fingerprint), "name": name(signer)},
            "Tag": tags(view.marking),
            "Attribute": [
                self._attribute(view.marking, "pack", "\n".join(pack_lines(view, entries)), comment="The pack itself")
            ],
            "Object": [*objects, *legal.values()],
        }

    def _attribute(self, marking: Marking, where: str, value: str, *, relation: str = "", comment: str = "") -> Part:
        made = {
            "uuid": pack_id(self.view, "misp", "attribute", where, relation, value),
            "type": "text",
            "category": "Other",
            "value": value,
            "to_ids": False,
            "comment": f"{marking.label}{f' - {comment}' if comment else ''}",
            "distribution": distribution(marking),
            "timestamp": self.stamp,
            "disable_correlation": relation != "name",
            "Tag": tags(marking),
        }
        return {**made, "object_relation": relation} if relation else made

    def _object(
        self, template: Part, marking: Marking, key: str, comment: str, texts: list[tuple[str, str]], *, kind: str = ""
    ) -> Part:
        return {
            **template,
            "meta-category": "misc",
            "uuid": pack_id(self.view, "misp", template["name"], key),
            "timestamp": self.stamp,
            "distribution": distribution(marking),
            "comment": f"{marking.label} - {comment}",
            "Attribute": [
                self._attribute(marking, key, value, relation=relation, comment=kind) for relation, value in texts
            ],
        }

    def _annotation(self, entry: ExportedItem, companies: list[ExportedCompany], legal: dict[str, Part]) -> Part:
        said = f"{entry.title}\n{entry.text}"
        texts = [("text", said), ("type", "Annotation"), ("format", "text")]
        comment = f"{entry.kind}: {entry.title}"
        made = self._object(ANNOTATION, entry.marking, entry.id, comment, texts, kind=entry.kind)
        own = {each.key for each in entry.companies}
        named = [each for each in companies if each.named.key in own and each.marking.fits(entry.marking)]
        if named:
            made["ObjectReference"] = [self._mention(made["uuid"], legal[each.named.key]["uuid"]) for each in named]
        return made

    def _mention(self, source: str, target: str) -> Part:
        return {
            "uuid": pack_id(self.view, "misp", "mentions", source, target),
            "object_uuid": source,
            "referenced_uuid": target,
            "relationship_type": "mentions",
            "comment": "",
        }

    def _legal_entity(self, company: ExportedCompany) -> Part:
        named = company.named
        said = [*named.roles, *(f"Also spelled: {each}" for each in named.aliases)]
        said += [f"Vessel, or said to be one by its number: {named.name}"] if named.is_vessel else []
        said += [f"Economy: {named.economy}"] if named.economy else []
        said += [f"Number: {each}" for each in named.identifiers[1:]]
        texts = [("name", named.name), *(("registration-number", each) for each in named.identifiers[:1])]
        texts += [("text", "\n".join(said))] if said else []
        return self._object(LEGAL_ENTITY, company.marking, named.key, named.name, texts)
