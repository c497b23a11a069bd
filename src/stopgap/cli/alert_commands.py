"""Commands about alerts: run, list, show, decide."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.cli.command import EpisodeArgument
from stopgap.cli.options import (
    Answer,
    AsOfOption,
    Format,
    FormatOption,
    GoodsOption,
    LakeOption,
    OutputOption,
)
from stopgap.cli.person import user_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.measures.alerts.cases import Case

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
    str,
    typer.Argument(metavar="ID", help="Id of an alert, or its beginning (alerts list).", show_default=False),
]


class Shown(StrEnum):
    """Which alerts are listed."""

    OPEN = "open"
    DECIDED = "decided"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    WATCH = "watch"
    ALL = "all"


class DecideAs(StrEnum):
    """What a person makes of an alert."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    WATCH = "watch"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(alerts_app, name="alerts")


@alerts_app.command("run")
def run_command(
    episode: EpisodeArgument,
    month: Annotated[
        str | None,
        typer.Option(
            "--month",
            metavar="YYYY-MM",
            help="Month to test (default: those that arrived since the last run, and the newest).",
            show_default=False,
        ),
    ] = None,
    goods: GoodsOption = None,
    fdr: Annotated[
        float, typer.Option("--fdr", metavar="SHARE", help="Share of alerts that may be chance.")
    ] = 0.10,
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Test a month as first released, and keep what stands out.

    Example: stopgap alerts run russia-2022 --goods chpl-2024-02 --month 2024-05
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import marking_of_alerts
    from stopgap.measures.alerts.run import AlertOptions, run_alerts

    folder = load_settings(lake=lake).lake
    run = run_alerts(folder, episode, AlertOptions(goods, month, fdr, as_of))
    document = run.as_dict()
    months = ", ".join(document["windows"]["tested"]) or "no month"
    coverage = document["coverage"]
    title = (
        f"{run.episode.name}, {run.goods.name}, {months} as first released: "
        f"{len(run.raised)} new alerts, {len(run.known)} known; {coverage['tested']} cells tested, "
        f"false discovery rate {run.fdr:.0%}"
    )
    marking = marking_of_alerts(folder, [*run.raised, *run.known])
    emit(Answer(document, _table(run.raised), title, document["warnings"], _SHOWN, marking), form, output)


@alerts_app.command("list")
def list_command(
    episode: Annotated[
        str | None, typer.Argument(metavar="EPISODE", help="Of this episode alone.", show_default=False)
    ] = None,
    status: Annotated[Shown, typer.Option("--status", help="Which alerts.")] = Shown.OPEN,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List alerts, most dollars at stake first.

    Example: stopgap alerts list russia-2022 --status all
    """
    from stopgap.base.marking import CLEAR
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.measures.alerts.decisions import list_alerts

    folder = load_settings(lake=lake).lake
    cases = list_alerts(folder, episode, status=status.value)
    document = {"status": status.value, "alerts": [case.as_dict() for case in cases]}
    count = "1 alert" if len(cases) == 1 else f"{len(cases)} alerts"
    emit(Answer(document, _table(cases), f"{count}, {status.value}", [], _SHOWN, CLEAR), form, output)


@alerts_app.command("show")
def show_command(
    case: CaseArgument,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Show an alert: its explanation, its months as the lake has them now, and its decisions.

    Example: stopgap alerts show a-0123456789
    """
    import pyarrow as pa

    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import marking_of_alerts
    from stopgap.evidence.markings.reads import ONE_ALERT
    from stopgap.measures.alerts.decisions import show_alert

    folder = load_settings(lake=lake).lake
    found, rows, as_of = show_alert(folder, case)
    document = {**found.as_dict(), "as_of": as_of, "rows": rows.to_pylist()}
    title = f"{found.id}, {found.status}: {found.alert['explanation']}"
    notes = [
        f"raised in vintage {found.alert['vintage']}; rows as of {as_of}",
        f"rows: stopgap query {_quoted(found.alert['queries'][0])}",
        *(f"{each['when']} {each['who']}: {each['as']}, {each['why']}" for each in found.decisions),
    ]
    if rows.num_rows == 0:
        rows = pa.Table.from_pylist([], schema=rows.schema)
    marking = marking_of_alerts(folder, [found])
    emit(Answer(document, rows, title, notes, (), marking, ONE_ALERT), form, output)


@alerts_app.command("decide")
def decide_command(
    case: CaseArgument,
    decision: Annotated[DecideAs, typer.Option("--as", help="What you make of it.", show_default=False)],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason.", show_default=False)],
    by: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="NAME", help="Who decides (default: the user signed in).", show_default=False
        ),
    ] = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Decide on an alert; decisions are kept for ever, with who, when and why.

    Example: stopgap alerts decide a-0123456789 --as dismissed --why "one aircraft, delivered late"
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import marking_of_alerts
    from stopgap.evidence.markings.reads import ONE_ALERT
    from stopgap.measures.alerts.decisions import decide

    folder = load_settings(lake=lake).lake
    found = decide(folder, case, decision=decision.value, why=why, who=by or user_name())
    marking = marking_of_alerts(folder, [found])
    emit(
        Answer(
            found.as_dict(), _table([found]), f"{found.id} is {found.status}", [], _SHOWN, marking, ONE_ALERT
        ),
        form,
        output,
    )


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)


def _table(cases: Sequence[Case]) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema(
        [*((name, pa.string()) for name in _TEXT), *((name, pa.float64()) for name in _NUMBERS)]
    )
    rows: list[dict[str, Any]] = []
    for case in cases:
        document = case.as_dict()
        rows.append({name: document.get(name) for name in (*_TEXT, *_NUMBERS)})
    return pa.Table.from_pylist(rows, schema=schema)
