"""Estimate net backfill: suppliers' sales to the target beyond their counterfactual.

The counterfactual of a supplier's trade with a destination in a good is its baseline
there times its growth in that good elsewhere. Ordinary goods, which no list names, show
how much a destination moved for its own reasons; other destinations show how much such
figures move by chance.

Method: docs/methods/net-backfill.md. The triple difference in ratio form, with the
interval of Donald and Lang (2007) over placebo destinations.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.growth import ControlSums, Growth, fit_growth
from stopgap.measures.statistics.placebo import Spread, fit_spread, herfindahl, placebo_rank

LEAST_VOLUME = 0.05
"""Smallest counterfactual trade of a placebo destination, relative to the target's."""

OWN_PLACEBOS = 8
"""Fewest placebos with which a single supplier, good or group has its own spread."""

WIDEST_LOG = float(np.log(20.0))
"""Log of the factor 20 at which deviations of single suppliers and goods are capped: a zero has no logarithm."""


@dataclass(frozen=True)
class WorldCells:
    """Mean dollars a year of every (supplier, destination, good) with trade in either window.

    ``supplier``, ``destination`` and ``good`` are (n,) positions among the names; ``is_sanctioned`` is (goods,).
    """

    suppliers: tuple[str, ...]
    destinations: tuple[str, ...]
    goods: tuple[str, ...]
    is_sanctioned: Mask
    supplier: Index
    destination: Index
    good: Index
    baseline_usd: Array
    after_usd: Array

    def kept(self, keep: Mask) -> WorldCells:
        """Return the selected cells; the names stay."""
        columns = ("supplier", "destination", "good", "baseline_usd", "after_usd")
        return replace(self, **{name: getattr(self, name)[keep] for name in columns})


@dataclass(frozen=True)
class NetEstimate:
    """Net dollars a year of some suppliers in some goods; ``low_usd`` and ``high_usd`` are the 95 % interval, if any.

    ``net_usd`` is continuing cells' after-window sales (``observed_usd``) minus their counterfactual
    (``expected_usd``), plus all sales of cells without a baseline (``entrants_usd``).
    """

    net_usd: float
    observed_usd: float
    expected_usd: float
    entrants_usd: float
    low_usd: float | None = None
    high_usd: float | None = None

    @property
    def ci95_usd(self) -> tuple[float | None, float | None]:
        """Return the 95 % interval of ``net_usd``."""
        return self.low_usd, self.high_usd


@dataclass(frozen=True)
class NetBackfill:
    """Net backfill at the target: all suppliers outside the coalition, and each supplier, good and group.

    ``total`` is relative to ordinary goods if there are any, ``double_difference`` is not; parts sum to the total.
    ``excess`` is δ, the log excess of sanctioned over ordinary goods, ``None`` if nothing was sold or expected;
    ``ordinary_excess`` is δ_U, that of ordinary goods, with half of its 95 % band over placebos, ``None`` without them.
    ``placebos`` are in order of counterfactual trade, largest first; ``rank`` is the target's among them, and their
    number; ``spread`` is of their δ. ``excesses`` are (destination, δ, its standard deviation by chance), the target
    included, most deviations from 0 first; empty without a rank. Suppliers in ``borrowed_growth``, without trade
    elsewhere, use the growth of all.
    """

    total: NetEstimate
    double_difference: NetEstimate
    excess: float | None
    ordinary_excess: float | None
    ordinary_half_width: float | None
    placebos: tuple[str, ...]
    rank: tuple[int, int] | None
    spread: Spread | None
    excesses: tuple[tuple[str, float, float], ...]
    by_supplier: dict[str, NetEstimate]
    by_good: dict[str, NetEstimate]
    by_group: dict[str, NetEstimate]
    borrowed_growth: tuple[str, ...]


@dataclass(frozen=True)
class _Sums:
    """Sums by slice (a supplier, good, group or kind of goods) and destination, each (slices, destinations)."""

    observed: Array
    expected: Array
    entrants: Array
    index: Array  # Herfindahl index of the expected cells


