"""What is answered of ownership: of one party, and of all that are covered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.listing import Listing
from stopgap.base.marking import Markable
from stopgap.screening.ownership.paths import Explained
from stopgap.screening.ownership.request import CoveredRequest, OwnershipRequest
from stopgap.screening.ownership.run import OwnershipRun, check_party, covered_parties, rule_of, run_ownership


@dataclass(frozen=True)
class CheckedParty(Markable):
    """Whether one party counts as owned by those who are listed.

    Attributes:
        run: What was asked, of which table and lists.
        found: The party, with its status, owners and chains.
    """

    run: OwnershipRun
    found: Explained

    def as_dict(self) -> dict[str, Any]:
        """As ``stopgap ownership check --format json`` prints it."""
        return {**self.run.head(), "entity": self.run.as_dict(self.found)}


@dataclass(frozen=True)
class CoveredParties(Listing[Explained]):
    """Parties that count as owned by those who are listed, then those of which it cannot be told.

    Attributes:
        run: What was asked, of which table and lists.
        covered: How many are covered.
        cannot_be_told: Of how many it cannot be told, shown or left out.
    """

    run: OwnershipRun
    covered: int
    cannot_be_told: int

    def head(self) -> dict[str, Any]:
        """What was asked, and how many were found."""
        return {**self.run.head(), "covered": self.covered, "cannot_be_told": self.cannot_be_told}

    def as_dict(self) -> dict[str, Any]:
        """As ``stopgap ownership covered --format json`` prints them."""
        return {**self.head(), "entities": list(map(self.run.as_dict, self))}


def checked_party(lake: Path, party: str, request: OwnershipRequest) -> CheckedParty:
    """Whether one party counts as owned, by its id or name.

    Raises:
        NotFoundError: No such party, file, list or rule.
        InputError: A file or the day cannot be read, or the threshold is no share.
        MissingDataError: There is no list to look at.
    """
    run = _run(lake, request)
    return CheckedParty(run, check_party(run, party))


def parties_covered(lake: Path, request: CoveredRequest) -> CoveredParties:
    """All parties that count as owned.

    Raises:
        NotFoundError, InputError, MissingDataError: As :func:`checked_party`.
    """
    run = _run(lake, request)
    covered, unknown = run.coverage.found()
    found = tuple(covered_parties(run, with_unknown=not request.only_covered))
    return CoveredParties(found, run, len(covered), len(unknown))


def _run(lake: Path, request: OwnershipRequest) -> OwnershipRun:
    rule = rule_of(
        request.rule,
        threshold=request.threshold,
        inclusive=request.inclusive,
        aggregate=request.aggregate,
        method=request.method,
    )
    listed = None if request.listed is None else Path(request.listed)
    return run_ownership(lake, request.files, rule=rule, lists=request.lists, listed=listed, as_of=request.as_of)
