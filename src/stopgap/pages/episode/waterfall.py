"""Chart of the loss: who filled how much of it, and what stayed unfilled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stopgap.briefs.charts.alt_text import alt_waterfall
from stopgap.briefs.charts.waterfall import WaterfallBar, waterfall_steps
from stopgap.briefs.formats.text import percent
from stopgap.briefs.vocabulary import Members, in_sentence, name_of, possessive, words_of
from stopgap.briefs.wording import by_filled, filled_usd, total_filled_usd
from stopgap.measures.backfill.results import Finding
from stopgap.pages.amounts import label_usd, usd
from stopgap.pages.charts.vega import compiled, tooltip
from stopgap.pages.views import Cell, ChartView, DataSource, TableColumn, TableView

_SAID = {"lost": "lost", "filled": "filled", "hub": "filled by a hub", "rest": "filled", "unfilled": "not filled"}

SPECIFICATION: dict[str, Any] = {
    "height": {"step": 30},
    "padding": {"left": 5, "right": 12, "top": 5, "bottom": 5},
    "transform": [{"calculate": "datum.end_usd / 1e9", "as": "to"}, {"calculate": "datum.start_usd / 1e9", "as": "from"}, {"calculate": "datum.end_usd / 1e9 * 1.28", "as": "room"}],
    "encoding": {
        "y": {"field": "label", "type": "nominal", "sort": None, "axis": {"grid": False, "labelLimit": 220, "labelColor": "@ink"}},
    },
    "layer": [
        {
            "mark": {"type": "bar", "height": 20, "cornerRadius": 1, "tooltip": True},
            "encoding": {
                "x": {"field": "from", "type": "quantitative", "axis": {"format": "~r", "tickCount": 5, "title": "billion US dollars a year"}},
                "x2": {"field": "to"},
                "color": {
                    "field": "said", "type": "nominal", "legend": {"symbolType": "square", "columns": 2},
                    "scale": {"domain": [*dict.fromkeys(_SAID.values())], "range": ["@lost", "@accent", "@hub", "@hatch"]},
                },
                "tooltip": tooltip([("label", "who"), ("said", "part"), ("amount", "US dollars a year"), ("share", "of the loss")]),
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6},
            "encoding": {"x": {"field": "to", "type": "quantitative"}, "text": {"field": "short"}},
        },
        {"mark": {"type": "point", "opacity": 0, "tooltip": False}, "encoding": {"x": {"field": "room", "type": "quantitative"}}},
    ],
}  # fmt: skip


def waterfall_chart(
    finding: Finding, names: Mapping[str, str], members: Members, *, basis: str, source: DataSource
) -> ChartView | None:
    """Return the waterfall of a finding; ``None`` where the coalition lost nothing."""
    bars = waterfall_steps(finding, names, members)
    if not bars:
        return None
    loss = finding.identity.loss_usd
    rows = [_row(bar, loss) for bar in bars]
    description = alt_waterfall(finding, names)
    table = TableView(
        "waterfall",
        "The loss and who filled it, US dollars a year",
        (TableColumn("Who"), TableColumn("Part"), TableColumn("USD a year", "number"), TableColumn("Of the loss", "number")),
        tuple((Cell(row["label"]), Cell(row["said"]), Cell(row["amount"]), Cell(row["share"])) for row in rows),
    )  # fmt: skip
    return ChartView(
        key="waterfall",
        title=_title(finding, names),
        description=description,
        specification=compiled(SPECIFICATION, rows, description),
        table=table,
        basis=basis,
        source=source,
        subtitle="US dollars a year. Rises count good by good, up to the loss; part of them may have come anyway.",
    )


def _title(finding: Finding, names: Mapping[str, str]) -> str:
    """Return how much of the loss others cover by the allocation, and the largest of them: gross, as the bars are."""
    ranked, words, loss = by_filled(finding), words_of(finding), finding.identity.loss_usd
    if not ranked:
        return f"Other {words.actors} {words.took} none of the loss"
    whole = f"Rises of other {words.actors} cover {percent(total_filled_usd(finding) / loss)} of the loss, good by good"
    if len(ranked) == 1:
        return whole
    first = possessive(in_sentence(name_of(ranked[0].supplier, names)))
    return f"{whole}; {first} {percent(filled_usd(ranked[0]) / loss)}"


def _row(bar: WaterfallBar, loss: float) -> dict[str, Any]:
    return {
        "label": bar.label,
        "said": _SAID[bar.kind],
        "start_usd": bar.start_usd,
        "end_usd": bar.end_usd,
        "amount": usd(bar.value_usd),
        "short": label_usd(bar.value_usd),
        "share": percent(bar.value_usd / loss),
    }
