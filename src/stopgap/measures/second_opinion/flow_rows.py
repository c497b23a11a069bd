"""Read the flows that second opinions compare: suppliers outside the coalition to every destination except hubs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from stopgap.base.errors import MissingDataError
from stopgap.lake.engines.engine import Engine
from stopgap.lake.snapshot import Snapshot
from stopgap.lake.stage import Stage
from stopgap.measures.second_opinion.period_flows import FlowNames, PeriodFlows, period_flows
from stopgap.measures.second_opinion.stages import (
    OPINION_COUNT,
    OPINION_FLOW_COUNT,
    OPINION_FLOWS,
    OPINION_PARTNERS,
    OPINION_ROWS,
)
from stopgap.panel.all_destinations import AllDestinations
from stopgap.panel.episodes import Episode
from stopgap.panel.world_stages import WORLD_PERIODS

MOST_FLOWS = 10_000_000
"""Most flows by period held in memory at once."""


def read_flows(engine: Engine, snapshot: Snapshot, episode: Episode, world: AllDestinations) -> PeriodFlows:
    """Read the flows of suppliers outside the coalition to every destination except hubs.

    Raises:
        MissingDataError: There are more than :data:`MOST_FLOWS`.
    """
    chosen = world.tables["world_chosen"]
    taken = [name not in world.members and name != world.target for name in chosen["supplier"].to_pylist()]
    suppliers = chosen.filter(pa.array(taken, pa.bool_()))
    return _read(engine, world, suppliers, _Limits(snapshot, episode, world.hubs))


def flows_of_windows(engine: Engine, world: AllDestinations, suppliers: pa.Table) -> PeriodFlows:
    """Read the flows of some suppliers (rows of ``world_chosen``) to every destination, in both windows only."""
    return _read(engine, world, suppliers, None)


@dataclass(frozen=True)
class _Limits:
    """What a comparison holds in memory at most, and the destinations that it leaves out."""

    snapshot: Snapshot
    episode: Episode
    left_out: frozenset[str]

    def check(self, flows: int) -> None:
        """Refuse more flows than can be held (MissingDataError)."""
        if flows > MOST_FLOWS:
            raise MissingDataError(
                f"{flows:,} flows are more than can be compared at once ({MOST_FLOWS:,})",
                where=f"episode {self.episode.name}, vintage {self.snapshot.vintage}",
                fix="take annual figures (--frequency A), a narrower goods list, or shorter windows",
            )


def _read(engine: Engine, world: AllDestinations, suppliers: pa.Table, limits: _Limits | None) -> PeriodFlows:
    """Read the flows of some suppliers; without limits those of both windows, to every destination."""
    tables = {**world.tables, "world_chosen": suppliers}
    partners = engine.run(OPINION_PARTNERS, params=world.params)["partner"].to_pylist()
    names = _names(suppliers, set(partners) - (limits.left_out if limits else frozenset()), world)
    tables |= {
        "opinion_suppliers": suppliers.append_column("number", _numbers(suppliers["supplier"], names.suppliers)),
        "opinion_destinations": pa.table(
            {
                "destination": pa.array(names.destinations, pa.string()),
                "number": pa.array(range(len(names.destinations)), pa.int32()),
            }
        ),
        "opinion_goods": _goods(world.tables["world_wanted"], names.goods),
    }
    stage, counted = (OPINION_FLOWS, OPINION_FLOW_COUNT) if _is_split(world) else (OPINION_ROWS, OPINION_COUNT)
    if limits and _count(engine, OPINION_COUNT, tables, world) > MOST_FLOWS:
        limits.check(_count(engine, counted, tables, world))
    reported = engine.run(WORLD_PERIODS, tables=tables, params=world.params)
    if limits is None:
        reported = reported.filter(pc.is_valid(reported["part"]))
    rows = engine.run(stage, tables=tables, params=world.params)
    return period_flows(rows, names, reported, periods_per_year=world.prepared.basis.frequency.periods_per_year)


def _count(engine: Engine, stage: Stage, tables: Mapping[str, pa.Table], world: AllDestinations) -> int:
    [[flows]] = engine.run(stage, tables=tables, params=world.params).to_pydict().values()
    return int(flows)


def _names(suppliers: pa.Table, destinations: set[str], world: AllDestinations) -> FlowNames:
    wanted = world.tables["world_wanted"]
    is_sanctioned = dict(zip(wanted["panel_good"].to_pylist(), wanted["is_sanctioned"].to_pylist(), strict=True))
    goods = tuple(sorted(is_sanctioned))
    return FlowNames(
        suppliers=tuple(sorted(set(suppliers["supplier"].to_pylist()))),
        destinations=tuple(sorted(destinations)),
        goods=goods,
        is_sanctioned=tuple(is_sanctioned[name] for name in goods),
    )


def _numbers(column: pa.ChunkedArray, names: tuple[str, ...]) -> pa.Array:
    place = {name: number for number, name in enumerate(names)}
    return pa.array([place[name] for name in column.to_pylist()], pa.int32())


def _goods(wanted: pa.Table, names: tuple[str, ...]) -> pa.Table:
    columns = wanted.select(["source", "revision", "good", "weight"])
    return columns.append_column("number", _numbers(wanted["panel_good"], names))


def _is_split(world: AllDestinations) -> bool:
    """Return whether several codes of one source and revision make up a good."""
    wanted = world.tables["world_wanted"].select(["source", "revision", "panel_good"])
    return bool(wanted.group_by(wanted.column_names).aggregate([]).num_rows < wanted.num_rows)
