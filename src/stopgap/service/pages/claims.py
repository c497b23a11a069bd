"""Addresses of the pages of statements."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from stopgap.pages.claims.listing import ClaimsQuery, claims_page, episode_claims
from stopgap.service.pages.answering import answer_page
from stopgap.service.pages.episodes import Shown


def claims_query(
    episode: str = "", speaker: str = "", verdict: str = "", month: str = "", withdrawn: bool = False
) -> ClaimsQuery:
    """Return which statements are asked for; empty options count as not given."""
    return ClaimsQuery(episode or None, speaker.strip() or None, verdict or None, month or None, withdrawn)


def claim_pages() -> APIRouter:
    """Return the router of the pages of statements."""
    router = APIRouter(include_in_schema=False)

    @router.get("/claims")
    def register(request: Request, query: Annotated[ClaimsQuery, Depends(claims_query)]) -> Response:
        return answer_page(request, lambda lake: claims_page(lake, query))

    @router.get("/episodes/{episode}/claims")
    def of_episode(request: Request, query: Shown) -> Response:
        return answer_page(request, lambda lake: episode_claims(lake, query))

    return router
