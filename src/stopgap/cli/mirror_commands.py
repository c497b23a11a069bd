"""The command that compares two reports of one trade."""

from __future__ import annotations

import typer

from stopgap.cli.terminal.command import EpisodeArgument, WrittenAnswer, command
from stopgap.cli.terminal.options import Answer
from stopgap.panel.request import MirrorRequest

_SHOWN = ("exporter", "importer", "good", "usd", "new_usd", "exporter_usd", "importer_usd", "unrecorded_share")


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    command(app, "mirror")(mirror_command)


def mirror_command(episode: EpisodeArgument, request: MirrorRequest, shown: WrittenAnswer) -> Answer:
    """Compare exporters' with importers' reports: phantom trade, reconciled totals, silent reporters.

    Example: stopgap mirror russia-2022 --goods machinery-electronics --baseline 2020-01:2021-12 --after 2023-01:2023-12
    """
    from stopgap.cli.terminal.marked import result_answer
    from stopgap.measures.mirror.tables import mirror_lines, phantom_table

    finding = shown.open().mirror(episode, request)
    return result_answer(finding, phantom_table(finding), mirror_lines(finding), _SHOWN)
