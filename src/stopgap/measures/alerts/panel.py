"""Convert rows of the lake to a panel of cells by months."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from stopgap.codes.commodities import is_composite
from stopgap.measures.alerts.expectation import ELSEWHERE, CellPanel
from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.arrays import positions


def chapter_of(good: str) -> str:
    """Return the chapter whose reports show that a good was reported; a composite is its own chapter."""
    return good if is_composite(good) else good[:2]


def panel_of_rows(flows: pa.Table, reported: pa.Table, months: Sequence[str]) -> CellPanel:
    """Build the panel from rows of ``alert_flows``; its columns are ``months`` (``YYYY-MM``, oldest first).

    It has one cell per (supplier, destination, good) with a row, in that order. A month that the supplier reported
    (rows of ``alert_periods``) without a row in the cell is 0; a month that it did not report is NaN.
    """
    supplier_names, suppliers = positions(flows["supplier"])
    destination_names, destinations = positions(flows["destination"])
    good_names, goods = positions(flows["good"])
    packed = (suppliers * len(destination_names) + destinations) * len(good_names) + goods
    cells, row = np.unique(packed, return_inverse=True)
    rest, good = np.divmod(cells, max(len(good_names), 1))
    supplier, destination = np.divmod(rest, max(len(destination_names), 1))

    column = _columns(flows, months)
    kept = column >= 0
    values = np.asarray(flows.column("value_usd").to_numpy(zero_copy_only=False), dtype=np.float64)
    dollars = np.zeros((len(cells), len(months)))
    np.add.at(dollars, (row[kept], column[kept]), values[kept])

    chapters = sorted({chapter_of(name) for name in good_names})
    seen = _seen(reported, months, supplier_names, chapters)
    chapter = np.array([chapters.index(chapter_of(name)) for name in good_names], dtype=np.int64)
    is_reported = seen[supplier, chapter[good]]
    return CellPanel(
        suppliers=tuple(supplier_names[code] for code in supplier),
        destinations=tuple(destination_names[code] for code in destination),
        goods=tuple(good_names[code] for code in good),
        in_family=np.array([destination_names[code] != ELSEWHERE for code in destination], dtype=bool),
        values_usd=np.where(is_reported, dollars, np.nan),
        seasons=np.array([int(month[5:]) for month in months], dtype=np.int64),
    )


def _columns(table: pa.Table, months: Sequence[str]) -> Index:
    """Column index of each row's month; -1 for a month outside the panel."""
    days = table.column("period").to_numpy()
    number = np.asarray(days.astype("datetime64[M]").astype(np.int64) - np.datetime64(months[0], "M").astype(np.int64))
    return np.where((number >= 0) & (number < len(months)), number, -1).astype(np.int64)


def _seen(reported: pa.Table, months: Sequence[str], suppliers: Sequence[str], chapters: Sequence[str]) -> Mask:
    """Return a mask of who reported which chapter when, shape (suppliers, chapters, months)."""
    seen = np.zeros((len(suppliers), len(chapters), len(months)), dtype=bool)
    who_names, who = positions(reported["supplier"])
    what_names, what = positions(reported["chapter"])
    when = _columns(reported, months)
    supplier = np.array([suppliers.index(name) if name in suppliers else -1 for name in who_names], dtype=np.int64)
    chapter = np.array([chapters.index(name) if name in chapters else -1 for name in what_names], dtype=np.int64)
    if len(who_names):
        kept = (supplier[who] >= 0) & (chapter[what] >= 0) & (when >= 0)
        seen[supplier[who[kept]], chapter[what[kept]], when[kept]] = True
    return seen


def not_above(panel: CellPanel, first: CellPanel, columns: Index) -> CellPanel:
    """Return the panel with ``columns`` capped at their first release, so that a revision raises no alert.

    A cell without a row in a month of ``first`` was first released as 0.
    """
    place = {cell: number for number, cell in enumerate(first.names)}
    rows = np.array([place.get(cell, -1) for cell in panel.names], dtype=np.int64)
    released: Array = np.zeros_like(panel.values_usd)
    known = rows >= 0
    released[known] = np.nan_to_num(first.values_usd[rows[known]])
    values = panel.values_usd.copy()
    values[:, columns] = np.fmin(values[:, columns], released[:, columns])
    values[~np.isfinite(panel.values_usd)] = np.nan
    # Sums over destinations are no cell: what all did together may be revised.
    values[~panel.in_family] = panel.values_usd[~panel.in_family]
    return replace(panel, values_usd=values)


def arrived_in(
    panel: CellPanel, chapters: dict[tuple[str, str], int], goods: dict[tuple[str, str], int], numbers: Collection[int]
) -> Mask:
    """Return the mask of cells whose month was first released in one of the vintages ``numbers``.

    ``chapters`` maps (supplier, chapter) to the vintage in which the month was first reported, ``goods`` maps
    (supplier, good) to the first vintage with any row of it.
    """

    def arrival(supplier: str, good: str) -> int:
        month = chapters.get((supplier, chapter_of(good)))
        return -1 if month is None else max(month, goods.get((supplier, good), month))

    found = [arrival(*cell) in numbers for cell in zip(panel.suppliers, panel.goods, strict=True)]
    return np.array(found, dtype=bool) & panel.in_family
