"""Commands about markings: set, list, show, release, withdraw, check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.answers.markings import markings_table
from stopgap.answers.rows import check_table
from stopgap.base.request import Option
from stopgap.cli.terminal.command import WrittenAnswer, command, group
from stopgap.cli.terminal.marked import result_answer
from stopgap.cli.terminal.options import Answer
from stopgap.cli.terminal.output import emit
from stopgap.evidence.markings.request import MarkRequest, ReasonRequest

if TYPE_CHECKING:
    from stopgap.evidence.markings.changes import Released

commands = typer.Typer(rich_markup_mode=None)
markings_app = group(commands, "markings", "Markings: who may see what (TLP 2.0 and releasability), in a chained log.")

_EXIT_BROKEN = 5
_SHOWN = ("subject", "tlp", "releasable_to", "state", "who", "when", "why", "id")


@command(markings_app, "set")
def set_command(
    subject: Annotated[
        str,
        Option(
            "receipt:ID, source:NAME, table:trade|declarations|listed, claim:ID, alert:ID, decision:ID, finding:ID, goods:NAME, episode:NAME or attachment:HASH.",
            metavar="SUBJECT",
            is_argument=True,
        ),
    ],
    request: MarkRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Mark a file, a source, a kind of rows, a statement and so on; the mark before stays in the log.

    Example: stopgap markings set source:comtrade --marking TLP:GREEN --why "terms of the subscription"
    """
    done = shown.open().markings.set(subject, request)
    mark = done.mark
    said = {"who": mark.who, "when": mark.when, "why": mark.why}
    table = markings_table([{"subject": mark.subject, **mark.marking.as_dict(), **said}])
    notes = [f"note: {note}" for note in done.notes]
    return result_answer(done, table, [f"{mark.subject} is {mark.marking.label}", *notes], _SHOWN)


@command(markings_app, "list")
def list_command(shown: WrittenAnswer) -> Answer:
    """List the marks in force, the releases and the defaults.

    Example: stopgap markings list
    """
    from stopgap.evidence.markings.reads import EVERYTHING

    found = shown.open().markings.list()
    rows = [each.as_dict() for each in found]
    counts = {kind: sum(row["kind"] == kind for row in rows) for kind in ("mark", "release")}
    title = f"{counts['mark']} marked, {counts['release']} released; all else as the defaults say"
    columns = ("kind", *_SHOWN)
    return Answer({"markings": rows}, markings_table(rows), title, [], columns, found.marking, EVERYTHING)


@command(markings_app, "show")
def show_command(
    subject: Annotated[
        str, Option("As markings set takes it, or verdict:ID of a statement.", metavar="SUBJECT", is_argument=True)
    ],
    shown: WrittenAnswer,
) -> Answer:
    """Show what a subject is marked, and what brings it: its own mark, what it rests on, a release.

    Example: stopgap markings show receipt:3f1c0a9e5b7d2468
    """
    found = shown.open().markings.show(subject)
    notes = [
        f"marked {mark.marking.label} by {mark.who} on {mark.when}: {mark.why}" + (" (lowered)" if mark.lowers else "")
        for mark in found.history
    ]
    if found.release is not None:
        held = "" if found.holds else "; what it rests on is stricter since, so the release does not hold"
        notes.append(
            f"released as {found.release.marking.label} by {found.release.who} on {found.release.when}: "
            f"{found.release.why} ({found.release.id}){held}"
        )
    table = markings_table([{"subject": what, **marking.as_dict()} for what, marking in found.behind])
    title = f"{found.subject} is {found.effective.label}"
    return result_answer(found, table, [title, *notes], ("subject", "tlp", "releasable_to"))


@command(markings_app, "release")
def release_command(
    finding: Annotated[
        str,
        Option(
            "Id of a finding that the lake keeps (8 digits at least), or verdict:ID of a statement.",
            metavar="FINDING",
            is_argument=True,
        ),
    ],
    request: MarkRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Release a finding or a verdict below the marking of what it rests on: a decision with its reason.

    Example: stopgap markings release sha256:1a2b3c4d5e6f --marking TLP:GREEN --why "sums of many firms, cleared by the desk"
    """
    made = shown.open().markings.release(finding, request)
    release = made.release
    title = f"{release.item} is {release.marking.label} by release {release.id}, from {release.decided_on.label}"
    return _answer_released(made, title)


@command(markings_app, "withdraw")
def withdraw_command(
    release: Annotated[str, Option("Its id (stopgap markings list).", metavar="RELEASE", is_argument=True)],
    request: ReasonRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Take a release back: the item is again what it rests on. What went out under it stays out.

    Example: stopgap markings withdraw r-0123456789 --why "a file behind it was restricted since"
    """
    made = shown.open().markings.withdraw(release, request)
    return _answer_released(made, f"release {made.release.id} of {made.release.item} is taken back")


@command(markings_app, "check")
def check_command(
    shown: WrittenAnswer,
    head: Annotated[
        str | None, Option("A head that the log is known to have had: shows what was cut off its end.", metavar="HASH")
    ] = None,
) -> None:
    """Check that the log of markings is as it was written; leaves with 5 where it is not.

    Example: stopgap markings check
    """

    check = shown.open().markings.check(head=head)
    document = check.as_dict()
    notes = [f"line {check.line}: {check.fault}"] if check.fault else []
    if check.torn_bytes:
        notes.append(f"{check.torn_bytes} bytes after the last line are no event; the next mark removes them")
    title = "the log of markings is as it was written" if check.holds else "the log of markings was changed"
    emit(Answer(document, check_table(document), title, notes), shown.format, shown.output, shown.detail)
    if not check.holds:
        raise typer.Exit(_EXIT_BROKEN)


def _answer_released(made: Released, title: str) -> Answer:
    release = made.release
    row = {
        "subject": release.item,
        **release.marking.as_dict(),
        **{name: getattr(release, name) for name in ("who", "when", "why", "id")},
    }
    return result_answer(made, markings_table([row]), [title], _SHOWN)
