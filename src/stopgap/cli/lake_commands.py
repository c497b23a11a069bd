"""Commands about the lake: import, query, lake."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stopgap.answers.choices import QualityTable
from stopgap.base.request import AS_OF, Completes, Option
from stopgap.cli.terminal.command import WrittenAnswer, command, group
from stopgap.cli.terminal.marked import result_answer, summary_answer, table_answer
from stopgap.cli.terminal.options import Answer
from stopgap.cli.terminal.progress import shown_progress
from stopgap.intake.request import ImportRequest, SourceRowsRequest
from stopgap.lake.query.request import QueryRequest
from stopgap.measures.quality.request import QualityRequest

commands = typer.Typer(rich_markup_mode=None)
lake_app = group(commands, "lake", "The lake: its vintages, integrity and upkeep.")


_IMPORTED = (
    "source", "vintage", "receipt", "rows_read", "rows_loaded", "rows_rejected", "rows_missing", "rows_duplicate",
    "rows_replaced", "rows_withdrawn", "rejects",
)  # fmt: skip


@command(commands, "import")
def import_command(
    files: Annotated[
        list[Path],
        Option(
            "Files to import, or folders whose files are; together they become one vintage.",
            metavar="FILE...",
            is_argument=True,
        ),
    ],
    request: ImportRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Import official figures, or lists of companies, into the lake.

    One command is one vintage: all of its files are imported, or none. Of a folder the files of known formats are taken, in it
    and below. Importing the same bytes twice changes nothing.

    Example: stopgap import TradeData.csv.gz
    """
    with shown_progress() as progress:
        progress("looking at the files", None)
        result = shown.data(progress).import_files(files, request)
    import pyarrow as pa

    from stopgap.base.notes import Summary
    from stopgap.measures.quality.results import vintage_lines
    from stopgap.screening.lists.imports import list_lines

    document = result.as_dict()
    described = vintage_lines(result.quality) if result.quality else list_lines(result.lists)
    title = (
        f"already in the lake since {result.vintage}: nothing changed"
        if result.already_loaded
        else f"vintage {result.vintage} ({result.source})"
    )
    summary = Summary(title, described[:2], result.warnings, details=described[2:])
    return summary_answer(result, pa.Table.from_pylist([{name: document[name] for name in _IMPORTED}]), summary=summary)


