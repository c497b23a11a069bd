"""Commands about change: diff, watch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.base.vocab import Report
from stopgap.cli.command import EpisodeArgument, Written, command
from stopgap.cli.options import (
    AfterOption,
    Answer,
    BaselineOption,
    Format,
    FormatOption,
    FrequencyOption,
    GoodsOption,
    LakeOption,
    ReportOption,
)
from stopgap.measures.revisions.request import DiffRequest

if TYPE_CHECKING:
    from stopgap.watch.intake import Intake
    from stopgap.watch.notify import Channel
    from stopgap.watch.watching import Round


class DiffBy(StrEnum):
    """What a row of the table is."""

    SUPPLIER = "supplier"
    GOOD = "good"
    MONTH = "month"
    ROW = "row"


_SHOWN = {
    DiffBy.SUPPLIER: (),
    DiffBy.GOOD: (),
    DiffBy.MONTH: (
        "supplier",
        "period",
        "from_usd",
        "to_usd",
        "change_usd",
        "first_vintage",
        "first_usd",
        "latest_usd",
        "revised_since_first_share",
    ),
    DiffBy.ROW: ("change", "supplier", "period", "good", "part", "from_usd", "to_usd", "effect_usd"),
}


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    command(app, "diff")(diff_command)
    app.command("watch")(watch_command)


def diff_command(
    episode: EpisodeArgument,
    request: DiffRequest,
    shown: Written,
    by: Annotated[DiffBy, typer.Option("--by", help="What a row of the table is.")] = DiffBy.SUPPLIER,
) -> Answer:
    """Say which figures changed between two vintages: because rows were revised, are new, were withdrawn, or count otherwise.

    Example: stopgap diff russia-2022 --from v1 --to v2
    """
    from stopgap.cli.marked import result_answer
    from stopgap.measures.revisions.tables import revision_lines, revision_table

    revision = shown.open().diff(episode, request)
    table = revision_table(revision, by=by.value)
    return result_answer(revision, table, revision_lines(revision), _SHOWN[by])


class Tls(StrEnum):
    """How the way to the mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


