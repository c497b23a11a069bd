"""The command that writes pages of claims."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stopgap.cli.options import Answer, AsOfOption, Format, FormatOption, LakeOption

_SHOWN = ("claim_id", "verdict", "title")


def register(claims_app: typer.Typer) -> None:
    """Add the command to the group."""
    claims_app.command("page")(claims_page_command)


def claims_page_command(
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            metavar="NAME.html|.pdf",
            help="File to write; the ending decides the form.",
            show_default=False,
        ),
    ],
    claim: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CLAIM",
            help="Id of a registered claim, or its beginning, or a claim file (YAML).",
            show_default=False,
        ),
    ] = None,
    all_claims: Annotated[bool, typer.Option("--all", help="Every registered claim, in one file.")] = False,
    by_month: Annotated[
        bool, typer.Option("--by-month", help="Also as it would have been, month by month.")
    ] = False,
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Test claims and write a page for each: the words, the chain, the verdict and what it rests on.

    Example: stopgap claims page c-0123456789 --output claim.html
    """
    import pyarrow as pa

    from stopgap.cli.output import emit
    from stopgap.errors import UsageError
    from stopgap.settings import load_settings
    from stopgap.workflows.claim_pages import write_pages
    from stopgap.workflows.claim_testing import ClaimTestOptions

    if all_claims == bool(claim):
        raise UsageError(
            "--all and a claim exclude each other" if claim else "no claim is named",
            where="CLAIM",
            mend="name registered claims or claim files, or give --all",
        )
    tested = write_pages(
        load_settings(lake=lake).lake,
        None if all_claims else claim,
        output,
        ClaimTestOptions(as_of=as_of, by_month=by_month),
    )
    rows = [
        {"claim_id": each.claim_id, "title": each.claim.title, "verdict": str(each.verdict)}
        for each in tested
    ]
    title = "page written" if len(rows) == 1 else f"{len(rows)} pages written in one file"
    emit(
        Answer(
            {"file": str(output), "claims": rows},
            pa.Table.from_pylist(rows),
            title,
            [f"file: {output}"],
            _SHOWN,
        ),
        form,
        None,
    )
