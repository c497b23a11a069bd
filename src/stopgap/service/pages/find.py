"""Addresses of the search from anywhere."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from stopgap.pages.find.search import companies_part, find_page
from stopgap.service.pages.answering import answer_page


def find_pages() -> APIRouter:
    """Return the router of the search."""
    router = APIRouter(include_in_schema=False)

    @router.get("/find")
    def find(request: Request, q: str = "") -> Response:
        return answer_page(request, lambda lake: find_page(lake, q))

    @router.get("/find/companies")
    def companies(request: Request, q: str = "") -> Response:
        return answer_page(request, lambda lake: companies_part(lake, q))

    return router
