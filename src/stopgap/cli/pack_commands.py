"""Commands about evidence packs: create, verify, export, receive, received, compare."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.answers.documents import listed, verification_document, verification_table
from stopgap.base.notes import MOST_SHOWN
from stopgap.base.request import Option
from stopgap.cli.terminal.command import EpisodeArgument, Shown, WrittenAnswer, command, group
from stopgap.cli.terminal.error_report import report
from stopgap.cli.terminal.marked import note_name, result_answer
from stopgap.cli.terminal.options import Answer, Format
from stopgap.cli.terminal.output import emit
from stopgap.cli.terminal.person import Terminal
from stopgap.cli.terminal.progress import shown_progress
from stopgap.evidence.exchange.request import ExportRequest
from stopgap.evidence.packs.request import FolderRequest, PackRequest, TrustRequest, VerifyRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stopgap.api.packs import Packs
    from stopgap.base.progress import Progress
    from stopgap.evidence.packs.documents import EvidenceDocument
    from stopgap.evidence.packs.inbox import Outcome
    from stopgap.evidence.packs.verify import Verification

commands = typer.Typer(rich_markup_mode=None)
pack_app = group(
    commands, "pack", "Evidence packs: signed, marked, and with all that it takes to make their numbers again."
)

_EXIT_FAILED = 5
_LISTED = ("pack", "origin", "called", "marking", "as_of", "made_at", "received_at", "sha256")

PackArgument = Annotated[Path, Option("An evidence pack.", metavar="FILE", is_argument=True)]
PackName = Annotated[
    str,
    Option(
        "Path of a pack; or a received one by its name or the first digits of its SHA-256.",
        metavar="PACK",
        is_argument=True,
    ),
]


def _packs(shown: Shown, progress: Progress | None = None) -> Packs:
    from stopgap.api.packs import Packs

    return Packs(shown.folder, progress, Terminal())


@command(pack_app, "create")
def create_command(episode: EpisodeArgument, request: PackRequest, shown: Shown) -> Answer:
    """Make a pack of an episode: findings, statements and verdicts, alerts, brief, and what it takes to check them.

    Nothing above the marking goes in. What would have to is listed and the pack refused, or left out with --redact.

    Example: stopgap pack create russia-2022 --marking GREEN --key fra-liaison --output .
    """
    with shown_progress() as progress:
        made = _packs(shown, progress).create(episode, request)
    assert made.marking is not None
    left_out = sum(each["count"] for each in made.evidence["left_out"])
    title = f"{made.path}: {made.marking.label}, {len(made.evidence['items'])} items, {made.size:,} bytes"
    if left_out:
        title += f", {left_out} withheld"
    return result_answer(made, _items_table(made.evidence), [title, *made.notes, _made_at(made.as_dict())])


def _made_at(document: Mapping[str, Any]) -> str:
    """What the pack's moment is, since no clock shows it."""
    return f"made_at {document['made_at']}: the {document['made_at_is']}"


def _items_table(evidence: EvidenceDocument) -> Any:
    """How many items of each kind and marking."""
    from collections import Counter

    import pyarrow as pa

    counts = Counter((item["kind"], item["marking"]["tlp"]) for item in evidence["items"])
    rows = [
        {"kind": kind, "marking": tlp, "items": count, "left_out": None}
        for (kind, tlp), count in sorted(counts.items())
    ]
    rows += [
        {"kind": each["kind"], "marking": None, "items": each["count"], "left_out": each["reason"]}
        for each in evidence["left_out"]
    ]
    schema = pa.schema(
        [("kind", pa.string()), ("marking", pa.string()), ("items", pa.int64()), ("left_out", pa.string())]
    )
    return pa.Table.from_pylist(rows, schema=schema)


@command(pack_app, "verify")
def verify_command(pack: PackArgument, request: VerifyRequest, shown: WrittenAnswer) -> None:
    """Check a pack, each check by name; no network and no lake is needed. A check that fails makes it leave with 5.

    Example: stopgap pack verify russia-2022.zip --trust fra-liaison.pub.json
    """
    found = _packs(shown).verify(pack, request)
    emit(_verification_answer(found), shown.format, shown.output, shown.detail)
    if not found.holds:
        if shown.format is not Format.JSON:
            report(found.refusal(), as_json=False)  # the answer above it says the pack's marking
        raise typer.Exit(_EXIT_FAILED)


