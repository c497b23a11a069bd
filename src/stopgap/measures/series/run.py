"""Read a series from a lake: figures of reporters with partners by year, quarter or month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.base.errors import MissingDataError
from stopgap.base.notes import Effect, Note
from stopgap.base.sql import listed
from stopgap.base.vocab import Flow, Frequency
from stopgap.lake.engines.engine import Engine, Scalar
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import Snapshot
from stopgap.lake.stage import Stage
from stopgap.measures.series.calendar import label_of, period_start, starts_between
from stopgap.measures.series.frames import SeriesFrame, choose_frame, published_frame
from stopgap.measures.series.holdings import FigureSource, Holdings
from stopgap.measures.series.parties import SeriesParty, codes_asked, party
from stopgap.measures.series.request import LENGTHS, SeriesOf, SeriesOptions
from stopgap.measures.series.results import SeriesFinding, SeriesLine, SeriesRow
from stopgap.measures.series.rows import series_rows
from stopgap.measures.series.stages import (
    SERIES_CELLS,
    SERIES_CODES,
    SERIES_FILE_PAIRS,
    SERIES_FILE_PERIODS,
    SERIES_FILES,
    SERIES_REPORTED,
)
from stopgap.measures.series.wanted import WantedCodes, goods_words, notes_of, wanted_codes, without_figures
from stopgap.measures.series.words import basis_words, headline, limits, names_words, of_pairs
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import add_months, month_start

ALL_DAYS = ("1900-01-01", "2999-12-31")
DIFFERENCE = 0.005
"""Least relative difference between a sum of members and the published aggregate that is told."""


@dataclass(frozen=True)
class _Pair:
    """One pair of the answer: who, with whom, and how the figures are put together (``None``: the lake has none)."""

    mine: SeriesParty
    other: SeriesParty
    frame: SeriesFrame | None
    published: SeriesFrame | None


@dataclass(frozen=True)
class _Answered:
    """All pairs with their lines and rows, and what they were read from."""

    holdings: Holdings
    wanted: WantedCodes
    pairs: Sequence[_Pair]
    lines: Sequence[SeriesLine]
    rows: Sequence[Sequence[SeriesRow]]
    starts: Sequence[dt.date]
    used: Sequence[FigureSource]


def series(lake: Path, options: SeriesOptions, *, engine: EngineOptions = DUCKDB) -> SeriesFinding:
    """Return trade of reporters with partners by period.

    Raises:
        NotFoundError: An economy, group, goods list or vintage is unknown.
        MissingDataError: The lake has no such figures; says which and how to get them.
    """
    with engine_on(lake, as_of=options.as_of, engine=engine, only=[TRADE.name]) as (running, snapshot):
        return series_on(running, snapshot, options)


def series_on(engine: Engine, snapshot: Snapshot, options: SeriesOptions) -> SeriesFinding:
    """Compute the finding of :func:`series` on a running engine."""
    on = dt.date.max if options.span is None else month_start(add_months(options.span[1], 1)) - dt.timedelta(days=1)
    mine = [party(entry, on=on) for entry in options.reporters]
    others = [party(entry, on=on) for entry in options.partners]
    reading, read_with = (mine, others) if options.is_own_report else (others, mine)
    params = _params(options)
    tables = {"series_reporters": _one("reporter", reading), "series_partners": _one("partner", read_with)}
    codes = engine.run(SERIES_CODES, tables=tables, params=params)
    wanted = wanted_codes(codes, options.goods)
    if not wanted.places:
        raise _no_figures(engine, snapshot, options, wanted, tables, params)
    tables |= {"series_wanted": wanted.table(), "series_chapters": wanted.chapters()}
    holdings = _holdings(engine, tables, params)
    pairs = [_pair(holdings, one, other, wanted, options) for one in mine for other in others if one != other]
    if not any(pair.frame for pair in pairs):
        raise _no_figures(engine, snapshot, options, wanted, tables, params)
    return _finding(snapshot, options, holdings, wanted, pairs)


def _params(options: SeriesOptions) -> dict[str, Scalar]:
    first, last = ALL_DAYS
    if options.span is not None:  # with the year before, which growth is measured on
        spans = [options.span, *([options.index] if options.index else [])]
        begin = min(add_months(options.span[0], -12), *(first for first, _ in spans))
        first, last = f"{begin}-01", f"{max(last for _, last in spans)}-28"
    return {"flow": str(options.reported_flow), "currency": options.currency, "first": first, "last": last}


def _one(column: str, parties: list[SeriesParty]) -> pa.Table:
    return pa.table({column: pa.array(codes_asked(parties), pa.string())})


def _holdings(engine: Engine, tables: dict[str, pa.Table], params: dict[str, Scalar]) -> Holdings:
    def rows(stage: Stage) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = engine.run(stage, tables=tables, params=params).to_pylist()
        return found

    holdings = Holdings()
    holdings.add_reported(rows(SERIES_REPORTED))
    files = (SERIES_FILES, SERIES_FILE_PERIODS, SERIES_FILE_PAIRS)
    holdings.add_files(*(rows(stage) for stage in files))
    holdings.add_cells(rows(SERIES_CELLS))
    return holdings


def _pair(
    holdings: Holdings, mine: SeriesParty, other: SeriesParty, wanted: WantedCodes, options: SeriesOptions
) -> _Pair:
    reading, read_with = (mine, other) if options.is_own_report else (other, mine)
    frame = choose_frame(holdings, reading, read_with, wanted.places, options.by, options.frequency)
    published = None
    if frame is not None and not frame.by_aggregate and frame.is_whole:
        published = published_frame(holdings, frame, reading, read_with, wanted.places, options.by)
    return _Pair(mine, other, frame, published)


def _finding(
    snapshot: Snapshot, options: SeriesOptions, holdings: Holdings, wanted: WantedCodes, pairs: Sequence[_Pair]
) -> SeriesFinding:
    starts = _shown(options, [pair.frame for pair in pairs if pair.frame is not None])
    goods = "TOTAL" if wanted.is_total else wanted.goods.name
    title = "all goods" if wanted.is_total else wanted.goods.title
    version = "" if wanted.is_total else wanted.goods.version_id
    lines = [_line(pair, wanted, options) for pair in pairs]
    rows = [
        series_rows(holdings, pair.frame, line, starts, options, goods) for pair, line in zip(pairs, lines, strict=True)
    ]
    valuation = "FOB" if options.reported_flow is Flow.EXPORT else "CIF"
    used = sorted({each.place for pair in pairs if pair.frame for each in pair.frame.taken.values()})
    lacking = without_figures(wanted, used)
    answered = _Answered(holdings, wanted, pairs, lines, rows, starts, used)
    labels = [label_of(start, options.by) for start in starts]
    held = [line for pair, line in zip(pairs, lines, strict=True) if pair.frame is not None]
    told = next(
        (number for number, own in enumerate(rows) if any(row.is_complete for row in own)),
        next(number for number, pair in enumerate(pairs) if pair.frame is not None),
    )
    return SeriesFinding(
        rows=tuple(row for each in rows for row in each),
        series=tuple(lines),
        by=str(options.by),
        of=str(options.of),
        flow=str(options.flow),
        report=str(options.report),
        valuation=valuation,
        goods=goods,
        goods_title=title,
        goods_version=version,
        currency=options.currency,
        first=labels[0],
        last=labels[-1],
        base=None if options.index is None else label_of(month_start(options.index[0]), options.by),
        has_growth=options.growth,
        without_figures=lacking,
        as_of=snapshot.vintage,
        headline=headline(lines[told], rows[told], options, title),
        basis=basis_words(held, options, goods, valuation, snapshot.vintage, version),
        warnings=tuple(dict.fromkeys(_warnings(answered, options, lacking))),
        queries=_queries(pairs, wanted, options, starts),
    )


def _shown(options: SeriesOptions, frames: Sequence[SeriesFrame]) -> list[dt.date]:
    """Return the starts of the periods to show: those asked for, else from the first to the last with any figure."""
    if options.span is not None:
        return starts_between(month_start(options.span[0]), month_start(options.span[1]), options.by)
    days = [period_start(day, options.by) for frame in frames for day in frame.days()]
    return starts_between(min(days), max(days), options.by)


def _line(pair: _Pair, wanted: WantedCodes, options: SeriesOptions) -> SeriesLine:
    frame = pair.frame
    reading = pair.mine if options.is_own_report else pair.other
    sources: dict[str, list[str]] = {}
    goods_from: dict[str, str] = {}
    unseen: set[str] = set()
    for name, taken in frame.taken.items() if frame else ():
        sources.setdefault(taken.place.source, []).append(name)
        words = goods_words(wanted, taken.place)
        former = goods_from.get(taken.place.source)
        goods_from[taken.place.source] = words if former in (None, words) else f"{former}; {words}"
        unseen |= set(taken.unseen)
    return SeriesLine(
        reporter=pair.mine.code,
        partner=pair.other.code,
        reporter_name=pair.mine.name,
        partner_name=pair.other.name,
        built=_built(pair, reading, unseen),
        frequency=str(frame.frequency) if frame else "",
        reporters=frame.reporters if frame else (),
        absent=frame.absent if frame else (),
        left_out=dict(frame.left_out) if frame else {},
        partners=tuple(name for name in frame.partners if name not in unseen) if frame else (),
        partners_unseen=tuple(sorted(unseen)),
        sources={name: tuple(each) for name, each in sorted(sources.items())},
        goods_from=dict(sorted(goods_from.items())),
        reports_of=reading.code,
    )


def _built(pair: _Pair, reading: SeriesParty, unseen: Collection[str]) -> str:
    """Return how the groups of a pair are made up: the sum of their members, how many, or the source's aggregate."""
    if pair.frame is None:
        return ""
    parts = []
    for each in (pair.mine, pair.other):
        codes = pair.frame.reporters if each is reading else pair.frame.partners
        lacking = len(codes) - len(pair.frame.taken) if each is reading else len(unseen)
        if each.published in codes:
            parts.append(f"{each.code} as the source's aggregate {each.published}")
        elif each.is_group:
            members = f"{len(codes) - lacking} of its {len(codes)} members" if lacking else "its members"
            parts.append(f"{each.code} as the sum of {members}")
    return ", ".join(parts) or "as reported"


