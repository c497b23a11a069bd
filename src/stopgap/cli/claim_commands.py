"""Commands about statements: register, list, show, withdraw, test, and their source texts; drafts add themselves to the group."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.base.person import BY
from stopgap.claims.register.request import ClaimFilter, RegisterRequest
from stopgap.claims.testing.request import ClaimsTestRequest, ClaimTestRequest
from stopgap.cli.terminal.command import WrittenAnswer, command
from stopgap.cli.terminal.options import Answer
from stopgap.cli.terminal.person import says_yes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.claims.register.events import RegisteredClaim
    from stopgap.claims.testing.results import TestedClaim

claims_app = typer.Typer(
    help="Statements: who said what, to whom, by which chain of sources; drafted, registered and tested.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
texts_app = typer.Typer(
    help="Source texts: stored once, so that a claim's words can be found where they stand.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_SHOWN = ("id", "said_on", "said_by", "stance", "claimed", "title")
_TEXTS = ("name", "kind", "language", "date", "title", "url", "sha256", "who", "when")
_TEXTS_SHOWN = ("name", "record", "kind", "language", "characters", "date", "title", "sha256")
_HYPOTHESES_SHOWN = ("id", "verdict", "estimate", "ci95", "gross", "threshold", "coverage", "unit", "decides")
_CLAIMS_SHOWN = ("claim_id", "verdict", "before", "actor", "action", "target", "title")
_PAGES = (".html", ".pdf")

ClaimArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Id of a claim, or its beginning (claims list).", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    from stopgap.cli import claim_draft_command

    claims_app.add_typer(texts_app, name="texts")
    claim_draft_command.register(claims_app)
    app.add_typer(claims_app, name="claims")


def register_command(
    claim_file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Claim file (YAML), or drafts (JSON).", show_default=False)
    ],
    request: RegisterRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Put a statement into the register; the same again changes nothing, a changed one is a new version.

    Example: stopgap claims register claim.yml --by ann
    """
    from stopgap.api.claims import read_claim
    from stopgap.base.person import user_name
    from stopgap.claims.claim_file import claim_yaml
    from stopgap.cli.terminal.marked import result_answer

    read = read_claim(claim_file, request)
    request = replace(request, by=request.by or user_name())
    if read.draft is not None and not request.yes:
        question = f"{request.by}, is this what was said, and do you register it?"
        request = replace(request, yes=says_yes(question, claim_yaml(read.claim)))
    made = shown.open().claims.register(read, request)
    entry = made.entry
    title = {
        "registered": f"{entry.id} is registered",
        "changed": f"{entry.id} is now version {entry.current.number}",
        "unchanged": f"{entry.id} is in the register already; nothing changed",
        "restored": f"{entry.id} is in the list again, as version {entry.current.number}",
    }[made.outcome]
    return result_answer(made, _table([entry]), [title, *made.notes], _SHOWN)


def list_command(request: ClaimFilter, shown: WrittenAnswer) -> Answer:
    """List the statements of the register, the latest said first.

    Example: stopgap claims list --actor CHN --target RUS
    """
    from stopgap.evidence.markings.reads import EVERYTHING

    found = shown.open().claims(request)
    title = "1 statement" if len(found) == 1 else f"{len(found)} statements"
    columns = (*_SHOWN[:1], "status", *_SHOWN[1:]) if request.withdrawn else _SHOWN
    document = {"claims": [each.row() for each in found]}
    return Answer(document, _table(found), title, [], columns, found.marking, EVERYTHING)


def show_command(
    claim: ClaimArgument,
    shown: WrittenAnswer,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", help="An earlier version, from 1.", show_default=False)
    ] = None,
) -> Answer:
    """Show a statement: the words in their sentence, speaker, chain, goods, links and versions.

    Example: stopgap claims show c-0123456789
    """
    from stopgap.claims.register.words import claim_lines
    from stopgap.cli.terminal.marked import result_answer

    found = shown.open().claims.show(claim, version=version)
    title = f"{found.entry.id}, version {found.version.number}: {found.version.claim.title}"
    return result_answer(found, _pairs(claim_lines(found)), [title, *found.notes])


