"""Measure the routes of an episode on a lake."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.progress import say
from stopgap.base.sql import listed, quoted
from stopgap.base.vocab import Direction, Flow, Frequency, Report
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import Engine
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import Snapshot
from stopgap.measures.mirror.run import exports_to_hubs
from stopgap.measures.mirror.words import queries_of
from stopgap.measures.routes.assembly import RouteExtras, assemble_routes, candidates_of, declared_rows
from stopgap.measures.routes.hub_rules import screen_for_hubs
from stopgap.measures.routes.legs import LoadedLegs, load_legs
from stopgap.measures.routes.matching import MARKUPS, Legs, measure_routes
from stopgap.measures.routes.net_split import split_net
from stopgap.measures.routes.request import RouteRequest
from stopgap.measures.routes.results import RouteCoverage, RouteFinding, RouteParts
from stopgap.measures.routes.stages import MEMBER_LEG
from stopgap.measures.statistics.array_types import Array
from stopgap.measures.statistics.cells import WorldCells
from stopgap.measures.statistics.counterfactual import NetBackfill, net_backfill
from stopgap.measures.statistics.hub_screening import HubScreening
from stopgap.panel.all_destinations import AllDestinations, world_of
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode, load_episode, needs_target_side
from stopgap.panel.prepare import MeasureOptions, Prepared, first_measurable, passed_over_notes, prepare
from stopgap.panel.stages import panel


def routes(
    lake: Path,
    episode_name: str,
    options: MeasureOptions,
    route_options: RouteRequest | None = None,
    *,
    engine: EngineOptions = DUCKDB,
) -> RouteFinding:
    """Measure trade consistent with routing to the target through the hubs of an episode.

    ``options.report`` selects the report of the hubs' trade with the target.

    Raises:
        NotFoundError: The episode, goods list or vintage is unknown.
        MissingDataError: The lake lacks the figures; says which and how to get them.
        EpisodeError: The episode has no hubs, or its windows are invalid.
        UsageError: An option is invalid.
    """
    episode = load_episode(episode_name)
    needs_target_side(episode, "stopgap routes")
    with engine_on(lake, as_of=options.as_of, engine=engine, only=[TRADE.name]) as (running, snapshot):
        return routes_on(running, snapshot, episode, options, route_options or RouteRequest())


def routes_on(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    options: MeasureOptions,
    chosen: RouteRequest,
    *,
    brief: bool = False,
) -> RouteFinding:
    """Compute the finding of :func:`routes` on a running engine; ``brief`` leaves out what stands beside the matches."""
    return first_measurable(
        episode,
        options.goods,
        lambda goods, passed_over: routes_list_on(
            engine, snapshot, episode, goods, options, chosen, passed_over=passed_over, brief=brief
        ),
    )


def routes_list_on(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    chosen: RouteRequest,
    *,
    passed_over: tuple[str, ...] = (),
    brief: bool = False,
) -> RouteFinding:
    """Compute the finding of one goods list on a running engine; raises as :func:`routes` does.

    ``brief`` leaves out the split of net backfill and the exports that hubs never recorded.
    """
    say(f"testing hubs against chance for {goods.name}")
    prepared = prepare(engine, snapshot, episode, goods, options)
    listed_only = world_of(engine, episode, prepared, goods)
    cells, screening = screen_for_hubs(engine, episode, listed_only)
    episode = _with_found(episode, screening)
    world = replace(listed_only, hubs=frozenset(episode.hubs))
    reports = (Report.MIRROR if chosen.leg1 == "hub" else Report.REPORTED, options.report)
    loaded = load_legs(
        engine, episode, world, member_report=reports[0], target_report=reports[1], by_rule=screening.found
    )
    if not loaded.legs.goods and not loaded.any_origin.goods:
        raise MissingDataError(
            f"no hub has figures in both windows on either leg for the goods list {goods.name}",
            where=f"episode {episode.name}, hubs {', '.join(episode.hubs)}, vintage {snapshot.vintage}",
            fix="import the hubs' trade with the target and the coalition's with the hubs, or choose other windows (--baseline, --after)",
        )
    loss, silent = _loss(engine, options, prepared)
    # Of the origin not asked for, the headline from anyone stands beside the matches, and nothing else.
    by_origin = {
        origin: measure_routes(
            legs,
            _by_good(loss, legs),
            seed=chosen.seed,
            markups=MARKUPS if is_asked else MARKUPS[:1],
            unadjusted=is_asked,
        )
        for origin, legs in (("coalition", loaded.legs), ("anyone", loaded.any_origin))
        if (is_asked := origin == chosen.origin) or origin == "anyone"
    }
    found = by_origin[chosen.origin]
    beside = RouteExtras(candidates=candidates_of(screening), origin=chosen.origin)
    queries = _queries(episode, world, loaded, *reports)
    if not brief:
        beside, more = _beside(engine, snapshot, (episode, goods, options), beside)
        queries += more
        net = _net(cells, episode, world, options)
        missing = {row.hub: row.usd for row in beside.declared_never_recorded if row.exporter == "coalition"}
        beside = replace(
            beside,
            net_split=split_net(
                net, found, _by_good(loss, found.legs), screening.economies,
                unrecorded_usd=missing if chosen.leg1 == "hub" else {},
                reason="" if options.report is Report.REPORTED else "net backfill needs suppliers' own reports",
            ),
        )  # fmt: skip
    member, target = (str(episode.direction.valuation(report)) for report in reports)
    parts = RouteParts(
        episode=episode.name,
        target=episode.target,
        direction=str(episode.direction),
        goods=goods.name,
        goods_version=goods.version_id,
        as_of=snapshot.vintage,
        valuation=member if member == target else f"coalition-hub {member}, hub-target {target}",
        frequency=str(prepared.basis.frequency),
        windows=prepared.windows,
        leg1=chosen.leg1,
        report="target" if options.report is Report.MIRROR else "hub",
        seed=chosen.seed,
        loss_usd=None if loss is None else loss[1],
        coverage=_coverage(episode, world, loaded, *reports, silent),
        queries=queries,
    )
    notes = (*passed_over_notes(passed_over, prepared.basis.level), *prepared.all_notes())
    return assemble_routes(found, parts, loaded.periods, notes=notes, any_origin=by_origin["anyone"], extras=beside)


def _with_found(episode: Episode, screening: HubScreening) -> Episode:
    """Return the episode with the hubs found by rule after the listed ones.

    Raises:
        EpisodeError: There is neither.
    """
    if not episode.hubs and not screening.found:
        shown = "; ".join(f"{row.economy}: {row.because}" for row in candidates_of(screening) if row.status != "small")
        raise EpisodeError(
            "the episode names no hub and none is found by rule, so there is no route to measure"
            + (f" ({shown})" if shown else ""),
            where=f"episode {episode.name}, field hubs",
            fix="name the economies through which goods may pass (hubs: [KAZ, ARM])",
        )
    return replace(episode, hubs=(*episode.hubs, *screening.found))


def _net(cells: WorldCells, episode: Episode, world: AllDestinations, options: MeasureOptions) -> NetBackfill | None:
    """Estimate net backfill of the same goods and windows, with hubs found by rule out of growth elsewhere."""
    if options.report is not Report.REPORTED:
        return None
    return net_backfill(
        cells, target=episode.target, members=world.members, hubs=episode.hubs, placebo_targets=episode.placebo_targets
    )


def _beside(
    engine: Engine, snapshot: Snapshot, asked: tuple[Episode, GoodsList, MeasureOptions], extras: RouteExtras
) -> tuple[RouteExtras, tuple[str, ...]]:
    """Add exports that hubs never recorded, with the query of both sides' reports, or the reason there are none."""
    episode, goods, options = asked
    if episode.direction is not Direction.EXPORTS_TO_TARGET:
        return extras, ()
    try:
        ground, rows = exports_to_hubs(engine, snapshot, episode, goods, options)
    except (MissingDataError, EpisodeError) as error:
        return replace(extras, unrecorded_because=error.what), ()
    return replace(extras, declared_never_recorded=declared_rows(rows)), queries_of(episode, ground)


