"""Addresses of the pages of statements."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from stopgap.claims.testing.request import ClaimTestRequest
from stopgap.pages.claims.claim import claim_page, text_page
from stopgap.pages.claims.figures import claim_figures
from stopgap.pages.claims.listing import ClaimsQuery, claims_page, episode_claims
from stopgap.pages.site import path_of
from stopgap.service.access import least
from stopgap.service.pages.answering import answer_page, asked
from stopgap.service.pages.episodes import Shown
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.rest.names import check_claim

Analyst = Annotated[Principal, Depends(least(PersonRole.ANALYST, "register and test statements"))]


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

    @router.get("/claims/{id}")
    def one(request: Request, id: str, version: Annotated[int | None, Query(ge=1)] = None) -> Response:
        check_claim(id)
        return answer_page(request, lambda lake: claim_page(lake, id, version=version))

    @router.get("/claims/{id}/figures")
    def figures(request: Request, id: str, as_of: str = "", by_month: bool = False) -> Response:
        check_claim(id)
        return answer_page(request, lambda lake: claim_figures(lake, id, as_of=as_of or None, by_month=by_month))

    @router.get("/claims/{id}/text")
    def text(request: Request, id: str) -> Response:
        check_claim(id)
        return answer_page(request, lambda lake: text_page(lake, id))

    @router.post("/claims/{id}/test")
    def test(request: Request, person: Analyst, id: str) -> Response:
        check_claim(id)
        found = asked(request, person, lambda lake: lake.claims.test(id, ClaimTestRequest()))
        return Response(status_code=204, headers={"HX-Redirect": path_of("claims", found.claim_id)})

    return router
