"""Commands about decisions on matches: decide, list, show, verify, export, replay."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.cli.options import Answer, Format, FormatOption, LakeOption, OutputOption
from stopgap.cli.person import ByOption, user_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.screening.decisions.states import Standing

decisions_app = typer.Typer(
    help="Decisions on matches: kept for ever in a chained log, opened again when the listed entity changes.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_TEXT = (
    "id", "status", "as", "query", "countries", "identifiers", "list", "entity_id", "entity_name", "who", "when", "why",
    "changed", "list_date", "receipt", "model", "programme", "content", "hash", "origin", "taken_by", "taken_on",
)  # fmt: skip
_SHOWN = ("id", "status", "as", "query", "list", "entity_id", "entity_name", "who", "when", "why", "changed")
_EXIT_BROKEN = 5

HeadOption = Annotated[
    str | None,
    typer.Option(
        "--head",
        metavar="HASH",
        help="A head that the log is known to have had: shows what was cut off its end.",
        show_default=False,
    ),
]


class DecideAs(StrEnum):
    """What a person makes of a match."""

    TRUE = "true"
    FALSE = "false"
    UNDECIDED = "undecided"


class Shown(StrEnum):
    """Which decisions are listed."""

    OPEN = "open"
    REOPENED = "reopened"
    UNDECIDED = "undecided"
    STANDING = "standing"
    UNKNOWN = "unknown"
    ALL = "all"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(decisions_app, name="decisions")


@decisions_app.command("decide")
def decide_command(
    query: Annotated[
        str, typer.Option("--query", metavar="NAME", help="The name that was screened.", show_default=False)
    ],
    list_name: Annotated[
        str, typer.Option("--list", metavar="LIST", help="List of the match.", show_default=False)
    ],
    entity: Annotated[
        str,
        typer.Option("--entity", metavar="ID", help="Its entity_id on that list.", show_default=False),
    ],
    decision: Annotated[DecideAs, typer.Option("--as", help="What you make of it.", show_default=False)],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason.", show_default=False)],
    countries: Annotated[
        list[str] | None,
        typer.Option(
            "--country", metavar="ISO3", help="Country that was screened with it.", show_default=False
        ),
    ] = None,
    identifiers: Annotated[
        list[str] | None,
        typer.Option(
            "--identifier",
            metavar="KIND:VALUE",
            help="Number that was screened with it (inn:7701234567).",
            show_default=False,
        ),
    ] = None,
    score: Annotated[
        float | None,
        typer.Option(
            "--score",
            metavar="P",
            help="Score that was shown, 0 to 1 (default: what screening gives the pair now).",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="VERSION", help="Version of what gave it.", show_default=False),
    ] = None,
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Decide on a match; decisions are kept for ever, with who, when, why, list version and score.

    Example: stopgap decisions decide --query "Example Trading" --list my-list --entity E1 --as false --why "other number"
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import marking_of_decisions
    from stopgap.evidence.markings.reads import DECISIONS
    from stopgap.screening.decisions.decision import DecidedAs
    from stopgap.screening.decisions.log import decide_on, listed_entity, present, screened_query
    from stopgap.screening.decisions.scores import score_of_pair

    place = load_settings(lake=lake).lake
    asked = screened_query(query, countries or (), identifiers or ())
    listed_entity(place, list_name, entity)
    if score is None and (found := score_of_pair(place, asked, list_name=list_name, entity_id=entity)):
        score, model = found[0], model or found[1]
    made = decide_on(
        place,
        asked,
        list_name=list_name,
        entity_id=entity,
        decided=DecidedAs(decision.value),
        who=by or user_name(),
        when=present(),
        why=why,
        score=score,
        model=model,
    )
    title = f"{made.decision.id} is decided: {made.decision.decided.value}"
    marking = marking_of_decisions(place, [made.decision.id])
    answer = Answer(made.as_dict(), _table([made]), title, _history(made), _SHOWN, marking, (DECISIONS,))
    emit(answer, form, output)


@decisions_app.command("list")
def list_command(
    status: Annotated[Shown, typer.Option("--status", help="Which decisions.")] = Shown.ALL,
    list_name: Annotated[
        str | None, typer.Option("--list", metavar="LIST", help="Of this list alone.", show_default=False)
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="By this person alone.", show_default=False)
    ] = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List the decisions in force, the latest first.

    Example: stopgap decisions list --status open
    """
    from stopgap.base.marking import CLEAR
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.screening.decisions.log import DecisionFilter, list_decisions

    place = load_settings(lake=lake).lake
    found = list_decisions(place, DecisionFilter(status.value, list_name, by))
    document = {"status": status.value, "decisions": [each.as_dict() for each in found]}
    count = "1 decision" if len(found) == 1 else f"{len(found):,} decisions"
    emit(Answer(document, _table(found), f"{count}, {status.value}", [], _SHOWN, CLEAR), form, output)


@decisions_app.command("show")
def show_command(
    decision: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="Id of a decided pair, or its beginning (decisions list).", show_default=False
        ),
    ],
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Show all decisions on a pair, and what has changed of the listed entity since.

    Example: stopgap decisions show d-0123456789ab
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import marking_of_decisions
    from stopgap.evidence.markings.reads import DECISIONS
    from stopgap.screening.decisions.log import show_decision

    place = load_settings(lake=lake).lake
    found = show_decision(place, decision)
    title = f"{found.decision.id}, {found.state.value}: {found.decision.decided.value}, {found.decision.why}"
    notes = [f"changed since: {change.says}" for change in found.changes]
    marking = marking_of_decisions(place, [found.decision.id])
    notes += _history(found)
    emit(Answer(found.as_dict(), _table([found]), title, notes, _SHOWN, marking, (DECISIONS,)), form, output)


