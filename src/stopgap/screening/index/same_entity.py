"""Which entries of several lists are one entity: by a number of a register, or by name and country."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stopgap.screening.entities import UNIQUE_KINDS, ListedEntity, NameKind
from stopgap.screening.entity_kinds import sphere_of
from stopgap.screening.index.name_table import NameTable
from stopgap.screening.lists.titles import part_of

Ints = npt.NDArray[np.int64]

_MOST_ALIKE = 50
"""Entries that share a number or a name, from which the number or name is taken to tell nothing."""

_STRONG = (NameKind.NAME, NameKind.ALIAS, NameKind.PREVIOUS)


def same_entities(entities: Sequence[ListedEntity], table: NameTable, kinds: Sequence[NameKind]) -> Ints:
    """Return for each entity the number of the first entity that it is one with; shape (entities,).

    Two entries of different lists, or of different parts of one list, are one entity if they share a number of which a
    company or vessel has only one, or have a country in common and the same name: the same words, in any order and
    script that transliterates alike, of which one entry has them as its own name. Entries with two different numbers
    of such a kind, with different legal forms in that name, of another sphere (a vessel and a company), or of one part
    of one list stay apart.
    """
    groups = _Groups(entities)
    for first, second in _by_number(entities):
        groups.join(first, second)
    for first, second in _by_name(entities, table, kinds):
        groups.join(first, second)
    return groups.numbers()


class _Groups:
    """Groups of entities, joined two by two where nothing speaks against it."""

    def __init__(self, entities: Sequence[ListedEntity]) -> None:
        self._entities = entities
        self._group: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}

    def join(self, first: int, second: int) -> None:
        one, other = (self._group.get(each, each) for each in (first, second))
        if one == other:
            return
        mine, theirs = (self._members.get(each, [each]) for each in (one, other))
        if not self._may_be_one([*mine, *theirs]):
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
        if len({sphere_of(each.schema) for each in entities}) > 1 or len({part_of(each) for each in entities}) < len(
            entities
        ):
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


def _by_number(entities: Sequence[ListedEntity]) -> Iterable[tuple[int, int]]:
    """Yield pairs of entities that share a number of a kind of which a company or vessel has only one."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, entity in enumerate(entities):
        for identifier in entity.identifiers:
            if identifier.kind in UNIQUE_KINDS:
                found[identifier.kind, identifier.value].append(number)
    for several in found.values():
        if len(several) <= _MOST_ALIKE:
            yield from ((several[0], other) for other in several[1:])


def _by_name(
    entities: Sequence[ListedEntity], table: NameTable, kinds: Sequence[NameKind]
) -> Iterable[tuple[int, int]]:
    """Yield pairs of entities with the same name and a country in common; one bears it as its own name."""
    found: dict[str, list[tuple[int, bool, int]]] = defaultdict(list)
    sizes, forms, owners = table.words.sizes.tolist(), table.strings.forms.tolist(), table.entities.tolist()
    for row, key in enumerate(table.strings.ordered):
        kind = kinds[row]
        if key and kind in _STRONG and (kind is NameKind.NAME or sizes[row] > 1):
            found[key].append((owners[row], kind is NameKind.NAME, forms[row]))
    for several in found.values():
        if 1 < len(several) <= _MOST_ALIKE:
            for place, (first, first_is_own, first_forms) in enumerate(several):
                for second, second_is_own, second_forms in several[place + 1 :]:
                    is_form_alike = not (first_forms and second_forms) or bool(first_forms & second_forms)
                    if first == second or not (first_is_own or second_is_own) or not is_form_alike:
                        continue
                    if not set(entities[first].countries).isdisjoint(entities[second].countries):
                        yield first, second
