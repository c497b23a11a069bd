"""The command that looks names up in the lists: one name, or a file of millions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.cli.options import Answer, AsOfOption, Format, FormatOption, LakeOption, OutputOption
from stopgap.cli.telling import tell

if TYPE_CHECKING:
    from collections import Counter

    import pyarrow as pa

    from stopgap.screening.matching.file_run import FileRun, FileSummary
    from stopgap.screening.matching.formats import FormName, RowAnswer
    from stopgap.screening.matching.match_selection import ScreenAnswer, Wanted
    from stopgap.screening.matching.run import Screener

_SHOWN = ("rank", "score", "alerts", "list", "list_date", "entity_id", "name", "matched_name", "decision")
_SHOWN_OF_FILE = ("row", "query", "score", "list", "entity_id", "name", "matched_name", "decision")
_ROWS_SHOWN = 40


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("screen")(screen_command)


def screen_command(
    target: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A name in any script; or, with --name-column, a file of names (CSV, JSON lines, Parquet).",
            show_default=False,
        ),
    ],
    countries: Annotated[
        list[str] | None,
        typer.Option(
            "--country", metavar="ISO3", help="Its country; may be given several times.", show_default=False
        ),
    ] = None,
    identifiers: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            metavar="KIND:VALUE",
            help="A number of a register (inn:7701234567, imo:9074729, lei:…); may be given several times.",
            show_default=False,
        ),
    ] = None,
    address: Annotated[
        str | None, typer.Option("--address", metavar="TEXT", help="Its address.", show_default=False)
    ] = None,
    schema: Annotated[
        str | None,
        typer.Option(
            "--schema", metavar="NAME", help="What it is: Company, Organization, Vessel.", show_default=False
        ),
    ] = None,
    name_column: Annotated[
        str | None,
        typer.Option(
            "--name-column",
            metavar="COLUMN",
            help="Screen a file: the column of names.",
            show_default=False,
        ),
    ] = None,
    country_column: Annotated[
        str | None,
        typer.Option("--country-column", metavar="COLUMN", help="Column of countries.", show_default=False),
    ] = None,
    id_columns: Annotated[
        list[str] | None,
        typer.Option(
            "--id-column",
            metavar="COLUMN:KIND",
            help="Column of numbers of a register, with their kind; may be given several times.",
            show_default=False,
        ),
    ] = None,
    address_column: Annotated[
        str | None,
        typer.Option("--address-column", metavar="COLUMN", help="Column of addresses.", show_default=False),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            "--encoding", metavar="NAME", help="Encoding of the file (default: UTF-8).", show_default=False
        ),
    ] = None,
    lists: Annotated[
        list[str] | None,
        typer.Option(
            "--list",
            metavar="NAME",
            help="Only this list, or family of lists; may be given several times.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="Matches of a name, at most.")] = 5,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            metavar="P",
            help="Show matches of at least this probability alone; 0 shows all. Default: those that reach the documented "
            "threshold; where none does and the first is not far, the best, as not alerting.",
            show_default=False,
        ),
    ] = None,
    is_explained: Annotated[bool, typer.Option("--explain", help="Say why each match is one.")] = False,
    without_decisions: Annotated[
        bool, typer.Option("--no-decisions", help="Leave out what was decided on matches.")
    ] = False,
    on: Annotated[
        str | None,
        typer.Option(
            "--on", metavar="DAY", help="The lists as they stood on a day (2024-06-01).", show_default=False
        ),
    ] = None,
    as_of: AsOfOption = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            metavar="N",
            min=1,
            help="Processes for a file (default: as many as cores and memory allow).",
            show_default=False,
        ),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin a file anew, whatever an interrupted run has left.")
    ] = False,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Look a name, or a file of names, up in the lists that the lake holds.

    A score is the probability that both are the same company. Each answer names the lists with their day and age.

    Example: stopgap screen "Example Trading LLC" --country RUS --explain
    """
    from stopgap.base.errors import UsageError
    from stopgap.base.settings import load_settings
    from stopgap.cli.progress import shown_progress
    from stopgap.evidence.markings.reads import marking_of_own, with_reads
    from stopgap.screening.matching.run import open_screener, screen_wanted

    folder = load_settings(lake=lake).lake
    wants_json = form is Format.JSON and name_column is None
    wanted = screen_wanted(threshold=threshold, limit=limit, explain=is_explained or wants_json)
    if name_column is None:
        _check_single(target, country_column, id_columns, address_column, restart)
    elif countries or identifiers or address:
        raise UsageError(
            "--country, --id and --address are of one name",
            where="--name-column",
            fix="name columns instead: --country-column, --id-column, --address-column",
        )
    with shown_progress() as progress:
        screener = open_screener(
            folder, as_of=as_of, on=on, decisions=not without_decisions, progress=progress
        )
        wanted = screener.restricted(wanted, lists)
        # before the first row: a file of answers begins with its marking
        marking = with_reads(marking_of_own(folder, Path(target)) if name_column is not None else None)
        if name_column is not None:
            from stopgap.screening.matching.file_run import FileRun
            from stopgap.screening.matching.row_queries import name_columns

            columns = name_columns(
                name_column,
                country=country_column,
                identifiers=id_columns or (),
                address=address_column,
                schema=schema,
            )
            run = FileRun(Path(target), columns, wanted, encoding, jobs, progress, marking)
            answer = _screen_file(screener, run, form, output, restart=restart)
        else:
            answer = _screen_name(
                screener, wanted, target, countries, identifiers, address, schema, is_explained=is_explained
            )
    if answer is not None:
        from stopgap.cli.output import emit

        answer.marking = marking
        emit(answer, form, output if name_column is None else None)


