"""Find chokepoints: goods that one supplier dominates and that others lack the capacity to take up.

Method: docs/methods/levers.md (ours).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stopgap.measures.levers.bounded import Estimates, price_cost
from stopgap.measures.statistics.arrays import significant

LEAST_SHARE = 0.5  # of the good's inflow, from which a supplier dominates it


@dataclass(frozen=True)
class Chokepoint:
    """One supplier in one good that others cannot replace; the latest common period, US dollars a year.

    Attributes:
        rank: From 1, by ``unreplaced_cost_usd``; by ``unreplaced_usd`` where suppliers buy from the target.
        rank_by_value: Its rank among all pairs of a supplier outside the coalition and a good, by ``period_usd``.
        period_usd: What it sells to the target.
        share: Its share of the target's inflow of the good.
        capacity_usd: What all other suppliers outside the coalition could take up.
        own_backfill_share: Share that would come back if capacity did not bind, 0 to 1.
        capacity_binds: Whether the capacity is less than what would come back at the good's backfill share, or at that
            of all goods where that is higher.
        unreplaced_usd: Dollars that others could not take up if all of it were to come back.
        unreplaced_share: The same by the good's inflow.
        price_cost_usd: Price cost of the whole share.
        unreplaced_cost_usd: Price cost of ``unreplaced_share``.
    """

    rank: int
    rank_by_value: int
    supplier: str
    good: str
    description: str
    period_usd: float
    share: float
    sigma: float | None
    sigma_from: str | None
    capacity_usd: float
    own_backfill_share: float
    capacity_binds: bool
    unreplaced_usd: float
    unreplaced_share: float
    price_cost_usd: float | None
    unreplaced_cost_usd: float | None


def chokepoints(
    estimates: Estimates | None, *, descriptions: Mapping[str, str] | None = None, limit: int | None = 10
) -> tuple[tuple[Chokepoint, ...], int]:
    """Return the chokepoints, dearest first, and the number of all.

    A supplier outside the coalition with at least half of a good's inflow is one if the others lack the capacity to
    take all of it up, whether they would or not. None without estimates.
    """
    if estimates is None:
        return (), 0
    market, parts = estimates.market, estimates.parts
    value = market.value_usd * ~market.is_member[:, None]
    whole = estimates.fitted.substitution.measured_ratio or 0.0
    back = np.clip(np.maximum(parts.ratio, whole), 0.0, 1.0)
    capacity = np.where(np.isnan(parts.phi), np.inf, np.nan_to_num(parts.phi) * market.rest_usd)
    taken = (market.share >= LEAST_SHARE) & (capacity < value)
    rows, columns = np.nonzero(taken)
    if not rows.size:
        return (), 0
    lost = (value - capacity)[rows, columns]
    binds = (capacity < back * value)[rows, columns]
    spending, sigma = market.spending_usd[columns], market.sigma[columns]
    unreplaced = lost / spending
    cost = price_cost(spending, unreplaced, sigma)
    whole_cost = price_cost(spending, market.share[rows, columns], sigma)
    ordered = np.sort(value[value > 0])
    by_value = ordered.size - np.searchsorted(ordered, value[rows, columns], side="right") + 1
    order = np.lexsort((columns, rows, -lost, -np.nan_to_num(cost)))
    found = []
    for rank, at in enumerate(order[: rows.size if limit is None else limit].tolist(), 1):
        row, column = int(rows[at]), int(columns[at])
        good = market.goods[column]
        found.append(
            Chokepoint(
                rank=rank,
                rank_by_value=int(by_value[at]),
                supplier=market.suppliers[row],
                good=good,
                description=(descriptions or {}).get(good, ""),
                period_usd=float(value[row, column]),
                share=significant(float(market.share[row, column])) or 0.0,
                sigma=significant(float(market.sigma[column])),
                sigma_from=market.sigma_from[column] or None,
                capacity_usd=significant(float(capacity[row, column])) or 0.0,
                own_backfill_share=significant(float(np.clip(parts.ratio[column], 0, 1))) or 0.0,
                capacity_binds=bool(binds[at]),
                unreplaced_usd=significant(float(lost[at])) or 0.0,
                unreplaced_share=significant(float(unreplaced[at])) or 0.0,
                price_cost_usd=significant(float(whole_cost[at])),
                unreplaced_cost_usd=significant(float(cost[at])),
            )
        )
    return tuple(found), int(rows.size)
