"""Read the legs past each hub (coalition and hub, anyone and hub, hub and target) from the lake as arrays."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stopgap.base.vocab import Direction, Frequency, Report
from stopgap.codes.areas import areas
from stopgap.lake.engine import Engine
from stopgap.measures.routes.flow import LAGS
from stopgap.measures.routes.matching import Legs
from stopgap.measures.routes.stages import MEMBER_LEG, OTHER_LEG, ROUTE_ELSEWHERE, TARGET_LEG, route_stages
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
    seen: Mapping[tuple[str, str], frozenset[int]]
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
    tables = {
        **world.tables,
        "route_pairs": _pairs(world, episode.hubs, member_report),
        "route_hubs": pa.table({"hub": pa.array(episode.hubs, pa.string())}),
        "route_steps": pa.table(
            {"period": pa.array(periods, pa.date32()), "step": pa.array(range(-lead, len(after)), pa.int32())}
        ),
        "route_sources": _text_table({"reporter": list(sources), "source": list(sources.values())}),
    }
    params = {**world.params, "mirror_flow": str(episode.direction.flow(Report.MIRROR))}
    elsewhere = engine.run(ROUTE_ELSEWHERE, tables=tables, params=params)
    growth, borrowed, unknown = _growth(elsewhere, world)
    tables["route_growth"] = growth
    legs, seen = route_stages(member_report, target_report)
    steps_of: dict[tuple[str, str], set[int]] = {}
    for row in engine.run(seen, tables=tables, params=params).to_pylist():
        steps_of.setdefault((row["leg"], row["reporter"]), set()).add(row["step"] + lead)
    reported = {key: frozenset(places) for key, places in steps_of.items()}
    rows = engine.run(legs, tables=tables, params=params)
    parties = pa.array(sorted({*world.members, *world.hubs}), elsewhere["supplier"].type)
    elsewhere = elsewhere.filter(pc.is_in(elsewhere["supplier"], value_set=parties))
    most = max(elsewhere["destinations"].to_pylist(), default=0)
    names = {*elsewhere["first_destination"].to_pylist(), *elsewhere["last_destination"].to_pylist()}
    reports = member_report, target_report
    own = rows.filter(pc.not_equal(rows["leg"], OTHER_LEG))
    whole = _arrays(rows, episode, world, reported, lead, len(periods), reports, (MEMBER_LEG, OTHER_LEG))
    only = _arrays(own, episode, world, reported, lead, len(periods), reports, (MEMBER_LEG,))
    return LoadedLegs(
        legs=replace(only, by_rule=frozenset(by_rule)),
        any_origin=replace(whole, by_rule=frozenset(by_rule)),
        periods=tuple(f"{day:%Y-%m}" for day in periods),
        seen=reported,
        borrowed_growth=borrowed,
        growth_unknown=unknown,
        controls=(most, tuple(sorted(names)) if most <= 2 else ()),
        mirror_sources=sources,
    )


def _text_table(columns: Mapping[str, list[str]]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _others(world: AllDestinations, report: Report) -> list[str]:
    """Return the economies outside the coalition that may sell to a hub: those that report, or all in its reports."""
    economies = {code for code, area in areas().items() if area.kind == "economy"}
    known = set(world.chosen) if report is Report.REPORTED else economies
    return sorted(known - set(world.members) - {world.target})


def _pairs(world: AllDestinations, hubs: tuple[str, ...], member_report: Report) -> pa.Table:
    """Build the table ``route_pairs(leg, hub, supplier, destination)``."""
    others = _others(world, member_report)
    rows = [(MEMBER_LEG, hub, member, hub) for hub in hubs for member in sorted(world.members) if member != hub]
    rows += [(OTHER_LEG, hub, other, hub) for hub in hubs for other in others if other != hub]
    rows += [(TARGET_LEG, hub, hub, world.target) for hub in hubs]
    names = ("leg", "hub", "supplier", "destination")
    return _text_table({name: [row[number] for row in rows] for number, name in enumerate(names)})


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


def _growth(rows: pa.Table, world: AllDestinations) -> tuple[pa.Table, tuple[str, ...], tuple[str, ...]]:
    """Build ``route_growth(supplier, good, factor)``; also return the suppliers that use the growth of all suppliers,
    and the roles whose growth is unknown.
    """
    goods = sorted({*world.prepared.basis.items, *world.ordinary_goods})
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
            "supplier": pa.array(np.repeat(suppliers, len(goods)).tolist(), pa.string()),
            "good": pa.array(goods * len(suppliers), pa.string()),
            "factor": pa.array(np.concatenate(factors).ravel()),
        }
    )
    return table, tuple(sorted(borrowed)), tuple(unknown)


def _arrays(
    rows: pa.Table,
    episode: Episode,
    world: AllDestinations,
    seen: Mapping[tuple[str, str], frozenset[int]],
    lead: int,
    periods: int,
    reports: tuple[Report, Report],
    into: tuple[str, ...],
) -> Legs:
    """Convert rows of the stage ``route_legs`` to arrays; absent rows are true zeros if the period was reported.

    ``into`` are the legs that make up the first one.
    """
    member_report, target_report = reports
    hubs = episode.hubs
    names, hub = positions(rows["hub"])
    codes, good = positions(rows["good"])
    sanctioned = [code for code in codes if code in world.prepared.basis.items]
    goods = [*sanctioned, *(code for code in codes if code not in world.prepared.basis.items)]
    shape = (periods, len(hubs), len(goods))
    hub_place = np.array([hubs.index(name) for name in names], dtype=np.int64)
    good_place = np.array([goods.index(code) for code in codes], dtype=np.int64)
    step = rows["step"].to_numpy().astype(np.int64) + lead
    where = (step * shape[1] + hub_place[hub]) * shape[2] + good_place[good]
    is_member = np.isin(np.array(rows["leg"].to_pylist(), dtype=object), into)

    def spread(name: str, keep: Places) -> Places:
        values = np.where(keep, rows[name].to_numpy(), 0.0)
        return np.bincount(where, values, minlength=shape[0] * shape[1] * shape[2]).astype(float).reshape(shape)

    known = np.zeros(shape[:2], dtype=bool)
    has_members = np.zeros(len(hubs), dtype=bool)
    any_member = any(leg in into and places and max(places) >= lead for (leg, _), places in seen.items())
    for place, name in enumerate(hubs):
        reporter = world.target if target_report is Report.MIRROR else name
        known[sorted(seen.get((TARGET_LEG, reporter), ())), place] = True
        own = any(period >= lead for leg in into for period in seen.get((leg, name), ()))
        has_members[place] = own if member_report is Report.MIRROR else any_member
    per_year = world.prepared.basis.frequency.periods_per_year
    base = spread("base_usd", is_member)[lead:].sum(axis=0) * per_year / max(periods - lead, 1)
    return Legs(
        hubs=hubs,
        goods=tuple(goods),
        is_sanctioned=np.arange(len(goods)) < len(sanctioned),
        member_usd=spread("value_usd", is_member),
        member_expected_usd=spread("expected_usd", is_member),
        member_base_usd=base,
        target_usd=spread("value_usd", ~is_member),
        target_expected_usd=spread("expected_usd", ~is_member),
        is_known=known,
        has_members=has_members,
        lead=lead,
        members_first=episode.direction is Direction.EXPORTS_TO_TARGET,
        periods_per_year=per_year,
    )