def _check_single(target: str, *of_files: object) -> None:
    """Say so where a file was meant."""
    from stopgap.base.errors import UsageError

    if any(of_files):
        raise UsageError(
            "options of a file are given, and no column of names",
            where=target[:200],
            fix="add --name-column COLUMN",
        )
    is_table = target.lower().endswith((".csv", ".tsv", ".txt", ".gz", ".jsonl", ".parquet"))
    if is_table and Path(target).is_file():
        raise UsageError(
            "this is a file, and no column of names is given",
            where=target[:200],
            fix=f"add --name-column COLUMN; the file has {_header(Path(target))}",
        )


def _header(path: Path) -> str:
    from stopgap.base.errors import InputError
    from stopgap.sources.files.file_head import read_head

    try:
        return ", ".join(read_head(path).columns)[:200] or "no header"
    except InputError as error:
        return error.what


def _screen_name(
    screener: Screener,
    wanted: Wanted,
    name: str,
    countries: Sequence[str] | None,
    identifiers: Sequence[str] | None,
    address: str | None,
    schema: str | None,
    *,
    is_explained: bool,
) -> Answer:
    from dataclasses import replace

    from stopgap.screening.decisions.log import screened_query
    from stopgap.screening.matching.run import answer_document

    query = replace(screened_query(name, countries or (), identifiers or ()), address=address, schema=schema)
    [answer] = screener.screen([query], wanted)
    document = answer_document(answer, screener, wanted)
    alerting = sum(found.match.alerts for found in answer.matches)
    title = _title(len(answer.matches), alerting)
    notes = [
        *(_explained(answer) if is_explained else ()),
        screener.lists.only(wanted.lists).says(),
        *document["warnings"],
    ]
    return Answer(document, _table([(1, answer)]), title, notes, _SHOWN)


def _title(matches: int, alerting: int) -> str:
    if not matches:
        return "nothing on the lists is near"
    if not alerting:
        return f"{matches} nearest, none of which alerts"
    return f"{alerting} alert" if alerting == 1 else f"{alerting} alerts"


def _explained(answer: ScreenAnswer) -> list[str]:
    """Why each match is one, a line a feature."""
    lines = []
    for found in answer.matches:
        lines.append(f"{found.match.rank}. {found.match.name} ({found.match.list} {found.match.entity_id}):")
        lines += [
            f"   {each.weight:+.2f}  {each.feature} {each.score:.2f}: {each.says}"
            for each in found.match.features
        ]
    return lines


