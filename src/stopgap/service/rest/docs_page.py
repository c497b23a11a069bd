"""``/docs``: the documentation of the REST API, drawn from ``/openapi.json`` without a network."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

from fastapi import APIRouter
from starlette.responses import Response

_TYPES = {
    "docs.html": "text/html; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
    "docs.css": "text/css; charset=utf-8",
    "swagger/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger/swagger-ui.css": "text/css; charset=utf-8",
}


def docs_router() -> APIRouter:
    """Return the router of the page and its files; they hold nothing of a lake, so that anyone may read them."""
    router = APIRouter(include_in_schema=False)
    folder = resources.files("stopgap.service.rest") / "docs_files"
    for name, media_type in _TYPES.items():
        address = "/docs" if name == "docs.html" else f"/docs/{name}"
        router.add_api_route(address, _file((folder / name).read_bytes, media_type), response_model=None)
    return router


def _file(read: Callable[[], bytes], media_type: str) -> Callable[[], Response]:
    def answer() -> Response:
        return Response(read(), media_type=media_type, headers={"Cache-Control": "private, max-age=3600"})

    return answer
