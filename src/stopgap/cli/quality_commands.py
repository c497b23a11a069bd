"""The command on the quality of the lake's figures."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from stopgap.cli.options import Answer, AsOfOption, Format, FormatOption, LakeOption, OutputOption


class QualityTable(StrEnum):
    """Tables of the report."""

    OVERVIEW = "overview"
    FIGURES = "figures"
    REPORTERS = "reporters"
    MIRROR = "mirror"
    UNIT_VALUES = "unit-values"
    STOPS = "stops"
    TOTALS = "totals"
    ROUNDING = "rounding"
    RECEIPTS = "receipts"


_SHOWN = {
    QualityTable.OVERVIEW: (
        "source", "frequency", "flow", "reporters", "first", "last", "reported_share", "silent_share",
        "estimated_share", "outlying_share", "within_band_share", "stopped_series",
    ),
    QualityTable.REPORTERS: (
        "source", "frequency", "flow", "reporter", "first", "last", "periods", "reported", "partial", "silent",
        "behind", "states",
    ),
    QualityTable.TOTALS: (
        "source", "frequency", "flow", "reporter", "rows", "value_usd", "estimated_share", "rows_unweighed",
        "rows_zero", "remainder_share", "unspecified_share",
    ),
    QualityTable.UNIT_VALUES: (
        "source", "flow", "reporter", "partner", "good", "revision", "period", "value_usd", "net_kg",
        "price_usd_per_kg", "median_usd_per_kg", "z", "group_rows",
    ),
}  # fmt: skip


def register(lake_app: typer.Typer) -> None:
    """Add the command to the group ``lake``."""
    lake_app.command("quality")(quality_command)


def quality_command(
    episode: Annotated[
        str | None,
        typer.Argument(
            metavar="EPISODE",
            help="Look at trade of this episode's target and hubs, in the chapters of its goods lists.",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="NAME", help="Look at one source.", show_default=False),
    ] = None,
    reporter: Annotated[
        str | None,
        typer.Option(
            "--reporter",
            metavar="ECONOMY",
            help="Show one reporter, by code or name; it is compared with all.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        QualityTable, typer.Option("--table", help="Which table is printed; JSON holds all.")
    ] = QualityTable.OVERVIEW,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", help="Most rows of each list of single rows or pairs.")
    ] = 50,
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Report on the quality of the figures: who reported what, how far two reports agree, which rows are unlike the others.

    Example: stopgap lake quality russia-2022 --table reporters
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import marking_of_tables
    from stopgap.measures.quality.results import report_lines, report_table
    from stopgap.measures.quality.run import quality

    folder = load_settings(lake=lake).lake
    report = quality(folder, episode, source=source, reporter=reporter, as_of=as_of, limit=limit)
    notes = report_lines(report) if table is QualityTable.OVERVIEW else []
    answer = Answer(
        report.as_dict(),
        report_table(report, table.value),
        f"quality as of {report.as_of}: {table.value}",
        notes,
        _SHOWN.get(table, ()),
        marking_of_tables(folder, as_of=report.as_of),
    )
    emit(answer, form, output)
