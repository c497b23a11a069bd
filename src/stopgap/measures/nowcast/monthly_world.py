"""Trade between all suppliers and destinations by month, and the cells of any window of months.

Cells are those of ``world_cells``: dollars a year, the baseline from the same months of the year as the
after-window, each supplier over the months that it reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stopgap.measures.second_opinion.period_flows import PeriodFlows
from stopgap.measures.statistics.array_types import Array, Index, Mask, Whole
from stopgap.measures.statistics.cells import WorldCells

MONTHS = 12


@dataclass(frozen=True)
class MonthColumn:
    """Dollars of cells in one month, or in one month of the year over the baseline: positions and values, (n,) each."""

    cell: Whole
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


def monthly_world(flows: PeriodFlows, months: tuple[str, ...]) -> MonthlyWorld:
    """Return flows of both windows by month; ``months`` (``YYYY-MM``) are those of the after-window."""
    of_baseline, of_after = flows.in_part("baseline"), flows.in_part("after")
    season = np.array([day.month for day in flows.periods], dtype=np.int64)
    baseline_months = np.zeros((len(flows.suppliers), MONTHS + 1), dtype=np.int64)
    for period in np.flatnonzero(of_baseline):
        baseline_months[:, season[period]] += flows.reported[:, period]
    reports = np.zeros((len(flows.suppliers), len(months)), dtype=bool)
    after = [_NOTHING] * len(months)
    place = {month: at for at, month in enumerate(months)}
    for period in np.flatnonzero(of_after):
        at = place.get(f"{flows.periods[period]:%Y-%m}")
        if at is not None:
            rows = slice(flows.starts[period], flows.starts[period + 1])
            reports[:, at] = flows.reported[:, period]
            after[at] = MonthColumn(flows.cell[rows], flows.value_usd[rows])
    baseline = {}
    for each in np.unique(season[of_baseline]).tolist():
        sums = flows.sums(of_baseline & (season == each))
        held = np.flatnonzero(sums)
        baseline[each] = MonthColumn(held, sums[held])
    return MonthlyWorld(
        flows.suppliers,
        flows.destinations,
        flows.goods,
        flows.is_sanctioned,
        flows.supplier,
        flows.destination,
        flows.good,
        baseline,
        tuple(after),
        baseline_months,
        reports,
        months,
    )


_NOTHING = MonthColumn(np.zeros(0, dtype=np.int64), np.zeros(0))
