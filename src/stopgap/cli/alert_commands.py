"""Commands about alerts: run, list, show, decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.cli.terminal.command import EpisodeArgument, WrittenAnswer, command
from stopgap.cli.terminal.options import Answer
from stopgap.measures.alerts.request import AlertDecisionRequest, AlertFilter, AlertOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.measures.alerts.cases import AlertCase

alerts_app = typer.Typer(
    help="Alerts: months that stand out as first released, raised once, kept and decided.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_TEXT = (
    "id", "episode", "kind", "role", "supplier", "destination", "good", "good_description", "month", "last_month",
    "began", "status", "explanation", "vintage", "goods",
)  # fmt: skip
_NUMBERS = (
    "value_usd", "expected_usd", "ratio", "value_at_stake_usd", "p_value", "q_value", "common_factor",
)  # fmt: skip
_SHOWN = (
    "id", "kind", "supplier", "destination", "good", "month", "value_usd", "expected_usd", "ratio", "value_at_stake_usd",
    "status",
)  # fmt: skip

CaseArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Id of an alert, or its beginning (alerts list).", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    command(alerts_app, "run")(run_command)
    command(alerts_app, "list")(list_command)
    command(alerts_app, "show")(show_command)
    command(alerts_app, "decide")(decide_command)
    app.add_typer(alerts_app, name="alerts")


def run_command(episode: EpisodeArgument, request: AlertOptions, shown: WrittenAnswer) -> Answer:
    """Test a month as first released, and keep what stands out.

    Example: stopgap alerts run russia-2022 --goods chpl-2024-02 --month 2024-05
    """
    from stopgap.cli.terminal.marked import result_answer

    run = shown.open().alerts.run(episode, request)
    document = run.as_dict()
    months = ", ".join(document["windows"]["tested"]) or "no month"
    title = (
        f"{run.episode.name}, {run.goods.name}, {months} as first released: "
        f"{len(run.raised)} new alerts, {len(run.known)} known; {document['coverage']['tested']} cells tested, "
        f"false discovery rate {run.fdr:.0%}"
    )
    return result_answer(run, _table(run.raised), [title, *document["warnings"]], _SHOWN)


def list_command(request: AlertFilter, shown: WrittenAnswer) -> Answer:
    """List alerts, most dollars at stake first.

    Example: stopgap alerts list russia-2022 --status all
    """
    from stopgap.evidence.markings.reads import EVERYTHING

    cases = shown.open().alerts(request)
    document = {"status": str(request.status), "alerts": [case.as_dict() for case in cases]}
    count = "1 alert" if len(cases) == 1 else f"{len(cases)} alerts"
    return Answer(document, _table(cases), f"{count}, {request.status}", [], _SHOWN, cases.marking, EVERYTHING)


def show_command(case: CaseArgument, shown: WrittenAnswer) -> Answer:
    """Show an alert: its explanation, its months as the lake has them now, and its decisions.

    Example: stopgap alerts show a-0123456789
    """
    import shlex

    from stopgap.cli.terminal.marked import result_answer

    found = shown.open().alerts.show(case)
    alert = found.case.alert
    lines = [
        f"{found.case.id}, {found.case.status}: {alert['explanation']}",
        f"raised in vintage {alert['vintage']}; rows as of {found.as_of}",
        f"rows: stopgap query {shlex.quote(alert['queries'][0])}",
        *(f"{each['when']} {each['who']}: {each['as']}, {each['why']}" for each in found.case.decisions),
    ]
    return result_answer(found, found.rows, lines)


def decide_command(case: CaseArgument, request: AlertDecisionRequest, shown: WrittenAnswer) -> Answer:
    """Decide on an alert; decisions are kept for ever, with who, when and why.

    Example: stopgap alerts decide a-0123456789 --as dismissed --why "one aircraft, delivered late"
    """
    from stopgap.cli.terminal.marked import result_answer

    found = shown.open().alerts.decide(case, request)
    return result_answer(found, _table([found]), [f"{found.id} is {found.status}"], _SHOWN)


def _table(cases: Sequence[AlertCase]) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema([*((name, pa.string()) for name in _TEXT), *((name, pa.float64()) for name in _NUMBERS)])
    rows: list[dict[str, Any]] = []
    for case in cases:
        document = case.as_dict()
        rows.append({name: document.get(name) for name in (*_TEXT, *_NUMBERS)})
    return pa.Table.from_pylist(rows, schema=schema)
