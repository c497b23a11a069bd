"""Nowcast the symmetric ratio of an episode on a lake, month by month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.notes import Effect, Note
from stopgap.base.progress import say
from stopgap.base.vocab import Direction, Frequency
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import Engine
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import Snapshot
from stopgap.measures.nowcast.monthly_world import MonthlyWorld, monthly_world
from stopgap.measures.nowcast.nowcasting import NEVER, Nowcaster, Reports, WindowNowcast
from stopgap.measures.nowcast.past_errors import LEAST_PAST
from stopgap.measures.nowcast.results import NowcastCoverage, NowcastFinding, NowcastMonth, PastNowcasts
from stopgap.measures.nowcast.stages import NOWCAST_ARRIVALS
from stopgap.measures.nowcast.window_figures import WindowFigures
from stopgap.measures.revisions.vintage_diff import everything_up_to
from stopgap.measures.second_opinion.flow_rows import flows_of_windows
from stopgap.measures.statistics.array_types import Index, Mask
from stopgap.measures.statistics.arrays import significant, significant_interval
from stopgap.measures.statistics.hub_screening import screened_hubs
from stopgap.panel.all_destinations import AllDestinations, world_of
from stopgap.panel.engine import engine_beside, engine_on
from stopgap.panel.episodes import Episode, load_episode, needs_target_side
from stopgap.panel.prepare import (
    MeasureOptions,
    Prepared,
    first_measurable,
    passed_over_notes,
    periods_reported,
    prepare,
)
from stopgap.panel.silence import Silence, silent_warnings, some_of
from stopgap.panel.stages import panel, sides
from stopgap.panel.windows import whole_periods

MOST_LATE = 6
"""Most months behind the newest: a supplier without a later report counts as silent, not as late."""


def nowcast(
    lake: Path, episode_name: str, options: MeasureOptions, *, window: int, engine: EngineOptions = DUCKDB
) -> NowcastFinding:
    """Nowcast the symmetric ratio of each month of the after-window, ``window`` months each.

    Raises:
        NotFoundError: The episode, goods list or vintage is unknown.
        MissingDataError: The lake lacks monthly figures; says which and how to get them.
        EpisodeError: The windows are invalid.
    """
    episode = load_episode(episode_name)
    needs_target_side(episode, "stopgap nowcast")
    with engine_on(lake, as_of=options.as_of, engine=engine, only=[TRADE.name]) as (running, snapshot):
        return nowcast_on(running, snapshot, episode, options, window=window)


def nowcast_on(
    engine: Engine, snapshot: Snapshot, episode: Episode, options: MeasureOptions, *, window: int
) -> NowcastFinding:
    """Compute the finding of :func:`nowcast` on a running engine."""
    monthly = replace(options, frequency=Frequency.MONTHLY)

    def measured(goods: GoodsList, passed_over: tuple[str, ...]) -> NowcastFinding:
        return _measured(engine, snapshot, episode, goods, monthly, window, passed_over)

    try:
        return first_measurable(episode, options.goods, measured)
    except MissingDataError as error:
        if _has_annual(engine, snapshot, episode, options):
            raise MissingDataError(
                f"the lake has only annual figures of {episode.name}, and a nowcast is of months",
                where=error.where,
                fix="import or fetch monthly figures (stopgap fetch comtrade --help), or take stopgap measure",
            ) from error
        raise


def _has_annual(engine: Engine, snapshot: Snapshot, episode: Episode, options: MeasureOptions) -> bool:
    annual = replace(options, frequency=Frequency.ANNUAL, baseline=None, after=None, look_for_unstable=False)
    monthly = replace(annual, frequency=Frequency.MONTHLY)

    def has(asked: MeasureOptions) -> bool:
        try:
            first_measurable(episode, options.goods, lambda goods, _: prepare(engine, snapshot, episode, goods, asked))
        except MissingDataError:
            return False
        except EpisodeError:  # there are figures, and no whole year of them in a window
            return True
        return True

    return not has(monthly) and has(annual)


@dataclass(frozen=True)
class _Read:
    """What was read of one goods list: the world by months, and who reported what.

    ``now`` holds the reports that count: those of suppliers without a report for more than :data:`MOST_LATE` months
    are left out; ``stopped`` are these, where they trade with the target.
    """

    world: MonthlyWorld
    now: Reports
    stopped: tuple[str, ...]
    silent: Silence
    hubs: frozenset[str]
    arrived: Index | None


def _measured(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    window: int,
    passed_over: Sequence[str],
) -> NowcastFinding:
    say(f"nowcasting {goods.name}")
    prepared = prepare(engine, snapshot, episode, goods, options)
    all_world = world_of(engine, episode, prepared, goods)
    months = tuple(f"{day:%Y-%m}" for day in whole_periods(prepared.windows.after, Frequency.MONTHLY))
    if len(months) < window:
        raise MissingDataError(
            f"the after-window has {len(months)} months, and each figure is of {window}",
            where=f"episode {episode.name}, after {months[0]}:{months[-1]}, vintage {snapshot.vintage}",
            fix=f"give a shorter window (--window {len(months)}), or import later months",
        )
    read = _read(engine, snapshot, episode, options, prepared, all_world, months)
    figures = WindowFigures(
        read.world,
        target=episode.target,
        members=prepared.members,
        hubs=read.hubs,
        placebo_targets=episode.placebo_targets,
    )
    found = Nowcaster(figures, read.now, window, read.arrived).all()
    rows = tuple(_row(read, episode.target, each) for each in found)
    past = tuple(_past(read, each) for each in found if each.is_nowcast)
    basis = prepared.basis
    coverage = _coverage(prepared, goods, read)
    return NowcastFinding(
        episode=episode.name,
        target=episode.target,
        direction=str(episode.direction),
        goods=goods.name,
        goods_version=goods.version_id,
        as_of=snapshot.vintage,
        valuation=str(episode.direction.valuation(options.report)),
        frequency=str(basis.frequency),
        windows=prepared.windows,
        window_months=window,
        months=rows,
        pseudo_real_time=past,
        coverage=coverage,
        screened_hubs=tuple(sorted(read.hubs - set(episode.hubs))),
        warnings=tuple(_warnings(episode, prepared, read, rows, coverage, passed_over)),
        queries=_queries(episode, options, prepared),
        report=episode.direction.flow(options.report).reporter,
    )


def _read(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    options: MeasureOptions,
    prepared: Prepared,
    all_world: AllDestinations,
    months: tuple[str, ...],
) -> _Read:
    flows = flows_of_windows(engine, all_world, all_world.tables["world_chosen"])
    world = monthly_world(flows, months)
    trades = _trades(world, episode.target)
    last = np.where(world.reports.any(axis=1), world.reports.shape[1] - 1 - world.reports[:, ::-1].argmax(axis=1), -1)
    newest = int(last[trades].max(initial=-1))
    if newest < 0:
        raise MissingDataError(
            f"no economy that trades with {episode.target} in these goods reported the after-window",
            where=f"episode {episode.name}, vintage {snapshot.vintage}",
            fix="choose windows that the data cover (--baseline, --after), or import the missing months",
        )
    in_both = world.usable(range(len(months)), world.reports).any(axis=1)
    counts = in_both & (last >= newest - MOST_LATE)
    now = Reports((world.reports & counts[:, None])[:, : newest + 1], trades & counts)
    cells = world.cells(range(newest + 1), now.known)
    hubs = screened_hubs(cells, target=episode.target, members=prepared.members, hubs=episode.hubs).found
    stopped = tuple(name for name, gone in zip(world.suppliers, trades & in_both & ~counts, strict=True) if gone)
    return _Read(
        world, now, stopped, _silence(engine, options, prepared), frozenset((*episode.hubs, *hubs)),
        _arrived(engine, snapshot, all_world, world, now),
    )  # fmt: skip


def _trades(world: MonthlyWorld, target: str) -> Mask:
    """Return which suppliers have trade with the target in the goods measured, in either window, (suppliers,)."""
    found = np.zeros(len(world.suppliers), dtype=bool)
    if target in world.destinations:
        at = world.destinations.index(target)
        found[world.supplier[(world.destination == at) & world.is_sanctioned[world.good]]] = True
    return found


def _silence(engine: Engine, options: MeasureOptions, prepared: Prepared) -> Silence:
    stages = panel(options.report)
    tables, params = prepared.tables, prepared.params
    periods = engine.run(stages.supplier_periods, tables=tables, params=params)
    totals = engine.run(stages.baseline_totals, tables=tables, params=params).to_pylist()
    return prepared.silence(periods_reported(periods), {row["supplier"]: row["value_usd"] for row in totals})


def _arrived(
    engine: Engine, snapshot: Snapshot, all_world: AllDestinations, world: MonthlyWorld, now: Reports
) -> Index | None:
    """Return the vintage that first brought each month, (suppliers, months); ``None`` if one vintage brought all rows."""
    if sum(1 for commit in snapshot.commits if commit.table == TRADE.name and commit.receipts) < 2:
        return None
    withdrawn = [{"receipt": receipt, "vintage": vintage} for receipt, vintage in snapshot.withdrawn]
    schema = pa.schema([("receipt", pa.string()), ("vintage", pa.string())])
    tables = {**all_world.tables, "withdrawn": pa.Table.from_pylist(withdrawn, schema=schema)}
    params = {**all_world.params, "first_after": f"{world.months[0]}-01"}
    with engine_beside(engine, everything_up_to(snapshot.lake, snapshot)) as history:
        rows = history.run(NOWCAST_ARRIVALS, tables=tables, params=params).to_pylist()
    places = {name: place for place, name in enumerate(world.suppliers)}
    columns = {month: column for column, month in enumerate(world.months[: now.known.shape[1]])}
    # A month that a file reports by its other rows alone is as old as this vintage.
    arrived = np.where(now.known, int(snapshot.vintage[1:]), NEVER)
    for row in rows:
        at = places.get(row["supplier"]), columns.get(f"{row['period']:%Y-%m}")
        if at[0] is not None and at[1] is not None and now.known[at[0], at[1]]:
            arrived[at[0], at[1]] = row["number"]
    return arrived


def _row(read: _Read, target: str, found: WindowNowcast) -> NowcastMonth:
    world = read.world
    missing = tuple(name for name, gone in zip(world.suppliers, found.missing, strict=True) if gone)
    return NowcastMonth(
        month=world.months[found.columns[-1]],
        first_month=world.months[found.columns[0]],
        is_nowcast=found.is_nowcast,
        symmetric_ratio=significant(found.ratio),
        ci95=significant_interval(found.ci95),
        final_ci95=significant_interval(found.final_ci95),
        net_usd=significant(found.net_usd),
        counterfactual_loss_usd=significant(found.loss_usd),
        early_ratio=significant(found.early.ratio) if found.is_nowcast else None,
        early_share_of_baseline=_early_share(read, target, found),
        missing_reporters=missing,
        past_months=len(found.past_windows),
        reason=_reason(found),
    )


def _early_share(read: _Read, target: str, found: WindowNowcast) -> float | None:
    """Return the share of baseline trade with the target that belongs to reporters who are not missing."""
    world = read.world
    here = (world.destination == world.destinations.index(target)) & world.is_sanctioned[world.good]
    by_supplier = np.zeros(len(world.suppliers))
    for season in world.seasons(found.columns):
        column, months = world.baseline.get(season), world.baseline_months[:, season]
        if column is not None:
            kept = here[column.cell]
            suppliers = world.supplier[column.cell[kept]]
            by_supplier += np.bincount(
                suppliers, column.value_usd[kept] / np.maximum(months[suppliers], 1), minlength=by_supplier.size
            )
    counted = by_supplier * read.now.counted
    total = float(counted.sum())
    return significant(float(counted[~found.missing].sum()) / total) if total > 0 else None


def _reason(found: WindowNowcast) -> str | None:
    if found.early.net_usd is None:
        return "no counterfactual: no supplier, or no member, with sales elsewhere has reported these months"
    if found.early.ratio is None:
        return "the counterfactual loss of those who reported is not above 0 by its interval"
    if not found.is_nowcast:
        return None if found.ci95 is not None else "too few placebo destinations trade enough"
    if not found.past_windows:
        return "no past months that all missing reporters have reported"
    if found.ratio is None:
        return "the early reporters lost nothing in past months"
    if found.past.half_width is None:
        return f"redone for {len(found.past.errors)} past months, and an interval needs {LEAST_PAST}"
    return None if found.ci95 is not None else "too few placebo destinations trade enough"


def _months_late(now: Reports, each: WindowNowcast) -> int:
    """Return the months from the last one that every missing reporter has reported to the last of the window."""
    end = each.columns[-1]
    together = np.flatnonzero(now.known[each.missing, : end + 1].all(axis=0))
    return end - int(together[-1]) if together.size else end + 1


def _past(read: _Read, each: WindowNowcast) -> PastNowcasts:
    world, end = read.world, each.columns[-1]
    return PastNowcasts(
        month=world.months[end],
        months_late=_months_late(read.now, each),
        missing_reporters=tuple(name for name, gone in zip(world.suppliers, each.missing, strict=True) if gone),
        months=len(each.past.errors),
        bias=significant(each.past.bias),
        rmse=significant(each.past.rmse),
        coverage=each.past.coverage,
        half_width=significant(each.past.half_width),
    )


def _coverage(prepared: Prepared, goods: GoodsList, read: _Read) -> NowcastCoverage:
    basis, world, known = prepared.basis, read.world, read.now.known
    late = read.now.counted & ~known[:, -1]
    last = {world.suppliers[at]: world.months[int(np.flatnonzero(known[at])[-1])] for at in np.flatnonzero(late)}
    found = len(goods.items) if basis.level == "composite" else len({item.code for item in basis.items.values()})
    return NowcastCoverage(
        last_months=last,
        missing_reporters=tuple(sorted({*read.silent.missing, *read.stopped})),
        missing_without_baseline_trade=read.silent.unseen,
        lateness="latest months" if read.arrived is None else "vintages",
        goods_listed=len(goods.items),
        goods_found=found,
        level=basis.level,
        revision=basis.revision,
        sources=tuple(sorted(set(prepared.chosen.values()))),
    )


def _warnings(
    episode: Episode,
    prepared: Prepared,
    read: _Read,
    rows: tuple[NowcastMonth, ...],
    coverage: NowcastCoverage,
    passed_over: Sequence[str],
) -> Iterator[str]:
    yield from passed_over_notes(passed_over, coverage.level)
    made = [row for row in rows if row.is_nowcast]
    if made:
        named = sorted({name for row in made for name in row.missing_reporters})
        text = f"{len(made)} of {len(rows)} months are nowcasts: {some_of(named)} did not report all of them"
        early = made[-1].early_share_of_baseline
        yield Note(text, Effect.MISSING, share=None if early is None else 1 - early)
        text = "errors of past nowcasts are against the figures of this vintage: later revisions are not among them"
        yield Note(text, Effect.MODEL)
        if coverage.lateness == "latest months":
            text = "one import brought all figures: past nowcasts are redone without the reporters that are late now"
            yield Note(text, Effect.MODEL)
    last = rows[-1] if rows else None
    if last is not None and last.ci95 is not None and last.ci95[0] <= 0 <= last.ci95[1]:
        text = f"the interval of {last.month} includes 0 ({last.ci95[0]:.1%} to {last.ci95[1]:.1%})"
        yield Note(f"{text}: these figures cannot tell net backfill from none", Effect.CANNOT_TELL)
    for reason in dict.fromkeys(row.reason for row in rows if row.reason):
        months = [row.month for row in rows if row.reason == reason]
        what = "interval" if all(row.symmetric_ratio is not None for row in rows if row.reason == reason) else "ratio"
        effect = Effect.NO_INTERVAL if what == "interval" else Effect.CANNOT_TELL
        short = f"no {what} for {some_of(months, 2)}: {reason}"
        yield Note(f"no {what} for {some_of(months)}: {reason}", effect, short=short)
    if read.stopped:
        text = f"no report for more than {MOST_LATE} months, so in no month and not zero: {some_of(read.stopped)}"
        yield Note(text, Effect.MISSING)
    yield from silent_warnings(read.silent, is_sale=episode.direction is Direction.EXPORTS_TO_TARGET)
    yield from prepared.notes


def _queries(episode: Episode, options: MeasureOptions, prepared: Prepared) -> tuple[str, ...]:
    """Return SQL for ``stopgap query``: sums by supplier and month, the rows behind them, and who reported which month."""
    supplier, other = sides(options.report)
    common = prepared.rows_where()
    where = f"{other} = '{episode.target}' AND flow = '{prepared.params['flow']}' AND {common}"
    return (
        f"SELECT {supplier} AS supplier, period, sum(value_usd) AS value_usd FROM trade WHERE {where} GROUP BY ALL ORDER BY supplier, period",
        f"SELECT period, {supplier} AS supplier, good, revision, value_usd, source, vintage, receipt FROM trade WHERE {where} ORDER BY supplier, period, good",
        f"SELECT reporter, max(period) AS last_month FROM trade AS t WHERE flow = '{prepared.params['flow']}' AND {common} GROUP BY reporter ORDER BY reporter",
    )
