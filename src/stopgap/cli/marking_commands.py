"""Commands about markings: set, list, show, release, withdraw, check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.cli.marking_options import MarkingOption, ReleasableOption
from stopgap.cli.options import Answer, Format, FormatOption, LakeOption, OutputOption
from stopgap.cli.person import ByOption, user_name

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.base.marking import Marking

markings_app = typer.Typer(
    help="Markings: who may see what (TLP 2.0 and releasability), in a chained log.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_EXIT_BROKEN = 5
_LISTED = ("kind", "subject", "tlp", "releasable_to", "state", "who", "when", "why", "id", "about")
_SHOWN = ("subject", "tlp", "releasable_to", "state", "who", "when", "why", "id")

WhyOption = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason, kept in the log.", show_default=False)
]
SubjectArgument = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT",
        help="receipt:ID, source:NAME, table:trade|declarations|listed, claim:ID, alert:ID, decision:ID, finding:ID, "
        "goods:NAME, episode:NAME or attachment:HASH.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(markings_app, name="markings")


@markings_app.command("set")
def set_command(
    subject: SubjectArgument,
    marking: MarkingOption,
    why: WhyOption,
    releasable_to: ReleasableOption = None,
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Mark a file, a source, a kind of rows, a statement and so on; the mark before stays in the log.

    Example: stopgap markings set source:comtrade --marking TLP:GREEN --why "terms of the subscription"
    """
    from stopgap.base.marking import parse_marking
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.changes import set_marking
    from stopgap.evidence.markings.shown import marking_of_shown
    from stopgap.lake.store import now

    folder = load_settings(lake=lake).lake
    done = set_marking(
        folder,
        subject,
        parse_marking(marking, releasable_to),
        who=by or user_name(),
        when=now(),
        why=why,
    )
    document = {**done.mark.as_dict(), "warnings": list(done.notes)}
    row = {
        **_row(done.mark.subject, done.mark.marking.as_dict()),
        "who": done.mark.who,
        "when": done.mark.when,
    }
    title = f"{done.mark.subject} is {done.mark.marking.label}"
    notes = [f"note: {note}" for note in done.notes]
    said = marking_of_shown(folder, [done.mark.subject], is_said=True)
    table = _table([{**row, "why": done.mark.why}])
    emit(_answer(document, table, title, notes, said, _SHOWN), form, output)


@markings_app.command("list")
def list_command(
    lake: LakeOption = None, form: FormatOption = Format.TABLE, output: OutputOption = None
) -> None:
    """List the marks in force, the releases and the defaults.

    Example: stopgap markings list
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.shown import list_markings, marking_of_shown

    folder = load_settings(lake=lake).lake
    rows = list_markings(folder)
    counts = {kind: sum(row["kind"] == kind for row in rows) for kind in ("mark", "release")}
    title = f"{counts['mark']} marked, {counts['release']} released; all else as the defaults say"
    subjects = [row["subject"] for row in rows if row["kind"] != "default"]
    said = marking_of_shown(folder, subjects, is_said=bool(subjects))
    emit(_answer({"markings": rows}, _table(rows), title, [], said, ("kind", *_SHOWN)), form, output)


@markings_app.command("show")
def show_command(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help="As markings set takes it, or verdict:ID of a statement.",
            show_default=False,
        ),
    ],
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Show what a subject is marked, and what brings it: its own mark, what it rests on, a release.

    Example: stopgap markings show receipt:3f1c0a9e5b7d2468
    """
    from stopgap.base.marking import strictest
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.shown import marking_of_shown, show_marking

    folder = load_settings(lake=lake).lake
    shown = show_marking(folder, subject)
    notes = [
        f"marked {mark.marking.label} by {mark.who} on {mark.when}: {mark.why}"
        + (" (lowered)" if mark.lowers else "")
        for mark in shown.history
    ]
    if shown.release is not None:
        held = "" if shown.holds else "; what it rests on is stricter since, so the release does not hold"
        notes.append(
            f"released as {shown.release.marking.label} by {shown.release.who} on {shown.release.when}: "
            f"{shown.release.why} ({shown.release.id}){held}"
        )
    rows = [_row(what, marking.as_dict()) for what, marking in shown.behind]
    title = f"{shown.subject} is {shown.effective.label}"
    named = marking_of_shown(folder, [shown.subject], is_said=bool(notes), with_history=True)
    said = strictest([shown.effective, named])
    columns = ("subject", "tlp", "releasable_to")
    emit(_answer(shown.as_dict(), _table(rows), title, notes, said, columns), form, output)


