"""Test whether other hubs' trade rose where one hub's fell.

Within the after-window, a hub's trade with the target in the last year is compared with the
first, and likewise that of the other hubs together. Each has the counterfactual of net
backfill: its growth at other destinations, adjusted by ordinary goods at the target, with the
interval over placebo destinations. A rise that follows a fall need not be caused by it.

Method: docs/methods/levers.md. The counterfactual of docs/methods/net-backfill.md.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from stopgap.measures.backfill.results import Interval
from stopgap.measures.levers.substitution import significant_interval
from stopgap.measures.statistics.arrays import significant
from stopgap.measures.statistics.cells import WorldCells
from stopgap.measures.statistics.counterfactual import NetEstimate, net_backfill

LEAST_FALL = 0.2  # share by which a hub's trade with the target must have fallen to be looked at
WIDEST_SHARE = 1.0  # width of the interval of the share beyond which it cannot tell none of the fall from all of it
OTHERS = "other hubs"


@dataclass(frozen=True)
class HubSwitch:
    """One hub whose trade with the target fell; US dollars a year.

    Attributes:
        first_usd: Its trade with the target in the first year of the after-window.
        last_usd: Its trade in the last year.
        fell_usd: Fall beyond its counterfactual; ``None`` if that is unavailable.
        others_gained_usd: Gain of the other hubs together beyond their counterfactual.
        share: ``others_gained_usd / fell_usd``; ``None`` unless the fall is distinguishable from
            0, and the interval of the share distinguishes none of the fall from all of it.
    """

    hub: str
    first_usd: float
    last_usd: float
    fell_usd: float | None
    fell_ci95: Interval
    others_gained_usd: float | None
    others_ci95: Interval
    share: float | None
    share_ci95: Interval
    because: str


@dataclass(frozen=True)
class HubSwitching:
    """Hubs that fell by at least a fifth within the after-window, largest fall first; or the reason there are none.

    ``first`` and ``last`` are the first and last month of the two years compared.
    """

    first: tuple[str, str] | None
    last: tuple[str, str] | None
    hubs: tuple[HubSwitch, ...]
    reason: str | None = None


def hub_switches(
    cells: WorldCells, *, target: str, members: Collection[str], hubs: Collection[str]
) -> tuple[HubSwitch, ...]:
    """Find hubs whose trade with the target fell by a fifth, largest fall first, and the other hubs' change.

    ``cells`` hold every supplier's trade with every destination: the first year as baseline, the last as after.
    """
    if target not in cells.destinations:
        return ()
    at = (cells.destination == cells.destinations.index(target)) & cells.is_sanctioned[cells.good]
    shape = len(cells.suppliers)
    first = np.bincount(cells.supplier[at], cells.baseline_usd[at], minlength=shape)
    last = np.bincount(cells.supplier[at], cells.after_usd[at], minlength=shape)
    fallen = [
        row
        for row, name in enumerate(cells.suppliers)
        if name in hubs and first[row] > 0 and last[row] <= (1 - LEAST_FALL) * first[row]
    ]
    fallen.sort(key=lambda row: (last[row] - first[row], cells.suppliers[row]))
    return tuple(_switch(cells, row, (float(first[row]), float(last[row])), target, members, hubs) for row in fallen)


def _switch(
    cells: WorldCells,
    hub: int,
    traded: tuple[float, float],
    target: str,
    members: Collection[str],
    hubs: Collection[str],
) -> HubSwitch:
    name, last = cells.suppliers[hub], len(cells.suppliers)
    # All other hubs as one supplier, last of all.
    position = np.array([last if each in hubs and row != hub else row for row, each in enumerate(cells.suppliers)])
    joined = replace(cells, suppliers=(*cells.suppliers, OTHERS), supplier=position[cells.supplier])
    found = net_backfill(joined, target=target, members=members, hubs={*hubs, OTHERS})
    own = found.by_supplier.get(name) if found else None
    others = found.by_supplier.get(OTHERS) if found else None
    fell, fell_ci95 = _signed(own, -1.0)
    gained, others_ci95 = _signed(others, 1.0)
    switch = HubSwitch(name, *traded, fell, fell_ci95, gained, others_ci95, None, None, "")
    if fell is None or fell_ci95 is None:
        return replace(switch, because="there is no counterfactual with an interval for it")
    if fell_ci95[0] <= 0:
        return replace(switch, because="its fall is not distinguishable from its trade elsewhere")
    if gained is None or others_ci95 is None:
        return replace(switch, because="no other hub has a counterfactual with an interval")
    ends = _ratio_interval(gained, others_ci95, fell, fell_ci95)
    if ends[1] - ends[0] > WIDEST_SHARE:
        return replace(switch, because="by chance alone other hubs move by more than it fell")
    words = (
        "other hubs rose beyond their trade elsewhere"
        if others_ci95[0] > 0
        else "other hubs fell beyond their trade elsewhere"
        if others_ci95[1] < 0
        else "what other hubs gained is not distinguishable from 0"
    )
    return replace(switch, share=significant(gained / fell), share_ci95=significant_interval(*ends), because=words)


def _ratio_interval(
    over: float, over_ci95: tuple[float, float], under: float, under_ci95: tuple[float, float]
) -> tuple[float, float]:
    """Return the interval of a ratio from those of its parts (Zou and Donner 2008)."""
    share = over / under
    turn = share * max(under_ci95[1] - under, under - under_ci95[0]) / under
    low, high = (over - over_ci95[0]) / under, (over_ci95[1] - over) / under
    return share - float(np.hypot(low, turn)), share + float(np.hypot(high, turn))


def _signed(estimate: NetEstimate | None, sign: float) -> tuple[float | None, Interval]:
    if estimate is None:
        return None, None
    value = significant(sign * estimate.net_usd)
    if estimate.low_usd is None or estimate.high_usd is None:
        return value, None
    return value, significant_interval(*sorted((sign * estimate.low_usd, sign * estimate.high_usd)))
