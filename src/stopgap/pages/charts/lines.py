"""Line chart of several series over periods, each named at its end and told apart by colour and dash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stopgap.briefs.charts.lines import spread
from stopgap.briefs.formats.text import month_name, shorten
from stopgap.pages.amounts import label_usd, usd
from stopgap.pages.charts.vega import compiled, tooltip

DOLLARS = (
    "abs(datum.value) >= 1e6 ? replace(replace(replace(format(datum.value, '~s'), 'G', ' bn'), 'M', ' m'), 'T', ' tn') "
    ": format(datum.value, ',~f')"
)
"""Expression of a label of an axis of dollars: ``40 bn``."""

COLOURS = tuple(f"@series-{number}" for number in range(1, 9))
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [10, 4], [4, 2, 1, 2], [1, 3], [12, 3, 3, 3])
NARROW = "containerSize()[0] < 480"
"""Expression: whether the chart stands on a narrow screen, where names at the ends of lines have no room for amounts."""

_HEIGHT = 280
_LABEL_GAP = 16
_FEW = 24
"""Most periods of which each has a mark of its own."""


def moment_of(period: str) -> str:
    """Return the day at which a period is drawn: the middle of a year (``2023``), the first of a month (``2023-04``)."""
    return f"{period}-07-01" if len(period) == 4 else f"{period}-01"


def lines_chart(
    names: Sequence[str], rows: Sequence[Mapping[str, Any]], *, unit: str, description: str, event: str = ""
) -> str:
    """Return the compiled specification of a line chart of dollars.

    Days are those of Universal Time, so that no reader's clock moves a period into the one before.

    Args:
        names: Names of the series, in the order of their colours; at most eight.
        rows: One for each series and period: ``who``, ``when`` (``2023`` or ``2023-04``) and ``value`` in US dollars.
        unit: What the axis counts, such as ``US dollars a year``; it stands in the tooltip, so the subtitle must say it too.
        description: What the chart shows, with its figures.
        event: Month of the event, marked by a rule; empty for none.
    """
    drawn = [{**row, "period": moment_of(row["when"]), "said": usd(row["value"])} for row in rows]
    return compiled(lines_specification(names, drawn, unit=unit, event=event), drawn, description)


def lines_specification(
    names: Sequence[str], rows: Sequence[Mapping[str, Any]], *, unit: str, event: str = ""
) -> dict[str, Any]:
    """Return the Vega-Lite specification of :func:`lines_chart`; each row has its ``period`` too, as :func:`moment_of` gives it."""
    ticks: dict[str, Any] = {"grid": False, "format": "%Y", "labelOverlap": True}
    periods = sorted({str(row["when"]) for row in rows})
    if periods and len(periods[0]) == 4:
        ticks["values"] = [{"year": int(year), "month": 7, "date": 1, "utc": True} for year in periods]
    else:
        ticks["tickCount"] = "year"
    low, top = _domain(rows)
    time: dict[str, Any] = {"field": "period", "type": "temporal", "scale": {"type": "utc"}, "axis": ticks}
    colour = {
        "field": "who",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(names), "range": list(COLOURS[: len(names)])},
    }
    dash = {
        "field": "who",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(names), "range": list(DASHES[: len(names)])},
    }
    axis = {"title": None, "labelExpr": DOLLARS, "tickCount": 5}
    height = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [low, top], "nice": False, "zero": False},
        "axis": axis,
    }
    tips = tooltip([("who", "who"), ("when", "period"), ("said", unit)])
    shared = {"x": time, "y": height, "color": colour}
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "line"}, "encoding": {**shared, "strokeDash": dash}},
        {"mark": {"type": "point", "filled": True, "size": 40 if len(periods) <= _FEW else 10, "opacity": 1}, "encoding": shared},
        _names_at_ends(names, rows, (low, top), time, colour),
        {"mark": {"type": "point", "filled": True, "size": 260, "opacity": 0}, "encoding": {**shared, "tooltip": tips}},
    ]  # fmt: skip
    if event:
        layers[:0] = _event(event)
    return {"height": _HEIGHT, "layer": layers, "padding": {"left": 2, "right": 2, "top": 22, "bottom": 2}}


def _domain(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    values = [float(row["value"]) for row in rows]
    top = max([*values, 0.0]) or 1.0
    return min([*values, 0.0]), top * 1.05


def _names_at_ends(
    names: Sequence[str], rows: Sequence[Mapping[str, Any]], domain: tuple[float, float], time: Mapping[str, Any], colour: Mapping[str, Any]
) -> dict[str, Any]:  # fmt: skip
    """Return the layer that names each line at the right edge, with its last amount where there is room."""
    low, top = domain
    last = {
        name: max((row for row in rows if row["who"] == name), key=lambda row: str(row["when"]), default=None)
        for name in names
    }
    ends = [(name, row) for name, row in last.items() if row is not None]
    newest = max(rows, key=lambda row: str(row["when"]), default={})
    places = [(top - float(row["value"])) / (top - low) * _HEIGHT for _, row in ends]
    moved = spread(places, _LABEL_GAP, 6, _HEIGHT - 2)
    labels = [
        {
            "period": newest["period"], "who": name, "at": top - place / _HEIGHT * (top - low),
            "label": f"{shorten(name, 30)} {label_usd(float(row['value']))}" + ("" if row["when"] == newest["when"] else f" ({row['when']})"),
        }
        for (name, row), place in zip(ends, moved, strict=True)
    ]  # fmt: skip
    return {
        "data": {"values": labels},
        "mark": {
            "type": "text", "align": "left", "dx": 8, "baseline": "middle", "fontWeight": 600,
            "text": {"expr": f"{NARROW} ? datum.who : datum.label"}, "limit": {"expr": f"{NARROW} ? 120 : 280"},
        },
        "encoding": {"x": time, "y": {"field": "at", "type": "quantitative"}, "color": colour},
    }  # fmt: skip


def _event(event: str) -> list[dict[str, Any]]:
    place = {"field": "day", "type": "temporal"}
    data = {"values": [{"day": f"{event}-01"}]}
    return [
        {"data": data, "mark": {"type": "rule", "color": "@muted", "strokeDash": [3, 3]}, "encoding": {"x": place}},
        {
            "data": data,
            "mark": {"type": "text", "align": "left", "dx": 5, "baseline": "top", "text": f"event, {month_name(event)}", "color": "@muted"},
            "encoding": {"x": place, "y": {"value": -14}},
        },
    ]  # fmt: skip
