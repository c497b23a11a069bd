"""Options of ``stopgap levers``."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.request import Option
from stopgap.lake.engines.engine_options import EngineRequest
from stopgap.panel.request import MeasureRequest

LIMIT = 25  # levers shown where nothing else is asked


class LeverKind(StrEnum):
    """What a lever is."""

    ALL = "all"
    GOOD = "good"
    HUB = "hub"
    SUPPLIER = "supplier"
    SUPPLIER_GOOD = "supplier-good"


@dataclass(frozen=True, kw_only=True)
class LeverRequest(EngineRequest, MeasureRequest):
    """Options of ``stopgap levers``.

    Raises:
        UsageError: The limit is below 0, ``by`` is unknown, or ``enforcement`` is not a day.
    """

    what_if: Annotated[
        tuple[str, ...],
        Option(
            'What would happen, such as "stop KGZ 8542" or "cut TUR 85 by 50%". May be given several times.',
            metavar="TEXT",
            flag="--if",
        ),
    ] = ()
    by: Annotated[str, Option("What a lever is.", choices=LeverKind)] = LeverKind.ALL
    limit: Annotated[int, Option("Levers shown; 0 for all.", metavar="N")] = LIMIT
    no_routes: Annotated[bool, Option("Leave out what passes through hubs; faster.")] = False
    enforcement: Annotated[
        str | None,
        Option(
            "Day of the enforcement step whose response weighs in the ranking (default: the episode's last regime date).",
            metavar="DATE",
        ),
    ] = None

    def __post_init__(self) -> None:
        if self.by not in list(LeverKind):
            raise UsageError(f"no levers by {self.by!r}", where="--by", fix=f"use {', '.join(LeverKind)}")
        if self.limit < 0:
            raise UsageError(f"a limit of {self.limit} is none", where="--limit", fix="give 0 for all, or a number")
        if self.enforcement is not None:
            try:
                dt.date.fromisoformat(self.enforcement)
            except ValueError as error:
                what, fix = f"{self.enforcement!r} is not a day", "give it as YYYY-MM-DD"
                raise UsageError(what, where="--enforcement", fix=fix) from error
