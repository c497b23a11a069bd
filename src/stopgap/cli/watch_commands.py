"""Commands about change: diff, watch."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.answers.rows import rows_table
from stopgap.base.request import Option
from stopgap.cli.terminal import status_line
from stopgap.cli.terminal.command import EpisodeArgument, Shown, WrittenAnswer, command
from stopgap.cli.terminal.ending import ended_by_signals, left_in_time, parse_every, watch_for_ever
from stopgap.cli.terminal.error_report import marked_error, report
from stopgap.cli.terminal.marked import summary_answer
from stopgap.cli.terminal.options import Answer, Detail, Format
from stopgap.cli.terminal.output import emit
from stopgap.cli.terminal.progress import shown_progress
from stopgap.cli.terminal.stopping import STOPPED, STOPPED_LINE
from stopgap.measures.revisions.request import DiffRequest
from stopgap.watch.request import WatchRequest

if TYPE_CHECKING:
    from stopgap.watch.watching import Round

commands = typer.Typer(rich_markup_mode=None)


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


@command(commands, "diff")
def diff_command(
    episode: EpisodeArgument,
    request: DiffRequest,
    shown: WrittenAnswer,
    by: Annotated[DiffBy, Option("What a row of the table is.")] = DiffBy.SUPPLIER,
) -> Answer:
    """Say which figures changed between two vintages: because rows were revised, are new, were withdrawn, or count otherwise.

    Example: stopgap diff russia-2022 --from v1 --to v2
    """
    from stopgap.measures.revisions.results import revision_table

    revision = shown.open().diff(episode, request)
    table = revision_table(revision, by=by.value)
    return summary_answer(revision, table, _SHOWN[by])


@command(commands, "watch")
def watch_command(
    episode: EpisodeArgument,
    request: WatchRequest,
    shown: Shown,
    every: Annotated[str | None, Option("Do a round every 30m, 6h or 1d, until stopped.", metavar="INTERVAL")] = None,
    once: Annotated[bool, Option("Do one round and leave: for cron or a timer.")] = False,
) -> None:
    """Watch an episode: take in new figures, measure, tell what changed since the last round.

    Example: stopgap watch russia-2022 --once --no-fetch --output reports
    """
    import time

    from stopgap.api.intake import watch_warnings
    from stopgap.base.errors import UsageError

    if (every is None) == (not once):
        raise UsageError("a watch is either --once or --every INTERVAL", where="stopgap watch", fix="give one of them")
    every_s = parse_every(every) if every else None
    for warning in watch_warnings(request):
        print(f"warning: {warning}", file=sys.stderr)

    def one_round(pause: Callable[[float], object]) -> Round:
        with shown_progress() as progress:
            lake = shown.open(progress)
            lake.pause = pause
            return lake.watch(episode, request)

    if every_s is None:
        with left_in_time(STOPPED_LINE, exit_code=STOPPED):
            done = one_round(time.sleep)
        _show(done, shown.format, shown.detail, is_line=False)
        if done.failures:
            raise typer.Exit(done.failures[0].exit_code)
        return
    _watch_for_ever(one_round, every_s, shown)


_BROKEN_OFF = "watch ended; the round that was running is broken off, and the next watch does it again"


def _watch_for_ever(one_round: Callable[[Callable[[float], object]], Round], every_s: float, shown: Shown) -> None:
    """Rounds until SIGTERM or SIGINT, which break a round off: it may be killed at any moment, and the next does it again."""
    from stopgap.base.errors import StopgapError
    from stopgap.base.read_ledger import open_ledger

    with ended_by_signals() as ending:

        def reported() -> None:
            status_line.again()
            with open_ledger():  # a round is marked by what it read itself
                try:
                    with left_in_time(_BROKEN_OFF, exit_code=0), ending.breaking_off():
                        done = one_round(ending.wait)
                except Exception as error:
                    if ending.wait(0):  # inside a query DuckDB turns KeyboardInterrupt into an error of its own
                        raise KeyboardInterrupt from error
                    if not isinstance(error, StopgapError):
                        raise
                    report(marked_error(error), as_json=False)
                else:
                    _show(done, shown.format, shown.detail, is_line=True)

        try:
            watch_for_ever(reported, every_s=every_s, pause=ending.wait)
        except KeyboardInterrupt:
            status_line.end()
            print(_BROKEN_OFF, file=sys.stderr)
        else:
            print("watch ended", file=sys.stderr)


def _show(done: Round, form: Format, detail: Detail, *, is_line: bool) -> None:
    """Print a round; of many, JSON has one line each."""
    import json

    from stopgap.base.marking import CLEAR
    from stopgap.base.visible_text import json_escaped, one_line
    from stopgap.watch.events import grouped

    document = {**done.as_dict(), "files": [str(path) for path in done.files]}
    if form is Format.JSON and is_line:
        sys.stdout.write(json_escaped(json.dumps(document, ensure_ascii=False, allow_nan=False)) + "\n")
    else:
        columns = ("kind", "subject", "text")
        events = grouped(done.events) if form is Format.TABLE else done.events
        rows = [{name: getattr(event, name) for name in columns} for event in events]
        table = rows_table(rows, text=columns)
        notes = [*done.intake, *done.steps, *(f"written to {path}" for path in done.files)]
        answer = Answer(document, table, done.title, notes, (), done.marking)
        if form is Format.TABLE and not done.events:
            print("\n".join(map(one_line, [answer.title, *notes, f"marking: {done.marking.label}"])))
        else:
            emit(answer, form, None, detail)
    sys.stdout.flush()
    for failure in done.failures:
        if done.marking != CLEAR:
            failure.marking = done.marking
        report(failure, as_json=False)
