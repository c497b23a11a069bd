"""Hold flows by period, and aggregate them to cells of any two sets of periods."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from stopgap.measures.statistics.arrays import positions
from stopgap.measures.statistics.ppml import PpmlPanel
from stopgap.measures.statistics.separation import Bools, Codes, Floats, codes_of
from stopgap.measures.statistics.window_model import WindowCells, summed_cells

LEAST_KNOWN = 0.5
"""Smallest share of a cell's dollars in a window with a weight, for its kilograms to count."""


@dataclass(frozen=True)
class PeriodFlows:
    """Sales of suppliers outside the coalition to every destination except hubs, by period.

    For n flows, ``supplier``, ``destination``, ``good`` and ``period`` are positions; ``value_usd`` is in current US
    dollars (a reported period without a flow is a true zero), ``net_kg`` NaN if a part of the flow has no weight.
    ``periods`` are first days, in order, with their ``season`` (calendar month, 1 for years) and ``part``
    (``baseline``, ``after`` or empty). ``reported`` is (suppliers, periods). Models of these flows have the effects
    α_ijt if ``has_pair_effects``; if not, there are no ordinary goods and the flows are of sanctioned goods only.
    """

    suppliers: tuple[str, ...]
    destinations: tuple[str, ...]
    goods: tuple[str, ...]
    is_sanctioned: Bools
    supplier: Codes
    destination: Codes
    good: Codes
    period: Codes
    value_usd: Floats
    net_kg: Floats
    periods: tuple[dt.date, ...]
    season: Codes
    part: tuple[str, ...]
    reported: Bools
    periods_per_year: int
    has_pair_effects: bool = True

    def in_part(self, name: str) -> Bools:
        """Return the mask of periods in a window, (p,)."""
        return np.array([part == name for part in self.part], dtype=bool)

    def between(self, before: Bools, after: Bools) -> WindowCells:
        """Return yearly means over two sets of periods (p,), the first weighted to the calendar months of the second.

        Cells are of suppliers that reported a common calendar month in both sets; other suppliers are
        absent: missing, not zero. Calendar months in only one of the sets do not count.
        """
        weight = self._weights(before, after)
        taken = weight[self.supplier, self.period] > 0
        supplier, destination, good = (
            self.supplier[taken], self.destination[taken], self.good[taken],
        )  # fmt: skip
        dollars = self.value_usd[taken] * weight[supplier, self.period[taken]]
        late = after[self.period[taken]]
        cells = summed_cells(
            supplier,
            destination,
            good,
            self.is_sanctioned[good],
            np.where(late, 0.0, dollars),
            np.where(late, dollars, 0.0),
        )
        return replace(cells, has_pair_effects=self.has_pair_effects)

    def without_pair_effects(self) -> PeriodFlows:
        """Return the sanctioned goods alone, for models without the effects α_ijt."""
        return replace(self._taken(self.is_sanctioned[self.good]), has_pair_effects=False)

    def _taken(self, keep: Bools) -> PeriodFlows:
        columns = ("supplier", "destination", "good", "period", "value_usd", "net_kg")
        return replace(self, **{name: getattr(self, name)[keep] for name in columns})

    def in_kilograms(self, target: int) -> tuple[PeriodFlows, float | None]:
        """Return the flows in kilograms, for cells with a weight on at least half of their dollars in each window.

        Flows without weight are converted at the unit value of the same cell and window; other cells are
        excluded. Also returns the share of the target's sanctioned dollars in the windows that
        is covered; ``None`` without such dollars.
        """
        late = self.in_part("after")[self.period]
        inside = late | self.in_part("baseline")[self.period]
        window = codes_of(self.supplier, self.destination, self.good, late.astype(np.int64))
        cell = codes_of(self.supplier, self.destination, self.good)
        weighed = self.net_kg > 0
        dollars = np.where(inside, self.value_usd, 0.0)
        known = _by_code(window, np.where(weighed, dollars, 0.0))[window]
        total = _by_code(window, dollars)[window]
        lacks = _by_code(cell, (inside & (known < LEAST_KNOWN * total)).astype(np.float64)) > 0
        keep = inside & ~lacks[cell]
        own = inside & (self.destination == target) & self.is_sanctioned[self.good]
        sold = float(self.value_usd[own].sum())
        share = float(self.value_usd[own & keep].sum()) / sold if sold > 0 else None
        keep &= weighed
        kilograms = self.net_kg[keep] * total[keep] / np.where(known[keep] > 0, known[keep], 1.0)
        return replace(self._taken(keep), value_usd=kilograms, net_kg=kilograms), share

    def panel(self) -> PpmlPanel:
        """Return observations of both windows: each cell with trade, in every period that its supplier reported."""
        inside = np.array([part != "" for part in self.part], dtype=bool)
        taken = inside[self.period] & self.reported[self.supplier, self.period]
        cell = codes_of(self.supplier[taken], self.destination[taken], self.good[taken])
        n = int(cell.max(initial=-1)) + 1
        first = np.zeros(n, dtype=np.int64)
        first[cell[::-1]] = np.flatnonzero(taken)[::-1]
        dollars = np.zeros((n, len(self.periods)))
        np.add.at(dollars, (cell, self.period[taken]), self.value_usd[taken])
        row, period = np.nonzero(self.reported[self.supplier[first]] & inside)
        of_row = first[row]
        return PpmlPanel(
            self.supplier[of_row],
            self.destination[of_row],
            self.good[of_row],
            period.astype(np.int64),
            dollars[row, period],
            self.is_sanctioned[self.good[of_row]],
            self.in_part("after")[period],
            self.has_pair_effects,
        )

    def _weights(self, before: Bools, after: Bools) -> Floats:
        """Return the weight of a dollar of each supplier and period in its yearly mean, (suppliers, p)."""
        seasons = np.arange(13)[:, None] == self.season[None, :]
        earlier = (self.reported & before).astype(np.float64) @ seasons.T
        later = (self.reported & after).astype(np.float64) @ seasons.T
        both = (earlier > 0) & (later > 0)
        later_n = np.where(both, later, 0.0)
        total = later_n.sum(axis=1, keepdims=True)
        scale = np.where(total > 0, self.periods_per_year / np.where(total > 0, total, 1.0), 0.0)
        earlier_weight = np.where(both, later_n / np.where(earlier > 0, earlier, 1.0), 0.0) * scale
        later_weight = np.where(both, 1.0, 0.0) * scale
        by_season = np.where(
            before[None, :], earlier_weight[:, self.season], np.where(after[None, :], later_weight[:, self.season], 0.0)
        )
        return np.asarray(np.where(self.reported, by_season, 0.0))


