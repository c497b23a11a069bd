"""Requests and responses in the format of yente's ``POST /match/{dataset}``, so that its clients can query these lists.

The format is that of yente 3 and 4 (``features``), plus the ``explanations`` of yente 5; docs/reference/screening.md
documents which fields are filled.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from stopgap.base.errors import InputError, UsageError
from stopgap.codes.areas import areas
from stopgap.screening.entities import ListedEntity, NameKind, clean
from stopgap.screening.index.name_index import THRESHOLD
from stopgap.screening.matching.features import FEATURES
from stopgap.screening.matching.match_selection import FLOOR, ScreenOptions, choose, name_fault, reaching
from stopgap.screening.matching.request import MATCHES
from stopgap.screening.matching.results import Match, ScreenQuery
from stopgap.sources.lists.ftm import NUMBERS
from stopgap.sources.mappings.areas import area_code

Document = dict[str, Any]
Properties = dict[str, list[str]]


class Found(Protocol):
    """What a search found: see :class:`stopgap.screening.index.name_index.SearchedNames`."""

    matches: list[tuple[Match, ...]]

    def explained(self, pairs: Sequence[tuple[int, Match]]) -> list[Match]:
        """Return matches, each with the number of its query, with their features."""
        ...


Search = Callable[..., Found]
"""Search function with the signature of :meth:`stopgap.screening.index.name_index.NameIndex.searched`.

