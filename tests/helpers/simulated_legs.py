"""Both legs past the hubs of a simulated world, from its arrays: what the panel's route stages give, far faster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stopgap.measures.routes.flow import LAGS
from stopgap.measures.routes.matching import Legs
from stopgap.measures.statistics.growth import ControlSums, fit_growth
from stopgap.simulate.plan import Array, Mask
from stopgap.simulate.tables import world_means
from stopgap.simulate.worlds import SimulatedWorld

Places = NDArray[np.int64]


def world_legs(
    world: SimulatedWorld, *, listed: Places | None = None, by_rule: Places | None = None, from_anyone: bool = False
) -> tuple[Legs, Array]:
    """Both legs past every hub, as the suppliers report them, and the coalition's loss.

    Args:
        world: The world.
        listed: Economies taken for listed hubs; the world's own if absent.
        by_rule: Economies taken for hubs that no list names.
        from_anyone: Whether the first leg starts anywhere, not only in the coalition.

    Returns:
        Goods in the order of the world's names, and dollars a year lost by sanctioned good.
        ``tests/measures/routes`` holds them to what the stages say of the same world.
    """
    spec, plan = world.spec, world.plan
    lead = 0 if spec.annual else LAGS
    steps = np.arange(plan.after.start - lead, plan.after.stop)
    ruled = np.array([] if by_rule is None else by_rule, dtype=np.int64)
    hubs = np.concatenate([np.asarray(plan.roles.hubs) if listed is None else listed, ruled]).astype(np.int64)
    members = np.asarray(plan.roles.members)
    before, later, seen = world_means(world)
    others = np.setdiff1d(np.arange(1, spec.economies), np.concatenate([members, hubs]))
    factor = {key: row for role in (members, hubs, others) for key, row in _growth(before, later, role, hubs).items()}
    per_year = 1 if spec.annual else 12
    shape = (len(steps), len(hubs), spec.goods)
    member, expected, base, target, target_expected = (np.zeros(shape) for _ in range(5))
    is_known = np.zeros(shape[:2], dtype=bool)
    for place, hub in enumerate(hubs):
        for supplier in np.arange(1, spec.economies) if from_anyone else members:
            if supplier == hub:
                continue
            actual, mean, _ = _leg(world, int(supplier), int(hub), steps)
            member[:, place] += actual
            expected[:, place] += mean * factor[int(supplier)]
            base[:, place] += mean
        actual, mean, usable = _leg(world, int(hub), 0, steps)
        target[:, place], target_expected[:, place] = actual, mean * factor[int(hub)]
        is_known[:, place] = usable
    legs = Legs(
        hubs=tuple(plan.names.economies[hub] for hub in hubs),
        goods=tuple(plan.names.goods),
        is_sanctioned=np.arange(spec.goods) < spec.sanctioned_goods,
        member_usd=member,
        member_expected_usd=expected,
        member_base_usd=base[lead:].sum(axis=0) * per_year / (len(steps) - lead),
        target_usd=target,
        target_expected_usd=target_expected,
        is_known=is_known,
        has_members=np.full(len(hubs), bool(seen[members].any())),
        by_rule=frozenset(plan.names.economies[hub] for hub in ruled),
        lead=lead,
        members_first=True,
        periods_per_year=per_year,
    )
    inside = members[seen[members]]
    loss = (before - later)[inside, 0, : spec.sanctioned_goods].sum(axis=0)
    return legs, np.asarray(loss)


def _growth(before: Array, later: Array, parties: Places, hubs: Places) -> dict[int, Array]:
    """Growth of some suppliers by good, to destinations that are neither target nor hub."""
    is_control = np.ones(before.shape[1], dtype=bool)
    is_control[0] = False
    is_control[hubs] = False
    base, after = before[parties][:, is_control], later[parties][:, is_control]
    parts = (base, after, base**2, after**2, base * after)
    grown = fit_growth(ControlSums(*(part.sum(axis=1) for part in parts)))
    return {int(party): grown.factor[row] for row, party in enumerate(parties)}


def _leg(world: SimulatedWorld, supplier: int, destination: int, steps: Places) -> tuple[Array, Array, Mask]:
    """Dollars and the baseline's mean of the same season, each (periods, goods); periods that count."""
    plan, reports = world.plan, world.reports[supplier]
    value = world.value_usd[supplier, destination] * reports
    in_baseline = np.zeros(world.spec.periods, dtype=bool)
    in_baseline[plan.baseline] = True
    count = 1 if world.spec.annual else 12
    is_season = (plan.seasons[:, None] == np.arange(count)) & (in_baseline & reports)[:, None]
    number = is_season.sum(axis=0)
    mean = (value @ is_season.astype(float)) / np.maximum(number, 1)
    usable = reports[steps] & (number[plan.seasons[steps]] > 0)
    return (value[:, steps] * usable).T, (mean[:, plan.seasons[steps]] * usable).T, usable
