"""Print answers: as tables for people, as JSON alone on stdout, as CSV, Parquet and Markdown for files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.base.documents import json_text
from stopgap.base.errors import InputError, UsageError
from stopgap.base.markdown import escape, paragraph, table_row
from stopgap.base.parquet import parquet_bytes
from stopgap.base.spreadsheets import cell, csv_text
from stopgap.cli.terminal.marked import marked_document, marked_table, marking_line, note_name, settle
from stopgap.cli.terminal.options import Answer, Detail, Format
from stopgap.cli.terminal.status_line import end
from stopgap.cli.terminal.telling import tell

if TYPE_CHECKING:
    import pyarrow as pa


def emit(answer: Answer, form: Format, output: Path | None, detail: Detail = Detail()) -> None:
    """Print an answer, or write it to a file.

    Raises:
        UsageError: The format is Parquet and stdout is a terminal.
        InputError: The file cannot be written.
    """
    end()
    settle(answer)
    if form is Format.TABLE and output is None:
        _print_table(answer, detail)
        return
    if form in (Format.CSV, Format.PARQUET):  # the other forms hold them
        # CSV alone has no room for its marking
        for note in [*_said(answer, detail), *(marking_line(answer) if form is Format.CSV else [])]:
            tell(note)
    if form is Format.PARQUET:
        _emit_bytes(parquet_bytes(marked_table(answer)), output)
        note_name(output, answer.marking)
        return
    text = {
        Format.JSON: lambda: json_text(marked_document(answer)) + "\n",
        Format.CSV: lambda: csv_text(answer.table),
        Format.MD: lambda: _markdown(answer),
        Format.TABLE: lambda: plain_text(answer),
    }[form]()
    write_text(text, output)
    note_name(output, answer.marking)


def write_text(text: str, output: Path | None) -> None:
    """Print text unchanged, or write it to a file.

    Raises:
        InputError: The file cannot be written.
    """
    if output is None:
        end()
        sys.stdout.write(text)
        return
    _emit_bytes(text.encode("utf-8"), output)


def _emit_bytes(content: bytes, output: Path | None) -> None:
    if output is None:
        if sys.stdout.isatty():
            raise UsageError("Parquet is not for a terminal", where="--format parquet", fix="add --output FILE")
        sys.stdout.buffer.write(content)
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(content)
    except OSError as error:
        raise InputError(
            f"the file cannot be written: {error.strerror}",
            where=str(output),
            fix="it is a folder: give the path of a file in it (--output FILE)"
            if isinstance(error, IsADirectoryError)
            else "choose another --output that you may write, or free space on the disk",
        ) from error


def markdown_text(table: pa.Table, *, title: str = "") -> str:
    """Return a table in Markdown, with the cells escaped so that they are plain text."""
    lines = [f"## {escape(title)}", ""] if title else []
    lines += [table_row(map(escape, table.column_names)), "|" + " --- |" * table.num_columns]
    for row in table.to_pylist():
        cells = (str("" if value is None else cell(value)) for value in row.values())
        lines.append(table_row(map(escape, cells)))
    return "\n".join(lines) + "\n"


def _markdown(answer: Answer) -> str:
    """Return the answer's title, table and notes in Markdown, with its marking above and below."""
    above = "".join(f"{paragraph(line)}\n\n" for line in answer.above)
    title, _, table = markdown_text(answer.table, title=answer.title).rpartition("\n\n")
    text = f"{title}\n\n{above}{table}" if title else f"{above}{table}"
    text += "".join(f"\n- {paragraph(note)}" for note in (*answer.notes, *answer.more))
    if answer.notes or answer.more:
        text += "\n"
    for line in marking_line(answer):
        text = f"{escape(line)}\n\n{text}\n{escape(line)}\n"
    return text


def _print_table(answer: Answer, detail: Detail) -> None:
    from stopgap.cli.terminal.screen_text import answer_lines, page

    below = _last_lines(answer, detail)
    for line in answer_lines(answer, below, page(), is_full=detail.is_full):
        sys.stdout.write(f"{line}\n")


def _said(answer: Answer, detail: Detail) -> list[str]:
    """Return the notes of an answer that are printed; where some are not, the last line says how many."""
    if detail.with_notes or not answer.more:
        return [*answer.notes, *answer.more]
    return [*answer.notes, f"{len(answer.more)} more with --notes"]


def _last_lines(answer: Answer, detail: Detail) -> list[str]:
    """Return the lines below a table: the notes, at the end of the last how many more there are, and the marking."""
    if detail.with_notes or not answer.more:
        return [*answer.notes, *answer.more, *marking_line(answer)]
    *notes, last = answer.notes or ("",)
    count = f"{len(answer.more)} more {'note' if len(answer.more) == 1 else 'notes'} with --notes"
    return [*notes, f"{last}; {count}" if last else count, *marking_line(answer)]


def plain_text(answer: Answer) -> str:
    """Return the answer for a text file: all columns and rows, figures in full, a row on one line."""
    from stopgap.cli.terminal.screen_text import Page, answer_lines

    notes = [*answer.notes, *answer.more, *marking_line(answer)]
    return "\n".join(answer_lines(answer, notes, Page(), is_full=True)) + "\n"
