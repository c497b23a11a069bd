"""Diagram of routes: coalition, hubs, target; bands as wide as the rise on each leg, and what matches on both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stopgap.briefs.charts.hub_legs import route_ends
from stopgap.briefs.formats.text import listing, one_line
from stopgap.briefs.routing import state_words
from stopgap.briefs.vocabulary import name_of, told
from stopgap.measures.routes.results import HubRoute, RouteFinding
from stopgap.pages.amounts import label_usd, table_usd, usd, usd_heading
from stopgap.pages.hubs.measured import HubsMeasured
from stopgap.pages.views import Cell, ChartView, TableColumn, TableView

MOST = 9
_BANDS = 190.0
"""Pixels that all bands at the hubs take together."""
_LABEL = 40.0
_NODE = 10


@dataclass(frozen=True)
class RouteBands:
    """The bands of one hub in pixels from the top: where it stands, and where each leg meets the ends."""

    hub: HubRoute
    top: float
    into: float
    out_of: float
    match: float
    start_top: float
    end_top: float


def route_diagram(found: HubsMeasured) -> ChartView | None:
    """Return the diagram; ``None`` where routes were not measured or nothing rose on both legs of any hub."""
    routing = found.routing
    if routing is None:
        return None
    hubs = sorted((hub for hub in routing.hubs if hub.match_usd), key=lambda hub: (-(hub.match_usd or 0.0), hub.hub))
    if not hubs:
        return None
    shown = hubs[:MOST]
    first, last = route_ends(found.model)
    description = _described(found, hubs)
    return ChartView(
        key="routes",
        title="What may have come through hubs",
        description=description,
        specification=json.dumps(_specification(found, shown, description), ensure_ascii=False, allow_nan=False),
        table=_table(found, hubs),
        basis=f"{found.basis} Route: {first} to hub, hub to {last}; {lag_words(routing)}.",
        height=16,
        source=found.query.data("routes"),
        subtitle=(
            "US dollars a year. Pale: rise on a leg above what growth elsewhere would have given. Within it, the most that can be the same "
            "goods on both legs: solid where it exceeds chance, with a dashed edge where it does not or cannot be told."
            + (f" The {len(shown)} largest of {len(hubs)} hubs." if len(hubs) > len(shown) else "")
        ),
    )  # fmt: skip


def lag_words(routing: RouteFinding) -> str:
    """Return how long goods may lie at a hub."""
    if routing.frequency == "A" or routing.lags == 0:
        return "annual figures: goods are matched within a year, and no lag can be seen"
    return f"goods may lie at a hub for up to {routing.lags} months"


def _described(found: HubsMeasured, hubs: Sequence[HubRoute]) -> str:
    first, last = route_ends(found.model)
    parts = [
        f"{name_of(hub.hub, found.names)}: {usd(hub.e1_usd or 0.0)} more than expected from {first} to hub, {usd(hub.e2_usd or 0.0)} from hub to {last}, "
        f"at most {usd(hub.match_usd or 0.0)} on both ({state_words(hub)})"
        for hub in hubs[:MOST]
    ]  # fmt: skip
    return f"Diagram of rises on both legs of {listing(name_of(hub.hub, found.names) for hub in hubs[:MOST])}, US dollars a year. {'. '.join(parts)}."


def _table(found: HubsMeasured, hubs: Sequence[HubRoute]) -> TableView:
    first, last = route_ends(found.model)
    return TableView(
        "routes-diagram",
        f"Rises above what was expected on both legs, {usd_heading()} a year",
        (
            TableColumn("Hub"), TableColumn(f"{first} to hub", "number"), TableColumn(f"Hub to {last}", "number"),
            TableColumn("Match", "number"), TableColumn("Threshold of chance", "number"), TableColumn("Beyond chance"), TableColumn("Why"),
        ),
        tuple(
            (
                Cell(name_of(hub.hub, found.names), found.query.page("suppliers", hub.hub), found.query.options),
                *(
                    Cell("", missing="not known") if value is None else Cell(table_usd(value))
                    for value in (hub.e1_usd, hub.e2_usd, hub.match_usd, hub.threshold_usd)
                ),
                Cell(state_words(hub)),
                Cell(told(one_line(hub.because), found.finding, found.names)),
            )
            for hub in hubs
        ),
    )  # fmt: skip


def _bands(hubs: Sequence[HubRoute]) -> tuple[list[RouteBands], float]:
    """Return the bands, and the height of the diagram."""
    widest = sum(max(hub.e1_usd or 0.0, hub.e2_usd or 0.0) for hub in hubs)
    pixels = _BANDS / widest if widest > 0 else 0.0
    into = [(hub.e1_usd or 0.0) * pixels for hub in hubs]
    out_of = [(hub.e2_usd or 0.0) * pixels for hub in hubs]
    height = _LABEL * (len(hubs) + 0.5) + sum(max(one, other, 2.0) for one, other in zip(into, out_of, strict=True))
    start, end, top = (height - sum(into)) / 2 + 10, (height - sum(out_of)) / 2 + 10, _LABEL
    found = []
    for hub, left, right in zip(hubs, into, out_of, strict=True):
        found.append(RouteBands(hub, top, left, right, (hub.match_usd or 0.0) * pixels, start, end))
        start, end, top = start + left, end + right, top + max(left, right, 2.0) + _LABEL
    return found, height


def _specification(found: HubsMeasured, hubs: Sequence[HubRoute], description: str) -> dict[str, Any]:
    placed, height = _bands(hubs)
    first, last = route_ends(found.model)
    bands, labels = [], []
    for each in placed:
        hub = each.hub
        name = name_of(hub.hub, found.names)
        tip = {
            "hub": name, "e1": usd(hub.e1_usd or 0.0), "e2": usd(hub.e2_usd or 0.0), "match": usd(hub.match_usd or 0.0), "state": state_words(hub),
        }  # fmt: skip
        for side, end_top, thick in ((0, each.start_top, each.into), (1, each.end_top, each.out_of)):
            whole = {"side": side, "end": end_top, "top": each.top, **tip}
            bands.append({**whole, "thick": max(thick, 0.75), "is_match": False, "counts": False})
            bands.append({**whole, "thick": max(each.match, 0.75), "is_match": True, "counts": bool(hub.counted)})
        labels.append(
            {
                "y": each.top,
                "tall": max(each.into, each.out_of, 2.0),
                "name": name,
                "said": f"at most {tip['match']} on both: {tip['state']}",
                "short": f"≤ {label_usd(hub.match_usd or 0.0)}: {tip['state']}",
            }
        )
    ends = [
        {"side": 0, "name": first, "said": label_usd(sum(hub.e1_usd or 0.0 for hub in hubs)), "y": placed[0].start_top, "tall": sum(each.into for each in placed)},
        {"side": 1, "name": last, "said": label_usd(sum(hub.e2_usd or 0.0 for hub in hubs)), "y": placed[0].end_top, "tall": sum(each.out_of for each in placed)},
    ]  # fmt: skip
    size = "isFinite(containerSize()[0]) ? containerSize()[0] : 920"
    return {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "description": description, "background": None, "autosize": {"type": "pad"}, "padding": 0,
        "signals": [
            {"name": "width", "init": size, "on": [{"update": size, "events": "window:resize"}]},
            {"name": "height", "value": round(height + 14)},
            {"name": "middle", "update": "width / 2"},
        ],
        "data": [
            {"name": "bands", "values": bands, "transform": _paths()}, {"name": "hubs", "values": labels}, {"name": "ends", "values": ends},
        ],
        "marks": _marks(), "config": {"text": {"fontSize": 12, "font": "@font"}},
    }  # fmt: skip


def _paths() -> list[dict[str, str]]:
    def set_to(name: str, expression: str) -> dict[str, str]:
        return {"type": "formula", "as": name, "expr": expression}

    return [
        set_to("x0", f"datum.side === 0 ? {_NODE} : middle + {_NODE / 2}"),
        set_to("x1", f"datum.side === 0 ? middle - {_NODE / 2} : width - {_NODE}"),
        set_to("y0", "datum.side === 0 ? datum.end : datum.top"),
        set_to("y1", "datum.side === 0 ? datum.top : datum.end"),
        set_to("xm", "(datum.x0 + datum.x1) / 2"),
        set_to(
            "path",
            "'M' + datum.x0 + ',' + datum.y0 + 'C' + datum.xm + ',' + datum.y0 + ',' + datum.xm + ',' + datum.y1 + ',' + datum.x1 + ',' + datum.y1"
            " + 'V' + (datum.y1 + datum.thick) + 'C' + datum.xm + ',' + (datum.y1 + datum.thick) + ',' + datum.xm + ',' + (datum.y0 + datum.thick)"
            " + ',' + datum.x0 + ',' + (datum.y0 + datum.thick) + 'Z'",
        ),
    ]  # fmt: skip


def _marks() -> list[dict[str, Any]]:
    ink, muted = {"value": "@ink"}, {"value": "@muted"}
    tip = {
        "signal": "{'Hub': datum.hub, 'More than expected into the hub': datum.e1, 'out of it': datum.e2, 'on both at most': datum.match, 'beyond chance': datum.state}"
    }
    band = {
        "path": {"field": "path"}, "tooltip": tip,
        "fill": [{"test": "datum.counts", "value": "@accent"}, {"value": "@hub"}],
        "fillOpacity": [{"test": "datum.is_match", "value": 0.9}, {"value": 0.35}],
        "stroke": {"value": "@accent"},
        "strokeWidth": [{"test": "datum.is_match && !datum.counts", "value": 1}, {"value": 0}],
        "strokeDash": {"value": [4, 3]},
    }  # fmt: skip
    end_x = {"signal": "datum.side === 0 ? 0 : width"}
    aligned = {"signal": "datum.side === 0 ? 'left' : 'right'"}
    halo = {"stroke": {"value": "@paper"}, "strokeWidth": {"value": 3}, "strokeJoin": {"value": "round"}}
    marks = [
        _mark("path", "bands", **band),
        _mark("rect", "hubs", x={"signal": f"middle - {_NODE / 2}"}, width={"value": _NODE}, y={"field": "y"}, height={"field": "tall"}, fill=ink),
        _mark("rect", "ends", x={"signal": f"datum.side === 0 ? 0 : width - {_NODE}"}, width={"value": _NODE}, y={"field": "y"}, height={"field": "tall"}, fill=ink),
    ]  # fmt: skip
    names = {"text": {"field": "name"}, "baseline": {"value": "bottom"}, "fontWeight": {"value": 600}}
    said = {
        "text": {"signal": "width < 560 && isValid(datum.short) ? datum.short : datum.said"},
        "baseline": {"value": "bottom"},
    }
    for text, fill, up in ((names, ink, 17), (said, muted, 3)):
        for painted in (halo, {"fill": fill}):
            at = {"y": {"signal": f"datum.y - {up}"}, **text, **painted}
            marks.append(_mark("text", "hubs", x={"signal": "middle"}, align={"value": "center"}, **at))
            marks.append(_mark("text", "ends", x=end_x, align=aligned, **at))
    return marks


def _mark(kind: str, data: str, **encoded: Any) -> dict[str, Any]:
    made = {"type": kind, "from": {"data": data}, "encode": {"update": encoded}}
    return made if "tooltip" in encoded else {**made, "interactive": False}
