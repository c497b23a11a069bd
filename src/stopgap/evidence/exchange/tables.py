"""The tables of a pack, the same for CSV and for the workbook: plain rows, each with its marking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stopgap.base.spreadsheets import csv_rows
from stopgap.evidence.exchange.about import pack_lines
from stopgap.evidence.exchange.entries import entries_of
from stopgap.evidence.exchange.figures import ExportedNumber, coverage_of, goods_text, numbers_of, windows_text
from stopgap.evidence.exchange.texts import dict_of, list_of, plain, text_of
from stopgap.evidence.packs.documents import ItemEntry
from stopgap.evidence.packs.view import Document, PackView

Cell = str | int | float | None

NUMBER_COLUMNS = (
    "finding", "name", "value", "unit", "denominator", "denominator_value", "goods", "route", "windows", "valuation",
    "vintage", "coverage", "marking", "sql",
)  # fmt: skip


@dataclass(frozen=True)
class ExportTable:
    """One table.

    Attributes:
        title: Name of its sheet.
        columns: Names of the columns.
        rows: Cells in the order of the columns; ``None`` for what is missing.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def numbers_csv(view: PackView) -> bytes:
    """Every number of a pack as CSV (UTF-8, header, empty for missing); no cell of text can be a formula.

    Raises:
        InputError: A document of the pack cannot be read.
        RefusedError: A document is marked more strictly than its item.
    """
    table = numbers_table(view)
    return csv_rows([table.columns, *table.rows]).encode("utf-8")


def tables_of(view: PackView) -> list[ExportTable]:
    """All tables of a pack, in the order of the workbook's sheets."""
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
    """What the pack is, and what its tables mean."""
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
    """One row per finding: the headline of those that suspended trade, and what all rest on."""
    columns = (
        "finding", "title", "episode", "target", "goods", "route", "windows", "valuation", "unit", "baseline_usd",
        "after_usd", "loss_usd", "loss_share", "gross_ratio", "net_ratio", "net_low", "net_high", "coverage",
        "vintage", "warnings", "marking",
    )  # fmt: skip
    rows = [_finding(view, item) for item in view.items("finding", "extract")]
    return ExportTable("Findings", columns, tuple(rows))


def suppliers_table(view: PackView) -> ExportTable:
    """One row per finding and supplier; shares are of the loss that the row gives."""
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
    """Every number, each with what it was measured on."""
    return ExportTable("Numbers", NUMBER_COLUMNS, tuple(map(_number, numbers_of(view))))


def alerts_table(view: PackView) -> ExportTable:
    """One row per alert."""
    texts = (
        "kind", "episode", "target", "role", "route", "supplier", "destination", "good", "month", "last_month",
        "began", "status", "vintage", "unit", "explanation",
    )  # fmt: skip
    figures = ("value_usd", "expected_usd", "ratio", "value_at_stake_usd", "p_value", "q_value")
    rows = [
        (
            _text(item["id"]),
            *(_said(document, key) for key in texts),
            *(_figure(document, key) for key in figures),
            view.marking_of(item).label,
        )
        for item, document in _documents(view, "alert")
    ]
    return ExportTable("Alerts", ("alert", *texts, *figures, "marking"), tuple(rows))


def claims_table(view: PackView) -> ExportTable:
    """One row per claim and verdict, in words."""
    rows = [
        (_text(entry.id), entry.kind, entry.title, entry.text, "; ".join(entry.authors) or None, entry.marking.label)
        for entry in entries_of(view)
        if entry.kind in ("claim", "verdict")
    ]
    return ExportTable("Claims and verdicts", ("item", "kind", "title", "text", "said_by", "marking"), tuple(rows))


def sources_table(view: PackView) -> ExportTable:
    """One row per receipt: whose figures, on which terms."""
    texts = ("source", "file_name", "sha256", "parser", "terms", "retrieved", "published", "vintage")
    rows = [
        (
            _text(item["id"]),
            *(_said(document, key) for key in texts),
            _figure(document, "rows_loaded"),
            view.marking_of(item).label,
        )
        for item, document in _documents(view, "receipt")
    ]
    return ExportTable("Sources", ("receipt", *texts, "rows_loaded", "marking"), tuple(rows))


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
        _said(document, "episode"),
        _said(document, "target"),
        _text(goods_text(document)),
        _said(document, "route"),
        _text(windows_text(document)),
        _said(document, "valuation"),
        _said(document, "unit"),
        *(_figure(lost, key) for key in ("baseline_usd", "after_usd", "loss_usd", "loss_share")),
        *(_figure(filled, key) for key in ("gross_ratio", "net_ratio")),
        _cell(low),
        _cell(high),
        coverage_of(document),
        _said(document, "as_of"),
        _text("\n".join(plain(each) for each in list_of(document, "warnings"))),
        view.marking_of(item).label,
    )


def _number(number: ExportedNumber) -> tuple[Cell, ...]:
    return (
        _text(number.item),
        _text(number.name),
        number.value,
        _text(number.unit),
        _text(number.denominator),
        number.denominator_value,
        _text(number.goods),
        _text(number.route),
        _text(number.windows),
        _text(number.valuation),
        _text(number.vintage),
        number.coverage,
        number.marking.label,
        plain(number.sql) if number.sql else None,
    )


def _text(text: object) -> str | None:
    return plain(text) if text else None


def _said(document: Document, key: str) -> str | None:
    return _text(text_of(document, key))


def _figure(document: Document, key: str) -> int | float | None:
    return _cell(document.get(key))


def _cell(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
