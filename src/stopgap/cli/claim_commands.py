"""Commands about statements: register, list, show, withdraw. The others of the group add themselves to it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.cli.options import Answer, Format, FormatOption, LakeOption, OutputOption
from stopgap.cli.person import ByOption, says_yes, user_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.claims.claim import Claim
    from stopgap.claims.register.events import RegisteredClaim
    from stopgap.sources.texts import SourceText

claims_app = typer.Typer(
    help="Statements: who said what, to whom, by which chain of sources; drafted, registered and tested.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_SHOWN = ("id", "said_on", "said_by", "stance", "claimed", "title")
_JSON_NAMES = (".jsonl", ".ndjson", ".json")

ClaimArgument = Annotated[
    str,
    typer.Argument(metavar="ID", help="Id of a claim, or its beginning (claims list).", show_default=False),
]


class StanceOption(StrEnum):
    """How words stand to what they say."""

    ASSERTION = "assertion"
    DENIAL = "denial"
    WARNING = "warning"
    QUESTION = "question"
    REPORTED = "reported"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    from stopgap.cli import claim_draft_command, claim_test_command, claim_text_commands

    claim_text_commands.register(claims_app)
    claim_draft_command.register(claims_app)
    claim_test_command.register(claims_app)
    app.add_typer(claims_app, name="claims")


@claims_app.command("register")
def register_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Claim file (YAML), or drafts (JSON).", show_default=False)
    ],
    draft: Annotated[
        int | None,
        typer.Option("--draft", metavar="N", help="Which draft of the file, from 1.", show_default=False),
    ] = None,
    fills: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Fills in or fixes a field of the draft.", show_default=False
        ),
    ] = None,
    text: Annotated[
        Path | None,
        typer.Option(
            "--text",
            metavar="FILE",
            help="The source text (default: the file that the claim names, beside it).",
            show_default=False,
        ),
    ] = None,
    why: Annotated[
        str | None,
        typer.Option(
            "--why", metavar="TEXT", help="The reason, where a registered claim changes.", show_default=False
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="You have read the draft, and say yes to it.")] = False,
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Put a statement into the register; the same again changes nothing, a changed one is a new version.

    Example: stopgap claims register claim.yml --by ann
    """
    from stopgap.base.settings import load_settings
    from stopgap.claims.claim_file import claim_document
    from stopgap.claims.register.register import register_claim
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import marking_of_claims
    from stopgap.evidence.markings.reads import CLAIMS
    from stopgap.lake.store import now

    who = by or user_name()
    claim, record, source = _claim_of(file, draft, fills or [], text)
    if record is not None and not yes:
        yes = says_yes(f"{who}, is this what was said, and do you register it?", _shown_draft(claim))
    folder = load_settings(lake=lake).lake
    made = register_claim(
        folder,
        claim,
        who=who,
        when=now(),
        text=source,
        draft=record,
        why=why,
        yes=who if yes else None,
    )
    document = {
        "id": made.entry.id,
        "outcome": made.outcome,
        "version": made.entry.current.number,
        "claim": claim_document(made.entry.claim),
        "goods": [
            {"named": each.named, "list": each.list, "breadth": each.breadth, "version": each.version}
            for each in made.entry.current.goods
        ],
        "changed": [change.as_dict() for change in made.changed],
        "words_checked": made.entry.current.is_checked,
        "warnings": list(made.notes),
    }
    title = {
        "registered": f"{made.entry.id} is registered",
        "changed": f"{made.entry.id} is now version {made.entry.current.number}",
        "unchanged": f"{made.entry.id} is in the register already; nothing changed",
        "restored": f"{made.entry.id} is in the list again, as version {made.entry.current.number}",
    }[made.outcome]
    marking = marking_of_claims(folder, [made.entry])
    covers = () if made.notes else (CLAIMS,)  # notes name other statements of the register
    answer = Answer(document, _table([made.entry]), title, list(made.notes), _SHOWN, marking, covers)
    emit(answer, form, output)


@claims_app.command("list")
def list_command(
    actor: Annotated[
        str | None,
        typer.Option(
            "--actor", metavar="ECONOMY", help="Whose conduct (CHN, EU, THIRD).", show_default=False
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="ECONOMY", help="Towards whom (RUS).", show_default=False),
    ] = None,
    speaker: Annotated[
        str | None,
        typer.Option(
            "--speaker", metavar="TEXT", help="Part of the speaker's name or office.", show_default=False
        ),
    ] = None,
    stance: Annotated[
        StanceOption | None, typer.Option("--stance", help="How the words stand.", show_default=False)
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="Withdrawn ones too.")] = False,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List the statements of the register, the latest said first.

    Example: stopgap claims list --actor CHN --target RUS
    """
    from stopgap.base.marking import CLEAR
    from stopgap.base.settings import load_settings
    from stopgap.claims.register.views import ClaimFilter, claim_row, list_claims
    from stopgap.cli.output import emit

    wanted = ClaimFilter(actor, target, speaker, stance.value if stance else None, show_all)
    folder = load_settings(lake=lake).lake
    found = list_claims(folder, wanted)
    title = "1 statement" if len(found) == 1 else f"{len(found)} statements"
    columns = (*_SHOWN[:1], "status", *_SHOWN[1:]) if show_all else _SHOWN
    rows = [claim_row(each) for each in found]
    emit(Answer({"claims": rows}, _table(found), title, [], columns, CLEAR), form, output)


@claims_app.command("show")
def show_command(
    claim: ClaimArgument,
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="N", help="An earlier version, from 1.", show_default=False),
    ] = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Show a statement: the words in their sentence, speaker, chain, goods, links and versions.

    Example: stopgap claims show c-0123456789
    """
    from stopgap.base.settings import load_settings
    from stopgap.claims.register.views import show_claim
    from stopgap.cli.claim_text_form import claim_lines
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import marking_of_claims
    from stopgap.evidence.markings.reads import CLAIMS

    folder = load_settings(lake=lake).lake
    shown = show_claim(folder, claim, version=version)
    title = f"{shown.entry.id}, version {shown.version.number}: {shown.version.claim.title}"
    linked = [other for _, other in (*shown.links_from, *shown.links_to)]
    marking = marking_of_claims(folder, [shown.entry, *linked])
    emit(
        Answer(shown.as_dict(), _pairs(claim_lines(shown)), title, list(shown.notes), (), marking, (CLAIMS,)),
        form,
        output,
    )


