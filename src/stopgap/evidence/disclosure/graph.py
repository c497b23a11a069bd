"""Dependency graph of evidence, with the marking that each item inherits.

Pure: nothing is read or written. Items form an acyclic graph; rows and numbers belong to items. An item inherits the
strictest marking of its inputs. Only a release, an explicit decision with a reason, lowers that of an aggregate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from stopgap.base.errors import InputError
from stopgap.base.marking import Marking, strictest

RELEASABLE = frozenset({"finding", "extract", "verdict", "number"})
"""Kinds of items whose marking a release can lower: aggregates of rows, never rows or texts written by people."""


@dataclass(frozen=True)
class AggregateRelease:
    """A logged decision, with its reason, that gives an aggregate a less strict marking than its inputs have."""

    id: str
    item: str
    marking: Marking
    who: str
    when: str
    why: str


@dataclass(frozen=True)
class Item:
    """One piece of evidence.

    ``own`` is its own marking; where it is ``None``, the inputs alone decide. A release has an effect only on an
    aggregate of its inputs (``is_aggregate``). ``whole``: it is disclosed with all of its numbers or not at all, since
    it cannot be shown in part, such as a page.
    """

    id: str
    kind: str
    title: str
    own: Marking | None = None
    inputs: tuple[str, ...] = ()
    release: AggregateRelease | None = None
    is_aggregate: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Atom:
    """The value of one row, ``None`` where it is missing, which is not zero; its marking is that of its item.

    ``contributor`` is the reporter whose figure it is, or the company for declarations.
    """

    id: str
    item: str
    contributor: str
    value: float | None


@dataclass(frozen=True)
class LinearNumber:
    """A figure that is linear in rows: a sum, a mean, a difference; ``value`` is ``None`` where it is missing.

    ``parts``: atom id to the row's weight; every row belongs to a direct or indirect input of the number's item, or to
    the item itself. Where not all numbers can be published, those with the lowest ``priority`` value come first.
    """

    id: str
    item: str
    parts: Mapping[str, Fraction]
    value: float | None
    priority: int = 0


@dataclass(frozen=True)
class Derived:
    """A figure computed from numbers, such as a share, a ratio or an interval; ``of`` holds the ids of the numbers."""

    id: str
    item: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class RefusedRelease:
    """A release that has no effect on its item, and the reason."""

    item: str
    release: AggregateRelease
    why: str


@dataclass(frozen=True)
class EvidenceGraph:
    """Items with their rows, numbers and derived figures.

    Raises:
        InputError: An id is duplicate or missing, items depend on each other in a cycle, a value is not finite, or a
            number uses a row that is not an input of its item.
    """

    items: tuple[Item, ...]
    atoms: tuple[Atom, ...] = ()
    numbers: tuple[LinearNumber, ...] = ()
    derived: tuple[Derived, ...] = ()

    def __post_init__(self) -> None:
        """Validate the graph; raise InputError if it is inconsistent."""
        _unique("item", self.items)
        _unique("row", self.atoms)
        _unique("number", self.numbers)
        _unique("derived figure", self.derived)
        _known("item", self.item, [name for item in self.items for name in item.inputs])
        for hanging in (self.atoms, self.numbers, self.derived):
            _known("item", self.item, [each.item for each in hanging])
        _known("number", self.number, [name for each in self.derived for name in each.of])
        for atom in self.atoms:
            if atom.value is not None and not math.isfinite(atom.value):
                raise _fault(f"the value of row {atom.id} is not finite", "leave a missing value out as None")
        _ = self.in_order
        self._check_numbers()

    @cached_property
    def item(self) -> Mapping[str, Item]:
        """Items by id."""
        return {item.id: item for item in self.items}

    @cached_property
    def atom(self) -> Mapping[str, Atom]:
        """Atoms by id."""
        return {atom.id: atom for atom in self.atoms}

    @cached_property
    def number(self) -> Mapping[str, LinearNumber]:
        """Numbers by id."""
        return {number.id: number for number in self.numbers}

    @cached_property
    def in_order(self) -> tuple[Item, ...]:
        """Items in topological order: each after all of its inputs."""
        sorter = TopologicalSorter({item.id: item.inputs for item in self.items})
        try:
            return tuple(self.item[name] for name in sorter.static_order())
        except CycleError as error:
            names = " -> ".join(error.args[1])
            raise _fault(f"items rest on each other in a circle: {names}", "take one of these out") from None

    @cached_property
    def effective(self) -> Mapping[str, Marking]:
        """Marking of each item by id: the strictest of its own and its inputs', or that of its release in force."""
        return self._resolved[0]

    @cached_property
    def refused_releases(self) -> tuple[RefusedRelease, ...]:
        """Releases without effect, each with the reason in words."""
        return self._resolved[1]

    def is_released(self, name: str) -> bool:
        """Return whether an item has a release that is in effect."""
        return self.item[name].release is not None and all(each.item != name for each in self.refused_releases)

    def rests_on(self, name: str) -> frozenset[str]:
        """Return the ids of all direct and indirect inputs of an item, and its own id."""
        seen, waiting = {name}, [name]
        while waiting:
            new = [each for each in self.item[waiting.pop()].inputs if each not in seen]
            seen.update(new)
            waiting.extend(new)
        return frozenset(seen)

    @cached_property
    def _resolved(self) -> tuple[Mapping[str, Marking], tuple[RefusedRelease, ...]]:
        effective: dict[str, Marking] = {}
        refused: list[RefusedRelease] = []
        for item in self.in_order:
            inherited = [effective[name] for name in item.inputs]
            marking = strictest([*inherited, item.own] if item.own else inherited)
            if item.release is not None:
                why = release_fault(item, item.release, marking)
                if why is None:
                    marking = item.release.marking
                else:
                    refused.append(RefusedRelease(item.id, item.release, why))
            effective[item.id] = marking
        return effective, tuple(refused)

    def _check_numbers(self) -> None:
        below: dict[str, frozenset[str]] = {}
        for number in self.numbers:
            if number.item not in below:
                below[number.item] = self.rests_on(number.item)
            _known("row", self.atom, number.parts)
            stray = {self.atom[name].item for name in number.parts} - below[number.item]
            if stray:
                raise _fault(
                    f"number {number.id} uses rows of {min(stray)}, which {number.item} does not rest on",
                    "name that item among the inputs",
                )


