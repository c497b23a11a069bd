"""The part of a simulated world that all suppliers share: roles, destinations, seasons, and what the event stops.

Every draw has its own random stream, derived from the seed, its purpose and the supplier, so one
supplier's exports do not depend on which suppliers were drawn before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stopgap.simulate.names import Names, choose_names
from stopgap.simulate.spec import WorldSpec

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

JUMP, RISE = "jump", "rise"
LOG_LEVEL = 11.5  # of a month's trade in a middling cell: about USD 100,000
MONTHS_BETWEEN_WAVES = 3
ORDINARY_STOP = (0.2, 0.8)
"""Range of the share that the coalition stops of an ordinary good that is half sanctioned."""

UNLISTED_SHARE = (0.1, 0.35)
"""Range of the dollars that pass through an unlisted hub, for each dollar lost."""

MOVED_SHARE = (0.85, 0.97)
"""Range of the share of its trade that a moved code loses."""


def stream(spec: WorldSpec, purpose: int, supplier: int = 0) -> np.random.Generator:
    """Return the random generator for one purpose and supplier."""
    return np.random.default_rng(np.random.SeedSequence(spec.seed, spawn_key=(purpose, supplier)))


@dataclass(frozen=True)
class WorldRoles:
    """Indices of the economies in each role; the target is 0.

    ``routers`` are the economies through which planted routing may pass: the hubs, or one other economy.
    """

    members: NDArray[np.intp]
    hubs: NDArray[np.intp]
    others: NDArray[np.intp]
    entrants: NDArray[np.intp]
    silent: NDArray[np.intp]
    importers: NDArray[np.intp]
    growing_hub: int | None
    phantom_hub: int | None
    routers: NDArray[np.intp]

    @property
    def outside(self) -> NDArray[np.intp]:
        """Suppliers outside the coalition, including hubs."""
        return np.concatenate([self.hubs, self.others])


def choose_roles(spec: WorldSpec, rng: np.random.Generator) -> WorldRoles:
    """Assign a role to each economy; economies are ordered target, members, hubs, others."""
    members = np.arange(1, 1 + spec.members)
    hubs = np.arange(members[-1] + 1, members[-1] + 1 + spec.hubs)
    others = np.arange(1 + spec.members + spec.hubs, spec.economies)
    entrants = others[len(others) - spec.entrants :]
    # One member among the silent ones, the others from outside, none of them an entrant.
    first = [int(rng.choice(members))] if spec.silent_after and spec.members > 1 else []
    pool = np.setdiff1d(others, entrants)
    rest = rng.permutation(pool)[: spec.silent_after - len(first)]
    routers = hubs
    if spec.unlisted_hub:
        routers = np.array([stream(spec, 17).choice(np.setdiff1d(pool, rest))], dtype=np.intp)
    importers = rng.permutation(np.arange(1, spec.economies))[: spec.importers]
    phantom = int(hubs[-1]) if spec.phantom_share and spec.hubs else None
    if phantom is not None:
        importers = np.union1d(importers, [phantom])
    return WorldRoles(
        members=members,
        hubs=hubs,
        others=others,
        entrants=entrants,
        silent=np.sort(np.concatenate([np.array(first, dtype=np.intp), rest])).astype(np.intp),
        importers=np.sort(importers),
        growing_hub=int(hubs[0]) if spec.hub_growth and spec.hubs else None,
        phantom_hub=phantom,
        routers=routers,
    )


@dataclass(frozen=True)
class Base:
    """One supplier's trade without the event.

    ``level`` is in mean dollars per period, (destinations, goods), 0 where there is no trade; ``growth`` in logs of
    each good from the event on; ``months`` are log shocks of single periods common to all destinations,
    (goods, periods).
    """

    level: Array
    growth: Array
    months: Array


@dataclass(frozen=True)
class Alert:
    """One planted jump or rise at the target."""

    supplier: int
    good: int
    period: int
    kind: str
    factor: float


@dataclass(frozen=True)
class SupplyLimits:
    """What is planted in a world of supply limits; economies and goods are indices.

    Attributes:
        supplier: Supplier of the chokepoint, neither member nor hub.
        good: Its good, on the list.
        elasticities: Substitution elasticity of each good on the list.
        hub: Hub that responds to enforcement.
        response: Share of its sanctioned sales to the target that it stops from ``spec.enforcement`` on.
        scale: Factor on each supplier's level of each good at all destinations, (i, k).
        scale_at_target: Factor on it at the target besides, (i, k).
    """

    supplier: int
    good: int
    elasticities: Array
    hub: int
    response: float
    scale: Array
    scale_at_target: Array


@dataclass(frozen=True)
class Plan:
    """All draws that suppliers share; axes are economies (i, j), goods (k), periods (t).

    Attributes:
        spec: Specification of the world.
        names: Codes along the axes.
        roles: Economies in each role.
        size: Log size of each supplier.
        demand: Log demand of each destination for each good.
        season: Log season of each good, (k, t).
        shock: Log shock of each destination, (j, t).
        moved: Share of its trade that each good loses at the change of revision, (k,).
        starts: Period in which each measure starts, (i, k): the event, unless measures start in waves.
        cut: Share of each member's exports to the target that stops, (i, k).
        backfill: Dollars planted at the target, (i, k, t), to the cent.
        routing_share: Dollars routed for each dollar lost.
        to_hubs: Coalition dollars planted at ``roles.routers``, (members, routers, k, t), to the cent.
        from_hubs: Their dollars planted at the target, (routers, k, t), to the cent.
        alerts: Planted jumps and rises.
        reports: Whether a reporter reports exports of a period, (i, t).
        import_reports: Whether a reporter reports imports of a period, (i, t).
        delay: Releases by which each reporter is late, (i,).
        limits: What is planted in a world of supply limits; ``None`` in others.
    """

    spec: WorldSpec
    names: Names
    roles: WorldRoles
    size: Array
    demand: Array
    season: Array
    shock: Array
    moved: Array
    starts: NDArray[np.intp]
    cut: Array
    backfill: Array
    routing_share: float
    to_hubs: Array
    from_hubs: Array
    alerts: tuple[Alert, ...]
    reports: Mask
    import_reports: Mask
    delay: NDArray[np.intp]
    limits: SupplyLimits | None = None

    @property
    def sanctioned(self) -> slice:
        """Indices of the goods on the list."""
        return slice(0, self.spec.sanctioned_goods)

    @property
    def baseline(self) -> slice:
        """Indices of the periods of the baseline."""
        return slice(0, self.spec.baseline_months // self.spec.step)

    @property
    def after(self) -> slice:
        """Indices of the periods of the after-window."""
        return slice(self.spec.event + 1, self.spec.periods)

    def force(self, supplier: int) -> Array:
        """Return the degree to which measures of a supplier are in force, 0 to 1, (k, t).

        In the month in which a measure starts it is half in force, and in the year of the event.
        """
        time, start = np.arange(self.spec.periods), self.starts[supplier][:, None]
        half = 0.5 * (time == start)
        if self.spec.annual:
            half = half * (start == self.spec.event)
        return np.asarray((time > start) + half)

    def months_of(self, window: slice) -> list[str]:
        """Return the first and last month of a window, ``YYYY-MM``."""
        first, last = self.names.periods[window.start], self.names.periods[window.stop - 1]
        return [f"{first:%Y-%m}", f"{last.year}-12" if self.spec.annual else f"{last:%Y-%m}"]

    @property
    def seasons(self) -> NDArray[np.intp]:
        """Month of the year (0 to 11) of each period; 0 for years."""
        return np.arange(self.spec.periods) % (1 if self.spec.annual else 12)


def growth_path(spec: WorldSpec) -> Array:
    """Return the share of a supplier's growth reached in each period: 0 in the baseline, 1 after the event."""
    start = spec.baseline_months // spec.step
    return np.clip((np.arange(spec.periods) - start + 1) / (spec.event - start + 1), 0.0, 1.0)


