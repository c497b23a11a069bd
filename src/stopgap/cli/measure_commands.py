"""Commands that do the main job: demo, measure, brief."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stopgap.briefs.request import BriefRequest
from stopgap.cli.terminal.command import EpisodeArgument, Shown, WrittenAnswer, command
from stopgap.cli.terminal.options import Answer
from stopgap.measures.backfill.request import BackfillRequest


class By(StrEnum):
    """What a row of the table is."""

    SUPPLIER = "supplier"
    GOOD = "good"
    GROUP = "group"


_GOOD_COLUMNS = (
    "good",
    "description",
    "baseline_usd",
    "loss_usd",
    "loss_share",
    "loss_ci95",
    "gain_usd",
    "net_gain_usd",
    "net_ci95",
    "unfilled_usd",
    "top_supplier",
)
_SHOWN = {
    By.SUPPLIER: (
        "supplier",
        "baseline_usd",
        "after_usd",
        "gain_usd",
        "share_of_loss",
        "net_gain_usd",
        "ci95",
        "kind",
        "is_hub",
    ),
    By.GOOD: _GOOD_COLUMNS,
    By.GROUP: _GOOD_COLUMNS,
}


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    command(app, "demo")(demo_command)
    command(app, "measure")(measure_command)
    command(app, "brief")(brief_command)


def demo_command(
    shown: Shown,
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Folder for the brief and the claims.")
    ] = Path("stopgap-demo"),
    text: Annotated[
        Path | None,
        typer.Option(
            "--text",
            metavar="FILE",
            help="The news report of the built-in statements: their words are checked and shown.",
            show_default=False,
        ),
    ] = None,
) -> Answer:
    """Do the main job on what is in the package: lake, measures, brief, statements tested.

    Example: stopgap demo --output out
    """
    from stopgap.cli.terminal.marked import result_answer
    from stopgap.cli.terminal.progress import shown_progress

    with shown_progress() as progress:
        result = shown.open(progress).demo(output, text=text)
    return result_answer(result, result.table(), [result.headline, *result.where_to_look()])


def measure_command(
    episode: EpisodeArgument,
    request: BackfillRequest,
    shown: WrittenAnswer,
    by: Annotated[By, typer.Option("--by", help="What a row of the table is.")] = By.SUPPLIER,
) -> Answer:
    """Measure suspended trade and who backfills it.

    Example: stopgap measure russia-2022 --goods machinery-electronics --baseline 2021-01:2021-12 --after 2023-01:2023-12
    """
    from stopgap.cli.terminal.marked import result_answer
    from stopgap.measures.backfill.tables import finding_table, summary_lines

    measured = shown.open().measure(episode, request)
    table = finding_table(measured.finding, by=by.value)
    return result_answer(measured, table, summary_lines(measured.finding), _SHOWN[by])


def brief_command(episode: EpisodeArgument, request: BriefRequest, shown: Shown) -> Answer:
    """Write the shareable brief: HTML, PDF, Excel or Markdown.

    Example: stopgap brief russia-2022 --output brief.pdf
    """
    import pyarrow as pa

    from stopgap.cli.terminal.marked import note_name, result_answer

    brief = shown.open().brief(episode, request)
    note_name(brief.path, brief.marking)
    return result_answer(brief, pa.Table.from_pylist([brief.as_dict()]), ["brief written"])
