"""Convert rows of the lake to panels of cells by months."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from stopgap.codes.commodities import is_composite
from stopgap.measures.alerts.cell_panel import ELSEWHERE, CellPanel, Labels, compressed
from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.arrays import positions


def chapter_of(good: str) -> str:
    """Return the chapter whose reports show that a good was reported; a composite is its own chapter."""
    return good if is_composite(good) else good[:2]


@dataclass(frozen=True, eq=False)
class MonthlyCells:
    """Cells of one vintage over a span of months.

    Attributes:
        panel: All cells with a row in the span.
        has_row: Where the lake has a row, shape (cells, months).
        months: The months of the span (``YYYY-MM``), oldest first.
    """

    panel: CellPanel
    has_row: Mask
    months: tuple[str, ...]

    def between(self, first: str, last: str) -> CellPanel:
        """Return the panel of some months of the span, with the cells that have a row in them."""
        span = slice(self.months.index(first), self.months.index(last) + 1)
        panel, kept = self.panel, self.has_row[:, span].any(axis=1)
        values, seasons = panel.values_usd[:, span], panel.seasons[span]
        if kept.all():
            return replace(panel, values_usd=values, seasons=seasons)
        suppliers, destinations, goods = (
            Labels.used(labels.names, labels.codes[kept])
            for labels in (panel.suppliers, panel.destinations, panel.goods)
        )
        in_family, rows = panel.in_family[kept], np.asfortranarray(values)[kept]
        return CellPanel(suppliers, destinations, goods, in_family, np.asfortranarray(rows), seasons)


def cells_of_rows(flows: pa.Table, reported: pa.Table, months: Sequence[str]) -> MonthlyCells:
    """Build the cells from rows of ``alert_flows``; the columns are ``months`` (``YYYY-MM``, oldest first).

    There is one cell per (supplier, destination, good) with a row, in that order. A month that the supplier reported
    (rows of ``alert_periods``) without a row in the cell is 0; a month that it did not report is NaN.
    """
    supplier_names, suppliers = positions(flows["supplier"])
    destination_names, destinations = positions(flows["destination"])
    good_names, goods = positions(flows["good"])
    width = len(destination_names) * len(good_names)
    cells, row = compressed(suppliers * width + destinations * len(good_names) + goods, len(supplier_names) * width)
    rest, good = np.divmod(cells, max(len(good_names), 1))
    supplier, destination = np.divmod(rest, max(len(destination_names), 1))

    column = _columns(flows, months)
    kept = column >= 0
    dollars = np.zeros((len(cells), len(months)), order="F")
    has_row = np.zeros((len(cells), len(months)), dtype=bool, order="F")
    dollars[row[kept], column[kept]] = np.asarray(flows["value_usd"].to_numpy(), dtype=np.float64)[kept]
    has_row[row[kept], column[kept]] = True

    chapters = sorted({chapter_of(name) for name in good_names})
    seen = _seen(reported, months, supplier_names, chapters)
    place = {name: number for number, name in enumerate(chapters)}
    chapter = np.array([place[chapter_of(name)] for name in good_names], dtype=np.int64)[good]
    for number in range(len(months)):
        dollars[~seen[supplier, chapter, number], number] = np.nan
    panel = CellPanel(
        suppliers=Labels.used(supplier_names, supplier),
        destinations=Labels.used(destination_names, destination),
        goods=Labels.used(good_names, good),
        in_family=np.array([name != ELSEWHERE for name in destination_names], dtype=bool)[destination],
        values_usd=dollars,
        seasons=np.array([int(month[5:]) for month in months], dtype=np.int64),
    )
    return MonthlyCells(panel, has_row, tuple(months))


def joined(parts: Sequence[MonthlyCells]) -> MonthlyCells:
    """Join cells of the same months whose goods follow each other, without a good in two parts."""
    if len(parts) == 1:
        return parts[0]
    panels, months = [part.panel for part in parts], parts[0].months
    suppliers, supplier = _labels([panel.suppliers for panel in panels])
    destinations, destination = _labels([panel.destinations for panel in panels])
    goods, good = _labels([panel.goods for panel in panels])
    order = np.lexsort((good, destination, supplier))
    values = np.empty((len(order), len(months)), order="F")
    has_row = np.empty((len(order), len(months)), dtype=bool, order="F")
    for column in range(len(months)):
        values[:, column] = np.concatenate([panel.values_usd[:, column] for panel in panels])[order]
        has_row[:, column] = np.concatenate([part.has_row[:, column] for part in parts])[order]
    panel = CellPanel(
        suppliers=Labels(suppliers, supplier[order]),
        destinations=Labels(destinations, destination[order]),
        goods=Labels(goods, good[order]),
        in_family=np.concatenate([panel.in_family for panel in panels])[order],
        values_usd=values,
        seasons=panels[0].seasons,
    )
    return MonthlyCells(panel, has_row, months)


def _labels(labels: Sequence[Labels]) -> tuple[tuple[str, ...], Index]:
    """Return the names of several labels, sorted, and each cell's position among them."""
    names = tuple(sorted({name for each in labels for name in each.names}))
    return names, np.concatenate([each.places_in(names) for each in labels])


