"""Export a pack as FollowTheMoney entities (JSON lines): companies, vessels, their trade, and a note for each item.

The marking is in ``keywords`` and ``notes`` of companies, vessels and notes, and in ``description`` of trade. Natural
persons do not become entities, and no topics are set: being named in evidence is not one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from stopgap.base.marking import Marking
from stopgap.evidence.exchange.companies import ExportedCompany, companies_of
from stopgap.evidence.exchange.entries import ExportedItem, entries_of
from stopgap.evidence.exchange.ids import pack_id
from stopgap.evidence.exchange.texts import dict_of, economy, list_of, name, number, plain, releasable, text_of
from stopgap.evidence.packs.view import Document, PackView

Entity = dict[str, Any]


def ftm(view: PackView) -> bytes:
    """Return a pack as FollowTheMoney entities in JSON lines."""
    entries = entries_of(view)
    companies = companies_of((entry.marking, entry.companies) for entry in entries)
    known = {each.named.key: each for each in companies}
    found = [
        *(_company(view, each) for each in companies),
        *_trade(view, known),
        *(_note(view, entry, known) for entry in entries),
    ]
    lines = (json.dumps(entity, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n" for entity in found)
    return "".join(lines).encode("utf-8")


def _entity(key: str, schema: str, **properties: list[str | None]) -> Entity:
    """Build an entity; properties without a value are omitted, and duplicate values removed."""
    kept = {
        label: found
        for label, values in properties.items()
        if (found := list(dict.fromkeys(value for value in values if value)))
    }
    return {"id": key, "schema": schema, "properties": kept}


def _id(view: PackView, kind: str, *parts: object) -> str:
    return f"stopgap-{kind}-{pack_id(view, 'ftm', kind, *parts)}"


def _keywords(marking: Marking) -> list[str | None]:
    return [marking.tlp.label, releasable(marking)]


def _country(code: str | None) -> str | None:
    area = economy(code)
    return area.iso2.lower() if area is not None and area.iso2 else None


def _company(view: PackView, company: ExportedCompany) -> Entity:
    named, marking = company.named, company.marking
    shared: dict[str, list[str | None]] = {
        "name": [named.name],
        "alias": list(named.aliases),
        "country": [_country(named.economy)],
        "keywords": _keywords(marking),
        "notes": [f"Marking: {marking.label}", *named.roles],
        "publisher": [name(view.signer[0])],
    }
    key = _id(view, "company", named.key)
    if named.is_vessel:
        numbers = [each.partition(":")[2].strip() or each for each in named.identifiers]
        return _entity(key, "Vessel", **shared, registrationNumber=list(numbers))
    return _entity(key, "Company", **shared, idNumber=list(named.identifiers))


def _trade(view: PackView, known: dict[str, ExportedCompany]) -> Iterator[Entity]:
    """Yield the trade between exporters and importers in exposures, as entities.

    A side that is a natural person, is not named, or may not be seen at the item's marking is empty.
    """
    for item in view.items("finding", "extract", "exposure"):
        document, marking = view.document(item), view.marking_of(item)
        for place, pair in enumerate(list_of(document, "pairs")):
            if isinstance(pair, dict):
                sides: dict[str, list[str | None]] = {
                    label: [_id(view, "company", code)] if code in known and known[code].marking.fits(marking) else []
                    for label, code in (("sender", text_of(pair, "exporter")), ("receiver", text_of(pair, "importer")))
                }
                yield _entity(
                    _id(view, "trade", str(item["id"]), place),
                    "EconomicActivity",
                    **sides,
                    **_activity(document, pair),
                    description=[f"Marking: {marking.label}"],
                    recordId=[name(item["id"])],
                    publisher=[name(view.signer[0])],
                )


def _activity(document: Document, pair: Document) -> dict[str, list[str | None]]:
    target, outwards = [_country(text_of(document, "target"))], text_of(document, "direction") == "exports-to-target"
    value, lines, without = pair.get("value_usd"), pair.get("lines"), pair.get("lines_without_value")
    valued = isinstance(value, int | float) and lines != without
    through = dict_of(pair, "routed").get("through_hubs_usd")
    routed = f"; {number(through, 'USD')} through hubs, consistent with routing" if through else ""
    return {
        "startDate": [text_of(pair, "first_seen")],
        "endDate": [text_of(pair, "last_seen")],
        "destinationCountry": target if outwards else [],
        "departureCountry": [] if outwards else target,
        "vedCode": [name(each) for each in list_of(pair, "goods")],
        "customsAmount": [f"{value:.2f} USD"] if valued else [],
        "summary": [f"{number(lines)} lines of declarations, {number(without)} of them without a value{routed}"],
    }


def _note(view: PackView, entry: ExportedItem, known: dict[str, ExportedCompany]) -> Entity:
    """Build a note with an item's text, linked to the companies that it names and that its readers may see."""
    named = [each.key for each in entry.companies if known[each.key].marking.fits(entry.marking)]
    return _entity(
        _id(view, "note", entry.id),
        "Note",
        name=[entry.title],
        description=[plain(entry.text)],
        country=[_country(code) for code in entry.economies],
        keywords=[*_keywords(entry.marking), entry.kind],
        notes=[f"Marking: {entry.marking.label}", f"Item {name(entry.id)} of pack {name(view.name)}"],
        publisher=[name(view.signer[0])],
        entity=[_id(view, "company", key) for key in named],
    )
