"""Hold flows by period, and aggregate them to cells of any two sets of periods."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stopgap.measures.statistics.numbered_rows import days_of, dense_codes, doubles_of, sums_by_code
from stopgap.measures.statistics.ppml import PpmlPanel
from stopgap.measures.statistics.separation import Bools, Codes, Floats
from stopgap.measures.statistics.window_model import WindowCells

LEAST_KNOWN = 0.5
"""Smallest share of a cell's dollars in a window with a weight, for its kilograms to count."""


@dataclass(frozen=True)
class FlowNames:
    """Names of numbered suppliers, destinations and goods, each in sorted order."""

    suppliers: tuple[str, ...]
    destinations: tuple[str, ...]
    goods: tuple[str, ...]
    is_sanctioned: tuple[bool, ...]


@dataclass(frozen=True)
class PeriodFlows:
    """Sales of suppliers outside the coalition to every destination except hubs, by period.

    There are c cells, sorted, with the positions of their ``supplier``, ``destination`` and ``good``, and n flows:
    ``cell`` is that of each, sorted within its period, and ``starts`` (p + 1) are the first flows of the periods.
    ``value_usd`` is in current US dollars (a reported period without a flow is a true zero), ``net_kg`` NaN if a part
    of the flow has no weight. ``periods`` are first days, in order, with their ``season`` (calendar month, 1 for years)
    and ``part`` (``baseline``, ``after`` or empty). ``reported`` is (suppliers, periods). Models of these flows have
    the effects α_ijt if ``has_pair_effects``; if not, there are no ordinary goods and the flows are of sanctioned goods
    only.
    """

    suppliers: tuple[str, ...]
    destinations: tuple[str, ...]
    goods: tuple[str, ...]
    is_sanctioned: Bools
    supplier: Codes
    destination: Codes
    good: Codes
    cell: NDArray[np.int32]
    starts: Codes
    value_usd: Floats
    net_kg: Floats
    periods: tuple[dt.date, ...]
    season: Codes
    part: tuple[str, ...]
    reported: Bools
    periods_per_year: int
    has_pair_effects: bool = True

    @property
    def period(self) -> Codes:
        """Return the position of each flow's period, (n,)."""
        return np.repeat(np.arange(len(self.periods)), np.diff(self.starts))

    def in_part(self, name: str) -> Bools:
        """Return the mask of periods in a window, (p,)."""
        return np.array([part == name for part in self.part], dtype=bool)

    def sums(self, periods: Bools, values: Floats | None = None) -> Floats:
        """Return the sum of each cell's dollars, or of other values (n,), over some periods (p,)."""
        found = np.zeros(len(self.supplier))
        of = self.value_usd if values is None else values
        for period in np.flatnonzero(periods):
            rows = slice(self.starts[period], self.starts[period + 1])
            found[self.cell[rows]] += of[rows]
        return found

    def between(self, before: Bools, after: Bools) -> WindowCells:
        """Return yearly means over two sets of periods (p,), the first weighted to the calendar months of the second.

        Cells are of suppliers that reported a common calendar month in both sets; other suppliers are
        absent: missing, not zero. Calendar months in only one of the sets do not count.
        """
        weight = self._weights(before, after)
        early, late = np.zeros(len(self.supplier)), np.zeros(len(self.supplier))
        seen = np.zeros(len(self.supplier), dtype=bool)
        for period in np.flatnonzero((weight > 0).any(axis=0)):
            rows = slice(self.starts[period], self.starts[period + 1])
            cell = self.cell[rows]
            each = weight[:, period][self.supplier[cell]]
            (late if after[period] else early)[cell] += self.value_usd[rows] * each
            seen[cell[each > 0]] = True
        taken = np.flatnonzero(seen)
        good = self.good[taken]
        return WindowCells(
            self.supplier[taken],
            self.destination[taken],
            good,
            self.is_sanctioned[good],
            early[taken],
            late[taken],
            has_pair_effects=self.has_pair_effects,
        )

    def without_pair_effects(self) -> PeriodFlows:
        """Return the sanctioned goods alone, for models without the effects α_ijt."""
        return replace(self._taken(self.is_sanctioned[self.good][self.cell]), has_pair_effects=False)

    def _taken(self, keep: Bools) -> PeriodFlows:
        """Return some of the flows (n,), and the cells that they are in."""
        cell = self.cell[keep]
        used = np.zeros(len(self.supplier), dtype=bool)
        used[cell] = True
        number = (np.cumsum(used) - 1).astype(np.int32)
        return replace(
            self,
            **{name: getattr(self, name)[used] for name in ("supplier", "destination", "good")},
            cell=number[cell],
            starts=np.concatenate([[0], np.cumsum(keep)])[self.starts],
            value_usd=self.value_usd[keep],
            net_kg=self.net_kg[keep],
        )

    def in_kilograms(self, target: int) -> tuple[PeriodFlows, float | None]:
        """Return the flows in kilograms, for cells with a weight on at least half of their dollars in each window.

        Flows without weight are converted at the unit value of the same cell and window; other cells are
        excluded. Also returns the share of the target's sanctioned dollars in the windows that
        is covered; ``None`` without such dollars.
        """
        weighed = self.net_kg > 0
        known_usd = np.where(weighed, self.value_usd, 0.0)
        windows = [self.in_part("baseline"), self.in_part("after")]
        known, total = ([self.sums(inside, values) for inside in windows] for values in (known_usd, None))
        lacks = np.logical_or(*(few < LEAST_KNOWN * all_of for few, all_of in zip(known, total, strict=True)))
        own = (self.destination == target) & self.is_sanctioned[self.good]
        sold, covered = (float(sum(each[which].sum() for each in total)) for which in (own, own & ~lacks))
        factor = [
            np.where(few > 0, all_of, 0.0) / np.where(few > 0, few, 1.0)
            for few, all_of in zip(known, total, strict=True)
        ]
        kilograms = np.zeros(len(self.cell))
        keep = np.zeros(len(self.cell), dtype=bool)
        for inside, by in zip(windows, factor, strict=True):
            for period in np.flatnonzero(inside):
                rows = slice(self.starts[period], self.starts[period + 1])
                cell = self.cell[rows]
                keep[rows] = weighed[rows] & ~lacks[cell]
                kilograms[rows] = np.where(keep[rows], self.net_kg[rows], 0.0) * by[cell]
        found = replace(self, value_usd=kilograms, net_kg=kilograms)._taken(keep)
        return found, covered / sold if sold > 0 else None

    def panel(self) -> PpmlPanel:
        """Return observations of both windows: each cell with trade, in every period that its supplier reported."""
        inside = np.array([part != "" for part in self.part], dtype=bool)
        at = self.period
        used = inside[at] & self.reported[self.supplier[self.cell], at]
        flows = self._taken(used)
        dollars = np.zeros((len(flows.supplier), len(self.periods)))
        dollars[flows.cell, flows.period] = flows.value_usd
        cell, period = np.nonzero(self.reported[flows.supplier] & inside)
        return PpmlPanel(
            flows.supplier[cell],
            flows.destination[cell],
            flows.good[cell],
            period.astype(np.int64),
            dollars[cell, period],
            self.is_sanctioned[flows.good[cell]],
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


def period_flows(rows: pa.Table, names: FlowNames, reported: pa.Table, *, periods_per_year: int) -> PeriodFlows:
    """Build flows from the stages ``opinion_rows`` or ``opinion_flows``, and ``world_periods``.

    Flows of periods that their supplier did not report are left out, and names without any flow.
    """
    days = sorted({*reported["period"].to_pylist()})
    place = {day: at for at, day in enumerate(days)}
    season, part = np.ones(len(days), dtype=np.int64), [""] * len(days)
    who = {name: at for at, name in enumerate(names.suppliers)}
    is_reported = np.zeros((len(names.suppliers), len(days)), dtype=bool)
    for name, day, window, month in zip(
        *(reported[column].to_pylist() for column in ("supplier", "period", "part", "season")), strict=True
    ):
        season[place[day]], part[place[day]] = month, window or ""
        if name in who:
            is_reported[who[name], place[day]] = True
    read = FlowRows(
        rows["supplier"].to_numpy(),
        rows["destination"].to_numpy(),
        rows["good"].to_numpy(),
        _places(rows["period"], days),
        doubles_of(rows["value_usd"]),
        doubles_of(rows["net_kg"]),
    )
    return flows_of_rows(names, read, FlowCalendar(tuple(days), season, tuple(part), is_reported, periods_per_year))


def _places(column: pa.ChunkedArray, days: list[dt.date]) -> NDArray[np.int16]:
    """Return the position of each first day among ``days``, -1 if it is not among them."""
    stamps = days_of(column)
    first = int(stamps.min(initial=0))
    place = np.full(int(stamps.max(initial=0)) - first + 1, -1, dtype=np.int16)
    for number, day in enumerate(days):
        at = (day - dt.date(1970, 1, 1)).days - first
        if 0 <= at < len(place):
            place[at] = number
    return place[stamps - first]


@dataclass(frozen=True)
class FlowRows:
    """Rows (n,) of sales: positions of names and periods, in any order, with their dollars and kilograms."""

    supplier: NDArray[Any]
    destination: NDArray[Any]
    good: NDArray[Any]
    period: NDArray[Any]
    value_usd: Floats
    net_kg: Floats


@dataclass(frozen=True)
class FlowCalendar:
    """Periods (p,) with their season and window, and which of them each supplier reported, (suppliers, p)."""

    periods: tuple[dt.date, ...]
    season: Codes
    part: tuple[str, ...]
    reported: Bools
    periods_per_year: int


def flows_of_rows(names: FlowNames, rows: FlowRows, calendar: FlowCalendar) -> PeriodFlows:
    """Build flows from rows; those of one flow are added up.

    Rows of a period that the supplier did not report, or of none (-1), are left out, and names without any row.
    """
    suppliers, destinations, goods = names.suppliers, names.destinations, names.goods
    is_sanctioned = np.array(names.is_sanctioned, dtype=bool)
    supplier, destination, good, period = rows.supplier, rows.destination, rows.good, rows.period
    value_usd, net_kg = rows.value_usd, rows.net_kg
    periods, reported = calendar.periods, calendar.reported
    told = (period >= 0) & reported[supplier, period]
    if not told.all():
        supplier, destination, good, period, value_usd, net_kg = (
            column[told] for column in (supplier, destination, good, period, value_usd, net_kg)
        )
    numbers = (supplier.astype(np.int64) * len(destinations) + destination) * len(goods) + good
    keys, cell = dense_codes(numbers, len(suppliers) * len(destinations) * len(goods))
    del numbers
    at, (value_usd, net_kg) = sums_by_code(
        period * np.int64(len(keys)) + cell, len(keys) * len(periods), value_usd, net_kg
    )
    whose, sold = np.divmod(keys, len(goods))
    seller, buyer = np.divmod(whose, len(destinations))
    sellers, seller = np.unique(seller, return_inverse=True)
    buyers, buyer = np.unique(buyer, return_inverse=True)
    held, sold = np.unique(sold, return_inverse=True)
    count = max(len(keys), 1)
    return PeriodFlows(
        tuple(suppliers[number] for number in sellers),
        tuple(destinations[number] for number in buyers),
        tuple(goods[number] for number in held),
        is_sanctioned[held],
        seller,
        buyer,
        sold,
        (at % count).astype(np.int32),
        np.searchsorted(at, np.arange(len(periods) + 1) * count),
        value_usd,
        net_kg,
        periods,
        calendar.season,
        calendar.part,
        reported[sellers],
        calendar.periods_per_year,
    )
