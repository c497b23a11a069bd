"""Export the tables of a pack as CSV and as an Excel workbook: plain rows, each with its marking.

The pack's marking is in the first row of each sheet, on every printed page and in the workbook's properties.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from stopgap.base.errors import InputError
from stopgap.base.marking import Marking
from stopgap.base.spreadsheets import csv_rows, is_formula_like
from stopgap.evidence.exchange.entries import entries_of, pack_lines
from stopgap.evidence.exchange.figures import ExportedNumber, coverage_of, goods_text, numbers_of, windows_text
from stopgap.evidence.exchange.texts import dict_of, is_number, list_of, name, plain, text_of
from stopgap.evidence.packs.documents import ItemEntry
from stopgap.evidence.packs.view import Document, PackView

Cell = str | int | float | None

CELL_LIMIT = 32_000
"""Maximum length of a cell's text, in characters; Excel allows 32,767."""

ROW_LIMIT = 1_048_576
"""Maximum number of rows of a sheet."""

_HEAD = 2  # row of the headings, counted from 0
_HEADER_LIMIT = 180  # characters of a printed head; a workbook takes 255 with its codes
_WIDE, _WIDEST = 14, 60

_NUMBER_FIELDS = tuple(field.name for field in fields(ExportedNumber))


@dataclass(frozen=True)
class ExportTable:
    """One table: the name of its sheet, its columns and its rows of cells; ``None`` is a missing value."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def numbers_csv(view: PackView) -> bytes:
    """Return every number of a pack as CSV (UTF-8, header, empty if missing); text cells cannot act as formulas."""
    table = numbers_table(view)
    return csv_rows([table.columns, *table.rows]).encode("utf-8")


def tables_of(view: PackView) -> list[ExportTable]:
    """Return all tables of a pack, in the order of the workbook's sheets."""
    return [
        read_me(view),
        findings_table(view),
        suppliers_table(view),
        numbers_table(view),
        alerts_table(view),
        claims_table(view),
        sources_table(view),
    ]


def read_me(view: PackView) -> ExportTable:
    """Return the table of the first sheet: text lines that explain the pack and its tables."""
    entries = entries_of(view)
    lines = [
        *pack_lines(view, entries),
        f"{view.marking.tlp.label}: {view.marking.tlp.allows}.",
        "The column marking says who may see a row; the first line of each sheet who may see all of it.",
        "An empty cell is a figure that is missing, and never 0.",
        "The pack itself is signed and can be verified: stopgap pack verify. This file cannot.",
    ]
    return ExportTable("Read me", ("text",), tuple((line,) for line in lines))


def findings_table(view: PackView) -> ExportTable:
    """Return a table with one row per finding: loss and backfill (of suspended trade), goods list, windows …"""
    columns = (
        "finding", "title", "episode", "target", "goods", "route", "windows", "valuation", "unit", "baseline_usd",
        "after_usd", "loss_usd", "loss_share", "gross_ratio", "net_ratio", "net_low", "net_high", "coverage",
        "vintage", "warnings", "marking",
    )  # fmt: skip
    rows = [_finding(view, item) for item in view.items("finding", "extract")]
    return ExportTable("Findings", columns, tuple(rows))