def _columns(table: pa.Table, months: Sequence[str]) -> Index:
    """Column index of each row's month; -1 for a month outside the panel."""
    days = table.column("period").to_numpy()
    number = np.asarray(days.astype("datetime64[M]").astype(np.int64) - np.datetime64(months[0], "M").astype(np.int64))
    return np.where((number >= 0) & (number < len(months)), number, -1).astype(np.int64)


def _seen(reported: pa.Table, months: Sequence[str], suppliers: Sequence[str], chapters: Sequence[str]) -> Mask:
    """Return a mask of who reported which chapter when, shape (suppliers, chapters, months)."""
    seen = np.zeros((len(suppliers), len(chapters), len(months)), dtype=bool)
    when = _columns(reported, months)
    supplier, chapter = places(reported["supplier"], suppliers), places(reported["chapter"], chapters)
    kept = (supplier >= 0) & (chapter >= 0) & (when >= 0)
    seen[supplier[kept], chapter[kept], when[kept]] = True
    return seen


def places(column: pa.ChunkedArray, names: Sequence[str]) -> Index:
    """Return the position of each text of a column among ``names``; -1 where it is not among them."""
    found, codes = positions(column)
    return Labels(found, codes).places_in(tuple(names))


def not_above(panel: CellPanel, first: CellPanel, columns: Index) -> CellPanel:
    """Return the panel with ``columns`` capped at their first release, so that a revision raises no alert.

    The months of ``first`` are those of ``columns``. A cell without a row in a month of ``first`` was first released
    as 0. Sums over destinations are no cell: what all did together may be revised.
    """
    rows = _rows_in(panel, first)
    known = rows >= 0
    values = np.array(panel.values_usd, order="F")
    for place, column in enumerate(columns.tolist()):
        released: Array = np.zeros(len(rows))
        released[known] = np.nan_to_num(first.values_usd[rows[known], place])
        kept = panel.in_family & np.isfinite(values[:, column])
        values[kept, column] = np.fmin(values[kept, column], released[kept])
    return replace(panel, values_usd=values)


def _rows_in(panel: CellPanel, other: CellPanel) -> Index:
    """Return the row of each cell in another panel; -1 where that has no such cell."""
    codes, own = np.zeros(len(panel.goods), dtype=np.int64), np.zeros(len(other.goods), dtype=np.int64)
    known = np.ones(len(codes), dtype=bool)
    pairs = (
        (panel.suppliers, other.suppliers), (panel.destinations, other.destinations), (panel.goods, other.goods),
    )  # fmt: skip
    for mine, others in pairs:
        place = mine.places_in(others.names)
        known &= place >= 0
        codes, own = codes * len(others.names) + place, own * len(others.names) + others.codes
    order = np.argsort(own, kind="stable")
    at = np.searchsorted(own, codes[known], sorter=order)
    is_there = at < len(own)
    found = order[at[is_there]]
    rows = np.full(len(codes), -1, dtype=np.int64)
    rows[np.flatnonzero(known)[is_there]] = np.where(own[found] == codes[known][is_there], found, -1)
    return rows


def arrived_in(panel: CellPanel, chapters: pa.Table, goods: pa.Table, numbers: Collection[int]) -> Mask:
    """Return the mask of cells whose month was first released in one of the vintages ``numbers``.

    ``chapters`` has ``supplier``, ``chapter`` and the ``number`` of the vintage in which the month was first reported;
    ``goods`` has ``supplier``, ``good`` and the number of the first vintage with any row of it.
    """
    names = tuple(sorted({chapter_of(good) for good in panel.goods.names}))
    month = _numbers(chapters, "chapter", panel.suppliers.names, names)
    place = {name: number for number, name in enumerate(names)}
    of_good = np.array([place[chapter_of(good)] for good in panel.goods.names], dtype=np.int64)
    month = month[:, of_good]
    arrival = np.maximum(month, _numbers(goods, "good", panel.suppliers.names, panel.goods.names))
    arrival[month < 0] = -1
    is_there: Mask = np.isin(arrival, sorted(numbers))
    return is_there[panel.suppliers.codes, panel.goods.codes] & panel.in_family


def _numbers(table: pa.Table, column: str, suppliers: Sequence[str], names: Sequence[str]) -> Index:
    """Return the vintage of each supplier and name, shape (suppliers, names); -1 where there is none."""
    found = np.full((len(suppliers), len(names)), -1, dtype=np.int64)
    supplier, name = places(table["supplier"], suppliers), places(table[column], names)
    kept = (supplier >= 0) & (name >= 0)
    found[supplier[kept], name[kept]] = table["number"].to_numpy()[kept]
    return found
