"""Table of the suppliers of an episode, the largest rise first; each figure leads to its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stopgap.briefs.formats.text import percent, usd_millions
from stopgap.briefs.vocabulary import is_loss_known, windows_named
from stopgap.measures.backfill.results import Finding, SupplierResult
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.views import Cell, TableColumn, TableView

SHOWN = 12

_COLUMNS = (
    TableColumn("Supplier"),
    TableColumn("Baseline", "number", "USD million a year"),
    TableColumn("After", "number", "USD million a year"),
    TableColumn("Change", "number", "USD million a year"),
    TableColumn("Of the loss", "number", "change divided by the coalition's loss"),
    TableColumn("Net change", "number", "beyond what it would have sold anyway, USD million a year"),
    TableColumn("95 % interval", "number", "of the net change, USD million a year"),
    TableColumn("Kind"),
)


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
        f"Suppliers outside the coalition, USD million a year; baseline {before}, after {after}",
        _COLUMNS,
        rows,
        total=len(ranked),
        source=query.data("measure"),
        empty="No supplier outside the coalition has figures in both windows.",
        more=query.page("suppliers"),
    )


def _row(row: SupplierResult, names: Mapping[str, str], query: EpisodeQuery, no_share: str) -> tuple[Cell, ...]:
    rows = {**query.options, "supplier": row.supplier}
    page = query.page("figures", "supplier")
    said = names.get(row.supplier, row.supplier)
    return (
        Cell(f"{said} (hub)" if row.is_hub else said, query.page("suppliers", row.supplier), query.options),
        Cell(usd_millions(row.baseline_usd), page, rows),
        Cell(usd_millions(row.after_usd), page, rows),
        Cell(usd_millions(row.gain_usd), page, rows),
        Cell("", missing=no_share) if row.share_of_loss is None else Cell(percent(row.share_of_loss), page, rows),
        *_net(row, page, rows),
        Cell(row.kind),
    )


def _net(row: SupplierResult, page: str, rows: Mapping[str, str | int | float | bool | None]) -> tuple[Cell, Cell]:
    if row.net_gain_usd is None:
        return Cell("", missing="not estimated"), Cell("", missing="not estimated")
    if row.is_told is False:
        return Cell("", missing="cannot be told"), _interval(row)
    return Cell(usd_millions(row.net_gain_usd), page, rows), _interval(row)


def _interval(row: SupplierResult) -> Cell:
    if row.ci95 is None:
        return Cell("", missing="no interval")
    return Cell(f"{usd_millions(row.ci95[0])} to {usd_millions(row.ci95[1])}")
