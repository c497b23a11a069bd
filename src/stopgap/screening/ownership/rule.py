"""Apply an ownership rule (the 50 % rule) to find the entities that count as owned by listed parties.

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
"""Tolerance for effective shares, computed in floating point: a share this close to the threshold equals it."""


class Status(StrEnum):
    """Coverage status of an entity under an ownership rule."""

    LISTED = "listed"
    COVERED = "covered"
    UNKNOWN = "cannot be told"  # it depends on shares that are not known
    NOT_COVERED = "not covered"


@dataclass(frozen=True, slots=True)
class OwnershipRule:
    """Conditions under which an entity counts as owned by listed parties; ``threshold`` is a share (ratio).

    ``inclusive``: a share equal to the threshold suffices. ``aggregate``: shares of several listed owners are summed.
    ``method``: how indirect ownership is counted.
    """

    name: str
    threshold: float = 0.5
    inclusive: bool = True
    aggregate: bool = True
    method: OwnershipMethod = OwnershipMethod.CASCADE

    @property
    def parts(self) -> int:
        """Return the smallest number of parts of :data:`WHOLE` that meets the threshold."""
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
"""Ownership rules by name; docs/methods/ownership.md gives the source of each. None of them tests control."""


@dataclass(frozen=True)
class OwnershipCoverage:
    """Result of applying a rule to an ownership table, one array element per party.

    Attributes:
        listed: Whether the party is listed.
        surely: Whether it is listed, or covered whatever the unknown shares are.
        possibly: Whether it is, or may be, listed or covered.
        low: Lower bound of the share (ratio) of it that counts as held by listed owners; compared with the threshold.
        high: Upper bound of that share.
        depth: Number of steps from a listed owner by which it is possibly covered; 0 if listed, -1 if not covered.
        sure_depth: The same for parties that are surely covered.
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
        """Return the parties that are covered, and those whose status is unknown; neither contains listed parties."""
        covered = self.surely & ~self.listed
        unknown = self.possibly & ~self.surely & ~self.listed
        return np.flatnonzero(covered), np.flatnonzero(unknown)


def cover(table: OwnershipTable, listed: Iterable[int], rule: OwnershipRule) -> OwnershipCoverage:
    """Determine which parties of a table a rule covers; ``listed`` are positions in ``table.ids``.

    With the cascade method, the covered parties are the smallest set that contains the listed ones and every asset of
    which its members own enough. It is grown from the listed parties until nothing is added, so that owners in a cycle
    never cover each other. Unknown shares give two such sets: one with every share at its minimum, one with every share
    at the maximum that the others leave.
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
