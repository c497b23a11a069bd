"""The command on counterfactuals: net backfill beside every second opinion."""

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
)
from stopgap.cli.options import AsOfOption, Format, FormatOption, LakeOption, OutputOption


class StepName(StrEnum):
    """Stretch of the event study."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("counterfactual")(counterfactual_command)


def counterfactual_command(
    episode: EpisodeArgument,
    goods: GoodsOption = None,
    baseline: BaselineOption = None,
    after: AfterOption = None,
    frequency: FrequencyOption = None,
    monthly: Annotated[
        bool, typer.Option("--monthly", help="Fit the Poisson model on months instead of means a year.")
    ] = False,
    step: Annotated[
        StepName | None,
        typer.Option(
            "--step",
            help="Stretch of the event study (default: a quarter; a year for annual figures).",
            show_default=False,
        ),
    ] = None,
    contrasts: Annotated[
        int,
        typer.Option(
            "--contrasts",
            metavar="N",
            min=0,
            help="Suppliers, largest gain first, set against all others.",
        ),
    ] = 3,
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Set net backfill beside a second model, contrasts, an event study, placebos and a synthetic control.

    Example: stopgap counterfactual russia-2022 --goods machinery-electronics --baseline 2021-01:2021-12 --after 2023-01:2023-12
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.marked import result_answer
    from stopgap.cli.output import emit
    from stopgap.cli.progress import shown_progress
    from stopgap.measures.second_opinion.event_study import Step
    from stopgap.measures.second_opinion.run import Asked, counterfactual
    from stopgap.panel.prepare import measure_options

    options = measure_options(goods=goods, baseline=baseline, after=after, frequency=frequency, as_of=as_of)
    asked = Asked(monthly=monthly, step=Step(step.value) if step else None, contrasts=contrasts)
    folder = load_settings(lake=lake).lake
    with shown_progress() as progress:
        report = counterfactual(folder, episode, options, asked, say=progress)
    emit(result_answer(folder, report, report.table(), report.lines()), form, output)