def release_fault(item: Item, release: AggregateRelease, marking: Marking) -> str | None:
    """Return why a release has no effect on an item; ``None`` if it has.

    ``marking`` is the item's marking without the release.
    """
    if release.item != item.id:
        return f"it is about {release.item}, not about this item"
    if item.kind not in RELEASABLE:
        return f"a {item.kind} cannot be released: only aggregates can ({', '.join(sorted(RELEASABLE))})"
    if not item.is_aggregate:
        return f"this {item.kind} is no aggregate: it shows what it rests on as it is"
    if not release.why.strip():
        return "it gives no reason"
    if release.marking.tlp > marking.tlp or not _widens(marking, release.marking):
        return f"it would raise the marking from {marking.label} to {release.marking.label}"
    return None


def _widens(before: Marking, after: Marking) -> bool:
    """Return whether a release's list of economies keeps all that were listed before.

    A new list, where there was none, is allowed only with a lower level.
    """
    if after.releasable_to is None:
        return True
    if before.releasable_to is None:
        return after.tlp < before.tlp
    return before.releasable_to <= after.releasable_to


def _unique(what: str, things: Iterable[Item | Atom | LinearNumber | Derived]) -> None:
    seen: set[str] = set()
    for thing in things:
        if thing.id in seen:
            raise _fault(f"{what} {thing.id} is there twice", "give each its own id")
        seen.add(thing.id)


def _known(what: str, known: Mapping[str, object], names: Mapping[str, Fraction] | list[str]) -> None:
    for name in names:
        if name not in known:
            raise _fault(f"{what} {name} is not in the graph", "add it, or take out what refers to it")


def _fault(what: str, fix: str) -> InputError:
    return InputError(what, where="evidence graph", fix=fix)
