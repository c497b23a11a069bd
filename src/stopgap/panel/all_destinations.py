"""Trade with all destinations: the tables that the counterfactual's stages read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from stopgap.base.vocab import Report
from stopgap.codes.commodities import is_composite
from stopgap.codes.goods import GoodsList
from stopgap.lake.engine import Engine
from stopgap.lake.snapshot import Snapshot
from stopgap.panel.basis import choose_sources
from stopgap.panel.episodes import Episode
from stopgap.panel.ordinary import ordinary_matches, world_wanted_table
from stopgap.panel.prepare import MeasureOptions, Prepared, prepare
from stopgap.panel.world_stages import WORLD_CODES, WORLD_REPORTERS


@dataclass(frozen=True)
class AllDestinations:
    """What the stages of ``panel/world_stages.py`` read, and who is who.

    Attributes:
        prepared: What the measure of the same goods and windows rests on.
        tables: Relations for the stages, those of ``prepared`` among them.
        params: Scalars for the stages.
        members: Coalition member -> the group it came by.
        hubs: Hubs of the episode.
        target: Economy trade with which was suspended.
        chosen: Supplier -> source, for every economy that reports.
        ordinary_goods: Goods of the panel's level that no list names.
        placebo_targets: Destinations to compare with; ``None`` for every one with enough trade.
    """

    prepared: Prepared
    tables: Mapping[str, pa.Table]
    params: Mapping[str, str | int | float | None]
    members: Mapping[str, str | None]
    hubs: frozenset[str]
    target: str
    chosen: Mapping[str, str]
    ordinary_goods: frozenset[str]
    placebo_targets: tuple[str, ...] | None


def open_world(
    engine: Engine, snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions
) -> AllDestinations:
    """The world around a measure of one goods list.

    Raises:
        MissingDataError: The lake has no figures for the list.
        EpisodeError: Windows that cannot be used.
    """
    return world_of(engine, episode, prepare(engine, snapshot, episode, goods, options), goods)


def world_of(engine: Engine, episode: Episode, prepared: Prepared, goods: GoodsList) -> AllDestinations:
    """The world around what :func:`stopgap.panel.prepare.prepare` gave."""
    periods = [row["period"] for row in prepared.tables["periods"].to_pylist()]
    # The suppliers report, whichever report the measure itself takes.
    params = {
        **prepared.params,
        "flow": str(episode.direction.flow(Report.REPORTED)),
        "first_period": min(periods).isoformat(),
        "last_period": max(periods).isoformat(),
    }
    codes = [
        (row["source"], row["revision"], row["good"]) for row in engine.run(WORLD_CODES, params=params).to_pylist()
    ]
    names = dict.fromkeys((*episode.goods, *episode.not_ordinary))
    lists = [goods, *map(episode.goods_list, names)]
    ordinary = ordinary_matches(codes, prepared.basis, lists)
    goods_seen = {*prepared.basis.items, *(match.panel_good for match in ordinary)}
    chapters = sorted({good if is_composite(good) else good[:2] for good in prepared.basis.items})
    tables = {
        **prepared.tables,
        "world_wanted": world_wanted_table(prepared.basis.matches, ordinary),
        "chapters": pa.table({"chapter": pa.array(chapters, pa.string())}),
    }
    counts = engine.run(WORLD_REPORTERS, tables=tables, params=params).to_pylist()
    sources = {match.source for match in prepared.basis.matches}
    holders: dict[str, set[str]] = {}
    for row in counts:
        if row["source"] in sources and row["reporter"] != episode.target:
            holders.setdefault(row["reporter"], set()).add(row["source"])
    chosen = choose_sources(counts, holders)
    if prepared.params["flow"] == params["flow"]:  # the very sources that the measure took
        chosen |= {supplier: source for supplier, source in prepared.chosen.items() if supplier in chosen}
    rows = [{"supplier": supplier, "source": source} for supplier, source in sorted(chosen.items())]
    tables["world_chosen"] = pa.Table.from_pylist(
        rows, schema=pa.schema([("supplier", pa.string()), ("source", pa.string())])
    )
    return AllDestinations(
        prepared=prepared,
        tables=tables,
        params=params,
        members=prepared.members,
        hubs=frozenset(episode.hubs),
        target=episode.target,
        chosen=chosen,
        ordinary_goods=frozenset(goods_seen - set(prepared.basis.items)),
        placebo_targets=episode.placebo_targets,
    )
