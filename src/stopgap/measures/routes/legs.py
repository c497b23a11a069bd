"""Read the legs past each hub (coalition and hub, anyone and hub, hub and target) from the lake as arrays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stopgap.base.vocab import Direction, Frequency, Report
from stopgap.codes.areas import areas
from stopgap.lake.engines.engine import Engine
from stopgap.measures.routes.flow import LAGS
from stopgap.measures.routes.matching import Legs
from stopgap.measures.routes.stages import MEMBER_LEG, OTHER_LEG, ROUTE_ELSEWHERE, TARGET_LEG, route_stages
from stopgap.measures.statistics.array_types import Array, Mask
from stopgap.measures.statistics.arrays import positions
from stopgap.measures.statistics.growth import ControlSums, fit_growth
from stopgap.panel.all_destinations import AllDestinations
from stopgap.panel.basis import choose_sources
from stopgap.panel.episodes import Episode, add_months, month_start
from stopgap.panel.world_stages import WORLD_REPORTERS

Places = npt.NDArray[Any]


@dataclass(frozen=True)
class LoadedLegs:
    """Both legs past each hub (coalition and hub, hub and target) as arrays, with their reports.

    Attributes:
        any_origin: The same with a first leg from anyone but the target and the hub itself.
        seen: (leg, reporter) -> positions of the periods reported, with a baseline of their season.
        controls: Largest number of destinations used for any growth, and their names if they are one or two.
    """

    legs: Legs
    any_origin: Legs
    periods: tuple[str, ...]  # first day's month of each period, the lead's first
    seen: Mapping[tuple[int, str], frozenset[int]]
    borrowed_growth: tuple[str, ...]  # suppliers without trade elsewhere
    growth_unknown: tuple[str, ...]  # roles of which nobody's trade elsewhere is known
    controls: tuple[int, tuple[str, ...]]
    mirror_sources: Mapping[str, str]  # economy -> source, where its mirror report was used


def load_legs(
    engine: Engine,
    episode: Episode,
    world: AllDestinations,
    *,
    member_report: Report,
    target_report: Report,
    by_rule: Collection[str] = (),
) -> LoadedLegs:
    """Load the legs past every hub of the episode, those of a side from the suppliers' reports or the other side's.

    ``by_rule`` are the hubs that no list names.
    """
    # Periods before the after-window whose inflows can still leave within it.
    lead = LAGS if world.prepared.basis.frequency is Frequency.MONTHLY else 0
    after = sorted(row["period"] for row in world.tables["periods"].to_pylist() if row["part"] == "after")
    before = [month_start(add_months(f"{after[0]:%Y-%m}", -number)) for number in range(lead, 0, -1)]
    periods = [*before, *after]
    sources = _mirror_sources(engine, episode, world, member_report, target_report)
    goods = sorted({*world.prepared.basis.items, *world.ordinary_goods})
    steps = pa.array(range(-lead, len(after)), pa.int32())
    tables = {
        **world.tables,
        "route_pairs": _pairs(world, episode.hubs, member_report),
        "route_hubs": pa.table({"hub": pa.array(episode.hubs, pa.string())}),
        "route_goods": pa.table(
            {"good": pa.array(goods, pa.string()), "number": pa.array(range(len(goods)), pa.int32())}
        ),
        "route_steps": pa.table({"period": pa.array(periods, pa.date32()), "step": steps}),
        "route_sources": _text_table({"reporter": list(sources), "source": list(sources.values())}),
    }
    params = {**world.params, "mirror_flow": str(episode.direction.flow(Report.MIRROR))}
    elsewhere = engine.run(ROUTE_ELSEWHERE, tables=tables, params=params)
    tables["route_growth"], borrowed, unknown = _growth(elsewhere, world, goods)
    stages = route_stages(member_report, target_report)
    reports = _Reports.of(engine.run(stages.seen, tables=tables, params=params).to_pylist(), lead)
    tables["route_kinds"] = reports.kinds_table()
    traded, expected = (engine.run(stage, tables=tables, params=params) for stage in (stages.traded, stages.expected))
    grids = _grids(traded, expected, reports, (len(periods), len(episode.hubs), len(goods)))
    parties = pa.array(sorted({*world.members, *world.hubs}), elsewhere["supplier"].type)
    elsewhere = elsewhere.filter(pc.is_in(elsewhere["supplier"], value_set=parties))
    most = max(elsewhere["destinations"].to_pylist(), default=0)
    names = {*elsewhere["first_destination"].to_pylist(), *elsewhere["last_destination"].to_pylist()}
    sides = member_report, target_report
    only, whole = (
        replace(_legs(grids, goods, episode, world, reports, sides, into), by_rule=frozenset(by_rule))
        for into in ((MEMBER_LEG,), (MEMBER_LEG, OTHER_LEG))
    )
    return LoadedLegs(
        legs=only,
        any_origin=whole,
        periods=tuple(f"{day:%Y-%m}" for day in periods),
        seen=reports.seen,
        borrowed_growth=borrowed,
        growth_unknown=unknown,
        controls=(most, tuple(sorted(names)) if most <= 2 else ()),
        mirror_sources=sources,
    )


@dataclass(frozen=True)
class _Reports:
    """Which reporter of a leg reported which periods.

    Attributes:
        lead: Periods before the after-window.
        seen: (leg, reporter) -> positions of the periods reported, with a baseline of their season.
        kinds: (leg, position) -> position of the first period of its leg with the same season and reporters.
    """

    lead: int
    seen: Mapping[tuple[int, str], frozenset[int]]
    kinds: Mapping[tuple[int, int], int]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], lead: int) -> _Reports:
        """Read the rows of the stage ``route_seen``."""
        seen: dict[tuple[int, str], set[int]] = {}
        reporters: dict[tuple[int, int, int], set[str]] = {}
        for row in rows:
            place = row["step"] + lead
            seen.setdefault((row["leg"], row["reporter"]), set()).add(place)
            reporters.setdefault((row["leg"], place, row["season"]), set()).add(row["reporter"])
        first: dict[tuple[int, int, frozenset[str]], int] = {}
        kinds = {}
        for (leg, place, season), names in sorted(reporters.items(), key=lambda item: item[0]):
            kinds[leg, place] = first.setdefault((leg, season, frozenset(names)), place)
        return cls(lead, {key: frozenset(places) for key, places in seen.items()}, kinds)

    def kinds_table(self) -> pa.Table:
        """Build the table ``route_kinds(leg, step)``."""
        found = sorted({(leg, place - self.lead) for (leg, _), place in self.kinds.items()})
        return pa.table(
            {name: pa.array([row[number] for row in found], pa.int32()) for number, name in enumerate(("leg", "step"))}
        )


@dataclass(frozen=True)
class _Grid:
    """One leg as arrays (periods, hubs, goods of the panel); ``has`` (goods,) is whether any row of it is there."""

    usd: Array
    expected_usd: Array
    base_usd: Array
    has: Mask


def _grids(traded: pa.Table, expected: pa.Table, reports: _Reports, shape: tuple[int, int, int]) -> dict[int, _Grid]:
    """Place the rows of each leg; absent rows are true zeros if the period was reported."""
    size, found = shape[0] * shape[1] * shape[2], {}
    for leg in (MEMBER_LEG, OTHER_LEG, TARGET_LEG):
        arrays, has = [], np.zeros(shape[2], dtype=bool)
        for table, names in ((traded, ("value_usd",)), (expected, ("expected_usd", "base_usd"))):
            mine = table["leg"].to_numpy() == leg
            hub, good, step = (table[name].to_numpy()[mine].astype(np.int64) for name in ("hub", "good", "step"))
            where = ((step + reports.lead) * shape[1] + hub) * shape[2] + good
            has[good] = True
            for name in names:
                sums = np.bincount(where, table[name].to_numpy()[mine], minlength=size)
                arrays.append(sums.astype(np.float64).reshape(shape))
        for at, places in reports.kinds.items():
            if at[0] == leg:
                for values in arrays[1:]:
                    values[at[1]] = values[places]
        usd, expected_usd, base_usd = arrays
        found[leg] = _Grid(usd, expected_usd, base_usd, has)
    return found


def _text_table(columns: Mapping[str, list[str]]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _others(world: AllDestinations, report: Report) -> list[str]:
    """Return the economies outside the coalition that may sell to a hub: those that report, or all in its reports."""
    economies = {code for code, area in areas().items() if area.kind == "economy"}
    known = set(world.chosen) if report is Report.REPORTED else economies
    return sorted(known - set(world.members) - {world.target})


def _pairs(world: AllDestinations, hubs: tuple[str, ...], member_report: Report) -> pa.Table:
    """Build the table ``route_pairs(leg, hub, supplier, destination)``."""
    others, numbered = _others(world, member_report), list(enumerate(hubs))
    rows = [(MEMBER_LEG, at, member, hub) for at, hub in numbered for member in sorted(world.members) if member != hub]
    rows += [(OTHER_LEG, at, other, hub) for at, hub in numbered for other in others if other != hub]
    rows += [(TARGET_LEG, at, hub, world.target) for at, hub in numbered]
    kinds = {"leg": pa.int32(), "hub": pa.int32(), "supplier": pa.string(), "destination": pa.string()}
    return pa.table(
        {name: pa.array([row[number] for row in rows], kind) for number, (name, kind) in enumerate(kinds.items())}
    )


def _mirror_sources(
    engine: Engine, episode: Episode, world: AllDestinations, member_report: Report, target_report: Report
) -> dict[str, str]:
    """Return the source of each economy whose mirror report is used."""
    wanted = set(episode.hubs) if member_report is Report.MIRROR else set()
    wanted |= {world.target} if target_report is Report.MIRROR else set()
    if not wanted:
        return {}
    params = {**world.params, "flow": str(episode.direction.flow(Report.MIRROR))}
    known = set(world.tables["world_wanted"]["source"].to_pylist())
    counts = engine.run(WORLD_REPORTERS, tables=world.tables, params=params).to_pylist()
    holders: dict[str, set[str]] = {}
    for row in counts:
        if row["reporter"] in wanted and row["source"] in known:
            holders.setdefault(row["reporter"], set()).add(row["source"])
    return dict(sorted(choose_sources(counts, holders).items()))


def _growth(
    rows: pa.Table, world: AllDestinations, goods: list[str]
) -> tuple[pa.Table, tuple[str, ...], tuple[str, ...]]:
    """Build ``route_growth(supplier, good, factor)``; also return the suppliers that use the growth of all suppliers,
    and the roles whose growth is unknown.
    """
    names, supplier = positions(rows["supplier"])
    codes, good = positions(rows["good"])
    good_place = {name: place for place, name in enumerate(goods)}
    column = np.array([good_place[name] for name in codes], dtype=np.int64)[good]
    suppliers: list[str] = []
    factors: list[Places] = []
    borrowed: list[str] = []
    unknown: list[str] = []
    # Members borrow from members, hubs from hubs and others from others: they are not of one kind.
    others = sorted({*names, *world.chosen} - {*world.members, *world.hubs, world.target})
    for role, parties in (
        ("the coalition", sorted(world.members)), ("the hubs", sorted(world.hubs)), ("others", others),
    ):  # fmt: skip
        if not parties:
            continue
        place = {name: number for number, name in enumerate(parties)}
        row = np.array([place.get(name, -1) for name in names], dtype=np.int64)[supplier]
        shape = (len(parties), len(goods))
        cell = np.where(row >= 0, row, 0) * shape[1] + column
        names_of_sums = ("baseline_usd", "after_usd", "baseline_square", "after_square", "cross_sum")
        dollars = (np.where(row >= 0, rows[name].to_numpy(), 0.0) for name in names_of_sums)
        sums = [np.bincount(cell, usd, minlength=shape[0] * shape[1]).astype(float) for usd in dollars]
        grown = fit_growth(ControlSums(*(each.reshape(shape) for each in sums)))
        suppliers += parties
        factors.append(grown.factor)
        if role == "others":  # they count in the reading with a first leg from anyone alone
            continue
        if not grown.is_known:
            unknown.append(role)
            continue
        pairs = zip(parties, grown.is_borrowed, strict=True)
        borrowed += [name for name, is_borrowed in pairs if is_borrowed and name in world.chosen]
    table = pa.table(
        {
            "supplier": pa.array(suppliers, pa.string()).take(np.repeat(np.arange(len(suppliers)), len(goods))),
            "good": pa.array(np.tile(np.arange(len(goods), dtype=np.int32), len(suppliers))),
            "factor": pa.array(np.concatenate(factors).ravel()),
        }
    )
    return table, tuple(sorted(borrowed)), tuple(unknown)


def _legs(
    grids: Mapping[int, _Grid],
    goods: list[str],
    episode: Episode,
    world: AllDestinations,
    reports: _Reports,
    sides: tuple[Report, Report],
    into: tuple[int, ...],
) -> Legs:
    """Return both legs past each hub; ``into`` are the legs that make up the first one."""
    member_report, target_report = sides
    hubs, lead, seen = episode.hubs, reports.lead, reports.seen
    first, target = [grids[leg] for leg in into], grids[TARGET_LEG]
    has = np.logical_or.reduce([grid.has for grid in (*first, target)])
    is_listed = np.array([code in world.prepared.basis.items for code in goods], dtype=bool)
    taken = np.concatenate([np.flatnonzero(has & is_listed), np.flatnonzero(has & ~is_listed)])

    def summed(name: str) -> Array:
        return np.asarray(sum(getattr(grid, name) for grid in first)[..., taken])

    periods = target.usd.shape[0]
    known = np.zeros((periods, len(hubs)), dtype=bool)
    has_members = np.zeros(len(hubs), dtype=bool)
    any_member = any(leg in into and places and max(places) >= lead for (leg, _), places in seen.items())
    for place, name in enumerate(hubs):
        reporter = world.target if target_report is Report.MIRROR else name
        known[sorted(seen.get((TARGET_LEG, reporter), ())), place] = True
        own = any(period >= lead for leg in into for period in seen.get((leg, name), ()))
        has_members[place] = own if member_report is Report.MIRROR else any_member
    per_year = world.prepared.basis.frequency.periods_per_year
    return Legs(
        hubs=hubs,
        goods=tuple(goods[place] for place in taken),
        is_sanctioned=is_listed[taken],
        member_usd=summed("usd"),
        member_expected_usd=summed("expected_usd"),
        member_base_usd=summed("base_usd")[lead:].sum(axis=0) * per_year / max(periods - lead, 1),
        target_usd=target.usd[..., taken],
        target_expected_usd=target.expected_usd[..., taken],
        is_known=known,
        has_members=has_members,
        lead=lead,
        members_first=episode.direction is Direction.EXPORTS_TO_TARGET,
        periods_per_year=per_year,
    )
