"""Commands that measure: demo, measure, brief, mirror, counterfactual, prices, nowcast, levers, routes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stopgap.answers.choices import By, RoutesBy
from stopgap.base.request import Option
from stopgap.briefs.request import BriefRequest
from stopgap.cli.terminal.command import EpisodeArgument, Shown, WrittenAnswer, command
from stopgap.cli.terminal.marked import note_name, result_answer, summary_answer
from stopgap.cli.terminal.options import Answer
from stopgap.cli.terminal.progress import shown_progress
from stopgap.measures.backfill.request import BackfillRequest
from stopgap.measures.levers.request import LeverRequest
from stopgap.measures.nowcast.request import NowcastRequest
from stopgap.measures.prices.request import PriceRequest
from stopgap.measures.routes.request import RouteRequest
from stopgap.measures.second_opinion.request import CounterfactualRequest
from stopgap.panel.request import MirrorRequest

commands = typer.Typer(rich_markup_mode=None)


_GOOD_COLUMNS = (
    "good+description", "baseline_usd", "loss_usd", "loss_share", "loss_ci95", "gain_usd", "net_gain_usd",
    "net_ci95", "unfilled_usd", "top_supplier",
)  # fmt: skip
_LEAST_NEEDED = ("is_hub", "kind", "gain_usd", "share_of_loss", "top_supplier", "unfilled_usd", "loss_share")
"""Columns of ``measure`` that a narrow terminal leaves out first: what other columns tell, before a net gain's interval."""
_SHOWN = {
    By.SUPPLIER: (
        "supplier",
        "baseline_usd",
        "after_usd",
        "gain_usd",
        "share_of_loss",
        "net_gain",
        "ci95",
        "kind",
        "is_hub",
    ),
    By.GOOD: _GOOD_COLUMNS,
    By.GROUP: _GOOD_COLUMNS,
}
_DEMO_SHOWN = tuple(name for name in _SHOWN[By.SUPPLIER] if name != "is_hub")


_SHOWN_OF_DEMO = (
    "supplier", "baseline_usd", "after_usd", "gain_usd", "share_of_loss", "net_gain", "ci95", "kind",
)  # fmt: skip


@command(commands, "demo")
def demo_command(
    shown: Shown,
    output: Annotated[Path, Option("Folder for the brief and the claims.", metavar="DIR")] = Path("stopgap-demo"),
    text: Annotated[
        Path | None,
        Option("The news report of the built-in statements: their words are checked and shown.", metavar="FILE"),
    ] = None,
) -> Answer:
    """Do the main job on what is in the package: lake, measures, brief, statements tested.

    Example: stopgap demo --output out
    """
    with shown_progress() as progress:
        result = shown.data(progress).demo(output, text=text)
    return result_answer(result, result.table(), [result.headline, *result.where_to_look()], _DEMO_SHOWN)


@command(commands, "measure")
def measure_command(
    episode: EpisodeArgument,
    request: BackfillRequest,
    shown: WrittenAnswer,
    by: Annotated[By, Option("What a row of the table is.")] = By.SUPPLIER,
) -> Answer:
    """Measure suspended trade and who backfills it.

    Example: stopgap measure russia-2022 --goods machinery-electronics --baseline 2021-01:2021-12 --after 2023-01:2023-12
    """
    from stopgap.measures.backfill.tables import finding_table

    measured = shown.measures().measure(episode, request)
    return summary_answer(
        measured, finding_table(measured.finding, by=by.value), _SHOWN[by], least_needed=_LEAST_NEEDED
    )


@command(commands, "brief")
def brief_command(episode: EpisodeArgument, request: BriefRequest, shown: Shown) -> Answer:
    """Write the shareable brief: HTML, PDF, Excel or Markdown.

    Example: stopgap brief russia-2022 --output brief.pdf --form one-page
    """
    import pyarrow as pa

    brief = shown.measures().brief(episode, request)
    note_name(brief.path, brief.marking)
    return result_answer(brief, pa.Table.from_pylist([brief.as_dict()]), ["brief written"])


UNRECORDED = "unrecorded_usd"
_NEW = "newly unrecorded_usd"
_MIRROR_SHOWN = ("exporter", "importer", "good", "usd", "new_usd", "exporter_usd", "importer_usd", "unrecorded_share")


