"""Estimate phantom trade: exports that the named destination never records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.measures.mirror.pairs import Flags, Reported, ReportPairs
from stopgap.measures.mirror.results import Phantom, PhantomBand, YearOfPhantom
from stopgap.measures.statistics.array_types import Array, Whole
from stopgap.measures.statistics.numbered_rows import dense_codes

FEWEST_MONTHS = 6
LAG_MONTHS = 1.0
ALL_GOODS = "all"
ASSUMED_GROUP, ASSUMED_SINGLE = 0.40, 0.80
"""Unrecorded shares assumed with too few ordinary flows, for a group's exports and for one exporter's.

95 % of destinations were below them in UN Comtrade, machinery and electronics of 2023 from EU members
together and from each (docs/methods/mirror.md).
"""
FEWEST = 19
NEAREST = 100
LEVEL = 0.95


@dataclass(frozen=True)
class Leg:
    """Flows tested for phantom trade: exporters, importers, and groups of exporters also tested as one."""

    exporters: frozenset[str]
    importers: frozenset[str]
    groups: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class PeriodWindow:
    """First and last period, both inclusive, in months since year 0; ``months`` is the length of a period."""

    first: int
    last: int
    months: int


@dataclass(frozen=True)
class _Rows:
    """Rows of the pairs that count: ``source`` (n,), of both sides' reports to importers that are tested or ordinary.

    ``parts`` are some of them (positions among n) and the unit of each: rows count once for their exporter, once for
    each group of it, and once more for all goods. ``keys`` are the units in order.
    """

    source: Whole
    parts: tuple[tuple[Whole | slice, Whole], ...]
    keys: Whole


@dataclass(frozen=True)
class _Units:
    """Dollars a year per unit.

    ``exporter`` is the index of the economy, or the number of economies plus the index of the group;
    ``good`` is -1 for all goods.
    """

    exporter: Whole
    importer: Whole
    good: Whole
    usd: Array
    fob: Array
    cif: Array
    reexports: Array
    before_usd: Array  # baseline, less re-exports
    before_fob: Array
    lag: Array
    months: Whole

    @property
    def net(self) -> Array:
        """Return exports minus re-exports."""
        return self.usd - self.reexports


def phantom_trade(
    pairs: ReportPairs,
    log_markup: Array,
    reported: Reported,
    *,
    legs: Sequence[Leg],
    ordinary: frozenset[str],
    after: PeriodWindow,
    baseline: PeriodWindow,
) -> tuple[tuple[Phantom, ...], PhantomBand]:
    """Estimate exports that the named destination never records, beyond the unrecorded share at ordinary destinations.

    ``pairs`` come from :func:`with_zeros`: a silent side is never phantom trade, only periods that both reported
    count. ``log_markup`` is ``ln(1 + c)`` per pair. Destinations that are neither target, hub nor member are
    ``ordinary`` and show the usual disagreement. Both sides must have reported at least six
    months of ``after``.

    Returns:
        Rows of the legs, groups first, largest first: all groups, but only single exporters with ``usd`` above 0.
        Means per year over the months that exporter and importer both reported.

    Method: docs/methods/mirror.md. The band is the 95th percentile (conformal) of the unrecorded
    share over the 100 ordinary flows nearest in value; with fewer than 19 it is assumed.
    """
    groups = sorted({name: members for leg in legs for name, members in leg.groups.items()}.items())
    sellers = [*pairs.economies, *(name for name, _ in groups)]
    months = reported.jointly(after.first, after.last) * after.months
    months_before = reported.jointly(baseline.first, baseline.last) * baseline.months
    rows = _rows(pairs, groups, ordinary.union(*(leg.importers for leg in legs)))
    if rows.source.size == 0:
        return (), PhantomBand(0, 0, None, assumed=False)
    units = _sums(pairs, rows, log_markup, (after, months), (baseline, months_before))
    wanted = _wanted(pairs, units, legs, sellers)
    tested = wanted & (units.months >= FEWEST_MONTHS) & (units.usd >= 1.0)
    limits = _limits(pairs, units, ordinary, tested)
    found = _results(pairs, rows, units, limits, tested, sellers, after)
    too_short = int((wanted & (units.months > 0) & (units.months < FEWEST_MONTHS)).sum())
    share = float(np.median(limits.level[tested])) if tested.any() else None
    assumed = bool((limits.level_count[tested] == 0).any())
    return found, PhantomBand(int(tested.sum()), too_short, share, assumed)


def _rows(pairs: ReportPairs, groups: list[tuple[str, frozenset[str]]], importers: frozenset[str]) -> _Rows:
    buys = np.array([name in importers for name in pairs.economies], dtype=bool)
    source = np.flatnonzero(np.isfinite(pairs.exporter_usd) & np.isfinite(pairs.importer_usd) & buys[pairs.importer])
    size, wide = len(pairs.economies), len(pairs.goods) + 1
    exporter, importer, good = (
        side[source].astype(np.int64) for side in (pairs.exporter, pairs.importer, pairs.good)
    )  # fmt: skip
    taken: list[tuple[Whole | slice, Whole | int]] = [(slice(None), exporter)]
    for number, (_, members) in enumerate(groups):
        inside = np.array([name in members for name in pairs.economies], dtype=bool)
        taken.append((np.flatnonzero(inside[exporter]), size + number))
    top = (size + len(groups)) * size * wide
    parts: list[tuple[Whole | slice, Whole]] = []
    for mine, seller in taken:
        pair = (seller * size + importer[mine]) * wide
        parts += (
            [(mine, pair + good[mine] + 1), (mine, pair)] if len(pairs.goods) > 1 else [(mine, pair + good[mine] + 1)]
        )
    keys, unit = dense_codes(np.concatenate([code for _, code in parts]), top)
    units = np.split(unit, np.cumsum([len(code) for _, code in parts])[:-1])
    return _Rows(source, tuple((mine, of) for (mine, _), of in zip(parts, units, strict=True)), keys)


def _sums(
    pairs: ReportPairs,
    rows: _Rows,
    log_markup: Array,
    after: tuple[PeriodWindow, Whole],
    baseline: tuple[PeriodWindow, Whole],
) -> _Units:
    source, count, wide = rows.source, rows.keys.size, len(pairs.goods) + 1
    seller, buyer = pairs.exporter[source], pairs.importer[source]
    usd, cif = pairs.exporter_usd[source], pairs.importer_usd[source]
    back = np.minimum(np.nan_to_num(pairs.reexports_usd[source]), np.nan_to_num(usd))
    fob = cif * np.exp(-log_markup[source])
    period = pairs.period[source]

    def yearly(part: tuple[PeriodWindow, Whole]) -> Array:
        """Return each row's weight in a yearly mean; 0 outside the window, and with too few common months."""
        window, months = part
        joint = months[seller, buyer]
        inside = (period >= window.first) & (period <= window.last) & (joint >= FEWEST_MONTHS)
        return np.where(inside, 12.0 / np.maximum(joint, 1), 0.0)

    def total(values: Array) -> Array:
        found = np.zeros(count)
        for mine, unit in rows.parts:
            found += np.bincount(unit, weights=values[mine], minlength=count)
        return found

    def largest(values: Whole, where: Flags, least: int) -> Whole:
        found = np.full(count, least, dtype=np.int64)
        for mine, unit in rows.parts:
            told = where[mine]
            np.maximum.at(found, unit[told], values[mine][told].astype(np.int64))
        return found

    factor, before = yearly(after), yearly(baseline)
    window, months = after[0], after[1][seller, buyer]
    # Goods on their way at the end of the window, beyond those on their way at its start.
    last = largest(period, factor > 0, -1)
    sold = usd * factor
    at_end = np.zeros(count)
    for mine, unit in rows.parts:
        ends = period[mine] == last[unit]
        at_end += np.bincount(unit[ends], weights=sold[mine][ends], minlength=count)
    started = (period == window.first - window.months) & (months >= FEWEST_MONTHS)
    at_start = total(np.where(started, usd * 12.0 / np.maximum(months, 1), 0.0))
    return _Units(
        exporter=rows.keys // wide // len(pairs.economies),
        importer=rows.keys // wide % len(pairs.economies),
        good=rows.keys % wide - 1,
        usd=total(sold),
        fob=total(fob * factor),
        cif=total(cif * factor),
        reexports=total(back * factor),
        before_usd=total((usd - back) * before),
        before_fob=total(fob * before),
        lag=np.maximum(at_end - at_start, 0.0) / window.months * LAG_MONTHS,
        months=largest(months, np.ones(source.size, dtype=bool), 0),
    )


