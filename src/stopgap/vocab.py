"""The terms of the field, spelled once."""

from __future__ import annotations

from enum import StrEnum


class Frequency(StrEnum):
    """How often a figure is reported."""

    ANNUAL = "A"
    MONTHLY = "M"

    @property
    def periods_per_year(self) -> int:
        """12 for months, 1 for years."""
        return 12 if self is Frequency.MONTHLY else 1


class Flow(StrEnum):
    """Direction as the reporter states it; re-exports and re-imports apart."""

    EXPORT = "X"
    IMPORT = "M"
    REEXPORT = "RX"
    REIMPORT = "RM"


class Valuation(StrEnum):
    """FOB: at the exporter's border. CIF: with insurance and freight to the importer's."""

    FOB = "FOB"
    CIF = "CIF"


class Direction(StrEnum):
    """Which trade with the target was suspended."""

    EXPORTS_TO_TARGET = "exports-to-target"
    IMPORTS_FROM_TARGET = "imports-from-target"

    @property
    def reported_flow(self) -> Flow:
        """The flow that the target's partners report."""
        return Flow.EXPORT if self is Direction.EXPORTS_TO_TARGET else Flow.IMPORT

    @property
    def mirror_flow(self) -> Flow:
        """The flow in which the target itself would report the same trade."""
        return Flow.IMPORT if self is Direction.EXPORTS_TO_TARGET else Flow.EXPORT


class RowKind(StrEnum):
    """Which view a row of the lake's trade table belongs to."""

    ECONOMY = "economy"  # trade
    AGGREGATE = "aggregate"  # trade_aggregates: World, EU totals, special categories
    BREAKDOWN = "breakdown"  # trade_breakdowns: part of a total that is also reported


class SupplierKind(StrEnum):
    """How a supplier came by its gain."""

    ENTRANT = "entrant"
    INTENSIFIED = "intensified"
    FELL = "fell"
