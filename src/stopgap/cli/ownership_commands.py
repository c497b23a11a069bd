"""Commands about ownership: check one entity, list all that are covered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.base.request import Option
from stopgap.cli.terminal.command import WrittenAnswer, command, group
from stopgap.cli.terminal.marked import result_answer
from stopgap.cli.terminal.options import Answer, Format
from stopgap.cli.terminal.tables import rows_table
from stopgap.screening.ownership.request import CoveredRequest, OwnershipRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.screening.ownership.paths import Explained
    from stopgap.screening.ownership.run import OwnershipRun

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
    return result_answer(checked, _holders(found), [title, *notes])


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
    return Answer(document, _table(found, run), title, notes, _SHOWN, found.marking, EVERYTHING)


def _table(found: Sequence[Explained], run: OwnershipRun) -> pa.Table:
    text = ("id", "name", "status", "owners", "lists", "path")
    rows: list[dict[str, Any]] = []
    for each in found:
        owners = run.owners(each)
        rows.append(
            {
                "id": each.id,
                "name": each.name,
                "status": each.status.value,
                "owners": "; ".join(owner["name"] or owner["id"] for owner in owners),
                "lists": "; ".join(dict.fromkeys(why["list"] for owner in owners for why in owner["listed"])),
                "path": " | ".join(each.says) or None,
                "share_low": each.low,
                "share_high": each.high,
                "chains": len(each.chains),
                "has_more": each.has_more,
            }
        )
    return rows_table(rows, text=text, numbers=("share_low", "share_high"), integers=("chains",), flags=("has_more",))


def _holders(found: Explained) -> pa.Table:
    text = ("owner", "owner_name", "stated", "source", "as_of")
    rows = [
        {
            "owner": each.owner,
            "owner_name": each.owner_name,
            "stated": "; ".join(said.text or "not stated" for said in each.stated),
            "source": "; ".join(said.source or "" for said in each.stated) or None,
            "as_of": "; ".join(said.as_of or "" for said in each.stated) or None,
            "share_low": each.low,
            "share_high": each.high,
        }
        for each in found.holders
    ]
    return rows_table(rows, text=text, numbers=("share_low", "share_high"))
