"""Addresses of the pages of goods."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from stopgap.base.errors import GoodsError, NotFoundError
from stopgap.pages.goods.page import GOODS, goods_list_page, goods_page, unknown_goods_page
from stopgap.pages.views import PageContent
from stopgap.service.access import SignedIn
from stopgap.service.pages.answering import answer_page, ask_for, drawn
from stopgap.service.rest.names import check_goods, check_subject


def goods_pages() -> APIRouter:
    """Return the router of goods."""
    router = APIRouter(include_in_schema=False)

    @router.get(GOODS)
    def all_goods(request: Request, q: str = "") -> Response:
        if "q" in request.query_params and not q.strip():
            return RedirectResponse(GOODS, 303)
        return answer_page(request, lambda lake: goods_page(q.strip()[:200]))

    @router.get(f"{GOODS}/{{name:path}}")
    def one_list(request: Request, person: SignedIn, name: str) -> Response:
        check_subject(name)
        status = 200

        def work(lake: object) -> PageContent:
            nonlocal status
            try:
                check_goods(name)
                return goods_list_page(name)
            except (NotFoundError, GoodsError):
                status = 404
                return unknown_goods_page(name)

        content, marking = ask_for(request, person, work)
        return drawn(request, content, marking, status=status)

    return router
