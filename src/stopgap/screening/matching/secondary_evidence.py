"""Secondary evidence of a match: identifiers, countries and addresses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from stopgap.screening.entities import BROAD_KINDS, UNIQUE_KINDS, ListedEntity
from stopgap.screening.entity_kinds import told_kind
from stopgap.screening.matching.results import FeatureScore, ScreenQuery
from stopgap.screening.names.transliteration import cyrillic_to_latin, fold

SAME_UNIQUE, SAME_NUMBER = 8.0, 5.0
"""Log odds of a shared identifier: of a kind of which a company has only one, and of other kinds."""

OTHER_UNIQUE = -4.0
"""Log odds of two different identifiers of a kind of which a company has only one."""

SAME_COUNTRY, OTHER_COUNTRY = 0.7, -1.0
"""Log odds of a shared country, and of no shared country."""

SAME_ADDRESS = 2.0
"""Log odds of addresses that share all numbers and words; proportionally less for partial agreement."""

OTHER_KIND = -3.0
"""Log odds of an entity of another kind than what was looked up: a firm and its ship can share a name."""

_LEAST_SHARED = 0.4

EntitiesByNumber = Mapping[str, Sequence[tuple[int, str]]]
"""Value of an identifier -> (entity number, kind of identifier) pairs."""


def entities_by_number(entities: Sequence[ListedEntity]) -> EntitiesByNumber:
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, entity in enumerate(entities):
        for identifier in entity.identifiers:
            found[identifier.value].append((number, identifier.kind))
    return dict(found)


def number_matches(queries: Sequence[ScreenQuery], known: EntitiesByNumber) -> list[tuple[int, int]]:
    """Return (query, entity) number pairs for each entity that shares an identifier with the query."""
    return sorted(
        {
            (place, entity)
            for place, query in enumerate(queries)
            for identifier in query.identifiers
            for entity, kind in known.get(identifier.value, ())
            if _comparable(identifier.kind, kind)
        }
    )


def beside_names(query: ScreenQuery, entity: ListedEntity) -> tuple[FeatureScore, ...]:
    """Return the evidence from identifiers, countries and addresses; none where one side lacks the data."""
    found = [_numbers(query, entity), _countries(query, entity), _address(query, entity)]
    return tuple(one for one in found if one is not None)


def other_kind(query: ScreenQuery, entity: ListedEntity) -> FeatureScore:
    """Return the evidence from an entity that is of another kind than what was looked up."""
    kind = told_kind(entity.schema, entity.names[0].text).kind
    asked = told_kind(query.schema, "").kind if query.schema else "company by its legal form"
    return FeatureScore("kind", 0.0, OTHER_KIND, f"the listed entity is of the kind {kind}; looked up was: {asked}")


def _comparable(kind: str, other: str) -> bool:
    """Whether identifiers of two kinds may be the same: a Russian tax number may be an INN; an IMO number may not."""
    return kind == other or kind in BROAD_KINDS or other in BROAD_KINDS


def _numbers(query: ScreenQuery, entity: ListedEntity) -> FeatureScore | None:
    """Return the evidence from identifiers.

    A shared identifier is strong evidence for a match; two different ones of a unique kind are evidence against it.
    """
    for one in query.identifiers:
        for other in entity.identifiers:
            if one.value == other.value and _comparable(one.kind, other.kind):
                is_unique = one.kind in UNIQUE_KINDS or other.kind in UNIQUE_KINDS
                kind = one.kind if one.kind not in BROAD_KINDS else other.kind
                return FeatureScore(
                    "identifier", 1.0, SAME_UNIQUE if is_unique else SAME_NUMBER, f"the same number: {kind} {one.value}"
                )
    for kind in sorted(UNIQUE_KINDS):
        mine, theirs = ({one.value for one in each.identifiers if one.kind == kind} for each in (query, entity))
        if mine and theirs:
            says = f"different numbers: {kind} {', '.join(sorted(mine))} and {', '.join(sorted(theirs))}"
            return FeatureScore("identifier", 0.0, OTHER_UNIQUE, says)
    return None


def _countries(query: ScreenQuery, entity: ListedEntity) -> FeatureScore | None:
    """Return the evidence from countries; it is weak, because firms have branches."""
    if not query.countries or not entity.countries:
        return None
    shared = [country for country in query.countries if country in entity.countries]
    if shared:
        return FeatureScore("country", 1.0, SAME_COUNTRY, f"the same country: {', '.join(shared)}")
    says = f"no country in common: {', '.join(query.countries)} and {', '.join(entity.countries)}"
    return FeatureScore("country", 0.0, OTHER_COUNTRY, says)


def _address(query: ScreenQuery, entity: ListedEntity) -> FeatureScore | None:
    """Return the evidence from shared words and numbers of addresses.

    Different addresses are no evidence against a match, because firms have several.
    """
    if not query.address or not entity.addresses:
        return None
    mine = _parts(query.address)
    share = max(len(mine & other) / max(min(len(mine), len(other)), 1) for other in map(_parts, entity.addresses))
    if len(mine) < 3 or share < _LEAST_SHARED:
        return None
    return FeatureScore("address", share, SAME_ADDRESS * share, f"addresses agree in {share:.0%} of their words")


def _parts(address: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", cyrillic_to_latin(fold(address[:500]))))
