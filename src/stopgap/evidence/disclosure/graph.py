"""Dependency graph of evidence, with the marking that each piece inherits.

Pure: nothing is read or written. Items form a graph without cycles; rows and numbers hang on items. A marking is
inherited upwards by the strictest input. Only a release, an explicit decision with a reason, lowers that of an aggregate.
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
"""Kinds that a release can lower: what sums up rows, never rows themselves or what somebody wrote."""


@dataclass(frozen=True)
class AggregateRelease:
    """A decision, logged with its reason, that an aggregate may go further than what it rests on."""

    id: str
    item: str
    marking: Marking
    who: str
    when: str
    why: str


@dataclass(frozen=True)
class Item:
    """One piece of evidence.

    ``own`` is the marking that was put on it; where it is ``None``, its inputs alone decide. A release has an effect on
    what sums up what it rests on (``is_aggregate``). ``whole``: it goes with all of its numbers or not at all, for it
    cannot be shown in part, such as a page.
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

    The contributor is whose figure it is: the reporter, or the company for declarations.
    """

    id: str
    item: str
    contributor: str
    value: float | None


@dataclass(frozen=True)
class LinearNumber:
    """A figure that is linear in rows: a sum, a mean, a difference; ``None`` where it is missing.

    ``parts``: atom id to the weight that the row has in it; every row belongs to an item that this one rests on. Where
    not all numbers can be kept, those of the lowest priority are kept first.
    """

    id: str
    item: str
    parts: Mapping[str, Fraction]
    value: float | None
    priority: int = 0


@dataclass(frozen=True)
class Derived:
    """A figure made of numbers, such as a share, a ratio or an interval: ``of`` names those it can be computed from."""

    id: str
    item: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class RefusedRelease:
    """A release that has no effect on the item that carries it, and why not."""

    item: str
    release: AggregateRelease
    why: str


@dataclass(frozen=True)
class EvidenceGraph:
    """Items with what hangs on them.

    Refuses (InputError) an id that is there twice or missing, items that rest on each other in a circle, a value that
    is not finite, and a number that uses a row which its item does not rest on.
    """

    items: tuple[Item, ...]
    atoms: tuple[Atom, ...] = ()
    numbers: tuple[LinearNumber, ...] = ()
    derived: tuple[Derived, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what does not hold together."""
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
        """Items, each after all that it rests on."""
        sorter = TopologicalSorter({item.id: item.inputs for item in self.items})
        try:
            return tuple(self.item[name] for name in sorter.static_order())
        except CycleError as error:
            names = " -> ".join(error.args[1])
            raise _fault(f"items rest on each other in a circle: {names}", "take one of these out") from None

    @cached_property
    def effective(self) -> Mapping[str, Marking]:
        """Marking of each item by id: the strictest of its own and its inputs', or that of its release."""
        return self._resolved[0]

    @cached_property
    def refused_releases(self) -> tuple[RefusedRelease, ...]:
        """Releases without effect, each with the reason in words."""
        return self._resolved[1]

    def is_released(self, name: str) -> bool:
        """Whether a release has effect on an item."""
        return self.item[name].release is not None and all(each.item != name for each in self.refused_releases)

    def rests_on(self, name: str) -> frozenset[str]:
        """Ids of all that an item rests on, however far down, and its own."""
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
    """Why a release has no effect on an item that is so marked without it; ``None`` where it has."""
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
    """Whether a release list drops nobody; a new list, where there was none, is allowed only with a lower level."""
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
