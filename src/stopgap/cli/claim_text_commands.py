"""Commands about the texts in which something was said: import, list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.cli.options import Answer, Format, FormatOption, LakeOption, OutputOption
from stopgap.cli.person import ByOption, user_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import pyarrow as pa

texts_app = typer.Typer(
    help="Source texts: stored once, so that a claim's words can be found where they stand.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_TEXT = ("name", "kind", "language", "date", "title", "url", "sha256", "who", "when")
_SHOWN = ("name", "record", "kind", "language", "characters", "date", "title", "sha256")


def register(claims_app: typer.Typer) -> None:
    """Add the commands to the group."""
    claims_app.add_typer(texts_app, name="texts")


@texts_app.command("import")
def import_command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Texts: plain, Markdown, HTML, PDF, JSON lines.", show_default=False
        ),
    ],
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Store source texts; one that is there already is left as it is.

    Example: stopgap claims texts import briefing.md interview.html
    """
    from stopgap.base.settings import load_settings
    from stopgap.claims.register.texts import import_texts
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.reads import marking_of_files
    from stopgap.lake.store import now

    folder = load_settings(lake=lake).lake
    found = import_texts(folder, files, who=by or user_name(), when=now())
    new = sum(each.is_new for each in found)
    rows = [each.as_dict() for each in found]
    notes = [f"{row['name']}: {note}" for row in rows for note in row["notes"]]
    title = f"{new} of {len(found)} texts are new in the register"
    emit(
        Answer(
            {"texts": rows, "new": new, "warnings": notes},
            _table(rows),
            title,
            notes,
            _SHOWN,
            marking_of_files(folder, [row["sha256"] for row in rows]),
        ),
        form,
        output,
    )


@texts_app.command("list")
def list_command(
    lake: LakeOption = None, form: FormatOption = Format.TABLE, output: OutputOption = None
) -> None:
    """List the source texts of the register.

    Example: stopgap claims texts list
    """
    from stopgap.base.settings import load_settings
    from stopgap.claims.register.texts import list_texts, text_row
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.reads import marking_of_files

    folder = load_settings(lake=lake).lake
    rows = [text_row(text) for text in list_texts(folder)]
    marking = marking_of_files(folder, [row["sha256"] for row in rows])
    title = "1 text" if len(rows) == 1 else f"{len(rows)} texts"
    emit(Answer({"texts": rows}, _table(rows), title, [], _SHOWN, marking), form, output)


def _table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema(
        [*((name, pa.string()) for name in _TEXT), ("record", pa.int64()), ("characters", pa.int64())]
    )
    return pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)
