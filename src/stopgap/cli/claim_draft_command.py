"""The command that proposes claims from texts."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.cli.terminal.command import WrittenAnswer, command
from stopgap.cli.terminal.options import Answer, Format

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.claims.drafting.run import DraftRun

_SHOWN = ("number", "stance", "speaker", "chain", "actor", "action", "target", "goods", "confidence", "words")
_READ_BY = {"rules": "rules", "network": "rules and the network"}


class ReaderChoice(StrEnum):
    """What reads the sentences."""

    AUTO = "auto"
    RULES = "rules"
    NETWORK = "network"


def register(claims_app: typer.Typer) -> None:
    """Add the command to the group."""
    command(claims_app, "draft")(draft_command)


def draft_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Texts: plain, Markdown, HTML, PDF, JSON lines.", show_default=False),
    ],
    shown: WrittenAnswer,
    reader: Annotated[
        ReaderChoice, typer.Option("--reader", help="Rules and linear models alone; with the network (auto).")
    ] = ReaderChoice.AUTO,
    language_model: Annotated[
        str | None,
        typer.Option(
            "--language-model",
            metavar="COMMAND",
            help="A program of yours that proposes as well; none is asked by default.",
            show_default=False,
        ),
    ] = None,
    least: Annotated[
        float, typer.Option("--least", metavar="CONFIDENCE", help="Leave out drafts less sure than this.")
    ] = 0.0,
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
    return Answer(run.as_records(), _table(run), title, notes, _SHOWN)


def _write_lines(run: DraftRun, output: Path | None) -> None:
    import json

    from stopgap.base.visible_text import json_escaped
    from stopgap.cli.terminal.output import write_text
    from stopgap.cli.terminal.telling import tell

    for note in run.notes:
        tell(note)
    text = "".join(
        json_escaped(json.dumps(record, ensure_ascii=False, allow_nan=False)) + "\n" for record in run.as_records()
    )
    write_text(text, output)


def _table(run: DraftRun) -> pa.Table:
    import pyarrow as pa

    names = (
        "file", "start", "end", "words", "stance", "speaker", "uttered_by", "office", "chain", "audience", "actor",
        "action", "target", "goods", "period", "degree",
    )  # fmt: skip
    rows = []
    for number, record in enumerate(run.as_records(), start=1):
        row = {name: record[name] for name in names}
        row["number"] = number
        row["chain"] = " < ".join(record["chain"])
        row["audience"] = ", ".join(record["audience"] or [])
        row["goods"] = ", ".join(f"{each['phrase'] or '(context)'} [{each['group']}]" for each in record["goods"])
        row["confidence"] = record["confidence"]
        rows.append(row)
    schema = pa.schema(
        [
            ("number", pa.int64()),
            *((name, pa.int64() if name in ("start", "end") else pa.string()) for name in names),
            ("confidence", pa.float64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)
