"""Vega specification of the map of flows: outlines, arcs with arrowheads, points, labels and a key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stopgap.briefs.charts.glyphs import face
from stopgap.pages.map.framing import LABEL_SIZE, TURNED, MapFrame

NARROW = 560
"""Width in pixels below which the map shows the largest flows, not all."""
MIDDLE = 880
WIDTHS = (328, 600, 900)
"""Widths that labels are placed for: narrow, middle and wide."""
TALLEST = 560
_SHORT_OF_END = 8
_BEND = 0.14
_KEY_LINE = 22


@dataclass(frozen=True)
class MapRows:
    """What the map draws.

    Attributes:
        flows: One row a flow: ``x0`` and ``y0`` (degrees) where it starts, ``x1`` and ``y1`` where it ends, ``amount``
            (US dollars, positive), ``said`` and the texts of the tooltip.
        places: One row an economy that is marked: ``x``, ``y``, ``is_market``, ``tip`` and ``labels``, one for each of
            :data:`WIDTHS`.
        dots: Small economies without a flow: ``x``, ``y``.
    """

    flows: Sequence[Mapping[str, Any]]
    places: Sequence[Mapping[str, Any]]
    dots: Sequence[Mapping[str, Any]]


def map_height(frame: MapFrame, width: float) -> float:
    """Return the height of a map in pixels."""
    return round(min(frame.aspect(), 0.8) * width) if width < NARROW else round(min(frame.aspect() * width, TALLEST))


def flow_specification(
    rows: MapRows, *, said: tuple[str, str], widest_usd: float, frames: tuple[MapFrame, MapFrame], description: str
) -> str:
    """Return the specification as JSON; colours by name.

    Args:
        rows: What it draws.
        said: Words for more and for less trade.
        widest_usd: Dollars of the widest arc.
        frames: What a narrow map shows, and a wide one.
        description: What it shows, with its figures.
    """
    more, less = said
    key = _key(said, widest_usd)
    made = {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "description": description,
        "background": None,
        "autosize": {"type": "pad"},
        "padding": 0,
        "signals": _signals(frames, key),
        "data": [
            {"name": "world", "format": {"type": "topojson", "feature": "countries"}},
            {"name": "land", "source": "world", "transform": [{"type": "filter", "expr": "datum.id !== 'ATA'"}]},
            _placed("dots", rows.dots),
            _placed("places", rows.places),
            {"name": "flows", "values": list(rows.flows), "transform": _arcs()},
            {"name": "key", "values": key},
        ],
        "projections": [
            {
                "name": "projection", "type": "equalEarth", "rotate": [-TURNED, 0, 0], "size": {"signal": "[width, map_height]"},
                "fit": {"signal": f"width < {NARROW} ? narrow_frame : wide_frame"},
            }
        ],
        "scales": [
            {"name": "thickness", "type": "linear", "domain": [0, widest_usd], "range": [1, 13]},
            {"name": "colour", "type": "ordinal", "domain": [more, less], "range": ["@accent", "@lost"]},
            {"name": "dash", "type": "ordinal", "domain": [more, less], "range": [[1, 0], [5, 3]]},
        ],
        "marks": [
            *_key_marks(),
            {
                "type": "group", "marks": _marks(),
                "encode": {"update": {"clip": {"value": True}, "y": {"signal": "key_height"}, "width": {"signal": "width"}, "height": {"signal": "map_height"}}},
            },
        ],
        "config": {"text": {"fontSize": LABEL_SIZE, "font": "@font"}},
    }  # fmt: skip
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _signals(frames: tuple[MapFrame, MapFrame], key: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    size = "isFinite(containerSize()[0]) ? containerSize()[0] : 920"
    narrow, wide = frames
    lines = max(row["narrow_y"] for row in key)
    return [
        {"name": "width", "init": size, "on": [{"update": size, "events": "window:resize"}]},
        {"name": "key_height", "update": f"width < {NARROW} ? {lines + _KEY_LINE} : {_KEY_LINE + 8}"},
        {
            "name": "map_height",
            "update": f"width < {NARROW} ? {min(narrow.aspect(), 0.8):.4f} * width : min({wide.aspect():.4f} * width, {TALLEST})",
        },
        {"name": "height", "update": "key_height + map_height"},
        {"name": "size", "update": f"width < {NARROW} ? 0 : width < {MIDDLE} ? 1 : 2"},
        {"name": "narrow_frame", "value": {"type": "MultiPoint", "coordinates": narrow.corners()}},
        {"name": "wide_frame", "value": {"type": "MultiPoint", "coordinates": wide.corners()}},
    ]


def _placed(name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    at = {"type": "geopoint", "projection": "projection", "fields": ["x", "y"], "as": ["px", "py"]}
    return {"name": name, "values": list(rows), "transform": [at]}


def _arcs() -> list[dict[str, Any]]:
    def set_to(name: str, expression: str) -> dict[str, str]:
        return {"type": "formula", "as": name, "expr": expression}

    return [
        {"type": "geopoint", "projection": "projection", "fields": ["x0", "y0"], "as": ["ax", "ay"]},
        {"type": "geopoint", "projection": "projection", "fields": ["x1", "y1"], "as": ["bx", "by"]},
        set_to("thick", "scale('thickness', datum.amount)"),
        set_to("turn", "datum.bx < datum.ax ? -1 : 1"),
        set_to("cx", f"(datum.ax + datum.bx) / 2 + {_BEND} * datum.turn * (datum.by - datum.ay)"),
        set_to("cy", f"(datum.ay + datum.by) / 2 - {_BEND} * datum.turn * (datum.bx - datum.ax)"),
        set_to("angle", "atan2(datum.by - datum.cy, datum.bx - datum.cx)"),
        set_to("head", "6 + datum.thick * 1.1"),
        set_to("hx", f"datum.bx - cos(datum.angle) * ({_SHORT_OF_END} + datum.head / 2)"),
        set_to("hy", f"datum.by - sin(datum.angle) * ({_SHORT_OF_END} + datum.head / 2)"),
        set_to("ex", f"datum.bx - cos(datum.angle) * ({_SHORT_OF_END} + datum.head * 0.8)"),
        set_to("ey", f"datum.by - sin(datum.angle) * ({_SHORT_OF_END} + datum.head * 0.8)"),
        set_to("path", "'M' + datum.ax + ',' + datum.ay + 'Q' + datum.cx + ',' + datum.cy + ',' + datum.ex + ',' + datum.ey"),
    ]  # fmt: skip


def _key(said: tuple[str, str], widest_usd: float) -> list[dict[str, Any]]:
    """Return the entries of the key: where each stands on a wide map in one line, on a narrow one two by two."""
    entries: list[dict[str, Any]] = [
        {"text": said[0], "said": said[0], "thick": 3.0},
        {"text": said[1], "said": said[1], "thick": 3.0},
        *(
            {"text": _short(value), "said": "", "thick": 1 + 12 * value / widest_usd if widest_usd > 0 else 1.0}
            for value in _round_values(widest_usd)
        ),
    ]
    x = 0.0
    lengths = [34 + face().width(str(each["text"]), LABEL_SIZE) for each in entries]
    column = max(lengths[::2]) + 20
    for at, entry in enumerate(entries):
        entry["x"], entry["y"] = x, 10
        if column + max(lengths[1::2], default=0) <= WIDTHS[0]:
            entry["narrow_x"], entry["narrow_y"] = column * (at % 2), 10 + _KEY_LINE * (at // 2)
        else:
            entry["narrow_x"], entry["narrow_y"] = 0, 10 + _KEY_LINE * at
        x += lengths[at] + 24
    return entries


def _key_marks() -> list[dict[str, Any]]:
    x, y = f"(width < {NARROW} ? datum.narrow_x : datum.x)", f"(width < {NARROW} ? datum.narrow_y : datum.y)"
    lines = {
        "type": "rule", "from": {"data": "key"},
        "encode": {
            "update": {
                "x": {"signal": x}, "x2": {"signal": f"{x} + 26"}, "y": {"signal": y}, "strokeWidth": {"field": "thick"},
                "stroke": [{"test": "datum.said === ''", "value": "@other"}, {"scale": "colour", "field": "said"}],
                "strokeDash": [{"test": "datum.said === ''", "value": [1, 0]}, {"scale": "dash", "field": "said"}],
            }
        },
    }  # fmt: skip
    words = {
        "type": "text", "from": {"data": "key"},
        "encode": {
            "update": {
                "x": {"signal": f"{x} + 34"}, "y": {"signal": y}, "text": {"field": "text"}, "baseline": {"value": "middle"},
                "fill": {"value": "@ink"},
            }
        },
    }  # fmt: skip
    return [lines, words]


def _round_values(widest_usd: float) -> list[float]:
    """Return two round amounts to be read off: the largest that fits, and a tenth of it."""
    step = 10.0 ** len(str(int(max(widest_usd, 10.0))))
    largest = next(step * part for part in (1.0, 0.5, 0.2, 0.1) if step * part <= max(widest_usd, 1.0))
    return [largest / 10, largest]


def _short(value: float) -> str:
    for size, word in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if value >= size:
            return f"USD {value / size:g} {word}"
    return f"USD {value:g}"


def _marks() -> list[dict[str, Any]]:
    outline = {
        "type": "shape", "from": {"data": "land"},
        "encode": {"enter": {"fill": {"value": "@land"}, "stroke": {"value": "@paper"}, "strokeWidth": {"value": 0.5}}},
        "transform": [{"type": "geoshape", "projection": "projection"}],
    }  # fmt: skip
    dots = {
        "type": "symbol", "from": {"data": "dots"},
        "encode": {"enter": {"fill": {"value": "@land"}, "size": {"value": 6}}, "update": {"x": {"field": "px"}, "y": {"field": "py"}}},
    }  # fmt: skip
    return [outline, dots, *_arc_marks(), *_place_marks()]


def _arc_marks() -> list[dict[str, Any]]:
    colour = {"scale": "colour", "field": "said"}
    arc = {
        "type": "path", "from": {"data": "flows"},
        "encode": {
            "enter": {"stroke": colour, "strokeDash": {"scale": "dash", "field": "said"}, "tooltip": {"signal": TOOLTIP}},
            "update": {"path": {"field": "path"}, "strokeWidth": {"field": "thick"}, "strokeOpacity": {"value": 0.75}},
            "hover": {"strokeOpacity": {"value": 1}},
        },
    }  # fmt: skip
    head = {
        "type": "symbol", "from": {"data": "flows"},
        "encode": {
            "enter": {"shape": {"value": "triangle"}, "fill": colour, "tooltip": {"signal": TOOLTIP}},
            "update": {
                "x": {"field": "hx"}, "y": {"field": "hy"}, "angle": {"signal": "datum.angle * 57.29578 + 90"},
                "size": {"signal": "pow(datum.head, 2) * 0.85"},
            },
        },
    }  # fmt: skip
    return [arc, head]


def _place_marks() -> list[dict[str, Any]]:
    place = {"x": {"field": "px"}, "y": {"field": "py"}}
    point = {
        "type": "symbol", "from": {"data": "places"},
        "encode": {
            "enter": {
                "fill": [{"test": "datum.is_market", "value": "@ink"}, {"value": "@paper"}],
                "stroke": {"value": "@ink"}, "strokeWidth": {"value": 1},
                "size": [{"test": "datum.is_market", "value": 60}, {"value": 18}], "tooltip": {"signal": "datum.tip"},
            },
            "update": place,
        },
    }  # fmt: skip

    def label(enter: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "text", "interactive": False, "from": {"data": "places"},
            "encode": {
                "enter": {"baseline": {"value": "middle"}, "fontWeight": [{"test": "datum.is_market", "value": 600}, {"value": 400}], **enter},
                "update": {
                    "text": {"signal": "datum.labels[size].text"}, "align": {"signal": "datum.labels[size].align"},
                    "x": {"signal": "datum.px + datum.labels[size].dx"}, "y": {"signal": "datum.py + datum.labels[size].dy"},
                },
            },
        }  # fmt: skip

    halo = {
        "stroke": {"value": "@paper"},
        "strokeWidth": {"value": 3},
        "strokeJoin": {"value": "round"},
        "strokeOpacity": {"value": 0.85},
    }
    return [point, label(halo), label({"fill": {"value": "@ink"}})]


TOOLTIP = (
    "{'Who': datum.name, 'Baseline': datum.baseline, 'After': datum.after, 'Change': datum.change, 'Role': datum.role}"
)