def _warnings(answered: _Answered, options: SeriesOptions, lacking: Sequence[str]) -> Iterator[str]:
    """Yield what limits the figures, the largest first."""
    if lacking:
        listed_codes = len(answered.wanted.goods.items)
        yield Note(
            f"no figure in the sources used for {len(lacking)} of {listed_codes} codes ({names_words(lacking)}): "
            "the figures are of the others",
            Effect.MISSING,
            share=len(lacking) / listed_codes,
        )
    yield from of_pairs(_told(answered, options), len(answered.pairs))
    if options.currency == "USD" and options.growth and options.of is SeriesOf.VALUE:
        cells = answered.holdings.cells.values()
        currencies = sorted(
            {each for cell in cells for amounts in cell.values() for each in amounts.currencies} - {"USD"}
        )
        if currencies:
            yield Note(
                "growth in dollars holds the move of exchange rates; the source reports in "
                f"{', '.join(currencies)} (--currency {currencies[0]})",
                Effect.MODEL,
            )
    yield from notes_of(answered.wanted, answered.used)


def _told(answered: _Answered, options: SeriesOptions) -> Iterator[tuple[SeriesLine, str]]:
    """Yield what limits each pair."""
    for pair, line, own in zip(answered.pairs, answered.lines, answered.rows, strict=True):
        if pair.frame is None:
            yield line, Note("the lake holds no such figures", Effect.CANNOT_TELL)
            continue
        for text in (
            *limits(line, own, options),
            *_beside_published(answered.holdings, pair, answered.starts, options),
        ):
            yield line, text


