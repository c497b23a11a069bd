"""Chart of Explore: a line for each pair, named at the right edge, hollow marks where a period is reported in part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from stopgap.briefs.charts.lines import spread
from stopgap.briefs.formats.text import shorten
from stopgap.pages.charts.lines import NARROW
from stopgap.pages.charts.vega import compiled, tooltip
from stopgap.pages.explore.lines import ShownLine, ShownUnit
from stopgap.pages.explore.query import SeriesShows

MOST = 8
"""Most lines in one chart: those with the largest values."""

_HEIGHT = 320
_LABEL_GAP = 15
_DASHES: tuple[list[int], ...] = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [10, 4], [4, 2, 1, 2], [1, 3], [12, 3, 3, 3])
_FEW = 24
"""Most periods of which each has a mark of its own."""


def drawn_lines(lines: Sequence[ShownLine]) -> list[ShownLine]:
    """Return the lines that the chart draws, in their order: those with a whole period, the largest of them."""
    held = [line for line in lines if line.whole]
    kept = sorted(held, key=lambda line: -line.peak)[:MOST]
    return [line for line in held if line in kept]


def chart_specification(lines: Sequence[ShownLine], unit: ShownUnit, *, is_log: bool, description: str) -> str:
    """Return the Vega specification of lines; on a log axis what is not above 0 is left out.

    Args:
        lines: Lines, as :func:`drawn_lines` returns them.
        unit: Unit of the axis.
        is_log: Whether the axis is logarithmic.
        description: What the chart shows, with its figures.
    """
    low, top = _domain(lines, unit, is_log=is_log)
    ends = _labels(lines, unit, (low, top), is_log=is_log)
    newest = max(each.start for line in lines for each in line.points)
    rows = [row for line, end in zip(lines, ends, strict=True) for row in _rows(line, unit, end, newest, is_log=is_log)]
    periods = sorted({(each.start, each.period) for line in lines for each in line.points})
    names = [line.name for line in lines]
    return compiled(_specification(names, unit, (low, top), periods, is_log=is_log), rows, description)


def _specification(
    names: list[str], unit: ShownUnit, domain: tuple[float, float], periods: Sequence[tuple[str, str]], *, is_log: bool
) -> dict[str, Any]:
    count, first = len(periods), periods[0][1]
    days = [_day(periods[0][0]), _day(periods[-1][0])]
    per_year = 4 if "Q" in first else 12 if "-" in first else 1
    years = max(1, count / per_year)
    scale = {"domain": list(domain), "nice": False, "zero": False, **({"type": "log"} if is_log else {})}
    axis = {"title": unit.words, "titleAlign": "left", "titleAngle": 0, "titleX": 0, "titleY": -12, "titleAnchor": "start",
            "titleFontWeight": "normal", "titleColor": "@muted", "tickCount": 6, "format": ",~r"}  # fmt: skip
    ticks = {"format": "%b %Y" if years < 2 and per_year > 1 else "%Y", "grid": False, "labelOverlap": True,
             "tickCount": {"interval": "month", "step": 3} if years < 2 and per_year > 1 else {"interval": "year", "step": max(1, round(years / 9))}}  # fmt: skip
    shared = {
        "x": {"field": "start", "type": "temporal", "scale": {"type": "utc", "domain": days}, "axis": ticks},
        "color": {"field": "line", "type": "nominal", "legend": None, "scale": {"domain": names, "range": [f"@series-{at + 1}" for at in range(len(names))]}},
    }  # fmt: skip
    dash = {
        "field": "line",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": names, "range": [list(each) for each in _DASHES[: len(names)]]},
    }
    tips = tooltip([("period", "period"), ("line", "who"), ("said", unit.words), ("reason", "note")])
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "line"}, "encoding": {"y": {"field": "y", "type": "quantitative", "scale": scale, "axis": axis}, "strokeDash": dash}},
        {"mark": {"type": "point", "filled": True, "size": 36 if count <= _FEW else 8, "opacity": 1}, "encoding": {"y": {"field": "y", "type": "quantitative"}}},
        {"mark": {"type": "point", "filled": False, "size": 52, "strokeWidth": 1.6, "fill": "@paper", "opacity": 1}, "encoding": {"y": {"field": "part", "type": "quantitative"}}},
        {"transform": [{"filter": "isValid(datum.label)"}],
         "mark": {"type": "text", "align": "left", "dx": 8, "fontWeight": 600, "text": {"expr": f"{NARROW} ? datum.line : datum.label"}, "limit": {"expr": f"{NARROW} ? 150 : 280"}},
         "encoding": {"x": {"datum": days[-1]}, "y": {"field": "label_y", "type": "quantitative"}}},
        {"transform": [{"calculate": "isValid(datum.y) ? datum.y : datum.part", "as": "any"}], "mark": {"type": "point", "filled": True, "size": 260, "opacity": 0},
         "encoding": {"y": {"field": "any", "type": "quantitative"}, "tooltip": tips}},
    ]  # fmt: skip
    if unit.shows != SeriesShows.LEVEL and not is_log:
        at = 0 if unit.shows == SeriesShows.GROWTH else 100
        layers.insert(
            0,
            {
                "mark": {"type": "rule", "color": "@muted", "strokeDash": [3, 3]},
                "encoding": {"x": None, "color": None, "y": {"datum": at}},
            },
        )
    return {
        "height": _HEIGHT,
        "encoding": shared,
        "layer": layers,
        "padding": {"left": 2, "right": 2, "top": 22, "bottom": 2},
    }


def _day(text: str) -> dict[str, int | bool]:
    year, month, day = map(int, text.split("-"))
    return {"year": year, "month": month, "date": day, "utc": True}


def _domain(lines: Sequence[ShownLine], unit: ShownUnit, *, is_log: bool) -> tuple[float, float]:
    values = [each.value / unit.divisor for line in lines for each in line.points if each.value is not None]
    if is_log:
        above = [value for value in values if value > 0] or [1.0]
        return min(above) / 1.25, max(above) * 1.25
    low, top = min(values), max(values)
    if unit.shows == SeriesShows.LEVEL:
        low = min(low, 0.0)
    elif unit.shows == SeriesShows.INDEX:
        low, top = min(low, 100.0), max(top, 100.0)
    else:
        low, top = min(low, 0.0), max(top, 0.0)
    room = (top - low or abs(top) or 1.0) * 0.05
    return (low if low == 0 else low - room), top + room


def _labels(
    lines: Sequence[ShownLine], unit: ShownUnit, domain: tuple[float, float], *, is_log: bool
) -> list[float | None]:
    """Return the heights of the names at the ends of lines, in the unit of the axis, moved apart; none of a single line."""
    if len(lines) == 1:
        return [None]
    low, top = (math.log(domain[0]), math.log(domain[1])) if is_log else domain

    def place(value: float) -> float:
        at = math.log(max(value, domain[0])) if is_log else value
        return (top - at) / (top - low) * _HEIGHT

    ends = [line.points[line.last].value if line.last is not None else None for line in lines]
    moved = spread([place((each or 0.0) / unit.divisor) for each in ends], _LABEL_GAP, 6, _HEIGHT - 4)
    back = (top - each / _HEIGHT * (top - low) for each in moved)
    return [math.exp(each) if is_log else each for each in back]


def _rows(
    line: ShownLine, unit: ShownUnit, label_y: float | None, newest: str, *, is_log: bool
) -> list[dict[str, Any]]:
    found = []
    for at, each in enumerate(line.points):
        value = None if each.value is None or (is_log and each.value <= 0) else each.value / unit.divisor
        is_end = at == line.last
        name = shorten(line.name, 26) if each.start == newest else f"{shorten(line.name, 20)}, to {each.period}"
        found.append(
            {
                "line": line.name, "period": each.period, "start": each.start, "y": None if each.is_part else value,
                "part": value if each.is_part else None, "said": unit.said(each.value), "reason": each.reason or "whole period",
                "label": name if is_end and label_y is not None else None, "label_y": label_y if is_end else None,
            }
        )  # fmt: skip
    return found
