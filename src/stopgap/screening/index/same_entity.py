"""Which entries of several lists are one entity: by a number of a register, or by name and country."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt

from stopgap.screening.entities import BROAD_KINDS, UNIQUE_KINDS, ListedEntity, NameKind
from stopgap.screening.entity_kinds import sphere_of
from stopgap.screening.index.name_table import NameTable
from stopgap.screening.lists.titles import part_of, publisher_of

Ints = npt.NDArray[np.int64]

_MOST_ALIKE = 50
"""Entries that share a number or a name, from which the number or name is taken to tell nothing."""

_LONG = 8
"""Characters from which a number of an unspecific kind can tell an entity."""

_STRONG = (NameKind.NAME, NameKind.ALIAS, NameKind.PREVIOUS)


def same_entities(entities: Sequence[ListedEntity], table: NameTable, kinds: Sequence[NameKind]) -> Ints:
    """Return for each entity the number of the first entity that it is one with; shape (entities,).

    Two entries of different lists, or of different parts of one list, are one entity if they share a number of which a
    company or vessel has only one; or if they have a country in common and the same name, of which one entry has it as
    its own; or, on lists of the EU alone or of the US alone, if both have the same own name and one states no country.
    The same name is the same words in Latin letters, in any order, without legal forms. Entries with two different
    numbers of such a kind, with different legal forms in that name, of another sphere (a vessel and a company), or of
    one part of one list stay apart.
    """
    groups = _Groups(entities)
    for first, second in _by_number(entities):
        groups.join(first, second)
    for first, second in _by_name(entities, table, kinds):
        groups.join(first, second, by_name=True)
    return groups.numbers()


class _Groups:
    """Groups of entities, joined two by two where nothing speaks against it."""

    def __init__(self, entities: Sequence[ListedEntity]) -> None:
        self._entities = entities
        self._group: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}

    def join(self, first: int, second: int, *, by_name: bool = False) -> None:
        one, other = (self._group.get(each, each) for each in (first, second))
        if one == other:
            return
        mine, theirs = (self._members.get(each, [each]) for each in (one, other))
        if not self._may_be_one([*mine, *theirs]) or (by_name and self._are_abroad(mine, theirs)):
            return
        root = min(one, other)
        self._members[root] = sorted([*mine, *theirs])
        for each in self._members[root]:
            self._group[each] = root

    def numbers(self) -> Ints:
        found = np.arange(len(self._entities), dtype=np.int64)
        for each, root in self._group.items():
            found[each] = root
        return found

    def _may_be_one(self, members: list[int]) -> bool:
        entities = [self._entities[each] for each in members]
        is_one_sphere = len({sphere_of(each.schema) for each in entities}) == 1
        if not is_one_sphere or len({part_of(each) for each in entities}) < len(entities):
            return False
        values: dict[str, list[set[str]]] = defaultdict(list)
        for each in entities:
            own: dict[str, set[str]] = defaultdict(set)
            for number in each.identifiers:
                if number.kind in UNIQUE_KINDS:
                    own[number.kind].add(number.value)
            for kind, numbers in own.items():
                values[kind].append(numbers)
        return all(first & second for several in values.values() for first, second in pairwise(several))

    def _are_abroad(self, mine: list[int], theirs: list[int]) -> bool:
        """Whether two groups state countries, and none in common."""
        here, there = ({code for each in own for code in self._entities[each].countries} for own in (mine, theirs))
        return bool(here and there) and here.isdisjoint(there)


def _by_number(entities: Sequence[ListedEntity]) -> Iterable[tuple[int, int]]:
    """Yield pairs of entities that share a number of a kind of which a company or vessel has only one.

    A list that states no kind of a register, or a broad one, may hold the same number: one of the two must be specific.
    """
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, entity in enumerate(entities):
        for identifier in entity.identifiers:
            if identifier.kind in UNIQUE_KINDS or (identifier.kind in BROAD_KINDS and len(identifier.value) >= _LONG):
                found[identifier.value].append((number, identifier.kind))
    for several in found.values():
        specific = next((pair for pair in several if pair[1] in UNIQUE_KINDS), None)
        if specific is not None and len(several) <= _MOST_ALIKE:
            number, kind = specific
            yield from ((number, other) for other, of_kind in several if of_kind in BROAD_KINDS or of_kind == kind)


def _by_name(
    entities: Sequence[ListedEntity], table: NameTable, kinds: Sequence[NameKind]
) -> Iterable[tuple[int, int]]:
    """Yield pairs of entities with the same name, by the rule of :func:`same_entities`."""
    found: dict[str, list[tuple[int, bool, int]]] = defaultdict(list)
    sizes, forms, owners = table.words.sizes.tolist(), table.strings.forms.tolist(), table.entities.tolist()
    for row, key in enumerate(table.strings.ordered):
        kind = kinds[row]
        if key and kind in _STRONG and (kind is NameKind.NAME or sizes[row] > 1):
            found[key].append((owners[row], kind is NameKind.NAME, forms[row]))
    for several in found.values():
        if 1 < len(several) <= _MOST_ALIKE:
            for (first, first_is_own, first_forms), (second, second_is_own, second_forms) in combinations(several, 2):
                is_form_alike = not (first_forms and second_forms) or bool(first_forms & second_forms)
                if first == second or not (first_is_own or second_is_own) or not is_form_alike:
                    continue
                here, there = entities[first], entities[second]
                if not set(here.countries).isdisjoint(there.countries) or (
                    first_is_own and second_is_own and _is_open(here, there)
                ):
                    yield first, second


def _is_open(one: ListedEntity, other: ListedEntity) -> bool:
    """Whether one of two entries of the EU's lists, or of those of the US, states no country."""
    publisher = publisher_of(one.list)
    return publisher is not None and publisher == publisher_of(other.list) and not (one.countries and other.countries)
