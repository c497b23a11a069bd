"""The command on routes: what may reach the target through hubs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from stopgap.cli.terminal.command import EpisodeArgument, WrittenAnswer, command
from stopgap.cli.terminal.options import Answer
from stopgap.measures.routes.request import RouteRequest


class RoutesBy(StrEnum):
    """What a row of the table is."""

    HUB = "hub"
    GOOD = "good"
    MONTH = "month"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    command(app, "routes")(routes_command)


def routes_command(
    episode: EpisodeArgument,
    request: RouteRequest,
    shown: WrittenAnswer,
    by: Annotated[RoutesBy, typer.Option("--by", help="What a row of the table is.")] = RoutesBy.HUB,
) -> Answer:
    """Measure what may reach the target through hubs, beyond what chance would match.

    Example: stopgap routes russia-2022 --goods chpl-2024-02 --frequency M --leg1 hub
    """
    from stopgap.cli.terminal.marked import result_answer
    from stopgap.measures.routes.tables import SHOWN, route_lines, route_table

    finding = shown.open().routes(episode, request)
    table = route_table(finding, by=by.value)
    return result_answer(finding, table, route_lines(finding), SHOWN[by.value])
