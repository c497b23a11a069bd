"""Requests and responses in the format of yente's ``POST /match/{dataset}``, so that its clients can query these lists.

The format is that of yente 3 and 4 (``features``), plus the ``explanations`` of yente 5; docs/reference/screening.md
documents which fields are filled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stopgap.base.errors import InputError, UsageError
from stopgap.codes.areas import areas
from stopgap.screening.entities import ListedEntity, NameKind, clean
from stopgap.screening.index.name_index import THRESHOLD
from stopgap.screening.matching.features import FEATURES
from stopgap.screening.matching.match_selection import FLOOR, ScreenOptions, choose, name_fault
from stopgap.screening.matching.request import MATCHES
from stopgap.screening.matching.results import Match, ScreenQuery
from stopgap.sources.lists.ftm import NUMBERS
from stopgap.sources.mappings.areas import area_code

Document = dict[str, Any]
Properties = dict[str, list[str]]
Search = Callable[..., list[tuple[Match, ...]]]
"""Search function with the signature of :meth:`stopgap.screening.index.name_index.NameIndex.search`.

It takes ``limit`` and ``explain``.
"""

FindEntity = Callable[[str, str], ListedEntity | None]
"""Function (list, entity id) -> the listed entity, or ``None``."""

MOST_QUERIES = 500
"""Maximum number of queries per request."""

MOST_NAMES = 20
"""Maximum number of names looked up per query."""

_NAMES = ("name", "alias", "previousName", "abbreviation")
_COUNTRIES = ("jurisdiction", "country", "mainCountry", "flag")
_PROPERTY_OF = {kind: name for name, kind in reversed(NUMBERS.items())}
_NAME_PROPERTY = {
    NameKind.NAME: "name",
    NameKind.ALIAS: "alias",
    NameKind.PREVIOUS: "previousName",
    NameKind.WEAK: "weakAlias",
}

_BESIDE = {
    "identifier": "a number of a register in common, or two different ones of a kind of which a company has one",
    "country": "whether a country is in common",
    "address": "share of the words of the addresses that agree",
    "kind": "an entity of another kind than the query, such as a vessel for a company",
}


def match(
    request: Mapping[str, Any],
    search: Search,
    *,
    find_entity: FindEntity = lambda name, entity_id: None,
    limit: int = MATCHES,
    threshold: float = THRESHOLD,
    cutoff: float = FLOOR,
) -> Document:
    """Answer a request in yente's format.

    Args:
        request: ``{"queries": {id: {"schema", "properties"}}}``.
        search: Function that searches queries.
        find_entity: Function that returns the full entity; if it returns ``None``, the properties are only its names.
        limit: Maximum number of results per query.
        threshold: Score from which ``match`` is true.
        cutoff: Minimum score of the best result for results to be returned if none is a match.

    Raises:
        InputError: The request or a query does not have that format, or a query has neither a valid name nor an
            identifier.
        UsageError: A query is for a person, or the request sets ``weights`` or ``config``.
    """
    examples = _examples(request)
    asked = {key: _queries(key, example) for key, example in examples.items()}
    flat = [query for queries in asked.values() for query in queries]
    found = iter(search(flat, limit=limit, explain=True))
    wanted = ScreenOptions(threshold, limit, cutoff, explain=True)
    return {
        "responses": {
            key: _response(examples[key], _best([next(found) for _ in queries], wanted), find_entity)
            for key, queries in asked.items()
        },
        "matcher": feature_docs(),
        "limit": limit,
    }


def feature_docs() -> Document:
    """Describe each feature of a result: name -> ``description``, ``coefficient``, ``url``.

    The coefficient is always 1, because a feature's contribution depends on the others (docs/methods/names.md).
    """
    said: dict[str, list[str]] = {}
    for feature in FEATURES:
        said.setdefault(feature.topic, []).append(feature.says)
    said |= {name: [words] for name, words in _BESIDE.items()}
    return {name: {"description": "; ".join(words), "coefficient": 1.0, "url": ""} for name, words in said.items()}


def _examples(request: Mapping[str, Any]) -> dict[str, Document]:
    queries = request.get("queries") if isinstance(request, Mapping) else None
    if not isinstance(queries, Mapping) or not queries:
        raise InputError(
            "the request holds no queries",
            where="queries",
            fix='send {"queries": {"a": {"schema": "Company", "properties": {"name": ["…"]}}}}',
        )
    if len(queries) > MOST_QUERIES:
        raise InputError(
            f"the request holds {len(queries):,} queries; {MOST_QUERIES} is the most",
            where="queries",
            fix="send several requests, or screen a file (stopgap screen FILE)",
        )
    for name in ("weights", "config"):
        if request.get(name):
            raise UsageError(
                f"{name} are not taken: the features here are others than yente's", where=name, fix=f"leave {name} out"
            )
    return {str(key): _example(str(key), example) for key, example in queries.items()}


def _example(key: str, example: object) -> Document:
    """Validate a query, and convert each property to a list of texts."""
    where = f"queries.{key[:60]}"
    if not isinstance(example, Mapping) or not isinstance(example.get("schema"), str):
        raise InputError("a query has no schema", where=where, fix='give "schema": "Company", and "properties"')
    if example["schema"] == "Person":
        raise UsageError(
            "persons are not screened: the methods are for names of firms and vessels",
            where=f"{where}.schema",
            fix="send persons to a tool that is made for their names",
        )
    properties = example.get("properties")
    if not isinstance(properties, Mapping):
        raise InputError("a query has no properties", where=where, fix='give "properties": {"name": ["…"]}')
    texts: Properties = {}
    for name, value in properties.items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str | int | float) for each in values if each is not None):
            raise InputError(
                "a property is neither a text nor a list of texts",
                where=f"{where}.properties.{str(name)[:60]}",
                fix="send texts; entities within entities are not read",
            )
        texts[str(name)] = [str(each) for each in values if each is not None]
    return {"id": example.get("id"), "schema": example["schema"], "properties": texts}


def _queries(key: str, example: Document) -> list[ScreenQuery]:
    """Build one query for each name, all with the same countries and identifiers."""
    properties: Properties = example["properties"]
    names = list(dict.fromkeys(text for name in _NAMES for text in properties.get(name, ())))
    found = (clean(kind, text) for name, kind in NUMBERS.items() for text in properties.get(name, ()))
    numbers = tuple(dict.fromkeys(number for number in found if number is not None))
    faults = [name_fault(name) for name in names]
    good = [name for name, fault in zip(names, faults, strict=True) if fault is None][:MOST_NAMES]
    if not good and not numbers:
        raise InputError(
            next((fault for fault in faults if fault), "the query has neither a name nor a number"),
            where=f"queries.{key[:60]}.properties.name",
            fix="give the name of a firm or vessel, in any script, or a number of a register",
        )
    codes = (area_code(text, "auto") for name in _COUNTRIES for text in properties.get(name, ()))
    countries = tuple(dict.fromkeys(code for code in codes if code is not None))
    address = next(iter(properties.get("address", ())), None)
    return [
        ScreenQuery(name, countries, numbers, address[:1000] if address else None, example["schema"])
        for name in good or [""]
    ]


def _best(found: Sequence[Sequence[Match]], wanted: ScreenOptions) -> tuple[Match, ...]:
    """Merge the matches of all names of a query: each entity once, with its best score."""
    best: dict[tuple[str, str], Match] = {}
    for each in (one for matches in found for one in matches):
        key = (each.list, each.entity_id)
        if key not in best or each.score > best[key].score:
            best[key] = each
    ordered = sorted(best.values(), key=lambda each: (-each.score, each.list, each.entity_id))
    return choose(ordered[: wanted.limit], wanted)


def _response(example: Document, matches: Sequence[Match], find_entity: FindEntity) -> Document:
    return {
        "status": 200,
        "results": [_result(each, find_entity(each.list, each.entity_id), example["schema"]) for each in matches],
        "total": {"value": len(matches), "relation": "eq"},
        "query": example,
    }


def _result(found: Match, entity: ListedEntity | None, asked_schema: str) -> Document:
    names = {"name": [found.name]}
    if found.matched_name != found.name:
        names[_NAME_PROPERTY[found.matched_kind]] = [found.matched_name]
    return {
        "id": found.entity_id,
        "caption": found.name,
        "schema": entity.schema if entity else asked_schema,
        "properties": _properties(entity) if entity else names,
        "datasets": [found.list],
        "referents": [],
        "target": True,
        "first_seen": _moment(entity.listed_on if entity else None),
        "last_seen": _moment(found.list_date),
        "last_change": None,
        "score": found.score,
        "features": {each.feature: each.score for each in found.features},
        "explanations": {
            each.feature: {"score": each.score, "detail": each.says, "query": None, "candidate": found.matched_name}
            for each in found.features
        },
        "match": found.alerts,
    }


def _properties(entity: ListedEntity) -> Properties:
    """Return the properties of a listed entity under their FollowTheMoney names."""
    known = [(code, areas().get(code)) for code in entity.countries]
    said = [
        *((_NAME_PROPERTY[name.kind], name.text) for name in entity.names),
        *(("country", (area.iso2 if area and area.iso2 else code).lower()) for code, area in known),
        *(("address", address) for address in entity.addresses),
        *((_PROPERTY_OF[number.kind], number.value) for number in entity.identifiers),
        *(("program", programme) for programme in entity.programmes),
    ]
    found: dict[str, dict[str, None]] = {}
    for name, value in said:
        found.setdefault(name, {})[value] = None
    return {name: list(values) for name, values in found.items()}


def _moment(day: str | None) -> str | None:
    return f"{day}T00:00:00" if day else None