@claims_app.command("withdraw")
def withdraw_command(
    claim: ClaimArgument,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason.", show_default=False)],
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Take a statement out of the list; it stays in the register with all its versions.

    Example: stopgap claims withdraw c-0123456789 --why "the speaker was misquoted"
    """
    from stopgap.base.settings import load_settings
    from stopgap.claims.register.register import withdraw_claim
    from stopgap.claims.register.views import claim_row
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import marking_of_claims
    from stopgap.evidence.markings.reads import CLAIMS
    from stopgap.lake.store import now

    folder = load_settings(lake=lake).lake
    entry = withdraw_claim(folder, claim, who=by or user_name(), when=now(), why=why)
    document = {**claim_row(entry), "history": entry.history()}
    marking = marking_of_claims(folder, [entry])
    title = f"{entry.id} is withdrawn"
    emit(Answer(document, _table([entry]), title, [], _SHOWN, marking, (CLAIMS,)), form, output)


def _claim_of(
    file: Path, draft: int | None, fills: list[str], text: Path | None
) -> tuple[Claim, dict[str, Any] | None, SourceText | None]:
    """The claim of a file, the draft it comes from, and its source text where that is at hand."""
    from stopgap.base.errors import UsageError
    from stopgap.claims.register.draft_record import claim_of_draft, read_drafts
    from stopgap.claims.register.sources import read_with_source, source_of

    if file.suffix.lower() not in _JSON_NAMES:
        if draft is not None or fills:
            raise UsageError(
                "a claim file holds one claim",
                where="--draft, --set",
                fix="leave them out, and fix the file itself",
            )
        read = read_with_source(file, text)
        return read.claim, read.draft, read.text
    record = _chosen(read_drafts(file), draft, file)
    where = f"{file.name}, draft {draft or 1}"
    source = source_of(record, file.parent, text)
    return claim_of_draft(record, _fills(fills), source, where=where), record, source


def _chosen(drafts: list[dict[str, Any]], number: int | None, file: Path) -> dict[str, Any]:
    from stopgap.base.errors import NotFoundError, UsageError

    if number is None and len(drafts) != 1:
        raise UsageError(
            f"the file holds {len(drafts)} drafts",
            where=file.name,
            fix=f"name one: --draft 1 … {len(drafts)}",
        )
    if not 1 <= (number or 1) <= len(drafts):
        raise NotFoundError(
            f"there is no draft {number}", where=file.name, fix=f"the file holds drafts 1 to {len(drafts)}"
        )
    return drafts[(number or 1) - 1]


def _fills(given: list[str]) -> dict[str, str]:
    from stopgap.base.errors import UsageError
    from stopgap.claims.register.draft_record import SETTABLE

    known = ("name", "office", *SETTABLE)
    found = {}
    for each in given:
        field, sign, value = each.partition("=")
        if not sign or field not in known:
            raise UsageError(
                f"{each!r} does not set a field",
                where="--set",
                fix=f"write FIELD=VALUE; fields: {', '.join(known)}",
            )
        found[field] = value
    return found


def _shown_draft(claim: Claim) -> str:
    from stopgap.claims.claim_file import claim_yaml

    return claim_yaml(claim)


def _table(entries: Sequence[RegisteredClaim]) -> pa.Table:
    import pyarrow as pa

    from stopgap.claims.register.views import claim_row

    text = ("id", "status", "said_on", "said_by", "office", "stance", "actor", "action", "target", "claimed", "goods", "title",
            "words", "who", "when")  # fmt: skip
    schema = pa.schema(
        [*((name, pa.string()) for name in text), ("version", pa.int64()), ("threshold", pa.float64())]
    )
    rows = [claim_row(entry) for entry in entries]
    for row in rows:
        row["goods"] = ", ".join(row["goods"])
        row["claimed"] = f"{row['actor']} {row['action']} {row['target']}"
    return pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)


def _pairs(lines: Sequence[tuple[str, str]]) -> pa.Table:
    import pyarrow as pa

    return pa.table({"field": [name for name, _ in lines], "value": [value for _, value in lines]})
