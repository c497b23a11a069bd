"""Options of ``stopgap routes``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.request import Option
from stopgap.base.vocab import Report
from stopgap.lake.engines.engine_options import EngineRequest
from stopgap.panel.request import MeasureRequest


class Leg1(StrEnum):
    """Whose report of the first leg."""

    COALITION = "coalition"
    HUB = "hub"


class RouteOrigin(StrEnum):
    """Where the first leg starts."""

    COALITION = "coalition"
    ANYONE = "anyone"


@dataclass(frozen=True, kw_only=True)
class RouteRequest(EngineRequest, MeasureRequest):
    """Options of ``stopgap routes``.

    Raises:
        UsageError: The report or the origin is unknown, or the seed is below 0.
    """

    leg1: Annotated[str, Option("Whose report of the trade between coalition and hub is used.", choices=Leg1)] = (
        Leg1.COALITION
    )
    report: Annotated[
        str, Option("Trade between hub and target as the hubs report it, or the target (mirror).", choices=Report)
    ] = Report.REPORTED
    origin: Annotated[
        str, Option("Where the first leg starts: in the coalition, or with anyone but the target.", choices=RouteOrigin)
    ] = RouteOrigin.COALITION
    seed: Annotated[int, Option("Seed of the draws of chance.", metavar="N", least=0)] = 0

    def __post_init__(self) -> None:
        if self.leg1 not in list(Leg1):
            raise UsageError(f"no report {self.leg1!r}", where="--leg1", fix="use coalition or hub")
        if self.origin not in list(RouteOrigin):
            raise UsageError(f"no origin {self.origin!r}", where="--origin", fix="use coalition or anyone")
        if self.seed < 0:
            raise UsageError(f"a seed of {self.seed}", where="--seed", fix="give a whole number from 0")