def withdraw_command(
    claim: ClaimArgument,
    shown: WrittenAnswer,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason.", show_default=False)],
    by: Annotated[str | None, BY] = None,
) -> Answer:
    """Take a statement out of the list; it stays in the register with all its versions.

    Example: stopgap claims withdraw c-0123456789 --why "the speaker was misquoted"
    """
    from stopgap.cli.terminal.marked import result_answer

    entry = shown.open().claims.withdraw(claim, why=why, by=by)
    return result_answer(entry, _table([entry]), [f"{entry.id} is withdrawn"], _SHOWN)


def claims_test_command(
    request: ClaimTestRequest,
    shown: WrittenAnswer,
    claim: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CLAIM",
            help="Id of a registered claim, or its beginning, or a claim file (YAML).",
            show_default=False,
        ),
    ] = None,
    test_all: Annotated[bool, typer.Option("--all", help="Every registered claim.")] = False,
) -> None:
    """Test claims against the figures: borne out, partly, not borne out, or cannot be tested, and why.

    With --output FILE.html or FILE.pdf the file has a page for each claim, and the answer is printed.

    Example: stopgap claims test c-0123456789 --by-month
    """
    from stopgap.base.errors import UsageError
    from stopgap.cli.terminal.marked import note_name
    from stopgap.cli.terminal.output import emit
    from stopgap.cli.terminal.telling import tell
    from stopgap.evidence.markings.reads import EVERYTHING

    if test_all == bool(claim):
        raise UsageError(
            "no claim is named" if not claim else "--all and a claim exclude each other",
            where="CLAIM",
            fix="name a registered claim or a claim file, or give --all",
        )
    output = shown.output
    page = output if output is not None and output.suffix.lower() in _PAGES else None
    wanted = ClaimsTestRequest(claims=tuple(claim or ()), page=page, **vars(request))
    results = shown.open().claims.test_all(wanted)
    if page is not None:
        tell(f"page: {page}")
        output = None
    answer = _many(results) if len(results) != 1 or test_all else _one(results[0])
    answer.marking, answer.covers = results.marking, EVERYTHING
    note_name(page, answer.marking)
    emit(answer, shown.format, output)


def import_text_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Texts: plain, Markdown, HTML, PDF, JSON lines.", show_default=False),
    ],
    shown: WrittenAnswer,
    by: Annotated[str | None, BY] = None,
) -> Answer:
    """Store source texts; one that is there already is left as it is.

    Example: stopgap claims texts import briefing.md interview.html
    """
    from stopgap.evidence.markings.reads import EVERYTHING

    found = shown.open().claims.texts.import_files(files, by=by)
    new = sum(each.is_new for each in found)
    rows = [each.as_dict() for each in found]
    notes = [f"{row['name']}: {note}" for row in rows for note in row["notes"]]
    title = f"{new} of {len(found)} texts are new in the register"
    document = {"texts": rows, "new": new, "warnings": notes}
    return Answer(document, _text_table(rows), title, notes, _TEXTS_SHOWN, found.marking, EVERYTHING)


def list_text_command(shown: WrittenAnswer) -> Answer:
    """List the source texts of the register.

    Example: stopgap claims texts list
    """
    from stopgap.evidence.markings.reads import EVERYTHING

    found = shown.open().claims.texts()
    rows = [each.as_dict() for each in found]
    title = "1 text" if len(rows) == 1 else f"{len(rows)} texts"
    return Answer({"texts": rows}, _text_table(rows), title, [], _TEXTS_SHOWN, found.marking, EVERYTHING)


command(claims_app, "register")(register_command)
command(claims_app, "list")(list_command)
command(claims_app, "show")(show_command)
command(claims_app, "withdraw")(withdraw_command)
command(claims_app, "test")(claims_test_command)
command(texts_app, "import")(import_text_command)
command(texts_app, "list")(list_text_command)


