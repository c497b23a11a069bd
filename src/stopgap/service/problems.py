"""Errors as ``application/problem+json`` (RFC 9457): what, where and fix as everywhere, with the marking of what was read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from stopgap.base.errors import StopgapError

PROBLEM = "application/problem+json"

log = logging.getLogger("stopgap.service")


class NotSignedInError(StopgapError):
    """Nobody is signed in, or the token is not valid."""

    exit_code = 5
    http_status = 401


class TooManyError(StopgapError):
    """More requests than a person may make in a minute."""

    exit_code = 5
    http_status = 429


class ConflictError(StopgapError):
    """What is asked for contradicts what is there, such as a key of idempotency used for another request."""

    exit_code = 5
    http_status = 409


def problem(error: StopgapError, *, instance: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error as a response.

    Args:
        error: The error.
        instance: Path of the request.
        headers: Further headers.
    """
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": error.what,
        "detail": f"{error.what}; {error.fix}" if error.fix else error.what,
        "status": error.http_status,
        "instance": instance,
        **error.as_dict(),
    }
    if error.marking is not None:
        document["marking"] = error.marking.as_dict()
    own = {"X-Stopgap-Marking": "TLP:CLEAR" if error.marking is None else error.marking.label}
    if error.http_status == 401:
        own["WWW-Authenticate"] = 'Bearer realm="stopgap"'
    return JSONResponse(document, error.http_status, {**own, **(headers or {})}, PROBLEM)


def add_problem_handlers(app: FastAPI, as_page: Callable[[Request, StopgapError], Response | None]) -> None:
    """Answer every error of an app as a problem; of an unexpected one nothing is shown but the id of the request.

    Args:
        app: The application.
        as_page: Makes a page of an error, where a browser asked for one; ``None`` elsewhere.
    """

    def answered(request: Request, error: StopgapError, headers: Mapping[str, str] | None = None) -> Response:
        return as_page(request, error) or problem(error, instance=request.url.path, headers=headers)

    @app.exception_handler(StopgapError)
    def expected(request: Request, error: StopgapError) -> Response:
        return answered(request, error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0] if error.errors() else {"loc": (), "msg": "not valid"}
        place = ".".join(str(part) for part in first["loc"])
        found = StopgapError(
            f"the request is not valid: {first['msg']}",
            where=place,
            fix="/docs shows what each address takes",
            details={
                "errors": [{"where": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in error.errors()]
            },
        )
        found.exit_code, found.http_status = 2, 422
        return answered(request, found)

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        found = StopgapError(str(error.detail), where=request.url.path, fix="/docs lists the addresses")
        found.exit_code, found.http_status = 4 if error.status_code == 404 else 2, error.status_code
        return answered(request, found, error.headers)

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> Response:
        log.error("unexpected error", exc_info=error, extra={"path": request.url.path})
        number = getattr(request.state, "request_id", None)
        found = StopgapError(
            "the service failed: this is a fault in Stopgap",
            where=f"request {number}",
            fix="report it with the id of the request; the log of the service has the details",
        )
        return answered(request, found)
