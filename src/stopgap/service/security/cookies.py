"""The cookie of a session.

Browsers take ``__Host-stopgap`` (Secure, no domain, path ``/``) over HTTPS, and Chromium and Firefox over plain HTTP on
this machine. Safari does not, so over plain HTTP, where only this machine is served, a second cookie without ``Secure``
carries the same.
"""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import Response

from stopgap.service.settings import ServiceSettings
from stopgap.service.state.ways_in import LONGEST

SECURE_NAME = "__Host-stopgap"

PLAIN_NAME = "stopgap"
"""Name of the cookie for browsers that refuse a secure one over plain HTTP."""


def cookies_of(connection: HTTPConnection, settings: ServiceSettings) -> list[str]:
    """Return what a request sends as session, the secure cookie first."""
    names = [SECURE_NAME] if settings.is_https else [SECURE_NAME, PLAIN_NAME]
    return [value for name in names if (value := connection.cookies.get(name))]


def set_session(response: Response, secret: str, settings: ServiceSettings) -> None:
    """Give a browser its session."""
    age = int(LONGEST.total_seconds())
    response.set_cookie(SECURE_NAME, secret, max_age=age, path="/", secure=True, httponly=True, samesite="strict")
    if not settings.is_https:
        response.set_cookie(PLAIN_NAME, secret, max_age=age, path="/", httponly=True, samesite="strict")


def end_session(response: Response, settings: ServiceSettings) -> None:
    """Take a browser's session away."""
    response.delete_cookie(SECURE_NAME, path="/", secure=True, httponly=True, samesite="strict")
    if not settings.is_https:
        response.delete_cookie(PLAIN_NAME, path="/", httponly=True, samesite="strict")