@command(commands, "query")
def query_command(
    sql: Annotated[str, Option("One SELECT over the views.", metavar="SQL", is_argument=True)],
    request: QueryRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Run read-only SQL over the lake's views.

    Views: trade, trade_aggregates, trade_breakdowns, reported, receipts, findings, declarations, listed, listed_state,
    received_packs, received_findings.

    Example: stopgap query "SELECT reporter, sum(value_usd) FROM trade WHERE partner = 'RUS' GROUP BY 1"
    """
    from stopgap.answers.documents import query_document

    found = shown.data().query(sql, request)
    return table_answer(
        found, query_document(found.arrow, found.as_of), f"as of {found.as_of}", columns=tuple(found.arrow.column_names)
    )


@command(lake_app, "vintages")
def vintages_command(shown: WrittenAnswer) -> Answer:
    """List the lake's vintages: one an import or a withdrawal.

    Example: stopgap lake vintages
    """
    found = shown.data().vintages()
    return table_answer(found, {"vintages": found.arrow.to_pylist()}, f"{len(found)} vintages")


@command(lake_app, "rows")
def rows_command(
    receipt: Annotated[
        str, Option("Receipt of the file, as the rows of the lake have it.", metavar="RECEIPT", is_argument=True)
    ],
    request: SourceRowsRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Find the rows of an imported file that a figure comes from.

    Example: stopgap lake rows c4ecd230e6baeeb2 --good 010121 --period 2020-01 --reporter DEU --partner RUS
    """
    found = shown.data().source_rows(receipt, request)
    title = f"{found.rows_matched} rows of {found.file_name}, matched by {found.matched_by}"
    return result_answer(found, found.table(), [title])


@command(lake_app, "check")
def check_command(shown: WrittenAnswer) -> Answer:
    """Check the lake: the hash of each receipt, row counts, unique figures, stray files.

    A failed check is shown and the command leaves with 3.

    Example: stopgap lake check
    """
    from stopgap.base.errors import InputError

    found = shown.data().check()
    return Answer(
        found.as_dict(),
        found.arrow,
        "lake check",
        of_damaged=True,
        exit_code=0 if found.passed else InputError.exit_code,
    )


@command(lake_app, "compact")
def compact_command(shown: WrittenAnswer) -> Answer:
    """Rewrite many files as sorted ones that do not overlap and remove what no vintage needs; figures and vintages stay.

    Example: stopgap lake compact
    """
    import pyarrow as pa

    done = shown.data().compact()
    return Answer(done, pa.Table.from_pylist([done]), "compacted")


@command(lake_app, "withdraw")
def withdraw_command(
    receipt: Annotated[
        str, Option("Receipt of the file (stopgap import prints it).", metavar="RECEIPT", is_argument=True)
    ],
    why: Annotated[str, Option("The reason, kept in the log.", metavar="TEXT")],
    shown: WrittenAnswer,
    vintage: Annotated[
        str | None,
        Option(
            "Vintage that the file came with, where it was imported more than once.",
            metavar="VINTAGE",
            completes=Completes.VINTAGE,
        ),
    ] = None,
    who: Annotated[str | None, Option("Who does it (default: the system's user).", metavar="NAME")] = None,
) -> Answer:
    """Take a file back: a new vintage as if it had never been imported; earlier vintages stay readable.

    Example: stopgap lake withdraw 3f1c0a9e5b7d2468 --why "sent by mistake"
    """
    import pyarrow as pa

    done = shown.data().withdraw(receipt, why=why, vintage=vintage, who=who)
    title = f"vintage {done.vintage}: {done.file_name} is withdrawn"
    return result_answer(done, pa.Table.from_pylist([done.as_dict()]), [title])


@command(lake_app, "export")
def export_command(
    directory: Annotated[Path, Option("Folder to write to; must be empty or new.", metavar="DIR", is_argument=True)],
    shown: WrittenAnswer,
    as_of: Annotated[str | None, AS_OF] = None,
) -> Answer:
    """Write the lake's views as plain Parquet files.

    Example: stopgap lake export out/parquet
    """
    found = shown.data().export(directory, as_of=as_of)
    return table_answer(found, {"files": found.arrow.to_pylist()}, f"written to {directory}")


_QUALITY_SHOWN = {
    QualityTable.OVERVIEW: (
        "source", "frequency", "flow", "reporters", "first", "last", "reported_share", "silent_share",
        "estimated_share", "outlying_share", "within_band_share", "stopped_series",
    ),
    QualityTable.REPORTERS: (
        "source", "frequency", "flow", "reporter", "first", "last", "periods", "reported", "partial", "silent",
        "behind", "states",
    ),
    QualityTable.TOTALS: (
        "source", "frequency", "flow", "reporter", "rows", "value_usd", "estimated_share", "rows_unweighed",
        "rows_zero", "remainder_share", "unspecified_share",
    ),
    QualityTable.UNIT_VALUES: (
        "reporter", "partner", "flow", "good", "period", "price_usd_per_kg", "median_usd_per_kg", "z", "value_usd",
        "net_kg", "group_rows", "revision", "source",
    ),
    QualityTable.MIRROR: (
        "exporter", "importer", "exports_usd", "imports_usd", "ratio", "within_share", "rows_compared", "source",
        "frequency", "above_share", "below_share", "log_difference", "mean_abs_log",
    ),
    QualityTable.STOPS: (
        "reporter", "partner", "flow", "good", "first_missing", "form", "mean_usd", "periods_missing", "has_resumed",
        "periods_with_trade", "source", "frequency",
    ),
    QualityTable.RECEIPTS: (
        "receipt", "source", "vintage", "rows_read", "rows_loaded", "rows_rejected", "rows_missing",
        "rows_duplicate", "rows_shared", "file_name", "parser",
    ),
}  # fmt: skip


@command(lake_app, "quality")
def quality_command(
    request: QualityRequest,
    shown: WrittenAnswer,
    table: Annotated[QualityTable, Option("Which table is printed; JSON holds all.")] = QualityTable.OVERVIEW,
) -> Answer:
    """Report on the quality of the figures: who reported what, how far two reports agree, which rows are unlike the others.

    Example: stopgap lake quality russia-2022 --table reporters
    """
    from stopgap.base.notes import Summary
    from stopgap.measures.quality.results import report_table

    report = shown.measures().quality(request)
    summary = None if table is QualityTable.OVERVIEW else Summary(f"quality as of {report.as_of}: {table.value}")
    return summary_answer(report, report_table(report, table.value), _QUALITY_SHOWN.get(table, ()), summary)