def _sums(cells: WorldCells, expected: Array, slices: Index, count: int) -> _Sums:
    shape = (count, len(cells.destinations))
    where = slices * shape[1] + cells.destination

    def add(values: Array) -> Array:
        return np.bincount(where, values, minlength=shape[0] * shape[1]).astype(np.float64).reshape(shape)

    continuing = cells.baseline_usd > 0
    total = add(expected)
    return _Sums(
        observed=add(np.where(continuing, cells.after_usd, 0.0)),
        expected=total,
        entrants=add(np.where(continuing, 0.0, cells.after_usd)),
        index=herfindahl(add(expected**2), total),
    )


def _log_ratio(over: Array, under: Array) -> Array:
    """Return log(over / under), NaN if either is 0: for sums that are then masked."""
    ratio = np.divide(over, under, out=np.full_like(over, np.nan), where=(under > 0) & (over > 0))
    return np.asarray(np.log(ratio))


@dataclass(frozen=True)
class _Setting:
    """Target, placebos and ordinary-goods excess, common to every estimate."""

    target: int
    placebo: Index
    ordinary: Array  # δ_U by destination, zeros in the double difference
    ordinary_index: Array

    def estimate(self, sums: _Sums, row: int, spread: Spread | None) -> NetEstimate:
        """Return one slice's net dollars, with its interval if the spread is known."""
        observed = float(sums.observed[row, self.target])
        expected = float(sums.expected[row, self.target] * np.exp(self.ordinary[self.target]))
        entrants = float(sums.entrants[row, self.target])
        net = observed - expected + entrants
        estimate = NetEstimate(net, observed, expected, entrants)
        if spread is None or expected <= 0:
            return estimate
        index = sums.index[row, self.target] + self.ordinary_index[self.target]
        factor = float(np.exp(spread.half_width(np.array([index]))[0]))
        if not np.isfinite(factor):
            return estimate
        return replace(
            estimate, low_usd=observed - expected * factor + entrants, high_usd=observed - expected / factor + entrants
        )

    def deviations(self, sums: _Sums, rows: Index) -> tuple[Array, Array]:
        """Return placebo deviations of slices, and their Herfindahl indices; (n,) each.

        A slice counts at a placebo if its expected sales there are at least :data:`LEAST_VOLUME` of
        those at the target; if it sold nothing the deviation is capped at :data:`WIDEST_LOG`.
        """
        expected = sums.expected[np.ix_(rows, self.placebo)]
        observed = sums.observed[np.ix_(rows, self.placebo)]
        known = (expected > 0) & (expected >= LEAST_VOLUME * sums.expected[rows][:, [self.target]])
        ratio = np.divide(observed, expected, out=np.zeros_like(observed), where=known)
        log = np.log(np.clip(ratio, np.exp(-WIDEST_LOG), np.exp(WIDEST_LOG))) - self.ordinary[self.placebo]
        index = sums.index[np.ix_(rows, self.placebo)] + self.ordinary_index[self.placebo]
        return log[known], index[known]


