"""Line chart of several series over periods, each named at its end and told apart by colour and dash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stopgap.pages.charts.vega import tooltip

DOLLARS = "replace(replace(replace(format(datum.value, '~s'), 'G', ' bn'), 'M', ' m'), 'k', ',000')"
"""Expression of a label of an axis of dollars: ``40 bn``."""

COLOURS = tuple(f"@series-{number}" for number in range(1, 9))
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 0], [6, 3], [2, 2], [8, 3, 2, 3])


def lines_specification(names: Sequence[str], *, unit: str, event: str = "", is_log: bool = False) -> dict[str, Any]:
    """Return a Vega-Lite specification; rows have ``period`` (a day), ``who``, ``value`` and ``said``, ``when`` as text.

    Args:
        names: Names of the series, in the order of their colours; at most eight.
        unit: Title of the axis of values.
        event: Day of the event, marked by a rule; empty for none.
        is_log: Whether the axis of values is logarithmic.
    """
    scale = {"domain": list(names), "range": list(COLOURS[: len(names)])}
    dashes = {"domain": list(names), "range": list(DASHES[: len(names)])}
    line = {
        "mark": {"type": "line", "point": {"size": 40, "filled": True}, "interpolate": "linear"},
        "encoding": {
            "x": {"field": "period", "type": "temporal", "axis": {"grid": False, "format": "%Y", "tickCount": "year", "labelOverlap": True}},
            "y": {
                "field": "value", "type": "quantitative", "axis": {"title": unit, "titleColor": "@muted", "labelExpr": DOLLARS, "tickCount": 5},
                "scale": {"type": "log"} if is_log else {"zero": True},
            },
            "color": {"field": "who", "type": "nominal", "scale": scale, "legend": {"columns": 2, "symbolType": "stroke", "symbolStrokeWidth": 3}},
            "strokeDash": {"field": "who", "type": "nominal", "scale": dashes, "legend": None},
            "tooltip": tooltip([("who", "who"), ("when", "period"), ("said", unit)]),
        },
    }  # fmt: skip
    if not event:
        return {"height": 280, **line}
    rule = {
        "data": {"values": [{"event": event}]},
        "layer": [
            {"mark": {"type": "rule", "color": "@muted", "strokeDash": [3, 3]}, "encoding": {"x": {"field": "event", "type": "temporal"}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "baseline": "top", "text": "event", "color": "@muted"},
                "encoding": {"x": {"field": "event", "type": "temporal"}, "y": {"value": 0}},
            },
        ],
    }  # fmt: skip
    return {"height": 280, "layer": [line, rule]}
