"""Read both legs past each hub from the lake as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.base.vocab import Direction, Frequency, Report
from stopgap.lake.engine import Engine, Stage
from stopgap.measures.routes.matching import LAGS, Legs
from stopgap.measures.routes.stages import MEMBER_LEG, ROUTE_ELSEWHERE, TARGET_LEG, route_stages
from stopgap.measures.statistics.arrays import positions
from stopgap.measures.statistics.growth import ControlSums, fit_growth
from stopgap.panel.all_destinations import AllDestinations
from stopgap.panel.basis import choose_sources
from stopgap.panel.episodes import Episode, add_months, month_start
from stopgap.panel.world_stages import WORLD_REPORTERS

Places = npt.NDArray[Any]
Params = Mapping[str, str | int | float | None]


@dataclass(frozen=True)
class LoadedLegs:
    """Both legs, and who reported what of them.

    Attributes:
        legs: The arrays.
        periods: First day's month of each period, the lead's first.
        seen: (leg, reporter) -> positions of the periods reported, with a baseline of their season.
        borrowed_growth: Suppliers without trade elsewhere.
        growth_unknown: Roles of which nobody's trade elsewhere is known.
        controls: Largest number of destinations that any growth is read off, and their names where they are one or two.
        mirror_sources: Economy -> source, where its mirror report was used.
    """

    legs: Legs
    periods: tuple[str, ...]
    seen: Mapping[tuple[str, str], frozenset[int]]
    borrowed_growth: tuple[str, ...]
    growth_unknown: tuple[str, ...]
    controls: tuple[int, tuple[str, ...]]
    mirror_sources: Mapping[str, str]


def lead_of(frequency: Frequency) -> int:
    """Periods before the after-window whose inflows can still leave within it."""
    return LAGS if frequency is Frequency.MONTHLY else 0


def load_legs(
    engine: Engine, episode: Episode, world: AllDestinations, *, member_report: Report, target_report: Report
) -> LoadedLegs:
    """Both legs past every hub of the episode.

    Args:
        engine: Running engine.
        episode: The episode, with hubs.
        world: The world around the measure.
        member_report: Who reports the trade between coalition and hub: the suppliers, or the other side.
        target_report: Who reports the trade between hub and target.
    """
    lead = lead_of(world.prepared.basis.frequency)
    steps = _steps(world, lead)
    sources = _mirror_sources(engine, episode, world, member_report, target_report)
    tables = {
        **world.tables,
        "route_pairs": _pairs(world, episode.hubs),
        "route_hubs": pa.table({"hub": pa.array(episode.hubs, pa.string())}),
        "route_steps": steps,
        "route_sources": _text_table({"reporter": list(sources), "source": list(sources.values())}),
    }
    params = {**world.params, "mirror_flow": str(episode.direction.flow(Report.MIRROR))}
    elsewhere = engine.run(ROUTE_ELSEWHERE, tables=tables, params=params)
    growth, borrowed, unknown = _growth(elsewhere, world)
    tables["route_growth"] = growth
    legs, seen = route_stages(member_report, target_report)
    reported = _seen(engine, seen, tables, params, lead)
    return LoadedLegs(
        legs=_arrays(engine.run(legs, tables=tables, params=params), episode, world, reported, lead, len(steps),
                     member_report, target_report),
        periods=tuple(f"{day:%Y-%m}" for day in steps["period"].to_pylist()),
        seen=reported,
        borrowed_growth=borrowed,
        growth_unknown=unknown,
        controls=_controls(elsewhere),
        mirror_sources=sources,
    )  # fmt: skip


def _text_table(columns: Mapping[str, list[str]]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _steps(world: AllDestinations, lead: int) -> pa.Table:
    """``route_steps(period, step)``: the after-window from 0, the lead before it."""
    after = sorted(row["period"] for row in world.tables["periods"].to_pylist() if row["part"] == "after")
    before = [month_start(add_months(f"{after[0]:%Y-%m}", -number)) for number in range(lead, 0, -1)]
    return pa.table(
        {"period": pa.array([*before, *after], pa.date32()), "step": pa.array(range(-lead, len(after)), pa.int32())}
    )


def _pairs(world: AllDestinations, hubs: tuple[str, ...]) -> pa.Table:
    """``route_pairs(leg, hub, supplier, destination)``."""
    rows = [(MEMBER_LEG, hub, member, hub) for hub in hubs for member in sorted(world.members) if member != hub]
    rows += [(TARGET_LEG, hub, hub, world.target) for hub in hubs]
    names = ("leg", "hub", "supplier", "destination")
    return _text_table({name: [row[number] for row in rows] for number, name in enumerate(names)})


def _mirror_sources(
    engine: Engine, episode: Episode, world: AllDestinations, member_report: Report, target_report: Report
) -> dict[str, str]:
    """Source of each economy whose report of the other side is used."""
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
    """``route_growth(supplier, good, factor)``, who borrowed it, and the roles of which it is not known."""
    goods = sorted({*world.prepared.basis.items, *world.ordinary_goods})
    names, supplier = positions(rows["supplier"])
    codes, good = positions(rows["good"])
    good_place = {name: place for place, name in enumerate(goods)}
    column = np.array([good_place[name] for name in codes], dtype=np.int64)[good]
    suppliers: list[str] = []
    factors: list[Places] = []
    borrowed: list[str] = []
    unknown: list[str] = []
    # Members borrow from members and hubs from hubs: they are not of one kind.
    for role, parties in (("the coalition", sorted(world.members)), ("the hubs", sorted(world.hubs))):
        place = {name: number for number, name in enumerate(parties)}
        row = np.array([place.get(name, -1) for name in names], dtype=np.int64)[supplier]
        shape = (len(parties), len(goods))
        sums = {
            name: np.bincount(
                np.where(row >= 0, row, 0) * shape[1] + column,
                np.where(row >= 0, rows[name].to_numpy(), 0.0),
                minlength=shape[0] * shape[1],
            ).astype(float).reshape(shape)
            for name in ("baseline_usd", "after_usd", "baseline_square", "after_square", "cross_sum")
        }  # fmt: skip
        grown = fit_growth(ControlSums(*sums.values()))
        suppliers += parties
        factors.append(grown.factor)
        if not grown.is_known:
            unknown.append(role)
            continue
        borrowed += [
            name for name, is_borrowed in zip(parties, grown.is_borrowed, strict=True)
            if is_borrowed and name in world.chosen
        ]  # fmt: skip
    table = pa.table(
        {
            "supplier": pa.array(np.repeat(suppliers, len(goods)).tolist(), pa.string()),
            "good": pa.array(goods * len(suppliers), pa.string()),
            "factor": pa.array(np.concatenate(factors).ravel()),
        }
    )
    return table, tuple(sorted(borrowed)), tuple(unknown)


def _controls(elsewhere: pa.Table) -> tuple[int, tuple[str, ...]]:
    """The largest number of control destinations of a supplier and good, and their names where few."""
    most = max(elsewhere["destinations"].to_pylist(), default=0)
    if most > 2:
        return most, ()
    names = {*elsewhere["first_destination"].to_pylist(), *elsewhere["last_destination"].to_pylist()}
    return most, tuple(sorted(names))


def _seen(
    engine: Engine, stage: Stage, tables: Mapping[str, pa.Table], params: Params, lead: int
) -> dict[tuple[str, str], frozenset[int]]:
    found: dict[tuple[str, str], set[int]] = {}
    for row in engine.run(stage, tables=tables, params=params).to_pylist():
        found.setdefault((row["leg"], row["reporter"]), set()).add(row["step"] + lead)
    return {key: frozenset(places) for key, places in found.items()}


def _arrays(
    rows: pa.Table,
    episode: Episode,
    world: AllDestinations,
    seen: Mapping[tuple[str, str], frozenset[int]],
    lead: int,
    periods: int,
    member_report: Report,
    target_report: Report,
) -> Legs:
    """Rows of the stage ``route_legs`` as arrays; absent rows are true zeros where the period was reported."""
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
    is_member = np.array(rows["leg"].to_pylist(), dtype=object) == MEMBER_LEG

    def spread(name: str, keep: Places) -> Places:
        values = np.where(keep, rows[name].to_numpy(), 0.0)
        return np.bincount(where, values, minlength=shape[0] * shape[1] * shape[2]).astype(float).reshape(shape)

    known = np.zeros(shape[:2], dtype=bool)
    has_members = np.zeros(len(hubs), dtype=bool)
    any_member = any(leg == MEMBER_LEG and places and max(places) >= lead for (leg, _), places in seen.items())
    for place, name in enumerate(hubs):
        reporter = world.target if target_report is Report.MIRROR else name
        known[sorted(seen.get((TARGET_LEG, reporter), ())), place] = True
        own = any(period >= lead for period in seen.get((MEMBER_LEG, name), ()))
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
