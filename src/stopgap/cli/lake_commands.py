"""Commands about the lake: import, query, lake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.base.request import AS_OF
from stopgap.cli import quality_commands
from stopgap.cli.terminal.command import WrittenAnswer, command
from stopgap.cli.terminal.options import Answer
from stopgap.intake.request import ImportRequest
from stopgap.lake.query.request import QueryRequest

if TYPE_CHECKING:
    import pyarrow as pa

lake_app = typer.Typer(
    help="The lake: its vintages, integrity and upkeep.", no_args_is_help=True, rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    command(app, "import")(import_command)
    command(app, "query")(query_command)
    app.add_typer(lake_app, name="lake")
    command(lake_app, "vintages")(vintages_command)
    command(lake_app, "check")(check_command)
    command(lake_app, "compact")(compact_command)
    command(lake_app, "withdraw")(withdraw_command)
    command(lake_app, "export")(export_command)
    quality_commands.register(lake_app)


def import_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Files to load; together they become one vintage.", show_default=False),
    ],
    request: ImportRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Load official figures, or lists of companies, into the lake.

    One command is one vintage: all of its files are loaded, or none. Loading the same bytes twice changes nothing.

    Example: stopgap import TradeData.csv.gz
    """
    from stopgap.cli.terminal.marked import result_answer
    from stopgap.cli.terminal.progress import shown_progress
    from stopgap.measures.quality.vintage_results import vintage_lines
    from stopgap.screening.lists.imports import list_lines

    with shown_progress() as progress:
        result = shown.open(progress).import_files(files, request)
    described = vintage_lines(result.quality) if result.quality else list_lines(result.lists)
    title = (
        f"already in the lake since {result.vintage}: nothing changed"
        if result.already_loaded
        else f"vintage {result.vintage} ({result.source})"
    )
    notes = [*(f"note: {warning}" for warning in result.warnings), *described]
    return result_answer(result, _one_row(result.as_dict()), [title, *notes])


def _one_row(document: dict[str, object]) -> pa.Table:
    import pyarrow as pa

    shown = (
        "source",
        "vintage",
        "receipt",
        "rows_read",
        "rows_loaded",
        "rows_rejected",
        "rows_missing",
        "rows_duplicate",
        "rows_replaced",
        "rows_withdrawn",
        "rejects",
    )
    return pa.Table.from_pylist([{name: document[name] for name in shown}])


def query_command(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT over the views.", show_default=False)],
    request: QueryRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Run read-only SQL over the lake's views.

    Views: trade, trade_aggregates, trade_breakdowns, reported, receipts, findings, declarations, listed, listed_state,
    received_packs, received_findings.

    Example: stopgap query "SELECT reporter, sum(value_usd) FROM trade WHERE partner = 'RUS' GROUP BY 1"
    """
    from stopgap.base.spreadsheets import finite
    from stopgap.cli.terminal.marked import table_answer

    found = shown.open().query(sql, request)
    table = found.arrow
    document = {"columns": table.column_names, "rows": finite(table.to_pylist()), "as_of": found.as_of}
    return table_answer(found, document, f"as of {found.as_of}")


def vintages_command(shown: WrittenAnswer) -> Answer:
    """List the lake's vintages: one an import or a withdrawal.

    Example: stopgap lake vintages
    """
    from stopgap.cli.terminal.marked import table_answer

    found = shown.open().vintages()
    return table_answer(found, {"vintages": found.arrow.to_pylist()}, f"{len(found)} vintages")


def check_command(shown: WrittenAnswer) -> Answer:
    """Check the lake: the hash of each receipt, row counts, unique figures, stray files.

    A failed check is shown and the command leaves with 3.

    Example: stopgap lake check
    """
    from stopgap.base.errors import InputError

    found = shown.open().check()
    return Answer(
        found.as_dict(),
        found.arrow,
        "lake check",
        of_damaged=True,
        exit_code=0 if found.passed else InputError.exit_code,
    )


def compact_command(shown: WrittenAnswer) -> Answer:
    """Rewrite many small files as one sorted file and remove what no vintage needs; figures and vintages stay.

    Example: stopgap lake compact
    """
    import pyarrow as pa

    done = shown.open().compact()
    return Answer(done, pa.Table.from_pylist([done]), "compacted")


def withdraw_command(
    receipt: Annotated[
        str,
        typer.Argument(metavar="RECEIPT", help="Receipt of the file (stopgap import prints it).", show_default=False),
    ],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, kept in the log.", show_default=False)],
    shown: WrittenAnswer,
    vintage: Annotated[
        str | None,
        typer.Option(
            "--vintage",
            metavar="VINTAGE",
            help="Vintage that the file came with, where it was loaded more than once.",
            show_default=False,
        ),
    ] = None,
    who: Annotated[
        str | None,
        typer.Option("--who", metavar="NAME", help="Who does it (default: the system's user).", show_default=False),
    ] = None,
) -> Answer:
    """Take a file back: a new vintage as if it had never been loaded; earlier vintages stay readable.

    Example: stopgap lake withdraw 3f1c0a9e5b7d2468 --why "sent by mistake"
    """
    import pyarrow as pa

    from stopgap.cli.terminal.marked import result_answer

    done = shown.open().withdraw(receipt, why=why, vintage=vintage, who=who)
    title = f"vintage {done.vintage}: {done.file_name} is withdrawn"
    return result_answer(done, pa.Table.from_pylist([done.as_dict()]), [title])


def export_command(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to write to; must be empty or new.", show_default=False)
    ],
    shown: WrittenAnswer,
    as_of: Annotated[str | None, AS_OF] = None,
) -> Answer:
    """Write the lake's views as plain Parquet files.

    Example: stopgap lake export out/parquet
    """
    from stopgap.cli.terminal.marked import table_answer

    found = shown.open().export(directory, as_of=as_of)
    return table_answer(found, {"files": found.arrow.to_pylist()}, f"written to {directory}")
