"""Compile Vega-Lite to Vega, and draw a chart on the server as PNG, SVG or PDF.

Colours stand in a specification by name (``@ink``): the browser takes them from the style sheet, the server from
:data:`LIGHT`, which has the same values.
"""

from __future__ import annotations

import copy
import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from stopgap.briefs.charts.draw import renderer
from stopgap.briefs.charts.glyphs import CSS_FAMILY
from stopgap.briefs.formats.text import NBSP

_AXIS = {
    "domain": False, "ticks": False, "gridColor": "@grid", "labelColor": "@muted", "labelFontSize": 12, "title": None, "titleColor": "@muted", "titleFontWeight": 400,
    "labelPadding": 6,
}  # fmt: skip
_CONFIG: dict[str, Any] = {
    "background": None,
    "font": "@font",
    "view": {"stroke": None},
    "axis": _AXIS,
    "legend": {
        "labelColor": "@ink",
        "titleColor": "@muted",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "orient": "top",
        "title": None,
    },
    "text": {"color": "@ink", "fontSize": 12},
    "line": {"strokeWidth": 2.25},
    "header": {"labelColor": "@ink", "titleColor": "@muted"},
}

TITLE_LETTERS = 92
"""Most letters in a line of a title above a chart that is drawn on the server."""

_NAMED = re.compile(r'"@([a-z0-9-]+)"')


def compiled(specification: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], description: str) -> str:
    """Return a Vega specification as JSON.

    Args:
        specification: Vega-Lite, with ``{"data": {"name": "rows"}}`` for its rows; colours by name.
        rows: Rows that it draws.
        description: What the chart shows, with its figures.
    """
    made = copy.deepcopy(_compiled(json.dumps(specification, sort_keys=True)))
    made["description"] = description
    given = list(rows)
    for source in made["data"]:
        if source["name"] == "rows":
            source["values"] = given
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@lru_cache(maxsize=256)
def _compiled(text: str) -> dict[str, Any]:
    specification = {"data": {"name": "rows"}, "width": "container", "config": _CONFIG, **json.loads(text)}
    made: dict[str, Any] = renderer().vegalite_to_vega(specification)
    made["background"] = None
    return made


def tooltip(fields: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Return the entries of a tooltip: pairs of field (already text) and title."""
    return [{"field": field, "type": "nominal", "title": title} for field, title in fields]


def drawn_on_server(specification: str, form: str, *, width: int, title: Sequence[str]) -> bytes:
    """Return a chart as a file.

    Args:
        specification: As :func:`compiled` returns it.
        form: ``png``, ``svg`` or ``pdf``.
        width: Width in pixels.
        title: Lines above it: what it shows, what was measured, its marking.
    """
    colours = palette()
    spec = json.loads(_NAMED.sub(lambda found: json.dumps(colours[found[1]]), specification))
    for source in spec["data"]:
        if source["name"] == "world":
            source["values"] = world()
    spec["background"] = colours["paper"]
    for signal in spec.get("signals", []):
        if signal["name"] == "width":
            signal.pop("init", None)
            signal.pop("on", None)
            signal["value"] = width
    spec["title"] = {
        "text": _lines(title[0]), "subtitle": list(title[1:]), "anchor": "start", "frame": "bounds", "color": colours["ink"],
        "font": CSS_FAMILY, "subtitleFont": CSS_FAMILY, "subtitleColor": colours["muted"], "fontSize": 16, "subtitleFontSize": 12, "offset": 14, "limit": 0,
    }  # fmt: skip
    spec["padding"] = 14
    if form == "png":
        return bytes(renderer().vega_to_png(spec, scale=2.0))
    if form == "pdf":
        return bytes(renderer().vega_to_pdf(spec))
    return str(renderer().vega_to_svg(spec)).encode()


def _lines(title: str) -> list[str]:
    """Return a title in lines; none begins with a per cent sign."""
    kept = textwrap.wrap(title.replace(" %", f"{NBSP}%"), TITLE_LETTERS)
    return [line.replace(f"{NBSP}%", " %") for line in kept]


def warm_renderer() -> None:
    """Load the compiler of charts, which takes most of a second the first time."""
    _compiled(json.dumps({"mark": "point"}))


@cache
def palette() -> Mapping[str, str]:
    """Return the colours of the light theme by name, from the style sheet of the pages."""
    text = (resources.files("stopgap.pages") / "assets" / "app.css").read_text("utf-8")
    light = next(block for block in re.findall(r":root\s*\{([^}]*)\}", text) if "--accent" in block)
    return {"font": CSS_FAMILY, **dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})", light))}


@cache
def world() -> Any:
    """Return the map of the world, as TopoJSON."""
    return json.loads(world_text())


@cache
def world_text() -> str:
    """Return the map of the world, as the text of TopoJSON."""
    return (resources.files("stopgap.pages") / "assets" / "world.json").read_text("utf-8")
