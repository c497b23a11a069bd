"""Addresses of the map, of suppliers and hubs, and of levers of an episode."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from stopgap.pages.map.flow_map import map_page
from stopgap.service.pages.answering import answer_page
from stopgap.service.pages.episodes import Shown


def hub_pages() -> APIRouter:
    """Return the router of these pages."""
    router = APIRouter(include_in_schema=False)

    @router.get("/episodes/{episode}/map")
    def flows(request: Request, query: Shown) -> Response:
        return answer_page(request, lambda lake: map_page(lake, query))

    return router
