"""Address of the first page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from stopgap.pages.home.episodes import headlines, home
from stopgap.service.pages.answering import answer_page


def home_pages() -> APIRouter:
    """Return the router of the first page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def first_page(request: Request) -> Response:
        return answer_page(request, home)

    @router.get("/headlines")
    def episode_headlines(request: Request) -> Response:
        return answer_page(request, headlines)

    return router
