"""Rank the levers of an episode on a lake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.notes import Effect, Note, of_another
from stopgap.base.progress import say
from stopgap.base.sql import listed, quoted
from stopgap.base.vocab import Direction, Frequency, Report
from stopgap.codes.areas import areas
from stopgap.codes.commodities import REVISIONS, heading_of
from stopgap.codes.goods import GoodsList, describe
from stopgap.lake.engines.engine import Engine
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import Snapshot
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import keep_finding, measure_on
from stopgap.measures.levers.bounded import Estimates, positions_of
from stopgap.measures.levers.capacity import exporters, fit_phi
from stopgap.measures.levers.chokepoints import chokepoints
from stopgap.measures.levers.hub_switching import LEAST_FALL, HubSwitching, hub_switches
from stopgap.measures.levers.latest_period import LatestPeriod, latest_period
from stopgap.measures.levers.ranking import KINDS, LeverNames, rank_levers
from stopgap.measures.levers.removal import Inflow
from stopgap.measures.levers.request import LeverRequest
from stopgap.measures.levers.response import Responses, response_windows, responses
from stopgap.measures.levers.results import LeverFinding, assumptions, inflow_totals, what_if
from stopgap.measures.levers.score_basis import Scoring, assumed_of_scores, limits_of_scores, market_of, ranking_of
from stopgap.measures.levers.substitution import Fitted, Substitution, fit_substitution
from stopgap.measures.levers.what_if_text import Question, parse_actions
from stopgap.measures.routes.request import RouteRequest
from stopgap.measures.routes.run import routes_on
from stopgap.measures.statistics.array_types import Array
from stopgap.measures.statistics.arrays import positions, world_cells
from stopgap.measures.statistics.counterfactual import net_backfill
from stopgap.panel.all_destinations import world_of
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode, Window, add_months, load_episode, needs_target_side
from stopgap.panel.prepare import MeasureOptions, Prepared, periods_reported, prepare
from stopgap.panel.stages import panel, sides
from stopgap.panel.world_stages import WORLD_CELLS

BY: Mapping[str, tuple[str, ...]] = {
    "good": ("good",),
    "hub": ("hub", "re-exports"),
    "supplier": ("supplier",),
    "supplier-good": ("supplier-good",),
    "all": KINDS,
}
"""Kinds of lever for each value of ``by``. With ``supplier``, hubs count as suppliers."""


@dataclass(frozen=True)
class HubFlows:
    """Dollars a year consistent with routing by (hub, good), or the reason they are unavailable.

    ``hubs`` are the hubs that could be tested against chance; for others it is unknown.
    """

    usd: Mapping[tuple[str, str], float] | None
    hubs: frozenset[str] = frozenset()
    reason: str | None = None


def levers(
    lake: Path,
    episode_name: str,
    options: MeasureOptions,
    request: LeverRequest | None = None,
    *,
    engine: EngineOptions = DUCKDB,
    keep: bool = True,
) -> LeverFinding:
    """Rank the levers of an episode, and project its what-if.

    The underlying finding is stored in the lake if it can be written, unless ``keep`` is off.

    Raises:
        NotFoundError: The episode, goods list or vintage is unknown.
        MissingDataError: The lake lacks the figures, or a what-if names a supplier without any.
        EpisodeError: The windows are invalid.
        UsageError: A what-if cannot be parsed.
    """
    chosen = request or LeverRequest()
    episode = load_episode(episode_name)
    needs_target_side(episode, "stopgap levers")
    routed = None if not chosen.no_routes else HubFlows(None, reason="routes were left out")
    with engine_on(lake, as_of=options.as_of, engine=engine, only=[TRADE.name]) as (running, snapshot):
        measured = measure_on(running, snapshot, episode, options)
        found = levers_on(running, snapshot, episode, options, chosen, routed=routed, measured=measured)
    if keep:
        keep_finding(lake, measured)
    return found


def levers_on(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    options: MeasureOptions,
    request: LeverRequest | None = None,
    *,
    routed: HubFlows | None = None,
    measured: Finding | None = None,
) -> LeverFinding:
    """Compute the finding of :func:`levers` on a running engine.

    ``measured`` is a measure made with the same options; ``None`` makes one.
    """
    finding = measured or measure_on(engine, snapshot, episode, options)
    chosen = request or LeverRequest()
    say(f"ranking levers of {finding.goods}")
    goods, fixed = _as_measured(episode, options, finding)
    prepared = prepare(engine, snapshot, episode, goods, fixed)
    passed = routed or _routed(engine, snapshot, episode, fixed)
    inflow = read_inflow(engine, episode, prepared, fixed, passed)
    groups = {good: item.group for good, item in prepared.basis.items.items()}
    fitted = fit_substitution(finding, goods=inflow.goods, groups=groups)
    if routed is not None and routed.usd is None:
        switching = HubSwitching(None, None, (), routed.reason)
    else:
        switching = hub_switching(engine, snapshot, episode, goods, fixed, finding.windows.after)
    words = _words(prepared, finding, inflow)
    scoring = _scoring(engine, snapshot, episode, goods, fixed, (prepared, finding, inflow, fitted), chosen)
    ranked = rank_levers(
        inflow,
        fitted,
        headings={good: heading_of(good) for good in inflow.goods},
        kinds=BY[chosen.by],
        limit=chosen.limit or None,
        words=words,
        estimates=scoring.estimates,
    )
    choking, choking_count = chokepoints(scoring.estimates, descriptions=words.goods)
    question = Question(
        inflow, groups, episode.target, finding.coverage.missing_reporters, prepared.basis.level, episode.name
    )
    answer = what_if(parse_actions(chosen.what_if, question), question, fitted) if chosen.what_if else None
    return LeverFinding(
        episode=episode.name,
        target=episode.target,
        direction=str(episode.direction),
        goods=finding.goods,
        goods_version=finding.goods_version,
        as_of=finding.as_of,
        valuation=finding.valuation,
        frequency=finding.frequency,
        windows=finding.windows,
        finding_id=finding.finding_id,
        inflow=inflow_totals(inflow),
        substitution=fitted.substitution,
        levers=ranked.levers,
        levers_found=ranked.count,
        ranking=ranking_of(scoring, ranked, fitted),
        chokepoints=choking,
        chokepoints_found=choking_count,
        hub_switching=switching,
        what_if=answer,
        assumptions=(
            *assumptions(fitted, inflow, target=episode.target, routes_reason=passed.reason, switching=switching),
            *assumed_of_scores(scoring),
        ),
        coverage=finding.coverage,
        warnings=(
            *_limits(inflow, fitted.substitution, passed),
            *limits_of_scores(scoring),
            *of_another(finding.warnings),
        ),
        queries=(
            _inflow_query(episode, options, prepared),
            *([_exports_query(episode, prepared)] if scoring.estimates is not None else []),
            *finding.queries,
        ),
        report=finding.report,
    )


def _as_measured(episode: Episode, options: MeasureOptions, finding: Finding) -> tuple[GoodsList, MeasureOptions]:
    """Return the goods list that was measured, and options that fix it, its windows and its frequency."""
    name, goods = next(
        (name, goods)
        for name in ((options.goods,) if options.goods is not None else episode.goods)
        if (goods := episode.goods_list(name)).version_id == finding.goods_version
    )
    return goods, replace(
        options,
        goods=name,
        baseline=Window(*finding.windows.baseline),
        after=Window(*finding.windows.after),
        frequency=Frequency(finding.frequency),
    )


def read_inflow(
    engine: Engine, episode: Episode, prepared: Prepared, options: MeasureOptions, routed: HubFlows
) -> Inflow:
    """Read trade with the target in the after-window, as the measure counts it."""
    cells = engine.run(panel(options.report).cells, tables=prepared.tables, params=prepared.params)
    suppliers, supplier = positions(cells["supplier"])
    goods, good = positions(cells["good"])
    value = np.zeros((len(suppliers), len(goods)))
    value[supplier, good] = np.maximum(cells["after_usd"].to_numpy(), 0.0)
    members, hubs = prepared.members, frozenset(episode.hubs)
    passed = None
    if routed.usd is not None:  # NaN for who is no hub, or could not be held against chance
        passed = np.full(value.shape, np.nan)
        passed[[name in routed.hubs for name in suppliers]] = 0.0
        for (hub, item), dollars in routed.usd.items():
            if hub in routed.hubs and hub in suppliers and item in goods:
                passed[suppliers.index(hub), goods.index(item)] = dollars
    return Inflow(
        suppliers=suppliers,
        goods=goods,
        value_usd=value,
        is_member=np.array([name in members for name in suppliers], dtype=bool),
        is_hub=np.array([name in hubs for name in suppliers], dtype=bool),
        routed_usd=passed,
    )


def _routed(engine: Engine, snapshot: Snapshot, episode: Episode, options: MeasureOptions) -> HubFlows:
    """Measure trade consistent with routing for the same goods and windows; with a reason if it is unavailable."""
    try:
        found = routes_on(engine, snapshot, episode, options, RouteRequest(), brief=True)
    except (MissingDataError, EpisodeError) as error:
        return HubFlows(None, reason=error.what)
    known = frozenset(row.hub for row in found.hubs if row.counted is not None)
    if not known:
        return HubFlows(None, reason=found.routing.because)
    return HubFlows(found.counted_by_hub_good(), known)


def hub_switching(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    after: tuple[str, str],
) -> HubSwitching:
    """Test whether other hubs' trade rose where one hub's fell, from the first to the last year of the after-window."""
    first, last = (after[0], add_months(after[0], 11)), (add_months(after[1], -11), after[1])
    if last[0] <= first[1]:
        return HubSwitching(None, None, (), "the after-window holds no two years to compare")
    if options.report is not Report.REPORTED:
        return HubSwitching(None, None, (), "it needs suppliers' own reports")
    split = replace(options, baseline=Window(*first), after=Window(*last))
    try:
        world = world_of(engine, episode, prepare(engine, snapshot, episode, goods, split), goods)
    except (MissingDataError, EpisodeError) as error:
        return HubSwitching(first, last, (), error.what)
    cells = world_cells(engine.run(WORLD_CELLS, tables=world.tables, params=world.params))
    found = hub_switches(cells, target=episode.target, members=world.members, hubs=world.hubs)
    fall = f"no hub's trade with {episode.target} fell by {LEAST_FALL:.0%} between the two years"
    return HubSwitching(first, last, found, None if found else fall)


def _scoring(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    measured: tuple[Prepared, Finding, Inflow, Fitted],
    request: LeverRequest,
) -> Scoring:
    """Measure capacities, elasticities and responses for the ranking; only at HS6."""
    prepared, finding, inflow, fitted = measured
    none = Responses(None)
    level = prepared.basis.level
    if level != "HS6":
        return Scoring(None, None, none, reason=f"the figures are at {level} level, and the ranking needs HS6")
    if fitted.ratio is None:
        return Scoring(None, None, none, reason="what would come back cannot be told")
    period, value = _latest_inflow(engine, prepared, options, inflow)
    if period is None:
        return Scoring(None, None, none, reason="there is no trade with the target in these goods and this window")
    world = world_of(engine, episode, prepared, goods)
    found = exporters(
        world_cells(engine.run(WORLD_CELLS, tables=world.tables, params=world.params)),
        goods=inflow.goods,
        target=episode.target,
        members=world.members,
        hubs=world.hubs,
        ordinary_excess=finding.counterfactual.ordinary_excess or 0.0,
    )
    lost = {row.good for row in finding.by_good if row.loss_usd > 0}
    phi = fit_phi(
        found,
        goods=inflow.goods,
        headings={good: heading_of(good) for good in inflow.goods},
        groups={good: item.group for good, item in prepared.basis.items.items()},
        lost=np.array([good in lost for good in inflow.goods], dtype=bool),
    )
    is_sale = episode.direction is Direction.EXPORTS_TO_TARGET
    market = market_of(inflow, value, found, prepared.basis.revision if is_sale else None)
    answered = _responses(engine, snapshot, episode, goods, options, request)
    missing = set(inflow.suppliers) - set(found.suppliers) - set(world.members)
    return Scoring(Estimates(market, fitted, phi, answered), period, answered, len(missing))


def _latest_inflow(
    engine: Engine, prepared: Prepared, options: MeasureOptions, inflow: Inflow
) -> tuple[LatestPeriod | None, Array]:
    """Return the latest common period and its trade by supplier and good, NaN for suppliers without reports."""
    stages = panel(options.report)
    rows = engine.run(stages.supplier_periods, tables=prepared.tables, params=prepared.params)
    reported = {name: parts.get("after", set()) for name, parts in periods_reported(rows).items()}
    totals = dict(zip(inflow.suppliers, inflow.value_usd.sum(axis=1).tolist(), strict=True))
    per_year = int(prepared.params["periods_per_year"] or 1)
    period = latest_period(totals, reported, periods_per_year=per_year)
    if period is None or not period.is_common:
        return period, inflow.value_usd
    table = prepared.tables["periods"]
    months = pc.strftime(table["period"], format="%Y-%m")
    keep = [
        part == "baseline" or month in period.periods
        for part, month in zip(table["part"].to_pylist(), months.to_pylist(), strict=True)
    ]
    tables = {**prepared.tables, "periods": table.filter(keep)}
    cells = engine.run(stages.cells, tables=tables, params=prepared.params)
    value = np.zeros_like(inflow.value_usd)
    suppliers, supplier = positions(cells["supplier"])
    goods, good = positions(cells["good"])
    row, column = positions_of(suppliers, inflow.suppliers)[supplier], positions_of(goods, inflow.goods)[good]
    known = (row >= 0) & (column >= 0)
    value[row[known], column[known]] = np.maximum(cells["after_usd"].to_numpy(), 0.0)[known]
    value[positions_of(period.absent, inflow.suppliers)] = np.nan
    return period, value


def _responses(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    request: LeverRequest,
) -> Responses:
    """Measure responses to the enforcement step asked for, else to the episode's last regime date."""
    regimes = [str(day) for day in getattr(episode, "regimes", ())]
    date = request.enforcement or (max(regimes) if regimes else None)
    if date is None:
        return Responses(None, reason="no enforcement date is known")
    windows = response_windows(dt.date.fromisoformat(date), options.frequency or Frequency.ANNUAL, event=episode.event)
    if windows is None:
        return Responses(date, reason="there is too little time between the event and the date")
    if options.report is not Report.REPORTED:
        return Responses(date, *windows, reason="it needs suppliers' own reports")
    split = replace(options, baseline=Window(*windows[0]), after=Window(*windows[1]))
    try:
        world = world_of(engine, episode, prepare(engine, snapshot, episode, goods, split), goods)
    except (MissingDataError, EpisodeError) as error:
        return Responses(date, *windows, reason=error.what)
    found = net_backfill(
        world_cells(engine.run(WORLD_CELLS, tables=world.tables, params=world.params)),
        target=episode.target,
        members=world.members,
        hubs=world.hubs,
        placebo_targets=world.placebo_targets,
    )
    if found is None:
        return Responses(date, *windows, reason="no trade with a counterfactual around the date")
    return responses(found, date=date, before=windows[0], after=windows[1])


