"""Companies that declarations name behind the goods of an episode, by value, with hits on lists and routes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from stopgap.api import Lake
from stopgap.base.errors import MissingDataError
from stopgap.briefs.exposure_section import exposure_sentences
from stopgap.briefs.formats.text import percent, sentence_case, window_name
from stopgap.pages.amounts import usd
from stopgap.pages.companies.hits import DECIDED, probability
from stopgap.pages.companies.query import CompanyQuery
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, DataSource, PageContent, TableColumn, TableView
from stopgap.pages.words import as_sentence
from stopgap.panel.episodes import Episode
from stopgap.screening.exposure.request import ExposureRequest

if TYPE_CHECKING:
    from stopgap.screening.exposure.results import CompanyExposure, ExposureFinding, PartyTotal, RoutedThroughHubs

LIMIT = 50
"""Companies of each party that are shown; the data hold all."""

_COMPANIES = (
    TableColumn("Rank", "number"), TableColumn("Company"),
    TableColumn("Declared", "number", "US dollars, as declared, in the window"),
    TableColumn("Share", "number", "of the dollars of all lines of the window"), TableColumn("On a list"),
    TableColumn("Through hubs", "number", "of the dollars whose route can be told: left a hub, made elsewhere"),
    TableColumn("Role"), TableColumn("Economy"), TableColumn("First seen", "number"), TableColumn("Lines", "number"),
    TableColumn("Without value", "number", "lines that state no value"), TableColumn("Goods"),
)  # fmt: skip
_PAIRS = (
    TableColumn("Exporter"), TableColumn("Importer"), TableColumn("Declared", "number"), TableColumn("Lines", "number"),
    TableColumn("Through hubs", "number"), TableColumn("First seen"), TableColumn("Last seen"), TableColumn("Goods"),
)  # fmt: skip
_HUBS = (
    TableColumn("Hub"), TableColumn("Declared", "number"), TableColumn("Lines", "number"),
    TableColumn("Through it, made elsewhere", "number"), TableColumn("Made in the coalition", "number"),
    TableColumn("Route unknown", "number"), TableColumn("Exporters", "number"), TableColumn("Importers", "number"),
)  # fmt: skip


def exposure_page(lake: Lake, query: EpisodeQuery) -> PageContent:
    """Return the companies behind an episode's goods; without declarations, what to do to have them.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
    """
    episode = query.load()
    goods = tuple((name, episode.goods_list(name).title) for name in episode.goods)
    options = {name: value for name, value in query.options.items() if name in ("goods", "as_of")}
    source = DataSource(f"{query.path}/exposure", {**options, "limit": 0})
    values = {"query": query, "goods_choices": goods, "source": source, "finding": None, "problem": None}
    title = f"Companies behind the goods: {episode.title}"
    try:
        finding = lake.exposure(query.episode, ExposureRequest(goods=query.goods, as_of=query.as_of, limit=LIMIT))
    except MissingDataError as error:
        target = economy_names().get(episode.target, episode.target)
        missing = {"what": sentence_case(re.sub(rf"\b{episode.target}\b", target, error.what))}
        return _page(query, title, {**values, "problem": missing, "goods": query.goods})
    names = economy_names()
    shown = {
        **values,
        "finding": finding,
        "goods": finding.goods,
        "sentences": exposure_sentences(finding, names),
        "basis": _basis(finding, episode),
        "parties": tuple(_party(finding, party, names, source) for party in finding.parties),
        "pairs": _pairs(finding),
        "hubs": _hubs(finding, names),
        "notes": tuple(as_sentence(str(text)) for text in (*finding.warnings, *finding.list_notes)),
        "queries": finding.queries,
    }
    return _page(query, title, shown, finding)


def _page(
    query: EpisodeQuery, title: str, values: Mapping[str, object], finding: ExposureFinding | None = None
) -> PageContent:
    return PageContent(
        template="episode/exposure.html",
        title=title,
        tabs=query.tabs("/exposure"),
        marking=finding.marking if finding is not None else None,
        values=values,
    )


def _basis(finding: ExposureFinding, episode: Episode) -> str:
    coverage = finding.coverage
    official = coverage.official
    share = (
        f"no share of official figures: {official.because}"
        if official.share is None
        else f"{percent(official.share)} of official figures"
    )
    services = ", ".join(each.source for each in coverage.services if each.counted)
    months = f"; {len(coverage.months_missing)} months without a line" if coverage.months_missing else ""
    return (
        f"Goods {finding.goods} ({finding.goods_version}), {coverage.goods_found} of {coverage.goods_listed} codes found; "
        f"declarations of {services}, {window_name(finding.window)}{months}; {finding.unit}, values {finding.valuation}; "
        f"{share}; vintage {finding.as_of}; finding {finding.finding_id}."
    )


def _party(
    finding: ExposureFinding, party: PartyTotal, names: Mapping[str, str], source: DataSource
) -> tuple[str, str, TableView]:
    """Return the heading of a party, its totals, and the table of its companies."""
    heading = f"{party.party.replace('_', ' ')}s"
    unnamed = (
        f" Lines worth {usd(party.without_company_usd)} ({party.without_company_lines:,}) name no {party.party.replace('_', ' ')}."
        if party.without_company_lines
        else ""
    )
    said = f"{party.companies:,} in the window, {usd(party.companies_usd)} in all; {party.shown:,} shown.{unnamed}"
    rows = tuple(_company(row, names) for row in finding.companies if row.party == party.party)
    table = TableView(
        f"party-{party.party.replace('_', '-')}", f"{sentence_case(heading)} by declared US dollars; *: first seen after the event", _COMPANIES, rows,
        total=party.companies, source=source, empty=f"No line of the window names a company as {party.party}.",
    )  # fmt: skip
    return sentence_case(heading), said, table


def _company(row: CompanyExposure, names: Mapping[str, str]) -> tuple[Cell, ...]:
    screen = CompanyQuery(row.name, row.economy)
    first = row.first_seen if row.seen_before_event else f"{row.first_seen}*"
    return (
        Cell(str(row.rank)),
        Cell(row.name, "/companies", screen.options),
        Cell(usd(row.value_usd)) if row.lines > row.lines_without_value else Cell("", missing="no value declared"),
        Cell("", missing="no values") if row.share is None else Cell(percent(row.share)),
        _hit(row),
        _through_hubs(row.routed),
        Cell(row.role),
        Cell(names.get(row.economy, row.economy)) if row.economy else Cell("", missing="not declared"),
        Cell(first),
        Cell(f"{row.lines:,}"),
        Cell(f"{row.lines_without_value:,}"),
        Cell(", ".join(each.good for each in row.goods)),
    )


def _through_hubs(routed: RoutedThroughHubs) -> Cell:
    if routed.share_through_hubs is None:
        return Cell("", missing="route not declared")
    return Cell(percent(routed.share_through_hubs))


def _hit(row: CompanyExposure) -> Cell:
    if row.hits is None:
        return Cell("", missing="no list was searched")
    if not row.hits:
        return Cell("", missing="none near")
    hit = row.hits[0]
    listing = hit.listing
    since = f" since {listing.listed_on}" if listing and listing.listed_on else ", since when not stated"
    more = f"; {len(row.hits) - 1} more" if len(row.hits) > 1 else ""
    decided = f"decided: {DECIDED.get(hit.decision, hit.decision)}" if hit.decision else "not decided"
    said = f"{hit.matched_name}, {listing.list_name if listing else hit.list}{since} (probability {probability(hit.score)}, {decided}{more})"
    return Cell(said, path_of("companies", hit.entity_id), {"list": hit.list})


def _pairs(finding: ExposureFinding) -> TableView:
    rows = tuple(
        (
            Cell(row.exporter_name, "/companies", {"name": row.exporter_name})
            if row.exporter_name
            else Cell("", missing="not named"),
            Cell(row.importer_name, "/companies", {"name": row.importer_name})
            if row.importer_name
            else Cell("", missing="not named"),
            Cell(usd(row.value_usd)) if row.lines > row.lines_without_value else Cell("", missing="no value declared"),
            Cell(f"{row.lines:,}"),
            _through_hubs(row.routed),
            Cell(row.first_seen),
            Cell(row.last_seen),
            Cell(", ".join(row.goods)),
        )
        for row in finding.pairs
    )
    return TableView(
        "pairs", "Who sold to whom, by declared US dollars", _PAIRS, rows, empty="No line names both sides."
    )


def _hubs(finding: ExposureFinding, names: Mapping[str, str]) -> TableView:
    rows = tuple(
        (
            Cell(names.get(row.hub, row.hub)),
            Cell(usd(row.value_usd)),
            Cell(f"{row.lines:,}"),
            Cell(usd(row.routed.through_hubs_usd)),
            Cell(usd(row.routed.coalition_made_usd)),
            Cell(usd(row.routed.route_unknown_usd)),
            Cell(f"{row.exporters:,}"),
            Cell(f"{row.importers:,}"),
        )
        for row in finding.hubs
    )
    empty = "No line of the window left a hub of the episode, or names an exporter there."
    return TableView(
        "hubs", "Hubs that the goods passed, US dollars; consistent with routing", _HUBS, rows, empty=empty
    )
