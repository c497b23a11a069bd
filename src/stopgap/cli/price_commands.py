"""The command on prices: what the target pays above others, and quantity apart from price."""

from __future__ import annotations

import typer

from stopgap.base.vocab import Report
from stopgap.cli.measure_commands import (
    AfterOption,
    BaselineOption,
    EpisodeArgument,
    FrequencyOption,
    GoodsOption,
    ReportOption,
)
from stopgap.cli.options import AsOfOption, Format, FormatOption, LakeOption, OutputOption

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
    app.command("prices")(prices_command)


def prices_command(
    episode: EpisodeArgument,
    goods: GoodsOption = None,
    baseline: BaselineOption = None,
    after: AfterOption = None,
    frequency: FrequencyOption = None,
    report: ReportOption = Report.REPORTED,
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Measure what the target pays above others, and split loss and backfill in quantity and price.

    Example: stopgap prices russia-2022 --goods chpl-2024-02 --frequency M --after 2022-03:2022-11
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.marked import result_answer
    from stopgap.cli.output import emit
    from stopgap.measures.prices.run import prices
    from stopgap.panel.prepare import measure_options

    options = measure_options(
        goods=goods,
        baseline=baseline,
        after=after,
        frequency=frequency,
        report=report,
        as_of=as_of,
    )
    folder = load_settings(lake=lake).lake
    finding = prices(folder, episode, options)
    emit(result_answer(folder, finding, finding.table(), finding.lines(), _SHOWN), form, output)
