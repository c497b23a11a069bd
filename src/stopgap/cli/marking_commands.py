"""Commands about markings: set, list, show, release, withdraw, check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.cli.terminal.command import WrittenAnswer, command
from stopgap.cli.terminal.options import Answer
from stopgap.evidence.markings.request import MarkRequest, ReasonRequest

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.evidence.markings.changes import Released

markings_app = typer.Typer(
    help="Markings: who may see what (TLP 2.0 and releasability), in a chained log.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_EXIT_BROKEN = 5
_LISTED = ("kind", "subject", "tlp", "releasable_to", "state", "who", "when", "why", "id", "about")
_SHOWN = ("subject", "tlp", "releasable_to", "state", "who", "when", "why", "id")


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    command(markings_app, "set")(set_command)
    command(markings_app, "list")(list_command)
    command(markings_app, "show")(show_command)
    command(markings_app, "release")(release_command)
    command(markings_app, "withdraw")(withdraw_command)
    command(markings_app, "check")(check_command)
    app.add_typer(markings_app, name="markings")


def set_command(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help="receipt:ID, source:NAME, table:trade|declarations|listed, claim:ID, alert:ID, decision:ID, finding:ID, "
            "goods:NAME, episode:NAME or attachment:HASH.",
            show_default=False,
        ),
    ],
    request: MarkRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Mark a file, a source, a kind of rows, a statement and so on; the mark before stays in the log.

    Example: stopgap markings set source:comtrade --marking TLP:GREEN --why "terms of the subscription"
    """
    from stopgap.cli.terminal.marked import result_answer

    done = shown.open().markings.set(subject, request)
    mark = done.mark
    said = {"who": mark.who, "when": mark.when, "why": mark.why}
    table = _table([{"subject": mark.subject, **mark.marking.as_dict(), **said}])
    notes = [f"note: {note}" for note in done.notes]
    return result_answer(done, table, [f"{mark.subject} is {mark.marking.label}", *notes], _SHOWN)


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
    return Answer({"markings": rows}, _table(rows), title, [], columns, found.marking, EVERYTHING)


def show_command(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT", help="As markings set takes it, or verdict:ID of a statement.", show_default=False
        ),
    ],
    shown: WrittenAnswer,
) -> Answer:
    """Show what a subject is marked, and what brings it: its own mark, what it rests on, a release.

    Example: stopgap markings show receipt:3f1c0a9e5b7d2468
    """
    from stopgap.cli.terminal.marked import result_answer

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
    table = _table([{"subject": what, **marking.as_dict()} for what, marking in found.behind])
    title = f"{found.subject} is {found.effective.label}"
    return result_answer(found, table, [title, *notes], ("subject", "tlp", "releasable_to"))


def release_command(
    finding: Annotated[
        str,
        typer.Argument(
            metavar="FINDING",
            help="Id of a finding that the lake keeps (8 digits at least), or verdict:ID of a statement.",
            show_default=False,
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


def withdraw_command(
    release: Annotated[
        str, typer.Argument(metavar="RELEASE", help="Its id (stopgap markings list).", show_default=False)
    ],
    request: ReasonRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Take a release back: the item is again what it rests on. What went out under it stays out.

    Example: stopgap markings withdraw r-0123456789 --why "a file behind it was restricted since"
    """
    made = shown.open().markings.withdraw(release, request)
    return _answer_released(made, f"release {made.release.id} of {made.release.item} is taken back")


def check_command(
    shown: WrittenAnswer,
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar="HASH",
            help="A head that the log is known to have had: shows what was cut off its end.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check that the log of markings is as it was written; leaves with 5 where it is not.

    Example: stopgap markings check
    """
    import pyarrow as pa

    from stopgap.cli.terminal.output import emit

    check = shown.open().markings.check(head=head)
    document = check.as_dict()
    notes = [f"line {check.line}: {check.fault}"] if check.fault else []
    if check.torn_bytes:
        notes.append(f"{check.torn_bytes} bytes after the last line are no event; the next mark removes them")
    schema = pa.schema(
        [
            ("holds", pa.bool_()), ("events", pa.int64()), ("head", pa.string()), ("line", pa.int64()), ("fault", pa.string()),
            ("after_head", pa.int64()),
        ]
    )  # fmt: skip
    title = "the log of markings is as it was written" if check.holds else "the log of markings was changed"
    table = pa.Table.from_pylist([document], schema=schema)
    emit(Answer(document, table, title, notes), shown.format, shown.output)
    if not check.holds:
        raise typer.Exit(_EXIT_BROKEN)


def _answer_released(made: Released, title: str) -> Answer:
    from stopgap.cli.terminal.marked import result_answer

    release = made.release
    row = {
        "subject": release.item,
        **release.marking.as_dict(),
        **{name: getattr(release, name) for name in ("who", "when", "why", "id")},
    }
    return result_answer(made, _table([row]), [title], _SHOWN)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    shown = [
        {
            **dict.fromkeys(_LISTED),
            **row,
            "releasable_to": None if row["releasable_to"] is None else ", ".join(row["releasable_to"]) or "nobody",
        }
        for row in rows
    ]
    return pa.Table.from_pylist(shown, schema=pa.schema([(name, pa.string()) for name in _LISTED]))
