"""Serve the tools over HTTP on this machine alone, to the programs that send a token."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp, Receive, Scope, Send

from stopgap.service.assistants import ADDRESS
from stopgap.service.assistants.server import tools_server
from stopgap.service.context import ServiceContext
from stopgap.service.principal import Principal
from stopgap.service.problems import NotSignedInError, problem
from stopgap.service.security.authorization import token_in
from stopgap.service.serve import listening_socket

HOST = "127.0.0.1"
TOKEN = "STOPGAP_MCP_TOKEN"
"""Environment variable with the token; without it one is made at each start."""


@dataclass(frozen=True)
class ServedTools:
    """What is said once the tools are there.

    Attributes:
        address: Where they are reached.
        token: What programs send as ``Authorization: Bearer``; ``None`` where the environment gave it.
    """

    address: str
    token: str | None

    def as_dict(self) -> dict[str, str | None]:
        """Return it as JSON."""
        return {"address": self.address, "token": self.token}

    def lines(self) -> list[str]:
        """Return it in lines of text."""
        send = [f"send with each request: Authorization: Bearer {self.token}"] if self.token else []
        return [f"the tools are at {self.address}", *send]


def serve_tools(service: ServiceContext, person: Principal, port: int, says: Callable[[ServedTools], None]) -> None:
    """Serve the tools on loopback until SIGTERM or SIGINT.

    Args:
        service: State of the service.
        person: Who asks.
        port: Port; 0 takes a free one.
        says: Called once it listens.

    Raises:
        UsageError: The port is taken.
    """
    given = os.environ.get(TOKEN, "").strip()
    token = given or secrets.token_urlsafe(32)
    with contextlib.closing(listening_socket(HOST, port)) as listening:
        at = f"{HOST}:{listening.getsockname()[1]}"
        app = tools_server(service, person).streamable_http_app(
            streamable_http_path=ADDRESS,
            json_response=True,
            stateless_http=True,
            transport_security=TransportSecuritySettings(
                allowed_hosts=[at, at.replace(HOST, "localhost")], allowed_origins=[]
            ),
        )
        server = uvicorn.Server(uvicorn.Config(_WithToken(app, token), log_config=None, access_log=False))
        says(ServedTools(f"http://{at}{ADDRESS}", None if given else token))
        server.run(sockets=[listening])


class _WithToken:
    """Passes requests on that carry the token, and refuses others."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
            if not hmac.compare_digest((token_in(header) or "").encode(), self._token):
                refused = NotSignedInError(
                    "the request carries no token of these tools",
                    where=ADDRESS,
                    fix=f"send Authorization: Bearer and the token that stopgap mcp --http printed, or that {TOKEN} holds",
                )
                await problem(refused, instance=scope["path"])(scope, receive, send)
                return
        await self._app(scope, receive, send)
