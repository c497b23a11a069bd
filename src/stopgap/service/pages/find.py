"""Addresses of the search from anywhere."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from stopgap.pages.find.search import MOST, companies_part, find_page
from stopgap.screening.matching.request import ScreenRequest
from stopgap.service.access import Service, SignedIn
from stopgap.service.matching.noting import note_screening
from stopgap.service.pages.answering import answer_page, ask_for, drawn


def find_pages() -> APIRouter:
    """Return the router of the search."""
    router = APIRouter(include_in_schema=False)

    @router.get("/find")
    def find(request: Request, q: str = "") -> Response:
        return answer_page(request, lambda lake: find_page(lake, q))

    @router.get("/find/companies")
    def companies(request: Request, service: Service, person: SignedIn, q: str = "") -> Response:
        content, marking = ask_for(request, person, lambda lake: companies_part(lake, q))
        found = content.values["found"]
        if found is not None:  # names were looked up: the log of screenings keeps it before there is an answer
            note_screening(service, person, "/find/companies", found, ScreenRequest(limit=MOST), marking)
        return drawn(request, content, marking)

    return router
