"""The part of a simulated world that all suppliers share: roles, destinations, seasons, and all planted effects.

Every draw has its own random stream, derived from the seed, its purpose and the supplier, so one
supplier's exports do not depend on which suppliers were drawn before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stopgap.simulate.names import Names, choose_names
from stopgap.simulate.spec import WorldSpec

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

LAG_SHARES = (0.4, 0.3, 0.2, 0.1)
"""Share of a hub's inflow that it sends on to the target 0, 1, 2, 3 months later."""

LOG_LEVEL = 11.5  # of a month's trade in a middling cell: about USD 100,000
JUMP, RISE = "jump", "rise"
BACKFILL_NOISE_SHAPE = 4.0
LAST_MONTHS = 3
"""A planted jump falls within this many months at the end."""

RISING_MONTHS = 6
"""A planted rise begins at most this many months before the end."""


def stream(spec: WorldSpec, purpose: int, supplier: int = 0) -> np.random.Generator:
    """Return the random generator for one purpose and supplier."""
    return np.random.default_rng(np.random.SeedSequence(spec.seed, spawn_key=(purpose, supplier)))


@dataclass(frozen=True)
class WorldRoles:
    """Indices of the economies in each role; the target is 0."""

    members: NDArray[np.intp]
    hubs: NDArray[np.intp]
    others: NDArray[np.intp]
    entrants: NDArray[np.intp]
    silent: NDArray[np.intp]
    importers: NDArray[np.intp]
    growing_hub: int | None
    phantom_hub: int | None

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
        force: Degree to which the event is in force in each period, 0 to 1.
        cut: Share of each member's sanctioned exports to the target that stops, (i, k).
        backfill: Dollars planted at the target, (i, k, t), to the cent.
        to_hubs: Coalition dollars planted at hubs, (members, hubs, k, t), to the cent.
        from_hubs: Hub dollars planted at the target, (hubs, k, t), to the cent.
        alerts: Planted jumps and rises.
        reports: Whether a reporter reports exports of a period, (i, t).
        import_reports: Whether a reporter reports imports of a period, (i, t).
        delay: Releases by which each reporter is late, (i,).
    """

    spec: WorldSpec
    names: Names
    roles: WorldRoles
    size: Array
    demand: Array
    season: Array
    shock: Array
    force: Array
    cut: Array
    backfill: Array
    to_hubs: Array
    from_hubs: Array
    alerts: tuple[Alert, ...]
    reports: Mask
    import_reports: Mask
    delay: NDArray[np.intp]

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
    names, roles = choose_names(spec, rng), choose_roles(spec, rng)
    size = rng.normal(0, 0.9, spec.economies)
    size[roles.members] = np.abs(size[roles.members]) + 0.3
    demand = rng.normal(0, 0.8, (spec.economies, 1)) + rng.normal(0, 0.4, (spec.economies, spec.goods))
    demand[0] += 0.8 - demand[0].mean()
    time = np.arange(spec.periods)
    after = (time > spec.event).astype(float)
    force = after + 0.5 * (time == spec.event)
    angle = 2 * np.pi * (time + rng.uniform(0, 12, (spec.goods, 1))) / 12
    season = np.zeros((spec.goods, spec.periods))
    if not spec.annual:
        season = rng.uniform(0.05, 0.35, (spec.goods, 1)) * np.sin(angle)
    path = growth_path(spec)
    shock = rng.normal(0, spec.destination_sd, (spec.economies, 1)) * path
    shock += _autoregressive(rng, (spec.economies, spec.periods), 0.03 / np.sqrt(spec.step), 0.5)
    if roles.growing_hub is not None:
        shock[roles.growing_hub] += spec.hub_growth * path
    cut = np.zeros((spec.economies, spec.goods))
    drawn = spec.loss_share + rng.normal(0, 0.08, (spec.members, spec.sanctioned_goods))
    if spec.loss_share > 0:
        cut[np.ix_(roles.members, np.arange(spec.sanctioned_goods))] = np.clip(drawn, 0.0, 1.0)
    nothing = np.zeros((spec.economies, spec.goods, spec.periods))
    reports, import_reports = _reports(spec, roles)
    return Plan(
        spec, names, roles, size, demand, season, shock, force, cut, nothing,
        np.zeros((spec.members, spec.hubs, spec.sanctioned_goods, spec.periods)),
        np.zeros((spec.hubs, spec.sanctioned_goods, spec.periods)), (), reports, import_reports,
        _delays(spec),
    )  # fmt: skip


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


def make_plan(spec: WorldSpec) -> Plan:
    """Draw all that suppliers share, with backfill, routing and alerts planted."""
    plan = bare_plan(spec)
    lost = lost_by_member(plan)
    backfill = _backfill(plan, lost.sum(axis=0))
    to_hubs, from_hubs = _routing(plan, lost)
    return replace(plan, backfill=backfill, to_hubs=to_hubs, from_hubs=from_hubs, alerts=_alerts(plan))


def lost_by_member(plan: Plan) -> Array:
    """Return each member's expected loss of sales to the target in dollars, (members, sanctioned goods, periods)."""
    rows = []
    for member in plan.roles.members:
        expected = expected_level(plan, int(member), base_of(plan, int(member)))
        rows.append((expected * plan.cut[member][:, None] * plan.force)[plan.sanctioned])
    return np.stack(rows)


def _noisy(plan: Plan, rng: np.random.Generator, mean: Array) -> Array:
    """Draw dollars around a mean, to the cent: continuous, or in shipments if ``shipment_usd`` is above 0."""
    shape = BACKFILL_NOISE_SHAPE * plan.spec.step
    drawn: Array = np.asarray(mean * rng.gamma(shape, 1 / shape, mean.shape))
    if plan.spec.shipment_usd > 0:
        drawn = np.asarray(rng.poisson(drawn / plan.spec.shipment_usd) * plan.spec.shipment_usd, float)
    return np.asarray(np.round(drawn, 2))


def _backfill(plan: Plan, lost: Array) -> Array:
    """Draw backfill dollars (i, k, t): a few suppliers, mostly large ones, carry most; entrants always get a part."""
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
    """Draw coalition dollars sold to hubs, and hub dollars sold to the target, somewhat later and marked up."""
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
