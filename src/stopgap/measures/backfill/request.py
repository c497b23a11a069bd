"""Options of the backfill measure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from stopgap.base.request import Option
from stopgap.panel.request import MeasureRequest


class EngineName(StrEnum):
    """What runs the stages."""

    DUCKDB = "duckdb"
    SPARK = "spark"


@dataclass(frozen=True, kw_only=True)
class BackfillRequest(MeasureRequest):
    """Options of the measure of suspended trade and backfill."""

    engine: Annotated[str, Option("Engine that runs the stages.", choices=EngineName)] = EngineName.DUCKDB
    regimes: Annotated[
        bool, Option("Measure the after-window also before and after the days on which the episode's measures changed.")
    ] = False
