"""Parts of the page of one supplier: its trade over time, and the goods it trades."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stopgap.api import Lake
from stopgap.base.errors import EpisodeError, MissingDataError, NotFoundError
from stopgap.base.marking import strictest
from stopgap.base.vocab import EpisodeRole
from stopgap.briefs.formats.text import percent, sentence_case
from stopgap.briefs.vocabulary import in_sentence, name_of, possessive, told, words_for
from stopgap.measures.levers.request import LeverKind, LeverRequest
from stopgap.measures.series.request import SeriesBy, SeriesRequest
from stopgap.pages.amounts import table_usd, usd, usd_heading
from stopgap.pages.charts.lines import lines_chart
from stopgap.pages.episode.marked import marking_of
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.hubs.mirror_part import mirror_part
from stopgap.pages.hubs.prices_part import prices_part
from stopgap.pages.hubs.supplier_words import check_economy
from stopgap.pages.views import Cell, ChartView, DataSource, PageContent, TableColumn, TableView
from stopgap.pages.words import course_words

GOODS_SHOWN = 25


def supplier_part(lake: Lake, query: EpisodeQuery, code: str, part: str) -> PageContent:
    """Return a part of the page of an economy: ``series``, ``goods``, ``mirror`` or ``prices``.

    Raises:
        NotFoundError: No such economy or part; unknown episode, goods list or vintage.
    """
    check_economy(code, query.episode)
    match part:
        case "series":
            return series_part(lake, query, code)
        case "goods":
            return goods_part(lake, query, code)
        case "mirror":
            return mirror_part(lake, query, economy=code)
        case "prices":
            return prices_part(lake, query, economy=code)
    raise NotFoundError(
        f"this page has no part {part[:40]!r}", where=f"episode {query.episode}", fix="open the page of the supplier"
    )


def series_part(lake: Lake, query: EpisodeQuery, code: str) -> PageContent:
    """Return the chart of an economy's trade with the target by period, by both reports where both are there.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
    """
    measured = query.measure(lake, gross=True)
    finding = measured.finding
    names, episode = economy_names(), query.load()
    here = replace(query, goods=query.goods or finding.goods)
    partners = (
        [row.supplier for row in finding.members]
        if episode.role is EpisodeRole.SUPPLIERS_TO_COALITION
        else [finding.target]
    )
    common: dict[str, Any] = {
        "reporters": [code], "partners": partners, "goods": here.goods, "as_of": query.as_of,
        "by": SeriesBy.YEAR if finding.frequency == "A" else SeriesBy.MONTH,
        "flow": "M" if episode.role is EpisodeRole.BUYERS_FROM_TARGET else "X",
    }  # fmt: skip
    values: dict[str, dict[str, float]] = {}
    markings, basis, why = [], "", ""
    for report, said in (("exporter", "exporter’s report"), ("importer", "importer’s report")):
        try:
            found = lake.series(SeriesRequest(**common, report=report))
        except MissingDataError as error:
            why = why or error.what
            continue
        markings.append(found.marking)
        sums: dict[str, float] = {}
        for row in found.finding.rows:
            if row.is_complete and row.value_usd is not None:
                sums[row.period] = sums.get(row.period, 0.0) + row.value_usd
        if sums and len(partners) == 1:
            values[said] = sums
            basis = basis or f"{sentence_case(found.finding.basis)}."
    chart = (
        _series_chart(values, here, name_of(code, names), name_of(finding.target, names), basis, common)
        if values
        else None
    )
    return PageContent(
        "hubs/series.html", "Over time", {"chart": chart, "why": told(why, finding, names) or "no period was reported in full"},
        strictest([measured.marking, *markings]), charts=(chart,) if chart else (), tabs=here.tabs("/suppliers"),
    )  # fmt: skip


def _series_chart(
    values: dict[str, dict[str, float]], query: EpisodeQuery, name: str, target: str, basis: str, asked: dict[str, Any]
) -> ChartView:
    annual = asked["by"] == SeriesBy.YEAR
    unit = "US dollars a year" if annual else "US dollars a month"
    rows = [
        {"when": period, "who": said, "value": value}
        for said, sums in values.items()
        for period, value in sorted(sums.items())
    ]  # fmt: skip
    told_ends = "; ".join(
        f"{said}: {usd(sums[min(sums)])} in {min(sums)}, {usd(sums[max(sums)])} in {max(sums)}"
        for said, sums in values.items()
    )
    description = f"Trade of {name} with {target}, {unit}. {told_ends}."
    periods = sorted({period for sums in values.values() for period in sums})
    return ChartView(
        key="series",
        title=_series_title(values, name, target, query),
        description=description,
        specification=lines_chart(list(values), rows, unit=unit, description=description, event=query.load().event),
        table=TableView(
            "series", f"Trade with {target} by period, {usd_heading()}", (TableColumn("Period"), *(TableColumn(said, "number") for said in values)),
            tuple(
                (Cell(period), *(Cell(table_usd(sums[period])) if period in sums else Cell("", missing="not reported") for sums in values.values()))
                for period in periods
            ),
        ),
        basis=basis,
        height=16,
        source=DataSource(
            "/series",
            {"reporters": asked["reporters"][0], "partners": ",".join(asked["partners"]), "goods": asked["goods"], "by": str(asked["by"]), "flow": asked["flow"], "as_of": asked["as_of"]},
        ),
        subtitle=f"{unit}; exporters’ reports are FOB, importers’ CIF. A gap is a period that was not reported in full.",
    )  # fmt: skip


def _series_title(values: dict[str, dict[str, float]], name: str, target: str, query: EpisodeQuery) -> str:
    said, sums = next(iter(values.items()))
    if len(sums) < 2:
        return "Over time"
    role = query.load().role
    words = words_for(str(role.direction), str(role))
    trade = f"{words.trade} {words.preposition} {in_sentence(target)}"
    first, last = min(sums), max(sums)
    told = f"{possessive(in_sentence(name))} {trade} {course_words((first, sums[first]), (last, sums[last]))}, by the {said}"
    return sentence_case(told)


def goods_part(lake: Lake, query: EpisodeQuery, code: str) -> PageContent:
    """Return the goods that an economy trades in the after-window, with what a stop of each would remove.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
    """
    measured = query.measure(lake, gross=True)
    finding = measured.finding
    names = economy_names()
    here = replace(query, goods=query.goods or finding.goods)
    try:
        levers = lake.levers(
            query.episode,
            query.request_like(finding, LeverRequest, by=LeverKind.SUPPLIER_GOOD, limit=0, no_routes=True),
        )
    except (MissingDataError, EpisodeError) as error:
        return PageContent(
            "hubs/goods.html", "Goods", {"table": None, "why": told(error.what, finding, names)}, measured.marking
        )
    rows = sorted((row for row in levers.levers if row.supplier == code), key=lambda row: -row.projection.carried_usd)
    whole = sum(row.projection.carried_usd for row in rows)
    table = TableView(
        "goods",
        f"Goods in the after-window, the largest first, {usd_heading()} a year",
        (
            TableColumn("Good"), TableColumn("After", "number"), TableColumn("Of its trade here", "number"),
            TableColumn("A stop would remove", "number", "what does not come back through others"), TableColumn("Range", "number"),
        ),
        tuple(
            (
                Cell(row.description.partition(": ")[2] or str(row.good)),
                Cell(table_usd(row.projection.carried_usd)),
                Cell(percent(row.projection.carried_usd / whole)) if whole > 0 else Cell("", missing="no trade"),
                Cell("", missing="cannot be told") if row.projection.removed_usd is None else Cell(table_usd(row.projection.removed_usd)),
                Cell(" to ".join(table_usd(end) for end in row.projection.removed_range_usd)),
            )
            for row in rows[:GOODS_SHOWN]
        ),
        total=len(rows),
        source=here.data("levers", by="supplier-good", limit=0, no_routes=True),
        empty="It has no trade in these goods in the after-window.",
    )  # fmt: skip
    return PageContent(
        "hubs/goods.html",
        "Goods",
        {"table": table, "why": "", "query": here},
        marking_of(levers),
        tabs=here.tabs("/suppliers"),
    )
