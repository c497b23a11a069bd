"""Convert codes between revisions of the Harmonized System, with the weights of splits and joins.

A code that splits is allocated by weights and flagged as estimated; joins are
exact; a code without a counterpart is listed, never dropped. Revisions that are
not neighbours are composed through HS2017. How each step was made stands in
docs/reference/goods.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from stopgap.base.errors import UsageError
from stopgap.codes.commodities import REVISIONS, subheadings
from stopgap.codes.files import data_tuples

if TYPE_CHECKING:
    import pyarrow as pa

_MIDDLE = "HS2017"
ESTIMATED_METHODS = frozenset({"weights", "correlation"})


class CodeShare(NamedTuple):
    """One code's part in a code of the other revision: ``weight`` of its value goes to ``good``."""

    good: str
    weight: float
    method: str

    @property
    def is_estimated(self) -> bool:
        """Whether the weight is an allocation rather than a fact of the nomenclature."""
        return self.method in ESTIMATED_METHODS


Step = Mapping[str, tuple[CodeShare, ...]]


def concordance(from_revision: str, to_revision: str) -> pa.Table:
    """HS6 codes of one revision in terms of another.

    Columns ``good_from``, ``good_to``, ``weight`` (share of the value of
    ``good_from``; sums to 1 over its rows), ``method`` and ``is_estimated``.
    Methods: ``same`` (the code kept its scope), ``one-to-one`` (renumbered),
    ``joined`` (one of several codes that became one), ``weights`` (published
    value weights), ``correlation`` (related codes without published weights).
    Codes without a counterpart have no row: see :func:`without_counterpart`.

    Raises:
        UsageError: A revision is not in the package.
    """
    import pyarrow as pa

    flat = [(good, *link) for good, found in links(from_revision, to_revision).items() for link in found]
    return pa.table(
        {
            "good_from": pa.array([r[0] for r in flat], pa.string()),
            "good_to": pa.array([r[1] for r in flat], pa.string()),
            "weight": pa.array([r[2] for r in flat], pa.float64()),
            "method": pa.array([r[3] for r in flat], pa.string()),
            "is_estimated": pa.array([r[3] in ESTIMATED_METHODS for r in flat], pa.bool_()),
        }
    )


def without_counterpart(from_revision: str, to_revision: str) -> tuple[str, ...]:
    """HS6 codes of one revision that the concordance cannot place in the other, sorted.

    Raises:
        UsageError: A revision is not in the package.
    """
    placed = links(from_revision, to_revision)
    return tuple(code for code in subheadings("", from_revision) if code not in placed)


@cache
def links(from_revision: str, to_revision: str) -> Step:
    """The concordance as a mapping: HS6 code to its links, for look-ups code by code.

    Raises:
        UsageError: A revision is not in the package.
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
                targets[onward.good] = (
                    weight + way.weight * onward.weight,
                    _weaker(method, _weaker(way.method, onward.method)),
                )
        if targets:
            found[good] = targets
    return _settled(found, first)


def _settled(found: Mapping[str, Mapping[str, tuple[float, str]]], first: Step) -> Step:
    sources: dict[str, int] = defaultdict(int)
    for targets in found.values():
        for target in targets:
            sources[target] += 1
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


_ORDER = ("same", "one-to-one", "joined", "weights", "correlation")


def _weaker(one: str, other: str) -> str:
    return max(one, other, key=_ORDER.index)


@cache
def _step(from_revision: str, to_revision: str) -> Step:
    found: dict[str, list[CodeShare]] = defaultdict(list)
    for good, target, weight, method in data_tuples(f"{from_revision}_to_{to_revision}.csv.gz".lower()):
        found[good].append(CodeShare(target, float(weight), method))
    return {good: _normalised(ways) for good, ways in found.items()}


def _normalised(ways: list[CodeShare]) -> tuple[CodeShare, ...]:
    if len(ways) == 1:
        return tuple(ways)
    # The file keeps ten digits of a weight.
    total = sum(way.weight for way in ways)
    return tuple(way._replace(weight=way.weight / total) for way in ways)
