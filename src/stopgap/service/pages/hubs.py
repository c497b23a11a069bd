"""Addresses of the map, of suppliers and hubs, and of levers of an episode."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from stopgap.measures.levers.request import LeverKind
from stopgap.pages.hubs.hubs_part import hubs_part
from stopgap.pages.hubs.mirror_part import mirror_part
from stopgap.pages.hubs.prices_part import prices_part
from stopgap.pages.hubs.supplier_page import supplier_page
from stopgap.pages.hubs.supplier_parts import supplier_part
from stopgap.pages.hubs.suppliers_page import FIRST, suppliers_page
from stopgap.pages.levers.page import levers_page
from stopgap.pages.levers.query import LeverQuery
from stopgap.pages.map.flow_map import map_page
from stopgap.service.pages.answering import answer_page
from stopgap.service.pages.episodes import Shown


def lever_query(
    who: str = "", good: str = "", share: int = 100, words: str = "", by: str = LeverKind.ALL
) -> LeverQuery:
    """Return the options of the page of levers."""
    return LeverQuery(who.strip(), good.strip(), share, words.strip(), by or LeverKind.ALL)


AskedLevers = Annotated[LeverQuery, Depends(lever_query)]


def hub_pages() -> APIRouter:
    """Return the router of these pages."""
    router = APIRouter(include_in_schema=False)

    @router.get("/episodes/{episode}/map")
    def flows(request: Request, query: Shown) -> Response:
        return answer_page(request, lambda lake: map_page(lake, query))

    @router.get("/episodes/{episode}/suppliers")
    def suppliers(request: Request, query: Shown, sort: str = "change", rows: str = "") -> Response:
        shown = None if rows == "all" else FIRST
        return answer_page(request, lambda lake: suppliers_page(lake, query, sort=sort, shown=shown))

    @router.get("/episodes/{episode}/hubs")
    def hubs(request: Request, query: Shown) -> Response:
        return answer_page(request, lambda lake: hubs_part(lake, query))

    @router.get("/episodes/{episode}/mirror")
    def both_reports(request: Request, query: Shown) -> Response:
        return answer_page(request, lambda lake: mirror_part(lake, query))

    @router.get("/episodes/{episode}/prices")
    def prices(request: Request, query: Shown) -> Response:
        return answer_page(request, lambda lake: prices_part(lake, query))

    @router.get("/episodes/{episode}/suppliers/{code}")
    def supplier(request: Request, query: Shown, code: str) -> Response:
        return answer_page(request, lambda lake: supplier_page(lake, query, code))

    @router.get("/episodes/{episode}/suppliers/{code}/{part}")
    def of_supplier(request: Request, query: Shown, code: str, part: str) -> Response:
        return answer_page(request, lambda lake: supplier_part(lake, query, code, part))

    @router.get("/episodes/{episode}/levers")
    def levers(request: Request, query: Shown, asked: AskedLevers) -> Response:
        return answer_page(request, lambda lake: levers_page(lake, query, asked))

    return router
