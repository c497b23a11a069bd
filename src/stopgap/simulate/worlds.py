"""Simulated worlds as arrays: each supplier's exports, the planted amounts, and who reported them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from stopgap.simulate.plan import JUMP, Array, Base, Mask, Plan, base_of, growth_path, stream
from stopgap.simulate.planting import diverted_by, make_plan
from stopgap.simulate.spec import WorldSpec
from stopgap.simulate.truth import truth_of

CIF_FROM, CIF_TO = 1.05, 1.12
MIRROR_SD = 0.1
LEAST_USD = 1.0
"""Trade below this value is set to 0."""


@dataclass(frozen=True)
class Supply:
    """One supplier's exports, FOB, (destinations, goods, periods): dollars to the cent, including planted ones.

    ``net_kg`` is NaN where the weight is not known; ``alert_usd`` are the dollars that planted jumps and rises added
    to exports to the target, (goods, periods).
    """

    value_usd: Array
    net_kg: Array
    alert_usd: Array


def supply_of(plan: Plan, supplier: int) -> Supply:
    """Draw one supplier's exports; the result does not depend on which other suppliers were drawn."""
    base = base_of(plan, supplier)
    value = _flows(plan, supplier, base)
    alert = _add_alerts(plan, supplier, value)
    value = np.round(value, 2)
    value[value < LEAST_USD] = 0.0
    value[0] += plan.backfill[supplier]
    if supplier in plan.roles.routers:
        value[0, plan.sanctioned] += plan.from_hubs[supplier - plan.roles.routers[0]]
    if supplier in plan.roles.members:
        value[plan.roles.routers, plan.sanctioned] += plan.to_hubs[supplier - plan.roles.members[0]]
        if plan.spec.diversion_ratio:
            value += diverted_by(plan, supplier)
    value = np.round(value, 2)
    return Supply(value, _weights(plan, supplier, value), alert)


def _flows(plan: Plan, supplier: int, base: Base) -> Array:
    """Draw the exports before backfill, routing and alerts: levels, growth, seasons, shocks, the loss, and noise."""
    spec = plan.spec
    common = base.growth[:, None] * growth_path(spec) + base.months + plan.season
    value = base.level[:, :, None] * np.exp(common)[None] * np.exp(plan.shock)[:, None, :]
    value[0] *= 1 - plan.cut[supplier][:, None] * plan.force(supplier)
    if plan.limits is not None and supplier == plan.limits.hub:
        value[0, plan.sanctioned, spec.enforcement :] *= 1 - plan.limits.response
    rng = stream(spec, 6, supplier)
    shape = spec.noise_shape * spec.step
    value *= rng.standard_gamma(shape, value.shape)
    value /= shape
    if spec.shipment_usd > 0:
        size = spec.shipment_usd * np.exp(rng.normal(0, 0.5, (spec.economies, spec.goods, 1)))
        counts = rng.poisson(value / size)
        value = counts * size * rng.gamma(8.0, 1 / 8.0, value.shape)
    return np.asarray(value)


def _add_alerts(plan: Plan, supplier: int, value: Array) -> Array:
    added = np.zeros(value.shape[1:])
    for alert in plan.alerts:
        if alert.supplier == supplier:
            periods = slice(alert.period, alert.period + 1 if alert.kind == JUMP else None)
            before = value[0, alert.good, periods].copy()
            value[0, alert.good, periods] *= alert.factor
            added[alert.good, periods] = value[0, alert.good, periods] - before
    return added


def _weights(plan: Plan, supplier: int, value: Array) -> Array:
    """Draw weights in kilograms from unit values by good, supplier and destination, marked up at the target."""
    spec = plan.spec
    good = stream(spec, 7).normal(3.0, 1.0, spec.goods)
    rng = stream(spec, 8, supplier)
    log = good + rng.normal(0, 0.2, spec.goods) + rng.normal(0, 0.3, (spec.economies, spec.goods))
    price = np.exp(log)[:, :, None] * np.exp(rng.normal(0, spec.unit_value_sd, value.shape))
    if spec.price_markup:
        from_event = np.arange(spec.periods) >= spec.event
        price[0, plan.sanctioned] *= 1 + spec.price_markup * from_event
    if spec.unit_error_share:
        draw = rng.random(value.shape)
        price[draw < spec.unit_error_share / 2] *= 10.0
        price[draw > 1 - spec.unit_error_share / 2] /= 10.0
    weight = np.maximum(np.round(value / price, 3), 0.001)
    weight[(rng.random(value.shape) < spec.missing_weight_share) | (value == 0)] = np.nan
    return np.asarray(weight)


