"""The months of an alert: its series as the lake has it now, with the month that stands out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from stopgap.api import Lake
from stopgap.measures.alerts.cases import month_number
from stopgap.pages.alerts.cards import alert_card
from stopgap.pages.alerts.query import alert_tabs
from stopgap.pages.amounts import usd
from stopgap.pages.charts.vega import compiled, tooltip
from stopgap.pages.episode.query import economy_names
from stopgap.pages.views import Cell, ChartView, PageContent, TableColumn, TableView

if TYPE_CHECKING:
    from stopgap.measures.alerts.cases import AlertCase, ShownAlert

_X = {
    "field": "month", "type": "temporal", "scale": {"type": "utc"},
    "axis": {"grid": False, "format": "%Y", "tickCount": {"interval": "year", "step": 1}, "labelFlush": True},
}  # fmt: skip
_GROUNDS: tuple[dict[str, Any], ...] = ({"stroke": "@paper", "strokeWidth": 5, "color": "@paper"}, {})
_LABEL: dict[str, Any] = {
    "transform": [{"filter": "datum.alerted"}],
    "mark": {"type": "text", "align": "right", "dx": -10, "fontWeight": 600},
    "encoding": {"y": {"field": "value", "type": "quantitative"}, "text": {"field": "label"}},
}
_TIP = tooltip([("at", "month"), ("reported", "reported"), ("expectation", "expected"), ("said", "")])
SPECIFICATION: dict[str, Any] = {
    "height": 220,
    "encoding": {"x": _X},
    "layer": [
        {
            "mark": {"type": "line", "color": "@accent", "point": {"size": 18, "color": "@accent"}},
            "encoding": {"y": {"field": "value", "type": "quantitative", "axis": {"format": "~s", "tickCount": 4, "title": "US dollars a month", "titleColor": "@muted", "titleFontWeight": 400}}, "tooltip": _TIP},
        },
        {
            "transform": [{"filter": "datum.alerted"}],
            "mark": {"type": "rule", "color": "@muted", "strokeWidth": 5, "opacity": 0.45},
            "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
        },
        {
            "transform": [{"filter": "datum.alerted"}],
            "mark": {"type": "tick", "color": "@ink", "thickness": 2, "width": 16},
            "encoding": {"y": {"field": "expected", "type": "quantitative"}, "tooltip": _TIP},
        },
        {
            "transform": [{"filter": "datum.alerted"}],
            "mark": {"type": "point", "shape": "diamond", "size": 130, "filled": True, "color": "@series-2", "opacity": 1},
            "encoding": {"y": {"field": "value", "type": "quantitative"}, "tooltip": _TIP},
        },
        *({**_LABEL, "mark": {**_LABEL["mark"], **ground}} for ground in _GROUNDS),
    ],
}  # fmt: skip


def alert_page(lake: Lake, id: str) -> PageContent:
    """Return the page of one alert.

    Raises:
        NotFoundError: No such alert.
    """
    shown = lake.alerts.show(id)
    card = alert_card(shown.case, economy_names())
    chart = months_chart(shown)
    return PageContent(
        template="alerts/alert.html",
        title=card.title,
        kicker=f"Alert {card.id} · {card.kind}",
        nav="/alerts",
        tabs=alert_tabs(""),
        marking=shown.marking,
        charts=(chart,) if chart else (),
        values={
            "card": card, "chart": chart, "sql": tuple(shown.case.alert["queries"]), "as_of": shown.as_of,
        },
    )  # fmt: skip


def months_part(lake: Lake, id: str) -> PageContent:
    """Return the chart of an alert's months, as a part of the inbox.

    Raises:
        NotFoundError: No such alert.
    """
    shown = lake.alerts.show(id)
    chart = months_chart(shown)
    return PageContent(
        "alerts/months.html",
        "Months",
        {"chart": chart},
        marking=shown.marking,
        charts=(chart,) if chart else (),
        nav="/alerts",
    )


def months_chart(shown: ShownAlert) -> ChartView | None:
    """Return the chart of an alert's months; ``None`` where the alert rests on no months, or the lake lost them."""
    rows = _rows(shown)
    if not rows:
        return None
    case = shown.case
    alert = case.alert
    description = _description(case, rows)
    return ChartView(
        key=f"months-{case.id}",
        title="Month by month",
        description=description,
        specification=compiled(SPECIFICATION, rows, description),
        table=_table(case, rows),
        figures=tuple(
            {
                "month": row["at"],
                "value_usd": row["value"],
                "expected_usd": row["expected"],
                "low_usd": row["low"],
                "high_usd": row["high"],
                "stands_out": row["alerted"],
            }
            for row in rows
        ),
        basis=_basis(shown),
        height=16,
        subtitle=f"{alert['unit']}; ◆ the month that stands out, – what was expected, with its 90 % interval. "
        "A gap is a month that was not reported.",
    )