def _beside_published(
    holdings: Holdings, pair: _Pair, starts: Sequence[dt.date], options: SeriesOptions
) -> Iterator[str]:
    """Yield how far a sum of members is from the published aggregate, where that is more than :data:`DIFFERENCE`."""
    if pair.frame is None or pair.published is None:
        return
    worst, at = 0.0, starts[0]
    for start in starts:
        if pair.frame.reported_whole(start, options.by) and pair.published.reported_whole(start, options.by):
            ours = pair.frame.figure(holdings, start, options.by).amounts
            theirs = pair.published.figure(holdings, start, options.by).amounts
            if ours and theirs and theirs.value_usd > 0:
                apart = ours.value_usd / theirs.value_usd - 1
                if abs(apart) > abs(worst):
                    worst, at = apart, start
    if abs(worst) > DIFFERENCE:
        period = label_of(at, options.by)
        text = f"the sum of members is up to {worst:+.1%} from the published aggregate ({period})"
        yield Note(text, Effect.MODEL, share=worst)


def _queries(
    pairs: Sequence[_Pair], wanted: WantedCodes, options: SeriesOptions, starts: Sequence[dt.date]
) -> tuple[str, ...]:
    """Return SQL for ``stopgap query`` that shows the rows behind the figures."""
    found: dict[str, None] = {}
    for pair in pairs:
        if pair.frame is None:
            continue
        places = sorted({each.place for each in pair.frame.taken.values()})
        for place in places:
            reporters = sorted(name for name, each in pair.frame.taken.items() if each.place == place)
            goods = ["TOTAL"] if place in wanted.totals else sorted({m.good for m in wanted.bases[place].matches})
            is_aggregate = place in wanted.totals or pair.frame.by_aggregate
            end = max(starts)
            last = (
                f"{end.year}-12-31"
                if pair.frame.frequency is Frequency.ANNUAL
                else f"{add_months(f'{end:%Y-%m}', LENGTHS[options.by] - 1)}-01"
            )
            found[
                "SELECT period, reporter, partner, good, revision, value_usd, value_reported, currency, net_kg, quantity, "
                "quantity_unit, is_estimated, source, vintage, receipt "
                f"FROM {'trade_aggregates' if is_aggregate else 'trade'} WHERE flow = '{options.reported_flow}' "
                f"AND frequency = '{place.frequency}' AND source IN ({listed([place.source])}) "
                f"AND reporter IN ({listed(reporters)}) AND partner IN ({listed(pair.frame.partners)}) "
                f"AND good IN ({listed(goods)}) AND period BETWEEN DATE '{min(starts)}' AND DATE '{last}' "
                "ORDER BY reporter, partner, good, period"
            ] = None
    return tuple(found)


