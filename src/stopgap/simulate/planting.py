"""Planted amounts of a simulated world: backfill, routing, diversion, alerts, and a supplier without alternative."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stopgap.simulate.plan import (
    JUMP,
    RISE,
    Alert,
    Array,
    Plan,
    SupplyLimits,
    bare_plan,
    base_of,
    expected_level,
    stream,
)
from stopgap.simulate.spec import WorldSpec
from stopgap.simulate.supply_limits import LIMITED_BACKFILL, draw_limits

LAG_SHARES = (0.4, 0.3, 0.2, 0.1)
"""Share of a hub's inflow that it sends on to the target 0, 1, 2, 3 months later."""

BACKFILL_NOISE_SHAPE = 4.0
LAST_MONTHS = 3
"""A planted jump falls within this many months at the end."""

RISING_MONTHS = 6
"""A planted rise begins at most this many months before the end."""


def make_plan(spec: WorldSpec) -> Plan:
    """Draw all that suppliers share, with backfill, routing and alerts planted."""
    plan = bare_plan(spec)
    if spec.supply_limits:
        plan = replace(plan, limits=_limits(plan))
    lost = lost_by_member(plan)
    backfill = _backfill(plan, lost.sum(axis=0))
    if spec.ordinary_stop_share:
        backfill[plan.roles.outside, spec.sanctioned_goods :] = _ordinary_backfill(plan)
    if plan.limits is not None:
        backfill[plan.limits.hub, plan.sanctioned, spec.enforcement :] *= 1 - plan.limits.response
        backfill = np.round(backfill, 2)
    to_hubs, from_hubs = _routing(plan, lost)
    return replace(plan, backfill=backfill, to_hubs=to_hubs, from_hubs=from_hubs, alerts=_alerts(plan))


def lost_by(plan: Plan, member: int) -> Array:
    """Return a member's expected loss of sales to the target in dollars, (k, t)."""
    expected = expected_level(plan, member, base_of(plan, member))
    return np.asarray(expected * plan.cut[member][:, None] * plan.force(member))


def lost_by_member(plan: Plan) -> Array:
    """Return each member's expected loss of sales to the target in dollars, (members, sanctioned goods, periods)."""
    return np.stack([lost_by(plan, int(member))[plan.sanctioned] for member in plan.roles.members])


def _noisy(plan: Plan, rng: np.random.Generator, mean: Array) -> Array:
    """Draw dollars around a mean, to the cent: continuous, or in shipments if ``shipment_usd`` is above 0."""
    shape = BACKFILL_NOISE_SHAPE * plan.spec.step
    drawn: Array = np.asarray(mean * rng.gamma(shape, 1 / shape, mean.shape))
    if plan.spec.shipment_usd > 0:
        drawn = np.asarray(rng.poisson(drawn / plan.spec.shipment_usd) * plan.spec.shipment_usd, float)
    return np.asarray(np.round(drawn, 2))


def _backfill_shares(plan: Plan, rng: np.random.Generator, goods: int) -> Array:
    """Draw each outside supplier's share of the backfill of each good, (outside, goods): a few large ones carry most.

    Entrants always get a part.
    """
    outside = plan.roles.outside
    weight = rng.gamma(0.6, 1.0, len(outside)) * np.exp(0.5 * plan.size[outside]) + 1e-9
    is_entrant = np.isin(outside, plan.roles.entrants)
    weight[is_entrant] = np.maximum(weight[is_entrant], 0.15 * weight.max())
    share = weight[:, None] * rng.gamma(1.0, 1.0, (len(outside), goods))
    share /= share.sum(axis=0)
    return np.asarray(share)


def _backfill(plan: Plan, lost: Array) -> Array:
    """Draw backfill dollars of sanctioned goods, (i, k, t); 0 for ordinary goods."""
    spec, outside = plan.spec, plan.roles.outside
    rng = stream(spec, 3)
    planted = np.zeros((spec.economies, spec.goods, spec.periods))
    share = _backfill_shares(plan, rng, spec.sanctioned_goods)
    if plan.limits is not None:
        share[:, plan.limits.good] = np.where(outside == plan.limits.supplier, LIMITED_BACKFILL, 0.0)
    mean = spec.backfill_ratio * share[:, :, None] * lost
    planted[outside, plan.sanctioned] = _noisy(plan, rng, mean)
    return planted


