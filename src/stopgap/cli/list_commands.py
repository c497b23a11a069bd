"""Commands about the lists of companies in the lake: which, how old, who is on them, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.answers.lists import changes_table, entities_table, facts_table, states_table
from stopgap.base.request import Completes, Option
from stopgap.cli.terminal.command import WrittenAnswer, command, group, spelled_out
from stopgap.cli.terminal.marked import result_answer
from stopgap.cli.terminal.options import Answer
from stopgap.screening.lists.request import ChangesRequest, EntityRequest, ListDayRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stopgap.screening.lists.entity import ShownEntity
    from stopgap.screening.lists.run import ListState

commands = typer.Typer(rich_markup_mode=None)
lists_app = group(
    commands,
    "lists",
    "Lists of companies, vessels and organisations.\n\nExample: stopgap lists --as-of 2024-06-01",
    no_args_is_help=False,
)


@lists_app.callback(invoke_without_command=True)
@spelled_out
def lists_command(context: typer.Context, request: ListDayRequest, shown: WrittenAnswer) -> Answer | None:
    if context.invoked_subcommand is not None:
        return None

    states = shown.open().lists(request)
    total = sum(state.entities for state in states)
    title = f"{len(states)} lists, {total:,} entries; stopgap lists show LIST for one"
    return result_answer(states, states_table(states), [title, *_notes(states)])


@command(lists_app, "show")
def show_command(
    name: Annotated[
        str,
        Option(
            "A list, or all of one act (eu-833-2014).", metavar="LIST", is_argument=True, completes=Completes.LISTED
        ),
    ],
    request: ListDayRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Show who is on a list.

    Example: stopgap lists show eu-833-2014-IV --as-of 2024-06-01
    """
    entries = shown.open().lists.show(name, request)
    dates = sorted({state.list_date or f"imported {state.imported_on}" for state in entries.states})
    title = f"{name}: {len(entries):,} entries, edition of {', '.join(dates)}"
    columns = ("entity_id", "name", "country", "listed_on", "programme", "list")
    return result_answer(entries, entities_table(entries), [title, *_notes(entries.states)], columns)


@command(lists_app, "entity")
def entity_command(
    entity_id: Annotated[str, Option("Id of an entry, as its list prints it.", metavar="ID", is_argument=True)],
    request: EntityRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Show one entry: whether it was on the list on a day and why, what the list says, and each edition.

    Example: stopgap lists entity IV/1 --list eu-833-2014-IV --as-of 2014-09-12
    """
    found = shown.open().lists.entity(entity_id, request)
    notes = [f"{one.list}: {_verdict(one)}: {one.because}" for one in found]
    notes += [
        f"{one.list}: edition of {item.list_date or f'(imported {item.day})'}{f', {item.act}' if item.act else ''}"
        f" ({item.vintage}): {item.what}"
        for one in found
        for item in one.history
    ]
    return result_answer(found, facts_table(found), [entity_id, *notes])


@command(lists_app, "changes")
def changes_command(request: ChangesRequest, shown: WrittenAnswer) -> Answer:
    """Show which entries were added, changed or removed between two states of the lists.

    Example: stopgap lists changes --since v3
    """
    from collections import Counter

    changes = shown.open().lists.changes(request)
    counts = Counter(one.change for one in changes)
    title = ", ".join(f"{counts[kind]:,} {kind}" for kind in ("added", "changed", "removed"))
    table = changes_table(changes)
    return result_answer(changes, table, [title], ("list", "entity_id", "change"))


def _verdict(one: ShownEntity) -> str:
    return {True: "on the list", False: "not on the list", None: "not known"}[one.in_force]


def _notes(states: Sequence[ListState]) -> list[str]:
    """What a user must know of the lists shown: refused imports, and editions later than the day."""
    notes = []
    for family in dict.fromkeys(state.family for state in states):
        own = next(state for state in states if state.family == family)
        if own.refused:
            notes.append(
                f"note: {family}: an import was refused on {own.refused.when[:10]} ({own.refused.file}: "
                f"{own.refused.what}); the edition of {own.list_date or own.imported_on} stays in force"
            )
        if own.is_later:
            left_out = sum(state.undated for state in states if state.family == family)
            notes.append(
                f"note: {family}: the first edition is of after that day; its days of listing tell, and who was taken "
                f"off before it is not known{f' ({left_out} without a day are left out)' if left_out else ''}"
            )
    return notes