def _no_figures(
    engine: Engine,
    snapshot: Snapshot,
    options: SeriesOptions,
    wanted: WantedCodes,
    tables: dict[str, pa.Table],
    params: dict[str, Scalar],
) -> MissingDataError:
    """Return the error for figures that the lake lacks; says in which currency there are any, where one was asked for."""
    side = "exports" if options.flow is Flow.EXPORT else "imports"
    preposition = "to" if options.flow is Flow.EXPORT else "from"
    what = f"{side} of {', '.join(options.reporters)} {preposition} {', '.join(options.partners)}"
    goods = "all goods" if wanted.is_total else f"the goods list {wanted.goods.name}"
    fix = (
        f"import figures that the {options.report} reported (stopgap import FILE), or read the other side's (--report)"
    )
    if options.currency != "USD":
        found = engine.run(SERIES_CODES, tables=tables, params={**params, "currency": "USD"})
        if found.num_rows:
            fix = "the sources report these economies in another currency: leave --currency out, or name theirs"
    frequency = "" if options.frequency is None else f" of frequency {options.frequency}"
    return MissingDataError(
        f"the lake has no figures{frequency} of {what} by {options.by} for {goods}, as the {options.report} reports them",
        where=f"vintage {snapshot.vintage}, currency {options.currency}",
        fix=fix,
    )
