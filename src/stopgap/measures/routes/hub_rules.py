"""Read window means from the lake and screen all economies outside the coalition for hubs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pyarrow as pa

from stopgap.base.vocab import Report
from stopgap.lake.engines.engine import Engine
from stopgap.measures.routes.stages import ROUTE_CELLS
from stopgap.measures.statistics.arrays import world_cells
from stopgap.measures.statistics.cells import WorldCells
from stopgap.measures.statistics.hub_screening import HubScreening, ScreeningStatus, screened_hubs
from stopgap.panel.all_destinations import AllDestinations
from stopgap.panel.basis import choose_sources
from stopgap.panel.episodes import Episode
from stopgap.panel.world_stages import WORLD_REPORTERS


def screen_for_hubs(engine: Engine, episode: Episode, world: AllDestinations) -> tuple[WorldCells, HubScreening]:
    """Return all suppliers' window means and what screening says of every economy outside coalition and list.

    Purchases of economies that no supplier reports are taken from their own reports. The draws have the seed of the
    net measure, so that both leave the same hubs out of growth elsewhere, whatever the seed of the matches.
    """
    cells = world_cells(engine.run(ROUTE_CELLS, tables=world.tables, params=world.params))
    found = _screened(cells, episode, world, None)
    unseen = {row.economy for row in found.economies if row.status is ScreeningStatus.COVER_UNKNOWN}
    own = _own_reports(engine, episode, world, unseen) if unseen else None
    if own is not None:
        found = _screened(cells, episode, world, own)
    return cells, found


def _screened(cells: WorldCells, episode: Episode, world: AllDestinations, own: WorldCells | None) -> HubScreening:
    hubs = episode.hubs
    return screened_hubs(cells, target=world.target, members=world.members, hubs=hubs, own_imports=own)


def _own_reports(
    engine: Engine, episode: Episode, world: AllDestinations, wanted: Collection[str]
) -> WorldCells | None:
    """Return window means of the trade of some economies as they report it themselves; ``None`` without any.

    Cells are in the suppliers' terms: each of these economies is the destination.
    """
    params = {**world.params, "flow": str(episode.direction.flow(Report.MIRROR))}
    known = set(world.tables["world_wanted"]["source"].to_pylist())
    counts = engine.run(WORLD_REPORTERS, tables=world.tables, params=params).to_pylist()
    holders: dict[str, set[str]] = {}
    for row in counts:
        if row["reporter"] in wanted and row["source"] in known:
            holders.setdefault(row["reporter"], set()).add(row["source"])
    if not holders:
        return None
    chosen = sorted(choose_sources(counts, holders).items())
    columns = zip(*chosen, strict=True)
    table = pa.table([pa.array(column, pa.string()) for column in columns], names=("supplier", "source"))
    rows = engine.run(ROUTE_CELLS, tables={**world.tables, "world_chosen": table}, params=params)
    if not len(rows):
        return None
    own = world_cells(rows)
    return replace(
        own, suppliers=own.destinations, destinations=own.suppliers, supplier=own.destination, destination=own.supplier
    )