def _screen_file(
    screener: Screener, run: FileRun, form: Format, output: Path | None, *, restart: bool
) -> Answer | None:
    """Screen a file: to a file, to stdout as it goes, or to a table of the first alerts."""
    from stopgap.base.errors import UsageError
    from stopgap.cli.marked import note_name
    from stopgap.screening.matching.file_run import screen_stream, screen_to_file

    if output is not None:
        summary = screen_to_file(screener, run, output, _form_of(form, output), restart=restart)
        _say(
            [
                _summary_line(summary),
                f"answers: {output}",
                *_notes(summary),
                screener.lists.only(run.wanted.lists).says(),
                f"marking: {run.marking.label}",
            ]
        )
        note_name(output, run.marking)
        return None
    if restart:
        raise UsageError(
            "--restart is for a run that writes a file", where="--restart", fix="add --output FILE"
        )
    if form is Format.TABLE:
        return _first_alerts(screener, run)
    if form in (Format.MD, Format.PARQUET):
        raise UsageError(
            f"a file of names is not answered as {form.value} on stdout",
            where=f"--format {form.value}",
            fix="add --output FILE.parquet, or choose csv or json",
        )
    from stopgap.screening.matching.formats import CsvForm, JsonForm

    encoder = JsonForm() if form is Format.JSON else CsvForm()
    begun = False

    def sink(answers: Sequence[RowAnswer], counts: Counter[str]) -> None:
        nonlocal begun
        del counts
        content = b"" if begun else encoder.head()
        _write(content + encoder.rows(answers, is_first=not begun))
        begun = True

    summary = screen_stream(screener, run, sink)
    _write(encoder.tail({**summary.as_dict(), "marking": run.marking.as_dict()}))
    lists = screener.lists.only(run.wanted.lists).says()
    _say([_summary_line(summary), *_notes(summary), lists, f"marking: {run.marking.label}"])
    return None


def _write(content: bytes) -> None:
    sys.stdout.write(content.decode("utf-8"))
    sys.stdout.flush()


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        tell(line)


def _form_of(form: Format, output: Path) -> FormName:
    """The format that is meant: what is asked for, else what the file's name ends in."""
    from stopgap.base.errors import UsageError

    by_ending: dict[str, FormName] = {".json": "json", ".parquet": "parquet"}
    match form:
        case Format.CSV:
            return "csv"
        case Format.JSON:
            return "json"
        case Format.PARQUET:
            return "parquet"
        case Format.TABLE:
            return by_ending.get(output.suffix.lower(), "csv")
    raise UsageError(
        f"a file of names is not answered as {form.value}",
        where="--format",
        fix="choose csv, json or parquet",
    )


def _first_alerts(screener: Screener, run: FileRun) -> Answer:
    from stopgap.screening.matching.file_run import screen_stream

    first: list[tuple[int, ScreenAnswer]] = []

    def sink(answers: Sequence[RowAnswer], counts: Counter[str]) -> None:
        del counts
        for each in answers:
            if each.answer is not None and each.answer.alerts and len(first) < _ROWS_SHOWN:
                first.append((each.row.number, each.answer))

    summary = screen_stream(screener, run, sink)
    notes = [*_notes(summary), screener.lists.only(run.wanted.lists).says()]
    if summary.alerting > len(first):
        notes.insert(
            0, f"the first {len(first)} rows that alert are shown; --output FILE.csv keeps all matches"
        )
    return Answer(summary.as_dict(), _table(first), _summary_line(summary), notes, _SHOWN_OF_FILE)


def _summary_line(summary: FileSummary) -> str:
    line = f"{summary.rows:,} rows: {summary.alerting:,} alert, {summary.matched - summary.alerting:,} have near matches alone"
    if summary.rejected:
        line += f", {summary.rejected:,} could not be looked up"
    return line + (f"; {summary.resumed_at:,} were done before" if summary.resumed_at else "")


def _notes(summary: FileSummary) -> list[str]:
    said = [f"row {row:,}: {reason}: {name!r}" for row, name, reason in summary.rejects]
    if summary.rejects_file:
        said.append(f"all rows that could not be looked up: {summary.rejects_file}")
    return [*said, *summary.warnings]


def _table(answers: Sequence[tuple[int, ScreenAnswer]]) -> pa.Table:
    import datetime as dt

    import pyarrow as pa

    from stopgap.screening.matching.formats import COLUMNS, match_rows

    kinds: dict[str, Any] = {
        "BIGINT": pa.int64(), "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
    }  # fmt: skip
    rows = [
        dict(zip(COLUMNS, row, strict=True))
        for number, answer in answers
        for row in match_rows(number, answer)
    ]
    for row in rows:
        row["list_date"] = dt.date.fromisoformat(row["list_date"]) if row["list_date"] else None
    return pa.Table.from_pylist(
        rows, schema=pa.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
    )
