"""Print answers: as tables for people, as JSON alone on stdout, as CSV, Parquet and Markdown for files."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.errors import InputError, UsageError
from stopgap.base.markdown import escape, table_row
from stopgap.base.spreadsheets import cell, csv_text, plain
from stopgap.base.visible_text import json_escaped, one_line
from stopgap.cli.terminal.marked import marked_document, marked_table, marking_line, note_name, settle
from stopgap.cli.terminal.options import Answer, Detail, Format
from stopgap.cli.terminal.telling import tell

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_SHOWN = 40
"""Most rows of a table that are shown on a terminal; the other formats hold all."""


def emit(answer: Answer, form: Format, output: Path | None, detail: Detail = Detail()) -> None:
    """Print an answer, or write it to a file.

    Raises:
        UsageError: The format is Parquet and stdout is a terminal.
        InputError: The file cannot be written.
    """
    settle(answer)
    if form is Format.TABLE and output is None:
        _print_table(answer, detail)
        return
    if form is not Format.JSON:  # the document holds them
        # CSV alone has no room for its marking
        for note in [*_said(answer, detail), *(marking_line(answer) if form is Format.CSV else [])]:
            tell(note)
    if form is Format.PARQUET:
        _emit_bytes(_parquet(marked_table(answer)), output)
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


def json_text(document: Any) -> str:
    """Return a document as JSON: NaN is an error, dates as text, only invisible characters escaped."""
    return json_escaped(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False, default=plain))


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def markdown_text(table: pa.Table, *, title: str = "") -> str:
    """Return a table in Markdown, with the cells escaped so that they are plain text."""
    lines = [f"## {escape(title)}", ""] if title else []
    lines += [table_row(map(escape, table.column_names)), "|" + " --- |" * table.num_columns]
    for row in table.to_pylist():
        cells = (str("" if value is None else cell(value)) for value in row.values())
        lines.append(table_row(map(escape, cells)))
    return "\n".join(lines) + "\n"


def _markdown(answer: Answer) -> str:
    """Return the answer's table in Markdown, with its marking above and below."""
    text = markdown_text(answer.table, title=answer.title)
    for line in marking_line(answer):
        text = f"{escape(line)}\n\n{text}\n{escape(line)}\n"
    return text


def shown(name: str, value: object) -> str:
    """Format a value for people: thousands separators, shares with three decimals, growth in percent, a dash for missing."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if name == "growth":
            return f"{100 * value:+,.1f} %"
        if name == "index":
            return f"{value:,.1f}"
        if name.endswith(("_usd", "_kg")) or abs(value) >= 1000:
            return f"{value:,.0f}".replace("-0", "0") if abs(value) < 0.5 else f"{value:,.0f}"
        text = f"{value:.3f}"
        # A small figure is not a zero.
        return f"{value:.2g}" if value and float(text) == 0 else text
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, list) and len(value) == 2 and all(isinstance(part, float) for part in value):
        return interval_text(*value)
    return str(cell(value))


def interval_text(low: float, high: float) -> str:
    """Format an interval, both ends in one unit: ``1.1 to 22.8 bn``, ``0.702 to 0.851``; only an exact 0 reads as 0."""
    size = max(abs(low), abs(high))
    scale, unit = next(((s, u) for s, u in ((1e9, " bn"), (1e6, " m")) if size >= s), (1.0, ""))
    places = (1 if size >= 10 * scale else 2) if unit else (3 if size < 1000 else 0)

    def end(value: float) -> str:
        text = f"{value / scale:,.{places}f}"
        if float(text.replace(",", "")) == 0:
            return f"{value / scale:.1g}" if value else f"{0:.{places}f}"
        return text

    return f"{end(low)} to {end(high)}{unit}"


def _printed_rows(table: pa.Table) -> Iterable[list[str]]:
    for row in table.to_pylist():
        yield [one_line(shown(name, value)) for name, value in row.items()]


def _print_table(answer: Answer, detail: Detail) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    is_terminal = sys.stdout.isatty()
    console = Console(highlight=False, width=None if is_terminal else 200)
    # A line that goes elsewhere stays one line, however long.
    say = partial(console.print, soft_wrap=not is_terminal)
    if answer.title:
        say(Text(one_line(answer.title), style="bold"))
    shown_table = answer.table.select(list(answer.columns)) if answer.columns else answer.table
    table = Table(box=box.SIMPLE_HEAD)
    for name in shown_table.column_names:
        numeric = str(shown_table.schema.field(name).type).startswith(("double", "int", "list<"))
        table.add_column(Text(one_line(name)), justify="right" if numeric else "left", overflow="fold")
    for row in _printed_rows(shown_table.slice(0, ROWS_SHOWN)):
        table.add_row(*map(Text, row))
    console.print(table)
    more = shown_table.num_rows - ROWS_SHOWN
    if more > 0:
        console.print(f"{more:,} more rows; --format csv shows all")
    for note in _last_lines(answer, detail):
        say(Text(one_line(note)))


def _said(answer: Answer, detail: Detail) -> list[str]:
    """Return the notes of an answer that are printed; where some are not, the last line says how many."""
    if detail.with_notes or not answer.more:
        return [*answer.notes, *answer.more]
    return [*answer.notes, f"{len(answer.more)} more with --notes"]


def _last_lines(answer: Answer, detail: Detail) -> list[str]:
    """Return the lines below a table: the notes, and in one line how many more there are and the marking."""
    if detail.with_notes or not answer.more:
        return [*answer.notes, *answer.more, *marking_line(answer)]
    return [*answer.notes, "; ".join([*marking_line(answer), f"{len(answer.more)} more notes with --notes"])]


def plain_text(answer: Answer) -> str:
    """Return the table as shown on a terminal, without colour and with all rows, for a file."""
    header = [one_line(name) for name in answer.table.column_names]
    rows = [header, *_printed_rows(answer.table)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = [one_line(answer.title), ""] if answer.title else []
    lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = map(one_line, [*answer.notes, *answer.more, *marking_line(answer)])
    return "\n".join([*lines, "", *notes]).rstrip() + "\n"
