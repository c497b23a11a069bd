"""Result types of the Python API: tables, lists and documents that carry a marking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

import pyarrow as pa

from stopgap.base.display.displayed import Displayed, fields_display, items_display, table_display
from stopgap.base.marking import CLEAR, Markable, Marking
from stopgap.base.notes import Summarised, Summary
from stopgap.codes.named_table import NamedTable
from stopgap.measures.backfill import tables
from stopgap.measures.backfill.results import Finding

if TYPE_CHECKING:
    from stopgap.base.display.cells import ShownColumn
    from stopgap.base.display.forms import Display
    from stopgap.briefs.model import BriefModel

_Item = TypeVar("_Item")
_Result = TypeVar("_Result", bound=Markable)

_SUPPLIER_COLUMNS = (
    "supplier", "baseline_usd", "after_usd", "gain_usd", "share_of_loss", "net_gain_usd", "ci95_low", "ci95_high",
    "kind", "is_hub",
)  # fmt: skip


def _told(column: ShownColumn, untold: Sequence[bool]) -> ShownColumn:
    """The column in words where an interval is wider than the trade."""
    cells = zip(column.cells, untold[: len(column.cells)], strict=True)
    return replace(column, cells=tuple("cannot be told" if is_untold else cell for cell, is_untold in cells))


class MarkedList(list[_Item], Displayed):
    """A list of results, and who may see it."""

    def __init__(self, items: Iterable[_Item], marking: Marking) -> None:
        super().__init__(items)
        self.marking = marking

    def _display(self) -> Display:
        return items_display(self, self.marking.label)


class MarkedDict(dict[str, Any], Displayed):
    """A document, and who may see it."""

    def __init__(self, document: dict[str, Any], marking: Marking) -> None:
        super().__init__(document)
        self.marking = marking

    def _display(self) -> Display:
        return fields_display("", self, self.marking.label)


def marked(result: _Result, marking: Marking, **beside: Any) -> _Result:
    """The result with its marking.

    Args:
        result: A frozen result.
        marking: Who may see it.
        beside: What else is said beside the result, and is no part of it.
    """
    made = copy(result)
    for name, value in {"marking": marking, **beside}.items():
        object.__setattr__(made, name, value)  # no field: the result itself stays frozen
    return made


class ResultTable(NamedTable):
    """A table of results. pandas, Polars, DuckDB, narwhals and others take it as it is.

    Iterating gives its rows as dicts, an index one of them, a name a column.

    Attributes:
        arrow: The Arrow table; every other attribute of it can be read here too.
        marking: Who may see it.
        as_of: Vintage that was read, where it is of one.
        unit: Unit of its money (``USD per year``), where it has one.
    """

    def __init__(self, table: pa.Table, marking: Marking = CLEAR, *, as_of: str | None = None, unit: str = "") -> None:
        self.arrow = table
        self.marking = marking
        self.as_of = as_of
        self.unit = unit

    def table(self) -> pa.Table:
        """The Arrow table."""
        return self.arrow

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "arrow":
            raise AttributeError(name)
        return getattr(self.arrow, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for name in dir(self.arrow) if not name.startswith("_"))})

    @overload
    def __getitem__(self, place: str) -> pa.ChunkedArray: ...

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> ResultTable: ...

    def __getitem__(self, place: str | int | slice) -> Any:
        if isinstance(place, str):
            return self.arrow[place]
        if isinstance(place, slice):
            rows = self.arrow.take(pa.array(range(*place.indices(len(self))), pa.int64()))
            return ResultTable(rows, self.marking, as_of=self.as_of, unit=self.unit)
        at = place if place >= 0 else place + len(self)
        if not 0 <= at < len(self):
            raise IndexError(f"row {place} of {len(self)}")
        return dict(self.arrow.slice(at, 1).to_pylist()[0])

    def __len__(self) -> int:
        return int(self.arrow.num_rows)

    def _display(self) -> Display:
        said = f"{len(self):,} {'row' if len(self) == 1 else 'rows'}, {self.arrow.num_columns} columns"
        title = said + (f", vintage {self.as_of}" if self.as_of else "")
        return table_display(title, self.arrow, self._names(), marking=self.marking.label, per=self._per())


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


class Checks(ResultTable):
    """Checks and what each found, one a row."""

    @property
    def passed(self) -> bool:
        """Whether all hold."""
        return all(self.arrow["passed"].to_pylist())

    def as_dict(self) -> dict[str, Any]:
        """The checks, and whether all hold."""
        return {"checks": self.arrow.to_pylist(), "passed": self.passed}


@dataclass(frozen=True)
class WrittenBrief(Displayed):
    """A brief as it was written.

    Attributes:
        path: The file.
        model: What it says.
    """

    path: Path
    model: BriefModel

    @property
    def marking(self) -> Marking:
        """Who may see it."""
        return self.model.marking

    def as_dict(self) -> dict[str, Any]:
        """The file, and the finding that it shows."""
        headline = self.model.headline
        return {"file": str(self.path), "finding_id": headline.finding_id, "as_of": headline.as_of}
