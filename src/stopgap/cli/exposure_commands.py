"""The command on exposure: the companies behind an episode's goods."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stopgap.cli.measure_commands import EpisodeArgument, GoodsOption
from stopgap.cli.options import Answer, AsOfOption, Format, FormatOption, LakeOption, OutputOption


class By(StrEnum):
    """What a row of the table is."""

    COMPANY = "company"
    PAIR = "pair"
    HUB = "hub"


class MergeChoice(StrEnum):
    """How far names are merged, as ``screening/exposure/parties.py`` has it (a test compares)."""

    NONE = "none"
    IDENTIFIER = "identifier"
    NAME = "name"
    SIMILAR = "similar"


_SHOWN = {
    By.COMPANY: (
        "rank", "role", "name", "economy", "value_usd", "share", "lines", "lines_without_value", "share_through_hubs",
        "first_seen", "seen_before_event", "newly_founded", "list", "score",
    ),
    By.PAIR: ("exporter_name", "importer_name", "value_usd", "lines", "share_through_hubs", "first_seen"),
    By.HUB: ("hub", "value_usd", "through_hubs_usd", "coalition_made_usd", "exporters", "importers", "first_seen"),
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("exposure")(exposure_command)


def exposure_command(
    episode: EpisodeArgument,
    goods: GoodsOption = None,
    by: Annotated[By, typer.Option("--by", help="What a row of the table is.")] = By.COMPANY,
    role: Annotated[
        list[str] | None,
        typer.Option(
            "--role",
            metavar="PARTY",
            help="exporter, importer, consignee (default: all three), declarant, notify_party, carrier, manufacturer; can be given several times.",
            show_default=False,
        ),
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="MONTH", help="First month of the window.", show_default=False),
    ] = None,
    last: Annotated[
        str | None,
        typer.Option("--to", metavar="MONTH", help="Last month of the window.", show_default=False),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source",
            metavar="NAME",
            help="Source of declarations to count; can be given several times. Default: the one with the most dollars.",
            show_default=False,
        ),
    ] = None,
    merge: Annotated[
        MergeChoice, typer.Option("--merge", help="How far declared names are merged into companies.")
    ] = MergeChoice.SIMILAR,
    register_file: Annotated[
        Path | None,
        typer.Option(
            "--register",
            metavar="FILE",
            help="CSV of a company register: identifier, name, founded_on.",
            show_default=False,
        ),
    ] = None,
    no_screen: Annotated[
        bool, typer.Option("--no-screen", help="Look no company up in the lake's lists.")
    ] = False,
    limit: Annotated[
        int,
        typer.Option("--limit", metavar="N", help="Companies of each party, and pairs, to show; 0 for all."),
    ] = 100,
    ftm: Annotated[
        Path | None,
        typer.Option(
            "--ftm",
            metavar="FILE",
            help="Also write the companies and their trade as FollowTheMoney entities.",
            show_default=False,
        ),
    ] = None,
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Rank the companies that customs declarations name behind an episode's goods.

    Example: stopgap exposure russia-2022 --goods chpl-2024-02 --from 2023-01 --to 2023-12
    """
    from stopgap.base.marking import strictest
    from stopgap.base.settings import load_settings
    from stopgap.cli.marked import note_name
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import marking_of_exposure
    from stopgap.evidence.markings.reads import marking_of_own, with_reads
    from stopgap.screening.exposure.lookups import exposure_helpers
    from stopgap.screening.exposure.run import exposure, exposure_options
    from stopgap.screening.exposure.words import exposure_lines

    options = exposure_options(
        goods=goods,
        first=first,
        last=last,
        as_of=as_of,
        roles=role or (),
        sources=source or (),
        merge=merge.value,
        limit=limit,
        register=register_file,
    )
    folder = load_settings(lake=lake).lake
    helpers = exposure_helpers(folder, as_of=as_of, screen=not no_screen)
    finding = exposure(folder, episode, options, helpers=helpers)
    lines = [*exposure_lines(finding), *(f"note: {note}" for note in helpers.notes)]
    if ftm is not None:
        from stopgap.screening.exposure.follow_the_money import write_ftm

        lines.append(f"{write_ftm(finding, ftm):,} FollowTheMoney entities in {ftm}")
    table = {By.COMPANY: finding.company_table, By.PAIR: finding.pair_table, By.HUB: finding.hub_table}[by]()
    document = {**finding.as_dict(), "list_notes": list(helpers.notes)}
    marking = marking_of_exposure(folder, finding)
    if register_file is not None:
        marking = strictest([marking, marking_of_own(folder, register_file)])
    note_name(ftm, with_reads(marking))
    emit(Answer(document, table, lines[0], lines[1:], _SHOWN[by], marking), form, output)
