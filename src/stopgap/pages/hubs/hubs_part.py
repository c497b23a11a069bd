"""Part of the tab of suppliers and hubs that says what may have come round: legs, matches against chance, hubs by rule."""

from __future__ import annotations

from stopgap.api import Lake
from stopgap.base.vocab import EpisodeRole
from stopgap.briefs.formats.text import one_line, percent, sentence_case
from stopgap.briefs.routing import legs_sentences, routing_sentences, routing_table
from stopgap.briefs.vocabulary import name_of, told
from stopgap.measures.routes.results import RouteFinding
from stopgap.pages.amounts import table_usd, usd, usd_heading
from stopgap.pages.brief_tables import brief_table_view
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.hubs.legs_chart import legs_chart
from stopgap.pages.hubs.measured import OTHER_ROLE, HubsMeasured, measured_hubs
from stopgap.pages.hubs.route_diagram import lag_words, route_diagram
from stopgap.pages.views import Cell, NumberView, PageContent, TableColumn, TableView
from stopgap.pages.words import as_sentence

_STATUS = {
    "found": "a hub by rule", "not covered": "not covered", "chance unknown": "chance not known",
    "cover unknown": "cover not known",
}  # fmt: skip


def hubs_part(lake: Lake, query: EpisodeQuery) -> PageContent:
    """Return the part on hubs.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures of the finding.
    """
    found = measured_hubs(lake, query)
    model, routing = found.model, found.routing
    legs, diagram = legs_chart(found), route_diagram(found)
    matches = routing_table(model)
    return PageContent(
        "hubs/hubs.html",
        "Hubs",
        {
            "query": found.query,
            "sentences": (*(legs_sentences(model) if model.legs else ()), *(told(text, found.finding, found.names) for text in routing_sentences(model))),
            "why": _why_none(found),
            "numbers": () if routing is None else _numbers(routing),
            "diagram": diagram,
            "legs": legs,
            "matches": brief_table_view(matches, per=" a year", source=found.query.data("routes"), query=found.query) if matches else None,
            "note": matches.note if matches else "",
            "candidates": None if routing is None else candidates_table(found),
            "declared": None if routing is None else declared_table(found),
            "queries": () if routing is None else routing.queries,
            "lags": "" if routing is None else f"{sentence_case(lag_words(routing))}.",
            "notes": () if routing is None else tuple(as_sentence(told(text, found.finding, found.names)) for text in routing.warnings),
        },
        found.marking,
        charts=tuple(chart for chart in (diagram, legs) if chart),
        tabs=found.query.tabs("/suppliers"),
        kicker=found.episode.title,
    )  # fmt: skip


def _why_none(found: HubsMeasured) -> str:
    if found.episode.role is EpisodeRole.SUPPLIERS_TO_COALITION:
        return f"{sentence_case(OTHER_ROLE)}."
    if found.routing is None and not found.model.legs:
        return f"Routes were not measured: {told(one_line(found.reason), found.finding, found.names)}."
    return ""


def _numbers(routing: RouteFinding) -> tuple[NumberView, ...]:
    total = routing.routing
    counted = f"{total.hubs_counted} of {total.hubs_measured} hubs with both legs count"
    net = "not known" if total.net_usd is None else usd(total.net_usd)
    raw = "not known" if total.raw_usd is None else usd(total.raw_usd)
    of_loss = "" if total.raw_share_of_loss is None else f"{percent(total.raw_share_of_loss)} of the loss; "
    return (
        NumberView("Consistent with routing, beyond chance, a year", net, "", counted),
        NumberView(
            "Matched on both legs before that test, a year", raw, "", f"{of_loss}an upper bound, high by chance alone"
        ),
    )


def candidates_table(found: HubsMeasured, *, only: str | None = None) -> TableView:
    """Return economies that no list names as hubs, with what the rule says; those with a small excess are left out."""
    routing = found.routing
    rows = [
        row
        for row in (routing.candidates if routing else ())
        if (row.economy == only if only else row.status != "small")
    ]
    return TableView(
        "candidates",
        f"Economies that no list names and whose sales exceed what was expected, {usd_heading()} a year",
        (
            TableColumn("Economy"), TableColumn("By rule"), TableColumn("Excess", "number", "sales above the counterfactual"),
            TableColumn("Covered by purchases from the coalition", "number"), TableColumn("… from anyone", "number"), TableColumn("Why"),
        ),
        tuple(
            (
                Cell(name_of(row.economy, found.names), found.query.page("suppliers", row.economy), found.query.options),
                Cell(_STATUS.get(row.status, row.status)),
                Cell(table_usd(row.excess_usd)),
                *(Cell("", missing="not reported") if value is None else Cell(table_usd(value)) for value in (row.cover_usd, row.cover_any_origin_usd)),
                Cell(told(one_line(row.because), found.finding, found.names)),
            )
            for row in rows
        ),
        empty="None: no other economy’s sales exceed what was expected by enough to ask.",
    )  # fmt: skip


def declared_table(found: HubsMeasured, *, only: str | None = None) -> TableView:
    """Return exports declared to hubs that these never recorded; with `only` those to one hub, zero or not."""
    routing = found.routing
    rows = [
        row
        for row in (routing.declared_never_recorded if routing else ())
        if (row.hub == only if only else row.usd > 0)
    ]
    return TableView(
        "declared",
        f"Declared to a hub and not recorded there, {usd_heading()} a year; in no match above",
        (
            TableColumn("Hub"), TableColumn("Declared by"), TableColumn("Declared, FOB", "number"), TableColumn("Recorded, CIF", "number"),
            TableColumn("Ordinary gap", "number", "ordinary disagreement and goods in transit"), TableColumn("Beyond the ordinary gap", "number"),
            TableColumn("Unrecorded", "number"), TableColumn("Unrecorded in the baseline", "number"),
        ),
        tuple(
            (
                Cell(name_of(row.hub, found.names), found.query.page("suppliers", row.hub), found.query.options),
                Cell(exporter_name(row.exporter, found)),
                *(Cell(table_usd(value)) for value in (row.declared_usd, row.recorded_usd, row.allowed_usd, row.usd)),
                *(Cell("", missing="not known") if value is None else Cell(percent(value)) for value in (row.unrecorded_share, row.baseline_unrecorded_share)),
            )
            for row in rows
        ),
        empty="Nothing beyond ordinary disagreement of two reports.",
    )  # fmt: skip


def exporter_name(code: str, found: HubsMeasured) -> str:
    """Return the name of an exporter or a group of exporters."""
    known = {"coalition": "the coalition", "eu27": "EU27", "others": "others"}
    return known.get(code, name_of(code, found.names))
