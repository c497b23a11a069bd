"""Commands about evidence packs: create, verify, export."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.base.vocab import Report
from stopgap.cli.command import EpisodeArgument
from stopgap.cli.key_commands import now
from stopgap.cli.marking_options import MarkingOption, ReleasableOption
from stopgap.cli.options import (
    AfterOption,
    Answer,
    AsOfOption,
    BaselineOption,
    Format,
    FormatOption,
    FrequencyOption,
    GoodsOption,
    LakeOption,
    OutputOption,
    ReportOption,
)
from stopgap.cli.passphrase import PassphraseFileOption, passphrase_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stopgap.evidence.packs.documents import EvidenceDocument
    from stopgap.evidence.packs.verify import Trust, Verification

pack_app = typer.Typer(
    help="Evidence packs: signed, marked, and with all that it takes to make their numbers again.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_EXIT_FAILED = 5


class Part(StrEnum):
    """What a pack can hold beside findings."""

    CLAIMS = "claims"
    ALERTS = "alerts"
    EXPOSURE = "exposure"
    BRIEF = "brief"
    DECISIONS = "decisions"


class FormName(StrEnum):
    """Forms of other programmes."""

    STIX = "stix"
    OPENCTI = "opencti"
    MISP = "misp"
    FTM = "ftm"
    CSV = "csv"
    XLSX = "xlsx"
    RSS = "rss"
    JSON_FEED = "json-feed"


PackArgument = Annotated[Path, typer.Argument(metavar="FILE", help="An evidence pack.", show_default=False)]
TrustOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--trust",
        metavar="KEYFILE",
        help="Public key of the signer; several may be given (default: the keys that you trust).",
        show_default=False,
    ),
]
OnOption = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="DAY",
        help="Day on which the signer's key must hold (default: today, UTC).",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(pack_app, name="pack")


@pack_app.command("create")
def create_command(
    episode: EpisodeArgument,
    marking: MarkingOption,
    key: Annotated[
        str, typer.Option("--key", metavar="NAME", help="Your key that signs it.", show_default=False)
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            metavar="FILE",
            help="The pack; in a folder it gets the name that says what it is.",
            show_default=False,
        ),
    ],
    releasable_to: ReleasableOption = None,
    goods: GoodsOption = None,
    baseline: BaselineOption = None,
    after: AfterOption = None,
    frequency: FrequencyOption = None,
    report: ReportOption = Report.REPORTED,
    as_of: AsOfOption = None,
    with_parts: Annotated[
        list[Part] | None,
        typer.Option("--with", help="Also put this in: decisions on alerts.", show_default=False),
    ] = None,
    without: Annotated[
        list[Part] | None,
        typer.Option(
            "--without", help="Leave this out: claims, alerts, exposure, brief.", show_default=False
        ),
    ] = None,
    claim: Annotated[
        list[str] | None,
        typer.Option(
            "--claim",
            metavar="ID",
            help="Of the statements this one alone (default: all that are tested on the episode).",
            show_default=False,
        ),
    ] = None,
    attach: Annotated[
        list[Path] | None,
        typer.Option("--attach", metavar="FILE", help="Also put in a file of your own.", show_default=False),
    ] = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="Leave out what is above the marking, and say so in the pack.")
    ] = False,
    passphrase_file: PassphraseFileOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Make a pack of an episode: findings, statements and verdicts, alerts, brief, and what it takes to check them.

    Nothing above the marking goes in. What would have to is listed and the pack refused, or left out with --redact.

    Example: stopgap pack create russia-2022 --marking GREEN --key fra-liaison --output .
    """
    from stopgap.base.marking import parse_marking
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.cli.progress import shown_progress
    from stopgap.evidence.keys.own_keys import signing_key
    from stopgap.evidence.markings.reads import EVERYTHING
    from stopgap.evidence.packs.create import create_pack
    from stopgap.evidence.packs.gathering import USUAL_PARTS, PackOptions
    from stopgap.panel.prepare import measure_options

    left = {str(part) for part in without or ()}
    parts = dict.fromkeys((*USUAL_PARTS, *(str(part) for part in with_parts or ())))
    options = PackOptions(
        audience=parse_marking(marking, releasable_to),
        measure=measure_options(
            goods=goods,
            baseline=baseline,
            after=after,
            frequency=frequency,
            report=report,
            as_of=as_of,
        ),
        parts=tuple(part for part in parts if part not in left),
        claims=tuple(claim) if claim else None,
        attachments=tuple(attach or ()),
        redact=redact,
    )
    settings = load_settings(lake=lake)
    signer = signing_key(
        settings.home,
        key,
        passphrase_for(passphrase_file, twice=False, what=f"passphrase of {key}"),
        on=now()[0],
    )
    with shown_progress() as progress:
        made = create_pack(settings.lake, episode, options, signer=signer, output=output, progress=progress)
    left_out = sum(each["count"] for each in made.evidence["left_out"])
    title = f"{made.path}: {options.audience.label}, {len(made.evidence['items'])} items, {made.size:,} bytes"
    if left_out:
        title += f", {left_out} left out"
    emit(
        Answer(
            made.as_dict(),
            _items_table(made.evidence),
            title,
            list(made.notes),
            marking=options.audience,
            covers=EVERYTHING,  # nothing above it is in a pack
        ),
        form,
        None,
    )


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


