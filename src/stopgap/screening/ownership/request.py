"""Options of the ``stopgap ownership`` commands: ownership tables, listed parties and the ownership rule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.request import Completes, Option


class RuleName(StrEnum):
    """Whose rule."""

    OFAC = "ofac"
    EU = "eu"
    EU_OVER_50 = "eu-over-50"
    UK = "uk"


class OwnershipMethod(StrEnum):
    """How indirect ownership counts."""

    CASCADE = "cascade"  # an entity that is covered counts whole at the next level
    EFFECTIVE = "effective"  # shares are multiplied along each chain and added up


@dataclass(frozen=True, kw_only=True)
class OwnershipRequest:
    """Options of all `stopgap ownership` commands; several ownership files are read as one table.

    All lists of the lake are used, unless ``listed`` is given: then none. Rule settings that are ``None`` take the
    value of the named rule. An unknown method raises UsageError.
    """

    ownership: Annotated[
        tuple[str | Path, ...],
        Option("Who owns what: CSV, or FollowTheMoney entities; may be given several times.", metavar="FILE"),
    ]
    lists: Annotated[
        tuple[str, ...],
        Option("List of the lake (default: all).", metavar="LIST", flag="--list", completes=Completes.LISTED),
    ] = ()
    listed: Annotated[
        str | Path | None, Option("Ids of the table that count as listed, one a line.", metavar="FILE")
    ] = None
    rule: Annotated[str, Option("Whose rule.", choices=RuleName)] = RuleName.OFAC
    threshold: Annotated[float | None, Option("Another threshold.", metavar="PERCENT")] = None
    inclusive: Annotated[
        bool | None, Option("Whether the threshold itself is enough.", flag="--inclusive/--exclusive")
    ] = None
    aggregate: Annotated[bool | None, Option("Whether listed owners are added up.", flag="--aggregate/--each")] = None
    method: Annotated[str | None, Option("How indirect ownership counts.", choices=OwnershipMethod)] = None
    as_of: Annotated[str | None, Option("Shares and lists of a day (default: the latest of each).", metavar="DAY")] = (
        None
    )

    def __post_init__(self) -> None:
        if self.method is not None and self.method not in list(OwnershipMethod):
            raise UsageError(f"no method {self.method!r}", where="--method", fix=f"use {', '.join(OwnershipMethod)}")

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(map(Path, self.ownership))


@dataclass(frozen=True, kw_only=True)
class CoveredRequest(OwnershipRequest):
    """Options of `stopgap ownership covered`."""

    only_covered: Annotated[bool, Option("Leave out those of which it cannot be told.")] = False
