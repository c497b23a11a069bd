"""Layer that notes in the audit log who asked for a change, before the answer goes out."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stopgap.base.errors import StopgapError
from stopgap.service.context import ServiceContext
from stopgap.service.principal import Principal
from stopgap.service.state.audit import AuditEntry

log = logging.getLogger("stopgap.service")

_SAFE = ("GET", "HEAD", "OPTIONS")

_API = "/api/v1/"
READING = tuple(
    f"{_API}{name}"
    for name in ("query", "screen", "match", "claims/draft", "packs/verify", "packs/compare", "packs/preview")
)
"""Addresses that are asked by POST and change nothing; screenings have a log of their own."""

OWN_LINES = tuple(f"{_API}{name}" for name in ("people", "tokens", "sessions", "views"))
"""Addresses that write lines of their own, which say more."""


PAGES_READING = (
    "/query",
    "/audit",
    "/companies/screen",
    "/claims/draft",
    "/packs/verify",
    "/packs/compare",
    "/packs/preview",
)
"""Pages that are asked by POST and change nothing."""

PAGES_WITH_OWN_LINES = ("/people", "/settings", "/views")
"""Pages whose changes are noted where they are made."""

NO_PAGES = ("/api/", "/mcp", "/match", "/docs", "/sign-in", "/sign-out")
"""Beginnings of addresses that are none of pages."""


class AuditLayer:
    """Middleware that writes a line for each request of a person to change something, also for one that was refused.

    A line has the address without its query, and the status of the answer; what the body says stands in the lake's logs.
    """

    def __init__(self, app: ASGIApp, *, service: ServiceContext) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        principal: Principal | None = scope.get("state", {}).get("principal")
        if scope["type"] != "http" or principal is None or not is_change(scope["method"], scope["path"]):
            await self.app(scope, receive, send)
            return
        is_noted = False

        async def noting(message: Message) -> None:
            nonlocal is_noted
            if message["type"] == "http.response.start" and not is_noted:
                is_noted = True
                await run_in_threadpool(self._note, scope, principal, message["status"])
            await send(message)

        await self.app(scope, receive, noting)

    def _note(self, scope: Scope, principal: Principal, status: int) -> None:
        route = getattr(scope.get("route"), "path", None) or "no such address"
        entry = AuditEntry(
            principal.name, f"{scope['method']} {route}", scope["path"], str(status), scope["state"].get("request_id")
        )
        try:
            self.service.state.record(entry)
        except StopgapError as error:
            log.error("a request was not noted in the audit log: %s", error.what)


def is_change(method: str, path: str) -> bool:
    """Return whether a request asks for a change that no other part of the service notes."""
    if method in _SAFE:
        return False
    if path.startswith(_API):
        return not _is_below(path, (*READING, *OWN_LINES))
    return not path.startswith(NO_PAGES) and not _is_below(path, (*PAGES_READING, *PAGES_WITH_OWN_LINES))


def _is_below(path: str, addresses: Sequence[str]) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in addresses)
