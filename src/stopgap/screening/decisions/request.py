"""Options of the ``stopgap decisions`` commands on matches: decide, list, verify, export, replay."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.person import BY
from stopgap.base.request import Completes, Option

HEAD = Option("A head that the log is known to have had: shows what was cut off its end.", metavar="HASH")


class DecidedAs(StrEnum):
    """What a person makes of a match."""

    TRUE = "true"  # the same company
    FALSE = "false"  # another one
    UNDECIDED = "undecided"  # looked at, and not told


class DecisionStatus(StrEnum):
    """Which decisions are listed."""

    OPEN = "open"  # undecided or reopened
    REOPENED = "reopened"
    UNDECIDED = "undecided"
    STANDING = "standing"
    UNKNOWN = "unknown"
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class MatchDecisionRequest:
    """Options for recording a decision on a match.

    A country is an ISO3 code, or any spelling that ``stopgap economies`` knows. A decision other than ``true`` (the
    same company), ``false`` (a different one) and ``undecided`` (reviewed without a conclusion) raises UsageError.
    """

    query: Annotated[str, Option("The name that was screened.", metavar="NAME")]
    list: Annotated[str, Option("List of the match.", metavar="LIST", completes=Completes.LISTED)]
    entity: Annotated[str, Option("Its entity_id on that list.", metavar="ID")]
    decided: Annotated[str, Option("What you make of it.", flag="--as", choices=DecidedAs)]
    why: Annotated[str, Option("The reason.", metavar="TEXT")]
    countries: Annotated[
        tuple[str, ...],
        Option("Country that was screened with it.", metavar="ISO3", flag="--country", completes=Completes.ECONOMY),
    ] = ()
    identifiers: Annotated[
        tuple[str, ...],
        Option("Number that was screened with it (inn:7701234567).", metavar="KIND:VALUE", flag="--identifier"),
    ] = ()
    score: Annotated[
        float | None, Option("Score that was shown, 0 to 1 (default: what screening gives the pair now).", metavar="P")
    ] = None
    model: Annotated[str | None, Option("Version of what gave it.", metavar="VERSION")] = None
    by: Annotated[str | None, BY] = None

    def __post_init__(self) -> None:
        if self.decided not in list(DecidedAs):
            raise UsageError(f"no decision is {self.decided!r}", where="--as", fix=f"use {', '.join(DecidedAs)}")


@dataclass(frozen=True, kw_only=True)
class DecisionsRequest:
    """Options of `stopgap decisions list`.

    Status ``open`` selects undecided and reopened decisions; ``by`` ignores case.
    """

    status: Annotated[str, Option("Which decisions.", choices=DecisionStatus)] = DecisionStatus.ALL
    list: Annotated[str | None, Option("Of this list alone.", metavar="LIST", completes=Completes.LISTED)] = None
    by: Annotated[str | None, Option("By this person alone.", metavar="NAME")] = None

    def __post_init__(self) -> None:
        if self.status not in list(DecisionStatus):
            raise UsageError(f"no status {self.status!r}", where="--status", fix=f"use {', '.join(DecisionStatus)}")


@dataclass(frozen=True, kw_only=True)
class ReplayRequest:
    """Options of `stopgap decisions replay`."""

    head: Annotated[str | None, HEAD] = None
    dry_run: Annotated[bool, Option("Only say what would be done.")] = False
    by: Annotated[str | None, BY] = None
