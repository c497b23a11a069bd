"""Explore: any series as a chart and a table, one report or both, with what they rest on and what limits them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stopgap.api import Lake
from stopgap.api.series import TradeSeries
from stopgap.base.errors import MissingDataError, StopgapError
from stopgap.base.marking import CLEAR, Marking, strictest
from stopgap.briefs.charts.series_chart import alt_text, title_of
from stopgap.briefs.formats.text import percent
from stopgap.measures.series.request import ReportSide, SeriesBy, SeriesFlow, SeriesOf
from stopgap.pages.explore.chart import MOST, chart_specification, drawn_lines
from stopgap.pages.explore.choices import economy_choices, goods_choices
from stopgap.pages.explore.lines import ShownLine, ShownUnit, first_whole, shown_lines, unit_shown
from stopgap.pages.explore.query import EXPLORE, ExploreQuery, SeriesAxis, SeriesShows
from stopgap.pages.explore.tables import built_facts, gap_table, series_table
from stopgap.pages.views import ChartView, PageContent, TableView
from stopgap.pages.words import as_sentence

TEMPLATE = "explore/explore.html"

CHOICES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "flow": ((SeriesFlow.EXPORT, "exports to"), (SeriesFlow.IMPORT, "imports from")),
    "report": (("", "own report"), (ReportSide.EXPORTER, "exporter’s"), (ReportSide.IMPORTER, "importer’s")),
    "by": tuple((each, each.value) for each in SeriesBy),
    "of": ((SeriesOf.VALUE, "value"), (SeriesOf.WEIGHT, "weight"), (SeriesOf.QUANTITY, "quantity"), (SeriesOf.UNIT_VALUE, "unit value")),
    "shows": ((SeriesShows.LEVEL, "level"), (SeriesShows.GROWTH, "growth"), (SeriesShows.INDEX, "index")),
    "axis": ((SeriesAxis.LINEAR, "linear"), (SeriesAxis.LOG, "log")),
    "frequency": (("", "as they cover most"), ("A", "annual"), ("M", "monthly")),
}  # fmt: skip
"""Choices of the fields, with what a person reads."""

GAP_NOTE = (
    "Exporters report at their own border (FOB), importers with freight and insurance (CIF), so that some gap is to be "
    "expected; goods that go through a third economy, and different partners named, are further causes."
)


@dataclass(frozen=True)
class _Drawn:
    """What is shown of one or two findings."""

    found: tuple[TradeSeries, ...]
    lines: tuple[ShownLine, ...]
    unit: ShownUnit
    table: TableView
    missing: str = ""

    @property
    def marking(self) -> Marking:
        return strictest([each.marking for each in self.found])


def explore_page(
    lake: Lake, query: ExploreQuery, views: Sequence[Mapping[str, Any]] = (), *, check: Callable[[str], object] = str
) -> PageContent:
    """Return the page; where the series cannot be had, the form with the error in it.

    Args:
        lake: The lake.
        query: What is asked for.
        views: Saved views of the person, with ``name`` and ``address``.
        check: Refuses goods that must not be read.
    """
    values: dict[str, Any] = {
        "query": query, "views": views, "choices": CHOICES, "economies": economy_choices(), "goods": goods_choices(),
        "error": None, "status": 200, "shown": None, "chart": None, "explore": EXPLORE, "can_save": False, "address": "",
        "view_error": None,
    }  # fmt: skip
    if query.is_empty:
        return PageContent(TEMPLATE, "Explore", values, nav=EXPLORE)
    try:
        query.need_choices()
        check(query.goods)
        drawn = _both(lake, query) if query.both else _one(lake, query)
    except StopgapError as error:
        marking = error.marking if isinstance(error.marking, Marking) else CLEAR
        said = {
            "what": error.what[:1].upper() + error.what[1:] + ".", "where": error.where, "fix": error.fix,
            "fields": query.fields_of(error),
        }  # fmt: skip
        return PageContent(
            TEMPLATE, "Explore", {**values, "error": said, "status": error.http_status}, marking, nav=EXPLORE
        )
    chart = _chart(drawn, query)
    first = drawn.found[0].finding
    values |= {
        "chart": chart,
        "can_save": True,
        "shown": {
            "headline": first.headline,
            "heading": heading_of(query, [each.finding.report for each in drawn.found]),
            "table": drawn.table if chart is None else replace(drawn.table, source=None),
            "warnings": list(
                dict.fromkeys(as_sentence(str(note)) for each in drawn.found for note in each.finding.warnings)
            ),
            "facts": [fact for each in drawn.found for fact in built_facts(each.finding)],
            "coverage": coverage_words(drawn.found),
            "queries": list(dict.fromkeys(text for each in drawn.found for text in each.finding.queries)),
            "missing": drawn.missing,
            "gap_note": GAP_NOTE if query.both else "",
            "left_out": max(0, len([line for line in drawn.lines if line.whole]) - MOST),
        },
    }
    return PageContent(
        TEMPLATE, title_of(first), values, drawn.marking, (chart,) if chart else (), nav=EXPLORE, kicker="Explore"
    )


def _one(lake: Lake, query: ExploreQuery) -> _Drawn:
    found = _series(lake, query, None)
    lines = shown_lines(found.finding, query.shows)
    unit = unit_shown(found.finding, lines, query.shows)
    return _Drawn((found,), lines, unit, series_table(found.finding, lines, unit, query, query.source()))


def _series(lake: Lake, query: ExploreQuery, report: ReportSide | None) -> TradeSeries:
    """Return the series; an index without a base is of the first period that all pairs have whole."""
    if query.shows != SeriesShows.INDEX or query.index:
        return lake.series(query.request(report))
    level = lake.series(replace(query, shows=SeriesShows.LEVEL.value).request(report))
    base = first_whole(shown_lines(level.finding, SeriesShows.LEVEL))
    if base is None:
        raise MissingDataError(
            "there is no period that all pairs have whole", where="index", fix="name the base period in the field Base"
        )
    return lake.series(replace(query, index=base).request(report))


def _both(lake: Lake, query: ExploreQuery) -> _Drawn:
    found: dict[ReportSide, TradeSeries] = {}
    missing: list[MissingDataError] = []
    for side in ReportSide:
        try:
            found[side] = _series(lake, query, side)
        except MissingDataError as error:
            missing.append(error)
    if not found:
        raise missing[0]
    lines = {side: shown_lines(each.finding, query.shows, with_report=True) for side, each in found.items()}
    every = tuple(line for pair in _pairs(lines) for line in pair if line is not None)
    unit = unit_shown(next(iter(found.values())).finding, every, query.shows)
    told = f"One report alone: {missing[0].what}." if missing else ""
    return _Drawn(tuple(found.values()), every, unit, gap_table(_pairs(lines), unit, query), told)


def _pairs(lines: Mapping[ReportSide, Sequence[ShownLine]]) -> list[tuple[ShownLine | None, ShownLine | None]]:
    exporter, importer = ({(each.reporter, each.partner): each for each in lines.get(side, ())} for side in ReportSide)
    return [(exporter.get(pair), importer.get(pair)) for pair in dict.fromkeys([*exporter, *importer])]


def _chart(drawn: _Drawn, query: ExploreQuery) -> ChartView | None:
    lines = drawn_lines(drawn.lines)
    is_log = query.axis == SeriesAxis.LOG
    if not lines or (is_log and not any(value > 0 for line in lines for value in line.whole)):
        return None
    findings = [each.finding for each in drawn.found]
    description = " ".join(dict.fromkeys(alt_text(each) for each in findings))
    notes = [
        "Hollow: reported in part, not to be compared." if any(each.is_part for line in lines for each in line.points) else "",
        "Gap in a line: not reported, or in part; not zero." if any(each.value is None for line in lines for each in line.points) else "",
        f"The {MOST} largest pairs are drawn; the table has all." if len([each for each in drawn.lines if each.whole]) > MOST else "",
        "Logarithmic axis: equal steps are equal ratios; what is not above zero is left out." if is_log else "",
    ]  # fmt: skip
    return ChartView(
        key="series",
        title=title_of(findings[0]),
        description=description,
        specification=chart_specification(lines, drawn.unit, is_log=is_log, description=description),
        table=drawn.table,
        basis=". ".join(each.basis[:1].upper() + each.basis[1:] for each in findings) + ".",
        source=query.source(),
        subtitle=" ".join(filter(None, notes)),
    )


def heading_of(query: ExploreQuery, reports: Sequence[str]) -> str:
    """Return the length of the periods, and whose reports are shown."""
    side = " and ".join(f"{report}’s" for report in reports)
    return f"By {query.by}, {side} {'reports' if len(reports) > 1 else 'report'}"


def coverage_words(found: Sequence[TradeSeries]) -> str:
    """Return how many of the periods and pairs shown are whole, in one sentence."""
    rows = [row for each in found for row in each.finding.rows]
    whole = sum(row.is_complete for row in rows)
    lacking = sorted({name for each in found for line in each.finding.series for name in line.absent})
    said = f"{whole:,} of {len(rows):,} figures are of a whole period ({percent(whole / len(rows))})." if rows else ""
    return said + (f" The lake holds nothing of {', '.join(lacking)}." if lacking else "")
