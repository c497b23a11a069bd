"""Project how much of the target's remaining inflow a stop would remove, given the episode's substitution.

A stop names cells of suppliers and goods, and the share of each. It carries their
trade in the after-window; the measured share of that comes back through other suppliers, and
the rest is removed. Two alternative projections are given: with the alternatives thinned by the
stop itself, and with coalition goods moving from a stopped hub to another.

Method: docs/methods/levers.md (ours). Thinned alternatives: substitution in proportion to
the remaining ones (independence of irrelevant alternatives). Intervals combined as in Zou and
Donner (2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stopgap.measures.backfill.results import Interval
from stopgap.measures.levers.substitution import Fitted, bounded, significant_interval
from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.arrays import significant

SIZEABLE_SHARE = 0.05  # share of the alternatives from which a supplier counts as one


@dataclass(frozen=True)
class Alternatives:
    """Suppliers outside the coalition that the stop does not affect, in the goods it stops.

    Attributes:
        count: Number with at least 5 % of the alternatives.
        hhi: Herfindahl index of the alternatives, goods weighted by stopped dollars; ``None`` without any.
        share_stopped: Share of trade outside the coalition that the stop removes, weighted likewise.
    """

    count: int
    hhi: float | None
    share_stopped: float


@dataclass(frozen=True)
class Carriers:
    """Suppliers whose trade is stopped: their number, Herfindahl index and the largest one."""

    count: int
    hhi: float | None
    top: str | None


@dataclass(frozen=True)
class Sensitivity:
    """The same stop under alternative assumptions, US dollars a year.

    Attributes:
        thinned_reroute_share: Share that comes back if alternatives replace it in proportion to
            what the stop leaves of them.
        thinned_removed_usd: Dollars removed in that case.
        hubs_switch_removed_usd: Dollars removed if all trade consistent with routing moves to
            another hub; ``None`` if routes are not known or there is no other hub.
        gross_fill_share: Share of the loss in these goods that gains matched, growth included.
        gross_removed_usd: Dollars removed if that share comes back.
    """

    thinned_reroute_share: float | None
    thinned_removed_usd: float | None
    hubs_switch_removed_usd: float | None
    gross_fill_share: float | None
    gross_removed_usd: float | None


@dataclass(frozen=True)
class Projection:
    """Trade that a stop carries, and how much of it would be removed.

    Attributes:
        carried_usd: Trade of the cells stopped, US dollars a year.
        share_of_inflow: Divided by the whole inflow; ``None`` if there is none.
        alternatives: Suppliers that could replace it.
        carriers: Suppliers whose trade is stopped.
        reroute_share: Share that would come back, 0 to 1; ``None`` if unknown.
        removed_usd: ``carried_usd * (1 - reroute_share)``.
        removed_range_usd: Lowest and highest under all assumptions; 0 to ``carried_usd`` if the
            substitution or its interval is unknown.
        consistent_with_routing_usd: Part of ``carried_usd`` consistent with routing, from hubs that could be
            tested against chance; ``None`` if none of them is stopped.
        sensitivity: The same under alternative assumptions.
    """

    carried_usd: float
    share_of_inflow: float | None
    alternatives: Alternatives
    carriers: Carriers
    reroute_share: float | None
    reroute_ci95: Interval
    removed_usd: float | None
    removed_ci95: Interval
    removed_range_usd: tuple[float, float]
    consistent_with_routing_usd: float | None
    sensitivity: Sensitivity


@dataclass(frozen=True)
class Inflow:
    """Trade with the target in the after-window.

    Attributes:
        routed_usd: (suppliers, goods) part consistent with routing, NaN for suppliers that are not hubs or
            could not be tested against chance; ``None`` if routes are not measured.
    """

    suppliers: tuple[str, ...]
    goods: tuple[str, ...]
    value_usd: Array  # (suppliers, goods), mean current US dollars a year; 0 is no trade
    is_member: Mask  # (suppliers,) in the coalition: no alternatives, since they stopped
    is_hub: Mask
    routed_usd: Array | None = None

    @cached_property
    def total_usd(self) -> float:
        return float(self.value_usd.sum())

    @cached_property
    def known_routing_usd(self) -> Array:
        """Return trade consistent with routing if known, else 0; never above the trade itself."""
        if self.routed_usd is None:
            return np.zeros_like(self.value_usd)
        return np.clip(np.nan_to_num(self.routed_usd), 0.0, self.value_usd)


@dataclass(frozen=True)
class Cut:
    """Cells that a stop affects, and the share of each that is stopped.

    Attributes:
        routed_share: (suppliers, n) share stopped of trade consistent with routing; ``None`` means ``share``.
    """

    goods: Index  # (n,) positions of the goods it touches
    share: Array  # (suppliers, n) from 0 to 1
    routed_share: Array | None = None


def thinned(share: float, share_stopped: float) -> float:
    """Return the rerouted share when the stop also removes part of the alternatives.

    With the weight of the outside option (no replacement) held fixed, a rerouted share ``r`` with all alternatives
    becomes ``r (1 - w) / (r (1 - w) + 1 - r)`` when the stop removes the share ``w`` of them.
    """
    left = share * (1 - share_stopped)
    return left / (left + (1 - share)) if left > 0 else 0.0


@dataclass(frozen=True)
class _Reroute:
    share: float
    low: float | None
    high: float | None


def reroute(fitted: Fitted, goods: Index, stopped: Array) -> _Reroute | None:
    """Return the share of stopped dollars that would come back, between 0 and 1; ``None`` if unknown.

    ``goods`` are (n,) positions, ``stopped`` their dollars.
    """
    total = float(stopped.sum())
    if fitted.ratio is None or total <= 0:
        return None
    weight = stopped / total
    share = float(weight @ fitted.ratio[goods])
    inside = min(max(share, 0.0), 1.0)
    if fitted.below is None or fitted.above is None:
        return _Reroute(inside, None, None)
    by_slice = np.bincount(fitted.slice_of[goods], weight * fitted.own_half[goods])
    own = float(by_slice @ by_slice)
    low, high = bounded(
        (share - float(np.hypot(fitted.below, own**0.5)), share + float(np.hypot(fitted.above, own**0.5)))
    )
    return _Reroute(inside, low, high)


def project(inflow: Inflow, fitted: Fitted, cut: Cut, *, other_hubs: bool | None = None) -> Projection:
    """Project the dollars a stop carries and would remove; all figures lie between 0 and ``carried_usd``.

    ``other_hubs`` is whether there is another hub that goods could move to; ``None`` derives it from the inflow.
    """
    value = inflow.value_usd[:, cut.goods]
    stopped = value * cut.share
    by_good = stopped.sum(axis=0)
    carried = float(by_good.sum())
    alternatives = _alternatives(inflow, value, cut.share, by_good)
    found = reroute(fitted, cut.goods, by_good)
    routed = _routed(inflow, cut, stopped)
    if other_hubs is None:
        touched = (stopped > 0).any(axis=1)
        other_hubs = bool((inflow.is_hub & ~touched).any())
    sensitivity = _sensitivity(
        fitted, cut.goods, by_good, alternatives.share_stopped, found, routed if other_hubs else None
    )
    removed = removed_ci95 = None
    if found is not None:
        removed = carried * (1 - found.share)
        if found.low is not None and found.high is not None:
            removed_ci95 = (carried * (1 - found.high), carried * (1 - found.low))
    return Projection(
        carried_usd=carried,
        share_of_inflow=carried / inflow.total_usd if inflow.total_usd > 0 else None,
        alternatives=alternatives,
        carriers=_carriers(inflow, stopped),
        reroute_share=significant(found.share) if found else None,
        reroute_ci95=significant_interval(found.low, found.high) if found else None,
        removed_usd=_dollars(removed, carried),
        removed_ci95=None if removed_ci95 is None else _within(*removed_ci95, carried),
        removed_range_usd=_range(carried, found, removed_ci95, sensitivity, alternatives.share_stopped),
        consistent_with_routing_usd=routed,
        sensitivity=sensitivity,
    )


def _dollars(value: float | None, carried: float) -> float | None:
    """Round modelled dollars to ten significant digits, limited to what is carried."""
    shown = significant(value)
    return None if shown is None else min(shown, carried)


def _routed(inflow: Inflow, cut: Cut, stopped: Array) -> float | None:
    """Return the stopped dollars consistent with routing; ``None`` if routing is unknown for every stopped cell."""
    if inflow.routed_usd is None:
        return None
    if not (~np.isnan(inflow.routed_usd[:, cut.goods]) & (stopped > 0)).any():
        return None
    part = cut.share if cut.routed_share is None else cut.routed_share
    return float(np.minimum(inflow.known_routing_usd[:, cut.goods] * part, stopped).sum())


def _within(low: float, high: float, carried: float) -> Interval:
    """Round an interval of dollars to ten significant digits, limited to what is carried."""
    ends = _dollars(low, carried), _dollars(high, carried)
    return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])


def _alternatives(inflow: Inflow, value: Array, share: Array, by_good: Array) -> Alternatives:
    """Summarize the remaining suppliers by good, goods weighted by the dollars stopped in them."""
    outside = ~inflow.is_member[:, None]
    left = np.where(outside & (share <= 0), value, 0.0)
    known = np.where(outside, value, 0.0).sum(axis=0)
    remaining = left.sum(axis=0)
    total = float(by_good.sum())
    if total <= 0:
        return Alternatives(0, None, 0.0)
    weight = by_good / total
    # Where nobody outside the coalition trades at all, there is no alternative either.
    kept = np.divide(remaining, known, out=np.zeros_like(known), where=known > 0)
    each = np.divide(left, remaining, out=np.zeros_like(left), where=remaining > 0)
    shares = each @ weight
    covered = float(shares.sum())
    if covered <= 0:
        return Alternatives(0, None, 1.0)
    shares = shares / covered
    return Alternatives(
        count=int((shares >= SIZEABLE_SHARE).sum()),
        hhi=significant(float(shares @ shares)),
        share_stopped=float(np.clip(1 - weight @ kept, 0.0, 1.0)),
    )


def _carriers(inflow: Inflow, stopped: Array) -> Carriers:
    by_supplier = stopped.sum(axis=1)
    total = float(by_supplier.sum())
    if total <= 0:
        return Carriers(0, None, None)
    shares = by_supplier / total
    return Carriers(
        int((shares > 0).sum()), significant(float(shares @ shares)), inflow.suppliers[int(shares.argmax())]
    )


def _sensitivity(
    fitted: Fitted,
    goods: Index,
    by_good: Array,
    share_stopped: float,
    found: _Reroute | None,
    switching_usd: float | None,
) -> Sensitivity:
    carried = float(by_good.sum())
    gross = _gross_fill(fitted, goods, by_good)
    gross_removed = None if gross is None else carried * (1 - gross)
    if found is None:
        return Sensitivity(None, None, None, gross, gross_removed)
    thin = thinned(found.share, share_stopped)
    switched = None if switching_usd is None else max(carried - switching_usd, 0.0) * (1 - found.share)
    return Sensitivity(
        significant(thin), _dollars(carried * (1 - thin), carried), _dollars(switched, carried), gross, gross_removed
    )


def _gross_fill(fitted: Fitted, goods: Index, by_good: Array) -> float | None:
    """Return the gross share of the loss that gains matched, weighted by stopped dollars.

    A good without a loss has the overall share.
    """
    parts = (fitted.substitution.gross_same_good_share, fitted.substitution.gross_same_heading_share)
    total = float(by_good.sum())
    if parts[0] is None or parts[1] is None or total <= 0:
        return None
    of_good = np.where(np.isnan(fitted.gross[goods]), parts[0] + parts[1], fitted.gross[goods])
    return min(max(float(by_good @ of_good) / total, 0.0), 1.0)


def _range(
    carried: float,
    found: _Reroute | None,
    interval: tuple[float, float] | None,
    sensitivity: Sensitivity,
    share_stopped: float,
) -> tuple[float, float]:
    """Return the lowest and highest of the interval, thinned alternatives at its low end, and hub switching."""
    if found is None or interval is None or found.low is None or found.high is None:
        return 0.0, carried
    low, high = interval
    high = max(high, carried * (1 - thinned(found.low, share_stopped)))
    if sensitivity.hubs_switch_removed_usd is not None:
        fraction = sensitivity.hubs_switch_removed_usd / (1 - found.share) if found.share < 1 else 0.0
        low = min(low, fraction * (1 - found.high))
    return _dollars(low, carried) or 0.0, _dollars(high, carried) or 0.0
