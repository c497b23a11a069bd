"""Export a pack as a STIX 2.1 bundle, every object with its own marking: TLP 2.0 by the extension of OASIS.

Items become notes, economies locations, companies identities, and the pack a report. There are no opinion objects:
their scale runs from agreement to disagreement, and figures that do not support a claim do not disagree with a person.
Nor are there sightings or observed data, which are for technical indicators.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from stopgap.base.documents import json_bytes
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.exchange.companies import ExportedCompany, companies_of
from stopgap.evidence.exchange.entries import ExportedItem, entries_of, pack_lines
from stopgap.evidence.exchange.ids import lasting_id, pack_id
from stopgap.evidence.exchange.texts import economy, loosest, name, plain, releasable
from stopgap.evidence.packs.view import PackView

Stix = dict[str, Any]

TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
"""The extension definition of TLP 2.0 that OASIS published."""

TLP_CREATED = "2022-10-01T00:00:00.000Z"

TLP_IDS = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
"""Ids of the published TLP 2.0 marking definitions; an object with such an id must be the published one."""

LASTING = "2025-01-01T00:00:00.000Z"
"""Fixed creation time of objects that are the same in every pack, so that their versions never differ."""


@dataclass(frozen=True)
class Dialect:
    """Differences between plain STIX and the STIX that one platform imports.

    ``name`` is part of every id, so that dialects never share an object. ``tlp`` returns the marking definition of a
    level, ``releasable`` that of a list of states; ``place_marking`` returns the marking of an economy from those of
    the items that name it; ``location`` completes a location by its economy's code; ``vessel`` is the identity class of
    a vessel; ``is_custom`` allows properties outside the STIX standard.
    """

    name: str
    tlp: Callable[[Tlp], Stix]
    releasable: Callable[[Marking], Stix]
    place_marking: Callable[[Iterable[Marking]], Marking]
    location: Callable[[Stix, str], Stix]
    vessel: str
    is_custom: bool


def stix(view: PackView) -> bytes:
    """Return a pack as a plain STIX 2.1 bundle, in JSON."""
    return bundle_bytes(view, PLAIN)


def bundle_bytes(view: PackView, dialect: Dialect) -> bytes:
    """Return a pack as a STIX bundle in one dialect, built and validated by the stix2 library."""
    import stix2

    objects = [stix2.parse(each, allow_custom=dialect.is_custom) for each in _objects(view, dialect)]
    bundle = stix2.Bundle(
        objects=objects, id=f"bundle--{pack_id(view, dialect.name, 'bundle')}", allow_custom=dialect.is_custom
    )
    return json_bytes(json.loads(bundle.serialize()))


def _tlp(level: Tlp) -> Stix:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP_IDS[level],
        "created": TLP_CREATED,
        "name": level.label,
        "extensions": {
            TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level.label.removeprefix("TLP:").lower()}
        },
    }


def statement(marking: Marking) -> Stix:
    """Return the marking definition of a list of states; a list has the same definition in every pack."""
    label = releasable(marking) or ""
    listed = label.removeprefix("REL ")
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{lasting_id('releasable', label)}",
        "created": LASTING,
        "name": label,
        "definition_type": "statement",
        "definition": {"statement": f"Releasable to {listed}, and to no other state (ISO 3166-1 alpha-3)."},
    }


PLAIN = Dialect(
    name="stix",
    tlp=_tlp,
    releasable=statement,
    place_marking=loosest,
    location=lambda made, _: made,
    vessel="unknown",
    is_custom=False,
)


class _Maker:
    """Builder of STIX objects with the fields that all objects of a pack share."""

    def __init__(self, view: PackView, dialect: Dialect, signer_marking: Marking) -> None:
        self.view = view
        self.dialect = dialect
        self.moment = view.made_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.definitions: dict[str, Stix] = {}
        self.signer = self._signer(signer_marking)

    def refs(self, marking: Marking) -> list[str]:
        """Return the ids of a marking's definitions, and add these to the bundle."""
        made = [self.dialect.tlp(marking.tlp)]
        if marking.releasable_to is not None:
            made.append(self.dialect.releasable(marking))
        self.definitions |= {each["id"]: each for each in made}
        return [each["id"] for each in made]

    def id_of(self, kind: str, *parts: object) -> str:
        """Return the id of an object that is specific to this pack."""
        return f"{kind}--{pack_id(self.view, self.dialect.name, kind, *parts)}"

    def made(self, kind: str, marking: Marking, *parts: object, **fields: Any) -> Stix:
        """Build an object that is specific to this pack."""
        return {
            "type": kind,
            "spec_version": "2.1",
            "id": self.id_of(kind, *parts),
            "created_by_ref": self.signer["id"],
            "created": self.moment,
            "modified": self.moment,
            "object_marking_refs": self.refs(marking),
            **{key: value for key, value in fields.items() if value not in (None, [], "")},
        }

    def lasting(self, kind: str, marking: Marking, *parts: object, **fields: Any) -> Stix:
        """Build an object that is the same in every pack; its id depends on its marking too."""
        return {
            "type": kind,
            "spec_version": "2.1",
            "id": f"{kind}--{lasting_id(self.dialect.name, kind, marking.label, *parts)}",
            "created": LASTING,
            "modified": LASTING,
            "object_marking_refs": self.refs(marking),
            **fields,
        }

    def _signer(self, marking: Marking) -> Stix:
        signer, fingerprint = self.view.signer
        return self.lasting(
            "identity",
            marking,
            signer,
            fingerprint,
            name=name(signer),
            identity_class="organization",
            description="Holder of the key that the evidence pack was signed with.",
            external_references=[
                {
                    "source_name": "stopgap-key",
                    "description": "Fingerprint of the Ed25519 key: ask its holder for it over another way.",
                    "external_id": name(fingerprint),
                }
            ],
        )


