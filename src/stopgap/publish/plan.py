"""Which pages a published site of an episode has, and how each is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from stopgap.api import Lake
from stopgap.measures.backfill.results import Finding
from stopgap.pages.claims.claim import claim_page
from stopgap.pages.claims.figures import claim_figures
from stopgap.pages.claims.listing import episode_claims
from stopgap.pages.data.overview import data_page, file_page, receipts_of, vintage_page
from stopgap.pages.episode.changes import changes
from stopgap.pages.episode.figure_page import SUPPLIER, figure_page
from stopgap.pages.episode.goods import goods_tab
from stopgap.pages.episode.method import method_page
from stopgap.pages.episode.numbers import FIGURES
from stopgap.pages.episode.over_time import over_time
from stopgap.pages.episode.overview import overview
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.hubs.hubs_part import hubs_part
from stopgap.pages.hubs.mirror_part import mirror_part
from stopgap.pages.hubs.prices_part import prices_part
from stopgap.pages.hubs.supplier_page import PARTS, supplier_page
from stopgap.pages.hubs.supplier_parts import supplier_part
from stopgap.pages.hubs.suppliers_page import suppliers_page
from stopgap.pages.map.flow_map import map_page
from stopgap.pages.site import path_of
from stopgap.pages.views import PageContent
from stopgap.publish.static_site import Key, key_of

MOST_SUPPLIERS = 20
"""Suppliers that have pages of their own: those with the largest changes, and the hubs."""


_PARTS: Mapping[str, Callable[[Lake, EpisodeQuery], PageContent]] = {
    "/over-time": over_time, "/changes": changes, "/map": map_page, "/hubs": hubs_part, "/mirror": mirror_part,
    "/prices": prices_part,
}  # fmt: skip
"""Parts that stand within a page: end of the path -> makes it."""

_TABS: Mapping[str, Callable[[Lake, EpisodeQuery], PageContent]] = {
    "/goods": goods_tab, "/suppliers": suppliers_page, "/claims": episode_claims, "/method": method_page,
}  # fmt: skip
"""Pages of an episode beside the first."""


@dataclass(frozen=True)
class PlannedPage:
    """A page of the site.

    Attributes:
        key: Page on the service.
        file: Its file, from the top of the site; empty for a part of another page.
        make: Makes its content.
    """

    key: Key
    file: str
    make: Callable[[Lake], PageContent]


def planned_pages(lake: Lake, query: EpisodeQuery, finding: Finding) -> Iterator[PlannedPage]:
    """Iterate over the pages and parts of a site, those of the episode first.

    Args:
        lake: The lake.
        query: The episode, and what is shown of it.
        finding: Its finding.
    """

    def page(end: str, file: str, make: Callable[[Lake], PageContent], **options: str) -> PlannedPage:
        return PlannedPage(key_of(f"{query.path}{end}", options), file, make)

    yield page("", "index.html", partial(_of_episode, query, overview))
    for end, make in _PARTS.items():
        yield page(end, "", partial(_of_episode, query, make))
    for end, make in _TABS.items():
        yield page(end, f"{end.strip('/')}.html", partial(_of_episode, query, make))
    for name, figure in FIGURES.items():
        if figure.value(finding) is not None:
            yield page(f"/figures/{name}", f"figures/{name}.html", partial(_figure, query, name, None))
    for code in published_suppliers(finding):
        file = f"figures/supplier-{code}.html"
        yield page("/figures/supplier", file, partial(_figure, query, SUPPLIER, code), supplier=code)
        yield page(f"/suppliers/{code}", f"suppliers/{code}.html", partial(_supplier, query, code))
        for part in PARTS:
            yield page(f"/suppliers/{code}/{part}", "", partial(_supplier_part, query, code, part))
    yield from _claims(lake, query)
    yield from _data(lake)


def _claims(lake: Lake, query: EpisodeQuery) -> Iterator[PlannedPage]:
    """Iterate over the pages of the statements on the episode."""
    for id in published_claims(lake, query):
        yield PlannedPage(key_of(path_of("claims", id), {}), f"claims/{id}.html", partial(_claim, id))
        yield PlannedPage(key_of(path_of("claims", id, "figures"), {}), "", partial(_claim_figures, id, query.as_of))


def _data(lake: Lake) -> Iterator[PlannedPage]:
    """Iterate over the pages of vintages and files."""
    yield PlannedPage(key_of("/data", {}), "data.html", partial(data_page, tabs=(), may_import=False))
    for each in lake.vintages().to_pylist():
        vintage = str(each["vintage"])
        yield PlannedPage(
            key_of(path_of("data", "vintages", vintage), {}), f"vintages/{vintage}.html", partial(_vintage, vintage)
        )
    for receipt in sorted({str(row["receipt"]) for row in receipts_of(lake)}):
        yield PlannedPage(
            key_of(path_of("data", "files", receipt), {}), f"files/{receipt}.html", partial(_file, receipt)
        )


def published_suppliers(finding: Finding) -> list[str]:
    """Return the suppliers that have pages of their own."""
    ranked = sorted(finding.suppliers, key=lambda row: (-abs(row.gain_usd), row.supplier))
    return [row.supplier for place, row in enumerate(ranked) if place < MOST_SUPPLIERS or row.is_hub]


def published_claims(lake: Lake, query: EpisodeQuery) -> list[str]:
    """Return the statements that name the episode or were tested on it, as far as they are seen."""
    return [entry.id for entry in lake.claims.list() if query.episode in entry.episodes]


def _figure(query: EpisodeQuery, name: str, supplier: str | None, lake: Lake) -> PageContent:
    return figure_page(lake, query, name, supplier=supplier)


def _claim(id: str, lake: Lake) -> PageContent:
    return claim_page(lake, id)


def _claim_figures(id: str, as_of: str | None, lake: Lake) -> PageContent:
    return claim_figures(lake, id, as_of=as_of)


def _of_episode(query: EpisodeQuery, make: Callable[[Lake, EpisodeQuery], PageContent], lake: Lake) -> PageContent:
    return make(lake, query)


def _supplier(query: EpisodeQuery, code: str, lake: Lake) -> PageContent:
    return supplier_page(lake, query, code)


def _supplier_part(query: EpisodeQuery, code: str, part: str, lake: Lake) -> PageContent:
    return supplier_part(lake, query, code, part)


def _vintage(vintage: str, lake: Lake) -> PageContent:
    return vintage_page(lake, vintage, tabs=())


def _file(receipt: str, lake: Lake) -> PageContent:
    return file_page(lake, receipt, tabs=(), may_withdraw=False)