def base_of(plan: Plan, supplier: int) -> Base:
    """Draw one supplier's trade without the event; each call draws the same values again."""
    spec = plan.spec
    rng = stream(spec, 1, supplier)
    advantage = rng.normal(0, 0.7, spec.goods)
    pair = rng.normal(0, 0.5, (spec.economies, 1))
    own = rng.normal(0, 0.6, (spec.economies, spec.goods))
    level = np.exp(LOG_LEVEL + np.log(spec.step) + plan.size[supplier] + plan.demand + advantage + pair + own)
    level[rng.random((spec.economies, spec.goods)) < spec.zero_share] = 0.0
    level[supplier] = 0.0
    if plan.limits is not None:
        level *= plan.limits.scale[supplier]
        level[0] *= plan.limits.scale_at_target[supplier]
    if supplier in plan.roles.entrants:
        level[0, plan.sanctioned] = 0.0
    outside = supplier >= 1 + spec.members
    growth = rng.normal(spec.growth_mean if outside else 0.0, spec.growth_sd, spec.goods)
    if supplier == plan.roles.growing_hub:
        growth = growth + spec.hub_growth
    sd = spec.month_sd / np.sqrt(spec.step)
    return Base(level, growth, _autoregressive(rng, (spec.goods, spec.periods), sd, spec.month_rho))