def recorded_by_importers(plan: Plan, supplier: int, value: Array) -> Array:
    """Draw the imports that the target and the importers record from a supplier: CIF, (1 + importers, goods, periods).

    The target comes first, then ``roles.importers``; 0 where nothing is recorded. Periods in which
    they do not report are not removed.
    """
    spec, roles = plan.spec, plan.roles
    seen = np.concatenate([[0], roles.importers])
    rng = stream(spec, 9, supplier)
    factor = rng.uniform(CIF_FROM, CIF_TO, (len(seen), 1, 1))
    noise = np.exp(rng.normal(0, MIRROR_SD, (len(seen), spec.goods, spec.periods)))
    recorded = value[seen] * factor * noise
    if roles.phantom_hub is not None and supplier in roles.members:
        place = int(np.flatnonzero(seen == roles.phantom_hub)[0])
        after = slice(spec.event, spec.periods)
        recorded[place, plan.sanctioned, after] *= 1 - spec.phantom_share
    return np.asarray(np.round(recorded, 2))


def earlier_figures(plan: Plan, supplier: int, value: Array) -> tuple[Array, Array]:
    """Draw the first and second figures of each period; the last is ``value``. First figures are slightly too low."""
    spec = plan.spec
    if not spec.revision_sd:
        return value, value
    rng = stream(spec, 10, supplier)
    is_revised = rng.random(value.shape) < 0.6
    error = np.where(is_revised, rng.normal(-0.03, spec.revision_sd, value.shape), 0.0)
    return np.round(value * np.exp(error), 2), np.round(value * np.exp(error / 3), 2)


@dataclass(frozen=True)
class SimulatedWorld:
    """A whole simulated world in memory; axes are suppliers (i), destinations (j), goods (k), periods (t).

    Attributes:
        plan: Roles, codes, planted amounts, who reports.
        value_usd: Exports of supplier i to j, FOB, to the cent; 0 is no trade. Periods in which
            ``reports`` is False are not observed.
        net_kg: Its weight; NaN where it is not known.
        alert_usd: Dollars added at the target by planted jumps and rises, (i, k, t).
        reports: Whether there are rows of supplier i and period t, (i, t): it reported, and had trade.
    """

    plan: Plan
    value_usd: Array
    net_kg: Array
    alert_usd: Array
    reports: Mask

    @property
    def spec(self) -> WorldSpec:
        """The specification of the world."""
        return self.plan.spec

    @property
    def planted_usd(self) -> Array:
        """All dollars planted at the target, (i, k, t), reported or not."""
        planted = self.plan.backfill.copy()
        if len(self.plan.roles.routers):
            planted[self.plan.roles.routers, self.plan.sanctioned] += self.plan.from_hubs
        return planted

    @property
    def seen_usd(self) -> Array:
        """Exports as reported; 0 where there is no row (``reports`` distinguishes missing reports from no trade)."""
        return np.asarray(self.value_usd * self.reports[:, None, None, :])

    @cached_property
    def truth(self) -> dict[str, Any]:
        """The results that a measure should find; the content of ``truth.json``."""
        target = np.ascontiguousarray(self.value_usd[:, 0])
        return truth_of(self.plan, target, self.alert_usd, self.reports)


def make_world(spec: WorldSpec) -> SimulatedWorld:
    """Draw a world (:func:`stopgap.simulate.spec.world_spec`); the same spec gives the same figures, to the byte."""
    plan = make_plan(spec)
    shape = (spec.economies, spec.economies, spec.goods, spec.periods)
    value, weight = np.empty(shape), np.empty(shape)
    alert = np.zeros((spec.economies, spec.goods, spec.periods))
    for supplier in range(spec.economies):
        supply = supply_of(plan, supplier)
        value[supplier], weight[supplier], alert[supplier] = supply.value_usd, supply.net_kg, supply.alert_usd
    return SimulatedWorld(plan, value, weight, alert, plan.reports & (value > 0).any(axis=(1, 2)))