def _rows(shown: ShownAlert) -> list[dict[str, Any]]:
    if not {"period", "value_usd"} <= set(shown.rows.column_names):
        return []
    totals: dict[str, float] = defaultdict(float)
    for period, value in zip(shown.rows["period"].to_pylist(), shown.rows["value_usd"].to_pylist(), strict=True):
        if value is not None:
            totals[str(period)[:7]] += float(value)
    if not totals:
        return []
    signals = {each["month"]: each for each in shown.case.signals}
    first, last = min(map(month_number, totals)), max(map(month_number, [*totals, *signals]))
    return [_row(month, totals.get(month), signals.get(month)) for month in _months(first, last)]


def _months(first: int, last: int) -> list[str]:
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, last + 1)]


def _row(month: str, value: float | None, signal: Any) -> dict[str, Any]:
    expected = signal["expected_usd"] if signal else None
    band = (signal["band_usd"] or (None, None)) if signal else (None, None)
    reported = "not reported" if value is None else usd(value)
    return {
        "month": f"{month}-01",
        "at": month,
        "value": value,
        "reported": reported,
        "alerted": signal is not None,
        "expected": expected,
        "expectation": "not worked out" if expected is None else usd(expected),
        "low": band[0],
        "high": band[1],
        "said": "stands out" if signal else "",
        "label": f"{month}: {reported}" if signal else "",
    }


def _description(case: AlertCase, rows: list[dict[str, Any]]) -> str:
    gaps = sum(row["value"] is None for row in rows)
    missing = f" {gaps} months in between were not reported." if gaps else ""
    return f"Line of {len(rows)} months, {rows[0]['at']} to {rows[-1]['at']}.{missing} {case.alert['explanation']}"


def _table(case: AlertCase, rows: list[dict[str, Any]]) -> TableView:
    columns = (
        TableColumn("Month"), TableColumn("Reported, USD", "number"), TableColumn("Expected, USD", "number"),
        TableColumn("90 % interval, USD", "number"), TableColumn("Stands out"),
    )  # fmt: skip
    cells = tuple(
        (
            Cell(row["at"]),
            Cell("", missing="not reported") if row["value"] is None else Cell(f"{row['value']:,.0f}"),
            Cell(f"{row['expected']:,.0f}") if row["expected"] is not None else Cell("", missing="not tested here"),
            Cell(f"{row['low']:,.0f} to {row['high']:,.0f}") if row["low"] is not None else Cell("", missing="–"),
            Cell("stands out", tag="warn") if row["alerted"] else Cell("no"),
        )
        for row in reversed(rows)
    )
    return TableView(f"months-{case.id}", "US dollars a month, the newest first", columns, cells)


def _basis(shown: ShownAlert) -> str:
    alert = shown.case.alert
    return (
        f"Goods {alert['goods']} {alert.get('goods_version', '')}, {alert.get('revision', '')}; reports of {alert['supplier']}, "
        f"{alert['route']} trade; raised on the figures of vintage {alert['vintage']}, months shown as of {shown.as_of}; "
        f"the expectation rests on {alert.get('history_months', 'the')} months before."
    )