def _autoregressive(rng: np.random.Generator, shape: tuple[int, int], sd: float, rho: float) -> Array:
    """Draw rows of a stationary AR(1) process with the given standard deviation and autocorrelation."""
    drawn = rng.normal(0, 1, shape) * sd
    drawn[:, 1:] *= np.sqrt(1 - rho**2)
    for period in range(1, shape[1]):
        drawn[:, period] += rho * drawn[:, period - 1]
    return drawn


def bare_plan(spec: WorldSpec) -> Plan:
    """Draw all that suppliers share, with nothing planted yet but the loss."""
    rng = stream(spec, 0)
    names, roles = choose_names(spec, rng, stream(spec, 16)), choose_roles(spec, rng)
    size = rng.normal(0, 0.9, spec.economies)
    size[roles.members] = np.abs(size[roles.members]) + 0.3
    demand = rng.normal(0, 0.8, (spec.economies, 1)) + rng.normal(0, 0.4, (spec.economies, spec.goods))
    demand[0] += 0.8 - demand[0].mean()
    time = np.arange(spec.periods)
    angle = 2 * np.pi * (time + rng.uniform(0, 12, (spec.goods, 1))) / 12
    season = np.zeros((spec.goods, spec.periods))
    if not spec.annual:
        season = rng.uniform(0.05, 0.35, (spec.goods, 1)) * np.sin(angle)
    path = growth_path(spec)
    shock = rng.normal(0, spec.destination_sd, (spec.economies, 1)) * path
    shock += _autoregressive(rng, (spec.economies, spec.periods), 0.03 / np.sqrt(spec.step), 0.5)
    if roles.growing_hub is not None:
        shock[roles.growing_hub] += spec.hub_growth * path
    shock[0] += spec.target_demand * path
    moved = _moved(spec)
    with np.errstate(divide="ignore"):  # a good that is new had no trade before
        season[:, spec.revision_change :] += np.log1p(-moved)[:, None]
        season[spec.goods - spec.new_ordinary :, : spec.revision_change] = -np.inf
    cut = np.zeros((spec.economies, spec.goods))
    drawn = spec.loss_share + rng.normal(0, 0.08, (spec.members, spec.sanctioned_goods))
    if spec.loss_share > 0:
        cut[np.ix_(roles.members, np.arange(spec.sanctioned_goods))] = np.clip(drawn, 0.0, 1.0)
    cut[roles.members, spec.sanctioned_goods :] = _ordinary_stops(spec)
    nothing = np.zeros((spec.economies, spec.goods, spec.periods))
    reports, import_reports = _reports(spec, roles)
    return Plan(
        spec, names, roles, size, demand, season, shock, moved, _starts(spec, roles), cut, nothing,
        float(stream(spec, 18).uniform(*UNLISTED_SHARE)) if spec.unlisted_hub else spec.routing_share,
        np.zeros((spec.members, len(roles.routers), spec.sanctioned_goods, spec.periods)),
        np.zeros((len(roles.routers), spec.sanctioned_goods, spec.periods)), (), reports, import_reports,
        _delays(spec),
    )  # fmt: skip


