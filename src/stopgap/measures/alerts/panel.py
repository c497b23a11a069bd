"""Rows of the lake as a panel of cells by months."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa

from stopgap.codes.commodities import is_composite
from stopgap.measures.alerts.expectation import ELSEWHERE, Array, CellPanel, Index, Mask


def chapter_of(good: str) -> str:
    """The chapter whose reports show that a good was reported; a composite is its own."""
    return good if is_composite(good) else good[:2]


def panel_of_rows(flows: pa.Table, reported: pa.Table, months: Sequence[str]) -> CellPanel:
    """The panel of :mod:`stopgap.measures.alerts.expectation`.

    Args:
        flows: Rows of ``alert_flows``: ``supplier, destination, good, period, value_usd``.
        reported: Rows of ``alert_periods``: ``supplier, chapter, period``.
        months: Columns, oldest first (``YYYY-MM``).

    Returns:
        One cell per (supplier, destination, good) that has a row, in that order. A month that the
        supplier reported without a row of the cell is 0; one that it did not report is NaN.
    """
    suppliers, supplier_names = _coded(flows, "supplier")
    destinations, destination_names = _coded(flows, "destination")
    goods, good_names = _coded(flows, "good")
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


def _coded(table: pa.Table, name: str) -> tuple[Index, list[str]]:
    """A text column as numbers into its sorted names."""
    encoded = table.column(name).combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    indices = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    return (place[indices] if len(names) else indices), [names[number] for number in order]


def _columns(table: pa.Table, months: Sequence[str]) -> Index:
    """Column of each row's month; -1 where it is none of them."""
    days = table.column("period").to_numpy()
    number = np.asarray(days.astype("datetime64[M]").astype(np.int64) - np.datetime64(months[0], "M").astype(np.int64))
    inside: Index = np.where((number >= 0) & (number < len(months)), number, -1).astype(np.int64)
    return inside


def _seen(reported: pa.Table, months: Sequence[str], suppliers: list[str], chapters: list[str]) -> Mask:
    """Who reported which chapter when: (suppliers, chapters, months)."""
    seen = np.zeros((len(suppliers), len(chapters), len(months)), dtype=bool)
    who, who_names = _coded(reported, "supplier")
    what, what_names = _coded(reported, "chapter")
    when = _columns(reported, months)
    supplier = np.array([suppliers.index(name) if name in suppliers else -1 for name in who_names], dtype=np.int64)
    chapter = np.array([chapters.index(name) if name in chapters else -1 for name in what_names], dtype=np.int64)
    if len(who_names):
        kept = (supplier[who] >= 0) & (chapter[what] >= 0) & (when >= 0)
        seen[supplier[who[kept]], chapter[what[kept]], when[kept]] = True
    return seen


def not_above(panel: CellPanel, first: CellPanel, columns: Index) -> CellPanel:
    """The panel with some months held down to their first release: a revision raises nothing.

    Args:
        panel: Figures as they stand.
        first: First releases; a cell without a row in a month was released as nothing.
        columns: Months held down; the others stay.
    """
    place = {cell: number for number, cell in enumerate(zip(*_names(first), strict=True))}
    rows = np.array([place.get(cell, -1) for cell in zip(*_names(panel), strict=True)], dtype=np.int64)
    released: Array = np.zeros_like(panel.values_usd)
    known = rows >= 0
    released[known] = np.nan_to_num(first.values_usd[rows[known]])
    values = panel.values_usd.copy()
    values[:, columns] = np.fmin(values[:, columns], released[:, columns])
    values[~np.isfinite(panel.values_usd)] = np.nan
    # Sums over destinations are no cell: what all did together may be revised.
    values[~panel.in_family] = panel.values_usd[~panel.in_family]
    return CellPanel(panel.suppliers, panel.destinations, panel.goods, panel.in_family, values, panel.seasons)


def _names(panel: CellPanel) -> tuple[tuple[str, ...], ...]:
    return (panel.suppliers, panel.destinations, panel.goods)


def arrived_in(
    panel: CellPanel, chapters: dict[tuple[str, str], int], goods: dict[tuple[str, str], int], numbers: Collection[int]
) -> Mask:
    """Cells whose first release of a month falls into one of these vintages.

    Args:
        panel: The cells.
        chapters: (supplier, chapter) -> vintage in which the month was first reported.
        goods: (supplier, good) -> vintage that first held any row of it.
        numbers: Vintages of the release.
    """

    def arrival(supplier: str, good: str) -> int:
        month = chapters.get((supplier, chapter_of(good)))
        return -1 if month is None else max(month, goods.get((supplier, good), month))

    found = [arrival(*cell) in numbers for cell in zip(panel.suppliers, panel.goods, strict=True)]
    mask: Mask = np.array(found, dtype=bool) & panel.in_family
    return mask
