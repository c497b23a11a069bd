"""Ranked levers as a chart and a table; each leads to its what-if."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stopgap.briefs.formats.text import NBSP, listing, percent, shorten
from stopgap.briefs.vocabulary import name_of
from stopgap.measures.levers.ranking import Lever
from stopgap.measures.levers.results import LeverFinding
from stopgap.pages.amounts import label_usd, table_usd, usd, usd_heading, usd_range
from stopgap.pages.charts.vega import compiled, tooltip
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.views import Cell, ChartView, DataSource, TableColumn, TableView

DRAWN = 12
_STOPPED, _REMOVED = "stopped", "removed"

_SUBTITLE = (
    "What a stop of each would remove, US dollars a year. Wide bar: what is stopped. Narrow bar and figure: what is removed, after what comes back; "
    "line: its 95 % interval. Levers overlap, so they must not be added."
)
_CARRIED_ALONE = "What of it would come back cannot be told. Levers overlap, so they must not be added."
_SPECIFICATION: dict[str, Any] = {
    "height": {"step": 28},
    "padding": {"left": 5, "right": 18, "top": 5, "bottom": 5},
    "encoding": {"y": {"field": "label", "type": "nominal", "sort": None, "axis": {"grid": False, "labelLimit": 200, "labelColor": "@ink"}}},
    "layer": [
        {
            "mark": {"type": "bar", "height": {"expr": "datum.part === 'stopped' ? 18 : 10"}, "tooltip": True},
            "encoding": {
                "x": {"field": "billions", "type": "quantitative", "stack": None, "axis": {"format": "~r", "title": "billion US dollars a year", "titleColor": "@muted", "tickCount": 6}},
                "color": {
                    "field": "part", "type": "nominal", "scale": {"domain": [_STOPPED, _REMOVED], "range": ["@hatch", "@accent"]},
                    "legend": {"symbolType": "square", "columns": 1, "labelLimit": 300},
                },
                "tooltip": tooltip([("label", "lever"), ("part", "bar"), ("amount", "US dollars a year"), ("interval", "removed, interval")]),
            },
        },
        {
            "transform": [{"filter": "isValid(datum.low)"}],
            "mark": {"type": "rule", "strokeWidth": 1.5, "color": "@ink"},
            "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}},
        },
        {
            "transform": [{"filter": "isValid(datum.low)"}],
            "mark": {"type": "text", "align": "left", "dx": 6},
            "encoding": {"x": {"field": "end", "type": "quantitative"}, "text": {"field": "short"}},
        },
    ],
}  # fmt: skip


def ranking_chart(
    levers: LeverFinding, names: Mapping[str, str], query: EpisodeQuery, *, basis: str, source: DataSource
) -> ChartView | None:
    """Return what a stop of each of the first levers carries and removes; ``None`` without any."""
    shown = levers.levers[:DRAWN]
    if not shown:
        return None
    rows = [row for lever in shown for row in _bars(lever, names)]
    is_told = any(lever.projection.removed_usd is not None for lever in shown)
    description = (
        f"What a stop of each lever would stop, and what it would remove after what comes back through others, US dollars a year: "
        f"{listing(_told(lever, names) for lever in shown[:6])}. Levers overlap: their dollars must not be added."
    )
    return ChartView(
        key="levers",
        title=_title(shown, names) if is_told else "What each lever carries",
        description=description,
        specification=compiled(_specification(rows), rows, description),
        table=ranking_table(levers, shown, names, query),
        basis=basis,
        source=source,
        subtitle=_SUBTITLE if is_told else _CARRIED_ALONE,
    )  # fmt: skip


def _specification(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the specification; without lines of intervals where no lever has one."""
    if any("low" in row for row in rows):
        return _SPECIFICATION
    return {**_SPECIFICATION, "layer": _SPECIFICATION["layer"][:1]}


def _title(shown: Sequence[Lever], names: Mapping[str, str]) -> str:
    known = [(lever, lever.projection.removed_usd) for lever in shown if lever.projection.removed_usd is not None]
    lever, removed = max(known, key=lambda each: each[1])
    interval = lever.projection.removed_ci95
    said = f" (95{NBSP}% interval {usd_range(*interval)})" if interval else ""
    return f"A stop of {lever_name(lever, names)} would remove the most, {usd(removed)} a year{said}"


def _told(lever: Lever, names: Mapping[str, str]) -> str:
    shown = lever.projection
    removed = f"between {usd_range(*shown.removed_range_usd)}" if shown.removed_usd is None else usd(shown.removed_usd)
    return f"{lever_name(lever, names)} stops {usd(shown.carried_usd)} and removes {removed}"


