"""Trade between all suppliers and destinations by month, and the cells of any window of months.

Cells are those of ``world_cells``: dollars a year, the baseline from the same months of the year as the
after-window, each supplier over the months that it reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.arrays import positions
from stopgap.measures.statistics.cells import WorldCells

MONTHS = 12


@dataclass(frozen=True)
class MonthColumn:
    """Dollars of cells in one month, or in one month of the year over the baseline: positions and values, (n,) each."""

    cell: Index
    value_usd: Array


@dataclass(frozen=True)
class MonthlyWorld:
    """Cells by months, as the lake has them.

    ``supplier``, ``destination`` and ``good`` are (cells,) positions among the names. ``baseline`` holds the sums of
    each month of the year over the baseline, ``after`` the months of the after-window, in order. ``baseline_months``
    (suppliers, 13) counts the months reported by month of the year; ``reports`` is (suppliers, months).
    """

    suppliers: tuple[str, ...]
    destinations: tuple[str, ...]
    goods: tuple[str, ...]
    is_sanctioned: Mask
    supplier: Index
    destination: Index
    good: Index
    baseline: Mapping[int, MonthColumn]
    after: tuple[MonthColumn, ...]
    baseline_months: Index
    reports: Mask
    months: tuple[str, ...]

    def seasons(self, columns: range) -> list[int]:
        """Return the months of the year of some columns."""
        return [int(self.months[column][5:]) for column in columns]

    def usable(self, columns: range, seen: Mask) -> Mask:
        """Return which months count, (suppliers, columns): seen, and reported in the baseline too."""
        both: Mask = seen & (self.baseline_months[:, self.seasons(columns)] > 0)
        return both

    def cells(self, columns: range, seen: Mask) -> WorldCells:
        """Return the cells of a window of months; ``seen`` (suppliers, columns) says which are known.

        A supplier without a month that counts in both windows has no cells: missing, not zero.
        """
        use = self.usable(columns, seen)
        count = use.sum(axis=1)
        per_year = np.divide(float(MONTHS), count, out=np.zeros(count.size), where=count > 0)
        before, later = np.zeros(self.supplier.size), np.zeros(self.supplier.size)
        for place, (column, season) in enumerate(zip(columns, self.seasons(columns), strict=True)):
            weight = use[:, place] * per_year
            months = self.baseline_months[:, season]
            of_baseline = np.divide(weight, months, out=np.zeros_like(weight), where=months > 0)
            for total, part, factor in (
                (before, self.baseline.get(season), of_baseline),
                (later, self.after[column], weight),
            ):
                if part is not None:
                    total[part.cell] += part.value_usd * factor[self.supplier[part.cell]]
        keep = ((before > 0) | (later > 0)) & (count > 0)[self.supplier]
        return WorldCells(
            self.suppliers,
            self.destinations,
            self.goods,
            self.is_sanctioned,
            self.supplier[keep],
            self.destination[keep],
            self.good[keep],
            before[keep],
            later[keep],
        )


def monthly_world(flows: pa.Table, reported: pa.Table, months: tuple[str, ...]) -> MonthlyWorld:
    """Convert rows of the stages ``world_flows`` and ``world_periods``; ``months`` are those of the after-window."""
    suppliers, supplier = positions(flows["supplier"])
    destinations, destination = positions(flows["destination"])
    goods, good = positions(flows["good"])
    sanctioned = np.zeros(len(goods), dtype=bool)
    sanctioned[good] = flows["is_sanctioned"].to_numpy()
    packed = (supplier * max(len(destinations), 1) + destination) * max(len(goods), 1) + good
    cells, cell = np.unique(packed, return_inverse=True)
    rest, good_of = np.divmod(cells, max(len(goods), 1))
    supplier_of, destination_of = np.divmod(rest, max(len(destinations), 1))
    is_after, column, season = _placed(flows, months)
    value = np.asarray(flows["value_usd"].to_numpy(zero_copy_only=False), dtype=np.float64)
    names = {name: place for place, name in enumerate(suppliers)}
    baseline_months = np.zeros((len(suppliers), MONTHS + 1), dtype=np.int64)
    reports = np.zeros((len(suppliers), len(months)), dtype=bool)
    known = {month: place for place, month in enumerate(months)}
    for row in reported.to_pylist():
        place = names.get(row["supplier"])
        if place is None:
            continue
        if row["part"] == "baseline":
            baseline_months[place, row["period"].month] += 1
        elif (at := known.get(f"{row['period']:%Y-%m}")) is not None:
            reports[place, at] = True
    of_season = {int(each): _column(cell, value, ~is_after & (season == each)) for each in np.unique(season[~is_after])}
    return MonthlyWorld(
        suppliers,
        destinations,
        goods,
        sanctioned,
        supplier_of,
        destination_of,
        good_of,
        of_season,
        tuple(_column(cell, value, is_after & (column == place)) for place in range(len(months))),
        baseline_months,
        reports,
        months,
    )


def _placed(flows: pa.Table, months: tuple[str, ...]) -> tuple[Mask, Index, Index]:
    """Return of each row whether it is in the after-window, its column there, and its month of the year."""
    is_after = np.asarray(pc.equal(flows["part"], "after").to_numpy(), dtype=bool)
    days, day = positions(flows["period"].cast(pa.string()))
    place = {month: at for at, month in enumerate(months)}
    columns = np.array([place.get(text[:7], -1) for text in days] or [-1], dtype=np.int64)
    seasons = np.array([int(text[5:7]) for text in days] or [0], dtype=np.int64)
    return is_after, columns[day], seasons[day]


def _column(cell: Index, value: Array, keep: Mask) -> MonthColumn:
    """Sum the kept rows by cell; cells without a row are left out."""
    order = np.argsort(cell[keep], kind="stable")
    found, first = np.unique(cell[keep][order], return_index=True)
    sums = np.add.reduceat(value[keep][order], first) if found.size else np.zeros(0)
    return MonthColumn(found, np.asarray(sums, dtype=np.float64))
