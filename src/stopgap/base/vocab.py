"""Enumerations of trade-statistics terms: frequency, flow, valuation, direction, report, row and supplier kinds, forms of a brief."""

from __future__ import annotations

from enum import StrEnum


class Frequency(StrEnum):
    """How often a figure is reported."""

    ANNUAL = "A"
    MONTHLY = "M"

    @property
    def periods_per_year(self) -> int:
        """Number of periods in a year: 12 for months, 1 for years."""
        return 12 if self is Frequency.MONTHLY else 1


class Flow(StrEnum):
    """Direction as the reporter states it; re-exports and re-imports apart."""

    EXPORT = "X"
    IMPORT = "M"
    REEXPORT = "RX"
    REIMPORT = "RM"

    @property
    def reporter(self) -> str:
        """Who reports it: the exporter, or the importer."""
        return "exporter" if self in (Flow.EXPORT, Flow.REEXPORT) else "importer"


class Valuation(StrEnum):
    """FOB: at the exporter's border. CIF: with insurance and freight to the importer's."""

    FOB = "FOB"
    CIF = "CIF"


class Direction(StrEnum):
    """Which trade with the target was suspended."""

    EXPORTS_TO_TARGET = "exports-to-target"
    IMPORTS_FROM_TARGET = "imports-from-target"

    def flow(self, report: Report) -> Flow:
        """Return the flow under which one side reports the trade."""
        exporters = (self is Direction.EXPORTS_TO_TARGET) == (report is Report.REPORTED)
        return Flow.EXPORT if exporters else Flow.IMPORT

    def valuation(self, report: Report) -> Valuation:
        """Return the valuation used by that side: FOB for exports, CIF for imports."""
        return Valuation.FOB if self.flow(report) is Flow.EXPORT else Valuation.CIF


class EpisodeRole(StrEnum):
    """Who backfills suspended trade."""

    SUPPLIERS_TO_TARGET = "suppliers-to-target"
    BUYERS_FROM_TARGET = "buyers-from-target"
    SUPPLIERS_TO_COALITION = "suppliers-to-coalition"

    @classmethod
    def of(cls, direction: Direction) -> EpisodeRole:
        """Return the role that a direction implies where none is declared."""
        exports = direction is Direction.EXPORTS_TO_TARGET
        return cls.SUPPLIERS_TO_TARGET if exports else cls.BUYERS_FROM_TARGET

    @property
    def direction(self) -> Direction:
        """Direction of trade that the role goes with."""
        exports = self is EpisodeRole.SUPPLIERS_TO_TARGET
        return Direction.EXPORTS_TO_TARGET if exports else Direction.IMPORTS_FROM_TARGET


class LossKind(StrEnum):
    """What a loss may be called: suspended trade, or trade lost for whatever reason."""

    SUSPENDED = "suspended"
    TRADE_LOST = "trade lost"

    @classmethod
    def of(cls, value: object) -> LossKind:
        """Return the kind that a document states: suspended if it states none, trade lost if it is not known."""
        if value is None:
            return cls.SUSPENDED
        return cls.SUSPENDED if value == cls.SUSPENDED else cls.TRADE_LOST

    @property
    def noun(self) -> str:
        """The loss as a noun, for titles: ``Suspended trade`` or ``Trade lost``."""
        return "Suspended trade" if self is LossKind.SUSPENDED else "Trade lost"


class Report(StrEnum):
    """Whose report of the trade with the target is used."""

    REPORTED = "reported"  # the target's partners'
    MIRROR = "mirror"  # the target's own

    @property
    def other(self) -> Report:
        """Report of the other side: mirror for reported, and the reverse."""
        return Report.REPORTED if self is Report.MIRROR else Report.MIRROR


class RowKind(StrEnum):
    """Which view a row of the lake's trade table belongs to."""

    ECONOMY = "economy"  # trade
    AGGREGATE = "aggregate"  # trade_aggregates: World, EU totals, special categories
    BREAKDOWN = "breakdown"  # trade_breakdowns: part of a total that is also reported


class SupplierKind(StrEnum):
    """Class of a supplier: entrant (sold nothing, or about nothing, in the baseline), intensified (sold no less than in the baseline), or fell (sold less)."""

    ENTRANT = "entrant"
    INTENSIFIED = "intensified"
    FELL = "fell"


class BriefForm(StrEnum):
    """How much a brief holds: its first page alone, or all."""

    ONE_PAGE = "one-page"
    FULL = "full"
