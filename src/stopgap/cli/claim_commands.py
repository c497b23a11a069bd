"""Commands about statements: draft, register, list, show, withdraw, test, and their source texts."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.answers.claims import (
    VERDICTS_SHOWN,
    claim_table,
    claims_table,
    drafts_table,
    tested_table,
    texts_table,
    verdicts_table,
)
from stopgap.base.notes import Effect, Note, Summary, of_another
from stopgap.base.person import BY
from stopgap.base.request import Completes, Option
from stopgap.claims.register.request import ClaimFilter, RegisterRequest
from stopgap.claims.testing.request import ClaimsTestRequest, ClaimTestRequest
from stopgap.cli.terminal.command import WrittenAnswer, command, group
from stopgap.cli.terminal.marked import note_name, result_answer
from stopgap.cli.terminal.options import Answer, Format
from stopgap.cli.terminal.output import emit, write_text
from stopgap.cli.terminal.person import says_yes
from stopgap.cli.terminal.telling import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stopgap.claims.drafting.run import DraftRun
    from stopgap.claims.testing.results import TestedClaim


commands = typer.Typer(rich_markup_mode=None)
claims_app = group(
    commands, "claims", "Statements: who said what, to whom, by which chain of sources; drafted, registered and tested."
)
texts_app = group(
    claims_app, "texts", "Source texts: stored once, so that a claim's words can be found where they stand."
)

_SHOWN = ("id", "said_on", "said_by", "stance", "title", "claimed")
_TEXTS_SHOWN = ("name", "record", "kind", "language", "characters", "date", "title", "sha256")
_HYPOTHESES_SHOWN = ("id", "verdict", "estimate", "ci95", "unit", "threshold", "gross", "coverage", "decides", "layer")
_PAGES = (".html", ".pdf")

ClaimArgument = Annotated[
    str,
    Option("Id of a claim, or its beginning (claims list).", metavar="ID", is_argument=True, completes=Completes.CLAIM),
]


@command(claims_app, "register")
def register_command(
    claim_file: Annotated[Path, Option("Claim file (YAML), or drafts (JSON).", metavar="FILE", is_argument=True)],
    request: RegisterRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Put a statement into the register; the same again changes nothing, a changed one is a new version.

    Example: stopgap claims register claim.yml --by ann
    """
    from stopgap.api.claims import read_claim
    from stopgap.base.person import user_name
    from stopgap.claims.claim_file import claim_yaml

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
    return result_answer(made, claims_table([entry]), [title, *made.notes], _SHOWN)


@command(claims_app, "list")
def list_command(request: ClaimFilter, shown: WrittenAnswer) -> Answer:
    """List the statements of the register, the latest said first.

    Example: stopgap claims list --actor CHN --target RUS
    """
    from stopgap.evidence.markings.reads import EVERYTHING

    found = shown.open().claims(request)
    title = "1 statement" if len(found) == 1 else f"{len(found)} statements"
    columns = (*_SHOWN[:1], "status", *_SHOWN[1:]) if request.withdrawn else _SHOWN
    document = {"claims": [each.row() for each in found]}
    return Answer(document, claims_table(found), title, [], columns, found.marking, EVERYTHING)


@command(claims_app, "show")
def show_command(
    claim: ClaimArgument,
    shown: WrittenAnswer,
    version: Annotated[int | None, Option("An earlier version, from 1.", metavar="N")] = None,
) -> Answer:
    """Show a statement: the words in their sentence, speaker, chain, goods, links and versions.

    Example: stopgap claims show c-0123456789
    """
    found = shown.open().claims.show(claim, version=version)
    title = f"{found.entry.id}, version {found.version.number}: {found.version.claim.title}"
    return result_answer(found, claim_table(found), [title, *found.notes])


@command(claims_app, "withdraw")
def withdraw_command(
    claim: ClaimArgument,
    shown: WrittenAnswer,
    why: Annotated[str, Option("The reason.", metavar="TEXT")],
    by: Annotated[str | None, BY] = None,
) -> Answer:
    """Take a statement out of the list; it stays in the register with all its versions.

    Example: stopgap claims withdraw c-0123456789 --why "the speaker was misquoted"
    """
    entry = shown.open().claims.withdraw(claim, why=why, by=by)
    return result_answer(entry, claims_table([entry]), [f"{entry.id} is withdrawn"], _SHOWN)


@command(claims_app, "test")
def claims_test_command(
    request: ClaimTestRequest,
    shown: WrittenAnswer,
    claim: Annotated[
        list[str] | None,
        Option(
            "Id of a registered claim, or its beginning, or a claim file (YAML).",
            metavar="CLAIM",
            is_argument=True,
            completes=Completes.CLAIM,
        ),
    ] = None,
    test_all: Annotated[bool, Option("Every registered claim.", flag="--all")] = False,
) -> None:
    """Test claims against the figures: supported, partly supported, not supported or not testable, and why.

    With --output FILE.html or FILE.pdf the file has a page for each claim, and the answer is printed.

    Example: stopgap claims test c-0123456789 --by-month
    """
    from stopgap.base.errors import UsageError
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
    emit(answer, shown.format, output, shown.detail)