def _bars(lever: Lever, names: Mapping[str, str]) -> list[dict[str, Any]]:
    shown, label = lever.projection, f"{lever.rank}. {lever_name(lever, names)}"
    interval = shown.removed_ci95 or shown.removed_range_usd
    common = {"label": label, "interval": usd_range(*interval)}
    rows = [{**common, "part": _STOPPED, "billions": shown.carried_usd / 1e9, "amount": usd(shown.carried_usd)}]
    if shown.removed_usd is not None:
        ends = {
            "low": interval[0] / 1e9,
            "high": interval[1] / 1e9,
            "end": max(shown.carried_usd, interval[1]) / 1e9,
            "short": label_usd(shown.removed_usd),
        }
        rows.append(
            {**common, "part": _REMOVED, "billions": shown.removed_usd / 1e9, "amount": usd(shown.removed_usd), **ends}
        )
    return rows


def lever_name(lever: Lever, names: Mapping[str, str]) -> str:
    """Return a lever in few words: the economy, the good, or both."""
    who = name_of(lever.supplier, names) if lever.supplier else ""
    if lever.kind == "re-exports":
        return f"{who}, re-exports"
    parts = [part for part in (who, lever.good or "") if part]
    return shorten(", ".join(parts), 42) if parts else shorten(lever.description, 42)


def ranking_table(
    levers: LeverFinding, shown: Sequence[Lever], names: Mapping[str, str], query: EpisodeQuery
) -> TableView:
    """Return levers in their order; the name leads to the what-if of a full stop."""
    has_score = any(lever.score is not None for lever in shown)
    return TableView(
        "ranking",
        f"Levers, {usd_heading()} a year",
        (
            TableColumn("Rank", "number"), TableColumn("Lever"), TableColumn("Kind"), TableColumn("Stopped", "number"), TableColumn("Of the trade", "number"),
            TableColumn("Comes back", "number"), TableColumn("Removed", "number"), TableColumn("95 % interval", "number"), TableColumn("If it thins the others", "number"),
            TableColumn("Others", "number", "other suppliers with 5 % or more of the alternatives"),
            *((TableColumn("Score", "number"), TableColumn("Rank, 95 %", "number")) if has_score else ()),
        ),
        tuple(_row(lever, names, query, has_score=has_score) for lever in shown),
        total=levers.levers_found,
        empty="No lever has trade in the after-window.",
    )  # fmt: skip


def _row(lever: Lever, names: Mapping[str, str], query: EpisodeQuery, *, has_score: bool) -> tuple[Cell, ...]:
    shown = lever.projection
    asked = (
        {"who": lever.supplier, "good": lever.good, "share": 100}
        if lever.kind != "re-exports"
        else {"words": f"stop {lever.supplier} re-exports"}
    )
    options = {**query.options, **{name: value for name, value in asked.items() if value is not None}}
    unknown = Cell("", missing="cannot be told")
    cells = [
        Cell(str(lever.rank)),
        Cell(lever.description, query.page("levers"), options),
        Cell(_kind(lever)),
        Cell(table_usd(shown.carried_usd)),
        Cell(percent(shown.share_of_inflow)),
        unknown if shown.reroute_share is None else Cell(percent(shown.reroute_share)),
        unknown if shown.removed_usd is None else Cell(table_usd(shown.removed_usd)),
        Cell(" to ".join(map(table_usd, shown.removed_ci95 or shown.removed_range_usd))),
        unknown if shown.sensitivity.thinned_removed_usd is None else Cell(table_usd(shown.sensitivity.thinned_removed_usd)),
        Cell(str(shown.alternatives.count)),
    ]  # fmt: skip
    if has_score:
        score = lever.score
        ranks = None if score is None else score.rank_ci95
        cells.append(Cell("", missing="not reported") if score is None else Cell(table_usd(score.score_usd)))
        cells.append(Cell("", missing="no interval") if ranks is None else Cell(f"{ranks[0]} to {ranks[1]}"))
    return tuple(cells)


def _kind(lever: Lever) -> str:
    return (
        "member’s remaining trade"
        if lever.role == "member" and lever.good is None
        else lever.kind.replace("-", " and ")
        if lever.kind == "supplier-good"
        else lever.kind
    )


def chokepoints_table(levers: LeverFinding, names: Mapping[str, str], query: EpisodeQuery) -> TableView | None:
    """Return suppliers in goods that others cannot replace; ``None`` without any."""
    if not levers.chokepoints:
        return None
    return TableView(
        "chokepoints",
        f"Suppliers in a good that others cannot replace, {usd_heading()} a year",
        (
            TableColumn("Rank", "number"), TableColumn("Supplier"), TableColumn("Good"), TableColumn("Sells", "number"), TableColumn("Of the good’s inflow", "number"),
            TableColumn("Others could take up", "number"), TableColumn("Not replaceable, of the inflow", "number"),
        ),
        tuple(
            (
                Cell(str(row.rank)),
                Cell(name_of(row.supplier, names), query.page("levers"), {**query.options, "who": row.supplier, "good": row.good, "share": 100}),
                Cell(f"{row.good} {shorten(row.description, 60)}"),
                Cell(table_usd(row.period_usd)),
                Cell(percent(row.share)),
                Cell(table_usd(row.capacity_usd)),
                Cell(percent(row.unreplaced_share)),
            )
            for row in levers.chokepoints
        ),
        total=levers.chokepoints_found,
    )  # fmt: skip
