"""A finding as the Python API gives it: its tables, its picture, and its marking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from stopgap.api.results import ResultTable
from stopgap.base.marking import CLEAR, Marking
from stopgap.base.notes import Summarised, Summary
from stopgap.codes.named_table import NamedTable
from stopgap.measures.backfill import tables
from stopgap.measures.backfill.results import Finding

if TYPE_CHECKING:
    from stopgap.base.display.cells import ShownColumn
    from stopgap.base.display.forms import Display

_SUPPLIER_COLUMNS = (
    "supplier", "baseline_usd", "after_usd", "gain_usd", "share_of_loss", "net_gain_usd", "ci95_low", "ci95_high",
    "kind", "is_hub",
)  # fmt: skip


def _told(column: ShownColumn, untold: Sequence[bool]) -> ShownColumn:
    """The column in words where an interval is wider than the trade."""
    cells = zip(column.cells, untold[: len(column.cells)], strict=True)
    return replace(column, cells=tuple("cannot be told" if is_untold else cell for cell, is_untold in cells))


@dataclass(frozen=True)
class MeasuredFinding(Summarised, NamedTable):
    """A finding with its tables and its picture. Read as a table, it is that of its suppliers.

    Attributes:
        finding: The frozen result; every other attribute of it can be read here too.
        marking: Who may see it.
    """

    finding: Finding
    marking: Marking = CLEAR

    def summary(self) -> Summary:
        """The finding in lines of text."""
        return tables.finding_summary(self.finding)

    @property
    def suppliers(self) -> ResultTable:
        """One row per supplier outside the coalition."""
        return self._table(tables.suppliers_table)

    @property
    def members(self) -> ResultTable:
        """One row per member of the coalition."""
        return self._table(tables.members_table)

    @property
    def goods(self) -> ResultTable:
        """One row per good."""
        return self._table(tables.goods_table)

    def table(self) -> pa.Table:
        """The table of :attr:`suppliers`."""
        return tables.suppliers_table(self.finding)

    def _table(self, of: Callable[[Finding], pa.Table]) -> ResultTable:
        found = self.finding
        return ResultTable(of(found), self.marking, as_of=found.as_of, unit=found.unit)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "finding":
            raise AttributeError(name)
        return getattr(self.finding, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(field.name for field in fields(self.finding))})

    def as_dict(self) -> dict[str, Any]:
        """The finding as ``stopgap measure --format json`` prints it."""
        return {**self.finding.as_dict(), "marking": self.marking.as_dict()}

    @property
    def placebos(self) -> ResultTable:
        """One row per placebo destination and the target, in the order of the rank; empty without one."""
        return self._table(tables.placebos_table)

    def chart(self, kind: str = "gross") -> Any:
        """One picture of the finding, an Altair chart that a notebook shows without a network.

        Args:
            kind: ``gross``: the waterfall of lost, filled by each supplier, unfilled. ``net``: net gain of
                each supplier with its 95 % interval. ``placebos``: the target among placebo destinations.

        Raises:
            UsageError: Another kind.
            MissingDataError: The finding has no net gains, or no placebo rank, to draw.
        """
        from stopgap.briefs.charts.finding_charts import titled_chart

        return titled_chart(self.finding, self._names(), kind, self.summary().measured, self.marking)

    def _shown_columns(self) -> tuple[str, ...]:
        return _SUPPLIER_COLUMNS

    def _display(self) -> Display:
        shown = super()._display()
        untold = [row.is_told is False for row in self.finding.suppliers]
        return replace(
            shown, columns=tuple(_told(each, untold) if each.heading == "net gain" else each for each in shown.columns)
        )
