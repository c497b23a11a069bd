"""Commands about the lake: import, query, lake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.cli.marking_options import ReleasableOption
from stopgap.cli.options import Answer, AsOfOption, Format, FormatOption, LakeOption, OutputOption
from stopgap.lake.query.limits import MEMORY, RESULT, TIMEOUT_S

if TYPE_CHECKING:
    import pyarrow as pa

lake_app = typer.Typer(
    help="The lake: its vintages, integrity and upkeep.", no_args_is_help=True, rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("import")(import_command)
    app.command("query")(query_command)
    app.add_typer(lake_app, name="lake")


def import_command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Files to load; together they become one vintage.", show_default=False
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="NAME",
            help="Source of the files (default: recognised by content).",
            show_default=False,
        ),
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(
            "--map",
            metavar="MAPPING",
            help="Mapping for the general source: a saved one by name, or a YAML file.",
            show_default=False,
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            "--encoding",
            metavar="NAME",
            help="Text encoding where it is not UTF-8 (latin-1, gb18030).",
            show_default=False,
        ),
    ] = None,
    rates: Annotated[
        Path | None,
        typer.Option(
            "--rates",
            metavar="FILE",
            help="Exchange rates of your own: CSV currency,month,usd_per_unit.",
            show_default=False,
        ),
    ] = None,
    complete: Annotated[
        bool,
        typer.Option(
            "--complete",
            help="The files are the whole release of each reporter, period and flow in them: figures they no longer hold are dropped.",
        ),
    ] = False,
    allow_rejects: Annotated[
        bool,
        typer.Option(
            "--allow-rejects", help="Load the good rows where some are refused (default: load none)."
        ),
    ] = False,
    retrieved: Annotated[
        str | None,
        typer.Option(
            "--retrieved",
            metavar="DATE",
            help="Day you took the files from the publisher.",
            show_default=False,
        ),
    ] = None,
    published: Annotated[
        str | None,
        typer.Option(
            "--published", metavar="DATE", help="Day the publisher released them.", show_default=False
        ),
    ] = None,
    terms: Annotated[
        str | None,
        typer.Option(
            "--terms",
            metavar="TEXT",
            help="Terms of use of the figures, for the receipt (default: the source's).",
            show_default=False,
        ),
    ] = None,
    replaces: Annotated[
        list[str] | None,
        typer.Option(
            "--replaces",
            metavar="RECEIPT",
            help="Receipt of an earlier file that these replace whole; may be given several times.",
            show_default=False,
        ),
    ] = None,
    flow: Annotated[
        str | None,
        typer.Option(
            "--flow",
            metavar="X|M|RX|RM",
            help="Flow of files that do not say it (China's customs).",
            show_default=False,
        ),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(
            "--period",
            metavar="YYYY-MM",
            help="Month or year of files that do not say it (China's customs).",
            show_default=False,
        ),
    ] = None,
    revision: Annotated[
        str | None,
        typer.Option(
            "--revision",
            metavar="HSYYYY",
            help="Nomenclature of files that do not say it (BACI under another name, WITS).",
            show_default=False,
        ),
    ] = None,
    list_name: Annotated[
        str | None,
        typer.Option(
            "--list",
            metavar="NAME",
            help="Name of a list of companies (default: as its format or file is called).",
            show_default=False,
        ),
    ] = None,
    list_date: Annotated[
        str | None,
        typer.Option(
            "--list-date",
            metavar="DATE",
            help="Day of a list's edition, where its file does not say.",
            show_default=False,
        ),
    ] = None,
    allow_shrink: Annotated[
        bool,
        typer.Option(
            "--allow-shrink",
            help="Load a list that holds fewer than 80 % of the entries in force (default: refuse it).",
        ),
    ] = False,
    marking: Annotated[
        str | None,
        typer.Option(
            "--marking",
            metavar="MARKING",
            help="Marking of the files, such as TLP:AMBER (default: that of their table, stopgap markings list).",
            show_default=False,
        ),
    ] = None,
    releasable_to: ReleasableOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Load official figures, or lists of companies, into the lake.

    One command is one vintage: all of its files are loaded, or none. Loading the same bytes twice changes nothing.

    Example: stopgap import TradeData.csv.gz
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.cli.progress import shown_progress
    from stopgap.evidence.markings.provenance import marking_of_receipts
    from stopgap.intake.importing import import_paths
    from stopgap.measures.quality.vintage_results import vintage_lines
    from stopgap.screening.lists.imports import list_lines

    settings = load_settings(lake=lake)
    with shown_progress() as progress:
        result = import_paths(
            settings.lake,
            files,
            source=source,
            mapping=mapping,
            encoding=encoding,
            rates=rates,
            complete=complete,
            allow_rejects=allow_rejects,
            retrieved=retrieved,
            published=published,
            terms=terms,
            replaces=replaces or (),
            flow=flow,
            period=period,
            revision=revision,
            list_name=list_name,
            list_date=list_date,
            allow_shrink=allow_shrink,
            marking=marking,
            releasable_to=releasable_to,
            progress=progress,
        )
    document = result.as_dict()
    described = vintage_lines(result.quality) if result.quality else list_lines(result.lists)
    title = (
        f"already in the lake since {result.vintage}: nothing changed"
        if result.already_loaded
        else f"vintage {result.vintage} ({result.source})"
    )
    emit(
        Answer(
            document,
            _one_row(document),
            title,
            [*(f"note: {warning}" for warning in result.warnings), *described],
            (),
            marking_of_receipts(settings.lake, result.receipts),
        ),
        form,
        output,
    )


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
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", help="Time that the statement may take.")
    ] = TIMEOUT_S,
    memory_limit: Annotated[
        str,
        typer.Option(
            "--memory-limit", metavar="SIZE", help="Memory that it may use; at most half of the machine's."
        ),
    ] = MEMORY,
    result_limit: Annotated[
        str, typer.Option("--result-limit", metavar="SIZE", help="Size of the answer that is taken.")
    ] = RESULT,
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Run read-only SQL over the lake's views.

    Views: trade, trade_aggregates, trade_breakdowns, reported, receipts, findings, declarations, listed, listed_state,
    received_packs, received_findings.

    Example: stopgap query "SELECT reporter, sum(value_usd) FROM trade WHERE partner = 'RUS' GROUP BY 1"
    """
    from stopgap.base.settings import load_settings
    from stopgap.base.spreadsheets import finite
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.reads import QUERIED
    from stopgap.intake.querying import query_lake
    from stopgap.lake.query.limits import query_limits

    limits = query_limits(timeout=timeout, memory_limit=memory_limit, result_limit=result_limit)
    found = query_lake(load_settings(lake=lake).lake, sql, as_of=as_of, limits=limits)
    table = found.table
    document = {"columns": table.column_names, "rows": finite(table.to_pylist()), "as_of": found.vintage}
    emit(Answer(document, table, f"as of {found.vintage}", [], (), found.marking, QUERIED), form, output)