def _wanted(pairs: ReportPairs, units: _Units, legs: Sequence[Leg], sellers: list[str]) -> Flags:
    size = len(pairs.economies)
    wanted = np.zeros(units.exporter.size, dtype=bool)
    for leg in legs:
        sells = [name in (leg.exporters if number < size else leg.groups) for number, name in enumerate(sellers)]
        buys = [name in leg.importers for name in pairs.economies]
        wanted |= np.array(sells)[units.exporter] & np.array(buys)[units.importer]
    return wanted


@dataclass(frozen=True)
class _Limits:
    """Allowed unrecorded shares per unit, and the number of ordinary flows used."""

    level: Array
    level_count: Whole
    change: Array


def _share(usd: Array, fob: Array) -> Array:
    """Return the unrecorded share of exports; NaN if exports are under a dollar."""
    return np.where(usd >= 1.0, 1.0 - fob / np.maximum(usd, 1.0), np.nan)


def _limits(pairs: ReportPairs, units: _Units, ordinary: frozenset[str], tested: Flags) -> _Limits:
    """Compute the bands of the tested units from ordinary destinations of units of the same kind."""
    plain = np.array([name in ordinary for name in pairs.economies])[units.importer]
    net = units.net
    share, before = _share(net, units.fob), _share(units.before_usd, units.before_fob)
    change = share - np.maximum(before, 0.0)
    seen = plain & (units.months >= FEWEST_MONTHS) & (net >= 1.0)
    size = units.exporter.size
    single = units.exporter < len(pairs.economies)
    level = np.where(single, ASSUMED_SINGLE, ASSUMED_GROUP)
    count, moved = np.zeros(size, dtype=np.int64), level.copy()
    # A group is compared with itself elsewhere, a single exporter with all single exporters.
    kind = np.where(single, -1, units.exporter) * 2 + (units.good < 0)
    for number in np.unique(kind[tested]):
        mine, null = tested & (kind == number), seen & (kind == number)
        limit = np.inf
        assumed = ASSUMED_SINGLE if number < 0 else ASSUMED_GROUP
        # Errors partly cancel in sums: what single exporters' flows, and single goods, leave out bounds them.
        for finer in (number % 2 - 2, -2):
            if int(null.sum()) < FEWEST:
                null, limit = seen & (kind == finer), assumed
        at = np.log(net[mine].clip(1.0))
        found = bands(np.log(net[null]), share[null], at, assumed=assumed)
        told = null & np.isfinite(change)
        change_found = bands(np.log(net[told]), change[told], at, assumed=assumed).share
        level[mine], count[mine] = np.minimum(found.share, limit), found.rests_on
        moved[mine] = np.minimum(change_found, limit)
    return _Limits(level, count, moved)