def _table(entries: Sequence[RegisteredClaim]) -> pa.Table:
    import pyarrow as pa

    text = ("id", "status", "said_on", "said_by", "office", "stance", "actor", "action", "target", "claimed", "goods", "title",
            "words", "who", "when")  # fmt: skip
    schema = pa.schema([*((name, pa.string()) for name in text), ("version", pa.int64()), ("threshold", pa.float64())])
    rows = [entry.row() for entry in entries]
    for row in rows:
        row["goods"] = ", ".join(row["goods"])
        row["claimed"] = f"{row['actor']} {row['action']} {row['target']}"
    return pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)


def _pairs(lines: Sequence[tuple[str, str]]) -> pa.Table:
    import pyarrow as pa

    return pa.table({"field": [name for name, _ in lines], "value": [value for _, value in lines]})


def _text_table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema([*((name, pa.string()) for name in _TEXTS), ("record", pa.int64()), ("characters", pa.int64())])
    return pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)


def _one(tested: TestedClaim) -> Answer:
    import pyarrow as pa

    document = tested.as_dict()
    title = f"{tested.claim_id}, {tested.claim.title}: {tested.verdict}"
    notes = [tested.because]
    if tested.tested_part and tested.tested_part != tested.verdict:
        notes.append(f"of the part that can be tested: {tested.tested_part}")
    if document.get("changed"):
        notes.append(f"with {document['before']['as_of']} it was: {document['before']['verdict']}")
    if tested.since:
        notes.append(f"by month: {tested.since}")
    notes += [f"{each.id}: {each.because}" for each in tested.hypotheses if each.because != tested.because]
    notes += [f"cannot be tested: {each}" for each in tested.cannot if each != tested.because]
    notes += [f"would change it: {each}" for each in tested.would_change]
    notes.append(
        f"episode {tested.episode or 'none'}, vintage {tested.as_of}, "
        f"coverage {'not known' if tested.coverage is None else f'{tested.coverage:.1%}'}, "
        f"findings {', '.join(tested.finding_ids) or 'none'}"
    )
    notes += [f"note: {each}" for each in tested.warnings]
    if tested.months:
        interval = pa.list_(pa.float64())
        schema = pa.schema(
            [("month", pa.string()), ("verdict", pa.string()), ("estimate", pa.float64()), ("ci95", interval)]
        )
        return Answer(document, pa.Table.from_pylist(document["months"], schema=schema), title, notes)
    return Answer(document, _hypothesis_table(document["hypotheses"]), title, notes, _HYPOTHESES_SHOWN)


def _hypothesis_table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    text = ("id", "verdict", "statement", "measure", "unit", "goods", "goods_version", "breadth", "route", "report",
            "valuation", "finding_id", "because", "fix")  # fmt: skip
    numbers = ("estimate", "gross", "threshold", "coverage")
    schema = pa.schema(
        [
            *((name, pa.string()) for name in text),
            *((name, pa.float64()) for name in numbers),
            ("ci95", pa.list_(pa.float64())),
            ("decides", pa.bool_()),
        ]
    )
    return pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)


def _many(results: Sequence[TestedClaim]) -> Answer:
    import pyarrow as pa

    documents = [tested.as_dict() for tested in results]
    names = (*_CLAIMS_SHOWN, "tested_part", "episode", "as_of", "because", "since", "alert")
    rows = [
        {**{name: document.get(name) for name in names}, "before": (document.get("before") or {}).get("verdict")}
        for document in documents
    ]
    schema = pa.schema([*((name, pa.string()) for name in names), ("coverage", pa.float64())])
    rows = [{**row, "coverage": document["coverage"]} for row, document in zip(rows, documents, strict=True)]
    changed = [document for document in documents if document.get("changed")]
    title = f"{'1 claim' if len(results) == 1 else f'{len(results)} claims'} tested"
    notes = [f"{tested.claim_id}: {tested.because}" for tested in results]
    notes += [
        f"{each['claim_id']} changed: {each['before']['verdict']} before, {each['verdict']} now" for each in changed
    ]
    return Answer({"claims": documents}, pa.Table.from_pylist(rows, schema=schema), title, notes, _CLAIMS_SHOWN)
