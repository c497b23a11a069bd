"""Suppliers over time: the coalition and the largest others, as the official figures have them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from stopgap.api import Lake
from stopgap.api.series import TradeSeries
from stopgap.base.errors import MissingDataError
from stopgap.base.vocab import EpisodeRole
from stopgap.briefs.formats.text import usd
from stopgap.codes.areas import areas
from stopgap.measures.backfill.results import Finding
from stopgap.measures.series.request import SeriesBy, SeriesRequest
from stopgap.pages.charts.lines import lines_specification
from stopgap.pages.charts.vega import compiled
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.views import Cell, ChartView, DataSource, PageContent, TableColumn, TableView
from stopgap.panel.episodes import Episode

SUPPLIERS = 5
COALITION = "Coalition"
ENOUGH = 0.95
"""Share of the coalition's baseline trade whose members must have reported a period for its sum to be shown."""

Values = dict[str, dict[str, float | None]]
"""Name -> period -> US dollars; ``None`` where not all of it was reported."""


def over_time(lake: Lake, query: EpisodeQuery) -> PageContent:
    """Return the part with the chart of suppliers over time.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures.
    """
    episode = query.load()
    measured = query.measure(lake, gross=True)
    finding = measured.finding
    try:
        series, request = _series(lake, query, episode, finding)
    except MissingDataError as error:
        return PageContent("episode/over_time.html", "Over time", {"chart": None, "why": error.what}, measured.marking)
    chart = _chart(series, request, episode, finding)
    return PageContent(
        "episode/over_time.html", "Over time", {"chart": chart, "why": ""}, series.marking, charts=(chart,)
    )


def _series(lake: Lake, query: EpisodeQuery, episode: Episode, finding: Finding) -> tuple[TradeSeries, SeriesRequest]:
    """Return trade by period of the largest suppliers and of the coalition, and how it was asked for."""
    largest = sorted(finding.suppliers, key=lambda row: -max(row.after_usd, row.baseline_usd))[:SUPPLIERS]
    others = [row.supplier for row in largest]
    members = [code for code in episode.members() if code in {row.supplier for row in finding.members}]
    by = SeriesBy.YEAR if finding.frequency == "A" else SeriesBy.MONTH
    span = f"{finding.windows.baseline[0][:4]}:{finding.windows.after[1][:4]}"
    common: dict[str, Any] = {
        "period": span,
        "goods": query.goods or finding.goods,
        "by": by,
        "as_of": query.as_of,
        "report": finding.report,
    }
    if episode.role is EpisodeRole.SUPPLIERS_TO_COALITION:
        request = SeriesRequest(reporters=[episode.target, *others], partners=members, flow="X", **common)
    else:
        flow = "M" if episode.role is EpisodeRole.BUYERS_FROM_TARGET else "X"
        request = SeriesRequest(reporters=[*members, *others], partners=[episode.target], flow=flow, **common)
    return lake.series(request), request


def _values(series: TradeSeries, episode: Episode, finding: Finding) -> Values:
    """Return values by name and period; members are summed where enough of them reported, suppliers over partners."""
    found: dict[str, dict[str, dict[str, float | None]]] = defaultdict(lambda: defaultdict(dict))
    shown, known = {row.supplier for row in finding.suppliers} | {episode.target}, areas()
    is_to_coalition = episode.role is EpisodeRole.SUPPLIERS_TO_COALITION
    for row in series.finding.rows:
        name = known[row.reporter].name if row.reporter in shown and row.reporter in known else COALITION
        member = row.partner if is_to_coalition else row.reporter
        found[name][row.period][member] = row.value_usd if row.is_complete else None
    weights = {row.supplier: row.baseline_usd for row in finding.members}
    return {
        name: {
            period: _sum(parts, weights if is_to_coalition or name == COALITION else {})
            for period, parts in sorted(periods.items())
        }
        for name, periods in found.items()
    }


def _sum(parts: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """Return the sum of what was reported; ``None`` where those who reported have too little of the weight."""
    reported = {name: value for name, value in parts.items() if value is not None}
    whole = sum(weights.get(name, 0.0) for name in parts)
    if not reported or (whole and sum(weights.get(name, 0.0) for name in reported) < ENOUGH * whole):
        return None
    return sum(reported.values())


def _chart(series: TradeSeries, request: SeriesRequest, episode: Episode, finding: Finding) -> ChartView:
    values = _values(series, episode, finding)
    last = {
        name: next((value for value in reversed(list(periods.values())) if value is not None), 0.0)
        for name, periods in values.items()
    }
    names = sorted(values, key=lambda name: (name != COALITION, -last[name]))
    rows = [
        {"period": _day(period), "when": period, "who": name, "value": value, "said": usd(value)}
        for name in names for period, value in values[name].items() if value is not None
    ]  # fmt: skip
    unit = "US dollars a year" if finding.frequency == "A" else "US dollars a month"
    specification = lines_specification(names, unit=unit, event=f"{episode.event}-01")
    description = _described(values, names)
    periods = sorted({period for each in values.values() for period in each})
    return ChartView(
        key="over-time",
        title="Over time",
        description=description,
        specification=compiled(specification, rows, description),
        table=_table(values, names, periods, unit),
        basis=f"{series.finding.basis}. The coalition is the sum of its members, where those with {ENOUGH:.0%} of its baseline trade reported.",
        source=DataSource("/series", _address(request)),
        subtitle=f"{unit}, as reported; the dashed line is the event. A gap is a period that was not reported in full.",
    )


def _table(values: Values, names: Sequence[str], periods: Sequence[str], unit: str) -> TableView:
    def cell(name: str, period: str) -> Cell:
        value = values[name].get(period)
        return Cell("", missing="not reported") if value is None else Cell(usd(value))

    return TableView(
        "over-time",
        f"Trade with the target by period, {unit}",
        (TableColumn("Period"), *(TableColumn(name, "number") for name in names)),
        tuple((Cell(period), *(cell(name, period) for name in names)) for period in periods),
    )


def _described(values: Values, names: Sequence[str]) -> str:
    told = []
    for name in names:
        known = [(period, value) for period, value in values[name].items() if value is not None]
        if known:
            (first, before), (last, after) = known[0], known[-1]
            told.append(f"{name}: {usd(before)} in {first}, {usd(after)} in {last}")
    return "; ".join(told) + "."


def _day(period: str) -> str:
    return f"{period}-01-01" if len(period) == 4 else f"{period}-01"


def _address(request: SeriesRequest) -> Mapping[str, str | None]:
    def text(value: str | Sequence[str]) -> str:
        return value if isinstance(value, str) else ",".join(value)

    return {
        "reporters": text(request.reporters), "partners": text(request.partners), "goods": text(request.goods),
        "by": str(request.by), "flow": str(request.flow), "report": request.report, "as_of": request.as_of,
    }  # fmt: skip