@command(texts_app, "import")
def import_text_command(
    files: Annotated[
        list[Path], Option("Texts: plain, Markdown, HTML, PDF, JSON lines.", metavar="FILE...", is_argument=True)
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
    return Answer(document, texts_table(rows), title, notes, _TEXTS_SHOWN, found.marking, EVERYTHING)


@command(texts_app, "list")
def list_text_command(shown: WrittenAnswer) -> Answer:
    """List the source texts of the register.

    Example: stopgap claims texts list
    """
    from stopgap.evidence.markings.reads import EVERYTHING

    found = shown.open().claims.texts()
    rows = [each.as_dict() for each in found]
    title = "1 text" if len(rows) == 1 else f"{len(rows)} texts"
    return Answer({"texts": rows}, texts_table(rows), title, [], _TEXTS_SHOWN, found.marking, EVERYTHING)


def _one(tested: TestedClaim) -> Answer:
    from stopgap.claims.testing.layers.words import NAMES

    document = tested.as_dict()
    answers = [tested.because]
    if tested.asserted:
        words = f" (“{tested.asserted_by}”)" if tested.asserted_by else ""
        reached = ", ".join(NAMES[layer].lower() for layer in tested.reached) or "none"
        answers.append(
            f"the words assert: {NAMES[tested.asserted].lower()}{words}; layers that the figures support: {reached}"
        )
    if document.get("changed"):
        answers.append(f"with {document['before']['as_of']} it was: {document['before']['verdict']}")
    if tested.since:
        answers.append(f"by month: {tested.since}")
    coverage = "not known" if tested.coverage is None else f"{tested.coverage:.1%}"
    cannot = [each for each in tested.cannot if each != tested.because]
    summary = Summary(
        title=f"{tested.claim_id}, {tested.claim.title}: {tested.verdict}",
        answers=answers,
        measured=[f"episode {tested.episode or 'none'}, vintage {tested.as_of}, coverage {coverage}"],
        notes=[*(Note(f"not testable: {each}", Effect.CANNOT_TELL) for each in cannot), *of_another(tested.warnings)],
        details=[
            *(f"{each.id}: {each.because}" for each in tested.hypotheses if each.because != tested.because),
            *(f"would change it: {each}" for each in tested.would_change),
            f"findings {', '.join(tested.finding_ids) or 'none'}",
        ],
    )
    texts: dict[str, Any] = {"more": summary.more(), "above": answers}
    columns = () if tested.months else _HYPOTHESES_SHOWN
    return Answer(document, tested_table(tested), summary.title, summary.shown(), columns, **texts)


def _many(results: Sequence[TestedClaim]) -> Answer:
    documents = [tested.as_dict() for tested in results]
    changed = [document for document in documents if document.get("changed")]
    title = f"{'1 claim' if len(results) == 1 else f'{len(results)} claims'} tested"
    notes = [f"{tested.claim_id}: {tested.because}" for tested in results]
    notes += [
        f"{each['claim_id']} changed: {each['before']['verdict']} before, {each['verdict']} now" for each in changed
    ]
    return Answer({"claims": documents}, verdicts_table(results), title, notes, VERDICTS_SHOWN)


_DRAFTS_SHOWN = ("number", "stance", "speaker", "chain", "actor", "action", "target", "goods", "confidence", "words")
_READ_BY = {"rules": "rules", "network": "rules and the network"}


class ReaderChoice(StrEnum):
    """What reads the sentences."""

    AUTO = "auto"
    RULES = "rules"
    NETWORK = "network"


@command(claims_app, "draft")
def draft_command(
    files: Annotated[
        list[Path], Option("Texts: plain, Markdown, HTML, PDF, JSON lines.", metavar="FILE...", is_argument=True)
    ],
    shown: WrittenAnswer,
    reader: Annotated[
        ReaderChoice, Option("Rules and linear models alone; with the network (auto).")
    ] = ReaderChoice.AUTO,
    language_model: Annotated[
        str | None, Option("A program of yours that proposes as well; none is asked by default.", metavar="COMMAND")
    ] = None,
    least: Annotated[float, Option("Leave out drafts less sure than this.", metavar="CONFIDENCE")] = 0.0,
) -> Answer | None:
    """Propose the claims in a text: who said what of whom. Nothing is registered; a person decides.

    JSON is one record a line.

    Example: stopgap claims draft briefing.md --format json --output drafts.jsonl
    """
    claims = shown.open().claims
    run = claims.draft(files, reader=reader.value, language_model=language_model, least=least)
    if shown.format is Format.JSON:
        _write_lines(run, shown.output)
        return None
    count = "1 draft" if len(run.drafts) == 1 else f"{len(run.drafts)} drafts"
    where = "1 text" if len(run.texts) == 1 else f"{len(run.texts)} texts"
    title = f"{count} in {where}, read by {_READ_BY[run.reader]}; none is registered"
    notes = [*run.notes]
    if run.drafts:
        notes.append("a draft is a proposal: read the words, then stopgap claims register FILE.jsonl --draft N")
    return Answer(run.as_records(), drafts_table(run), title, notes, _DRAFTS_SHOWN)


def _write_lines(run: DraftRun, output: Path | None) -> None:
    import json

    from stopgap.base.visible_text import json_escaped

    for note in run.notes:
        tell(note)
    text = "".join(
        json_escaped(json.dumps(record, ensure_ascii=False, allow_nan=False)) + "\n" for record in run.as_records()
    )
    write_text(text, output)
