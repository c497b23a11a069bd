"""Measure prices of an episode on a lake: markup, and the split into quantity and price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from stopgap.base.errors import MissingDataError
from stopgap.base.notes import Effect, Note
from stopgap.base.progress import say
from stopgap.base.sql import listed
from stopgap.base.vocab import Direction, Frequency, Report
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import Engine
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import Snapshot
from stopgap.measures.prices.half_years import HalfYears, half_years
from stopgap.measures.prices.markup import MarkupFigure, PriceMarkup, markup
from stopgap.measures.prices.results import PriceCoverage, PriceFinding, PriceSplit
from stopgap.measures.prices.stages import COUNTED_SALES, UNIT_VALUES
from stopgap.measures.statistics.array_types import Index
from stopgap.measures.statistics.arrays import positions
from stopgap.measures.statistics.bennet import (
    PriceCells,
    Split,
    SupplierSplit,
    joined_seasons,
    read_price_cells,
    split_changes,
)
from stopgap.measures.statistics.two_way_effects import BlockRows
from stopgap.panel.all_destinations import AllDestinations, world_of
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode, load_episode, needs_target_side
from stopgap.panel.prepare import (
    MeasureOptions,
    Prepared,
    first_measurable,
    passed_over_notes,
    periods_reported,
    prepare,
    with_most_members,
)
from stopgap.panel.quantities import Units, read_units
from stopgap.panel.quantity_stages import quantity_cells
from stopgap.panel.silence import Silence, silent_warnings
from stopgap.panel.stages import panel, sides

MIX_WARNING = "a unit value is an average within a code: a dearer mix of goods looks like a dearer good"


def prices(lake: Path, episode_name: str, options: MeasureOptions, *, engine: EngineOptions = DUCKDB) -> PriceFinding:
    """Measure the markup at the target, and split loss and backfill into quantity and price.

    Raises:
        NotFoundError: The episode, goods list or vintage is unknown.
        MissingDataError: The lake lacks the figures; says which and how to get them.
        EpisodeError: The windows are invalid.
    """
    episode = load_episode(episode_name)
    needs_target_side(episode, "stopgap prices")
    with engine_on(lake, as_of=options.as_of, engine=engine, only=[TRADE.name]) as (running, snapshot):
        return prices_on(running, snapshot, episode, options)


def prices_on(engine: Engine, snapshot: Snapshot, episode: Episode, options: MeasureOptions) -> PriceFinding:
    """Compute the finding of :func:`prices` on a running engine."""

    def attempt(tried: MeasureOptions) -> PriceFinding:
        return first_measurable(
            episode,
            tried.goods,
            lambda goods, passed_over: _measured(engine, snapshot, episode, goods, tried, passed_over),
        )

    return with_most_members(episode, options, attempt)


def _measured(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    passed_over: Sequence[str],
) -> PriceFinding:
    say(f"measuring prices of {goods.name}")
    prepared = prepare(engine, snapshot, episode, goods, options)
    basis = prepared.basis
    units = read_units(engine, prepared, options.report)
    tables = {**prepared.tables, **units.tables}
    rows = engine.run(quantity_cells(options.report), tables=tables, params=prepared.params)
    if rows.num_rows == 0:
        raise MissingDataError(
            f"no economy has figures in both windows for the goods list {goods.name}",
            where=f"episode {episode.name}, vintage {snapshot.vintage}",
            fix="choose windows that the data cover (--baseline, --after), or import the missing periods",
        )
    cells = joined_seasons(read_price_cells(rows)[0])
    [whole] = split_changes(cells, np.zeros(len(cells), dtype=np.int64), 1)
    split = _split(cells, prepared, frozenset(episode.hubs))
    estimated, periods, counted = _markup(engine, episode, options, prepared, goods, units)
    silent = _silence(engine, options, prepared)
    found = len(goods.items) if basis.level == "composite" else len({item.code for item in basis.items.values()})
    coverage = PriceCoverage(
        weighed_share=whole.weighed_share,
        weighed_figures_share=counted,
        missing_reporters=silent.missing,
        missing_without_baseline_trade=silent.unseen,
        goods_listed=len(goods.items),
        goods_found=found,
        level=basis.level,
        revision=basis.revision,
        sources=tuple(sorted(set(prepared.chosen.values()))),
        units=units.counts(),
    )
    return PriceFinding(
        episode=episode.name,
        target=episode.target,
        direction=str(episode.direction),
        goods=goods.name,
        goods_version=goods.version_id,
        as_of=snapshot.vintage,
        valuation=str(episode.direction.valuation(options.report)),
        frequency=str(basis.frequency),
        windows=prepared.windows,
        markup=estimated,
        split=split,
        coverage=coverage,
        by_period=periods.by_period,
        breaks=periods.breaks,
        units=units.goods,
        warnings=tuple(_warnings(episode, prepared, estimated, split, coverage, silent, passed_over)),
        queries=_queries(episode, options, prepared, estimated),
        report=episode.direction.flow(options.report).reporter,
    )


def _split(cells: PriceCells, prepared: Prepared, hubs: frozenset[str]) -> PriceSplit:
    members = prepared.members
    is_member = np.array([name in members for name in cells.suppliers])[cells.supplier]
    [loss] = split_changes(cells, np.where(is_member, 0, -1), 1, sign=-1.0)
    [backfill] = split_changes(cells, np.where(is_member, -1, 0), 1)

    def role(name: str) -> str:
        return "member" if name in members else "hub" if name in hubs else "supplier"

    found = split_changes(cells, cells.supplier, len(cells.suppliers))
    each = [SupplierSplit(name, role(name), part) for name, part in zip(cells.suppliers, found, strict=True)]
    return PriceSplit(loss, backfill, tuple(sorted(each, key=lambda row: (-abs(row.split.change_usd), row.supplier))))


def _markup(
    engine: Engine, episode: Episode, options: MeasureOptions, prepared: Prepared, goods: GoodsList, units: Units
) -> tuple[PriceMarkup, HalfYears, float | None]:
    """Return the markup, that of half-years, and the share of suppliers' figures at the target that have quantities."""
    if options.report is Report.MIRROR:
        return *_none("the target's own reports hold no other destination to compare with"), None
    world = world_of(engine, episode, prepared, goods)
    sellers = sorted(supplier for supplier in world.chosen if supplier not in world.members)
    listed_goods = sorted(prepared.basis.items)
    compared = {
        "price_sellers": _numbered("supplier", sellers),
        "price_goods": _numbered("good", listed_goods),
        "price_hubs": pa.table({"destination": pa.array(sorted(world.hubs), pa.string())}),
    }
    tables = {**world.tables, **units.tables, **compared}
    [counted] = engine.run(COUNTED_SALES, tables=tables, params=world.params).to_pylist()
    share = counted["counted"] / counted["figures"] if counted["figures"] else None
    found = engine.run(UNIT_VALUES, tables=tables, params=world.params)
    return *_markup_of(found, world, sellers), share