@lake_app.command("vintages")
def vintages_command(
    lake: LakeOption = None, form: FormatOption = Format.TABLE, output: OutputOption = None
) -> None:
    """List the lake's vintages: one an import or a withdrawal.

    Example: stopgap lake vintages
    """
    from stopgap.base.marking import CLEAR
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.maintenance.upkeep import list_vintages

    table = list_vintages(load_settings(lake=lake).lake)
    document = {"vintages": table.to_pylist()}
    emit(Answer(document, table, f"{table.num_rows} vintages", [], (), CLEAR), form, output)


@lake_app.command("check")
def check_command(
    lake: LakeOption = None, form: FormatOption = Format.TABLE, output: OutputOption = None
) -> None:
    """Check the lake: the hash of each receipt, row counts, unique figures, stray files.

    A failed check is shown and the command leaves with 3.

    Example: stopgap lake check
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.maintenance.upkeep import check_lake

    table = check_lake(load_settings(lake=lake).lake)
    failed = [row["check"] for row in table.to_pylist() if not row["passed"]]
    document = {"checks": table.to_pylist(), "passed": not failed}
    emit(Answer(document, table, "lake check", of_damaged=True), form, output)
    if failed:
        raise typer.Exit(3)


@lake_app.command("compact")
def compact_command(
    lake: LakeOption = None, form: FormatOption = Format.TABLE, output: OutputOption = None
) -> None:
    """Rewrite many small files as one sorted file and remove what no vintage needs; figures and vintages stay.

    Example: stopgap lake compact
    """
    import pyarrow as pa

    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.lake.compacting import compact

    done = compact(load_settings(lake=lake).lake)
    emit(Answer(done, pa.Table.from_pylist([done]), "compacted"), form, output)


@lake_app.command("withdraw")
def withdraw_command(
    receipt: Annotated[
        str,
        typer.Argument(
            metavar="RECEIPT", help="Receipt of the file (stopgap import prints it).", show_default=False
        ),
    ],
    why: Annotated[
        str,
        typer.Option("--why", metavar="TEXT", help="The reason, kept in the log.", show_default=False),
    ],
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
        typer.Option(
            "--who", metavar="NAME", help="Who does it (default: the system's user).", show_default=False
        ),
    ] = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Take a file back: a new vintage as if it had never been loaded; earlier vintages stay readable.

    Example: stopgap lake withdraw 3f1c0a9e5b7d2468 --why "sent by mistake"
    """
    from dataclasses import asdict

    import pyarrow as pa

    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import marking_of_receipts
    from stopgap.lake.withdraw import withdraw

    folder = load_settings(lake=lake).lake
    done = asdict(withdraw(folder, receipt, why, vintage=vintage, who=who))
    title = f"vintage {done['vintage']}: {done['file_name']} is withdrawn"
    marking = marking_of_receipts(folder, [done["receipt"]])
    emit(Answer(done, pa.Table.from_pylist([done]), title, [], (), marking), form, output)


@lake_app.command("export")
def export_command(
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Folder to write to; must be empty or new.", show_default=False),
    ],
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Write the lake's views as plain Parquet files.

    Example: stopgap lake export out/parquet
    """
    from stopgap.base.marking import CLEAR
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.maintenance.upkeep import export_lake

    table = export_lake(load_settings(lake=lake).lake, directory, as_of=as_of)
    document = {"files": table.to_pylist()}
    emit(Answer(document, table, f"written to {directory}", [], (), CLEAR), form, output)