@markings_app.command("release")
def release_command(
    finding: Annotated[
        str,
        typer.Argument(
            metavar="FINDING",
            help="Id of a finding that the lake keeps (8 digits at least), or verdict:ID of a statement.",
            show_default=False,
        ),
    ],
    marking: MarkingOption,
    why: WhyOption,
    releasable_to: ReleasableOption = None,
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Release a finding or a verdict below the marking of what it rests on: a decision with its reason.

    Example: stopgap markings release sha256:1a2b3c4d5e6f --marking TLP:GREEN --why "sums of many firms, cleared by the desk"
    """
    from stopgap.base.marking import parse_marking
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.changes import release
    from stopgap.evidence.markings.shown import marking_of_shown
    from stopgap.lake.store import now

    folder = load_settings(lake=lake).lake
    made = release(
        folder,
        finding,
        parse_marking(marking, releasable_to),
        who=by or user_name(),
        when=now(),
        why=why,
    )
    title = f"{made.item} is {made.marking.label} by release {made.id}, from {made.decided_on.label}"
    said = marking_of_shown(folder, [made.item], is_said=True)
    table = _table([_release_row(made)])
    emit(_answer(_released(made.as_dict()), table, title, [], said, _SHOWN), form, output)


@markings_app.command("withdraw")
def withdraw_command(
    release_id: Annotated[
        str,
        typer.Argument(metavar="RELEASE", help="Its id (stopgap markings list).", show_default=False),
    ],
    why: WhyOption,
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Take a release back: the item is again what it rests on. What went out under it stays out.

    Example: stopgap markings withdraw r-0123456789 --why "a file behind it was restricted since"
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.changes import withdraw_release
    from stopgap.evidence.markings.shown import marking_of_shown
    from stopgap.lake.store import now

    place = load_settings(lake=lake).lake
    made = withdraw_release(place, release_id, who=by or user_name(), when=now(), why=why)
    document = {
        **_released(made.as_dict()),
        "withdrawn": dict(zip(("who", "when", "why"), made.withdrawn or (), strict=True)),
    }
    title = f"release {made.id} of {made.item} is taken back"
    said = marking_of_shown(place, [made.item], is_said=True)
    emit(_answer(document, _table([_release_row(made)]), title, [], said, _SHOWN), form, output)


@markings_app.command("check")
def check_command(
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar="HASH",
            help="A head that the log is known to have had: shows what was cut off its end.",
            show_default=False,
        ),
    ] = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Check that the log of markings is as it was written; leaves with 5 where it is not.

    Example: stopgap markings check
    """
    import pyarrow as pa

    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.changes import check_log

    check = check_log(load_settings(lake=lake).lake, head=head)
    document = {
        "holds": check.holds,
        "events": check.events,
        "head": check.head,
        "line": check.line,
        "fault": check.fault,
        "after_head": check.after_head,
    }
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
    emit(Answer(document, pa.Table.from_pylist([document], schema=schema), title, notes), form, output)
    if not check.holds:
        raise typer.Exit(_EXIT_BROKEN)


def _answer(
    document: Any, table: pa.Table, title: str, notes: list[str], said: Marking, columns: tuple[str, ...]
) -> Answer:
    """An answer whose marking accounts for all that it says of marks."""
    from stopgap.evidence.markings.reads import EVERYTHING

    return Answer(document, table, title, notes, columns, said, EVERYTHING)


def _row(subject: str, marking: Mapping[str, Any]) -> dict[str, Any]:
    return {"subject": subject, **marking}


def _released(document: dict[str, Any]) -> dict[str, Any]:
    """A release as these commands print it: ``marking`` is that of the document."""
    return {("marked" if name == "marking" else name): value for name, value in document.items()}


def _release_row(made: Any) -> dict[str, Any]:
    return {
        **_row(made.item, made.marking.as_dict()),
        **{name: getattr(made, name) for name in ("who", "when", "why", "id")},
    }


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    shown = [
        {
            **dict.fromkeys(_LISTED),
            **row,
            "releasable_to": None
            if row["releasable_to"] is None
            else ", ".join(row["releasable_to"]) or "nobody",
        }
        for row in rows
    ]
    return pa.Table.from_pylist(shown, schema=pa.schema([(name, pa.string()) for name in _LISTED]))
