"""Put the tools at ``/mcp`` of the service, for those who send a token."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import AsyncIterator

from fastapi import FastAPI

from stopgap.service.context import ServiceContext

PATH = "/mcp"


def has_tools() -> bool:
    """Whether the extra ``mcp`` is installed."""
    return importlib.util.find_spec("mcp") is not None


def mount_tools(app: FastAPI, service: ServiceContext) -> contextlib.AbstractAsyncContextManager[None]:
    """Mount the tools, and return what must be open while the service runs; without the extra, nothing is mounted."""
    if not has_tools():
        return contextlib.nullcontext()
    from mcp.server.transport_security import TransportSecuritySettings

    from stopgap.service.assistants.server import tools_server

    tools = tools_server(service, None).streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # ours checks the host
    )
    for route in tools.routes:
        app.router.routes.append(route)

    @contextlib.asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with tools.router.lifespan_context(tools):
            yield

    return running()
