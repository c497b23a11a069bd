"""Which entities count as owned by those who are listed: the 50 % rule.

Method: docs/methods/ownership.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from stopgap.screening.ownership.cascade import cascade, cascade_of_each
from stopgap.screening.ownership.effective import effective_bounds, effective_of_each
from stopgap.screening.ownership.request import OwnershipMethod
from stopgap.screening.ownership.shares import WHOLE
from stopgap.screening.ownership.table import Flags, Floats, Ints, OwnershipTable

EXACT = 5e-10
"""Effective shares are computed in floating point: a share this near to the threshold is at it."""


class Status(StrEnum):
    """What can be said of an entity."""

    LISTED = "listed"
    COVERED = "covered"
    UNKNOWN = "cannot be told"  # it depends on shares that are not known
    NOT_COVERED = "not covered"


@dataclass(frozen=True, slots=True)
class OwnershipRule:
    """When an entity counts as owned; ``threshold`` is a share (ratio).

    ``inclusive``: the threshold itself is enough. ``aggregate``: shares of several listed owners are added up.
    ``method``: how indirect ownership counts.
    """

    name: str
    threshold: float = 0.5
    inclusive: bool = True
    aggregate: bool = True
    method: OwnershipMethod = OwnershipMethod.CASCADE

    @property
    def parts(self) -> int:
        """The least sum of parts of :data:`WHOLE` that is enough."""
        return round(self.threshold * WHOLE) + (0 if self.inclusive else 1)

    @property
    def says(self) -> str:
        limit = f"{self.threshold * 100:g} % or more" if self.inclusive else f"more than {self.threshold * 100:g} %"
        owners = "listed owners together" if self.aggregate else "one listed owner alone"
        is_cascade = self.method is OwnershipMethod.CASCADE
        how = "covered owners count whole" if is_cascade else "shares multiplied along chains"
        return f"{limit}, {owners}, {how}"


RULES = {
    rule.name: rule
    for rule in (
        OwnershipRule("ofac"),
        OwnershipRule("eu"),
        OwnershipRule("eu-over-50", inclusive=False),
        OwnershipRule("uk", inclusive=False, aggregate=False),
    )
}
"""Rules by name; where each comes from stands in docs/methods/ownership.md. None of them tests control."""


@dataclass(frozen=True)
class OwnershipCoverage:
    """What a rule says of each party of a table.

    Attributes:
        listed: Of each party, whether it is listed.
        surely: Of each party, whether it is listed, or covered whatever the unknown shares are.
        possibly: Whether it is, or may be, listed or covered.
        low: The least share (ratio) of it that counts as held by listed owners: what the rule holds against the threshold.
        high: The most.
        depth: Steps from a listed owner by which it is possibly covered; 0 where listed, -1 where not.
        sure_depth: The same among those that are surely covered.
    """

    table: OwnershipTable
    rule: OwnershipRule
    listed: Flags
    surely: Flags
    possibly: Flags
    low: Floats
    high: Floats
    depth: Ints
    sure_depth: Ints

    def status(self, party: int) -> Status:
        if self.listed[party]:
            return Status.LISTED
        if self.surely[party]:
            return Status.COVERED
        return Status.UNKNOWN if self.possibly[party] else Status.NOT_COVERED

    def found(self) -> tuple[Ints, Ints]:
        """Parties that are covered, and those of which it cannot be told; listed ones are in neither."""
        covered = self.surely & ~self.listed
        unknown = self.possibly & ~self.surely & ~self.listed
        return np.flatnonzero(covered), np.flatnonzero(unknown)


def cover(table: OwnershipTable, listed: Iterable[int], rule: OwnershipRule) -> OwnershipCoverage:
    """Which parties are covered by a rule; ``listed`` are places in ``table.ids``.

    With the cascade, the covered are the least set that holds the listed and every asset of which its members own enough:
    grown from the listed until nothing is added, so that owners in a circle never cover each other. Unknown shares give two
    such sets: one with every share at its least, one with every share at its most that the others leave.
    """
    is_listed = np.zeros(len(table.ids), dtype=bool)
    is_listed[list(listed)] = True
    if rule.method is OwnershipMethod.CASCADE:
        grow = cascade if rule.aggregate else cascade_of_each
        sure, possible = (grow(table, is_listed, rule.parts, least=least) for least in (True, False))
        return OwnershipCoverage(
            table, rule, is_listed, sure.depth >= 0, possible.depth >= 0, sure.held / WHOLE, possible.held / WHOLE,
            possible.depth, sure.depth,
        )  # fmt: skip
    low, high = (effective_bounds if rule.aggregate else effective_of_each)(table, is_listed)
    reached = rule.threshold - EXACT if rule.inclusive else rule.threshold + EXACT
    surely = is_listed | (low >= reached)
    possibly = is_listed | (high >= reached) | surely
    depth = np.where(is_listed, 0, np.where(possibly, 1, -1)).astype(np.int64)
    return OwnershipCoverage(table, rule, is_listed, surely, possibly, low, high, depth, np.where(surely, depth, -1))
