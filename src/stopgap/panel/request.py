"""What users ask of a measure: goods, windows, figures and vintage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from stopgap.base.request import AS_OF, Option
from stopgap.base.vocab import Frequency, Report

if TYPE_CHECKING:
    from stopgap.panel.prepare import MeasureOptions

GOODS = Option(
    "Goods list by name (stopgap goods) or file (default: the episode's first that can be measured).", metavar="LIST"
)


@dataclass(frozen=True, kw_only=True)
class FiguresRequest:
    """Which goods and windows of an episode are looked at; its own windows when ``None``."""

    goods: Annotated[str | None, GOODS] = None
    baseline: Annotated[str | None, Option("Baseline in months, such as 2021-01:2021-12.", metavar="FROM:TO")] = None
    after: Annotated[str | None, Option("After-window in months, such as 2023-01:2023-12.", metavar="FROM:TO")] = None
    frequency: Annotated[
        str | None,
        Option("Annual (A) or monthly (M) figures (default: those that hold most of the trade).", choices=Frequency),
    ] = None

    def options(self) -> MeasureOptions:
        """The request as values; refuses what is no window (EpisodeError), frequency or report (UsageError)."""
        from stopgap.panel.prepare import measure_options

        return measure_options(
            goods=self.goods,
            baseline=self.baseline,
            after=self.after,
            frequency=self.frequency,
            report=getattr(self, "report", Report.REPORTED),
            as_of=getattr(self, "as_of", None),
        )


@dataclass(frozen=True, kw_only=True)
class MirrorRequest(FiguresRequest):
    """What is asked of a comparison of two reports of one trade."""

    as_of: Annotated[str | None, AS_OF] = None


@dataclass(frozen=True, kw_only=True)
class ReportedRequest(FiguresRequest):
    """Which goods, windows and reports of an episode are looked at."""

    report: Annotated[
        str, Option("Reports of the target's partners, or the target's own (mirror).", choices=Report)
    ] = Report.REPORTED


@dataclass(frozen=True, kw_only=True)
class MeasureRequest(ReportedRequest):
    """What is asked of a measure at one vintage."""

    as_of: Annotated[str | None, AS_OF] = None
