"""Options of alerts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.person import BY
from stopgap.base.request import AS_OF, Completes, Option
from stopgap.lake.engines.engine_options import EngineRequest
from stopgap.panel.request import GOODS

DEFAULT_FDR = 0.10


class AlertDecision(StrEnum):
    """What a person made of an alert."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    WATCH = "watch"


class Listed(StrEnum):
    """Which alerts are listed."""

    OPEN = "open"
    DECIDED = "decided"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    WATCH = "watch"
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class AlertOptions(EngineRequest):
    """Options of an alert run.

    Attributes:
        goods: Goods list; ``None`` takes the episode's first list with monthly figures.
        fdr: False discovery rate.

    Raises:
        UsageError: The month or the rate is invalid.
    """

    goods: Annotated[str | Sequence[str] | None, GOODS] = None
    month: Annotated[
        str | None,
        Option("Month to test (default: those that arrived since the last run, and the newest).", metavar="YYYY-MM"),
    ] = None
    fdr: Annotated[float, Option("Share of alerts that may be chance.", metavar="SHARE")] = DEFAULT_FDR
    as_of: Annotated[str | None, AS_OF] = None

    def __post_init__(self) -> None:
        if self.month is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", self.month):
            raise UsageError(
                f"{self.month!r} is not a month", where="--month", fix="give it as YYYY-MM, such as 2024-05"
            )
        if not 0 < self.fdr <= 0.5:
            raise UsageError(
                f"{self.fdr} is no false discovery rate",
                where="--fdr",
                fix="give a share above 0 and up to 0.5, such as 0.10",
            )


@dataclass(frozen=True, kw_only=True)
class AlertFilter:
    """Options of the alert list; ``None`` lists every episode.

    Raises:
        UsageError: The status is unknown.
    """

    episode: Annotated[
        str | None, Option("Of this episode alone.", metavar="EPISODE", is_argument=True, completes=Completes.EPISODE)
    ] = None
    status: Annotated[str, Option("Which alerts.", choices=Listed)] = Listed.OPEN

    def __post_init__(self) -> None:
        if self.status not in list(Listed):
            raise UsageError(f"no status {self.status!r}", where="--status", fix=f"use {', '.join(Listed)}")


@dataclass(frozen=True, kw_only=True)
class AlertDecisionRequest:
    """Options of a decision on an alert.

    Raises:
        UsageError: The decision is unknown.
    """

    decision: Annotated[str, Option("What you make of it.", choices=AlertDecision, flag="--as")]
    why: Annotated[str, Option("The reason.", metavar="TEXT")]
    by: Annotated[str | None, BY] = None

    def __post_init__(self) -> None:
        if self.decision not in list(AlertDecision):
            raise UsageError(f"no decision {self.decision!r}", where="--as", fix=f"use {', '.join(AlertDecision)}")