Loss = tuple[dict[str, float], float]


def _loss(engine: Engine, options: MeasureOptions, prepared: Prepared) -> tuple[Loss | None, tuple[str, ...]]:
    """Return the coalition's loss by sanctioned good and in total, and the members without figures for it."""
    rows = engine.run(panel(options.report).cells, tables=prepared.tables, params=prepared.params).to_pylist()
    inside = [row for row in rows if row["supplier"] in prepared.members]
    silent = tuple(sorted(set(prepared.members) - {row["supplier"] for row in inside}))
    if not inside:
        return None, silent
    parts: dict[str, list[float]] = {}
    for row in inside:
        parts.setdefault(row["good"], []).extend((row["baseline_usd"], -row["after_usd"]))
    by_good = {good: math.fsum(terms) for good, terms in parts.items()}  # whatever the order of the rows
    return (by_good, math.fsum(term for terms in parts.values() for term in terms)), silent


def _by_good(loss: Loss | None, legs: Legs) -> Array | None:
    """Return the loss of the sanctioned goods in the order of the legs."""
    if loss is None:
        return None
    sanctioned = [good for good, is_listed in zip(legs.goods, legs.is_sanctioned, strict=True) if is_listed]
    return np.array([loss[0].get(good, 0.0) for good in sanctioned])


