"""The command that runs the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import typer

from stopgap.base.errors import UsageError
from stopgap.cli.terminal.command import Shown, command
from stopgap.cli.terminal.options import Format
from stopgap.service.settings import ServeRequest

commands = typer.Typer(rich_markup_mode=None)


@commands.callback()
def _group() -> None:
    """Keep the command a command of its group, though it is alone."""


@command(commands, "serve")
def serve_command(request: ServeRequest, shown: Shown) -> None:
    """Serve the lake to browsers and programs: REST, matching and sign-in, on this machine alone if not told otherwise.

    It prints a link that signs in once. Ctrl-C ends it, after the answers under way.

    Example: stopgap serve --port 8765
    """
    from stopgap.lake.engines.collection import no_collection
    from stopgap.service.settings import service_settings

    try:
        with no_collection():
            from stopgap.service.serve import serve
    except ModuleNotFoundError as error:
        raise not_installed(error) from None
    settings = service_settings(shown.folder, request)
    serve(settings, lambda served: say_served(served, shown), open_browser=not request.no_browser)


def not_installed(error: ModuleNotFoundError) -> UsageError:
    """Return the error for a package of the service that is not there."""
    return UsageError(
        f"{error.name} is not installed, which the service needs", where="stopgap serve", fix="pip install stopgap"
    )


class ServedAddress(Protocol):
    """What is said once something listens."""

    def as_dict(self) -> Mapping[str, object]:
        """Return it as JSON."""

    def lines(self) -> Sequence[str]:
        """Return it in lines of text."""


def say_served(served: ServedAddress, shown: Shown) -> None:
    """Print where something listens, and how it is stopped."""
    if shown.format is Format.JSON:
        import json

        print(json.dumps(served.as_dict()), flush=True)
        return
    for line in (*served.lines(), "Ctrl-C stops it"):
        print(line, flush=True)
