"""Which pages a published site of an episode has, and how each is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from stopgap.api import Lake
from stopgap.measures.backfill.results import Finding
from stopgap.pages.claims.claim import claim_page
from stopgap.pages.claims.figures import claim_figures
from stopgap.pages.claims.listing import episode_claims
from stopgap.pages.episode.changes import changes
from stopgap.pages.episode.figure_page import SUPPLIER, figure_page
from stopgap.pages.episode.goods import goods_tab
from stopgap.pages.episode.method import method_page
from stopgap.pages.episode.numbers import FIGURES
from stopgap.pages.episode.over_time import over_time
from stopgap.pages.episode.overview import overview
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.site import path_of
from stopgap.pages.views import PageContent
from stopgap.publish.static_site import Key, key_of

MOST_SUPPLIERS = 40
"""Suppliers that have pages of their own: those with the largest changes."""


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


def planned_pages(query: EpisodeQuery, finding: Finding, claims: Sequence[str] = ()) -> Iterator[PlannedPage]:
    """Iterate over the pages and parts of a site, those of the episode first.

    Args:
        query: The episode, and what is shown of it.
        finding: Its finding.
        claims: Ids of the statements that are published.
    """

    def page(end: str, file: str, make: Callable[[Lake], PageContent], **options: str) -> PlannedPage:
        return PlannedPage(key_of(f"{query.path}{end}", options), file, make)

    yield page("", "index.html", lambda lake: overview(lake, query))
    yield page("/over-time", "", lambda lake: over_time(lake, query))
    yield page("/changes", "", lambda lake: changes(lake, query))
    yield page("/goods", "goods.html", lambda lake: goods_tab(lake, query))
    yield page("/method", "method.html", lambda lake: method_page(lake, query))
    yield page("/claims", "claims.html", lambda lake: episode_claims(lake, query))
    for id in claims:
        yield PlannedPage(key_of(path_of("claims", id), {}), f"claims/{id}.html", partial(_claim, id))
        yield PlannedPage(key_of(path_of("claims", id, "figures"), {}), "", partial(_claim_figures, id, query.as_of))
    for name, figure in FIGURES.items():
        if figure.value(finding) is not None:
            yield page(f"/figures/{name}", f"figures/{name}.html", partial(_figure, query, name, None))
    for code in published_suppliers(finding):
        yield page(
            "/figures/supplier", f"figures/supplier-{code}.html",
            partial(_figure, query, SUPPLIER, code), supplier=code,
        )  # fmt: skip


def published_suppliers(finding: Finding) -> list[str]:
    """Return the suppliers that have pages of their own."""
    ranked = sorted(finding.suppliers, key=lambda row: (-abs(row.gain_usd), row.supplier))
    return [row.supplier for row in ranked[:MOST_SUPPLIERS]]


def published_claims(lake: Lake, query: EpisodeQuery) -> list[str]:
    """Return the statements that name the episode or were tested on it, as far as they are seen."""
    return [entry.id for entry in lake.claims.list() if query.episode in entry.episodes]


def _figure(query: EpisodeQuery, name: str, supplier: str | None, lake: Lake) -> PageContent:
    return figure_page(lake, query, name, supplier=supplier)


def _claim(id: str, lake: Lake) -> PageContent:
    return claim_page(lake, id)


def _claim_figures(id: str, as_of: str | None, lake: Lake) -> PageContent:
    return claim_figures(lake, id, as_of=as_of)
