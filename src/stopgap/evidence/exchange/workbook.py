"""The tables of a pack as a workbook, its marking in the first row of each sheet, on every printed page and in the file's properties."""

from __future__ import annotations

import io
from typing import Any

from stopgap.base.errors import InputError
from stopgap.base.spreadsheets import is_formula_like
from stopgap.evidence.exchange.tables import Cell, ExportTable, tables_of
from stopgap.evidence.exchange.texts import name
from stopgap.evidence.packs.view import PackView

CELL_LIMIT = 32_000
"""Characters of a cell; a workbook takes 32,767."""

ROW_LIMIT = 1_048_576
"""Rows of a sheet."""

_HEAD = 2  # row of the headings, counted from 0
_HEADER_LIMIT = 180  # characters of a printed head; a workbook takes 255 with its codes
_WIDE, _WIDEST = 14, 60


def workbook(view: PackView) -> bytes:
    """The workbook; the same pack gives the same bytes. Text is text, numbers are numbers, nothing is a formula.

    Raises:
        InputError: A document of the pack cannot be read, or a table has more rows than a sheet.
        RefusedError: A document is marked more strictly than its item.
    """
    import xlsxwriter

    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties(
        {
            "title": f"{view.marking.label}: evidence pack {name(view.name)}"[:250],
            "subject": view.marking.label[:250],
            "keywords": view.marking.label[:250],
            "category": view.marking.tlp.label,
            "author": name(view.signer[0]),
            "comments": f"{view.marking.label}. Vintage {name(view.evidence['as_of'])}."[:250],
            "created": view.made_at.replace(tzinfo=None, microsecond=0),
        }
    )
    styles = {
        "bold": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format({"bold": True, "bottom": 1}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "marked": book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True}),
        "number": book.add_format({"valign": "top"}),
    }
    for table in tables_of(view):
        _sheet(book, styles, view, table)
    book.close()
    return stream.getvalue()


def _sheet(book: Any, styles: dict[str, Any], view: PackView, table: ExportTable) -> None:
    if len(table.rows) + _HEAD + 1 > ROW_LIMIT:
        raise InputError(
            f"{table.title} has {len(table.rows):,} rows; a sheet takes {ROW_LIMIT:,}",
            where="--as xlsx",
            fix="write the numbers as CSV (--as csv), or make a pack of fewer findings",
        )
    sheet = book.add_worksheet(table.title)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    printed = _printed(view.marking.label)
    sheet.set_header(f"&C&B{printed}")
    sheet.set_footer(f"&L{printed}&RPage &P of &N")
    sheet.write_string(0, 0, view.marking.label, styles["bold"])
    sheet.write_string(1, 0, f"{table.title} of evidence pack {name(view.name)}", styles["text"])
    for column, heading in enumerate(table.columns):
        sheet.write_string(_HEAD, column, heading, styles["head"])
    sheet.set_column(0, len(table.columns) - 1, _WIDE)
    if len(table.columns) == 1:
        sheet.set_column(0, 0, 2 * _WIDEST)
    for place, row in enumerate(table.rows, start=_HEAD + 1):
        for column, cell in enumerate(row):
            _write(sheet, styles, place, column, cell)
    sheet.freeze_panes(_HEAD + 1, 0)
    sheet.repeat_rows(0, _HEAD)


def _write(sheet: Any, styles: dict[str, Any], row: int, column: int, cell: Cell) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        cut = len(cell) - CELL_LIMIT
        text = f"{cell[:CELL_LIMIT]} … ({cut:,} more characters: in the pack)" if cut > 0 else cell
        sheet.write_string(row, column, text, styles["marked" if is_formula_like(text) else "text"])
    else:
        sheet.write_number(row, column, cell, styles["number"])


def _printed(label: str) -> str:
    """A marking for head and foot, where & begins a code and the length has an end."""
    short = label if len(label) <= _HEADER_LIMIT else f"{label[:_HEADER_LIMIT]} … (all in the first row)"
    return short.replace("&", "&&")
