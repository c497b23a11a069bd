"""The command that looks names up in the lists: one name, or a file of millions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.base.request import Option
from stopgap.cli.terminal.command import WrittenAnswer, command
from stopgap.cli.terminal.marked import note_name, result_answer
from stopgap.cli.terminal.options import Answer, Format
from stopgap.cli.terminal.progress import shown_progress
from stopgap.cli.terminal.telling import tell
from stopgap.screening.matching.request import (
    NAME_COLUMN,
    RESTART,
    LookUpRequest,
    NamesFileOptions,
    ScreenFileRequest,
    ScreenRequest,
    ScreenRowsRequest,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.base.marking import Marking
    from stopgap.screening.matching.file_run import FileSummary, ScreenedRows
    from stopgap.screening.matching.match_selection import ScreenAnswer

commands = typer.Typer(rich_markup_mode=None)

_SHOWN = ("rank", "score", "alerts", "list", "list_date", "entity_id", "name", "matched_name", "decision")
_SHOWN_OF_FILE = ("row", "query", "score", "list", "entity_id", "name", "matched_name", "decision")
_ROWS_SHOWN = 40


@command(commands, "screen")
def screen_command(
    target: Annotated[
        str,
        Option(
            "A name in any script; or, with --name-column, a file of names (CSV, JSON lines, Parquet).",
            metavar="NAME",
            is_argument=True,
        ),
    ],
    request: ScreenRequest,
    of_file: NamesFileOptions,
    shown: WrittenAnswer,
    name_column: Annotated[str | None, Option(NAME_COLUMN.help, metavar=NAME_COLUMN.metavar)] = None,
    restart: Annotated[bool, Option(RESTART.help)] = False,
) -> Answer | None:
    """Look a name, or a file of names, up in the lists that the lake holds.

    A score is the probability that both are the same company. Each answer names the lists with their day and age.

    Example: stopgap screen "Example Trading LLC" --country RUS --explain
    """
    from stopgap.base.errors import UsageError

    if name_column is None:
        _check_single(target, of_file, restart)
        return _screen_name(target, request, shown)
    if request.countries or request.identifiers or request.address:
        raise UsageError(
            "--country, --id and --address are of one name",
            where="--name-column",
            fix="name columns instead: --country-column, --id-column, --address-column",
        )
    asked = ScreenRowsRequest(
        name_column=name_column, **_options(of_file, NamesFileOptions), **_options(request, LookUpRequest)
    )
    return _screen_file(Path(target), asked, shown, restart=restart)


def _options(request: object, kind: type[NamesFileOptions | LookUpRequest]) -> dict[str, Any]:
    """The options of a kind that a request holds."""
    return {each.name: getattr(request, each.name) for each in fields(kind)}


def _check_single(target: str, of_file: NamesFileOptions, restart: bool) -> None:
    """Say so where a file was meant."""
    from stopgap.base.errors import UsageError

    if of_file.country_column or of_file.id_columns or of_file.address_column or restart:
        raise UsageError(
            "options of a file are given, and no column of names", where=target[:200], fix="add --name-column COLUMN"
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


def _screen_name(name: str, request: ScreenRequest, shown: WrittenAnswer) -> Answer:
    asked = replace(request, explain=request.explain or shown.format is Format.JSON)
    with shown_progress() as progress:
        lake = shown.open(progress)
        found = lake.screen(name, asked)
    [answer] = found
    title = _title(len(answer.matches), sum(each.match.alerts for each in answer.matches))
    explained = _explained(answer) if request.explain else []
    told = _told(lake.path, answer, request) if answer.matches else []
    lines = [title, *told, *explained, found.lists.says(), *found.about["warnings"]]
    return result_answer(found, _table([(1, answer)]), lines, _SHOWN)


def _told(lake: Path, answer: ScreenAnswer, request: ScreenRequest) -> list[str]:
    """Return a line for each match on programme, economies and day of listing."""
    from stopgap.screening.lists.listings import listings

    matches = [found.match for found in answer.matches]
    entries = {
        (one.list, one.entity_id): one
        for one in listings(
            lake,
            lists=[match.list for match in matches],
            as_of=request.as_of,
            on=request.on,
            schemas=None,
            entity_ids=[match.entity_id for match in matches],
        )
    }
    return [
        f"{match.rank}. {match.list} {match.entity_id}: {entries[match.list, match.entity_id].line()}"
        for match in matches
        if (match.list, match.entity_id) in entries
    ]


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
            f"   {each.weight:+.2f}  {each.feature} {each.score:.2f}: {each.says}" for each in found.match.features
        ]
    return lines


def _screen_file(file: Path, request: ScreenRowsRequest, shown: WrittenAnswer, *, restart: bool) -> Answer | None:
    """Screen a file: to a file, to stdout as it goes, or to a table of the first alerts."""
    from stopgap.base.errors import UsageError

    form, output = shown.format, shown.output
    if output is None:
        if restart:
            raise UsageError("--restart is for a run that writes a file", where="--restart", fix="add --output FILE")
        if form in (Format.MD, Format.PARQUET):
            raise UsageError(
                f"a file of names is not answered as {form.value} on stdout",
                where=f"--format {form.value}",
                fix="add --output FILE.parquet, or choose csv or json",
            )
    with shown_progress() as progress:
        lake = shown.open(progress)
        if output is None:
            rows = lake.screen_rows(file, request)
            if form is Format.TABLE:
                return _first_alerts(rows)
            _print_rows(rows, form)
            return None
        into = ScreenFileRequest(
            output=output,
            format=None if form is Format.TABLE else form.value,
            restart=restart,
            **_options(request, ScreenRowsRequest),
        )
        summary = lake.screen_file(file, into)
    _say_summary(summary, summary.marking, output)
    return None


def _print_rows(rows: ScreenedRows, form: Format) -> None:
    """Print the answers as they come."""
    from contextlib import closing

    from stopgap.screening.matching.output import CsvForm, JsonForm

    encoder = JsonForm() if form is Format.JSON else CsvForm()
    begun = False
    with closing(rows.batches()) as batches:
        for answers in batches:
            _write((b"" if begun else encoder.head()) + encoder.rows(answers, is_first=not begun))
            begun = True
    summary = rows.summary
    _write(encoder.tail({**summary.as_dict(), "marking": rows.marking.as_dict()}))
    _say_summary(summary, rows.marking)


def _say_summary(summary: FileSummary, marking: Marking | None, output: Path | None = None) -> None:
    """Say on stderr what became of a file."""
    lines = [_summary_line(summary)]
    if output is not None:
        lines.append(f"answers: {output}")
    lines += [*_notes(summary), summary.lists.says()]
    if marking is not None:
        lines.append(f"marking: {marking.label}")
    for line in lines:
        tell(line)
    note_name(output, marking)


def _write(content: bytes) -> None:
    sys.stdout.write(content.decode("utf-8"))
    sys.stdout.flush()


def _first_alerts(rows: ScreenedRows) -> Answer:
    from stopgap.evidence.markings.reads import EVERYTHING

    first: list[tuple[int, ScreenAnswer]] = []
    for each in rows:
        if each.answer is not None and each.answer.alerts and len(first) < _ROWS_SHOWN:
            first.append((each.row.number, each.answer))
    summary = rows.summary
    notes = [*_notes(summary), summary.lists.says()]
    if summary.alerting > len(first):
        notes.insert(0, f"the first {len(first)} rows that alert are shown; --output FILE.csv keeps all matches")
    title = _summary_line(summary)
    table = _table(first)
    return Answer(summary.as_dict(), table, title, notes, _SHOWN_OF_FILE, rows.marking, EVERYTHING)


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

    from stopgap.screening.matching.output import COLUMNS, match_rows

    kinds: dict[str, Any] = {
        "BIGINT": pa.int64(), "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
    }  # fmt: skip
    rows = [dict(zip(COLUMNS, row, strict=True)) for number, answer in answers for row in match_rows(number, answer)]
    for row in rows:
        row["list_date"] = dt.date.fromisoformat(row["list_date"]) if row["list_date"] else None
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()]))
