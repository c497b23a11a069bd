"""The command on counterfactuals: net backfill beside every second opinion."""

from __future__ import annotations

import typer

from stopgap.cli.terminal.command import EpisodeArgument, WrittenAnswer, command
from stopgap.cli.terminal.options import Answer
from stopgap.measures.second_opinion.request import CounterfactualRequest


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    command(app, "counterfactual")(counterfactual_command)


def counterfactual_command(episode: EpisodeArgument, request: CounterfactualRequest, shown: WrittenAnswer) -> Answer:
    """Set net backfill beside a second model, contrasts, an event study, placebos and a synthetic control.

    Example: stopgap counterfactual russia-2022 --goods machinery-electronics --baseline 2021-01:2021-12 --after 2023-01:2023-12
    """
    from stopgap.cli.terminal.marked import result_answer
    from stopgap.cli.terminal.progress import shown_progress

    with shown_progress() as progress:
        report = shown.open(progress).counterfactual(episode, request)
    return result_answer(report, report.table(), report.lines())
