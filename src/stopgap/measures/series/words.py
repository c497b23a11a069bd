"""Sentences about a series: headline, sparklines, basis and what limits the figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stopgap.base.notes import WIDTH, Effect, Note, Summary, as_note
from stopgap.base.vocab import Flow
from stopgap.measures.series.calendar import start_of
from stopgap.measures.series.request import SeriesOf, SeriesOptions
from stopgap.measures.series.results import SeriesFinding, SeriesLine, SeriesRow
from stopgap.measures.series.rows import breaks_of
from stopgap.panel.source_breaks import RECONCILED, SourceBreak

_BLOCKS = "▁▂▃▄▅▆▇█"
NOT_WHOLE = "·"
"""Mark in a sparkline: not reported, or in part."""

NAMED = 8
"""Most economies that a note names."""

_FREQUENCIES = {"A": "annual", "M": "monthly"}

UNIT_WORDS = {SeriesOf.WEIGHT: "weight", SeriesOf.QUANTITY: "quantity", SeriesOf.UNIT_VALUE: "unit value"}


def amount_words(value: float, currency: str) -> str:
    """Return an amount for a sentence: ``EUR 2.73 bn``, ``USD 263.2 m``, ``USD 12,300``."""
    if abs(value) >= 999.5e6:
        return f"{currency} {value / 1e9:,.2f} bn"
    if abs(value) >= 0.0995e6:
        return f"{currency} {value / 1e6:,.1f} m"
    return f"{currency} {value:,.0f}"


def share_words(share: float) -> str:
    """Return a change for a sentence: ``+344.8 %``."""
    return f"{100 * share:+,.1f} %"


def names_words(names: Sequence[str]) -> str:
    """Return names with commas between, at most :data:`NAMED` of them."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def pair_words(line: SeriesLine, flow: str) -> str:
    """Return the pair in words: ``Exports of EU27 to Kyrgyzstan``, with how many members of a group are in it."""
    mine = _side(line.reporter_name, line, line.reporter)
    other = _side(line.partner_name, line, line.partner)
    return f"Exports of {mine} to {other}" if flow == Flow.EXPORT else f"Imports of {mine} from {other}"


def _side(name: str, line: SeriesLine, code: str) -> str:
    absent = (*line.absent, *line.left_out) if line.reports_of == code else line.partners_unseen
    counted = line.reporters if line.reports_of == code else line.partners
    if not absent:
        return name
    whole = len(counted) if line.reports_of == code else len(counted) + len(absent)
    return f"{name} ({whole - len(absent)} of {whole} members)"


def headline(line: SeriesLine, rows: Sequence[SeriesRow], options: SeriesOptions, goods: str) -> str:
    """Return the headline of one pair: the last whole period, and its growth where that was asked for."""
    subject = f"{pair_words(line, options.flow)}, {goods}"
    whole = [row for row in rows if row.is_complete]
    if not whole:
        return f"{subject}: no whole {options.by} reported"
    last = whole[-1]
    value = last.value_usd if options.currency == "USD" else last.value_reported
    text = f"{subject}: {amount_words(value or 0.0, options.currency)} in {last.period}"
    if last.growth is not None:
        of = UNIT_WORDS.get(options.of)
        text += f" ({f'{of} ' if of else ''}{share_words(last.growth)} on a year before)"
    return text


def sparkline(values: Sequence[float | None]) -> str:
    """Return values as blocks from 0 to the largest; :data:`NOT_WHOLE` where there is none."""
    top = max((value for value in values if value is not None), default=0.0)
    return "".join(
        NOT_WHOLE
        if value is None
        else _BLOCKS[min(int(value / top * (len(_BLOCKS) - 1) + 0.5), 7)]
        if top > 0
        else _BLOCKS[0]
        for value in values
    )


def series_lines(finding: SeriesFinding) -> list[str]:
    """Return the finding as lines of text: headline, a sparkline for each pair, basis, notes."""
    return series_summary(finding).lines()


def series_summary(finding: SeriesFinding) -> Summary:
    """Return the finding in lines of text: sparklines above the table, what was read and what limits it below."""
    return Summary(
        title=finding.headline,
        answers=tuple(_spark_lines(finding)),
        measured=tuple(_in_two(finding.basis)),
        notes=finding.warnings,
    )


def _in_two(basis: str) -> Iterator[str]:
    """Yield the basis, in two lines where it is longer than one may be; the second starts with the goods."""
    first, stop, second = basis.partition("; goods ")
    if len(basis) <= WIDTH or not stop:
        yield basis
    else:
        yield from (first, f"goods {second}")


def pair_label(line: SeriesLine) -> str:
    """Return the pair by its codes, before a note on it."""
    return f"{line.reporter} – {line.partner}"