It takes ``limit`` and ``lists``.
"""

FindEntity = Callable[[str, str], ListedEntity | None]
"""Function (list, entity id) -> the listed entity, or ``None``."""

Beside = Callable[[ScreenQuery, Match], Document]
"""Function (query, match) -> what is said beside the fields of yente, such as the decision on the match."""

MOST_QUERIES = 500
"""Maximum number of queries per request."""

MOST_NAMES = 20
"""Maximum number of names looked up per query."""

SEARCHED = 100
"""Entities that are looked up of a query where some are to be left out: more than a search ever finds."""

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


@dataclass(frozen=True, slots=True)
class YenteOptions:
    """Options of a request in yente's format.

    Attributes:
        limit: Maximum number of results per query.
        threshold: Score from which ``match`` is true.
        cutoff: Minimum score of a result; ``None``: where a result is a match, those that are; where none is, the
            nearest, if the best has :data:`stopgap.screening.matching.match_selection.FLOOR` or more.
        lists: Names of the lists to search; all if ``None``.
        without_schemas: Schemas whose entities are left out.
        without_ids: Ids of entities that are left out.
    """

    limit: int = MATCHES
    threshold: float = THRESHOLD
    cutoff: float | None = None
    lists: frozenset[str] | None = None
    without_schemas: frozenset[str] = frozenset()
    without_ids: frozenset[str] = frozenset()

    @property
    def leaves_out(self) -> bool:
        """Whether entities are left out that a search finds."""
        return bool(self.without_schemas or self.without_ids)


def match(
    request: Mapping[str, Any],
    search: Search,
    *,
    find_entity: FindEntity = lambda name, entity_id: None,
    beside: Beside | None = None,
    wanted: YenteOptions | None = None,
) -> Document:
    """Answer a request in yente's format.

    Args:
        request: ``{"queries": {id: {"schema", "properties"}}}``.
        search: Function that searches queries.
        find_entity: Function that returns the full entity; if it returns ``None``, the properties are only its names.
        beside: Function that returns what stands beside yente's fields of a result, under ``stopgap``.
        wanted: Options of the request.

    Raises:
        InputError: The request or a query does not have that format, or a query has neither a valid name nor an
            identifier.
        UsageError: A query is for a person, or the request sets ``weights`` or ``config``.
    """
    wanted = wanted or YenteOptions()
    examples = _examples(request)
    asked = {key: _queries(key, example) for key, example in examples.items()}
    flat = [query for queries in asked.values() for query in queries]
    found = search(flat, limit=SEARCHED if wanted.leaves_out else wanted.limit, lists=wanted.lists)
    chosen: dict[str, list[tuple[int, Match]]] = {}
    start = 0
    for key, queries in asked.items():
        chosen[key] = _best(start, found.matches[start : start + len(queries)], wanted, find_entity)
        start += len(queries)
    explained = iter(found.explained([pair for pairs in chosen.values() for pair in pairs]))
    return {
        "responses": {
            key: _response(
                examples[key],
                [(flat[number], match) for (number, _), match in zip(pairs, explained, strict=False)],
                find_entity,
                beside,
            )
            for key, pairs in chosen.items()
        },
        "matcher": feature_docs(),
        "limit": wanted.limit,
    }


@cache
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
    found = {str(key): _example(str(key), example) for key, example in queries.items() if example is not None}
    if not found:
        raise InputError("the request holds no queries", where="queries", fix="give one at least a schema and a name")
    return found


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


def _best(
    start: int, found: Sequence[Sequence[Match]], wanted: YenteOptions, find_entity: FindEntity
) -> list[tuple[int, Match]]:
    """Merge the matches of all names of a query, whose numbers begin at ``start``: each entity once, with its best score.

    Returns pairs of the number of the name that was looked up and the match, best first.
    """
    best: dict[tuple[str, str], tuple[int, Match]] = {}
    for number, matches in enumerate(found, start=start):
        for each in matches:
            key = (each.list, each.entity_id)
            if key not in best or each.score > best[key][1].score:
                best[key] = (number, each)
    ordered = sorted((match for _, match in best.values()), key=lambda one: (-one.score, one.list, one.entity_id))
    if wanted.leaves_out:
        ordered = [one for one in ordered if not _is_left_out(one, wanted, find_entity)]
    options = ScreenOptions(wanted.threshold, wanted.limit, FLOOR)
    ordered = ordered[: wanted.limit]
    shown = choose(ordered, options) if wanted.cutoff is None else reaching(ordered, options, wanted.cutoff)
    return [(best[one.list, one.entity_id][0], one) for one in shown]


def _is_left_out(found: Match, wanted: YenteOptions, find_entity: FindEntity) -> bool:
    if found.entity_id in wanted.without_ids:
        return True
    entity = find_entity(found.list, found.entity_id) if wanted.without_schemas else None
    return entity is not None and entity.schema in wanted.without_schemas


def _response(
    example: Document, matches: Sequence[tuple[ScreenQuery, Match]], find_entity: FindEntity, beside: Beside | None
) -> Document:
    results = [_result(each, find_entity(each.list, each.entity_id), example["schema"]) for _, each in matches]
    if beside is not None:
        ties = _ties([each for _, each in matches])
        for result, (query, each), tie in zip(results, matches, ties, strict=True):
            result["stopgap"] = {**beside(query, each), "tie": tie}
        runs = (list(run) for _, run in itertools.groupby(results, key=lambda one: one["score"]))
        results = [one for run in runs for one in sorted(run, key=lambda one: -one["stopgap"].get("order", 0.0))]
    return {"status": 200, "results": results, "total": {"value": len(matches), "relation": "eq"}, "query": example}


def _ties(matches: Sequence[Match]) -> list[str | None]:
    """Return for each match why it has the same score as another; ``None`` for those whose score is their own."""
    said: list[str | None] = []
    for each in matches:
        others = [one for one in matches if one.score == each.score and one is not each]
        if not others:
            said.append(None)
            continue
        names = ", ".join(f"{one.list} {one.entity_id}" for one in others)
        is_same = all(one.matched_name.casefold() == each.matched_name.casefold() for one in others)
        why = "they bear the same name" if is_same else "their names differ from the query in the same way"
        said.append(f"the same score as {names}: {why}, and the rest of what is known speaks as much for each")
    return said


def _result(found: Match, entity: ListedEntity | None, asked_schema: str) -> Document:
    names = {"name": [found.name]}
    if found.matched_name != found.name:
        names[_NAME_PROPERTY[found.matched_kind]] = [found.matched_name]
    document = entity_document(entity) if entity else _of_names(found, names, asked_schema)
    return {
        **document,
        "score": found.score,
        "features": {each.feature: each.score for each in found.features},
        "explanations": {
            each.feature: {"score": each.score, "detail": each.says, "query": None, "candidate": found.matched_name}
            for each in found.features
        },
        "match": found.alerts,
    }


def _of_names(found: Match, names: Properties, schema: str) -> Document:
    """Return the entity of a match of which nothing but names is known."""
    return {
        "id": found.entity_id,
        "caption": found.name,
        "schema": schema,
        "properties": names,
        "datasets": [found.list],
        "referents": [],
        "target": True,
        "first_seen": None,
        "last_seen": _moment(found.list_date),
        "last_change": None,
    }


def properties_of(entity: ListedEntity) -> Properties:
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


def entity_document(entity: ListedEntity) -> Document:
    """Return a listed entity as yente's ``GET /entities/{id}`` does."""
    return {
        "id": entity.entity_id,
        "caption": entity.names[0].text,
        "schema": entity.schema,
        "properties": properties_of(entity),
        "datasets": [entity.list],
        "referents": [],
        "target": True,
        "first_seen": _moment(entity.listed_on),
        "last_seen": _moment(entity.list_date),
        "last_change": None,
    }


def _moment(day: str | None) -> str | None:
    return f"{day}T00:00:00" if day else None
