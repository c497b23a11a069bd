"""What is planted at the target: backfill, goods routed through hubs, jumps and rises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stopgap.simulate.plan import JUMP, LAG_SHARES, RISE, Alert, Array, Plan, bare_plan, base_of, expected_level, stream
from stopgap.simulate.spec import WorldSpec

BACKFILL_NOISE_SHAPE = 4.0
LAST_MONTHS = 3
"""Months at the end among which a jump falls."""

RISING_MONTHS = 6
"""Months before the end in which a rise begins, at the earliest."""


def make_plan(spec: WorldSpec) -> Plan:
    """Draw all that suppliers share, with backfill, routing and alerts planted."""
    plan = bare_plan(spec)
    lost = lost_by_member(plan)
    backfill = _backfill(plan, lost.sum(axis=0))
    to_hubs, from_hubs = _routing(plan, lost)
    return replace(plan, backfill=backfill, to_hubs=to_hubs, from_hubs=from_hubs, alerts=_alerts(plan))


def lost_by_member(plan: Plan) -> Array:
    """Dollars that each member stops selling to the target, (members, sanctioned goods, periods), on average."""
    rows = []
    for member in plan.roles.members:
        expected = expected_level(plan, int(member), base_of(plan, int(member)))
        rows.append((expected * plan.cut[member][:, None] * plan.force)[plan.sanctioned])
    return np.stack(rows)


def _noisy(plan: Plan, rng: np.random.Generator, mean: Array) -> Array:
    """Dollars about a mean, to the cent: flowing, or in shipments where the world has them."""
    shape = BACKFILL_NOISE_SHAPE * plan.spec.step
    drawn: Array = np.asarray(mean * rng.gamma(shape, 1 / shape, mean.shape))
    if plan.spec.shipment_usd > 0:
        drawn = np.asarray(rng.poisson(drawn / plan.spec.shipment_usd) * plan.spec.shipment_usd, float)
    return np.asarray(np.round(drawn, 2))


def _backfill(plan: Plan, lost: Array) -> Array:
    """Dollars by supplier: a few carry most of it, more where they are large; entrants always get a part."""
    spec, outside = plan.spec, plan.roles.outside
    rng = stream(spec, 3)
    planted = np.zeros((spec.economies, spec.goods, spec.periods))
    weight = rng.gamma(0.6, 1.0, len(outside)) * np.exp(0.5 * plan.size[outside]) + 1e-9
    is_entrant = np.isin(outside, plan.roles.entrants)
    weight[is_entrant] = np.maximum(weight[is_entrant], 0.15 * weight.max())
    share = weight[:, None] * rng.gamma(1.0, 1.0, (len(outside), spec.sanctioned_goods))
    share /= share.sum(axis=0)
    mean = spec.backfill_ratio * share[:, :, None] * lost
    planted[outside, plan.sanctioned] = _noisy(plan, rng, mean)
    return planted


def _routing(plan: Plan, lost: Array) -> tuple[Array, Array]:
    """Coalition dollars at hubs, and hub dollars at the target, a little later and dearer."""
    spec = plan.spec
    to_hubs = np.zeros((spec.members, spec.hubs, spec.sanctioned_goods, spec.periods))
    from_hubs = np.zeros((spec.hubs, spec.sanctioned_goods, spec.periods))
    if not spec.routing_share:
        return to_hubs, from_hubs
    rng = stream(spec, 4)
    share = rng.dirichlet(np.full(spec.hubs, 1.5), spec.sanctioned_goods).T  # (hubs, goods)
    mean = spec.routing_share * lost[:, None] * share[None, :, :, None]
    to_hubs = _noisy(plan, rng, mean)
    arrived = to_hubs.sum(axis=0)
    for lag, part in enumerate(LAG_SHARES if not spec.annual else (1.0,)):
        from_hubs[..., lag:] += part * arrived[..., : spec.periods - lag]
    return to_hubs, np.round(from_hubs * (1 + spec.routing_markup), 2)


def _alerts(plan: Plan) -> tuple[Alert, ...]:
    """Jumps and rises in a share of the cells at the target that had trade before, half of each."""
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
