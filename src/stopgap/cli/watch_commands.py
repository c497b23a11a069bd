"""Commands about change: diff, watch."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from stopgap.cli.measure_commands import (
    AfterOption,
    BaselineOption,
    EpisodeArgument,
    FrequencyOption,
    GoodsOption,
    ReportOption,
)
from stopgap.cli.options import Answer, Format, FormatOption, LakeOption, OutputOption
from stopgap.vocab import Report


class DiffBy(StrEnum):
    """What a row of the table is."""

    SUPPLIER = "supplier"
    GOOD = "good"
    MONTH = "month"
    ROW = "row"


_SHOWN = {
    DiffBy.SUPPLIER: (),
    DiffBy.GOOD: (),
    DiffBy.MONTH: (
        "supplier",
        "period",
        "from_usd",
        "to_usd",
        "change_usd",
        "first_vintage",
        "first_usd",
        "latest_usd",
        "revised_since_first_share",
    ),
    DiffBy.ROW: ("change", "supplier", "period", "good", "part", "from_usd", "to_usd", "effect_usd"),
}


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("diff")(diff_command)


def diff_command(
    episode: EpisodeArgument,
    earlier: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="VINTAGE",
            help="Vintage (v3) or day (2024-06-01) to compare from.",
            show_default=False,
        ),
    ],
    later: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="VINTAGE",
            help="Vintage or day to compare to (default: the newest).",
            show_default=False,
        ),
    ] = None,
    goods: GoodsOption = None,
    by: Annotated[DiffBy, typer.Option("--by", help="What a row of the table is.")] = DiffBy.SUPPLIER,
    baseline: BaselineOption = None,
    after: AfterOption = None,
    frequency: FrequencyOption = None,
    report: ReportOption = Report.REPORTED,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Say which figures changed between two vintages: because rows were revised, are new, were withdrawn, or count otherwise.

    Example: stopgap diff russia-2022 --from v1 --to v2
    """
    from stopgap.cli.output import emit
    from stopgap.findings.revision_tables import revision_lines, revision_table
    from stopgap.settings import load_settings
    from stopgap.workflows.differing import diff
    from stopgap.workflows.preparing import measure_options

    options = measure_options(goods=goods, baseline=baseline, after=after, frequency=frequency, report=report)
    revision = diff(load_settings(lake=lake).lake, episode, options, earlier=earlier, later=later)
    lines = revision_lines(revision)
    table = revision_table(revision, by=by.value)
    emit(Answer(revision.as_dict(), table, lines[0], lines[1:], _SHOWN[by]), form, output)
