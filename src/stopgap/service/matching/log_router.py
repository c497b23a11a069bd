"""Addresses of the log of screenings: who screened what, when, against which edition, with which outcome."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from stopgap.base.errors import NotFoundError, StopgapError
from stopgap.base.event_log import Event
from stopgap.base.spreadsheets import csv_rows
from stopgap.service.access import SignedIn
from stopgap.service.context import ServiceContext
from stopgap.service.matching.noting import replayed_event
from stopgap.service.matching.records import COLUMNS, ScreeningFilter, edition_of, readable, refused_event, rows_of
from stopgap.service.matching.replay import Replay, replayed
from stopgap.service.matching.screening_log import ScreeningLog, screening_log
from stopgap.service.principal import Principal

_TAGS: list[str | Enum] = ["Screenings"]


def screenings_router(service: ServiceContext) -> APIRouter:
    """Return the router of the log of screenings under ``/api/v1``."""
    router = APIRouter(prefix="/api/v1")

    def log() -> ScreeningLog:
        return screening_log(service.settings.home)

    @router.get("/screenings", tags=_TAGS, summary="Who screened what, when, against which edition, with which outcome")
    def screenings(
        request: Request,
        person: SignedIn,
        who: Annotated[str | None, Query(description="Name of the person or program")] = None,
        since: Annotated[str | None, Query(alias="from", description="First day (UTC)")] = None,
        until: Annotated[str | None, Query(alias="to", description="Last day (UTC)")] = None,
        query: Annotated[str | None, Query(description="Name that was asked for, as it was written")] = None,
        format: Annotated[str | None, Query(pattern="^(json|csv)$")] = None,
    ) -> Response:
        wanted = ScreeningFilter(who, since, until, query)
        count = sum(1 for _ in readable(log(), person, wanted))  # a broken chain is told before the first byte
        events = itertools.islice(readable(log(), person, wanted), count)
        headers = {"x-total-rows": str(count)}
        if format == "csv" or (format is None and "text/csv" in request.headers.get("accept", "")):
            headers["content-disposition"] = 'attachment; filename="screenings.csv"'
            return StreamingResponse(_csv(events), media_type="text/csv; charset=utf-8", headers=headers)
        return StreamingResponse(_json(events, count), media_type="application/json", headers=headers)

    @router.get("/screenings/{screening}", tags=_TAGS, summary="One screening, with the edition of each list")
    def screening(person: SignedIn, screening: str) -> Response:
        event = one_screening(log(), person, screening)
        return JSONResponse({**event, "edition": edition_of(log(), event)})

    @router.post("/screenings/{screening}/replay", tags=_TAGS, summary="Give a screening again, against its edition")
    def replay(person: SignedIn, screening: str) -> Response:
        return JSONResponse(given_again(service, person, screening).document)

    return router


def given_again(service: ServiceContext, person: Principal, screening: str) -> Replay:
    """Give a screening again, and note that in the log, which is on the disk before this returns.

    Raises:
        NotFoundError: There is no such screening that the person may read, or its edition is not there any more.
        RefusedError: Names were kept as hashes alone, or nothing was looked up then; or the log cannot be written.
    """
    log = screening_log(service.settings.home)
    event = one_screening(log, person, screening)
    address = f"/api/v1/screenings/{event['id']}/replay"
    try:
        found = service.ask(person, lambda lake: replayed(lake, event))
    except StopgapError as error:
        log.add(refused_event(person, address, error))
        raise
    log.add(replayed_event(person, address, found.document, found.marking))
    return found


def one_screening(log: ScreeningLog, person: Principal, screening: str) -> Event:
    """Return a screening that a person may read.

    Raises:
        NotFoundError: There is none of that id, or the person may not read it.
    """
    for event in readable(log, person, ScreeningFilter()):
        if event["id"] == screening:
            return event
    raise NotFoundError(
        "there is no such screening", where=screening[:80], fix="GET /api/v1/screenings lists those that you may read"
    )


def _json(events: Iterator[Event], count: int) -> Iterator[str]:
    yield f'{{"total":{count},"screenings":['
    for number, event in enumerate(events):
        yield ("," if number else "") + json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    yield "]}"


def _csv(events: Iterator[Event]) -> Iterator[str]:
    header: list[Any] = list(COLUMNS)
    yield csv_rows([header])
    for event in events:
        yield csv_rows(rows_of(event))