def _markup_of(found: pa.Table, world: AllDestinations, sellers: Sequence[str]) -> tuple[PriceMarkup, HalfYears]:
    if found.num_rows == 0:
        return _none("no supplier outside the coalition has sales with quantities to the target in both windows")
    (suppliers, supplier), (goods, good) = (_places(found[name].to_numpy()) for name in ("supplier", "good"))
    day = found["period"].cast(pa.int32()).to_numpy()
    first = int(day.min())
    days, period = _places(day - first)
    dates = [dt.date(1970, 1, 1) + dt.timedelta(days=first + int(each)) for each in days]
    after = {row["period"] for row in world.tables["periods"].to_pylist() if row["part"] == "after"}
    names, destination = positions(found["destination"])
    # The target comes first among the destinations.
    order = [world.target, *(name for name in names if name != world.target)]
    place = np.array([order.index(name) for name in names], dtype=np.int64)
    rows = BlockRows(
        block=_places(supplier * goods.size + good)[1],
        destination=place[destination],
        period=period,
        value=found["log_usd_per_unit"].to_numpy(),
        is_after=np.array([date in after for date in dates], dtype=bool),
        destinations=len(order),
    )
    whole = markup(
        rows,
        order,
        is_estimated=found["is_estimated"].to_numpy().astype(bool),
        among=world.placebo_targets,
        suppliers=[sellers[number] for number in suppliers],
        goods=goods.size,
    )
    is_annual = world.prepared.basis.frequency is Frequency.ANNUAL
    return whole, half_years(rows, order, dates, is_annual=is_annual, among=world.placebo_targets)


def _places(codes: Index) -> tuple[Index, Index]:
    """Return the codes that are there, in order, and each row's place among them; codes are whole numbers from 0."""
    is_there = np.zeros(int(codes.max()) + 1, dtype=bool)
    is_there[codes] = True
    return np.flatnonzero(is_there), (np.cumsum(is_there) - 1)[codes]


def _numbered(column: str, names: Sequence[str]) -> pa.Table:
    return pa.table({column: pa.array(names, pa.string()), "number": pa.array(range(len(names)), pa.int32())})


def _none(reason: str) -> tuple[PriceMarkup, HalfYears]:
    empty = MarkupFigure(reason=reason)
    none = PriceMarkup(None, None, None, None, None, empty, empty, None, 0, None, None)
    return none, HalfYears((), (), 0, reason)


def _silence(engine: Engine, options: MeasureOptions, prepared: Prepared) -> Silence:
    stages = panel(options.report)
    tables, params = prepared.tables, prepared.params
    periods = engine.run(stages.supplier_periods, tables=tables, params=params)
    totals = engine.run(stages.baseline_totals, tables=tables, params=params).to_pylist()
    return prepared.silence(periods_reported(periods), {row["supplier"]: row["value_usd"] for row in totals})


