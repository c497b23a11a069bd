"""Addresses of yente at the root, ``/api/v1/match``, and the log of screenings."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.responses import Response

from stopgap.api import Lake
from stopgap.api.matching import Matching
from stopgap.api.results import MarkedDict
from stopgap.base.errors import StopgapError
from stopgap.screening.matching.yente_request import DEFAULT, FindRequest, MatchRequest
from stopgap.service.access import SignedIn
from stopgap.service.context import ServiceContext
from stopgap.service.matching import models
from stopgap.service.matching.log_router import screenings_router
from stopgap.service.matching.parameters import (
    Dataset,
    EntityId,
    MatchOptions,
    OfList,
    Page,
    Scope,
    SearchOptions,
    Unheld,
    known_parameters,
    refuse_unheld,
)
from stopgap.service.matching.records import Noted, asked_event, refused_event
from stopgap.service.matching.screening_log import screening_log
from stopgap.service.principal import PersonRole, Principal

WARM_AFTER_S = 0.2
"""Seconds after the start at which the lists are opened, so that this does not delay the first answers."""

_TAGS: list[str | Enum] = ["Matching"]


def matching_router(service: ServiceContext) -> APIRouter:
    """Return the router of matching for a service; its lists are opened when the service starts."""

    @contextlib.asynccontextmanager
    async def opening(app: FastAPI) -> AsyncIterator[None]:
        warming = threading.Thread(target=warm_up, args=(service,), name="stopgap-warm-up")
        later = asyncio.get_running_loop().call_later(WARM_AFTER_S, warming.start)
        yield
        later.cancel()
        _end_builds()
        if warming.ident is not None:
            warming.join()

    router = APIRouter(lifespan=opening, dependencies=[Depends(known_parameters)])
    _add_match(router, service)
    _add_search(router, service)
    _add_entities(router, service)
    _add_catalogue(router, service)
    router.include_router(screenings_router(service))
    return router


def _end_builds() -> None:
    """End what builds indexes; where that was never loaded, nothing does."""
    aside = sys.modules.get("stopgap.screening.index.build_aside")
    if aside is not None:
        aside.end_builds()


def warm_up(service: ServiceContext) -> None:
    """Open the lists before the first request asks for them; a lake without lists has none to open."""
    someone = Principal("stopgap", PersonRole.VIEWER)
    with contextlib.suppress(StopgapError):
        service.ask(someone, lambda lake: matching_of(lake).catalogue())


def matching_of(lake: Lake) -> Matching:
    """Return the matching of a lake that many ask: the old edition answers while a new one is opened."""
    lake.matching.answers_meanwhile = True
    return lake.matching


@contextlib.contextmanager
def as_yente() -> Iterator[None]:
    """Answer a request that is not of yente's shape with its status, 400."""
    try:
        yield
    except StopgapError as error:
        if error.http_status == 422:
            error.http_status = 400
        raise


def noted(service: ServiceContext, of: Noted, work: Callable[[Lake], MarkedDict]) -> MarkedDict:
    """Answer a screening and note it in the log, which is on the disk before this returns.

    Args:
        service: The service.
        of: Who asks for what.
        work: Function that answers; the answer has yente's shape, with ``stopgap``.

    Raises:
        StopgapError: What the work raises, after the refusal was noted.
        RefusedError: The log cannot be written; then there is no answer.
    """
    log = screening_log(service.settings.home)
    try:
        answer = service.ask(of.person, work)
    except StopgapError as error:
        log.add(refused_event(of.person, of.address, error))
        raise
    event = asked_event(of, answer, answer.marking, log, hashes=service.settings.hashes_names)
    rests = answer["stopgap"]
    log.add(event, {name: rests[name] for name in ("index", "model", "vintage", "editions")})
    answer["stopgap"] = {**rests, "screening": event["id"], "marking": answer.marking.as_dict()}
    return answer


