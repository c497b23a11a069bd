"""Figures of each part of a claim, as charts, tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stopgap.briefs.claims import charts
from stopgap.briefs.claims import words as say
from stopgap.briefs.claims.basis import list_words, side_words
from stopgap.briefs.claims.goods_names import list_title
from stopgap.briefs.claims.ladder import BREADTHS, PartHypotheses, windows_words
from stopgap.briefs.claims.listing_tables import (
    NO_GUILT,
    acts_table,
    counts_table,
    listing_facts_of,
    listing_panels,
    share_table,
)
from stopgap.briefs.claims.parts import ClaimSheet, Numbers, PartSheet
from stopgap.briefs.claims.shipment_tables import (
    ShippedList,
    groups_sentence,
    groups_table,
    inflow_table,
    rise_table,
    shipped_lists,
    year_panels,
    years_table,
)
from stopgap.briefs.claims.year_chart import YearBars, alt_bars, year_bars
from stopgap.briefs.formats.cells import BriefTable, Column, Typed
from stopgap.briefs.formats.text import UNDEFINED, month_name, one_line, percent, sentence_case
from stopgap.briefs.parts import ChartPart
from stopgap.claims.testing.hypotheses import economies_of
from stopgap.claims.testing.layers.words import NAMES
from stopgap.claims.testing.results import Hypothesis

_REPORTER = "Trade figures know who reported a shipment, not who made the goods or what they were used for."


def part_sheets(
    given: ClaimSheet, parts: Sequence[PartHypotheses], key: str, numbers: Numbers
) -> tuple[PartSheet, ...]:
    """Build the figures of every part that has any; the same goods under two acts are shown once."""
    made: list[PartSheet] = []
    shown: set[tuple[str, ...]] = set()
    told: set[str] = set()
    for each in parts:
        ids = tuple(sorted(one.id for one in each.hypotheses))
        if not ids or ids in shown:
            continue
        shown.add(ids)
        sheet = _part_sheet(given, each, f"{key}-p{len(made) + 1}", numbers)
        if sheet.tables or sheet.intervals:
            made.append(replace(sheet, limits=_untold(sheet.limits, told)))
    return tuple(made)


def _untold(limits: Sequence[str], told: set[str]) -> tuple[str, ...]:
    """Return the limits that no part above has told, and that those above hold too; add them to ``told``."""
    new = [line for line in limits if line not in told]
    is_repeated = len(new) < len(limits)
    told.update(new)
    return (*new, "What is told above limits these figures too.") if is_repeated else tuple(new)


def _part_sheet(given: ClaimSheet, part: PartHypotheses, key: str, numbers: Numbers) -> PartSheet:
    lists, listed = shipped_lists(part), listing_facts_of(part)
    figures: list[ChartPart] = []
    tables: list[BriefTable] = []
    paragraphs: list[str] = []
    limits: tuple[str, ...] = ()
    if lists:
        figures.append(_years_figure(lists, f"{key}-years", numbers, given.tested.as_of))
        tables.append(years_table(lists, _lists_note(lists, given.tested.as_of, numbers)))
        for at, each in enumerate(_grouped_lists(lists), start=1):
            if table := groups_table(each, f"groups-{at}"):
                tables.append(table)
            if sentence := groups_sentence(each):
                paragraphs.append(sentence)
        limits = _limits(lists)
    if listed is not None:
        own = frozenset(economies_of(given.tested.claim) or ())
        panels = listing_panels(listed)
        if panels:
            figures.append(
                ChartPart(
                    key=f"{key}-listed",
                    number=numbers.figure(),
                    title="Listings by year and economy",
                    reading=f"Entries on all lists by year of listing. The statement is of {say.day_name(listed.said_on)}.",
                    caption=f"Lists up to {say.day_name(listed.until)}; vintage {one_line(given.tested.as_of)}. {NO_GUILT}",
                    alt=alt_bars(panels),
                    draw=lambda width: year_bars(panels, columns=3, legend=False, width=width),
                )
            )
        tables += [
            each
            for each in (
                counts_table(listed, own, _listing_basis(part, given.tested.as_of, numbers)),
                acts_table(listed),
                share_table(listed),
            )
            if each
        ]
    tables += [each for each in (inflow_table(part), rise_table(part)) if each is not None]
    measured = [each for each in part.hypotheses if each.ci95 is not None]
    intervals = [
        _interval_figure(f"{key}-{i}", group, numbers.figure())
        for i, group in enumerate(charts.grouped(part.hypotheses), start=1)
    ]
    return PartSheet(
        key=key,
        title=sentence_case(one_line(part.part.name)),
        answer=_answer(part),
        paragraphs=tuple(paragraphs),
        figures=tuple(figures),
        tables=tuple(tables),
        limits=limits,
        intervals=tuple(intervals),
        interval_tables=tuple(_interval_tables(measured)) if measured else (),
    )


def _listing_basis(part: PartHypotheses, as_of: str, numbers: Numbers) -> str:
    queries = dict.fromkeys(numbers.query(sql) for each in part.hypotheses for sql in each.queries)
    return f"Vintage {one_line(as_of)}; rows {', '.join(queries) or 'not given'}."


def _answer(part: PartHypotheses) -> str:
    layer = f", at “{NAMES[part.part.layer]}”" if part.part.layer is not None else ""
    return f"{say.VERDICTS[part.part.verdict]}{layer}"


def _grouped_lists(lists: Sequence[ShippedList]) -> list[ShippedList]:
    """Return the lists whose groups are shown: a narrow list's stand in the broad one where both have the same."""
    found = [each for each in lists if each.facts.groups]
    made = []
    for each in found:
        names = {group.group for group in each.facts.groups}
        is_within = any(other is not each and names < {group.group for group in other.facts.groups} for other in found)
        if not is_within:
            made.append(each)
    return made


