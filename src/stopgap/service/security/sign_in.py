"""Find out who asks: by a session's cookie, or by a token."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from stopgap.service.context import ServiceContext


class SignIn:
    """Middleware that puts the principal of a request into its state; ``None`` for one who is not signed in."""

    def __init__(self, app: ASGIApp, *, service: ServiceContext) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            scope.setdefault("state", {})["principal"] = self.service.principal_of(HTTPConnection(scope))
        await self.app(scope, receive, send)
