"""Convert codes between revisions of the Harmonized System, with the weights of splits and joins.

A code that splits is allocated by weights and flagged as estimated; joins are
exact; a code without a counterpart is listed, never dropped. Revisions that are
not consecutive are composed through HS2017. docs/reference/goods.md describes how
each step was made.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from stopgap.base.errors import UsageError
from stopgap.codes.commodities import REVISIONS, subheadings
from stopgap.codes.files import data_tuples

_MIDDLE = "HS2017"
ESTIMATED_METHODS = frozenset({"weights", "correlation"})
_WEAKER = ("same", "one-to-one", "joined", "weights", "correlation")
"""Methods, the weakest last: a step composed of two has the weaker of their methods."""


class CodeShare(NamedTuple):
    """One link of a code to a code of the other revision: the share ``weight`` of its value goes to ``good``.

    Methods: ``same`` (the code kept its scope), ``one-to-one`` (renumbered),
    ``joined`` (one of several codes that became one), ``weights`` (published
    value weights), ``correlation`` (related codes without published weights).
    """

    good: str
    weight: float
    method: str

    @property
    def is_estimated(self) -> bool:
        """Whether the weight is an estimated allocation, not defined by the nomenclature."""
        return self.method in ESTIMATED_METHODS


Step = Mapping[str, tuple[CodeShare, ...]]


@cache
def links(from_revision: str, to_revision: str) -> Step:
    """Return the links of each HS6 code of one revision to another revision; the weights of a code sum to 1.

    Codes without a counterpart are absent. UsageError where a revision is not in the package.
    """
    for revision in (from_revision, to_revision):
        if revision not in REVISIONS:
            raise UsageError(
                f"there is no concordance for {revision!r}",
                where=f"{from_revision} to {to_revision}",
                fix=f"use {', '.join(REVISIONS)}",
            )
    if from_revision == to_revision:
        return {code: (CodeShare(code, 1.0, "same"),) for code in subheadings("", from_revision)}
    if _MIDDLE in (from_revision, to_revision):
        return _step(from_revision, to_revision)
    return _ComposedLinks(from_revision, to_revision)


def sources_of(good: str, from_revision: str, to_revision: str) -> frozenset[str]:
    """Return the codes of one revision that have a link to a code of another, whatever its weight."""
    if from_revision == to_revision:
        return frozenset((good,)) & links(from_revision, to_revision).keys()
    if _MIDDLE in (from_revision, to_revision):
        return _sources(from_revision, to_revision).get(good, frozenset())
    first = _sources(from_revision, _MIDDLE)
    middle = _sources(_MIDDLE, to_revision).get(good, frozenset())
    return frozenset().union(*(first.get(each, frozenset()) for each in middle))


@cache
def _sources(from_revision: str, to_revision: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for source, rows in _step(from_revision, to_revision).rows.items():
        for _, target, _, _ in rows:
            found[target].append(source)
    return {good: frozenset(sources) for good, sources in found.items()}


class _LazyLinks(Mapping[str, tuple[CodeShare, ...]]):
    """Links of codes; those of a code are made the first time that they are asked for."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[CodeShare, ...]] = {}

    def __getitem__(self, good: str) -> tuple[CodeShare, ...]:
        found = self._found.get(good)
        if found is None:
            if not self._has(good):
                raise KeyError(good)
            found = self._found[good] = self._made(good)
        return found

    def __contains__(self, good: object) -> bool:
        return isinstance(good, str) and self._has(good)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @abstractmethod
    def _has(self, good: str) -> bool:
        """Whether a code has a counterpart."""

    @abstractmethod
    def _made(self, good: str) -> tuple[CodeShare, ...]:
        """Make the links of a code that has a counterpart."""


class _ComposedLinks(_LazyLinks):
    """Links between revisions that are not consecutive, through HS2017."""

    def __init__(self, from_revision: str, to_revision: str) -> None:
        super().__init__()
        self._revisions = (from_revision, to_revision)
        self._first, self._second = _step(from_revision, _MIDDLE), _step(_MIDDLE, to_revision)

    def __iter__(self) -> Iterator[str]:
        return filter(self._has, self._first)

    def _has(self, good: str) -> bool:
        return any(way.good in self._second for way in self._first.get(good, ()))

    def _made(self, good: str) -> tuple[CodeShare, ...]:
        targets: dict[str, tuple[float, str]] = {}
        for way in self._first[good]:
            for onward in self._second.get(way.good, ()):
                weight, method = targets.get(onward.good, (0.0, "same"))
                weakest = max(method, way.method, onward.method, key=_WEAKER.index)
                targets[onward.good] = (weight + way.weight * onward.weight, weakest)
        # A part of a split may end where the second step has no counterpart; the
        # rest then stands for the whole, which makes it an estimate.
        total = sum(weight for weight, _ in targets.values())
        lost = len(self._first[good]) > 1 and total < 1 - 1e-9
        return tuple(
            CodeShare(target, weight / total, _method(good, target, method, self._sources(target), lost))
            for target, (weight, method) in sorted(targets.items())
        )

    def _sources(self, target: str) -> int:
        return len(sources_of(target, *self._revisions))


def _method(good: str, target: str, method: str, sources: int, lost: bool) -> str:
    if lost:
        return "correlation"
    if method in ESTIMATED_METHODS:
        return method
    if sources > 1:
        return "joined"
    return "same" if good == target else "one-to-one"


@cache
def _step(from_revision: str, to_revision: str) -> _PackagedLinks:
    return _PackagedLinks(from_revision, to_revision)


class _PackagedLinks(_LazyLinks):
    """Links between consecutive revisions, from the file of the package.

    ``rows`` are the file's rows by code: each with the code, its counterpart, the weight and the method.
    """

    def __init__(self, from_revision: str, to_revision: str) -> None:
        super().__init__()
        self.rows: dict[str, list[list[str]]] = {}
        for row in data_tuples(f"{from_revision}_to_{to_revision}.csv.gz".lower()):
            self.rows.setdefault(row[0], []).append(row)

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def _has(self, good: str) -> bool:
        return good in self.rows

    def _made(self, good: str) -> tuple[CodeShare, ...]:
        ways = [CodeShare(target, float(weight), method) for _, target, weight, method in self.rows[good]]
        if len(ways) > 1:  # the file keeps ten digits of a weight
            total = sum(way.weight for way in ways)
            ways = [way._replace(weight=way.weight / total) for way in ways]
        return tuple(ways)
