"""Commands about ownership: check one entity, list all that are covered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.answers.ownership import covered_table, holders_table
from stopgap.base.request import Option
from stopgap.cli.terminal.command import WrittenAnswer, command, group
from stopgap.cli.terminal.marked import result_answer
from stopgap.cli.terminal.options import Answer, Format
from stopgap.screening.ownership.request import CoveredRequest, OwnershipRequest

if TYPE_CHECKING:
    pass

commands = typer.Typer(rich_markup_mode=None)
ownership_app = group(
    commands, "ownership", "Ownership: what counts as owned by those who are listed, and through which chains."
)

_SHOWN = ("id", "name", "status", "share_low", "share_high", "owners", "path")


@command(ownership_app, "check")
def check_command(
    party: Annotated[str, Option("Id or name of an entity of the table.", metavar="NAME_OR_ID", is_argument=True)],
    request: OwnershipRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Say whether one entity counts as owned by those who are listed, with its owners and chains.

    Example: stopgap ownership check "Example Trading" --ownership owners.csv --listed listed.txt
    """
    checked = shown.open().ownership.check(party, request)
    found, run = checked.found, checked.run
    title = f"{found.name or found.id}: {found.status.value} ({run.coverage.rule.says})"
    notes = [*(f"chain: {line}" for line in found.says), *run.warnings]
    if found.has_more:
        notes.insert(len(found.says), "more chains were left out")
    return result_answer(checked, holders_table(found), [title, *notes])


@command(ownership_app, "covered")
def covered_command(request: CoveredRequest, shown: WrittenAnswer) -> Answer:
    """List all entities that count as owned by those who are listed, with shares and chains.

    Example: stopgap ownership covered --ownership owners.csv --list my-list
    """
    from stopgap.evidence.markings.reads import EVERYTHING

    found = shown.open().ownership.covered(request)
    run = found.run
    title = (
        f"{found.covered:,} covered, {found.cannot_be_told:,} cannot be told, of {len(run.coverage.table.ids):,} parties "
        f"({run.coverage.rule.says})"
    )
    # of a large table its JSON is made only where it is asked for
    document = found.as_dict() if shown.format is Format.JSON else found.head()
    notes = list(run.warnings)
    return Answer(document, covered_table(found, run), title, notes, _SHOWN, found.marking, EVERYTHING)