def net_backfill(
    cells: WorldCells,
    *,
    target: str,
    members: Collection[str],
    hubs: Collection[str],
    groups: dict[str, str] | None = None,
    placebo_targets: Collection[str] | None = None,
) -> NetBackfill | None:
    """Estimate the net backfill of all suppliers outside the coalition, of each one, and of each good.

    Members are not suppliers here, but destinations like others; hubs are suppliers like others, but not control
    destinations; ``groups`` are those of sanctioned goods in the goods list. If ``placebo_targets`` is ``None``, all
    destinations except target and hubs may be placebos. Returns ``None`` if no supplier outside the coalition sold
    sanctioned goods to the target, or none sold anything elsewhere: there is no counterfactual.

    Method: docs/methods/net-backfill.md.
    """
    names = np.array([name in members or name == target for name in cells.suppliers], dtype=bool)
    if target not in cells.destinations or not cells.suppliers:
        return None
    cells = cells.kept(~names[cells.supplier])
    at = cells.destinations.index(target)
    is_control = np.array([name != target and name not in hubs for name in cells.destinations], dtype=bool)
    growth = fit_growth(_control_sums(cells, is_control))
    sanctioned = cells.is_sanctioned[cells.good]
    if not growth.is_known or not (sanctioned & (cells.destination == at)).any():
        return None
    expected = _expected(cells, growth, is_control)
    kind = _sums(cells, expected, sanctioned.astype(np.int64), 2)  # row 0 ordinary, row 1 sanctioned
    allowed = is_control & np.array([placebo_targets is None or name in placebo_targets for name in cells.destinations])
    has_ordinary = bool(kind.expected[0, at] > 0 and kind.observed[0, at] > 0)
    setting = _setting(kind, at, allowed, with_ordinary=has_ordinary)
    plain = _setting(kind, at, allowed, with_ordinary=False)
    deviation, index = _total_deviations(kind, setting)
    spread = fit_spread(deviation, index)
    total = setting.estimate(kind, 1, spread)
    excess = None
    if total.observed_usd > 0 and total.expected_usd > 0:
        excess = float(np.log(total.observed_usd / total.expected_usd))
    rank: tuple[int, int] | None = None
    excesses: tuple[tuple[str, float, float], ...] = ()
    if spread is not None and excess is not None:
        own = (excess, float(kind.index[1, at] + setting.ordinary_index[at]))
        rank = placebo_rank(spread, own, deviation, index)
        named = [target, *(cells.destinations[row] for row in setting.placebo)]
        excesses = _excesses(spread, named, np.append(own[0], deviation), np.append(own[1], index))
    order = setting.placebo[np.argsort(-kind.expected[1, setting.placebo], kind="stable")]
    only = cells.kept(sanctioned)
    slices = (only, expected[sanctioned], setting)
    at_target = np.unique(only.supplier[only.destination == at])
    goods = np.unique(only.good[only.destination == at])
    return NetBackfill(
        total=total,
        double_difference=plain.estimate(kind, 1, fit_spread(*_total_deviations(kind, plain))),
        excess=excess,
        ordinary_excess=float(setting.ordinary[at]) if has_ordinary else None,
        ordinary_half_width=_ordinary_half_width(kind, setting) if has_ordinary else None,
        placebos=tuple(cells.destinations[position] for position in order),
        rank=rank,
        spread=spread,
        excesses=excesses,
        by_supplier=_parts(*slices, only.supplier, cells.suppliers, at_target),
        by_good=_parts(*slices, only.good, cells.goods, goods),
        by_group=_group_parts(*slices, cells.goods, groups or {}),
        borrowed_growth=tuple(cells.suppliers[row] for row in at_target if growth.is_borrowed[row]),
    )


def _control_sums(cells: WorldCells, is_control: Mask) -> ControlSums:
    shape = (len(cells.suppliers), len(cells.goods))
    where = cells.supplier * shape[1] + cells.good
    counted = is_control[cells.destination]

    def add(values: Array) -> Array:
        sums: Array = np.zeros(shape[0] * shape[1])
        sums += np.bincount(where, np.where(counted, values, 0.0), minlength=sums.size)
        return sums.reshape(shape)

    before, later = cells.baseline_usd, cells.after_usd
    return ControlSums(add(before), add(later), add(before**2), add(later**2), add(before * later))


def _expected(cells: WorldCells, growth: Growth, is_control: Mask) -> Array:
    """Return the counterfactual dollars a year of each cell, (n,): its baseline times growth elsewhere.

    A control destination's own trade is excluded from the growth that it is compared with;
    otherwise placebos would vary less than the target.
    """
    own = is_control[cells.destination]
    pair = cells.supplier * len(cells.destinations) + cells.destination

    def taken_out(values: Array) -> tuple[Array, Array]:
        """Return the values to exclude: of each cell, and of all goods of its supplier there."""
        counted = np.where(own, values, 0.0)
        return counted, np.bincount(pair, counted)[pair]

    base, whole_base = taken_out(cells.baseline_usd)
    later, whole_later = taken_out(cells.after_usd)
    factor = growth.factor_without(cells.supplier, cells.good, (base, later), (whole_base, whole_later))
    return factor * cells.baseline_usd


