"""Commands about decisions on matches: decide, list, show, verify, export, replay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.answers.decisions import decisions_table
from stopgap.answers.rows import check_table, rows_table
from stopgap.base.request import Option
from stopgap.cli.terminal.command import WrittenAnswer, command, group
from stopgap.cli.terminal.marked import note_marking, result_answer
from stopgap.cli.terminal.options import Answer, Format
from stopgap.cli.terminal.output import emit, write_text
from stopgap.screening.decisions.request import HEAD, DecisionsRequest, MatchDecisionRequest, ReplayRequest

if TYPE_CHECKING:
    from stopgap.screening.decisions.states import StandingDecision

commands = typer.Typer(rich_markup_mode=None)
decisions_app = group(
    commands,
    "decisions",
    "Decisions on matches: kept for ever in a chained log, opened again when the listed entity changes.",
)

_SHOWN = ("id", "status", "as", "query", "list", "entity_id", "entity_name", "who", "when", "why", "changed")
_EXIT_BROKEN = 5


@dataclass(frozen=True, kw_only=True)
class WrittenLog(WrittenAnswer):
    """As other answers, in the two forms that a log is exported in."""

    answer_format: Annotated[
        str, Option("json (JSON lines, as the log stands) or csv.", flag="--format", choices=Format)
    ] = Format.JSON


@command(decisions_app, "decide")
def decide_command(request: MatchDecisionRequest, shown: WrittenAnswer) -> Answer:
    """Decide on a match; decisions are kept for ever, with who, when, why, list version and score.

    Example: stopgap decisions decide --query "Example Trading" --list my-list --entity E1 --as false --why "other number"
    """
    made = shown.open().decisions.decide(request)
    title = f"{made.decision.id} is decided: {made.decision.decided.value}"
    return result_answer(made, decisions_table([made]), [title, *_history(made)], _SHOWN)


@command(decisions_app, "list")
def list_command(request: DecisionsRequest, shown: WrittenAnswer) -> Answer:
    """List the decisions in force, the latest first.

    Example: stopgap decisions list --status open
    """
    found = shown.open().decisions(request)
    count = "1 decision" if len(found) == 1 else f"{len(found):,} decisions"
    return result_answer(found, decisions_table(found), [f"{count}, {found.status}"], _SHOWN)


@command(decisions_app, "show")
def show_command(
    decision: Annotated[
        str, Option("Id of a decided pair, or its beginning (decisions list).", metavar="ID", is_argument=True)
    ],
    shown: WrittenAnswer,
) -> Answer:
    """Show all decisions on a pair, and what has changed of the listed entity since.

    Example: stopgap decisions show d-0123456789ab
    """
    found = shown.open().decisions.show(decision)
    title = f"{found.decision.id}, {found.state.value}: {found.decision.decided.value}, {found.decision.why}"
    notes = [f"changed since: {change.says}" for change in found.changes]
    return result_answer(found, decisions_table([found]), [title, *notes, *_history(found)], _SHOWN)


@command(decisions_app, "verify")
def verify_command(
    shown: WrittenAnswer,
    log: Annotated[
        Path | None, Option("An exported log (default: that of the lake).", metavar="FILE", is_argument=True)
    ] = None,
    head: Annotated[str | None, Option(HEAD.help, metavar=HEAD.metavar)] = None,
) -> None:
    """Check that the log is as it was written; print its head and count.

    A chain that does not hold is shown with its first wrong line, and the command leaves with 5.

    Example: stopgap decisions verify
    """

    check = shown.open().decisions.verify(log, head=head)
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
    document = check.as_dict()
    # a file that was sent is no evidence of this lake: what was read says whether there is a marking
    answer = Answer(document, check_table(document, "torn_bytes"), title, notes)
    emit(answer, shown.format, shown.output, shown.detail)
    if not check.holds:
        raise typer.Exit(_EXIT_BROKEN)


@command(decisions_app, "export")
def export_command(shown: WrittenLog) -> None:
    """Write the log, to be read by an auditor or replayed on another lake.

    Example: stopgap decisions export --output decisions.jsonl
    """
    exported = shown.open().decisions.export(format=shown.format.value)
    if exported.marking is not None:
        note_marking(shown.output, exported.marking)
    write_text(exported.text, shown.output)


@command(decisions_app, "replay")
def replay_command(
    log: Annotated[Path, Option("What decisions export wrote.", metavar="FILE", is_argument=True)],
    request: ReplayRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Take the decisions of an exported log into this lake, once its chain was checked; a second time changes nothing.

    Example: stopgap decisions replay decisions.jsonl --dry-run
    """

    done = shown.open().decisions.replay(log, request)
    rows = [
        {
            **{name: each[name] for name in ("id", "query", "list", "entity_id", "in_force")},
            **{
                f"{side}_{name}": each[side][name]
                for side in ("own", "theirs")
                for name in ("as", "who", "when", "why")
            },
        }
        for each in done.as_dict()["conflicts"]
    ]
    names = ["id", "query", "list", "entity_id", "own_as", "own_who", "own_when", "own_why", "theirs_as", "theirs_who",
             "theirs_when", "theirs_why", "in_force"]  # fmt: skip
    table = rows_table(rows, text=names)
    verb = "would be taken" if request.dry_run else "taken"
    title = f"{done.plan.read:,} decisions read, {done.plan.known:,} known, {len(done.plan.events):,} {verb}"
    notes = [f"{len(rows):,} pairs are decided otherwise here; in_force says which decision holds"] if rows else []
    notes.append(f"head of this lake's log: {done.head}")
    if done.torn_bytes:
        notes.append(f"{done.torn_bytes} bytes at the end of the file are no whole line, and were not read")
    return result_answer(done, table, [title, *notes])


def _history(found: StandingDecision) -> list[str]:
    lines = [f"{each.when} {each.who}: {each.decided.value}, {each.why}" for each in found.history]
    return lines if len(lines) > 1 else []
