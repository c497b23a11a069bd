"""Options of measures: goods, windows, frequency, reports and vintage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from stopgap.base.request import AS_OF, Completes, Option
from stopgap.base.vocab import Frequency, Report
from stopgap.codes.code_text import joined_codes
from stopgap.lake.engines.engine_options import EngineRequest

if TYPE_CHECKING:
    from stopgap.panel.prepare import MeasureOptions

GOODS = Option(
    "Goods list by name (stopgap goods), file, or codes such as 8542,845710 "
    "(default: the episode's first list that can be measured).",
    metavar="LIST",
    completes=Completes.GOODS,
)

PERIODS = "in years, quarters or months"

KEEP_UNSTABLE = Option(
    "Measure the full list, codes that moved at a change of revision between the windows among them."
)


@dataclass(frozen=True, kw_only=True)
class FiguresRequest:
    """Options for the goods, windows and frequency of a measure; ``None`` takes the episode's own."""

    goods: Annotated[str | Sequence[str] | None, GOODS] = None
    baseline: Annotated[
        str | None, Option(f"Baseline {PERIODS}, such as 2021:2021 or 2021-01:2021-12.", metavar="FROM:TO")
    ] = None
    after: Annotated[
        str | None, Option(f"After-window {PERIODS}, such as 2023:2024 or 2022Q3:2023Q2.", metavar="FROM:TO")
    ] = None
    frequency: Annotated[
        str | None,
        Option("Annual (A) or monthly (M) figures (default: those that hold most of the trade).", choices=Frequency),
    ] = None

    def options(self) -> MeasureOptions:
        """Return the options parsed as :class:`MeasureOptions`.

        Raises:
            EpisodeError: A window is invalid.
            UsageError: The frequency or report is unknown.
        """
        from stopgap.panel.prepare import measure_options

        return measure_options(
            goods=joined_codes(self.goods),
            baseline=self.baseline,
            after=self.after,
            frequency=self.frequency,
            report=getattr(self, "report", Report.REPORTED),
            as_of=getattr(self, "as_of", None),
            keep_unstable=getattr(self, "keep_unstable", False),
        )


@dataclass(frozen=True, kw_only=True)
class MirrorRequest(EngineRequest, FiguresRequest):
    """Options of a comparison of exporters' and importers' reports of the same trade."""

    as_of: Annotated[str | None, AS_OF] = None


@dataclass(frozen=True, kw_only=True)
class ReportedRequest(FiguresRequest):
    """Options for the goods, windows, frequency and reports of a measure."""

    report: Annotated[
        str, Option("Reports of the target's partners, or the target's own (mirror).", choices=Report)
    ] = Report.REPORTED
    keep_unstable: Annotated[bool, KEEP_UNSTABLE] = False


@dataclass(frozen=True, kw_only=True)
class MeasureRequest(ReportedRequest):
    """Options of a measure at one vintage."""

    as_of: Annotated[str | None, AS_OF] = None