def _objects(view: PackView, dialect: Dialect) -> list[Stix]:
    entries = entries_of(view)
    markings = [entry.marking for entry in entries] or [view.marking]
    maker = _Maker(view, dialect, loosest(markings))
    places = _locations(maker, entries)
    companies = companies_of((entry.marking, entry.companies) for entry in entries)
    identities = {company.named.key: _identity(maker, company) for company in companies}
    links = _located(maker, companies, identities, places)
    notes = _notes(maker, entries, places, {each.named.key: each for each in companies}, identities)
    said = [*places.values(), *identities.values(), *links, *notes]
    report = _report(maker, entries, [maker.signer, *said])
    return [*maker.definitions.values(), maker.signer, *said, report]


def _locations(maker: _Maker, entries: list[ExportedItem]) -> dict[str, Stix]:
    """Return economy code -> STIX location, for all economies that the entries name."""
    found: dict[str, list[Marking]] = {}
    for entry in entries:
        own = (each.economy for each in entry.companies)
        for code in dict.fromkeys([*entry.economies, *(code for code in own if code)]):
            found.setdefault(code, []).append(entry.marking)
    places = {}
    for code, markings in found.items():
        area = economy(code)
        if area is None or area.iso2 is None:  # entries name no other
            raise AssertionError(code)
        marking = maker.dialect.place_marking(markings)
        made = maker.lasting("location", marking, area.iso2, area.name, name=area.name, country=area.iso2)
        places[code] = maker.dialect.location(made, code)
    return places


def _identity(maker: _Maker, company: ExportedCompany) -> Stix:
    named = company.named
    spelled = f"Also spelled: {'; '.join(named.aliases)}." if named.aliases else ""
    numbers = [
        {"source_name": "register", "external_id": each, "description": "As the pack's source names it."}
        for each in named.identifiers
    ]
    return maker.made(
        "identity",
        company.marking,
        named.key,
        name=named.name,
        identity_class=maker.dialect.vessel if named.is_vessel else "organization",
        description=plain("\n".join(filter(None, (*named.roles, spelled)))),
        labels=["vessel"] if named.is_vessel else None,
        external_references=numbers,
    )


def _located(
    maker: _Maker, companies: list[ExportedCompany], identities: dict[str, Stix], places: dict[str, Stix]
) -> Iterable[Stix]:
    for company in companies:
        code = company.named.economy
        if code is not None and not company.named.is_vessel:
            yield maker.made(
                "relationship",
                company.marking,
                company.named.key,
                "located-at",
                code,
                relationship_type="located-at",
                source_ref=identities[company.named.key]["id"],
                target_ref=places[code]["id"],
            )


def _notes(
    maker: _Maker,
    entries: list[ExportedItem],
    places: dict[str, Stix],
    companies: dict[str, ExportedCompany],
    identities: dict[str, Stix],
) -> Iterable[Stix]:
    """Yield a note for each entry.

    It refers to the economies and companies that it names, and to notes of its inputs that all its readers may see.
    """
    ids = {entry.id: maker.id_of("note", entry.id) for entry in entries}
    markings = {entry.id: entry.marking for entry in entries}
    for entry in entries:
        named = [each.key for each in entry.companies if companies[each.key].marking.fits(entry.marking)]
        refs = [places[code]["id"] for code in entry.economies]
        refs += [identities[key]["id"] for key in named]
        refs += [ids[each] for each in entry.inputs if each in ids and markings[each].fits(entry.marking)]
        yield maker.made(
            "note",
            entry.marking,
            entry.id,
            abstract=entry.title,
            content=entry.text,
            authors=list(entry.authors),
            labels=[entry.kind],
            external_references=[{"source_name": "stopgap", "external_id": name(entry.id)}],
            object_refs=list(dict.fromkeys(refs)) or [maker.signer["id"]],
        )


def _report(maker: _Maker, entries: list[ExportedItem], objects: list[Stix]) -> Stix:
    """Build the report of the pack itself, with the pack's marking; it refers to all other objects."""
    view = maker.view
    return maker.made(
        "report",
        view.marking,
        name=name(view.name),
        description=plain("\n".join(pack_lines(view, entries))),
        published=maker.moment,
        external_references=[{"source_name": "stopgap", "external_id": f"evidence pack {name(view.name)}"}],
        object_refs=[each["id"] for each in objects],
    )
