"""Addresses of the pages of the log of screenings."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from stopgap.base.event_log import Event
from stopgap.base.marking import CLEAR, Marking, marking_of, strictest
from stopgap.pages.companies.log import SHOWN, log_page, replay_part, screening_page
from stopgap.service.access import Service, SignedIn
from stopgap.service.matching.log_router import given_again, one_screening
from stopgap.service.matching.records import ScreeningFilter, edition_of, latest_readable
from stopgap.service.matching.screening_log import screening_log
from stopgap.service.pages.answering import drawn
from stopgap.service.pages.companies import with_values


def log_pages() -> APIRouter:
    """Return the router of the pages of the log of screenings."""
    router = APIRouter(include_in_schema=False)

    @router.get("/companies/log")
    def first(
        request: Request,
        service: Service,
        person: SignedIn,
        who: str | None = None,
        since: Annotated[str | None, Query(alias="from")] = None,
        until: Annotated[str | None, Query(alias="to")] = None,
        query: str | None = None,
        start: int = 0,
    ) -> Response:
        given = {"who": who, "from": since, "to": until, "query": query}
        wanted = {name: value for name, value in given.items() if value}
        chosen = ScreeningFilter(who or None, since or None, until or None, query or None)
        start = max(start, 0)
        shown, total = latest_readable(screening_log(service.settings.home), person, chosen, start, SHOWN)
        marking = strictest(map(_marking, shown))
        content = log_page(shown, total, start, wanted, marking)
        return drawn(
            request, with_values(content, {"csv_query": "?" + urlencode({**wanted, "format": "csv"})}), marking
        )

    @router.get("/companies/log/{screening}")
    def one(request: Request, service: Service, person: SignedIn, screening: str) -> Response:
        log = screening_log(service.settings.home)
        event = one_screening(log, person, screening)
        return drawn(request, screening_page(event, edition_of(log, event), _marking(event)), _marking(event))

    @router.post("/companies/log/{screening}/replay")
    def replay(request: Request, service: Service, person: SignedIn, screening: str) -> Response:
        found = given_again(service, person, screening)
        return drawn(request, replay_part(found.document, found.marking), found.marking)

    return router


def _marking(event: Event) -> Marking:
    return marking_of(event["marking"], where="log of screenings") if "marking" in event else CLEAR