@dataclass(frozen=True)
class Bands:
    """Allowed share at each value, at least 0, and the number of ordinary flows used (0: assumed)."""

    share: Array
    rests_on: Whole


def bands(log_usd: Array, share: Array, at: Array, *, assumed: float) -> Bands:
    """Compute conformal bands: the :data:`LEVEL` quantile of ordinary shares, over the :data:`NEAREST` flows in value.

    ``log_usd`` and ``share`` (unrecorded part of exports) are those of each ordinary flow, ``at``
    the log dollars of the flows tested. The band is the ceil((n + 1) level)-th smallest share: an ordinary flow
    exceeds it in at most 1 − level of the cases. ``assumed`` is used with fewer than 19 ordinary flows.
    """
    count = share.size
    if count < FEWEST:
        return Bands(np.full(at.size, assumed), np.zeros(at.size, dtype=np.int64))
    order = np.argsort(log_usd, kind="stable")
    wide = min(count, NEAREST)
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(share[order], wide), axis=1)
    rank = min(int(np.ceil((wide + 1) * LEVEL)), wide) - 1
    place = np.searchsorted(log_usd[order], at) - wide // 2
    found = windows[np.clip(place, 0, count - wide), rank]
    return Bands(np.maximum(found, 0.0), np.full(at.size, wide, dtype=np.int64))