def of_pairs(told: Iterable[tuple[SeriesLine, str]], pairs: int) -> Iterator[Note]:
    """Return notes on pairs, those in the same words once, with the pairs that they are on; ``pairs`` is how many there are."""
    found: dict[Note, list[str]] = {}
    for line, text in told:
        found.setdefault(as_note(text), []).append(pair_label(line))
    for note, labels in found.items():
        whole = len(labels) == pairs > 1
        few = labels[0] if len(labels) == 1 else f"{labels[0]} and {len(labels) - 1} more"
        yield Note(
            f"all pairs: {note}" if whole else f"{names_words(labels)}: {note}",
            note.effect,
            share=note.share,
            short=f"all pairs: {note.short}" if whole else f"{few}: {note.short}",
        )


def _spark_lines(finding: SeriesFinding) -> Iterator[str]:
    for line in finding.series:
        rows = finding.rows_of(line)
        values = [finding.drawn(row) if row.is_complete else None for row in rows]
        if any(value is not None for value in values):
            yield f"{pair_label(line)}  {sparkline(values)}  {finding.first} to {finding.last}, from 0"


def basis_words(
    lines: Sequence[SeriesLine], options: SeriesOptions, goods: str, valuation: str, vintage: str, goods_version: str
) -> str:
    """Return one line on what the figures are: report, valuation, goods, sources, frequency, vintage."""
    sources = sorted({source for line in lines for source in line.sources})
    reconciled = [source for source in sources if source in RECONCILED]
    side = f"as the {options.report} reports it" + ("" if options.is_own_report else " (the partners' report, mirror)")
    if reconciled:
        both = f"reconciled by {names_words(reconciled)} from the reports of both sides"
        side = both if reconciled == sources else f"{side}, and partly {both}"
    made = sorted({words for line in lines for words in line.goods_from.values()})
    frequencies = [word for letter, word in _FREQUENCIES.items() if any(line.frequency == letter for line in lines)]
    built = sorted({line.built for line in lines})
    money = "current USD" if options.currency == "USD" else f"{options.currency} as reported"
    version = f"{goods} {goods_version}" if goods_version else goods
    return (
        f"{side}, {valuation}, {money}, direct trade; goods {version} ({'; '.join(made)}); {', '.join(built)}; "
        f"{' and '.join(frequencies)} figures of {', '.join(sources)}; vintage {vintage}"
    )


def _breaks(line: SeriesLine, rows: Sequence[SeriesRow]) -> tuple[SourceBreak, ...]:
    """Return the breaks of a pair's sources between the first and the last period with a value."""
    starts = [start_of(row.period) for row in rows if row.value_usd is not None]
    return breaks_of(line, min(starts), max(starts)) if starts else ()


def limits(line: SeriesLine, rows: Sequence[SeriesRow], options: SeriesOptions) -> Iterator[str]:
    """Return what limits one pair, the largest first; the pair is not named."""
    if line.absent:
        text = f"the lake holds nothing of {names_words(line.absent)}, which the figures are without"
        yield Note(text, Effect.MISSING, share=len(line.absent) / max(len(line.reporters), 1))
    if line.left_out:
        most = sum(line.left_out.values())
        yield Note(
            f"without {names_words(list(line.left_out))} in every period, which did not report all of them: "
            f"{most:.2%} of the sum where they did",
            Effect.MISSING,
            share=most,
        )
    if line.partners_unseen:
        yield Note(
            f"no file of the reporters names {names_words(line.partners_unseen)} as partner, "
            "which the figures are without",
            Effect.MISSING,
        )
    for each in _breaks(line, rows):
        yield Note(
            f"figures of {each.source} are made otherwise from {each.at}, so levels before and after do not compare, and no "
            f"growth or index is given across it: {each.what}",
            Effect.CANNOT_TELL,
            short=f"figures of {each.source} are made otherwise from {each.at}: levels before and after do not compare",
        )
    partial = [row for row in rows if not row.is_complete and row.value_usd is not None]
    if partial:
        named = "; ".join(f"{row.period}: {row.reason}" for row in partial[-3:])
        more = f" and {len(partial) - 3} more" if len(partial) > 3 else ""
        text = f"in part only, and without growth and index: {named}{more}"
        last = rows[-1].is_complete
        yield Note(text, Effect.MISSING, share=len(partial) / len(rows) if last else None)
    empty = [row.period for row in rows if row.value_usd is None]
    if empty:
        yield Note(f"not reported, and not zero: {names_words(empty)}", Effect.MISSING, share=len(empty) / len(rows))
    if len(line.sources) > 1:
        told = "; ".join(f"{source}: {names_words(names)}" for source, names in sorted(line.sources.items()))
        yield Note(f"one source for each reporter, several in all: {told}", Effect.MODEL)
    estimated = max((row.estimated_share or 0.0 for row in rows), default=0.0)
    if estimated > 0.005:
        text = f"up to {estimated:.1%} of a period is estimated: by its source, or where a code was split"
        yield Note(text, Effect.MODEL, share=estimated)
    if options.of is SeriesOf.UNIT_VALUE:
        yield Note("a unit value is an average within the goods: a dearer mix looks like a dearer good", Effect.MODEL)
