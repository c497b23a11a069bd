"""Option declarations for markings."""

from __future__ import annotations

from stopgap.base.request import Completes, Option

MARKING = Option(
    "CLEAR, GREEN, AMBER, AMBER+STRICT or RED, with or without TLP: before it.",
    metavar="MARKING",
    completes=Completes.MARKING,
)
RELEASABLE_TO = Option(
    "Economies that it may go to (default: as the level says).", metavar="ISO3,...", completes=Completes.ECONOMY
)
