"""The command on routes: what may reach the target through hubs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from stopgap.base.vocab import Report
from stopgap.cli.measure_commands import (
    AfterOption,
    BaselineOption,
    EpisodeArgument,
    FrequencyOption,
    GoodsOption,
)
from stopgap.cli.options import AsOfOption, Format, FormatOption, LakeOption, OutputOption


class By(StrEnum):
    """What a row of the table is."""

    HUB = "hub"
    GOOD = "good"
    MONTH = "month"


class Leg1(StrEnum):
    """Whose report of the first leg."""

    COALITION = "coalition"
    HUB = "hub"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("routes")(routes_command)


def routes_command(
    episode: EpisodeArgument,
    goods: GoodsOption = None,
    by: Annotated[By, typer.Option("--by", help="What a row of the table is.")] = By.HUB,
    baseline: BaselineOption = None,
    after: AfterOption = None,
    frequency: FrequencyOption = None,
    leg1: Annotated[
        Leg1,
        typer.Option("--leg1", help="Whose report of the trade between coalition and hub is used."),
    ] = Leg1.COALITION,
    report: Annotated[
        Report,
        typer.Option(
            "--report", help="Trade between hub and target as the hubs report it, or the target (mirror)."
        ),
    ] = Report.REPORTED,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Seed of the draws of chance.")] = 0,
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Measure what may reach the target through hubs, beyond what chance would match.

    Example: stopgap routes russia-2022 --goods chpl-2024-02 --frequency M --leg1 hub
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.marked import result_answer
    from stopgap.cli.output import emit
    from stopgap.measures.routes.run import RouteOptions, routes
    from stopgap.measures.routes.tables import SHOWN, route_lines, route_table
    from stopgap.panel.prepare import measure_options

    options = measure_options(
        goods=goods, baseline=baseline, after=after, frequency=frequency, report=report, as_of=as_of
    )
    folder = load_settings(lake=lake).lake
    finding = routes(folder, episode, options, RouteOptions(leg1.value, seed))
    table = route_table(finding, by=by.value)
    emit(result_answer(folder, finding, table, route_lines(finding), SHOWN[by.value]), form, output)
