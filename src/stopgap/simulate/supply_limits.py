"""Draw a chokepoint, a supplier's good without alternative, and a hub that responds to an act of enforcement."""

from __future__ import annotations

import numpy as np

from stopgap.base.errors import UsageError
from stopgap.simulate.plan import Array, Plan, SupplyLimits, base_of, stream

RANK = 10
"""Place of the chokepoint among pairs of supplier and good, by what they sell to the target after the event."""

LIMITED_BACKFILL = 0.2
"""Backfill of the chokepoint's good, by its supplier alone, as a part of the backfill of other goods."""

MEMBERS_SALES, OTHERS_SALES, OTHERS_EXPORTS = 0.3, 0.06, 0.2
"""Of the chokepoint's good, by the chokepoint's sales to the target: what members would sell there without the event,
what all other suppliers sell there, and what they export to all the world."""

MOST = 0.5
"""No supplier of another good sells more than this share of what the target buys of it, backfill aside."""

MOST_OF_HUB = 0.1
"""The hub that responds is the largest of those that sell at most this share of what the target buys of the list."""

LOW_ELASTICITY, OTHER_ELASTICITY = (1.3, 1.9), (4.0, 10.0)
RESPONSE = (0.3, 0.6)


def draw_limits(plan: Plan, sales: Array, backfill: Array, lost: Array) -> SupplyLimits:
    """Draw a chokepoint and a hub, and the factors that make the first one.

    Args:
        plan: Without limits.
        sales: Dollars that each supplier would sell to the target after the event without it, (i, sanctioned goods).
        backfill: Planted dollars of the same periods, (i, sanctioned goods).
        lost: Dollars that members do not sell in them, (sanctioned goods,).

    Raises:
        UsageError: The world is so small that no supplier can be one.
    """
    spec, roles = plan.spec, plan.roles
    rng = stream(spec, 26)
    scale, at_target = (np.ones((spec.economies, spec.goods)) for _ in range(2))
    levels = np.stack([base_of(plan, supplier).level for supplier in range(spec.economies)])
    capped = _capped(plan, sales)
    at_target[:, plan.sanctioned] = np.where(sales > 0, capped / np.where(sales > 0, sales, 1.0), 1.0)
    pool = np.setdiff1d(roles.others, np.concatenate([roles.entrants, roles.silent]))
    sells = np.argwhere((sales > 0) & np.isin(np.arange(spec.economies), pool)[:, None])
    members_sell = sales[roles.members].sum(axis=0) > 0
    inflow = (capped + backfill)[roles.outside]
    # Members sell the good, and there are other goods to rank it against.
    has_rank = np.array([np.delete(inflow, good, axis=1).sum() > 0 for good in range(spec.sanctioned_goods)])
    sells = sells[(members_sell & has_rank)[sells[:, 1]]]
    if not len(sells):
        raise UsageError(
            "no supplier outside the coalition can be the one without alternative",
            where=f"kind {spec.kind}, seed {spec.seed}",
            fix="give more economies or goods",
        )
    supplier, good = (int(place) for place in rng.choice(sells))
    others = np.setdiff1d(roles.outside, [supplier])
    ranked = np.sort(np.delete(inflow, good, axis=1).ravel())[::-1]
    ranked = ranked[ranked > 0]
    place = min(RANK, len(ranked)) - 1
    # Between the pairs before and after, on the scale of ratios.
    chokepoint = float(np.sqrt(ranked[place - 1] * ranked[place])) if place else float(ranked[0])
    members = float(sales[roles.members, good].sum())
    at_target[roles.members, good] = MEMBERS_SALES * chokepoint / members
    lost_there = lost[good] * MEMBERS_SALES * chokepoint / members
    own = chokepoint - spec.backfill_ratio * LIMITED_BACKFILL * lost_there
    at_target[supplier, good] = own / sales[supplier, good]
    # Sales of the whole after-window by the level of a period, so that exports are of the same length as sales.
    length = plan.after.stop - plan.after.start
    exports = float(levels[others, :, good].sum()) * length
    scale[others, good] = OTHERS_EXPORTS * chokepoint / exports if exports > 0 else 1.0
    to_target = float(sales[others, good].sum())
    at_target[others, good] = OTHERS_SALES * chokepoint / (to_target * scale[others, good]) if to_target > 0 else 1.0
    elasticities = np.round(rng.uniform(*OTHER_ELASTICITY, spec.sanctioned_goods), 2)
    elasticities[good] = round(float(rng.uniform(*LOW_ELASTICITY)), 2)
    response = round(float(rng.uniform(*RESPONSE)), 3)
    hub = _responding_hub(plan, (capped + backfill).sum(axis=1))
    return SupplyLimits(supplier, good, elasticities, hub, response, scale, at_target)


def _responding_hub(plan: Plan, inflow: Array) -> int:
    """Return the hub that responds, given each supplier's dollars at the target, (i,): large, but not most of them."""
    hubs = plan.roles.hubs[np.argsort(inflow[plan.roles.hubs], kind="stable")]
    below = hubs[inflow[hubs] <= MOST_OF_HUB * inflow.sum()]
    return int(below[-1] if len(below) else hubs[0])


def _capped(plan: Plan, sales: Array) -> Array:
    """Return sales in which no supplier outside the coalition has more than ``MOST`` of a good."""
    capped = sales.copy()
    rest = sales.sum(axis=0) - sales
    for supplier in plan.roles.outside:
        most = MOST / (1 - MOST) * rest[supplier]
        capped[supplier] = np.where(most > 0, np.minimum(sales[supplier], most), sales[supplier])
    return capped
