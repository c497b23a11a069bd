"""Result types of decisions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.listing import Listing
from stopgap.screening.decisions.log import list_decisions
from stopgap.screening.decisions.request import DecisionsRequest
from stopgap.screening.decisions.states import StandingDecision


@dataclass(frozen=True)
class Decided(Listing[StandingDecision]):
    """Decisions in force, the latest first.

    Attributes:
        status: Which decisions were asked of.
    """

    status: str

    def as_dict(self) -> dict[str, Any]:
        """As ``stopgap decisions list --format json`` prints them."""
        return {"status": self.status, "decisions": [each.as_dict() for each in self]}


def decisions_of_lake(lake: Path, request: DecisionsRequest) -> Decided:
    """Decisions in force, the latest first.

    Raises:
        RefusedError: The chain of the log is broken.
    """
    return Decided(tuple(list_decisions(lake, request)), str(request.status))