def _years_figure(lists: Sequence[ShippedList], key: str, numbers: Numbers, as_of: str) -> ChartPart:
    panels = year_panels(lists)
    title = "Reported trade by year"
    if len(lists) == 1:
        title += f": {lists[0].name}"
    unit = "calendar year" if lists[0].is_annual else "year"
    return ChartPart(
        key=key,
        number=numbers.figure(),
        title=title,
        reading=f"Each panel has its own scale; bars are totals of a {unit}.",
        caption=f"{sentence_case(side_words(lists[0].hypothesis))}; direct trade; vintage {one_line(as_of)}. The figures stand below.",
        alt=alt_bars(panels),
        draw=lambda width: year_bars(*_arranged(panels, len(lists), width), width=width),
    )


def _arranged(panels: Sequence[YearBars], lists: int, width: int) -> tuple[list[YearBars], int]:
    """Order the panels in rows: value beside quantity, or where there is room the lists beside each other."""
    per_list = len(panels) // lists
    if per_list == 1 or (lists > 2 and width >= 500):
        return [panels[i] for kind in range(per_list) for i in range(kind, len(panels), per_list)], min(lists, 3)
    return list(panels), per_list


def _lists_note(lists: Sequence[ShippedList], as_of: str, numbers: Numbers) -> str:
    """Tell the basis of the table by year once: lists and versions, source, side, route, vintage and queries."""
    named = "; ".join(
        f"{each.name}: {list_words(each.hypothesis)}"
        + (f" ({list_title(str(each.hypothesis.goods))})" if each.hypothesis.breadth == "headings" else "")
        for each in lists
    )
    first = lists[0]
    queries = dict.fromkeys(numbers.query(sql) for each in lists for sql in each.hypothesis.queries)
    unweighed = [
        f"{each.name}: weights are known for {percent(each.facts.weighed_share)} of the value"
        for each in lists
        if each.facts.net_kg and each.facts.weighed_share is not None and each.facts.weighed_share < 0.995
    ]
    return one_line(
        f"{named}. Totals of current US dollars, {side_words(first.hypothesis)}, from {', '.join(first.facts.sources)}; direct "
        f"trade; vintage {as_of}; rows {', '.join(queries) or 'not given'}. {'. '.join(unweighed)}"
    )


