"""Convert codes between revisions of the Harmonized System, with the weights of splits and joins.

A code that splits is allocated by weights and flagged as estimated; joins are
exact; a code without a counterpart is listed, never dropped. Revisions that are
not consecutive are composed through HS2017. docs/reference/goods.md describes how
each step was made.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from stopgap.base.errors import UsageError
from stopgap.codes.commodities import REVISIONS, subheadings
from stopgap.codes.files import data_tuples

if TYPE_CHECKING:
    pass

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
    return _compose(_step(from_revision, _MIDDLE), _step(_MIDDLE, to_revision))


def _compose(first: Step, second: Step) -> Step:
    found: dict[str, dict[str, tuple[float, str]]] = {}
    for good, ways in first.items():
        targets: dict[str, tuple[float, str]] = {}
        for way in ways:
            for onward in second.get(way.good, ()):
                weight, method = targets.get(onward.good, (0.0, "same"))
                weakest = max(method, way.method, onward.method, key=_WEAKER.index)
                targets[onward.good] = (weight + way.weight * onward.weight, weakest)
        if targets:
            found[good] = targets
    sources = Counter(target for targets in found.values() for target in targets)
    settled: dict[str, tuple[CodeShare, ...]] = {}
    for good, targets in found.items():
        # A part of a split may end where the second step has no counterpart; the
        # rest then stands for the whole, which makes it an estimate.
        total = sum(weight for weight, _ in targets.values())
        lost = len(first[good]) > 1 and total < 1 - 1e-9
        settled[good] = tuple(
            CodeShare(target, weight / total, _method(good, target, method, sources[target], lost))
            for target, (weight, method) in sorted(targets.items())
        )
    return settled


def _method(good: str, target: str, method: str, sources: int, lost: bool) -> str:
    if lost:
        return "correlation"
    if method in ESTIMATED_METHODS:
        return method
    if sources > 1:
        return "joined"
    return "same" if good == target else "one-to-one"


@cache
def _step(from_revision: str, to_revision: str) -> Step:
    found: dict[str, list[CodeShare]] = defaultdict(list)
    for good, target, weight, method in data_tuples(f"{from_revision}_to_{to_revision}.csv.gz".lower()):
        found[good].append(CodeShare(target, float(weight), method))
    for ways in found.values():
        if len(ways) > 1:  # the file keeps ten digits of a weight
            total = sum(way.weight for way in ways)
            ways[:] = [way._replace(weight=way.weight / total) for way in ways]
    return {good: tuple(ways) for good, ways in found.items()}
