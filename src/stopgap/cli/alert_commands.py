"""Commands about alerts: run, list, show, decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.answers.alerts import alerts_table
from stopgap.answers.documents import listed
from stopgap.base.request import Completes, Option
from stopgap.cli.terminal.command import EpisodeArgument, WrittenAnswer, command, group
from stopgap.cli.terminal.marked import result_answer, summary_answer
from stopgap.cli.terminal.options import Answer
from stopgap.measures.alerts.request import AlertDecisionRequest, AlertFilter, AlertOptions

if TYPE_CHECKING:
    pass

commands = typer.Typer(rich_markup_mode=None)
alerts_app = group(
    commands, "alerts", "Alerts: months that stand out as first released, raised once, kept and decided."
)

_SHOWN = (
    "id", "supplier", "destination", "good+good_description", "month", "value_usd", "value_at_stake_usd", "status",
    "expected_usd", "ratio", "kind",
)  # fmt: skip

CaseArgument = Annotated[
    str,
    Option(
        "Id of an alert, or its beginning (alerts list).", metavar="ID", is_argument=True, completes=Completes.ALERT
    ),
]


@command(alerts_app, "run")
def run_command(episode: EpisodeArgument, request: AlertOptions, shown: WrittenAnswer) -> Answer:
    """Test a month as first released, and keep what stands out.

    Example: stopgap alerts run russia-2022 --goods chpl-2024-02 --month 2024-05
    """
    run = shown.open().alerts.run(episode, request)
    return summary_answer(run, alerts_table(run.raised), _SHOWN)


@command(alerts_app, "list")
def list_command(request: AlertFilter, shown: WrittenAnswer) -> Answer:
    """List alerts, most dollars at stake first.

    Example: stopgap alerts list russia-2022 --status all
    """
    from stopgap.evidence.markings.reads import EVERYTHING

    cases = shown.open().alerts(request)
    document = {"status": str(request.status), **listed("alerts", cases)}
    count = "1 alert" if len(cases) == 1 else f"{len(cases)} alerts"
    return Answer(document, alerts_table(cases), f"{count}, {request.status}", [], _SHOWN, cases.marking, EVERYTHING)


@command(alerts_app, "show")
def show_command(case: CaseArgument, shown: WrittenAnswer) -> Answer:
    """Show an alert: its explanation, its months as the lake has them now, and its decisions.

    Example: stopgap alerts show a-0123456789
    """
    import shlex

    found = shown.open().alerts.show(case)
    alert = found.case.alert
    lines = [
        f"{found.case.id}, {found.case.status}: {alert['explanation']}",
        f"raised in vintage {alert['vintage']}; rows as of {found.as_of}",
        f"rows: stopgap query {shlex.quote(alert['queries'][0])}",
        *(f"{each['when']} {each['who']}: {each['as']}, {each['why']}" for each in found.case.decisions),
    ]
    return result_answer(found, found.rows, lines)


@command(alerts_app, "decide")
def decide_command(case: CaseArgument, request: AlertDecisionRequest, shown: WrittenAnswer) -> Answer:
    """Decide on an alert; decisions are kept for ever, with who, when and why.

    Example: stopgap alerts decide a-0123456789 --as dismissed --why "one aircraft, delivered late"
    """
    found = shown.open().alerts.decide(case, request)
    return result_answer(found, alerts_table([found]), [f"{found.id} is {found.status}"], _SHOWN)