def _limits(lists: Sequence[ShippedList]) -> tuple[str, ...]:
    """Return what limits a comparison between the years, each sentence once."""
    found = []
    first = lists[0]
    judged = first.judged
    if first.is_annual and judged:
        found.append(
            f"A calendar year counts as a whole: {judged[0]} holds its months before {month_name(first.facts.window[0])} too."
            if first.facts.window[0][5:] != "01"
            else "A calendar year counts as a whole."
        )
    notes: dict[str, list[str]] = {}
    for each in lists:
        for note in each.facts.notes:
            notes.setdefault(one_line(note), []).append(each.name)
    for note, names in notes.items():
        is_common = len(names) == len(lists)
        found.append(note if is_common else f"{' and '.join(names)}: {note[0].lower()}{note[1:]}")
    return (*found, _REPORTER)


def _interval_figure(key: str, group: charts.HypothesisGroup, number: int) -> ChartPart:
    hypotheses = [row.hypothesis for row in group.rows]
    measure = say.MEASURES.get(group.measure, group.measure.replace("_", " "))
    goods = one_line(group.goods).replace("-", " ") or "goods"
    cut = charts.clipped_rows(group)
    caption = "; ".join(dict.fromkeys(map(_caption, hypotheses)))
    if cut:
        caption += f". {cut} interval{'s run' if cut > 1 else ' runs'} off the scale; the figures beside hold both ends"
    return ChartPart(
        key=key,
        number=number,
        title=f"{sentence_case(measure)}, {goods}",
        reading=" ".join(f"{charts.name_of_row(row)}: {one_line(row.hypothesis.statement)}" for row in group.rows),
        caption=f"{caption}.",
        alt=charts.alt_hypotheses(group),
        draw=lambda width: charts.hypothesis_chart(group, width=width),
    )


def _caption(hypothesis: Hypothesis) -> str:
    parts = [f"Goods {list_words(hypothesis)}", windows_words(hypothesis), side_words(hypothesis)]
    if hypothesis.coverage is not None:
        parts.append(f"coverage {percent(hypothesis.coverage)}")
    return ", ".join(part for part in parts if part)


def _interval_tables(measured: Sequence[Hypothesis]) -> list[BriefTable]:
    """Tables of the figures that have an interval, and of their verdicts at each threshold."""
    made = [
        BriefTable(
            "tested",
            "Figures with an interval",
            (Column("Layer"), Column("Estimate", "number"), Column("95 % interval", "number"), Column("Gross", "number"),
             Column("Held against", "number"), Column("Answer")),
            tuple(_tested_row(each) for each in measured),
            note="Gross figures need no model. " + " ".join(_real_lines(measured)),
        )
    ]  # fmt: skip
    shown = [each for each in measured if len(each.thresholds) > 1]
    if shown:
        grid = sorted({at for each in shown for at, _ in each.thresholds})
        made.append(
            BriefTable(
                "grid",
                "The same at other thresholds",
                (Column("Layer"), *(Column(f"Above {percent(at)}") for at in grid)),
                tuple(
                    (_row_name(each), *(str(dict(each.thresholds).get(at, UNDEFINED)) for at in grid)) for each in shown
                ),
            )
        )
    return [replace(table, note=table.note.strip()) for table in made]


def _row_name(hypothesis: Hypothesis) -> str:
    breadth = BREADTHS.get(str(hypothesis.breadth))
    return say.layer_name(hypothesis) + (f", {breadth}" if breadth else "")


def _tested_row(each: Hypothesis) -> tuple[str | Typed, ...]:
    threshold = say.show_figure(each.threshold, each.unit) if each.threshold else "0"
    return (
        _row_name(each),
        Typed("text", say.show_figure(each.estimate, each.unit)),
        Typed("text", say.show_interval(each.ci95, each.unit)),
        Typed("text", say.show_figure(each.gross, each.unit)),
        Typed("text", f"above {threshold}"),
        str(each.verdict),
    )


def _real_lines(measured: Sequence[Hypothesis]) -> list[str]:
    """Sentences on gross changes at current prices and at those of the baseline."""
    return [
        f"{_row_name(each)}, for the {percent(each.real.adjusted_share)} of the trade that has quantities: "
        f"{say.show_figure(each.real.change_usd, 'USD')} a year at current prices, "
        f"{say.show_figure(each.real.at_baseline_prices_usd, 'USD')} at those of the baseline."
        for each in measured
        if each.real is not None and each.real.adjusted_share
    ]