def watch_command(
    episode: EpisodeArgument,
    every: Annotated[
        str | None,
        typer.Option(
            "--every",
            metavar="INTERVAL",
            help="Do a round every 30m, 6h or 1d, until stopped.",
            show_default=False,
        ),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Do one round and leave: for cron or a timer.")
    ] = False,
    fetch: Annotated[
        str, typer.Option("--fetch", metavar="SERVICE", help="Live service to fetch from (stopgap fetch).")
    ] = "comtrade",
    from_dir: Annotated[
        Path | None,
        typer.Option(
            "--from-dir",
            metavar="DIR",
            help="Load new files of a folder instead of fetching.",
            show_default=False,
        ),
    ] = None,
    no_fetch: Annotated[
        bool, typer.Option("--no-fetch", help="Take nothing in: watch a lake that others feed.")
    ] = False,
    mapping: Annotated[
        str | None,
        typer.Option(
            "--map",
            metavar="MAPPING",
            help="Mapping for files of another layout in --from-dir.",
            show_default=False,
        ),
    ] = None,
    revision_months: Annotated[
        int,
        typer.Option(
            "--revision-months",
            metavar="N",
            min=0,
            max=600,
            help="Months that are fetched again, for their revisions.",
        ),
    ] = 6,
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url", metavar="URL", help="Another place of the live service.", show_default=False
        ),
    ] = None,
    key_env: Annotated[
        str | None,
        typer.Option(
            "--key-env",
            metavar="NAME",
            help="Environment variable that holds the service's key.",
            show_default=False,
        ),
    ] = None,
    missing_after: Annotated[
        int | None,
        typer.Option(
            "--missing-after",
            metavar="N",
            min=1,
            help="Periods behind its habit from which on a reporter is missing (default: 3 months or 1 year).",
            show_default=False,
        ),
    ] = None,
    webhook: Annotated[
        str | None,
        typer.Option(
            "--webhook",
            metavar="URL",
            help="POST the report here when something changed.",
            show_default=False,
        ),
    ] = None,
    webhook_key_env: Annotated[
        str | None,
        typer.Option(
            "--webhook-key-env",
            metavar="NAME",
            help="Environment variable with the key of the signature (default: STOPGAP_WEBHOOK_KEY, if set).",
            show_default=False,
        ),
    ] = None,
    allow_http: Annotated[
        bool,
        typer.Option(
            "--allow-http",
            help="Let --base-url and --webhook be plain HTTP to another machine: it can be read on the way.",
        ),
    ] = False,
    mail_to: Annotated[
        str | None,
        typer.Option(
            "--mail-to",
            metavar="ADDRESS",
            help="Send the report here when something changed.",
            show_default=False,
        ),
    ] = None,
    mail_from: Annotated[
        str | None,
        typer.Option(
            "--mail-from", metavar="ADDRESS", help="Sender (default: the receiver).", show_default=False
        ),
    ] = None,
    smtp: Annotated[
        str | None,
        typer.Option("--smtp", metavar="HOST[:PORT]", help="Mail server.", show_default=False),
    ] = None,
    smtp_tls: Annotated[
        Tls, typer.Option("--smtp-tls", help="How the way to the mail server is encrypted.")
    ] = Tls.STARTTLS,
    goods: GoodsOption = None,
    baseline: BaselineOption = None,
    after: AfterOption = None,
    frequency: FrequencyOption = None,
    report: ReportOption = Report.REPORTED,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="DIR",
            help="Folder for the reports (default: watches/ in the lake).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Watch an episode: take in new figures, measure, tell what changed since the last round.

    Example: stopgap watch russia-2022 --once --no-fetch --output reports
    """
    import time

    from stopgap.base.errors import UsageError
    from stopgap.base.settings import load_settings
    from stopgap.cli.progress import shown_progress
    from stopgap.panel.prepare import measure_options
    from stopgap.watch.watching import WatchOptions, parse_every, watch_round

    if (every is None) == (not once):
        raise UsageError(
            "a watch is either --once or --every INTERVAL", where="stopgap watch", fix="give one of them"
        )
    every_s = parse_every(every) if every else None
    if from_dir and no_fetch:
        raise UsageError(
            "--from-dir and --no-fetch exclude each other", where="stopgap watch", fix="give one of them"
        )
    intake = _intake(
        None if no_fetch else fetch,
        from_dir,
        mapping,
        revision_months,
        base_url=base_url,
        allow_http=allow_http,
        key_env=key_env,
    )
    options = WatchOptions(
        measure_options(goods=goods, baseline=baseline, after=after, frequency=frequency, report=report),
        output,
        missing_after,
    )
    chosen = load_settings(lake=lake).lake

    for channel in _channels(
        webhook, webhook_key_env, mail_to, mail_from, smtp, smtp_tls, allow_http=allow_http, sleep=time.sleep
    ):
        if channel.warning is not None:
            print(f"warning: {channel.warning}", file=sys.stderr)

    def one_round(pause: Callable[[float], object]) -> Round:
        channels = _channels(
            webhook, webhook_key_env, mail_to, mail_from, smtp, smtp_tls, allow_http=allow_http, sleep=pause
        )
        with shown_progress() as progress:
            return watch_round(chosen, episode, options, intake=intake, channels=channels, progress=progress)

    if every_s is None:
        done = one_round(time.sleep)
        _show(done, form, is_line=False)
        if done.failures:
            raise typer.Exit(done.failures[0].exit_code)
        return
    _watch_for_ever(one_round, every_s, form)


def _watch_for_ever(
    one_round: Callable[[Callable[[float], object]], Round], every_s: float, form: Format
) -> None:
    """Rounds until SIGTERM or SIGINT; a second SIGINT breaks a round off."""
    from stopgap.base.errors import StopgapError
    from stopgap.base.read_ledger import open_ledger
    from stopgap.cli.ending import ended_by_signals
    from stopgap.cli.error_report import marked_error, report
    from stopgap.watch.watching import watch_for_ever

    with ended_by_signals() as ending:

        def reported() -> None:
            with open_ledger():  # a round is marked by what it read itself
                try:
                    _show(one_round(ending.wait), form, is_line=True)
                except StopgapError as error:
                    report(marked_error(error), as_json=False)

        watch_for_ever(reported, every_s=every_s, pause=ending.wait)


def _show(done: Round, form: Format, *, is_line: bool) -> None:
    """Print a round; of many, JSON has one line each."""
    import json

    import pyarrow as pa

    from stopgap.base.marking import CLEAR
    from stopgap.base.visible_text import json_escaped, one_line
    from stopgap.cli.error_report import report
    from stopgap.cli.output import emit
    from stopgap.watch.events import grouped

    document = {**done.as_dict(), "files": [str(path) for path in done.files]}
    if form is Format.JSON and is_line:
        sys.stdout.write(json_escaped(json.dumps(document, ensure_ascii=False, allow_nan=False)) + "\n")
    else:
        columns = ("kind", "subject", "text")
        events = grouped(done.events) if form is Format.TABLE else done.events
        rows = [{name: getattr(event, name) for name in columns} for event in events]
        table = pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in columns]))
        notes = [*done.intake, *done.steps, *(f"written to {path}" for path in done.files)]
        answer = Answer(document, table, done.title, notes, (), done.marking)
        if form is Format.TABLE and not done.events:
            print("\n".join(map(one_line, [answer.title, *notes, f"marking: {done.marking.label}"])))
        else:
            emit(answer, form, None)
    sys.stdout.flush()
    for failure in done.failures:
        if done.marking != CLEAR:
            failure.marking = done.marking
        report(failure, as_json=False)


def _intake(
    service: str | None,
    folder: Path | None,
    mapping: str | None,
    revision_months: int,
    *,
    base_url: str | None,
    allow_http: bool,
    key_env: str | None,
) -> Intake:
    """Where new figures come from."""
    import datetime as dt

    from stopgap.sources.live.addresses import in_clear_warning
    from stopgap.watch.intake import FolderIntake, ServiceIntake, no_intake

    if folder is not None:
        return FolderIntake(folder, mapping)
    if service is None:
        return no_intake
    intake = ServiceIntake(
        service,
        lambda: dt.datetime.now(dt.UTC).date(),
        revision_months,
        base_url=base_url,
        allow_http=allow_http,
        key_env=key_env,
    )
    if intake.place().is_in_clear:
        print(f"warning: {in_clear_warning(intake.place(), 'asked')}", file=sys.stderr)
    return intake


def _channels(
    webhook: str | None,
    webhook_key_env: str | None,
    mail_to: str | None,
    mail_from: str | None,
    smtp: str | None,
    smtp_tls: Tls,
    *,
    allow_http: bool,
    sleep: Callable[[float], object],
) -> Sequence[Channel]:
    """Who is told."""
    from stopgap.watch.notify import make_mail, make_webhook

    found: list[Channel] = []
    if webhook is not None:
        found.append(make_webhook(webhook, key_env=webhook_key_env, allow_http=allow_http, sleep=sleep))
    if mail_to is not None:
        found.append(make_mail(mail_to, smtp=smtp, sender=mail_from, tls=smtp_tls.value))
    return found
