"""The command that looks names up in the lists: one name, or a file of millions."""

from __future__ import annotations

import shlex
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
    from stopgap.screening.matching.asked_lists import ListsInForce
    from stopgap.screening.matching.file_run import FileSummary, ScreenedRows
    from stopgap.screening.matching.match_selection import ScreenAnswer, ScreenedMatch

commands = typer.Typer(rich_markup_mode=None)

_SHOWN = ("rank", "score", "name", "kind", "economy", "list_name", "listed_on")
_SHOWN_OF_FILE = ("row", "query", "score", "name", "kind", "economy", "list_name", "listed_on")
_ROWS_SHOWN = 40
_LEAST_NEEDED = ("listings", "listed_on", "economy")
"""Columns that a narrow terminal leaves out first."""
_TEXT_SHOWN = 240
"""Most characters of an address or a reason on a terminal."""


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

    A score is the probability that both are the same company. Each match says what it is, who lists it since when and
    why; one entity on several lists is one match. Each answer names the lists with their day and age.

    Example: stopgap screen "Example Trading LLC" --country RUS --explain
    """
    from stopgap.base.errors import UsageError

    if name_column is None:
        _check_single(target, of_file, restart)
        return _screen_name(target, request, shown, with_notes=shown.with_notes)
    if request.countries or request.identifiers or request.address:
        raise UsageError(
            "--country, --id and --address are of one name",
            where="--name-column",
            fix="name columns instead: --country-column, --id-column, --address-column",
        )
    asked = ScreenRowsRequest(
        name_column=name_column, **_options(of_file, NamesFileOptions), **_options(request, LookUpRequest)
    )
    return _screen_file(Path(target), asked, shown, restart=restart, with_notes=shown.with_notes)


def _options(request: object, kind: type[NamesFileOptions | LookUpRequest]) -> dict[str, Any]:
    """The options of a kind that a request holds."""
    return {each.name: getattr(request, each.name) for each in fields(kind)}


def _check_single(target: str, of_file: NamesFileOptions, restart: bool) -> None:
    """Say so where a file was meant."""
    from stopgap.base.errors import UsageError

    columns = (of_file.country_column, of_file.schema_column, of_file.id_columns, of_file.address_column)
    if any(columns) or restart or of_file.engine_options().is_spark:
        raise UsageError(
            "options of a file are given, and no column of names", where=target[:200], fix="add --name-column COLUMN"
        )
    is_table = target.lower().endswith((".csv", ".tsv", ".txt", ".gz", ".jsonl", ".parquet"))
    if is_table and not Path(target).is_file():
        from stopgap.base.paths import no_file

        fix = "then add --name-column COLUMN; a name that looks like a file's is given in a file of names"
        raise no_file(Path(target), "a list of names", fix=fix)
    if is_table:
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


def _screen_name(name: str, request: ScreenRequest, shown: WrittenAnswer, *, with_notes: bool) -> Answer:
    asked = replace(request, explain=request.explain or shown.format is Format.JSON)
    with shown_progress() as progress:
        lake = shown.open(progress)
        found = lake.screen(name, asked)
    [answer] = found
    title = _title(answer)
    explained = _explained(answer) if request.explain else []
    is_table = shown.format is Format.TABLE  # the other forms have columns or fields for it
    listed = []
    for each in answer.matches if is_table else ():
        listed += _particulars(each) if each.match.alerts or with_notes else _several_lists(each)
    lines = [title, *listed, *explained, *answer.warnings, *_of_lists(found.lists, with_notes)]
    return result_answer(found, _table([(1, answer)]), lines, _columns(_SHOWN, [answer]), least_needed=_LEAST_NEEDED)


def _columns(shown: tuple[str, ...], answers: Sequence[ScreenAnswer]) -> tuple[str, ...]:
    """Columns for a terminal: whether a match alerts where they differ, decisions and listings where there are any."""
    matches = [found for answer in answers for found in answer.matches]
    is_mixed = len({found.match.alerts for found in matches}) > 1
    is_decided = any(found.standing for found in matches)
    is_several = any(len(found.listings) > 1 for found in matches)
    extra = {"listings": is_several, "alerts": is_mixed, "decision": is_decided}
    return (*shown, *(name for name, is_shown in extra.items() if is_shown))


def _of_lists(lists: ListsInForce, with_notes: bool) -> list[str]:
    """What the answer rests on: a line on the lists and a short one for each kind of warning; all with ``--notes``."""
    if with_notes:
        return [lists.says(), *lists.each(), *lists.warnings()]
    return [lists.says(), *lists.short_warnings()]


def _title(answer: ScreenAnswer) -> str:
    matches = answer.matches
    if not matches:
        return "nothing on the lists is near"
    alerting = [each for each in matches if each.match.alerts]
    if not alerting:
        return f"{len(matches)} nearest, none of which alerts"
    title = f"{len(alerting)} alert" if len(alerting) == 1 else f"{len(alerting)} alerts"
    listings = sum(len(each.listings) for each in alerting)
    return title if listings == len(alerting) else f"{title}, {listings} listings"


def _particulars(found: ScreenedMatch) -> list[str]:
    """What each list says of a match: a line for the listing, and for address, numbers and reason where there are any."""
    lines = []
    for place, listing in enumerate(found.listings):
        head = f"{found.match.rank}. " if not place else "   "
        since = f"listed on {listing.listed_on}" if listing.listed_on else "day of listing not stated"
        programme = f"{listing.programme}; " if listing.programme else ""
        lines.append(
            f"{head}{listing.name}, on {listing.list_name}: {programme}{since}; {listing.list} {listing.entity_id}"
        )
        said = {
            "address": "; ".join(listing.addresses),
            "numbers": listing.numbers,
            "reason": listing.reason or "",
            "decision": listing.decision or "" if len(found.listings) > 1 else "",
            "read from": f"{listing.receipt}; stopgap lists entity {shlex.quote(listing.entity_id)} --list {listing.list}",
        }
        lines += [f"   {name}: {_cut(text)}" for name, text in said.items() if text]
    return lines


def _several_lists(found: ScreenedMatch) -> list[str]:
    """The lists of a match that is on several, in a line."""
    if len(found.listings) < 2:
        return []
    return [f"{found.match.rank}. {found.match.name} is on {'; '.join(one.list_name for one in found.listings)}"]


def _cut(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _TEXT_SHOWN else f"{words[:_TEXT_SHOWN].rsplit(' ', 1)[0]} …"


def _explained(answer: ScreenAnswer) -> list[str]:
    """Why each match is one, a line a feature."""
    lines = []
    for found in answer.matches:
        lines.append(f"{found.match.rank}. {found.match.name} ({found.match.list} {found.match.entity_id}):")
        lines += [
            f"   {each.weight:+.2f}  {each.feature} {each.score:.2f}: {each.says}" for each in found.match.features
        ]
    return lines


def _screen_file(
    file: Path, request: ScreenRowsRequest, shown: WrittenAnswer, *, restart: bool, with_notes: bool
) -> Answer | None:
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
                return _first_alerts(rows, with_notes)
            _print_rows(rows, form, with_notes)
            return None
        into = ScreenFileRequest(
            output=output,
            format=None if form is Format.TABLE else form.value,
            restart=restart,
            **_options(request, ScreenRowsRequest),
        )
        summary = lake.screen_file(file, into)
    _say_summary(summary, summary.marking, with_notes, output)
    return None


def _print_rows(rows: ScreenedRows, form: Format, with_notes: bool) -> None:
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
    _say_summary(summary, rows.marking, with_notes)


def _say_summary(summary: FileSummary, marking: Marking | None, with_notes: bool, output: Path | None = None) -> None:
    """Say on stderr what became of a file."""
    lines = [_summary_line(summary)]
    if output is not None:
        lines.append(f"answers: {output}")
    lines += _notes(summary, with_notes)
    if marking is not None:
        lines.append(f"marking: {marking.label}")
    for line in lines:
        tell(line)
    note_name(output, marking)


def _write(content: bytes) -> None:
    sys.stdout.write(content.decode("utf-8"))
    sys.stdout.flush()


def _first_alerts(rows: ScreenedRows, with_notes: bool) -> Answer:
    from stopgap.evidence.markings.reads import EVERYTHING

    first: list[tuple[int, ScreenAnswer]] = []
    for each in rows:
        if each.answer is not None and each.answer.alerts and len(first) < _ROWS_SHOWN:
            first.append((each.row.number, each.answer))
    summary = rows.summary
    notes = _notes(summary, with_notes)
    if summary.alerting > len(first):
        notes.insert(0, f"the first {len(first)} rows that alert are shown; --output FILE.csv keeps all matches")
    title = _summary_line(summary)
    table = _table(first)
    columns = _columns(_SHOWN_OF_FILE, [answer for _, answer in first])
    document = summary.as_dict()
    return Answer(document, table, title, notes, columns, rows.marking, EVERYTHING, least_needed=_LEAST_NEEDED)


def _summary_line(summary: FileSummary) -> str:
    line = f"{summary.rows:,} rows: {summary.alerting:,} alert, {summary.matched - summary.alerting:,} have near matches alone"
    if summary.rejected:
        line += f", {summary.rejected:,} could not be looked up"
    return line + (f"; {summary.resumed_at:,} were done before" if summary.resumed_at else "")


def _notes(summary: FileSummary, with_notes: bool) -> list[str]:
    said = [f"row {row:,}: {reason}: {name!r}" for row, name, reason in summary.rejects]
    if summary.rejects_file:
        said.append(f"all rows that could not be looked up: {summary.rejects_file}")
    return [*said, *summary.of_file, *_of_lists(summary.lists, with_notes)]


def _table(answers: Sequence[tuple[int, ScreenAnswer]]) -> pa.Table:
    from stopgap.screening.matching.output import matches_table

    return matches_table(answers)