def _warnings(
    episode: Episode,
    prepared: Prepared,
    estimated: PriceMarkup,
    split: PriceSplit,
    coverage: PriceCoverage,
    silent: Silence,
    passed_over: Sequence[str],
) -> Iterator[str]:
    yield Note(MIX_WARNING, Effect.ALWAYS)
    yield from passed_over_notes(passed_over, coverage.level)
    for name, part in (("loss", split.loss), ("backfill", split.backfill)):
        yield from _split_warnings(name, part)
    if estimated.estimate is None:
        yield Note(f"no markup: {estimated.trimmed.reason}", Effect.CANNOT_TELL)
    elif estimated.ci95 is None:
        yield Note(f"no interval of the markup: {estimated.trimmed.reason}", Effect.NO_INTERVAL)
    else:
        (low, high), untrimmed = estimated.ci95, estimated.untrimmed.estimate
        if untrimmed is not None and not low <= untrimmed <= high:
            figures = f"{estimated.estimate:+.3f} with it, {untrimmed:+.3f} without"
            apart = abs(untrimmed - estimated.estimate) / max(abs(estimated.estimate), 0.01)
            yield Note(f"the markup rests on trimming: {figures}, in log points", Effect.MODEL, share=apart)
        if low <= 0 <= high:
            text = f"the interval of the markup includes 0 ({low:+.3f} to {high:+.3f} log points)"
            yield Note(f"{text}: these figures cannot tell a markup from none", Effect.CANNOT_TELL)
    if estimated.estimated_share:
        text = f"{estimated.estimated_share:.1%} of the unit values rest on a figure that its source marks as estimated"
        yield Note(text, share=estimated.estimated_share)
    if coverage.weighed_figures_share is not None and coverage.weighed_figures_share < 1:
        lacking = 1 - coverage.weighed_figures_share
        text = f"{lacking:.1%} of the suppliers' figures at the target have no quantity, so no unit value"
        yield Note(text, share=None if estimated.estimate is None else lacking)
    yield from silent_warnings(silent, is_sale=episode.direction is Direction.EXPORTS_TO_TARGET)
    yield from prepared.all_notes()


def _split_warnings(name: str, part: Split) -> Iterator[str]:
    if part.weighed_share is None:
        yield Note(f"there is no trade behind the {name}, so nothing to split", Effect.CANNOT_TELL)
        return
    if part.weighed_share < 1:
        lacking = 1 - part.weighed_share
        yield Note(
            f"{lacking:.1%} of the dollars behind the {name} lack quantities on part of their trade: "
            f"USD {part.not_adjusted_usd:,.0f} of the change is not price-adjusted",
            Effect.MISSING,
            share=lacking,
            short=f"{lacking:.1%} of the {name} lacks quantities",
        )
    if part.outlying_usd > 0:
        yield Note(
            f"unit values of USD {part.outlying_usd:,.0f} of trade behind the {name} moved more than threefold: "
            "units may be wrong, and then quantity and price are too",
            Effect.MODEL,
            share=min(part.outlying_usd / abs(part.change_usd), 1.0) if part.change_usd else None,
        )


def _queries(episode: Episode, options: MeasureOptions, prepared: Prepared, estimated: PriceMarkup) -> tuple[str, ...]:
    """Return SQL statements for ``stopgap query`` that show the rows behind the figures."""
    supplier, other = sides(options.report)
    common = prepared.rows_where()
    where = f"{other} = '{episode.target}' AND flow = '{prepared.params['flow']}' AND {common}"
    columns = (
        "period, good, revision, value_usd, net_kg, value_usd / nullif(net_kg, 0) AS price_usd_per_kg, quantity, quantity_unit, "
        "value_usd / nullif(quantity, 0) AS price_usd_per_unit, is_estimated, source, vintage, receipt"
    )
    sums = (
        f"SELECT {supplier} AS supplier, good, period, sum(value_usd) AS value_usd, "
        f"CASE WHEN count(*) = count(nullif(net_kg, 0)) THEN sum(net_kg) END AS net_kg, quantity_unit, "
        f"CASE WHEN count(*) = count(nullif(quantity, 0)) THEN sum(quantity) END AS quantity "
        f"FROM trade WHERE {where} GROUP BY ALL ORDER BY supplier, good, period"
    )
    rows = f"SELECT {supplier} AS supplier, {columns} FROM trade WHERE {where} ORDER BY supplier, good, period"
    if not estimated.suppliers:
        return (sums, rows)
    compared = (
        f"SELECT reporter AS supplier, partner AS destination, {columns} FROM trade WHERE reporter IN ({listed(estimated.suppliers)}) "
        f"AND flow = '{episode.direction.flow(Report.REPORTED)}' AND (net_kg > 0 OR quantity > 0) AND {common} ORDER BY supplier, good, destination, period"
    )
    return (sums, rows, compared)
