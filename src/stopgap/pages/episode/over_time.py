"""Suppliers over time: the coalition and the largest others, as the official figures have them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stopgap.api import Lake
from stopgap.base.marking import strictest
from stopgap.base.vocab import EpisodeRole
from stopgap.briefs.formats.text import percent, sentence_case
from stopgap.briefs.vocabulary import coalition_of, in_sentence, market_of, possessive, words_of
from stopgap.lake.query.request import QueryRequest
from stopgap.measures.backfill.results import Finding
from stopgap.pages.amounts import usd
from stopgap.pages.charts.lines import lines_chart
from stopgap.pages.episode.basis import basis_line
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.views import Cell, ChartView, PageContent, TableColumn, TableView
from stopgap.pages.words import course_words
from stopgap.panel.episodes import Episode

SUPPLIERS = 5
COALITION = "Coalition"
ENOUGH = 0.95
"""Share of the coalition's baseline trade whose members must have reported a period for its sum to be shown."""

Values = dict[str, dict[str, float | None]]
"""Name -> period -> US dollars; ``None`` where not all of it was reported."""


def over_time(lake: Lake, query: EpisodeQuery) -> PageContent:
    """Return the part with the chart of suppliers over time: the goods, source and reports of the finding, in all its periods.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures.
    """
    episode = query.load()
    measured = query.measure(lake, gross=True)
    finding = measured.finding
    sql = every_period(finding)
    found = lake.query(sql, QueryRequest(as_of=finding.as_of))
    values = _values(found.arrow.to_pylist(), episode, finding)
    chart = _chart(values, episode, finding) if values else None
    shown = {"chart": chart, "sql": sql}
    marking = strictest([measured.marking, found.marking])
    return PageContent("episode/over_time.html", "Over time", shown, marking, charts=(chart,) if chart else ())


def every_period(finding: Finding) -> str:
    """Return the statement of a finding that sums by supplier and period, with the periods between its windows too."""
    first, last = finding.windows.baseline[0], finding.windows.after[1]
    between = f"period BETWEEN DATE '{first}-01' AND DATE '{last}-01'"
    return re.sub(r"period IN \([^)]*\)", between, finding.queries[0])


def _values(rows: Sequence[Mapping[str, Any]], episode: Episode, finding: Finding) -> Values:
    """Return values by name and period: the coalition where enough of its members reported, the largest others."""
    names = economy_names()
    ranked = sorted(finding.suppliers, key=lambda row: -max(row.after_usd, row.baseline_usd))
    shown = {row.supplier for row in ranked[:SUPPLIERS]} | {episode.target}
    weights = {row.supplier: row.baseline_usd for row in finding.members}
    are_sellers = episode.role is not EpisodeRole.SUPPLIERS_TO_COALITION
    form = "%Y" if finding.frequency == "A" else "%Y-%m"
    periods = sorted({f"{row['period']:{form}}" for row in rows})
    found: Values = {}
    members: dict[str, dict[str, float | None]] = {period: dict.fromkeys(weights) for period in periods}
    for row in rows:
        code, period, value = str(row["supplier"]), f"{row['period']:{form}}", row["value_usd"]
        if are_sellers and code in weights:
            members[period][code] = value
        elif code in shown:
            found.setdefault(names.get(code, code), dict.fromkeys(periods))[period] = value
    if are_sellers and weights:
        found[COALITION] = {period: _sum(parts, weights) for period, parts in members.items()}
    return found


def _sum(parts: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """Return the sum of what was reported; ``None`` where those who reported have too little of the weight."""
    reported = {name: value for name, value in parts.items() if value is not None}
    whole = sum(weights.get(name, 0.0) for name in parts)
    if not reported or (whole and sum(weights.get(name, 0.0) for name in reported) < ENOUGH * whole):
        return None
    return sum(reported.values())


def _chart(values: Values, episode: Episode, finding: Finding) -> ChartView:
    last = {
        name: next((value for value in reversed(list(periods.values())) if value is not None), 0.0)
        for name, periods in values.items()
    }
    names = sorted(values, key=lambda name: (name != COALITION, -last[name]))
    rows = [
        {"when": period, "who": name, "value": value}
        for name in names for period, value in values[name].items() if value is not None
    ]  # fmt: skip
    periods = sorted({period for each in values.values() for period in each})
    unit = "US dollars a year" if finding.frequency == "A" else "US dollars a month"
    description = _described(values, names)
    summed = (
        f" The coalition is the sum of its members, where those with {percent(ENOUGH)} of its baseline trade reported."
        if COALITION in values
        else ""
    )
    return ChartView(
        key="over-time",
        title=_title(values, finding),
        description=description,
        specification=lines_chart(names, rows, unit=unit, description=description, event=episode.event),
        table=_table(values, names, periods, unit),
        figures=tuple(
            {"economy": name, "period": period, "value_usd": value}
            for name in names
            for period, value in values[name].items()
        ),
        basis=f"{basis_line(finding)} Here each period stands for itself.{summed}",
        subtitle=f"{unit}, as reported; the dashed upright line is the event. A gap is a period without figures.",
    )


def _table(values: Values, names: Sequence[str], periods: Sequence[str], unit: str) -> TableView:
    def cell(name: str, period: str) -> Cell:
        value = values[name].get(period)
        return Cell("", missing="no figure") if value is None else Cell(usd(value))

    return TableView(
        "over-time",
        f"Trade with the target by period, {unit}",
        (TableColumn("Period"), *(TableColumn(name, "number") for name in names)),
        tuple((Cell(period), *(cell(name, period) for name in names)) for period in periods),
    )


def _title(values: Values, finding: Finding) -> str:
    """Return the course of the coalition, and of the other with the largest change."""
    known = {
        name: [(period, value) for period, value in periods.items() if value is not None]
        for name, periods in values.items()
    }
    courses = {name: (found[0], found[-1]) for name, found in known.items() if len(found) > 1}
    others = [name for name in courses if name != COALITION]
    if not others:
        return "Over time"
    words, names = words_of(finding), economy_names()
    first = max(others, key=lambda name: abs(courses[name][1][1] - courses[name][0][1]))
    market = market_of(finding, names)
    trade = f"{words.trade} {words.preposition} {market}"
    whose = possessive(in_sentence(first))
    if COALITION not in courses:
        return sentence_case(f"{whose} {trade} {course_words(*courses[first])}")
    members = possessive(coalition_of(finding, names).noun)
    (start, end), others_span = ([period for period, _ in courses[name]] for name in (COALITION, first))
    if others_span == [start, end]:
        fell, rose = (course_words(*courses[name], with_periods=False) for name in (COALITION, first))
        return f"From {start} to {end} {members} {trade} {fell}; {whose} {rose}"
    return sentence_case(
        f"{members} {trade} {course_words(*courses[COALITION])}; {whose} {course_words(*courses[first])}"
    )


def _described(values: Values, names: Sequence[str]) -> str:
    told = []
    for name in names:
        known = [(period, value) for period, value in values[name].items() if value is not None]
        if known:
            (first, before), (last, after) = known[0], known[-1]
            told.append(f"{name}: {usd(before)} in {first}, {usd(after)} in {last}")
    return "; ".join(told) + "."
