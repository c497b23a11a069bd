"""Which pages a published site of an episode has, and how each is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stopgap.api import Lake
from stopgap.measures.backfill.results import Finding
from stopgap.pages.episode.changes import changes
from stopgap.pages.episode.figure_page import SUPPLIER, figure_page
from stopgap.pages.episode.goods import goods_tab
from stopgap.pages.episode.method import method_page
from stopgap.pages.episode.numbers import FIGURES
from stopgap.pages.episode.over_time import over_time
from stopgap.pages.episode.overview import overview
from stopgap.pages.episode.query import EpisodeQuery
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


def planned_pages(query: EpisodeQuery, finding: Finding) -> Iterator[PlannedPage]:
    """Iterate over the pages and parts of a site, those of the episode first."""

    def page(end: str, file: str, make: Callable[[Lake], PageContent], **options: str) -> PlannedPage:
        return PlannedPage(key_of(f"{query.path}{end}", options), file, make)

    yield page("", "index.html", lambda lake: overview(lake, query))
    yield page("/over-time", "", lambda lake: over_time(lake, query))
    yield page("/changes", "", lambda lake: changes(lake, query))
    yield page("/goods", "goods.html", lambda lake: goods_tab(lake, query))
    yield page("/method", "method.html", lambda lake: method_page(lake, query))
    for name, figure in FIGURES.items():
        if figure.value(finding) is not None:
            yield page(
                f"/figures/{name}", f"figures/{name}.html", lambda lake, name=name: figure_page(lake, query, name)
            )
    for code in published_suppliers(finding):
        yield page(
            "/figures/supplier", f"figures/supplier-{code}.html",
            lambda lake, code=code: figure_page(lake, query, SUPPLIER, supplier=code), supplier=code,
        )  # fmt: skip


def published_suppliers(finding: Finding) -> list[str]:
    """Return the suppliers that have pages of their own."""
    ranked = sorted(finding.suppliers, key=lambda row: (-abs(row.gain_usd), row.supplier))
    return [row.supplier for row in ranked[:MOST_SUPPLIERS]]
