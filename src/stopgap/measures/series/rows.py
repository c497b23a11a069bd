"""Rows of a series from its figures: sums, unit values, growth and index, and why a row is empty or partial."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from stopgap.base.vocab import Frequency
from stopgap.measures.series.calendar import label_of, year_before
from stopgap.measures.series.frames import Figure, SeriesFrame
from stopgap.measures.series.holdings import Amounts, Holdings
from stopgap.measures.series.request import SeriesOf, SeriesOptions
from stopgap.measures.series.results import SeriesLine, SeriesRow
from stopgap.panel.episodes import month_start
from stopgap.panel.source_breaks import SourceBreak, breaks_between

WHOLE_SHARE = 0.9995
"""Share of the value from which on its weight, or quantity, is that of the whole."""

NAMED = 5
"""Most reporters that the reason of a row names."""


def series_rows(
    holdings: Holdings,
    frame: SeriesFrame | None,
    line: SeriesLine,
    starts: Sequence[dt.date],
    options: SeriesOptions,
    goods: str,
) -> list[SeriesRow]:
    """Return one row per period of one pair; all empty where the lake holds nothing of it."""
    base = None if options.index is None else month_start(options.index[0])
    figures: dict[dt.date, Figure] = {}
    if frame is not None:
        wanted = {*starts, *(year_before(start) for start in starts), *([base] if base else [])}
        figures = {start: frame.figure(holdings, start, options.by) for start in wanted}
    measured = {
        start: measure_of(figure.amounts, options)
        for start, figure in figures.items()
        if figure.amounts and figure.is_complete
    }
    return [
        replace(
            _row(figures.get(start), frame, line, start, options, goods),
            growth=_ratio(measured, start, year_before(start), less=1.0)
            if options.growth and not breaks_of(line, year_before(start), start)
            else None,
            index=_scaled(_ratio(measured, start, base)) if base is not None and not _cut(line, base, start) else None,
        )
        for start in starts
    ]


def breaks_of(line: SeriesLine, first: dt.date, last: dt.date) -> tuple[SourceBreak, ...]:
    """Return the breaks of a pair's sources after the first of two periods and up to the last; their levels do not compare."""
    found = {
        each
        for source, reporters in line.sources.items()
        for reporter in reporters
        for partner in line.partners
        for each in breaks_between(source, reporter, partner, f"{first:%Y-%m}", f"{last:%Y-%m}")
    }
    return tuple(sorted(found, key=lambda each: (each.at, each.source, each.what)))


def _cut(line: SeriesLine, one: dt.date, other: dt.date) -> bool:
    return bool(breaks_of(line, min(one, other), max(one, other)))


def measure_of(amounts: Amounts, options: SeriesOptions) -> float | None:
    """Return what growth and index are of; ``None`` where part of the value has no weight, quantity or unit value."""
    match options.of:
        case SeriesOf.WEIGHT:
            return _weight(amounts)
        case SeriesOf.QUANTITY:
            return _quantity(amounts)
        case SeriesOf.UNIT_VALUE:
            return _unit_value(amounts) if options.currency == "USD" else _unit_value_reported(amounts)
    return amounts.value_usd if options.currency == "USD" else amounts.value_reported


def _row(
    figure: Figure | None,
    frame: SeriesFrame | None,
    line: SeriesLine,
    start: dt.date,
    options: SeriesOptions,
    goods: str,
) -> SeriesRow:
    amounts = figure.amounts if figure is not None else None
    in_dollars = options.currency == "USD"
    has_value = amounts is not None and amounts.value_usd > 0
    return SeriesRow(
        period=label_of(start, options.by),
        reporter=line.reporter,
        partner=line.partner,
        goods=goods,
        value_usd=None if amounts is None else amounts.value_usd,
        value_reported=None if amounts is None or in_dollars else amounts.value_reported,
        currency=None if in_dollars else options.currency,
        net_kg=None if amounts is None else _weight(amounts),
        weighed_share=amounts.weighed_usd / amounts.value_usd if amounts and has_value else None,
        unit_value_usd_per_kg=None if amounts is None else _unit_value(amounts),
        unit_value_per_kg=None if amounts is None or in_dollars else _unit_value_reported(amounts),
        quantity=None if amounts is None else _quantity(amounts),
        quantity_unit=None if amounts is None or _quantity(amounts) is None else min(amounts.units, default=None),
        growth=None,
        index=None,
        is_complete=figure is not None and figure.is_complete,
        parts_reported=0 if figure is None else figure.parts_reported,
        parts=0 if figure is None else figure.parts,
        estimated_share=amounts.estimated_usd / amounts.value_usd if amounts and has_value else None,
        reason=_reason(figure, frame),
    )


def _reason(figure: Figure | None, frame: SeriesFrame | None) -> str:
    """Return why a row is empty or partial; empty where it is neither."""
    if figure is None or frame is None:
        return "no figures in the lake"
    if figure.amounts is None:
        return "not reported"
    if not figure.lacking:
        return ""
    if len(figure.lacking) == len(frame.taken):
        counts = Counter(figure.reported.values())
        usual = max(counts, key=lambda count: (counts[count], count))
        fewer = [name for name, count in figure.reported.items() if count < usual]
        less = f", fewer: {', '.join(fewer[:NAMED])}{' …' if len(fewer) > NAMED else ''}" if fewer else ""
        return f"{usual} of {figure.parts} months{less}" if frame.frequency is Frequency.MONTHLY else "not reported"
    named = ", ".join(figure.lacking[:NAMED]) + (" …" if len(figure.lacking) > NAMED else "")
    whole = len(frame.taken) - len(figure.lacking)
    return f"{whole} of {len(frame.taken)} reporters, without or in part: {named}"


def _weight(amounts: Amounts) -> float | None:
    return amounts.net_kg if amounts.weighed_usd >= WHOLE_SHARE * amounts.value_usd else None


def _quantity(amounts: Amounts) -> float | None:
    is_whole = amounts.counted_usd >= WHOLE_SHARE * amounts.value_usd and len(amounts.units) <= 1
    return amounts.quantity if is_whole else None


def _unit_value(amounts: Amounts) -> float | None:
    return amounts.weighed_usd / amounts.net_kg if amounts.net_kg > 0 else None


def _unit_value_reported(amounts: Amounts) -> float | None:
    weight = _weight(amounts)
    return amounts.value_reported / weight if weight else None


def _ratio(
    measured: Mapping[dt.date, float | None], start: dt.date, base: dt.date, *, less: float = 0.0
) -> float | None:
    later, earlier = measured.get(start), measured.get(base)
    return later / earlier - less if later is not None and earlier else None


def _scaled(ratio: float | None) -> float | None:
    return None if ratio is None else 100.0 * ratio
