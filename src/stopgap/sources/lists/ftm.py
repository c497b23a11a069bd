"""Reads FollowTheMoney entities as JSON lines: OpenSanctions' exports, whole, nested or as changes.

Besides companies and vessels a file holds what relates them: sanctions, ownership, directorship. Entities that
are mentioned without being listed are kept as context, because ownership needs them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stopgap.base import strict_json
from stopgap.base.errors import InputError
from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.lists.base import Edition, ListSource, name_of_file
from stopgap.sources.lists.cells import opened_text
from stopgap.sources.lists.columns import Operation, Property
from stopgap.sources.lists.entries import ListEntry

THINGS = {
    "Company", "Organization", "LegalEntity", "PublicBody", "Vessel", "Person", "Airplane", "Asset", "CryptoWallet",
    "Vehicle", "Security", "BankAccount", "RealEstate",
}  # fmt: skip
NUMBERS = {
    "innCode": "inn", "ogrnCode": "ogrn", "kppCode": "kpp", "okpoCode": "okpo", "leiCode": "lei", "imoNumber": "imo",
    "mmsi": "mmsi", "swiftBic": "swift", "uscCode": "uscc", "dunsCode": "duns", "registrationNumber": "registration",
    "jibCode": "registration", "taxNumber": "tax", "vatCode": "tax", "idNumber": "id", "passportNumber": "id",
}  # fmt: skip
COUNTRIES = ("jurisdiction", "flag", "mainCountry", "country", "nationality", "citizenship")
LISTING_TOPICS = ("sanction", "export.control", "debarment", "asset.frozen")
LINKED_TOPICS = ("sanction.linked", "export.control.linked")
RELATIONS = {"Ownership": ("owner", "asset", Property.OWNER), "Directorship": ("director", "organization", Property.DIRECTOR), "UnknownLink": ("subject", "object", Property.LINKED)}  # fmt: skip
PARTICULARS = ("percentage", "sharesCount", "role", "status", "ownershipType", "startDate", "endDate", "date")
NESTED = {
    "sanctions": "entity",
    "ownershipOwner": "owner",
    "ownershipAsset": "asset",
    "directorshipDirector": "director",
    "directorshipOrganization": "organization",
}
"""Property that holds nested entities -> property of the nested entity that refers back to its parent."""
_OPERATIONS = {"ADD": Operation.SET, "MOD": Operation.SET, "DEL": Operation.REMOVE}
DEPTH = 4
"""Levels of nesting down to which nested entities are read."""

Json = dict[str, Any]


@dataclass(slots=True)
class _Seen:
    """Listing status of all entities, collected while the file is read."""

    unlisted: set[str] = field(default_factory=set)
    sanctioned: set[str] = field(default_factory=set)
    standing: set[str] = field(default_factory=set)
    ended: dict[str, str] = field(default_factory=dict)
    says_who: bool = False
    last: str = ""


class Ftm(ListSource):
    """List format: FollowTheMoney entities, one per line."""

    name = "ftm"
    title = "FollowTheMoney entities, JSON lines (OpenSanctions entities.ftm.json, targets.nested.json, delta files)"
    how = "opensanctions.org/datasets, or any tool that writes FollowTheMoney"
    terms = "as the publisher says; OpenSanctions: CC BY-NC 4.0"
    parser = "ftm/1"

    def recognises(self, head: FileHead) -> bool:
        start = head.text[:20_000]
        is_entity = all(f'"{key}"' in start for key in ("id", "schema", "properties"))
        return head.is_json and head.text.lstrip().startswith("{") and (is_entity or _is_change(start))

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Return the list of the first entity's dataset (``opensanctions`` if several), else named after the file."""
        first = _first(head)
        is_delta = "op" in first
        datasets = (first.get("entity") or first).get("datasets") or []
        name = name_of_file(str(datasets[0])) if len(datasets) == 1 else "opensanctions"
        return Edition(told.list or (name if datasets else name_of_file(head.name)), is_delta=is_delta)

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield the entries of each line (an entity or a relation), and at the end those that depend on all lines."""
        seen = _Seen()
        with opened_text(reading) as lines:
            for row, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                entity = _parsed(line, row, reading.name)
                operation = Operation.SET if edition.is_delta else Operation.SNAPSHOT
                if "op" in entity:
                    operation, entity = _change(entity, row, reading.name)
                yield from _read(entity, row, operation, edition, seen)
        yield from _closing(edition, seen)
        edition.list_date = seen.last or None


def _is_change(start: str) -> bool:
    return '"op"' in start[:200] and '"entity"' in start


def _first(head: FileHead) -> Json:
    try:
        found = strict_json.loads(head.text.splitlines()[0])
    except ValueError:  # longer than the head, or damaged: reading it says so
        return {"op": ""} if _is_change(head.text[:20_000]) else {}
    return found if isinstance(found, dict) else {}


def _parsed(line: str, row: int, name: str) -> Json:
    try:
        found = strict_json.loads(line)
        if not isinstance(found, dict):
            raise ValueError("not an object")
        return found
    except ValueError as error:
        raise InputError(
            f"line {row:,} is no whole JSON object: the list is cut off or damaged",
            where=f"{name}, line {row}: {str(error)[:100]}",
            fix="download the file again; the list that was imported before stays in force",
        ) from error


def _change(found: Json, row: int, name: str) -> tuple[Operation, Json]:
    operation, entity = _OPERATIONS.get(str(found["op"])), found.get("entity")
    if operation is None or not isinstance(entity, dict):
        raise InputError(
            f"line {row:,} is no change that is known: op {str(found['op'])[:20]!r}",
            where=f"{name}, line {row}",
            fix="known are ADD, MOD and DEL, each with its entity",
        )
    return operation, entity


def _values(properties: Json, name: str) -> list[Any]:
    found = properties.get(name) or []
    return found if isinstance(found, list) else [found]


def _texts(properties: Json, name: str) -> list[str]:
    return [value for value in _values(properties, name) if isinstance(value, str)]


def _ids(properties: Json, name: str) -> list[str]:
    """Return the ids of the entities that a property refers to, nested or not."""
    refer = [value.get("id") if isinstance(value, dict) else value for value in _values(properties, name)]
    return [value for value in refer if isinstance(value, str)]


def _read(
    entity: Json, row: int, operation: Operation, edition: Edition, seen: _Seen, *, depth: int = 0
) -> Iterator[ListEntry]:
    schema = str(entity.get("schema", ""))
    properties = entity.get("properties") if isinstance(entity.get("properties"), dict) else {}
    assert isinstance(properties, dict)
    own = str(entity.get("id", ""))
    seen.last = max(seen.last, str(entity.get("last_seen") or "")[:10])
    place = 0 if depth else row
    entry = ListEntry(own, schema or None, edition.doubts, row=place, operation=operation)
    if not own and not depth:
        yield entry  # refused: every entity of the format has an id
        return
    if operation is Operation.REMOVE:
        entry.facts = {(Property.REMOVED.value, None, None): None}
        yield entry
        return
    if schema in THINGS:
        _read_thing(entry, entity, properties, seen)
        yield entry
    elif schema == "Sanction":
        yield from _read_sanction(properties, place, operation, edition, seen)
    elif schema in RELATIONS:
        yield from _read_relation(schema, properties, place, operation, edition)
    elif not depth:
        entry.is_empty = True
        yield entry
    for name, values in properties.items() if depth < DEPTH else ():
        for value in values if isinstance(values, list) else ():
            if isinstance(value, dict) and (name in NESTED or value.get("schema") in THINGS):
                yield from _read(_pointing(value, name, own), row, operation, edition, seen, depth=depth + 1)


def _pointing(value: Json, name: str, own: str) -> Json:
    """Return a nested entity with the reference to its parent added, which nested files omit."""
    back = NESTED.get(name)
    properties = value.get("properties")
    if back is None or not isinstance(properties, dict) or properties.get(back):
        return value
    return {**value, "properties": {**properties, back: [own]}}


def _read_thing(entry: ListEntry, entity: Json, properties: Json, seen: _Seen) -> None:
    names = _texts(properties, "name")
    caption = entity.get("caption")
    first = caption if isinstance(caption, str) and (caption in names or not names) else next(iter(names), "")
    entry.name(first)
    entry.need_name()
    entry.names((name for name in names if name != first), Property.ALIAS)
    entry.names(_texts(properties, "alias"), Property.ALIAS)
    entry.names(_texts(properties, "previousName"), Property.PREVIOUS_NAME)
    entry.names(_texts(properties, "weakAlias"), Property.WEAK_ALIAS)
    for name in COUNTRIES:
        entry.countries(_texts(properties, name))
    entry.addresses(_texts(properties, "address"))
    for name, kind in NUMBERS.items():
        for text in _texts(properties, name):
            entry.identifier(kind, text)
    entry.add_all(Property.PROGRAMME, (*_texts(properties, "program"), *_texts(properties, "programId")))
    entry.add_all(Property.REMARK, _texts(properties, "notes"), "notes")
    topics = _texts(properties, "topics")
    target = entity.get("target")
    is_listed = any(topic.startswith(LISTING_TOPICS) and topic not in LINKED_TOPICS for topic in topics)
    if isinstance(target, bool):
        is_listed = is_listed or target
    seen.says_who = seen.says_who or is_listed or isinstance(target, bool)
    (seen.standing if is_listed else seen.unlisted).add(entry.entity_id)


def _read_sanction(
    properties: Json, row: int, operation: Operation, edition: Edition, seen: _Seen
) -> Iterator[ListEntry]:
    seen.says_who = True
    ends = _texts(properties, "endDate")
    for own in _ids(properties, "entity"):
        seen.sanctioned.add(own)
        if ends:
            seen.ended[own] = max(seen.ended.get(own, ""), *ends)
        else:
            seen.standing.add(own)
        entry = ListEntry(own, None, edition.doubts, row=row, operation=_added(operation))
        for name in ("program", "programId", "authority"):
            entry.add_all(Property.PROGRAMME, _texts(properties, name))
        for text in _texts(properties, "listingDate") or _texts(properties, "startDate"):
            entry.day(Property.LISTED_ON, text)
        entry.add_all(Property.REMARK, _texts(properties, "reason"), "reason")
        entry.is_empty = not entry.facts
        yield entry


def _read_relation(
    schema: str, properties: Json, row: int, operation: Operation, edition: Edition
) -> Iterator[ListEntry]:
    from_, to, kind = RELATIONS[schema]
    told = {name: texts[0] for name in PARTICULARS if (texts := _texts(properties, name))}
    detail = json.dumps(told, ensure_ascii=False, sort_keys=True) if told else None
    for of in _ids(properties, to):
        entry = ListEntry(of, None, edition.doubts, row=row, operation=_added(operation))
        for other in _ids(properties, from_):
            entry.add(kind, other, detail)
        entry.is_empty = not entry.facts
        yield entry


def _added(operation: Operation) -> Operation:
    """Return the operation of a relation: in a file of changes it adds to its entity and does not restate it."""
    return Operation.ADD if operation is Operation.SET else operation


def _closing(edition: Edition, seen: _Seen) -> Iterator[ListEntry]:
    """Yield context entries for entities that are not listed, and the end date of those whose sanctions all ended."""
    added = Operation.ADD if edition.is_delta else Operation.SNAPSHOT
    if seen.says_who:
        for own in sorted(seen.unlisted - seen.sanctioned - seen.standing):
            yield ListEntry(own, None, edition.doubts, operation=added, facts={(Property.CONTEXT.value, "yes", None): None})  # fmt: skip
    for own in sorted(seen.ended.keys() - seen.standing):
        entry = ListEntry(own, None, edition.doubts, operation=added)
        entry.day(Property.DELISTED_ON, seen.ended[own])
        yield entry
