"""Options of the backfill measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stopgap.base.request import Option
from stopgap.lake.engines.engine_options import EngineRequest
from stopgap.panel.request import MeasureRequest


@dataclass(frozen=True, kw_only=True)
class BackfillRequest(EngineRequest, MeasureRequest):
    """Options of the measure of suspended trade and backfill."""

    regimes: Annotated[
        bool, Option("Measure the after-window also before and after the days on which the episode's measures changed.")
    ] = False
    gross: Annotated[
        bool,
        Option(
            "Measure gross figures alone, at once: no net backfill, intervals, tests, prices or other side's report, "
            "and no split of the loss by measures."
        ),
    ] = False
