"""The server of the tools: over standard input for one person, or within the service for those who send a token."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from stopgap.base.errors import StopgapError
from stopgap.service.assistants import ADDRESS
from stopgap.service.assistants.answers import ToolAnswer
from stopgap.service.assistants.tools import TOOLS, Tools
from stopgap.service.context import ServiceContext
from stopgap.service.matching.noting import noted_screening
from stopgap.service.principal import Principal
from stopgap.service.problems import NotSignedInError

if TYPE_CHECKING:
    from stopgap.screening.matching.request import ScreenRequest
    from stopgap.screening.matching.run import ScreenedNames

INSTRUCTIONS = (
    "Stopgap measures who fills the gap when trade is stopped, from official statistics. Quote a figure only with its unit, "
    "interval, coverage, vintage and marking, and with every sentence of must_say. Do not add up rows of different "
    "units or windows. Say 'consistent with', never 'proves'. null means that it cannot be told, not zero."
)


def tools_server(service: ServiceContext, person: Principal | None) -> MCPServer[Any]:
    """Return a server of the tools.

    Args:
        service: State of the service.
        person: Who asks; ``None`` where each request says it by its token.
    """
    server: MCPServer[Any] = MCPServer(
        "Stopgap", title="Stopgap", instructions=INSTRUCTIONS, version=version("stopgap"), log_level="WARNING"
    )
    for tool in TOOLS:
        server.add_tool(
            _served(service, tool.__name__, tool, person),
            name=tool.__name__,
            description=inspect.getdoc(tool),
            annotations=ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False),
            structured_output=False,
        )
    return server


def _served(
    service: ServiceContext, name: str, tool: Callable[..., ToolAnswer], person: Principal | None
) -> Callable[..., Any]:
    """Return a tool that runs in a thread, as the one who asks."""

    async def call(context: Context[Any], **given: Any) -> str:
        import json

        principal = person or _signed_in(context)

        def work() -> dict[str, Any]:
            answer: ToolAnswer = getattr(_tools_of(service, principal), name)(**given)
            return answer.as_dict()

        try:
            found = await anyio.to_thread.run_sync(work)
        except StopgapError as error:
            raise ToolError(str(error)) from None
        return json.dumps(found, ensure_ascii=False, allow_nan=False)

    own = [each for each in inspect.signature(tool, eval_str=True).parameters.values() if each.name != "self"]
    first = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Context[Any])
    call.__signature__ = inspect.Signature([first, *own])  # type: ignore[attr-defined]
    call.__annotations__ = {"context": Context[Any], "return": str, **{each.name: each.annotation for each in own}}
    call.__name__ = name
    return call


def _tools_of(service: ServiceContext, person: Principal) -> Tools:
    """Return the tools as a person may use them; names that are looked up are noted, as at every other address."""

    def look_up(names: Sequence[str], request: ScreenRequest) -> tuple[ScreenedNames, str]:
        return noted_screening(
            service,
            person,
            ADDRESS,
            lambda lake: lake.screen(names, request),
            found_in=lambda found: (found, request, found.marking),
        )

    return Tools(functools.partial(service.ask, person), look_up)


def _signed_in(context: Context[Any]) -> Principal:
    """Return who sent a request over HTTP.

    Raises:
        ToolError: Nobody is signed in.
    """
    request = context.request_context.request
    principal: Principal | None = None if request is None else getattr(request.state, "principal", None)
    if principal is None:
        raise ToolError(
            str(NotSignedInError("nobody is signed in", where=ADDRESS, fix="send Authorization: Bearer and a token"))
        )
    return principal
