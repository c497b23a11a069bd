"""The command on levers: which further stop would take most from the target's inflow."""

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
    ReportOption,
)
from stopgap.cli.options import AsOfOption, Format, FormatOption, LakeOption, OutputOption

_SHOWN = (
    "rank",
    "kind",
    "supplier",
    "good",
    "carried_usd",
    "share_of_inflow",
    "alternatives",
    "alternatives_hhi",
    "reroute_share",
    "removed_usd",
    "removed_low_usd",
    "removed_high_usd",
    "thinned_removed_usd",
)


class By(StrEnum):
    """What a lever is."""

    ALL = "all"
    GOOD = "good"
    HUB = "hub"
    SUPPLIER = "supplier"
    SUPPLIER_GOOD = "supplier-good"


IfOption = Annotated[
    list[str] | None,
    typer.Option(
        "--if",
        metavar="TEXT",
        help='What would happen, such as "stop KGZ 8542" or "cut TUR 85 by 50%". May be given several times.',
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("levers")(levers_command)


def levers_command(
    episode: EpisodeArgument,
    goods: GoodsOption = None,
    question: IfOption = None,
    by: Annotated[By, typer.Option("--by", help="What a lever is.")] = By.ALL,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="Levers shown; 0 for all.")] = 25,
    no_routes: Annotated[
        bool, typer.Option("--no-routes", help="Leave out what passes through hubs; faster.")
    ] = False,
    baseline: BaselineOption = None,
    after: AfterOption = None,
    frequency: FrequencyOption = None,
    report: ReportOption = Report.REPORTED,
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Rank goods, hubs and suppliers by what a stop there would remove from the target's inflow.

    Example: stopgap levers russia-2022 --goods machinery-electronics --by hub --if "stop TUR"
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.marked import result_answer
    from stopgap.cli.output import emit
    from stopgap.measures.levers.run import levers
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
    finding = levers(
        folder,
        episode,
        options,
        by=by.value,
        limit=limit,
        texts=tuple(question or ()),
        with_routes=not no_routes,
    )
    emit(result_answer(folder, finding, finding.table(), finding.lines(), _SHOWN), form, output)
