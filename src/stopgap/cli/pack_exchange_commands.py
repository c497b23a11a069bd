"""Commands about packs of partners: receive, received, compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.cli.options import Answer, Format, FormatOption, LakeOption, OutputOption
from stopgap.cli.pack_commands import OnOption, TrustOption, asked_trust, day
from stopgap.cli.person import ByOption, user_name

if TYPE_CHECKING:
    from stopgap.evidence.packs.inbox import Outcome
    from stopgap.evidence.packs.verify import Trust

_EXIT_REFUSED = 5

_LISTED = ("pack", "origin", "called", "marking", "as_of", "made_at", "received_at", "sha256")

PackName = Annotated[
    str,
    typer.Argument(
        metavar="PACK",
        help="Path of a pack; or a received one by its name or the first digits of its SHA-256.",
        show_default=False,
    ),
]


def register(pack_app: typer.Typer) -> None:
    """Add the commands to their group."""
    pack_app.command("receive")(receive_command)
    pack_app.command("received")(received_command)
    pack_app.command("compare")(compare_command)


def receive_command(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The pack.", show_default=False)] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="DIR", help="Take every pack that lies in a folder instead.", show_default=False
        ),
    ] = None,
    trust: TrustOption = None,
    on: OnOption = None,
    older: Annotated[
        bool,
        typer.Option(
            "--older", help="Take it although a newer one, or the same under another name, is there."
        ),
    ] = False,
    settle: Annotated[
        float,
        typer.Option(
            "--settle", metavar="SECONDS", min=0, help="Time in which a file in the folder must not grow."
        ),
    ] = 2.0,
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Verify a partner's pack and file it under its origin, beside one's own evidence and never in it.

    Example: stopgap pack receive russia-2022.zip --trust fra-liaison.pub.json
    """
    from stopgap.base.errors import UsageError
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.reads import RECEIVED
    from stopgap.evidence.packs.receive import receive_pack
    from stopgap.lake.store import now

    if (file is None) == (folder is None):
        raise UsageError(
            "a pack is received from a file or from a folder",
            where="FILE, --from",
            fix="give one of the two",
        )
    settings = load_settings(lake=lake)
    known, who = asked_trust(settings.home, trust), by or user_name()
    if folder is not None:
        _receive_folder(folder, settings.lake, known, day(on), who, older, settle, form, output)
        return
    assert file is not None
    received = receive_pack(settings.lake, file, known, on=day(on), when=now(), who=who, older=older)
    said = received.lines()
    emit(
        Answer(
            received.as_dict(),
            received.table(),
            said[0],
            said[1:],
            _LISTED,
            received.pack.marking,
            (RECEIVED,),
        ),
        form,
        output,
    )


def _receive_folder(
    folder: Path,
    lake: Path,
    known: Trust,
    on: str,
    who: str,
    older: bool,
    settle: float,
    form: Format,
    output: Path | None,
) -> None:
    """Take what lies in a folder; one bad pack does not stop the others."""
    import time

    from stopgap.cli.output import emit
    from stopgap.evidence.packs.inbox import FolderInbox, outcomes_table, receive_from
    from stopgap.evidence.packs.received import marking_of_packs
    from stopgap.lake.store import now

    inbox = FolderInbox(folder, settle, time.sleep)
    outcomes = receive_from(lake, inbox, known, on=on, when=now, who=who, older=older)
    passed = inbox.passed_over()
    filed = [outcome.received.pack for outcome in outcomes if outcome.received is not None]
    document = {
        "folder": str(folder),
        "outcomes": [outcome.as_dict() for outcome in outcomes],
        "passed_over": dict(passed),
    }
    notes = [f"passed over: {name}: {why}" for name, why in passed.items()]
    emit(
        Answer(
            document,
            outcomes_table(outcomes),
            _counted(outcomes),
            notes,
            marking=marking_of_packs(filed) if filed else None,
        ),
        form,
        output,
    )
    if any(outcome.error is not None for outcome in outcomes):
        raise typer.Exit(_EXIT_REFUSED)


def _counted(outcomes: list[Outcome]) -> str:
    from collections import Counter

    counts = Counter(outcome.state for outcome in outcomes)
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no pack lies there"


def received_command(
    pack: Annotated[
        str | None,
        typer.Argument(
            metavar="PACK",
            help="Show what is in one: its name, or the first digits of its SHA-256.",
            show_default=False,
        ),
    ] = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List the packs that were received, or show what is in one.

    Example: stopgap pack received
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.reads import RECEIVED
    from stopgap.evidence.packs.received import list_received, marking_of_packs, show_received
    from stopgap.lake.partner_views import packs_table

    folder = load_settings(lake=lake).lake
    if pack is not None:
        shown = show_received(folder, pack)
        title = (
            f"{shown.pack.name}, from {shown.pack.called or shown.pack.origin}: {shown.pack.marking.label}"
        )
        notes = [
            f"left out by its maker: {each['count']} {each['kind']}, {each['reason']}"
            for each in shown.view.evidence["left_out"]
        ]
        answer = Answer(shown.as_dict(), shown.table(), title, notes, (), shown.pack.marking, (RECEIVED,))
        emit(answer, form, output)
        return
    packs = list_received(folder)
    document = {"packs": [each.as_dict() for each in packs]}
    notes = [] if packs else ["none was received yet: stopgap pack receive FILE"]
    emit(
        Answer(
            document,
            packs_table(packs),
            f"{len(packs)} packs received",
            notes,
            _LISTED,
            marking=marking_of_packs(packs) if packs else None,
        ),
        form,
        output,
    )


def compare_command(
    one: PackName,
    other: PackName,
    trust: TrustOption = None,
    on: OnOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Show where the figures of two packs differ, and why: goods list, method, vintage, rows. Files are verified first.

    Example: stopgap pack compare mine.zip theirs.zip
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.marked import note_name
    from stopgap.cli.output import emit
    from stopgap.evidence.compare.run import compare
    from stopgap.evidence.markings.reads import RECEIVED

    settings = load_settings(lake=lake)
    found = compare(settings.lake, one, other, asked_trust(settings.home, trust), on=day(on))
    title = "both say the same" if found.agrees else "they differ"
    note_name(output, found.marking)
    answer = Answer(found.as_dict(), found.table(), title, found.lines(), (), found.marking, (RECEIVED,))
    emit(answer, form, output)
