"""The command on prices: what the target pays above others, and quantity apart from price."""

from __future__ import annotations

import typer

from stopgap.cli.terminal.command import EpisodeArgument, WrittenAnswer, command
from stopgap.cli.terminal.options import Answer
from stopgap.panel.request import MeasureRequest

_SHOWN = (
    "supplier",
    "role",
    "change_usd",
    "quantity_usd",
    "price_usd",
    "new_or_ended_usd",
    "not_adjusted_usd",
    "weighed_share",
)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    command(app, "prices")(prices_command)


def prices_command(episode: EpisodeArgument, request: MeasureRequest, shown: WrittenAnswer) -> Answer:
    """Measure what the target pays above others, and split loss and backfill in quantity and price.

    Example: stopgap prices russia-2022 --goods chpl-2024-02 --frequency M --after 2022-03:2022-11
    """
    from stopgap.cli.terminal.marked import result_answer

    finding = shown.open().prices(episode, request)
    return result_answer(finding, finding.table(), finding.lines(), _SHOWN)