def _ordinary_backfill(plan: Plan) -> Array:
    """Draw backfill dollars of ordinary goods that are half sanctioned, (outside, ordinary goods, t)."""
    spec = plan.spec
    rng = stream(spec, 14)
    lost = np.stack([lost_by(plan, int(member))[spec.sanctioned_goods :] for member in plan.roles.members]).sum(axis=0)
    share = _backfill_shares(plan, rng, spec.goods - spec.sanctioned_goods)
    return _noisy(plan, rng, spec.backfill_ratio * share[:, :, None] * lost)


def diverted_by(plan: Plan, member: int) -> Array:
    """Draw the dollars that a member sells to other destinations for what it lost at the target, (j, k, t).

    They go to destinations that are neither target nor hub, in proportion to what it sells of
    the good there in the baseline; a good that it sells nowhere else is not diverted. Each call
    draws the same values again.
    """
    spec = plan.spec
    level = base_of(plan, member).level.copy()
    level[0] = 0.0
    level[plan.roles.hubs] = 0.0
    total = level.sum(axis=0)
    share = level / np.where(total > 0, total, 1.0)
    mean = spec.diversion_ratio * share[:, :, None] * lost_by(plan, member)
    return _noisy(plan, stream(spec, 19, member), mean)


def _routing(plan: Plan, lost: Array) -> tuple[Array, Array]:
    """Draw coalition dollars sold to hubs, and hub dollars sold to the target, somewhat later and marked up."""
    spec, count = plan.spec, len(plan.roles.routers)
    to_hubs = np.zeros((spec.members, count, spec.sanctioned_goods, spec.periods))
    from_hubs = np.zeros((count, spec.sanctioned_goods, spec.periods))
    if not plan.routing_share:
        return to_hubs, from_hubs
    rng = stream(spec, 4)
    share = rng.dirichlet(np.full(count, 1.5), spec.sanctioned_goods).T  # (hubs, goods)
    mean = plan.routing_share * lost[:, None] * share[None, :, :, None]
    to_hubs = _noisy(plan, rng, mean)
    arrived = to_hubs.sum(axis=0)
    for lag, part in enumerate(LAG_SHARES if not spec.annual else (1.0,)):
        from_hubs[..., lag:] += part * arrived[..., : spec.periods - lag]
    return to_hubs, np.round(from_hubs * (1 + spec.routing_markup), 2)


def _alerts(plan: Plan) -> tuple[Alert, ...]:
    """Draw jumps and rises, half of each, in a share of the cells at the target that had trade before."""
    spec = plan.spec
    if not spec.alert_share:
        return ()
    rng = stream(spec, 5)
    active = np.zeros((spec.economies, spec.goods), dtype=bool)
    for supplier in range(1, spec.economies):
        active[supplier] = base_of(plan, supplier).level[0] > 0
    cells = np.argwhere(active)
    picked = cells[rng.random(len(cells)) < spec.alert_share]
    last = spec.periods - 1
    found = []
    for number, (supplier, good) in enumerate(rng.permutation(picked)):
        is_jump = number % 2 == 0
        months = min(LAST_MONTHS if is_jump else RISING_MONTHS, last - spec.event)
        # A rise lasts at least three months.
        latest = last if is_jump else max(last - 2, last - months + 1)
        period = int(rng.integers(last - months + 1, latest + 1))
        kind, factor = (JUMP, spec.jump_factor) if is_jump else (RISE, spec.rise_factor)
        found.append(Alert(int(supplier), int(good), period, kind, factor))
    return tuple(sorted(found, key=lambda alert: (alert.period, alert.supplier, alert.good)))


def _limits(plan: Plan) -> SupplyLimits:
    """Draw the chokepoint and the hub that responds, given what each supplier would sell to the target after the event."""
    spec = plan.spec
    lost = lost_by_member(plan).sum(axis=0)
    sales = np.zeros((spec.economies, spec.sanctioned_goods))
    for supplier in range(1, spec.economies):
        expected = expected_level(plan, supplier, base_of(plan, supplier))
        sales[supplier] = expected[plan.sanctioned, plan.after].sum(axis=1)
    backfill = _backfill(plan, lost)[:, plan.sanctioned, plan.after].sum(axis=2)
    return draw_limits(plan, sales, backfill, lost[:, plan.after].sum(axis=1))