def _by_code(codes: Codes, values: Floats) -> Floats:
    return np.bincount(codes, weights=values).astype(np.float64)


def period_flows(flows: pa.Table, reported: pa.Table, *, keep: Bools, periods_per_year: int) -> PeriodFlows:
    """Build flows from the stages ``world_flows`` and ``world_periods``.

    ``keep`` selects the rows of ``flows`` of suppliers outside the coalition, with no hub as destination.
    """
    taken = flows.filter(pa.array(keep))
    suppliers, supplier = positions(taken["supplier"])
    destinations, destination = positions(taken["destination"])
    goods, good = positions(taken["good"])
    sanctioned = np.zeros(len(goods), dtype=bool)
    sanctioned[good] = taken["is_sanctioned"].to_numpy()
    days = sorted({*reported["period"].to_pylist()})
    place = {day: at for at, day in enumerate(days)}
    season, part = np.ones(len(days), dtype=np.int64), [""] * len(days)
    who = {name: at for at, name in enumerate(suppliers)}
    is_reported = np.zeros((len(suppliers), len(days)), dtype=bool)
    for name, day, window, month in zip(
        *(reported[column].to_pylist() for column in ("supplier", "period", "part", "season")), strict=True
    ):
        season[place[day]], part[place[day]] = month, window or ""
        if name in who:
            is_reported[who[name], place[day]] = True
    stamps = taken["period"].cast(pa.date32()).combine_chunks().cast(pa.int32()).to_numpy()
    order = np.array([(day - dt.date(1970, 1, 1)).days for day in days], dtype=np.int64)
    return PeriodFlows(
        suppliers,
        destinations,
        goods,
        sanctioned,
        supplier,
        destination,
        good,
        np.searchsorted(order, stamps).astype(np.int64),
        taken["value_usd"].to_numpy(),
        taken["net_kg"].cast(pa.float64()).to_numpy(),
        tuple(days),
        season,
        tuple(part),
        is_reported,
        periods_per_year,
    )