def _coverage(
    episode: Episode,
    world: AllDestinations,
    loaded: LoadedLegs,
    member_report: Report,
    target_report: Report,
    silent: tuple[str, ...],
) -> RouteCoverage:
    legs, lead = loaded.legs, loaded.legs.lead
    reporters = sorted({name for leg, name in loaded.seen if leg == MEMBER_LEG})
    gaps = [
        f"{name} {loaded.periods[place]}"
        for name in reporters
        for place in range(lead, len(loaded.periods))
        if place not in loaded.seen[(MEMBER_LEG, name)]
    ]
    if member_report is Report.REPORTED:
        silent = tuple(sorted({*silent, *(set(world.members) - set(reporters))}))
    no_leg = (legs.known_periods() == 0) | ~legs.has_members
    sources = {
        *(world.chosen[name] for name in (*world.members, *episode.hubs) if name in world.chosen),
        *loaded.mirror_sources.values(),
    }
    return RouteCoverage(
        missing_reporters=silent,
        missing_periods=tuple(gaps),
        silent_hubs=tuple(hub for hub, is_silent in zip(legs.hubs, no_leg, strict=True) if is_silent),
        borrowed_growth=loaded.borrowed_growth,
        growth_unknown=loaded.growth_unknown,
        control_destinations=loaded.controls[0],
        control_names=loaded.controls[1],
        goods_measured=int(legs.is_sanctioned.sum()),
        ordinary_goods=int((legs.member_base_usd[:, ~legs.is_sanctioned] > 0).any(axis=0).sum()),
        level=world.prepared.basis.level,
        revision=world.prepared.basis.revision,
        sources=tuple(sorted(sources)),
    )


def _queries(
    episode: Episode, world: AllDestinations, loaded: LoadedLegs, member_report: Report, target_report: Report
) -> tuple[str, ...]:
    """Return SQL for ``stopgap query`` with the rows of each leg: the coalition's, the target's, and others' to the hubs."""
    goods = sorted({match.good for match in world.prepared.basis.matches})
    periods = {row["period"] for row in world.tables["periods"].to_pylist()}
    day = "-01-01" if world.prepared.basis.frequency is Frequency.ANNUAL else "-01"
    lead = {f"{month[:4] if day == '-01-01' else month}{day}" for month in loaded.periods}
    dates = sorted({period.isoformat() for period in periods} | lead)
    outside = sorted({*world.members, world.target})
    statements = []
    for report, suppliers, destinations in (
        (member_report, sorted(world.members), list(episode.hubs)),
        (target_report, list(episode.hubs), [world.target]),
        (member_report, None, list(episode.hubs)),
    ):
        supplier, other = ("reporter", "partner") if report is Report.REPORTED else ("partner", "reporter")
        by = {name: world.chosen.get(name) for name in suppliers or world.chosen}
        if report is Report.MIRROR:
            by = {name: loaded.mirror_sources.get(name) for name in destinations}
        sources = sorted({source for source in by.values() if source})
        who = f"{supplier} NOT IN ({listed(outside)})" if suppliers is None else f"{supplier} IN ({listed(suppliers)})"
        flow: Flow = episode.direction.flow(report)
        statements.append(
            f"SELECT period, {supplier} AS supplier, {other} AS destination, good, revision, value_usd, source, vintage, receipt "
            f"FROM trade WHERE {who} AND {other} IN ({listed(destinations)}) "
            f"AND flow = '{flow}' AND frequency = '{world.params['frequency']}' AND source IN ({listed(sources or [''])}) "
            f"AND good IN ({listed(goods)}) AND period IN ({', '.join(f'DATE {quoted(date)}' for date in dates)}) "
            "ORDER BY supplier, destination, period, good"
        )
    return tuple(statements)
