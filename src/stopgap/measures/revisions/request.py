"""Options of ``stopgap diff``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stopgap.base.request import Completes, Option
from stopgap.lake.engines.engine_options import EngineRequest
from stopgap.panel.request import ReportedRequest


@dataclass(frozen=True, kw_only=True)
class DiffRequest(EngineRequest, ReportedRequest):
    """Options of a comparison of two vintages."""

    earlier: Annotated[
        str,
        Option(
            "Vintage (v3) or day (2024-06-01) to compare from.",
            metavar="VINTAGE",
            flag="--from",
            completes=Completes.VINTAGE,
        ),
    ]
    later: Annotated[
        str | None,
        Option(
            "Vintage or day to compare to (default: the newest).",
            metavar="VINTAGE",
            flag="--to",
            completes=Completes.VINTAGE,
        ),
    ] = None