def _results(
    pairs: ReportPairs,
    rows: _Rows,
    units: _Units,
    limits: _Limits,
    tested: Flags,
    sellers: list[str],
    after: PeriodWindow,
) -> tuple[Phantom, ...]:
    size = len(pairs.economies)
    net, before = units.net, _share(units.before_usd, units.before_fob)
    gap = net - units.fob
    band = limits.level * np.maximum(net, 0.0)
    usd = np.maximum(gap - units.lag - band, 0.0)
    allowed = np.maximum(np.nan_to_num(before), 0.0) + limits.change
    new = np.maximum(gap - units.lag - allowed * np.maximum(net, 0.0), 0.0)
    shown = np.flatnonzero(tested & ((usd > 0) | (units.exporter >= size)))
    years, held = _by_year(pairs, rows, after, tested)
    found = [
        Phantom(
            exporter=sellers[units.exporter[at]],
            importer=pairs.economies[units.importer[at]],
            good=pairs.goods[units.good[at]] if units.good[at] >= 0 else ALL_GOODS,
            usd=float(usd[at]),
            new_usd=float(new[at]) if np.isfinite(before[at]) else None,
            gap_usd=float(gap[at]),
            exporter_usd=float(units.usd[at]),
            importer_usd=float(units.cif[at]),
            importer_fob_usd=float(units.fob[at]),
            reexports_usd=float(units.reexports[at]) if units.reexports[at] > 0 else None,
            lag_usd=float(units.lag[at]),
            band_usd=float(band[at]),
            unrecorded_share=float(gap[at] / net[at]) if net[at] >= 1.0 else None,
            baseline_unrecorded_share=float(before[at]) if np.isfinite(before[at]) else None,
            is_group=bool(units.exporter[at] >= size),
            exporters=int(held[at]),
            months=int(units.months[at]),
            band_rests_on=int(limits.level_count[at]),
            years=tuple(years.get(at, ())),
        )
        for at in shown.tolist()
    ]
    return tuple(sorted(found, key=lambda row: (not row.is_group, -row.usd, row.exporter, row.importer, row.good)))


def _by_year(
    pairs: ReportPairs, rows: _Rows, after: PeriodWindow, tested: Flags
) -> tuple[dict[int, list[YearOfPhantom]], Whole]:
    """Return the calendar years of each tested unit, and its number of exporters."""
    period = pairs.period[rows.source]
    inside = (period >= after.first) & (period <= after.last)
    units, sources = [], []
    for mine, unit in rows.parts:
        shown = tested[unit] & inside[mine]
        units.append(unit[shown].astype(np.int64))
        sources.append(rows.source[mine][shown])
    unit, source = np.concatenate(units), np.concatenate(sources)
    slots, at = np.unique(unit * 10_000 + pairs.period[source] // 12, return_inverse=True)
    exported = np.bincount(at, weights=pairs.exporter_usd[source], minlength=slots.size)
    imported = np.bincount(at, weights=pairs.importer_usd[source], minlength=slots.size)
    sellers = np.unique(unit * len(pairs.economies) + pairs.exporter[source]) // len(pairs.economies)
    found: dict[int, list[YearOfPhantom]] = {}
    for slot, sold, bought in zip(slots.tolist(), exported.tolist(), imported.tolist(), strict=True):
        found.setdefault(slot // 10_000, []).append(YearOfPhantom(slot % 10_000, sold, bought))
    return found, np.bincount(sellers, minlength=rows.keys.size)
