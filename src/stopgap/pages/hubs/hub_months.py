"""Chart of both legs past one hub by period, with what was expected on each."""

from __future__ import annotations

from collections.abc import Callable

from stopgap.briefs.charts.hub_legs import route_ends
from stopgap.briefs.vocabulary import name_of
from stopgap.measures.routes.results import RouteMonth
from stopgap.pages.amounts import table_usd, usd, usd_heading
from stopgap.pages.charts.lines import lines_chart
from stopgap.pages.hubs.measured import HubsMeasured
from stopgap.pages.hubs.route_diagram import lag_words
from stopgap.pages.views import Cell, ChartView, TableColumn, TableView


def months_chart(found: HubsMeasured, hub: str) -> ChartView | None:
    """Return the chart of both legs by period; ``None`` where fewer than three periods are known, or none is."""
    routing = found.routing
    rows = [row for row in (routing.months if routing else ()) if row.hub == hub]
    if routing is None or len(rows) < 3:
        return None
    unit = "US dollars a year" if routing.frequency == "A" else "US dollars a month"
    first, last = route_ends(found.model)
    series: dict[str, Callable[[RouteMonth], float | None]] = {
        f"{first} to hub": lambda row: row.coalition_usd,
        f"expected, {first} to hub": lambda row: row.coalition_expected_usd,
        f"hub to {last}": lambda row: row.target_usd,
        f"expected, hub to {last}": lambda row: row.target_expected_usd,
    }
    drawn = [
        {"when": row.period, "who": name, "value": value}
        for name, of in series.items()
        for row in rows
        if (value := of(row)) is not None
    ]
    name = name_of(hub, found.names)
    matched = sum(row.matched_usd or 0.0 for row in rows)
    description = (
        f"Both legs past {name} by period, {rows[0].period} to {rows[-1].period}: "
        + "; ".join(
            f"{label} {usd(known[0])} at first, {usd(known[-1])} at last"
            for label, of in series.items()
            if (known := [value for row in rows if (value := of(row)) is not None])
        )
        + f". Matched over all periods: {usd(matched)}."
    )
    return ChartView(
        key="months",
        title="Both legs by period",
        description=description,
        specification=lines_chart(list(series), drawn, unit=unit, description=description, event=found.episode.event),
        table=_table(rows, (first, last), unit),
        basis=f"{found.basis} {lag_words(routing)[:1].upper()}{lag_words(routing)[1:]}.",
        source=found.query.data("routes", by="month"),
        subtitle=f"{unit}; what was expected is the baseline with the growth of trade elsewhere. A gap is a period that was not reported.",
    )


def _table(rows: list[RouteMonth], ends: tuple[str, str], unit: str) -> TableView:
    first, last = ends

    def cell(value: float | None) -> Cell:
        return Cell("", missing="not reported") if value is None else Cell(table_usd(value))

    return TableView(
        "months",
        f"Both legs by period, {unit.replace('US dollars', usd_heading())}",
        (
            TableColumn("Period"), TableColumn(f"{first} to hub", "number"), TableColumn("Expected", "number"),
            TableColumn(f"Hub to {last}", "number"), TableColumn("Expected", "number"), TableColumn("Matched", "number"),
        ),
        tuple(
            (
                Cell(row.period),
                *(
                    cell(value)
                    for value in (
                        row.coalition_usd, row.coalition_expected_usd, row.target_usd, row.target_expected_usd, row.matched_usd,
                    )
                ),
            )
            for row in rows
        ),
    )  # fmt: skip
