"""Tables of briefs as tables of pages, with the same cells."""

from __future__ import annotations

from stopgap.briefs.formats.cells import BriefTable, Column, Typed, Value, print_cell
from stopgap.briefs.formats.text import UNDEFINED
from stopgap.pages.views import Cell, DataSource, TableColumn, TableView


def table_view(table: BriefTable, key: str, *, caption: str = "", source: DataSource | None = None) -> TableView:
    """Return a table of a brief as a table of a page.

    Args:
        table: The table; its note is not part of the view.
        key: Name on the page.
        caption: Caption in place of its title.
        source: Where its data are.
    """
    shown = [at for at, column in enumerate(table.columns) if not column.is_detail]
    columns = tuple(_column(table, at) for at in shown)
    rows = [*table.rows, *([table.total] if table.total is not None else [])]
    cells = tuple(tuple(_cell(table.columns[at], row[at]) for at in shown) for row in rows)
    unit = ", USD million" if table.in_millions else ""
    return TableView(key, (caption or table.title) + unit, columns, cells, source=source)


def _column(table: BriefTable, at: int) -> TableColumn:
    column = table.columns[at]
    is_number = column.is_number and not any(isinstance(row[at], str) for row in table.rows)
    return TableColumn(column.heading, "number" if is_number else "text")


def _cell(column: Column, value: Value) -> Cell:
    text = print_cell(column.kind, value)
    held = value.value if isinstance(value, Typed) else value
    if held is None or text in ("", UNDEFINED):
        return Cell("", missing="not reported" if column.kind == "usd" else "not given")
    return Cell(text)
