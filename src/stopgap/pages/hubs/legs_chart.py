"""Bars of both legs of each hub, before and after: into the hub to the left, out of it to the right, on one scale."""

from __future__ import annotations

import json
from typing import Any

from stopgap.briefs.charts.alt_text import alt_routes
from stopgap.briefs.charts.hub_legs import both_words, drawn_legs, leg_name, rose_on_both, route_ends
from stopgap.briefs.model import BriefModel
from stopgap.briefs.routing import legs_table
from stopgap.briefs.vocabulary import windows_named
from stopgap.pages.amounts import label_usd
from stopgap.pages.brief_tables import brief_table_view
from stopgap.pages.hubs.measured import HubsMeasured
from stopgap.pages.views import ChartView

_ROW = 58
_HEAD = 46
_ROOM = 66
"""Pixels beside the longest bar, for its amount."""


def legs_chart(found: HubsMeasured) -> ChartView | None:
    """Return the chart of both legs; ``None`` where no hub has figures on both."""
    model = found.model
    if not model.legs:
        return None
    shown = drawn_legs(model)
    description = alt_routes(model)
    before, after = windows_named(model.headline)
    first, last = route_ends(model)
    more = len(model.legs) - len(shown)
    return ChartView(
        key="legs",
        title=_title(model),
        description=description,
        specification=json.dumps(_specification(model, description), ensure_ascii=False, allow_nan=False),
        table=brief_table_view(legs_table(model), per=" a year", query=found.query),
        basis=f"{found.basis} Route: {first} to hub, hub to {last}.",
        height=16 if len(model.legs) > 2 else 8,
        source=found.query.data("routes"),
        subtitle=(
            f"US dollars a year: {before} above, {after} below, one scale for both legs. All trade in these goods on a leg: "
            "the bars do not say that the same goods passed." + (f" The {len(shown)} largest; {more} more in the table." if more else "")
        ),
    )  # fmt: skip


def _title(model: BriefModel) -> str:
    known = [each for each in map(rose_on_both, model.legs) if each is not None]
    if len(model.legs) == 1:
        return "Both legs" + (f": trade {'rose' if known[0] else 'did not rise'} on both" if known else "")
    if not known:
        return "Both legs of each hub"
    return f"Trade rose on both legs at {sum(known)} of {len(known)} hubs with figures on both"


def _specification(model: BriefModel, description: str) -> dict[str, Any]:
    before, after = windows_named(model.headline)
    legs = drawn_legs(model)
    first, last = route_ends(model)
    rows: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    for place, leg in enumerate(legs):
        top = _HEAD + place * _ROW
        names.append({"text": leg_name(model, leg), "y": top, "said": both_words(leg)})
        for side, pair in (
            (-1, (leg.into_hub_baseline_usd, leg.into_hub_after_usd)),
            (1, (leg.out_of_hub_baseline_usd, leg.out_of_hub_after_usd)),
        ):
            for window, value in enumerate(pair):
                rows.append(
                    {
                        "side": side, "y": top + 21 + window * 13, "usd": value or 0.0, "window": (before, after)[window],
                        "is_after": bool(window), "amount": "not reported" if value is None else label_usd(value),
                        "hub": leg_name(model, leg), "leg": f"{first} to hub" if side < 0 else f"hub to {last}",
                    }
                )  # fmt: skip
    left = max((row["usd"] for row in rows if row["side"] < 0), default=0.0)
    right = max((row["usd"] for row in rows if row["side"] > 0), default=0.0)
    size = "isFinite(containerSize()[0]) ? containerSize()[0] : 920"
    heads = [{"text": f"{first} to hub", "side": -1}, {"text": f"hub to {last}", "side": 1}]
    return {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "description": description, "background": None, "autosize": {"type": "pad"}, "padding": 0,
        "signals": [
            {"name": "width", "init": size, "on": [{"update": size, "events": "window:resize"}]},
            {"name": "height", "update": f"{_HEAD + len(legs) * _ROW}"},
            {"name": "room", "update": f"width - {2 * _ROOM + 24}"},
            {"name": "left_share", "update": f"clamp({left / ((left + right) or 1.0):.6f}, 0.25, 0.8)"},
            {"name": "middle", "update": f"{_ROOM} + room * left_share + 12"},
            {"name": "per_usd", "update": f"min(room * left_share / {max(left, 1.0)}, room * (1 - left_share) / {max(right, 1.0)})"},
        ],
        "data": [
            {"name": "bars", "values": rows}, {"name": "hubs", "values": names}, {"name": "heads", "values": heads},
            {"name": "key", "values": [{"text": before, "is_after": False, "y": 8, "x": 0}, {"text": after, "is_after": True, "y": 8, "x": 96}]},
        ],
        "marks": _marks(), "config": {"text": {"fontSize": 12, "font": "@font"}},
    }  # fmt: skip


def _marks() -> list[dict[str, Any]]:
    fill = [{"test": "datum.is_after", "value": "@accent"}, {"value": "@other"}]
    ink, muted, middle = {"value": "@ink"}, {"value": "@muted"}, {"value": "middle"}
    at, end = "middle + datum.side * 4", "middle + datum.side * (4 + max(datum.usd * per_usd, datum.usd > 0 ? 1 : 0))"
    aligned = {"signal": "datum.side < 0 ? 'right' : 'left'"}
    tip = {"signal": "{'Hub': datum.hub, 'Leg': datum.leg, 'Window': datum.window, 'US dollars a year': datum.amount}"}
    return [
        _mark("rect", "key", x={"field": "x"}, y={"signal": "datum.y - 5"}, width={"value": 12}, height={"value": 10}, fill=fill),
        _mark("text", "key", x={"signal": "datum.x + 17"}, y={"field": "y"}, baseline=middle, text={"field": "text"}, fill=muted),
        _mark(
            "text", "heads", x={"signal": "middle + datum.side * 6"}, y={"value": 32}, baseline=middle, align=aligned, fill=ink,
            fontWeight={"value": 600}, text={"signal": "datum.side < 0 ? datum.text + ' →' : '→ ' + datum.text"},
        ),
        _mark("rule", "hubs", x={"value": 0}, x2={"signal": "width"}, y={"signal": "datum.y - 1"}, stroke={"value": "@grid"}),
        _mark("text", "hubs", x={"value": 0}, y={"signal": "datum.y + 9"}, baseline=middle, text={"field": "text"}, fill=ink, fontWeight={"value": 600}),
        _mark("text", "hubs", x={"signal": "width"}, y={"signal": "datum.y + 9"}, align={"value": "right"}, baseline=middle, text={"field": "said"}, fill=muted),
        _mark(
            "rect", "bars", x={"signal": f"min({at}, {end})"}, x2={"signal": f"max({at}, {end})"}, y={"field": "y"},
            height={"value": 11}, fill=fill, tooltip=tip,
        ),
        _mark(
            "text", "bars", x={"signal": f"{end} + datum.side * 5"}, y={"signal": "datum.y + 5.5"}, align=aligned, baseline=middle,
            text={"field": "amount"}, fill=[{"test": "datum.amount === 'not reported'", "value": "@muted"}, ink], fontSize={"value": 11},
        ),
    ]  # fmt: skip


def _mark(kind: str, data: str, **encoded: Any) -> dict[str, Any]:
    return {"type": kind, "from": {"data": data}, "encode": {"update": encoded}}
