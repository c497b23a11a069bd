"""Requests that change something and come with a session's cookie must come from the service's own pages.

Two checks, each enough against another site: the origin that the browser states, and a token that only pages of the
service know. A token of a program (``Authorization``) needs neither: no browser adds it by itself.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from stopgap.base.errors import RefusedError
from stopgap.service.principal import Principal
from stopgap.service.problems import problem

HEADER = "x-stopgap-csrf"
"""Header with the token, which ``/api/v1/me`` and the pages have."""

_SAFE = ("GET", "HEAD", "OPTIONS")


def csrf_token(session: str) -> str:
    """Return the token that belongs to a session, from the secret of its cookie."""
    return hmac.new(session.encode(), b"stopgap csrf", hashlib.sha256).hexdigest()


class SameOrigin:
    """Middleware that refuses requests of other sites.

    Args:
        app: The application.
        cookies: Names under which a session's cookie may stand.
        without_token: Addresses of forms that are sent before there is a session.
    """

    def __init__(self, app: ASGIApp, *, cookies: tuple[str, ...], without_token: tuple[str, ...] = ()) -> None:
        self.app = app
        self.cookies = cookies
        self.without_token = without_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            why = self.why_not(scope)
            if why:
                error = RefusedError(
                    f"the request does not come from a page of this service: {why}",
                    where=scope["path"],
                    fix=f"programs send Authorization: Bearer and a token; pages send their origin and {HEADER}",
                )
                await problem(error, instance=scope["path"])(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def why_not(self, scope: Scope) -> str:
        """Return why a request is refused; empty if it is not."""
        headers = Headers(scope=scope)
        site = headers.get("sec-fetch-site")
        if site not in (None, "same-origin", "none"):
            return f"the browser says that it comes from another ({site})"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host", ""):
            return "its origin is another"
        principal: Principal | None = scope.get("state", {}).get("principal")
        if principal is None or principal.via == "token" or scope["path"] in self.without_token:
            return ""
        if origin is None and site is None:
            return "it states no origin"
        session = next((value for name in self.cookies if (value := _cookie(headers, name))), "")
        if not hmac.compare_digest(headers.get(HEADER, ""), csrf_token(session)):
            return f"its {HEADER} is missing or wrong"
        return ""


def _cookie(headers: Headers, name: str) -> str:
    for part in headers.get("cookie", "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""
