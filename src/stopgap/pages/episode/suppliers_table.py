"""Table of the suppliers of an episode, the largest rise first; each figure leads to its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stopgap.briefs.formats.text import percent
from stopgap.briefs.vocabulary import is_loss_known, windows_named
from stopgap.measures.backfill.results import Finding, SupplierResult
from stopgap.pages.amounts import table_usd, usd_heading
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.views import Cell, TableColumn, TableView

SHOWN = 12


def suppliers_table(
    finding: Finding,
    names: Mapping[str, str],
    query: EpisodeQuery,
    *,
    shown: int | None = SHOWN,
    order: Callable[[SupplierResult], Any] = lambda row: -abs(row.gain_usd),
) -> TableView:
    """Return one row a supplier outside the coalition in an order; `shown` of them, or all."""
    ranked = sorted(finding.suppliers, key=order)
    before, after = windows_named(finding)
    no_share = "no loss" if is_loss_known(finding) else "loss not known"
    rows = tuple(_row(row, names, query, no_share) for row in ranked[:shown])
    return TableView(
        "suppliers",
        f"Suppliers outside the coalition, {usd_heading()} a year; baseline {before}, after {after}",
        _columns(),
        rows,
        total=len(ranked),
        source=query.data("measure"),
        empty="No supplier outside the coalition has figures in both windows.",
        more=query.page("suppliers"),
    )


def _columns() -> tuple[TableColumn, ...]:
    year = f"{usd_heading()} a year"
    return (
        TableColumn("Supplier"),
        TableColumn("Baseline", "number", year),
        TableColumn("After", "number", year),
        TableColumn("Change", "number", year),
        TableColumn("Of the loss", "number", "change divided by the coalition's loss"),
        TableColumn("Net change", "number", f"beyond what it would have sold anyway, {year}"),
        TableColumn("95 % interval", "number", f"of the net change, {year}"),
        TableColumn("Kind"),
    )


def _row(row: SupplierResult, names: Mapping[str, str], query: EpisodeQuery, no_share: str) -> tuple[Cell, ...]:
    rows = {**query.options, "supplier": row.supplier}
    page = query.page("figures", "supplier")
    said = names.get(row.supplier, row.supplier)
    return (
        Cell(f"{said} (hub)" if row.is_hub else said, query.page("suppliers", row.supplier), query.options),
        Cell(table_usd(row.baseline_usd), page, rows),
        Cell(table_usd(row.after_usd), page, rows),
        Cell(table_usd(row.gain_usd), page, rows),
        Cell("", missing=no_share) if row.share_of_loss is None else Cell(percent(row.share_of_loss), page, rows),
        *_net(row, page, rows),
        Cell(row.kind),
    )


def _net(row: SupplierResult, page: str, rows: Mapping[str, str | int | float | bool | None]) -> tuple[Cell, Cell]:
    if row.net_gain_usd is None:
        return Cell("", missing="not estimated"), Cell("", missing="not estimated")
    if row.is_told is False:
        return Cell("", missing="cannot be told"), _interval(row)
    return Cell(table_usd(row.net_gain_usd), page, rows), _interval(row)


def _interval(row: SupplierResult) -> Cell:
    if row.ci95 is None:
        return Cell("", missing="no interval")
    return Cell(f"{table_usd(row.ci95[0])} to {table_usd(row.ci95[1])}")
