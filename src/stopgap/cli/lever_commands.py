"""The command on levers: which further stop would take most from the target's inflow."""

from __future__ import annotations

import typer

from stopgap.cli.terminal.command import EpisodeArgument, WrittenAnswer, command
from stopgap.cli.terminal.options import Answer
from stopgap.measures.levers.request import LeverRequest

_SHOWN = (
    "rank",
    "kind",
    "supplier",
    "good",
    "carried_usd",
    "share_of_inflow",
    "alternatives",
    "alternatives_hhi",
    "reroute_share",
    "removed_usd",
    "removed_low_usd",
    "removed_high_usd",
    "thinned_removed_usd",
)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    command(app, "levers")(levers_command)


def levers_command(episode: EpisodeArgument, request: LeverRequest, shown: WrittenAnswer) -> Answer:
    """Rank goods, hubs and suppliers by what a stop there would remove from the target's inflow.

    Example: stopgap levers russia-2022 --goods machinery-electronics --by hub --if "stop TUR"
    """
    from stopgap.cli.terminal.marked import result_answer

    finding = shown.open().levers(episode, request)
    return result_answer(finding, finding.table(), finding.lines(), _SHOWN)
