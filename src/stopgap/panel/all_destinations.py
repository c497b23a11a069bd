"""Build the tables of all-destination trade in sanctioned and ordinary goods that the counterfactual stages read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from stopgap.base.vocab import Report
from stopgap.codes.commodities import BENEATH_HS6, is_composite, level_of
from stopgap.codes.concordance import CodeShare
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import Engine
from stopgap.lake.snapshot import Snapshot
from stopgap.panel.basis import MATCH_SCHEMA, Basis, CodeMatch, Matcher, choose_sources
from stopgap.panel.episodes import Episode
from stopgap.panel.prepare import MeasureOptions, Prepared, prepare
from stopgap.panel.world_stages import WORLD_CODES, WORLD_REPORTERS


@dataclass(frozen=True)
class AllDestinations:
    """Inputs of the stages in ``panel/world_stages.py``: tables, parameters, coalition, hubs and chosen sources."""

    prepared: Prepared  # what the measure of the same goods and windows rests on
    tables: Mapping[str, pa.Table]  # relations for the stages, those of prepared among them
    params: Mapping[str, str | int | float | None]
    members: Mapping[str, str | None]  # coalition member -> the group it came by
    hubs: frozenset[str]
    target: str
    chosen: Mapping[str, str]  # supplier -> source, for every economy that reports
    ordinary_goods: frozenset[str]  # goods of the panel's level that no list names
    placebo_targets: tuple[str, ...] | None  # destinations to compare with; None for every one with enough trade


def open_world(
    engine: Engine, snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions
) -> AllDestinations:
    """Prepare one goods list and build its :class:`AllDestinations`.

    Raises the errors of :func:`stopgap.panel.prepare.prepare`.
    """
    return world_of(engine, episode, prepare(engine, snapshot, episode, goods, options), goods)


def world_of(engine: Engine, episode: Episode, prepared: Prepared, goods: GoodsList) -> AllDestinations:
    """Build :class:`AllDestinations` from the result of :func:`stopgap.panel.prepare.prepare`."""
    periods = [row["period"] for row in prepared.tables["periods"].to_pylist()]
    # The suppliers report, whichever report the measure itself takes.
    params = {
        **prepared.params,
        "flow": str(episode.direction.flow(Report.REPORTED)),
        "first_period": min(periods).isoformat(),
        "last_period": max(periods).isoformat(),
    }
    traded = engine.run(WORLD_CODES, params=params).to_pylist()
    codes = [(row["source"], row["revision"], row["good"]) for row in traded]
    lists = [goods, *map(episode.goods_list, dict.fromkeys((*episode.goods, *episode.not_ordinary)))]
    moved = prepared.unstable.codes  # a code that moved, appeared or vanished is no control either
    ordinary = [each for each in ordinary_matches(codes, prepared.basis, lists) if each.panel_good not in moved]
    goods_seen = {*prepared.basis.items, *(match.panel_good for match in ordinary)}
    wanted = [{**vars(match), "is_sanctioned": True} for match in prepared.basis.matches]
    wanted += [{**vars(match), "is_sanctioned": False} for match in ordinary]
    wanted_schema = MATCH_SCHEMA.append(pa.field("is_sanctioned", pa.bool_()))
    tables = {
        **prepared.tables,
        "world_wanted": pa.Table.from_pylist(wanted, schema=wanted_schema),
        "chapters": prepared.basis.chapters_table(),
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
    chosen_schema = pa.schema([("supplier", pa.string()), ("source", pa.string())])
    tables["world_chosen"] = pa.Table.from_pylist(rows, schema=chosen_schema)
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


def ordinary_matches(
    codes: Sequence[tuple[str, str, str]], basis: Basis, lists: Iterable[GoodsList]
) -> tuple[CodeMatch, ...]:
    """Match traded codes that no goods list names to goods at the panel's level and revision: the control goods.

    Empty at composite level, where a published sum has no counterpart known to be unaffected. A code of which
    a list names only a part is excluded.

    Args:
        codes: (source, revision, good) of everything traded in the span.
        basis: Figures chosen for the measure.
        lists: Goods lists whose goods cannot serve as controls: the episode's own and its ``not_ordinary`` lists.
    """
    if basis.level == "composite":
        return ()
    is_hs6 = basis.level == "HS6"
    matchers = [Matcher(goods, basis.revision if is_hs6 else goods.revision) for goods in lists]
    listed = {entry for matcher in matchers for entry in matcher.entries}
    # A subheading in a list names a part of its heading.
    parts = {entry[:size] for entry in listed for size in range(1, len(entry) + 1)}

    @cache
    def is_named(code: str) -> bool:
        return code in parts or any(code[:size] in listed for size in range(2, len(code) + 1))

    six_digit = {source for source, _, good in codes if level_of(good) == "HS6"}
    found: dict[tuple[str, str, str, str], CodeMatch] = {}
    for source, revision, good in codes:
        if is_composite(good) or not good.isdigit():
            continue
        level = level_of(good)
        if level in BENEATH_HS6 and (not is_hs6 or source in six_digit):
            continue
        if level not in BENEATH_HS6 and level != basis.level:
            continue
        targets = matchers[0].convert(good[:6], revision) if is_hs6 else [CodeShare(good, 1.0, "same")]
        if is_named(good) or any(is_named(link.good) for link in targets):
            continue
        for link in targets:
            if link.good not in basis.items:
                key = (source, revision, good, link.good)
                found[key] = CodeMatch(*key, link.weight, link.is_estimated)
    return tuple(found.values())