@decisions_app.command("verify")
def verify_command(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="An exported log (default: that of the lake).", show_default=False
        ),
    ] = None,
    head: HeadOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Check that the log is as it was written; print its head and count.

    A chain that does not hold is shown with its first wrong line, and the command leaves with 5.

    Example: stopgap decisions verify
    """
    import pyarrow as pa

    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.screening.decisions.exchange import verify

    check = verify(load_settings(lake=lake).lake, file=file, head=head)
    document: dict[str, Any] = {
        "holds": check.holds,
        "events": check.events,
        "head": check.head,
        "line": check.line,
        "fault": check.fault,
        "after_head": check.after_head,
        "torn_bytes": check.torn_bytes,
    }
    title = (
        f"the chain holds: {check.events:,} decisions"
        if check.holds
        else f"the chain does not hold at line {check.line}"
    )
    notes = [check.fault] if check.fault else []
    if check.holds and head is None:
        notes.append("lines cut off the end cannot be seen without a head noted earlier (--head)")
    if check.torn_bytes:
        notes.append(
            f"{check.torn_bytes} bytes after the last line are no decision: a writer was stopped in the middle"
        )
    schema = pa.schema(
        [("holds", pa.bool_()), ("events", pa.int64()), ("head", pa.string()), ("line", pa.int64()), ("fault", pa.string()),
         ("after_head", pa.int64()), ("torn_bytes", pa.int64())]
    )  # fmt: skip
    emit(Answer(document, pa.Table.from_pylist([document], schema=schema), title, notes), form, output)
    if not check.holds:
        raise typer.Exit(_EXIT_BROKEN)


@decisions_app.command("export")
def export_command(
    lake: LakeOption = None,
    form: Annotated[
        Format, typer.Option("--format", help="json (JSON lines, as the log stands) or csv.")
    ] = Format.JSON,
    output: OutputOption = None,
) -> None:
    """Write the log, to be read by an auditor or replayed on another lake.

    Example: stopgap decisions export --output decisions.jsonl
    """
    from stopgap.base.errors import UsageError
    from stopgap.base.settings import load_settings
    from stopgap.cli.marked import note_marking
    from stopgap.cli.output import write_text
    from stopgap.evidence.markings.effective import DEFAULTS
    from stopgap.evidence.markings.reads import with_reads
    from stopgap.screening.decisions.exchange import export_csv, export_lines

    place = load_settings(lake=lake).lake
    if form not in (Format.JSON, Format.CSV):
        raise UsageError(
            f"a log of decisions is not written as {form.value}", where="--format", fix="choose json or csv"
        )
    text = export_lines(place).decode("utf-8") if form is Format.JSON else export_csv(place)
    note_marking(output, with_reads(DEFAULTS["decision"]))  # the chain's lines stay as they are
    write_text(text, output)


@decisions_app.command("replay")
def replay_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What decisions export wrote.", show_default=False)
    ],
    head: HeadOption = None,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Take the decisions of an exported log into this lake, once its chain was checked; a second time changes nothing.

    Example: stopgap decisions replay decisions.jsonl --dry-run
    """
    import pyarrow as pa

    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.effective import DEFAULTS
    from stopgap.screening.decisions.exchange import replay
    from stopgap.screening.decisions.log import present

    done = replay(
        load_settings(lake=lake).lake, file, who=by or user_name(), when=present(), head=head, is_dry=is_dry
    )
    conflicts = [each.as_dict() for each in done.plan.conflicts]
    document = {
        "read": done.plan.read,
        "known": done.plan.known,
        "new": done.plan.read - done.plan.known,
        "taken": done.taken,
        "conflicts": conflicts,
        "head": done.head,
        "events": done.events,
        "torn_bytes": done.torn_bytes,
    }
    rows = [
        {
            **{name: each[name] for name in ("id", "query", "list", "entity_id", "in_force")},
            **{
                f"{side}_{name}": each[side][name]
                for side in ("own", "theirs")
                for name in ("as", "who", "when", "why")
            },
        }
        for each in conflicts
    ]
    names = ["id", "query", "list", "entity_id", "own_as", "own_who", "own_when", "own_why", "theirs_as", "theirs_who",
             "theirs_when", "theirs_why", "in_force"]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in names]))
    verb = "would be taken" if is_dry else "taken"
    title = f"{done.plan.read:,} decisions read, {done.plan.known:,} known, {len(done.plan.events):,} {verb}"
    notes = (
        [f"{len(conflicts):,} pairs are decided otherwise here; in_force says which decision holds"]
        if rows
        else []
    )
    notes.append(f"head of this lake's log: {done.head}")
    if done.torn_bytes:
        notes.append(f"{done.torn_bytes} bytes at the end of the file are no whole line, and were not read")
    emit(Answer(document, table, title, notes, (), DEFAULTS["decision"]), form, output)


def _history(found: Standing) -> list[str]:
    lines = [f"{each.when} {each.who}: {each.decided.value}, {each.why}" for each in found.history]
    return lines if len(lines) > 1 else []


def _table(found: Sequence[Standing]) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema([*((name, pa.string()) for name in _TEXT), ("score", pa.float64())])
    rows: list[dict[str, Any]] = []
    for each in found:
        document = each.as_dict()
        for name in ("countries", "identifiers"):
            document[name] = " ".join(document[name])
        document["changed"] = "; ".join(change.says for change in each.changes) or None
        rows.append({name: document.get(name) for name in schema.names})
    return pa.Table.from_pylist(rows, schema=schema)
