"""Bound what other suppliers could take up by what suppliers took up in the first stop.

In the first stop each supplier outside the coalition gained some dollars beyond its counterfactual.
The 90th percentile of that gain over the supplier's world exports of the good, φ, is taken as the most that
others would move to the target; with every such supplier's baseline exports it gives the capacity.

Method: docs/methods/levers.md (ours). The counterfactual is that of docs/methods/net-backfill.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.measures.statistics.array_types import Array, Mask
from stopgap.measures.statistics.cells import WorldCells, control_sums, good_sums
from stopgap.measures.statistics.growth import fit_growth

QUANTILE = 0.9
LEAST_CELLS = 20  # suppliers (times goods, where goods are pooled) that a 90th percentile needs
MOST = 1.0  # no supplier is taken to move more than all it exports
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Exporters:
    """Suppliers outside the coalition, with baseline world exports and gains in the first stop.

    ``exports_usd`` (suppliers, goods) are dollars a year to every destination, the target included; ``gain_usd`` is
    what each sold to the target beyond its counterfactual, NaN where it never traded with the target; ``is_known``
    (goods,) is false for goods that no supplier reports: missing, not zero.
    """

    suppliers: tuple[str, ...]
    exports_usd: Array
    gain_usd: Array
    is_known: Mask


@dataclass(frozen=True)
class Phi:
    """Share of world exports that suppliers can move to the target, by good, with its 95 % interval.

    ``pool`` names the slice that each good's share is from: the good itself, its heading, its group, or ``all``;
    ``NaN`` shares are unknown.
    """

    share: Array
    low: Array
    high: Array
    level: tuple[str, ...]
    pool: tuple[str, ...]


def exporters(
    cells: WorldCells,
    *,
    goods: Sequence[str],
    target: str,
    members: Collection[str],
    hubs: Collection[str],
    ordinary_excess: float,
) -> Exporters:
    """Return exporters of ``goods`` outside the coalition, and what each gained at the target in the first stop.

    The counterfactual of a cell is its baseline times the supplier's growth at control destinations (neither target
    nor hub) and ``exp(ordinary_excess)``; a cell without a baseline counts in full.
    """
    kept = cells.kept(~np.array([name in members or name == target for name in cells.suppliers])[cells.supplier])
    is_control = np.array([name != target and name not in hubs for name in kept.destinations])
    growth = fit_growth(control_sums(kept, is_control))
    everywhere = np.ones(len(kept.destinations), dtype=bool)
    exports = good_sums(kept, kept.baseline_usd, everywhere)
    here = np.array([name == target for name in kept.destinations])
    before, after = good_sums(kept, kept.baseline_usd, here), good_sums(kept, kept.after_usd, here)
    gain = after - before * growth.factor * np.exp(ordinary_excess)
    gain[(before <= 0) & (after <= 0)] = np.nan
    place = {name: at for at, name in enumerate(kept.goods)}
    columns = np.array([place.get(good, -1) for good in goods], dtype=np.int64)
    unknown = columns < 0
    exports, gain = exports[:, columns], gain[:, columns]
    exports[:, unknown], gain[:, unknown] = 0.0, np.nan
    rows = [row for row, name in enumerate(kept.suppliers) if name not in members and name != target]
    return Exporters(tuple(kept.suppliers[row] for row in rows), exports[rows], gain[rows], ~unknown)


def fit_phi(
    found: Exporters, *, goods: Sequence[str], headings: Mapping[str, str], groups: Mapping[str, str], lost: Mask
) -> Phi:
    """Return the 90th percentile of gains over world exports, by good; pooled over goods where they are few.

    Taken over suppliers that traded the good with the target and exported it in the baseline, in goods that the
    coalition ``lost`` (goods,). A good with fewer than :data:`LEAST_CELLS` of them takes those of its heading, then of
    its group in the list, then of all goods; NaN if these are too few, or nobody reports the good. Its interval is that of a sample quantile.
    """
    known = (found.exports_usd > 0) & ~np.isnan(found.gain_usd) & lost
    ratio = np.divide(found.gain_usd, found.exports_usd, out=np.zeros_like(found.gain_usd), where=known)
    share, low, high = (np.full(len(goods), np.nan) for _ in range(3))
    levels, pools = [""] * len(goods), [""] * len(goods)
    names = {
        "good": list(goods),
        "heading": [headings[good] for good in goods],
        "group": [groups.get(good, "") for good in goods],
        "all": ["all"] * len(goods),
    }
    for level, named in names.items():
        of_good = np.array(named)
        for name in dict.fromkeys(named):
            waiting = (of_good == name) & np.isnan(share) & found.is_known
            if not name or not waiting.any():
                continue
            column = of_good == name
            values = ratio[:, column][known[:, column]]
            if values.size < LEAST_CELLS:
                continue
            ends = _quantile_interval(values)
            share[waiting], low[waiting], high[waiting] = ends
            for at in np.flatnonzero(waiting):
                levels[at], pools[at] = level, f"{level}:{name}"
    return Phi(share, low, high, tuple(levels), tuple(pools))


def _quantile_interval(values: Array) -> tuple[float, float, float]:
    """Return the 90th percentile within 0 and 1, and its 95 % interval from order statistics."""
    half = Z95 * float(np.sqrt(QUANTILE * (1 - QUANTILE) / values.size))
    wanted = [QUANTILE, max(QUANTILE - half, 0.0), min(QUANTILE + half, 1.0)]
    share, low, high = np.clip(np.quantile(values, wanted), 0.0, MOST).tolist()
    return share, low, high