@command(commands, "mirror")
def mirror_command(episode: EpisodeArgument, request: MirrorRequest, shown: WrittenAnswer) -> Answer:
    """Compare exporters' with importers' reports: phantom trade, reconciled totals, silent reporters.

    Example: stopgap mirror russia-2022 --goods machinery-electronics --baseline 2020-01:2021-12 --after 2023-01:2023-12
    """
    from stopgap.measures.mirror.results import phantom_table

    finding = shown.measures().mirror(episode, request)
    headers = {"usd": UNRECORDED, "new_usd": _NEW}
    return summary_answer(finding, phantom_table(finding), _MIRROR_SHOWN, least_needed=("new_usd",), headers=headers)


@command(commands, "counterfactual")
def counterfactual_command(episode: EpisodeArgument, request: CounterfactualRequest, shown: WrittenAnswer) -> Answer:
    """Set net backfill beside a second model, contrasts, an event study, placebos and a synthetic control.

    Example: stopgap counterfactual russia-2022 --goods machinery-electronics --baseline 2021-01:2021-12 --after 2023-01:2023-12
    """
    with shown_progress() as progress:
        report = shown.measures(progress).counterfactual(episode, request)
    return summary_answer(report, report.table())


_PRICE_SHOWN = (
    "supplier", "role", "change_usd", "quantity_usd", "price_usd", "new_or_ended_usd", "not_adjusted_usd",
    "weighed_share",
)  # fmt: skip


@command(commands, "prices")
def prices_command(episode: EpisodeArgument, request: PriceRequest, shown: WrittenAnswer) -> Answer:
    """Measure what the target pays above others, and split loss and backfill in quantity and price.

    Example: stopgap prices russia-2022 --goods chpl-2024-02 --frequency M --after 2022-03:2022-11
    """
    finding = shown.measures().prices(episode, request)
    return summary_answer(finding, finding.table(), _PRICE_SHOWN)


_NOWCAST_SHOWN = (
    "month", "symmetric_ratio", "ci95", "is_nowcast", "final_ci95", "early_share_of_baseline", "missing_reporters",
)  # fmt: skip


@command(commands, "nowcast")
def nowcast_command(episode: EpisodeArgument, request: NowcastRequest, shown: WrittenAnswer) -> Answer:
    """Nowcast the symmetric ratio by month from early reporters, with the errors of past nowcasts.

    Example: stopgap nowcast russia-2022 --goods chpl-2024-02 --after 2022-03:2022-11
    """
    finding = shown.measures().nowcast(episode, request)
    return summary_answer(finding, finding.table(), _NOWCAST_SHOWN)


_LEVER_SHOWN = (
    "rank", "rank_low", "rank_high", "kind", "supplier", "good", "carried_usd", "score_usd", "removed_usd",
    "removed_low_usd", "removed_high_usd", "bounded_removed_usd", "share", "own_backfill_share", "price_cost_usd",
    "capacity_usd", "thinned_removed_usd", "sigma", "response_weight", "rank_by_removed",
)  # fmt: skip


@command(commands, "levers")
def levers_command(episode: EpisodeArgument, request: LeverRequest, shown: WrittenAnswer) -> Answer:
    """Rank goods, hubs and suppliers by what a stop there would remove from the target's inflow.

    Example: stopgap levers russia-2022 --goods machinery-electronics --by hub --if "stop TUR"
    """
    finding = shown.measures().levers(episode, request)
    return summary_answer(finding, finding.table(), _LEVER_SHOWN)


@command(commands, "routes")
def routes_command(
    episode: EpisodeArgument,
    request: RouteRequest,
    shown: WrittenAnswer,
    by: Annotated[RoutesBy, Option("What a row of the table is.")] = RoutesBy.HUB,
) -> Answer:
    """Measure what may reach the target through hubs, beyond what chance would match.

    Example: stopgap routes russia-2022 --goods chpl-2024-02 --frequency M --leg1 hub
    """
    from stopgap.measures.routes.results import SHOWN, route_table

    finding = shown.measures().routes(episode, request)
    table = route_table(finding, by=by.value)
    headers = {"usd": UNRECORDED} if by is RoutesBy.DECLARED else {}
    return summary_answer(finding, table, SHOWN[by.value], least_needed=("match_any_origin_usd",), headers=headers)
