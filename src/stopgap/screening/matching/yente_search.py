"""Search by text, single entities and what is adjacent to them, in the shapes of yente's API."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from stopgap.base.errors import InputError, NotFoundError, UsageError
from stopgap.codes.areas import areas
from stopgap.screening.entities import ListedEntity
from stopgap.screening.index.name_index import NameIndex
from stopgap.screening.lists.relations import list_relations
from stopgap.screening.lists.run import entities_in_force
from stopgap.screening.matching.match_selection import FLOOR, name_fault
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.matching.screeners import OpenLists
from stopgap.screening.matching.yente import entity_document
from stopgap.screening.matching.yente_answers import rests_on
from stopgap.screening.matching.yente_request import MOST_RESULTS, FindRequest, check_number
from stopgap.screening.matching.yente_scopes import lists_of, scopes
from stopgap.screening.names.transliteration import fold
from stopgap.sources.mappings.areas import area_code

Document = dict[str, Any]

FACETS = {"countries": "Countries", "topics": "Topics", "datasets": "Data sources", "schema": "Types of entities"}
"""Facets that are counted, and their labels; nothing here has topics, so that facet is empty."""

MOST_OFFSET = 9_499
"""Largest offset of a page, as in yente."""

_SYNTAX = re.compile(r"\w:\S|\*|~\d|\\|\bAND\b|\bOR\b|\bNOT\b")

_UNDER = {
    "Thing": None,
    "LegalEntity": {"LegalEntity", "Company", "Organization", "PublicBody", "Person"},
    "Organization": {"Organization", "Company", "PublicBody"},
    "Asset": {"Asset", "Company", "Vessel", "Airplane", "Vehicle", "CryptoWallet", "Security", "BankAccount", "RealEstate"},
    "Vehicle": {"Vehicle", "Vessel", "Airplane"},
}  # fmt: skip
"""Schema -> the schemas under it, itself among them, as FollowTheMoney has them; ``None`` for all."""

_PROPERTY_OF = {
    "owner": ("ownershipAsset", "ownershipOwner"),
    "director": ("directorshipOrganization", "directorshipDirector"),
    "linked": ("unknownLinkTo", "unknownLinkFrom"),
}
"""Kind of relation -> property under which FollowTheMoney shows it, at the entity of which a list tells it and at the other."""
_INTERVAL = {
    "owner": ("Ownership", "owner", "asset"),
    "director": ("Directorship", "director", "organization"),
    "linked": ("UnknownLink", "subject", "object"),
}


def search_answer(opened: OpenLists, text: str, asked: FindRequest) -> Document:
    """Answer ``GET /search/{dataset}``: first the entities that are near by name, then those whose names hold all words.

    Raises:
        InputError: A number is out of its bounds, or the text cannot be looked up.
        NotFoundError: A list or scope is not known.
        UsageError: The request asks for what cannot be honoured.
    """
    asked.refuse_unheld()
    check_number("limit", asked.limit, 0, MOST_RESULTS)
    check_number("offset", asked.offset, 0, MOST_OFFSET)
    unknown = sorted(set(asked.facets) - FACETS.keys())
    if unknown:
        raise UsageError(f"there is no facet {unknown[0]!r:.60} here", where="facets", fix=f"give {', '.join(FACETS)}")
    screener = opened.screener
    known = scopes(screener.lists.states, screener.ready.formats)
    lists = lists_of(known, asked)
    index = screener.ready.index
    found = [one for one in _found(index, text, lists) if _fits(one, asked)]
    if asked.datasets:
        of_sets = {
            name for each in asked.datasets for name in lists_of(known, FindRequest(dataset=each)) or known[each]
        }
        found = [one for one in found if one.list in of_sets]
    page = found[asked.offset : asked.offset + asked.limit]
    return {
        "results": [entity_document(one) for one in page],
        "facets": {name: _facet(name, found) for name in asked.facets},
        "total": {"value": len(found), "relation": "eq"},
        "limit": asked.limit,
        "offset": asked.offset,
        "stopgap": rests_on(opened, lists),
    }


def _found(index: NameIndex, text: str, lists: frozenset[str] | None) -> list[ListedEntity]:
    text = text.strip()
    if not text:
        return [one for one in index.entities if lists is None or one.list in lists]
    if _SYNTAX.search(text):
        raise UsageError(
            "a search here takes a name or words of it, and no query language",
            where="q",
            fix="leave out fields, wildcards and operators",
        )
    fault = name_fault(text)
    if fault is not None:
        raise InputError(fault, where="q", fix="give a name, or words of one, in any script")
    [matches] = index.searched([ScreenQuery(text)], limit=MOST_RESULTS, lists=lists).matches
    entries = index.entries
    near = [entries.number(one.list, one.entity_id) for one in matches if one.score >= FLOOR]
    holding = index.holding(fold(text).split())
    numbers = dict.fromkeys([*near, *holding.tolist()])
    found = (index.entities[number] for number in numbers)
    return [one for one in found if lists is None or one.list in lists]


def _fits(entity: ListedEntity, asked: FindRequest) -> bool:
    if entity.schema in asked.exclude_schema:
        return False
    if asked.schema not in (None, "Thing") and entity.schema not in (_UNDER.get(str(asked.schema)) or {asked.schema}):
        return False
    if not asked.countries:
        return True
    here = [area_code(each, "auto") in entity.countries for each in asked.countries]
    return all(here) if asked.filter_op == "AND" else any(here)


def _facet(name: str, found: Sequence[ListedEntity]) -> Document:
    counts: Counter[tuple[str, str]] = Counter()
    for entity in found:
        if name == "datasets":
            counts[entity.list, entity.list] += 1
        elif name == "schema":
            counts[entity.schema, entity.schema] += 1
        elif name == "countries":
            counts.update(map(_country, dict.fromkeys(entity.countries)))
    values = [{"name": one, "label": label, "count": count} for (one, label), count in counts.most_common()]
    return {"label": FACETS[name], "values": values}


def _country(code: str) -> tuple[str, str]:
    area = areas().get(code)
    if area is None:
        return code.lower(), code
    return (area.iso2 or code).lower(), area.name


def entity_answer(opened: OpenLists, entity_id: str, dataset: str | None) -> Document:
    """Answer ``GET /entities/{id}`` with an entry in force; one of a person, which is not matched, too.

    Raises:
        NotFoundError: No list in force holds such an entry.
        UsageError: Several lists hold one, and none is named.
    """
    entity = _entity(opened, entity_id, dataset)
    return {
        **entity_document(entity),
        "stopgap": {**rests_on(opened, frozenset({entity.list})), "receipt": entity.receipt},
    }


ADJACENT = 10
"""Entities of a property on a page, unless told otherwise; as in yente."""


def adjacent_answer(
    opened: OpenLists, entity_id: str, dataset: str | None, *, limit: int = ADJACENT, offset: int = 0
) -> Document:
    """Answer ``GET /entities/{id}/adjacent``: owners, directors and links that the list states, each a nested entity.

    Args:
        opened: Lists in force.
        entity_id: Id of the entry.
        dataset: Its list, where several hold an entry with that id.
        limit: Entities of each property, at most.
        offset: Entities of each property that are passed over.

    Raises:
        InputError: A number is out of its bounds.
        NotFoundError: No list in force holds such an entry.
        UsageError: Several lists hold one, and none is named.
    """
    check_number("limit", limit, 0, MOST_RESULTS)
    check_number("offset", offset, 0, MOST_OFFSET)
    entity = _entity(opened, entity_id, dataset)
    lake = opened.screener.lake
    own = [
        each for each in list_relations(lake, lists=[entity.list], as_of=opened.vintage)
        if entity.entity_id in (each.entity_id, each.other)
    ]  # fmt: skip
    ids = sorted({each.other if each.entity_id == entity.entity_id else each.entity_id for each in own})
    known = {
        one.entity_id: one
        for one in entities_in_force(lake, lists=[entity.list], entity_ids=ids, context=True, as_of=opened.vintage)
    }
    found: dict[str, list[Document]] = {}
    for each in own:
        is_told = each.entity_id == entity.entity_id
        other = each.other if is_told else each.entity_id
        schema, active, passive = _INTERVAL[each.kind]
        at = passive if not is_told else active
        nested = entity_document(known[other]) if other in known else other
        properties = {at: [nested], **{name: [value] for name, value in each.particulars.items()}}
        found.setdefault(_PROPERTY_OF[each.kind][0 if is_told else 1], []).append(
            {
                "id": f"{each.kind}-{each.entity_id}-{each.other}",
                "caption": schema,
                "schema": schema,
                "properties": properties,
                "datasets": [each.list],
                "referents": [],
                "target": False,
            }
        )
    adjacent = {
        name: {
            "results": several[offset : offset + limit],
            "total": {"value": len(several), "relation": "eq"},
            "limit": limit,
            "offset": offset,
        }
        for name, several in found.items()
    }
    rests = rests_on(opened, frozenset({entity.list}))
    return {"entity": entity_document(entity), "adjacent": adjacent, "stopgap": rests}


def adjacent_by_property(answer: Document, name: str, *, limit: int, offset: int) -> Document:
    """Return the part of an answer of :func:`adjacent_answer` for one property.

    Raises:
        NotFoundError: There is no such property, or lists here tell nothing by it.
    """
    known = sorted({each for names in _PROPERTY_OF.values() for each in names})
    if name not in known:
        raise NotFoundError(
            f"nothing is adjacent by {name[:60]!r} here", where="property", fix=f"give one of {', '.join(known)}"
        )
    empty = {"results": [], "total": {"value": 0, "relation": "eq"}, "limit": limit, "offset": offset}
    return {**answer["adjacent"].get(name, empty), "stopgap": answer["stopgap"]}


def _entity(opened: OpenLists, entity_id: str, dataset: str | None) -> ListedEntity:
    screener = opened.screener
    names = [state.list for state in screener.lists.states if dataset is None or state.list == dataset]
    found = [entity for name in names if (entity := screener.entity(name, entity_id)) is not None]
    if not found:  # a person is on the list and not in the index
        found = list(entities_in_force(screener.lake, lists=names, entity_ids=[entity_id], as_of=opened.vintage))
    if not found:
        raise NotFoundError(
            "no list in force holds such an entity",
            where=f"entity {entity_id[:80]!r}",
            fix="take the id from a match, and the list with it (?dataset=LIST); an entry that was taken off is no longer there",
        )
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} lists hold an entry with this id: {', '.join(one.list for one in found)[:300]}",
            where=f"entity {entity_id[:80]!r}",
            fix="name the list: ?dataset=LIST; ids are unique within a list",
        )
    return found[0]