def _verification_answer(found: Verification) -> Answer:
    """A verification as people and machines read it."""

    document = verification_document(found)
    evidence = found.evidence
    untrusted = [check for check in found.checks if check.result == "not trusted"]
    title = f"{found.path}: {'every check holds' if found.holds else 'a check fails'}"
    title += " but pages, which are not compared" if found.holds and untrusted else ""
    notes = [f"  {line}" for check in found.checks if not check.holds for line in check.details[:10]]
    if evidence and found.holds:
        left = "; ".join(f"{each['count']} {each['kind']}: {each['reason']}" for each in evidence["left_out"])
        notes += [f"withheld by its maker: {left}"] if left else []
        notes += [f"{words}: {_shortened(names)}" for words, names in document["files"].items()]
        notes.append(f"made by {evidence['origin']['name']}, vintage {evidence['as_of']}")
        notes.append(_made_at(document))
    return Answer(
        document, verification_table(found), title, notes[:MOST_SHOWN], marking=found.marking, more=notes[MOST_SHOWN:]
    )


def _shortened(names: Sequence[str]) -> str:
    """Files by folder, and how many."""
    from collections import Counter

    counts = Counter(name if name.count("/") < 2 else f"{name.rsplit('/', 1)[0]}/" for name in names)
    return ", ".join(name if count == 1 else f"{name} ({count})" for name, count in counts.items()) or "none"


@command(pack_app, "export")
def export_command(pack: PackArgument, request: ExportRequest, shown: Shown) -> Answer:
    """Write what a pack holds in a form that other programmes read. The pack is verified first.

    Example: stopgap pack export russia-2022.zip --as stix --output bundle.json
    """
    import pyarrow as pa

    made = _packs(shown).export(pack, request)
    note_name(made.path, made.marking)
    row = made.as_dict()
    title = f"{made.path}: {made.marking.label}"
    return Answer(row, pa.Table.from_pylist([row]), title, marking=made.marking)


@command(pack_app, "receive")
def receive_command(
    request: FolderRequest,
    shown: WrittenAnswer,
    pack: Annotated[Path | None, Option("The pack.", metavar="FILE", is_argument=True)] = None,
    folder: Annotated[
        Path | None, Option("Take every pack that lies in a folder instead.", metavar="DIR", flag="--from")
    ] = None,
) -> Answer | None:
    """Verify a partner's pack and file it under its origin, beside one's own evidence and never in it.

    Example: stopgap pack receive russia-2022.zip --trust fra-liaison.pub.json
    """
    from stopgap.base.errors import UsageError

    if (pack is None) == (folder is None):
        raise UsageError(
            "a pack is received from a file or from a folder", where="FILE, --from", fix="give one of the two"
        )
    if folder is not None:
        _receive_folder(folder, request, shown)
        return None
    assert pack is not None
    received = _packs(shown).receive(pack, request)
    return result_answer(received, received.table(), received.lines(), _LISTED)


def _receive_folder(folder: Path, request: FolderRequest, shown: WrittenAnswer) -> None:
    found = _packs(shown).receive_from(folder, request)
    notes = [f"passed over: {name}: {why}" for name, why in found.passed_over.items()]
    marking = found.marking if found.filed else None
    emit(
        Answer(found.as_dict(), found.table(), _counted(found.outcomes), notes, marking=marking),
        shown.format,
        shown.output,
        shown.detail,
    )
    if not found.is_whole:
        raise typer.Exit(_EXIT_FAILED)


def _counted(outcomes: Sequence[Outcome]) -> str:
    from collections import Counter

    counts = Counter(outcome.state for outcome in outcomes)
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no pack lies there"


@command(pack_app, "received")
def received_command(
    shown: WrittenAnswer,
    pack: Annotated[
        str | None,
        Option("Show what is in one: its name, or the first digits of its SHA-256.", metavar="PACK", is_argument=True),
    ] = None,
) -> Answer:
    """List the packs that were received, or show what is in one.

    Example: stopgap pack received
    """
    from stopgap.lake.partner_views import packs_table

    if pack is not None:
        one = _packs(shown).received(pack)
        title = f"{one.pack.name}, from {one.pack.called or one.pack.origin}: {one.pack.marking.label}"
        notes = [
            f"withheld by its maker: {each['count']} {each['kind']}, {each['reason']}"
            for each in one.view.evidence["left_out"]
        ]
        return result_answer(one, one.table(), [title, *notes])
    packs = _packs(shown).received()
    document = listed("packs", packs)
    notes = (
        [f"made_at: the {packs[0].as_dict()['made_at_is']}"]
        if packs
        else ["none was received yet: stopgap pack receive FILE"]
    )
    title = f"{len(packs)} packs received"
    marking = packs.marking if packs else None
    return Answer(document, packs_table(tuple(packs)), title, notes, _LISTED, marking)


@command(pack_app, "compare")
def compare_command(one: PackName, other: PackName, request: TrustRequest, shown: WrittenAnswer) -> Answer:
    """Show where the figures of two packs differ, and why: goods list, method, vintage, rows. Files are verified first.

    Example: stopgap pack compare mine.zip theirs.zip
    """
    found = _packs(shown).compare(one, other, trust=request.trust, on=request.on)
    note_name(shown.output, found.marking)
    title = "both say the same" if found.agrees else "they differ"
    return result_answer(found, found.table(), [title, *found.lines()])