def suppliers_table(view: PackView) -> ExportTable:
    """Return a table with one row per finding and supplier; ``share_of_loss`` is relative to the row's ``loss_usd``."""
    columns = (
        "finding", "goods", "supplier", "kind", "baseline_usd", "after_usd", "gain_usd", "share_of_loss", "loss_usd",
        "net_gain_usd", "q_value", "unit", "marking",
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for item, document in _documents(view, "finding", "extract"):
        loss = _figure(dict_of(document, "suspended"), "loss_usd")
        for row in list_of(document, "suppliers"):
            if isinstance(row, dict):
                own = [_figure(row, key) for key in ("baseline_usd", "after_usd", "gain_usd", "share_of_loss")]
                more = [_figure(row, key) for key in ("net_gain_usd", "q_value")]
                rows.append(
                    (
                        _text(item["id"]), _text(goods_text(document)), _said(row, "supplier"), _said(row, "kind"),
                        *own, loss, *more, _said(document, "unit"), view.marking_of(item).label,
                    )
                )  # fmt: skip
    return ExportTable("Suppliers", columns, tuple(rows))


def numbers_table(view: PackView) -> ExportTable:
    """Return a table with one row per number, with the fields of :class:`ExportedNumber`."""
    rows = ([getattr(number, field) for field in _NUMBER_FIELDS] for number in numbers_of(view))
    return ExportTable("Numbers", ("finding", *_NUMBER_FIELDS[1:]), tuple(tuple(map(_cell, row)) for row in rows))


def alerts_table(view: PackView) -> ExportTable:
    """Return a table with one row per alert."""
    texts = (
        "kind", "episode", "target", "role", "route", "supplier", "destination", "good", "month", "last_month",
        "began", "status", "vintage", "unit", "explanation",
    )  # fmt: skip
    figures = ("value_usd", "expected_usd", "ratio", "value_at_stake_usd", "p_value", "q_value")
    return _listed(view, "alert", "Alerts", texts, figures)


def claims_table(view: PackView) -> ExportTable:
    """Return a table with one row per claim and verdict, as text."""
    rows = [
        (_text(entry.id), entry.kind, entry.title, entry.text, "; ".join(entry.authors) or None, entry.marking.label)
        for entry in entries_of(view)
        if entry.kind in ("claim", "verdict")
    ]
    return ExportTable("Claims and verdicts", ("item", "kind", "title", "text", "said_by", "marking"), tuple(rows))


def sources_table(view: PackView) -> ExportTable:
    """Return a table with one row per receipt: source, file and terms of use of the figures."""
    texts = ("source", "file_name", "sha256", "parser", "terms", "retrieved", "published", "vintage")
    return _listed(view, "receipt", "Sources", texts, ("rows_loaded",))


def _listed(view: PackView, kind: str, title: str, texts: tuple[str, ...], figures: tuple[str, ...]) -> ExportTable:
    """Return a table with one row per item of a kind, with the given text and number fields of its document."""
    rows = [
        (
            _text(item["id"]),
            *(_said(document, key) for key in texts),
            *(_figure(document, key) for key in figures),
            view.marking_of(item).label,
        )
        for item, document in _documents(view, kind)
    ]
    return ExportTable(title, (kind, *texts, *figures, "marking"), tuple(rows))


def _documents(view: PackView, *kinds: str) -> Iterable[tuple[ItemEntry, Document]]:
    return ((item, view.document(item)) for item in view.items(*kinds))


def _finding(view: PackView, item: ItemEntry) -> tuple[Cell, ...]:
    document = view.document(item)
    lost, filled = dict_of(document, "suspended"), dict_of(document, "backfill")
    ends = list_of(filled, "net_ci95")
    low, high = ends if len(ends) == 2 else (None, None)
    return (
        _text(item["id"]),
        _text(item["title"]),
        *(_said(document, key) for key in ("episode", "target")),
        _text(goods_text(document)),
        _said(document, "route"),
        _text(windows_text(document)),
        *(_said(document, key) for key in ("valuation", "unit")),
        *(_figure(lost, key) for key in ("baseline_usd", "after_usd", "loss_usd", "loss_share")),
        *(_figure(filled, key) for key in ("gross_ratio", "net_ratio")),
        low if is_number(low) else None,
        high if is_number(high) else None,
        coverage_of(document),
        _said(document, "as_of"),
        _text("\n".join(plain(each) for each in list_of(document, "warnings"))),
        view.marking_of(item).label,
    )


def _text(text: object) -> str | None:
    return plain(text) if text else None


def _said(document: Document, key: str) -> str | None:
    return _text(text_of(document, key))


def _figure(document: Document, key: str) -> int | float | None:
    value = document.get(key)
    return value if is_number(value) else None


def _cell(value: Marking | str | float | None) -> Cell:
    return value.label if isinstance(value, Marking) else _text(value) if isinstance(value, str) else value


def workbook(view: PackView) -> bytes:
    """Return the tables of a pack as an Excel workbook. Cells are text or numbers, never formulas.

    Raises:
        InputError: A document of the pack cannot be read, or a table has more rows than a sheet can hold.
    """
    import xlsxwriter

    stream = io.BytesIO()
    names = ("strings_to_formulas", "strings_to_urls", "strings_to_numbers", "nan_inf_to_errors")
    options = {"in_memory": True, **dict.fromkeys(names, False)}
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
    label = view.marking.label
    short = label if len(label) <= _HEADER_LIMIT else f"{label[:_HEADER_LIMIT]} … (all in the first row)"
    printed = short.replace("&", "&&")  # in head and foot & begins a code
    sheet.set_header(f"&C&B{printed}")
    sheet.set_footer(f"&L{printed}&RPage &P of &N")
    sheet.write_string(0, 0, label, styles["bold"])
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
