"""Layer that finds out who asks, before a request goes on."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from stopgap.base.errors import StopgapError
from stopgap.service.context import ServiceContext
from stopgap.service.problems import problem


class SignIn:
    """Middleware that puts the principal of a request into its state; ``None`` for one who is not signed in."""

    def __init__(self, app: ASGIApp, *, service: ServiceContext) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; one with a token that does not hold is refused here."""
        if scope["type"] == "http":
            connection = HTTPConnection(scope)
            try:
                found = await run_in_threadpool(self.service.principal_of, connection)
            except StopgapError as error:
                wait = error.details.get("retry_after_s")
                headers = {} if wait is None else {"Retry-After": str(wait)}
                await problem(error, instance=connection.url.path, headers=headers)(scope, receive, send)
                return
            scope.setdefault("state", {})["principal"] = found
        await self.app(scope, receive, send)
