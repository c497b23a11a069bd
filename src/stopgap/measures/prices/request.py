"""Options of ``stopgap prices``."""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.lake.engines.engine_options import EngineRequest
from stopgap.panel.request import MeasureRequest


@dataclass(frozen=True, kw_only=True)
class PriceRequest(EngineRequest, MeasureRequest):
    """Options of prices and quantities at one vintage."""
