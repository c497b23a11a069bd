"""Put the tools at ``/mcp`` of the service, for those who send a token; they are loaded when the first one asks."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
from collections.abc import AsyncIterator

import anyio
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from stopgap.service.assistants import ADDRESS
from stopgap.service.context import ServiceContext

log = logging.getLogger("stopgap.service.assistants")


def has_tools() -> bool:
    """Whether the extra ``mcp`` is installed."""
    return importlib.util.find_spec("mcp") is not None


def mount_tools(app: FastAPI, service: ServiceContext) -> contextlib.AbstractAsyncContextManager[None]:
    """Mount the tools, and return what must be open while the service runs; without the extra, nothing is mounted."""
    if not has_tools():
        return contextlib.nullcontext()
    tools = _ToolsWhenAsked(service)
    app.router.routes.append(Route(ADDRESS, endpoint=tools))
    return tools.running()


class _ToolsWhenAsked:
    """The application of the tools, made at the first request: what it imports takes as long as a part of the start."""

    def __init__(self, service: ServiceContext) -> None:
        self._service = service
        self._wanted = anyio.Event()
        self._made = anyio.Event()
        self._tools: Starlette | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._wanted.set()
        await self._made.wait()
        if self._tools is None:
            raise RuntimeError("the tools could not be loaded; the log says why")
        await self._tools.router(scope, receive, send)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the tools open from the first request until the service stops."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._open)
            try:
                yield
            finally:
                group.cancel_scope.cancel()

    async def _open(self) -> None:
        await self._wanted.wait()
        try:
            tools = await anyio.to_thread.run_sync(_loaded, self._service)
            async with tools.router.lifespan_context(tools):
                self._tools = tools
                self._made.set()
                await anyio.sleep_forever()
        except Exception as error:  # the rest of the service goes on
            log.error("the tools cannot be loaded", exc_info=error)
        finally:
            self._tools = None
            self._made.set()


def _loaded(service: ServiceContext) -> Starlette:
    from mcp.server.transport_security import TransportSecuritySettings

    from stopgap.service.assistants.server import tools_server

    return tools_server(service, None).streamable_http_app(
        streamable_http_path=ADDRESS,
        json_response=True,
        stateless_http=True,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # ours checks the host
    )
