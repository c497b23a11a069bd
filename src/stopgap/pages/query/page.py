"""The page for SQL and the result of a statement."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from stopgap.api import Lake
from stopgap.api.results import ResultTable
from stopgap.lake.query.limits import QueryLimits, shown_size
from stopgap.pages.query.schema import EXAMPLES, view_schemas
from stopgap.pages.site import with_query
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView

SHOWN = 200
"""Rows of a result that the page shows."""

LONGEST = 300
"""Characters of a cell that the page shows."""

_LONG = 10_000  # whole numbers below may be years
_SMALL, _EXACT = 0.001, 1e15
"""Sizes between which fractions of a column are shown with one number of decimals."""


@dataclass(frozen=True)
class SavedQuery:
    """A statement that the person keeps under a name."""

    name: str
    address: str


def query_page(
    lake: Lake, sql: str, as_of: str | None, *, limits: QueryLimits, saved: Sequence[SavedQuery] = ()
) -> PageContent:
    """Return the page with a statement that is not run yet.

    Args:
        lake: The lake.
        sql: The statement; empty for none.
        as_of: Vintage that it reads; ``None`` for the newest.
        limits: Limits of the service.
        saved: Statements that the person keeps.
    """
    vintages = lake.vintages()
    return PageContent(
        "query/page.html",
        "Query",
        {
            "sql": sql,
            "as_of": as_of,
            "vintages": tuple(str(name) for name in reversed(vintages.arrow["vintage"].to_pylist())),
            "limits": limits_words(limits),
            "views": view_schemas(),
            "examples": EXAMPLES,
            "saved": tuple(saved),
        },
        marking=vintages.marking,
        nav="/query",
    )


def saved_part(saved: Sequence[SavedQuery]) -> PageContent:
    """Return the list of statements that the person keeps."""
    return PageContent("query/saved.html", "Saved queries", {"saved": tuple(saved)}, nav="/query")


def limits_words(limits: QueryLimits) -> str:
    """Return the limits of a statement in one sentence."""
    return (
        f"One SELECT, read only. It may take {limits.timeout_s:g} seconds, {_spaced(limits.memory_bytes)} of memory and "
        f"give {_spaced(limits.result_bytes)} of rows; the page shows the first {SHOWN}, downloads hold all."
    )


def _spaced(size: int) -> str:
    """Return a size in bytes as text writes it: ``256 MB``."""
    said = shown_size(size)
    return f"{said[:-2]} {said[-2:]}"


def result_part(found: ResultTable, sql: str, as_of: str | None) -> PageContent:
    """Return the result of a statement: its first rows, and how many there are.

    Args:
        found: The result.
        sql: The statement.
        as_of: Vintage that was asked for.
    """
    table = found.arrow
    shown = result_table(table)
    return PageContent(
        "query/result.html",
        "Result",
        {
            "table": shown,
            "total": table.num_rows,
            "columns": table.num_columns,
            "as_of": found.as_of,
            "sql": sql,
            "asked": as_of or "",
            "address": with_query("/query", {"sql": sql, "as_of": as_of}),
            "is_rounded": any(shown_decimals(column.to_pylist())[1] for column in table.slice(0, SHOWN).columns),
            "is_cut": any(len(cell.text) > LONGEST for row in shown.rows for cell in row),
        },
        marking=found.marking,
        nav="/query",
    )


def result_table(table: pa.Table) -> TableView:
    """Return the first rows of a table; headings stand as the statement names them."""
    columns = tuple(
        TableColumn(field.name, "number" if _is_number(field.type) else "text", str(field.type))
        for field in table.schema
    )
    shown = [_aligned(column.to_pylist()) for column in table.slice(0, SHOWN).columns]
    rows = tuple(zip(*shown, strict=True))
    return TableView(
        "result",
        f"Result, {table.num_rows:,} rows",
        columns,
        rows,
        total=table.num_rows,
        empty="The statement gives no rows.",
    )


def _aligned(values: list[Any]) -> list[Cell]:
    """Return the values of a column; those of numbers with a fraction have one number of decimals, so that they align."""
    decimals, _ = shown_decimals(values)
    if not decimals:
        return list(map(value_cell, values))
    return [value_cell(value) if value is None else Cell(f"{value:,.{decimals}f}") for value in values]


def shown_decimals(values: list[Any]) -> tuple[int, bool]:
    """Return the decimals with which a column of numbers is shown, at most 2 from 10,000 on and 6 below; and whether that rounds.

    0 where the values are shown as they are: whole numbers, other values, and fractions too small for that.
    """
    numbers = [value for value in values if value is not None]
    if not numbers or not all(isinstance(value, float) and math.isfinite(value) for value in numbers):
        return 0, False
    sizes = [abs(value) for value in numbers if value]
    if not sizes or max(sizes) >= _EXACT or min(sizes) < _SMALL:
        return 0, False
    needed = max(len(f"{value:.9f}".rstrip("0").partition(".")[2]) for value in numbers)
    most = 2 if max(sizes) >= _LONG else 6
    return min(needed, most), needed > most


def value_cell(value: Any) -> Cell:
    """Return a value of a result as it is shown; NULL is not given, never 0."""
    if value is None:
        return Cell("", missing="NULL")
    text = value_text(value)
    return Cell(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def value_text(value: Any) -> str:
    """Return a value as text: numbers from 10,000 with separators, days as YYYY-MM-DD, lists and structs as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _number_text(value)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _number_text(value: float | Decimal) -> str:
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        if value == int(value) and abs(value) < 1e15:
            value = int(value)
    if abs(float(value)) < _LONG:
        return f"{value:.10g}" if isinstance(value, float) else str(value)
    return f"{value:,.15g}" if isinstance(value, float) else f"{value:,}"


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
