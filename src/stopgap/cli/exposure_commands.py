"""The command on exposure: the companies behind an episode's goods."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stopgap.answers.choices import ExposureBy
from stopgap.base.request import Option
from stopgap.cli.terminal.command import EpisodeArgument, WrittenAnswer, command
from stopgap.cli.terminal.marked import note_name, summary_answer
from stopgap.cli.terminal.options import Answer
from stopgap.screening.exposure.request import ExposureRequest

commands = typer.Typer(rich_markup_mode=None)


_SHOWN = {
    ExposureBy.COMPANY: (
        "rank", "role", "name", "economy", "value_usd", "share", "list", "score", "first_seen", "share_through_hubs",
        "newly_founded", "seen_before_event", "lines", "lines_without_value",
    ),
    ExposureBy.PAIR: ("exporter_name", "importer_name", "value_usd", "lines", "share_through_hubs", "first_seen"),
    ExposureBy.HUB: ("hub", "value_usd", "through_hubs_usd", "coalition_made_usd", "exporters", "importers", "first_seen"),
}  # fmt: skip


@command(commands, "exposure")
def exposure_command(
    episode: EpisodeArgument,
    request: ExposureRequest,
    shown: WrittenAnswer,
    by: Annotated[ExposureBy, Option("What a row of the table is.")] = ExposureBy.COMPANY,
    ftm: Annotated[
        Path | None, Option("Also write the companies and their trade as FollowTheMoney entities.", metavar="FILE")
    ] = None,
) -> Answer:
    """Rank the companies that customs declarations name behind an episode's goods.

    Example: stopgap exposure russia-2022 --goods chpl-2024-02 --from 2023-01 --to 2023-12
    """
    from stopgap.answers.documents import exposure_document

    finding = shown.open().exposure(episode, request)
    written: list[str] = []
    if ftm is not None:
        from stopgap.screening.exposure.follow_the_money import write_ftm

        written.append(f"{write_ftm(finding, ftm):,} FollowTheMoney entities in {ftm}")
        note_name(ftm, finding.marking)
    tables = {
        ExposureBy.COMPANY: finding.company_table,
        ExposureBy.PAIR: finding.pair_table,
        ExposureBy.HUB: finding.hub_table,
    }
    answer = summary_answer(finding, tables[by](), _SHOWN[by])
    answer.above += written
    answer.document = exposure_document(finding)
    return answer
