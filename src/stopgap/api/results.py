"""Result types of the Python API: tables, lists and documents that carry a marking."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

import pyarrow as pa

from stopgap.base.display.displayed import Displayed, fields_display, items_display, table_display
from stopgap.base.marking import CLEAR, Markable, Marking
from stopgap.codes.named_table import NamedTable

if TYPE_CHECKING:
    from stopgap.base.display.forms import Display
    from stopgap.briefs.model import BriefModel

_Item = TypeVar("_Item")
_Result = TypeVar("_Result", bound=Markable)


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
