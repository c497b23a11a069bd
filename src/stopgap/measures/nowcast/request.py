"""Options of ``stopgap nowcast``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.request import Option
from stopgap.base.vocab import Frequency, Report
from stopgap.lake.engines.engine_options import EngineRequest
from stopgap.panel.request import MeasureRequest

WINDOW_MONTHS = 3
MOST_MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class NowcastRequest(EngineRequest, MeasureRequest):
    """Options of the nowcast of the symmetric ratio.

    Raises:
        UsageError: The window is not 1 to 12 months, the figures are to be annual, or the report is the target's own.
    """

    window: Annotated[
        int, Option("Months of each figure, the last one named.", metavar="MONTHS", least=1, most=MOST_MONTHS)
    ] = WINDOW_MONTHS

    def __post_init__(self) -> None:
        if not 1 <= self.window <= MOST_MONTHS:
            raise UsageError(
                f"a window of {self.window} months",
                where="--window",
                fix=f"give 1 to {MOST_MONTHS} months, such as {WINDOW_MONTHS}",
            )
        if self.frequency == Frequency.ANNUAL:
            raise UsageError(
                "a nowcast is of months, and annual figures were asked for",
                where="--frequency",
                fix="use M, or leave it out; stopgap measure takes annual figures",
            )
        if self.report == Report.MIRROR:
            raise UsageError(
                "a nowcast needs the reports of the target's partners: the target's own say nothing of other destinations",
                where="--report",
                fix="use reported, or leave it out",
            )
