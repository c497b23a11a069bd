"""Rows behind a figure as they were read: sorted once, given in pages, and found by number or first letters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stopgap.api import Lake
from stopgap.base.marking import Marking, strictest
from stopgap.lake.query.request import QueryRequest
from stopgap.pages.episode.query import economy_names
from stopgap.pages.rows.query import RowsQuery
from stopgap.pages.rows.statement import RowsBehind, rows_behind
from stopgap.pages.site import QueryValue, path_of, with_query

MEMORY = "1GB"
"""Memory that the statement may use; what does not fit is spilled to disk."""

MOST = 500
"""Most rows of one page."""

VALUE = "value_usd"
"""Column whose cells lead to the row of the file."""

_HEADINGS = {
    "supplier": "Supplier", "member": "Member", "reporter": "Reporter", "partner": "Partner", "period": "Period", "good": "Good",
    "revision": "Revision", "value_usd": "US dollars", "value_reported": "As reported", "currency": "Currency",
    "net_kg": "Weight, kg", "quantity": "Quantity", "quantity_unit": "Unit", "is_estimated": "Estimated", "source": "Source",
    "vintage": "Vintage", "receipt": "File",
}  # fmt: skip
_FIRST = ("supplier", "member", "reporter", "partner", "period", "good")
_ECONOMIES = ("supplier", "member", "reporter", "partner")
_NUMBERS = ("value_usd", "value_reported", "net_kg", "quantity")


@dataclass(frozen=True)
class RowTable:
    """Rows behind a figure.

    Attributes:
        behind: What they are behind.
        table: The rows, sorted by the names of economies, then by good and period; the columns as they are shown.
        marking: Marking of figure and rows.
        places: Name and code of each value of the first column, with the row where it begins.
    """

    behind: RowsBehind
    table: pa.Table
    marking: Marking
    places: tuple[tuple[str, str, int], ...]

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings of the columns."""
        return tuple(_HEADINGS.get(name, name) for name in self.table.column_names)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Places of the columns of numbers."""
        return tuple(at for at, name in enumerate(self.table.column_names) if name in _NUMBERS)

    @property
    def link_column(self) -> int:
        """Place of the column whose cells lead to the rows of the file."""
        return int(self.table.column_names.index(VALUE))

    def page(self, offset: int, limit: int) -> tuple[list[list[str]], list[str]]:
        """Return rows as text, and the address of each in its file; none beyond the last row.

        Args:
            offset: First row, from 0.
            limit: Rows, at most :data:`MOST`.
        """
        rows = self.table.slice(max(0, offset), max(0, min(limit, MOST))).to_pylist()
        return [[self._text(name, row[name]) for name in self.table.column_names] for row in rows], [
            self._link(row) for row in rows
        ]

    def row_of(self, text: str) -> int | None:
        """Return the row that a number names (from 1), or the first of a name or code that begins with a text.

        Returns:
            The row, from 0; ``None`` where there is none.
        """
        wanted = text.strip()
        if wanted.replace(",", "").isdecimal():
            number = int(wanted.replace(",", "")[:18])
            return number - 1 if 1 <= number <= self.table.num_rows else None
        wanted = wanted.casefold()
        if not wanted:
            return None
        return next(
            (row for name, code, row in self.places if name.casefold().startswith(wanted) or code.casefold() == wanted),
            None,
        )

    def _text(self, name: str, value: Any) -> str:
        if value is None:
            return "not reported" if name in _NUMBERS else ""
        if name == "period" and isinstance(value, dt.date):
            return f"{value:%Y}" if self.behind.is_annual else f"{value:%Y-%m}"
        if name in _NUMBERS:
            return f"{value:,.0f}"
        if isinstance(value, bool):
            return "yes" if value else "no"
        return economy_names().get(value, value) if name in _ECONOMIES else str(value)

    def _link(self, row: Mapping[str, Any]) -> str:
        if not row.get("receipt") or row.get(VALUE) is None:
            return ""
        reporter, partner = self._sides(row)
        key: dict[str, QueryValue] = {
            "good": row["good"], "period": str(row["period"]), "reporter": reporter, "partner": partner, "value": row[VALUE],
        }  # fmt: skip
        return with_query(path_of("files", str(row["receipt"]), "rows"), key)

    def _sides(self, row: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """Return reporter and partner of a row."""
        if "reporter" in row:
            return row["reporter"], row["partner"]
        other = row.get("member", self.behind.target)
        return (row["supplier"], other) if self.behind.is_of_supplier else (other, row["supplier"])


def read_rows(lake: Lake, query: RowsQuery) -> RowTable:
    """Read the rows behind a figure, sorted.

    Raises:
        StopgapError: As :func:`rows_behind`; the rows are more than an answer holds.
    """
    behind = rows_behind(lake, query)
    found = [lake.query(text, QueryRequest(as_of=behind.as_of, memory_limit=MEMORY)) for text in behind.statements]
    table = pa.concat_tables([each.arrow for each in found], promote_options="permissive") if found else pa.table({})
    return sorted_rows(behind, table, strictest([behind.marking, *(each.marking for each in found)]))


def sorted_rows(behind: RowsBehind, table: pa.Table, marking: Marking) -> RowTable:
    """Return rows in the order in which they are shown."""
    first = [name for name in _FIRST if name in table.column_names]
    table = table.select([*first, *(name for name in table.column_names if name not in first)]).combine_chunks()
    keys = [name for name in first if name != "period"] + ["period"]
    named = {name: _names_of(table[name]) if name in _ECONOMIES else table[name] for name in keys}
    order = pc.sort_indices(pa.table(named), sort_keys=[(name, "ascending") for name in keys])
    table = table.take(order).combine_chunks()
    return RowTable(behind, table, marking, _places(table[first[0]]) if table.num_rows else ())


def _names_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the names of economies of a column of codes, as they are sorted: without case."""
    coded = (
        column.combine_chunks().dictionary_encode()
        if column.num_chunks
        else pa.array([], pa.string()).dictionary_encode()
    )
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    names = pa.array([economy_names().get(code, code).casefold() for code in coded.dictionary.to_pylist()], pa.string())
    return names.take(coded.indices)


def _places(column: pa.ChunkedArray) -> tuple[tuple[str, str, int], ...]:
    """Return name, code and first row of each value of a sorted column."""
    lengths = pc.run_end_encode(column.combine_chunks())
    lengths = lengths.combine_chunks() if isinstance(lengths, pa.ChunkedArray) else lengths
    codes, ends = lengths.values.to_pylist(), lengths.run_ends.to_pylist()
    return tuple(
        (economy_names().get(code, code), code, start) for code, start in zip(codes, [0, *ends[:-1]], strict=True)
    )