def _moved(spec: WorldSpec) -> Array:
    """Draw the share of its trade that each good loses at the change of revision, (k,); 0 for those that stay."""
    moved = np.zeros(spec.goods)
    rng = stream(spec, 12)
    listed = rng.permutation(spec.sanctioned_goods)[: spec.moved_sanctioned]
    ordinary = rng.permutation(np.arange(spec.sanctioned_goods, spec.goods - spec.new_ordinary))
    places = np.concatenate([listed, ordinary[: spec.moved_ordinary]])
    moved[places] = rng.uniform(*MOVED_SHARE, len(places))
    return moved


def _ordinary_stops(spec: WorldSpec) -> Array:
    """Draw the share that the coalition stops of each ordinary good, (ordinary goods,); 0 for most worlds."""
    rng, count = stream(spec, 13), spec.goods - spec.sanctioned_goods
    stops = np.zeros(count)
    hit = rng.permutation(count)[: round(spec.ordinary_stop_share * count)]
    stops[hit] = rng.uniform(*ORDINARY_STOP, len(hit))
    return stops


def _starts(spec: WorldSpec, roles: WorldRoles) -> NDArray[np.intp]:
    """Draw the period in which each member's measure on each good starts, (i, k); the event without waves."""
    starts = np.full((spec.economies, spec.goods), spec.event, dtype=np.intp)
    between = 1 if spec.annual else MONTHS_BETWEEN_WAVES
    # Each wave leaves at least one period in which it is wholly in force.
    waves = min(spec.waves, 1 + (spec.periods - 2 - spec.event) // between)
    if waves > 1:
        shape = (spec.members, spec.sanctioned_goods)
        drawn = spec.event + between * stream(spec, 15).integers(waves, size=shape)
        starts[np.ix_(roles.members, np.arange(spec.sanctioned_goods))] = drawn
    return starts


def _reports(spec: WorldSpec, roles: WorldRoles) -> tuple[Mask, Mask]:
    """Draw which economies report exports and imports in each period, as two masks (i, t)."""
    rng = stream(spec, 2)
    shape = (spec.economies, spec.periods)
    exports = rng.random(shape) >= spec.gap_rate
    imports = rng.random(shape) >= spec.gap_rate
    after = slice(spec.event, spec.periods)
    exports[roles.silent, after] = False
    is_importer = np.zeros(spec.economies, dtype=bool)
    is_importer[roles.importers] = True
    is_importer[0] = True
    imports[~is_importer] = False
    imports[np.intersect1d(roles.silent, roles.importers), after] = False
    if spec.target_stops:
        imports[0, after] = False
    return exports, imports


def _delays(spec: WorldSpec) -> NDArray[np.intp]:
    """Draw the number of releases by which each reporter is late: 0, 1, or (a third of the late ones) 2."""
    rng = stream(spec, 11)
    is_late = rng.random(spec.economies) < spec.late_share
    return np.where(is_late, 1 + (rng.random(spec.economies) < 1 / 3), 0).astype(np.intp)


def expected_level(plan: Plan, supplier: int, base: Base) -> Array:
    """Return a supplier's expected sales to the target without the event, without monthly shocks and noise, (k, t).

    They include its growth and the shocks of the target: the figures of both windows are drawn
    around them.
    """
    spec = plan.spec
    path = growth_path(spec)
    log = base.growth[:, None] * path + plan.season + plan.shock[0]
    return np.asarray(base.level[0][:, None] * np.exp(log))
