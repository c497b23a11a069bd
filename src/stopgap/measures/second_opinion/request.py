"""Options of ``stopgap counterfactual``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.request import Option
from stopgap.panel.request import KEEP_UNSTABLE, MirrorRequest


class EventStep(StrEnum):
    """How long a stretch of the event study is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Return its number of months."""
        return {"month": 1, "quarter": 3, "year": 12}[self.value]


@dataclass(frozen=True, kw_only=True)
class CounterfactualRequest(MirrorRequest):
    """Options of ``stopgap counterfactual``.

    Raises:
        UsageError: The step is unknown.
    """

    keep_unstable: Annotated[bool, KEEP_UNSTABLE] = False
    monthly: Annotated[bool, Option("Fit the Poisson model on months instead of means a year.")] = False
    step: Annotated[
        str | None,
        Option("Stretch of the event study (default: a quarter; a year for annual figures).", choices=EventStep),
    ] = None
    contrasts: Annotated[
        int, Option("Suppliers, largest gain first, set against all others.", metavar="N", least=0)
    ] = 3

    def __post_init__(self) -> None:
        if self.step is not None and self.step not in list(EventStep):
            raise UsageError(f"no stretch {self.step!r}", where="--step", fix=f"use {', '.join(EventStep)}")
