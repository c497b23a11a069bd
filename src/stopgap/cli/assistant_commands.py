"""Command that serves tools to assistants (Model Context Protocol)."""

from __future__ import annotations

from typing import Annotated

import typer

from stopgap.base.errors import MissingDataError
from stopgap.base.marking import parse_marking
from stopgap.base.person import user_name
from stopgap.base.request import Completes, Option
from stopgap.cli.serve_commands import say_served
from stopgap.cli.terminal.command import Shown, command
from stopgap.cli.terminal.options import Answer

commands = typer.Typer(rich_markup_mode=None)

Clearance = Annotated[
    str | None,
    Option(
        "Show the assistant only what is marked up to this level, such as GREEN (default: all of the lake).",
        metavar="MARKING",
        completes=Completes.MARKING,
    ),
]
ReleasableTo = Annotated[
    str | None, Option("Economies (ISO3, parted by commas) that the assistant's reader belongs to.", metavar="ISO3,…")
]


Http = Annotated[
    bool, Option("Serve over HTTP on this machine alone, to programs that send the token that is printed.")
]
Port = Annotated[int, Option("Port of --http; 0 takes a free one.", metavar="PORT")]


@command(commands, "mcp")
def mcp_command(
    shown: Shown, clearance: Clearance = None, releasable_to: ReleasableTo = None, http: Http = False, port: Port = 8766
) -> Answer | None:
    """Serve read-only tools to an assistant on this machine, over standard input and output, or with --http.

    Every answer carries its unit, interval, coverage, marking and the sentences that must not be left out. The service
    of a team has the same tools at /mcp, for those who send a token (stopgap serve).

    Example: stopgap mcp --clearance GREEN
    """
    from stopgap.service.assistants.mount import has_tools

    if not has_tools():
        raise MissingDataError(
            "the tools for assistants need the package mcp", where="stopgap mcp", fix="pip install 'stopgap[mcp]'"
        )
    from stopgap.service.context import ServiceContext
    from stopgap.service.principal import PersonRole, Principal
    from stopgap.service.settings import ServeRequest, service_settings

    seen = None if clearance is None else parse_marking(clearance, releasable_to, where="--clearance")
    service = ServiceContext(service_settings(shown.folder, ServeRequest()))
    person = Principal(user_name(), PersonRole.VIEWER, seen)
    if http:
        from stopgap.service.assistants.loopback import serve_tools

        serve_tools(service, person, port, lambda served: say_served(served, shown))
    else:
        from stopgap.service.assistants.server import tools_server

        tools_server(service, person).run("stdio")
    return None