def _words(prepared: Prepared, finding: Finding, inflow: Inflow) -> LeverNames:
    basis = prepared.basis
    revision = next((each for each in reversed(REVISIONS) if each in basis.revision), REVISIONS[-1])
    goods = {row.good: row.description for row in finding.by_good}
    goods |= {
        heading: text
        for heading in {heading_of(good) for good in inflow.goods} - set(goods)
        if (text := describe(heading, revision))
    }
    names = {name: areas()[name].name for name in inflow.suppliers if name in areas()}
    return LeverNames(goods, names, basis.level)


def _limits(inflow: Inflow, found: Substitution, routed: HubFlows) -> Iterator[str]:
    """Return warnings about the limits of the levers."""
    if inflow.total_usd <= 0:
        text = "there is no trade with the target in these goods and this window, and so no lever"
        yield Note(text, Effect.CANNOT_TELL)
    if found.share is None:
        text = f"substitution cannot be told: {found.reason}; removed_usd is null, ranges are from 0 to all carried"
        yield Note(text, Effect.CANNOT_TELL)
    elif found.ci95 is None:
        text = f"removed_usd has no interval: {found.reason}; ranges are from 0 to all carried"
        yield Note(text, Effect.NO_INTERVAL)
    if found.is_bounded:
        text = f"the measured share that came back ({found.measured_ratio:.2f}) lies outside 0 to 1: projections take {found.share:.0f}"
        yield Note(text, Effect.MODEL)
    hubs = [name for name, is_hub in zip(inflow.suppliers, inflow.is_hub.tolist(), strict=True) if is_hub]
    unknown = [name for name in hubs if name not in routed.hubs] if routed.usd is not None else []
    if unknown:
        at_hubs = sum(float(inflow.value_usd[inflow.suppliers.index(name)].sum()) for name in unknown)
        yield Note(
            f"what passes through {len(unknown)} hubs could not be held against chance: {', '.join(unknown)}",
            Effect.MODEL,
            share=at_hubs / inflow.total_usd if inflow.total_usd > 0 else None,
        )
    by_supplier = inflow.value_usd.sum(axis=1) * ~inflow.is_member
    total = float(by_supplier.sum())
    if total > 0 and by_supplier.max() > 0.5 * total:
        most = int(by_supplier.argmax())
        name, part = inflow.suppliers[most], by_supplier[most] / total
        yield Note(
            f"{name} has {part:.0%} of the trade of suppliers outside the coalition: what came "
            "back in this episode came largely through it, so a stop there is better read with the alternatives thinned",
            Effect.MODEL,
            share=part,
            short=f"{name} has {part:.0%} of what others than the coalition sell: read a stop there with the alternatives thinned",
        )