@pack_app.command("verify")
def verify_command(
    file: PackArgument,
    trust: TrustOption = None,
    on: OnOption = None,
    no_numbers: Annotated[
        bool, typer.Option("--no-numbers", help="Do not make the numbers again from their rows.")
    ] = False,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page",
            metavar="FILE",
            help="Write the page of the pack, made here from its data: read it in place of the pack's own.",
            show_default=False,
        ),
    ] = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Check a pack, each check by name; no network and no lake is needed. A check that fails makes it leave with 5.

    Example: stopgap pack verify russia-2022.zip --trust fra-liaison.pub.json
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.packs.verify import verify_pack

    found = verify_pack(
        file,
        asked_trust(load_settings(lake=lake).home, trust),
        on=day(on),
        numbers=not no_numbers,
        reads_data=page is not None,
    )
    if page is not None and found.is_known:
        from stopgap.briefs.formats.files import write_files

        write_files({page: found.page()})
    emit(verification_answer(found), form, output)
    if not found.holds:
        if form is not Format.JSON:
            from stopgap.cli.error_report import report

            report(found.refusal(), as_json=False)  # the answer above it says the pack's marking
        raise typer.Exit(_EXIT_FAILED)


def day(text: str | None) -> str:
    """A day as given, or today.

    Raises:
        UsageError: It is none.
    """
    from stopgap.base.errors import UsageError
    from stopgap.evidence.keys.names import is_day

    if text is not None and not is_day(text):
        raise UsageError(f"{text[:20]!r} is no day", where="--on", fix="give it as YYYY-MM-DD")
    return text or now()[0]


def asked_trust(home: Path, files: Sequence[Path] | None) -> Trust:
    """Whom the user trusts, by the store and ``--trust``.

    Raises:
        InputError: A file is no public key.
        RefusedError: The trust store is not as it was written.
    """
    from stopgap.evidence.packs.verify import trusted

    return trusted(home, files or ())


def verification_answer(found: Verification) -> Answer:
    """A verification as people and machines read it."""
    import pyarrow as pa

    rows = [
        {
            "check": check.name,
            "result": check.result,
            "says": check.says,
        }
        for check in found.checks
    ]
    document = found.as_dict()
    if not found.holds:
        document["error"] = {
            name: value
            for name, value in found.refusal().as_dict().items()
            if name in ("what", "where", "fix", "code")
        }
    evidence = found.evidence
    untrusted = [check for check in found.checks if check.result == "not trusted"]
    title = f"{found.path}: {'every check holds' if found.holds else 'a check fails'}"
    title += " but pages, which are not compared" if found.holds and untrusted else ""
    notes = [f"  {line}" for check in found.checks if not check.holds for line in check.details[:10]]
    if evidence and found.holds:
        left = "; ".join(f"{each['count']} {each['kind']}: {each['reason']}" for each in evidence["left_out"])
        notes += [f"left out by its maker: {left}"] if left else []
        notes += [f"{words}: {_shortened(names)}" for words, names in document["files"].items()]
        notes.append(
            f"made by {evidence['origin']['name']}, {evidence['made_at']}, vintage {evidence['as_of']}"
        )
    schema = pa.schema([(name, pa.string()) for name in ("check", "result", "says")])
    return Answer(document, pa.Table.from_pylist(rows, schema=schema), title, notes, marking=found.marking)


def _shortened(names: Sequence[str]) -> str:
    """Files by folder, and how many."""
    from collections import Counter

    counts = Counter(name if name.count("/") < 2 else f"{name.rsplit('/', 1)[0]}/" for name in names)
    return ", ".join(name if count == 1 else f"{name} ({count})" for name, count in counts.items()) or "none"


@pack_app.command("export")
def export_command(
    file: PackArgument,
    form_name: Annotated[
        FormName, typer.Option("--as", help="The form of another programme.", show_default=False)
    ],
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="File to write.", show_default=False)
    ],
    trust: TrustOption = None,
    on: OnOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Write what a pack holds in a form that other programmes read. The pack is verified first.

    Example: stopgap pack export russia-2022.zip --as stix --output bundle.json
    """
    import pyarrow as pa

    from stopgap.base.settings import load_settings
    from stopgap.cli.marked import note_name
    from stopgap.cli.output import emit
    from stopgap.evidence.exchange import FORMS
    from stopgap.evidence.exchange.export_file import export_pack

    made = export_pack(
        file, str(form_name), output, asked_trust(load_settings(lake=lake).home, trust), on=day(on)
    )
    note_name(output, made.marking)
    row = {
        "file": str(output),
        "form": str(form_name),
        "says": FORMS[str(form_name)].says,
        "size_bytes": made.size,
    }
    emit(
        Answer(row, pa.Table.from_pylist([row]), f"{output}: {made.marking.label}", marking=made.marking),
        form,
        None,
    )
