"""Options of `stopgap simulate`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from stopgap.base.request import Option


class WorldKind(StrEnum):
    """Kinds of simulated worlds."""

    BASIC = "basic"
    NO_BACKFILL = "no-backfill"
    GROWTH = "growth"
    SHOCKS = "shocks"
    SPARSE = "sparse"
    ANNUAL = "annual"
    GAPS = "gaps"
    ROUTING = "routing"
    REVISIONS = "revisions"
    PRICES = "prices"
    HUB_GROWTH = "hub-growth"
    ALERTS = "alerts"
    PHANTOM = "phantom"
    MIXED = "mixed"
    DIVERSION = "diversion"
    DEMAND_FALL = "demand-fall"
    HALF_SANCTIONED = "half-sanctioned"
    STAGED = "staged"
    MOVED_CODE = "moved-code"
    UNLISTED_HUB = "unlisted-hub"
    SUPPLY_LIMITS = "supply-limits"


@dataclass(frozen=True, kw_only=True)
class SimulationRequest:
    """Options of `stopgap simulate`; each field's `Option` describes it."""

    seed: Annotated[int, Option("The same seed gives the same bytes.", metavar="N")] = 0
    rows: Annotated[
        int | None,
        Option(
            "About how many rows, from 2,000; picks what is not given of economies and goods. Default 200,000.",
            metavar="N",
        ),
    ] = None
    kind: Annotated[str, Option("What happens in the world.", choices=WorldKind)] = WorldKind.BASIC
    economies: Annotated[int | None, Option("Economies, 6 to 200.", metavar="N")] = None
    goods: Annotated[int | None, Option("Goods, 2 to 1,000; half are on the list.", metavar="N")] = None
    months: Annotated[str | None, Option("Months of the two windows (default 36+12).", metavar="BEFORE+AFTER")] = None
    loss_share: Annotated[float | None, Option("Share of the coalition's trade that stops.", metavar="SHARE")] = None
    backfill_ratio: Annotated[float | None, Option("Dollars backfilled for each dollar lost.", metavar="RATIO")] = None
    routing_share: Annotated[float | None, Option("Dollars through hubs for each dollar lost.", metavar="SHARE")] = None
    declarations: Annotated[
        int,
        Option("About how many lines of customs declarations to write beside the figures; 0 for none.", metavar="N"),
    ] = 0