def as_json(document: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> Response:
    """Return a document as a response, without checking again what the program wrote."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "replace"), media_type="application/json", headers=dict(headers or {}))


def _add_match(router: APIRouter, service: ServiceContext) -> None:
    def answered(person: Principal, address: str, body: models.EntityMatchQuery, request: MatchRequest) -> Response:
        asked = body.model_dump(by_alias=True)
        with as_yente():
            noting = Noted(person, address, request, asked["queries"])
            answer = noted(service, noting, lambda lake: matching_of(lake).match(asked, request))
        return as_json(answer, headers={"x-batch-size": str(len(answer["responses"]))})

    @router.post(
        "/match/{dataset}", tags=_TAGS, summary="Match a batch of entities", responses=_said(models.EntityMatchResponse)
    )
    def match(
        person: SignedIn, dataset: Dataset, body: models.EntityMatchQuery, options: MatchOptions, more: Unheld
    ) -> Response:
        return answered(person, f"/match/{dataset}", body, MatchRequest(dataset=dataset, **options, **more))

    @router.post(
        "/api/v1/match", tags=_TAGS, summary="Match a batch of entities", responses=_said(models.EntityMatchResponse)
    )
    def match_v1(
        person: SignedIn, body: models.EntityMatchQuery, options: MatchOptions, more: Unheld,
        dataset: Annotated[str, Query()] = DEFAULT, as_of: Annotated[str | None, Query()] = None,
    ) -> Response:  # fmt: skip
        request = MatchRequest(dataset=dataset, as_of=as_of, **options, **more)
        return answered(person, "/api/v1/match", body, request)


def _add_search(router: APIRouter, service: ServiceContext) -> None:
    @router.get(
        "/search/{dataset}", tags=_TAGS, summary="Search entities by text", responses=_said(models.SearchResponse),
        dependencies=[Depends(refuse_unheld)],
    )  # fmt: skip
    def search(
        person: SignedIn, dataset: Dataset, options: SearchOptions,
        scoped: Scope, more: Unheld, q: Annotated[str, Query()] = "",
    ) -> Response:  # fmt: skip
        request = FindRequest(dataset=dataset, **options, **scoped, **more)
        query = {"schema": request.schema or "Thing", "properties": {"name": [q]}}
        with as_yente():
            noting = Noted(person, f"/search/{dataset}", request, {"q": query})
            return as_json(noted(service, noting, lambda lake: matching_of(lake).search(q, request)))


def _add_entities(router: APIRouter, service: ServiceContext) -> None:
    @router.get(
        "/entities/{entity_id}", tags=_TAGS, summary="An entity by its id", responses=_said(models.EntityResponse)
    )
    def entity(
        person: SignedIn, entity_id: EntityId, dataset: OfList = None,
        nested: Annotated[bool, Query(description="What is adjacent stands at /entities/{id}/adjacent")] = True,
    ) -> Response:  # fmt: skip
        with as_yente():
            return as_json(service.ask(person, lambda lake: matching_of(lake).entity(entity_id, dataset)))

    @router.get(
        "/entities/{entity_id}/adjacent", tags=_TAGS, summary="What is adjacent to an entity",
        responses=_said(models.EntityAdjacentResponse),
    )  # fmt: skip
    def adjacent(person: SignedIn, entity_id: EntityId, page: Page, dataset: OfList = None) -> Response:
        with as_yente():
            return as_json(
                service.ask(person, lambda lake: matching_of(lake).adjacent(entity_id, dataset, relation=None, **page))
            )

    @router.get(
        "/entities/{entity_id}/adjacent/{relation}", tags=_TAGS, summary="What is adjacent by one property",
        responses=_said(models.AdjacentResults),
    )  # fmt: skip
    def adjacent_by(
        person: SignedIn, entity_id: EntityId, relation: str, page: Page, dataset: OfList = None
    ) -> Response:
        def found(lake: Lake) -> MarkedDict:
            return matching_of(lake).adjacent(entity_id, dataset, relation=relation, **page)

        with as_yente():
            return as_json(service.ask(person, found))


def _add_catalogue(router: APIRouter, service: ServiceContext) -> None:
    @router.get("/catalog", tags=_TAGS, summary="Lists and scopes", responses=_said(models.DataCatalogModel))
    def catalog(person: SignedIn) -> Response:
        return as_json(service.ask(person, lambda lake: matching_of(lake).catalogue()))

    @router.get("/algorithms", tags=_TAGS, summary="The algorithm", responses=_said(models.AlgorithmResponse))
    def algorithms(person: SignedIn) -> Response:
        from stopgap.screening.matching.yente_answers import algorithms as algorithms_document

        return as_json(algorithms_document())


def _said(model: type) -> dict[int | str, dict[str, Any]]:
    problem = {"description": "What, where and how to fix it (RFC 9457)", "content": {"application/problem+json": {}}}
    return {200: {"model": model}, **dict.fromkeys((400, 401, 403, 404, 422, 429), problem)}
