"""All addresses under ``/api/v1``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from stopgap.service.access import Service, SignedIn

ROOT = "/api/v1"


def rest_router() -> APIRouter:
    """Return the router of the REST API."""
    router = APIRouter(prefix=ROOT)

    @router.get("/episodes/{episode}/measure")
    def measure(service: Service, person: SignedIn, episode: str, goods: Annotated[str | None, Query()] = None) -> Any:
        return service.ask(person, lambda lake: lake.measure(episode, goods=goods)).as_dict()

    return router
