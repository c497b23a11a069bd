"""Addresses of the pages of episodes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from stopgap.pages.episode.changes import changes
from stopgap.pages.episode.exposure import exposure_page
from stopgap.pages.episode.figure_page import figure_page
from stopgap.pages.episode.goods import goods_tab
from stopgap.pages.episode.method import method_page
from stopgap.pages.episode.over_time import over_time
from stopgap.pages.episode.overview import interval_part, overview
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.episode.size import is_large
from stopgap.service.pages.answering import answer_page
from stopgap.service.rest.names import check_episode, check_goods


def episode_query(
    episode: str,
    goods: str | None = None,
    as_of: str | None = None,
    baseline: str | None = None,
    after: str | None = None,
) -> EpisodeQuery:
    """Return the options of a page of an episode; empty ones count as not given."""
    check_episode(episode)
    if goods:
        check_goods(goods)
    return EpisodeQuery(episode, goods or None, as_of or None, baseline or None, after or None)


Shown = Annotated[EpisodeQuery, Depends(episode_query)]


def episode_pages() -> APIRouter:
    """Return the router of the pages of episodes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/episodes/{episode}")
    def first(request: Request, query: Shown) -> Response:
        return answer_page(request, lambda lake: overview(lake, query, gross=is_large(lake)))

    @router.get("/episodes/{episode}/range")
    def intervals(request: Request, query: Shown) -> Response:
        return answer_page(request, lambda lake: interval_part(lake, query))

    @router.get("/episodes/{episode}/method")
    def method(request: Request, query: Shown) -> Response:
        return answer_page(request, lambda lake: method_page(lake, query))

    @router.get("/episodes/{episode}/over-time")
    def suppliers_over_time(request: Request, query: Shown) -> Response:
        return answer_page(request, lambda lake: over_time(lake, query))

    @router.get("/episodes/{episode}/changes")
    def since_last_vintage(request: Request, query: Shown, compare: bool = False) -> Response:
        return answer_page(request, lambda lake: changes(lake, query, at_once=compare or not is_large(lake)))

    @router.get("/episodes/{episode}/goods")
    def goods(request: Request, query: Shown) -> Response:
        return answer_page(request, lambda lake: goods_tab(lake, query, gross=is_large(lake)))

    @router.get("/episodes/{episode}/figures/{name}")
    def figure(request: Request, query: Shown, name: str, supplier: str | None = None) -> Response:
        return answer_page(request, lambda lake: figure_page(lake, query, name, supplier=supplier))

    @router.get("/episodes/{episode}/exposure")
    def companies(request: Request, query: Shown) -> Response:
        return answer_page(request, lambda lake: exposure_page(lake, query))

    return router