def _inflow_query(episode: Episode, options: MeasureOptions, prepared: Prepared) -> str:
    """Return SQL for each supplier's trade by good and period of the after-window."""
    supplier, other = sides(options.report)
    goods = sorted({match.good for match in prepared.basis.matches})
    sources = sorted(set(prepared.chosen.values()))
    after = [row["period"].isoformat() for row in prepared.tables["periods"].to_pylist() if row["part"] == "after"]
    return (
        f"SELECT {supplier} AS supplier, good, period, sum(value_usd) AS value_usd FROM trade "
        f"WHERE {other} = '{episode.target}' AND flow = '{prepared.params['flow']}' "
        f"AND frequency = '{prepared.params['frequency']}' AND source IN ({listed(sources)}) AND good IN ({listed(goods)}) "
        f"AND period IN ({', '.join(f'DATE {quoted(period)}' for period in after)}) GROUP BY ALL ORDER BY supplier, good, period"
    )


def _exports_query(episode: Episode, prepared: Prepared) -> str:
    """Return SQL for each supplier's trade with everyone by good and period of the baseline: what capacities rest on."""
    goods = sorted({match.good for match in prepared.basis.matches})
    sources = sorted(set(prepared.chosen.values()))
    before = [row["period"].isoformat() for row in prepared.tables["periods"].to_pylist() if row["part"] == "baseline"]
    return (
        f"SELECT reporter AS supplier, good, period, sum(value_usd) AS value_usd FROM trade "
        f"WHERE reporter <> '{episode.target}' AND partner <> reporter "
        f"AND flow = '{episode.direction.flow(Report.REPORTED)}' AND frequency = '{prepared.params['frequency']}' "
        f"AND source IN ({listed(sources)}) AND good IN ({listed(goods)}) "
        f"AND period IN ({', '.join(f'DATE {quoted(period)}' for period in before)}) GROUP BY ALL ORDER BY supplier, good, period"
    )
