"""Scripts, styles, fonts and the map of the pages; they hold nothing of a lake, so that anyone may read them."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache

from fastapi import APIRouter, Request
from starlette.responses import Response

from stopgap.pages.assets_of import read_asset

_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".woff2": "font/woff2",
          ".svg": "image/svg+xml", ".json": "application/json"}  # fmt: skip


def assets_router() -> APIRouter:
    """Return the router of ``/assets``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/assets/{name:path}")
    def asset(request: Request, name: str) -> Response:
        body, packed, tag = _asset(name)
        headers = {"ETag": tag, "Cache-Control": "public, max-age=0, must-revalidate", "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        if packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = packed, "gzip"
        return Response(
            body, headers=headers, media_type=_TYPES.get(name[name.rindex(".") :], "application/octet-stream")
        )

    return router


@cache
def _asset(name: str) -> tuple[bytes, bytes | None, str]:
    """Return an asset, the same compressed, and its ETag."""
    body = read_asset(name)
    packed = None if name.endswith(".woff2") else gzip.compress(body, 9, mtime=0)
    return body, packed, f'"{hashlib.sha256(body).hexdigest()[:20]}"'
