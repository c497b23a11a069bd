"""The command on the quality of the lake's figures."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from stopgap.cli.terminal.command import WrittenAnswer, command
from stopgap.cli.terminal.options import Answer
from stopgap.measures.quality.request import QualityRequest


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
    command(lake_app, "quality")(quality_command)


def quality_command(
    request: QualityRequest,
    shown: WrittenAnswer,
    table: Annotated[
        QualityTable, typer.Option("--table", help="Which table is printed; JSON holds all.")
    ] = QualityTable.OVERVIEW,
) -> Answer:
    """Report on the quality of the figures: who reported what, how far two reports agree, which rows are unlike the others.

    Example: stopgap lake quality russia-2022 --table reporters
    """
    from stopgap.cli.terminal.marked import result_answer
    from stopgap.measures.quality.results import report_lines, report_table

    report = shown.open().quality(request)
    notes = report_lines(report) if table is QualityTable.OVERVIEW else []
    lines = [f"quality as of {report.as_of}: {table.value}", *notes]
    return result_answer(report, report_table(report, table.value), lines, _SHOWN.get(table, ()))
