"""Commands that fetch from live services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.base.notes import Summary
from stopgap.base.request import Option
from stopgap.cli.terminal.command import WrittenAnswer, command, group
from stopgap.cli.terminal.ending import left_in_time
from stopgap.cli.terminal.marked import summary_answer
from stopgap.cli.terminal.options import Answer
from stopgap.cli.terminal.progress import shown_progress
from stopgap.cli.terminal.stopping import STOPPED, STOPPED_LINE
from stopgap.cli.terminal.telling import tell
from stopgap.intake.fetch_request import (
    AskRequest,
    ComtradeReporters,
    EurostatReporters,
    FetchRequest,
    FiguresAsked,
    KeyedAskRequest,
)

if TYPE_CHECKING:
    from stopgap.intake.fetching import FetchPlan, FetchResult

commands = typer.Typer(rich_markup_mode=None)
fetch_app = group(
    commands,
    "fetch",
    "Figures from live services, imported as one vintage; an interrupted fetch goes on where it stopped.",
)

_SHOWN = (
    "source", "vintage", "rows_read", "rows_loaded", "rows_missing", "rows_replaced", "rows_withdrawn",
    "pieces", "pieces_reused", "pieces_empty", "requests", "retries", "quota_left",
)  # fmt: skip

DryRunOption = Annotated[bool, Option("Show the requests; ask for nothing.")]


@command(fetch_app, "comtrade")
def comtrade_command(
    reporters: ComtradeReporters,
    figures: FiguresAsked,
    ask: KeyedAskRequest,
    shown: WrittenAnswer,
    dry_run: DryRunOption = False,
) -> Answer:
    """Fetch from UN Comtrade; the key is read from $STOPGAP_COMTRADE_KEY.

    Example: stopgap fetch comtrade --reporter eu27,CHN --partner RUS --codes 854231 --from 2021 --to 2023
    """
    return _answer("comtrade", shown, dry_run, reporters, figures, ask)


@command(fetch_app, "eurostat")
def eurostat_command(
    reporters: EurostatReporters,
    figures: FiguresAsked,
    ask: AskRequest,
    shown: WrittenAnswer,
    dry_run: DryRunOption = False,
) -> Answer:
    """Fetch from Eurostat's Comext (DS-045409): EU members' trade by HS and CN code.

    Example: stopgap fetch eurostat --reporter DEU,FRA --partner RUS --codes 854231 --from 2023-01 --to 2023-06
    """
    return _answer("eurostat", shown, dry_run, reporters, figures, ask)


@command(fetch_app, "us-census")
def us_census_command(
    figures: FiguresAsked, ask: KeyedAskRequest, shown: WrittenAnswer, dry_run: DryRunOption = False
) -> Answer:
    """Fetch US trade by month; the key is read from $STOPGAP_CENSUS_KEY.

    Example: stopgap fetch us-census --partner RUS,KGZ --codes 854231 --from 2023-01 --to 2023-06 --flow X
    """
    return _answer("us-census", shown, dry_run, figures, ask)


@command(fetch_app, "hmrc")
def hmrc_command(figures: FiguresAsked, ask: AskRequest, shown: WrittenAnswer, dry_run: DryRunOption = False) -> Answer:
    """Fetch UK trade from HMRC, by month and CN8 code.

    Example: stopgap fetch hmrc --partner RUS,KGZ --codes 8542 --from 2023-01 --to 2023-06
    """
    return _answer("hmrc", shown, dry_run, figures, ask)


def _answer(service: str, shown: WrittenAnswer, dry_run: bool, *parts: object) -> Answer:
    options: dict[str, Any] = {}
    for part in parts:
        options |= vars(part)
    request = FetchRequest(**options)
    plan = shown.open().fetch_plan(service, request)
    if dry_run:
        return _plan_answer(plan)
    for warning in plan.warnings:  # before the first request, and not only after the last
        tell(f"warning: {warning}")
    with shown_progress() as progress, left_in_time(STOPPED_LINE, exit_code=STOPPED):
        result = shown.open(progress).fetch(service, request)
    return _fetch_answer(service, result)


def _fetch_answer(service: str, result: FetchResult) -> Answer:
    import pyarrow as pa

    document = result.as_dict()
    title = f"vintage {document['vintage']}, fetched from {service}"
    if document["already_loaded"]:
        title = f"fetched from {service}: the same bytes as in {document['vintage']}, nothing changed"
    table = pa.Table.from_pylist([{name: document[name] for name in _SHOWN}])
    summary = Summary(title, notes=(*result.warnings, *result.imported.warnings))
    return summary_answer(result, table, summary=summary)


def _plan_answer(plan: FetchPlan) -> Answer:
    import pyarrow as pa

    return Answer(
        plan.as_dict(),
        pa.Table.from_pylist(plan.rows()),
        f"{len(plan.pieces):,} requests to {plan.service} (none was sent); – stands for all",
        ["a reply that is cut at the service's limit takes further requests"],
    )