def _setting(kind: _Sums, at: int, allowed: Mask, *, with_ordinary: bool) -> _Setting:
    """Return which destinations are placebos, and how much ordinary goods moved at each."""
    enough = allowed & (kind.observed[1] > 0) & (kind.expected[1] > 0)
    enough &= kind.expected[1] >= LEAST_VOLUME * kind.expected[1, at]
    if not with_ordinary:
        zeros = np.zeros(allowed.size)
        return _Setting(at, np.flatnonzero(enough), zeros, zeros)
    enough &= (kind.observed[0] > 0) & (kind.expected[0] >= LEAST_VOLUME * kind.expected[0, at])
    ordinary = np.nan_to_num(_log_ratio(kind.observed[0], kind.expected[0]))
    return _Setting(at, np.flatnonzero(enough), ordinary, kind.index[0])


def _total_deviations(kind: _Sums, setting: _Setting) -> tuple[Array, Array]:
    placebo = setting.placebo
    deviation = _log_ratio(kind.observed[1, placebo], kind.expected[1, placebo]) - setting.ordinary[placebo]
    return deviation, kind.index[1, placebo] + setting.ordinary_index[placebo]


def _excesses(spread: Spread, names: list[str], excess: Array, index: Array) -> tuple[tuple[str, float, float], ...]:
    """Return each destination's excess with its standard deviation, in the order of the rank."""
    deviation = spread.standard_deviation(index)
    order = np.lexsort((np.array(names), -spread.scaled(excess, index)))
    return tuple((names[row], float(excess[row]), float(deviation[row])) for row in order)


def _ordinary_half_width(kind: _Sums, setting: _Setting) -> float | None:
    """Return the half-width of the 95 % chance band of ordinary goods at the target, estimated from the placebos."""
    spread = fit_spread(setting.ordinary[setting.placebo], setting.ordinary_index[setting.placebo])
    return None if spread is None else float(spread.half_width(setting.ordinary_index[[setting.target]])[0])


def _parts(
    cells: WorldCells, expected: Array, setting: _Setting, slices: Index, names: tuple[str, ...], shown: Index
) -> dict[str, NetEstimate]:
    """Estimate each slice, with the spread of its own trade over placebos.

    Slices with fewer than :data:`OWN_PLACEBOS` placebos use a spread pooled over all such slices.
    """
    sums = _sums(cells, expected, slices, len(names))
    own = {int(row): setting.deviations(sums, np.array([row])) for row in shown}
    few = np.array([row for row, (deviation, _) in own.items() if deviation.size < OWN_PLACEBOS], dtype=np.int64)
    pooled = fit_spread(*setting.deviations(sums, few), placebos=setting.placebo.size) if few.size else None
    spreads = {row: fit_spread(*each) if each[0].size >= OWN_PLACEBOS else pooled for row, each in own.items()}
    return {names[row]: setting.estimate(sums, row, spread) for row, spread in spreads.items()}


def _group_parts(
    cells: WorldCells, expected: Array, setting: _Setting, goods: tuple[str, ...], groups: dict[str, str]
) -> dict[str, NetEstimate]:
    names = tuple(sorted({groups.get(good, "") for good in goods if good in groups}))
    if not names:
        return {}
    place = {name: row for row, name in enumerate(names)}
    of_good = np.array([place[groups[good]] if good in groups else -1 for good in goods], dtype=np.int64)
    keep = of_good[cells.good] >= 0
    kept = cells.kept(keep)
    return _parts(kept, expected[keep], setting, of_good[kept.good], names, np.arange(len(names)))
