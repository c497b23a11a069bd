"""Line chart of several series over periods, each named at its end and told apart by colour and dash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stopgap.pages.charts.vega import tooltip

DOLLARS = (
    "abs(datum.value) >= 1e6 ? replace(replace(replace(format(datum.value, '~s'), 'G', ' bn'), 'M', ' m'), 'T', ' tn') "
    ": format(datum.value, ',~f')"
)
"""Expression of a label of an axis of dollars: ``40 bn``."""

COLOURS = tuple(f"@series-{number}" for number in range(1, 9))
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 0], [6, 3], [2, 2], [8, 3, 2, 3])


def moment_of(period: str) -> str:
    """Return the day at which a period is drawn: the middle of a year (``2023``), the first of a month (``2023-04``)."""
    return f"{period}-07-01" if len(period) == 4 else f"{period}-01"


def lines_specification(
    names: Sequence[str], *, unit: str, event: str = "", is_log: bool = False, years: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a Vega-Lite specification; rows have ``period`` (as :func:`moment_of` gives it), ``who``, ``value`` and, as text, ``said`` and ``when``.

    Days are those of Universal Time, so that no reader's clock moves a period into the one before.

    Args:
        names: Names of the series, in the order of their colours; at most eight.
        unit: Title of the axis of values.
        event: Day of the event, marked by a rule; empty for none.
        is_log: Whether the axis of values is logarithmic.
        years: Years that are drawn, of annual figures: each is named at its middle.
    """
    ticks: dict[str, Any] = {"grid": False, "format": "%Y", "labelOverlap": True}
    if years:
        ticks["values"] = [{"year": int(year), "month": 7, "date": 1, "utc": True} for year in sorted(set(years))]
    else:
        ticks["tickCount"] = "year"
    time = {"type": "temporal", "scale": {"type": "utc"}}
    scale = {"domain": list(names), "range": list(COLOURS[: len(names)])}
    dashes = {"domain": list(names), "range": list(DASHES[: len(names)])}
    line = {
        "mark": {"type": "line", "point": {"size": 40, "filled": True}, "interpolate": "linear"},
        "encoding": {
            "x": {"field": "period", **time, "axis": ticks},
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
            {"mark": {"type": "rule", "color": "@muted", "strokeDash": [3, 3]}, "encoding": {"x": {"field": "event", **time}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "baseline": "top", "text": "event", "color": "@muted"},
                "encoding": {"x": {"field": "event", **time}, "y": {"value": 0}},
            },
        ],
    }  # fmt: skip
    return {"height": 280, "layer": [line, rule]}
