"""An answer as the lines that a terminal, a pipe or a text file shows."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stopgap.base.visible_text import one_line
from stopgap.cli.terminal.columns import printed_columns
from stopgap.cli.terminal.fit import fitted, record_lines, table_lines, unbounded
from stopgap.cli.terminal.text_width import width, wrapped

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.cli.terminal.options import Answer

ROWS_SHOWN = 40
"""Most rows of a table that are shown; ``--full`` and the other formats show all."""
PIPED_CELLS = 200
"""Cells of a line where the answer does not go to a terminal."""
_LEAST_CELLS = 20
_INDENT = re.compile(r"[ ]*(?:\d+\. )?")
_CALL = re.compile(r"(^|: )\s*stopgap \w")


@dataclass(frozen=True)
class Page:
    """What lines are written on.

    Attributes:
        cells: Cells of a line.
        is_terminal: Whether a row may take several lines, and sentences are wrapped.
        is_bold: Whether titles are bold.
    """

    cells: int = PIPED_CELLS
    is_terminal: bool = False
    is_bold: bool = False


def page() -> Page:
    """Return the page of stdout: the width of the terminal, or ``$COLUMNS``, or else 200 cells."""
    is_terminal = sys.stdout.isatty()
    asked = os.environ.get("COLUMNS", "")
    cells = shutil.get_terminal_size((PIPED_CELLS, 0)).columns if is_terminal else PIPED_CELLS
    if asked.isdecimal() and int(asked):
        cells = int(asked)
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") in (None, "", "dumb")
    return Page(max(cells, _LEAST_CELLS), is_terminal, is_terminal and not plain)


def answer_lines(answer: Answer, below: list[str], on: Page, *, is_full: bool) -> Iterator[str]:
    """Return the title, the table and the lines below it.

    Args:
        answer: The answer.
        below: Notes, one a line.
        on: Width of the lines, and whether they may be wrapped.
        is_full: Whether all columns and rows are shown, with figures in full.
    """
    if answer.title:
        for line in sentence_lines(answer.title, on):
            yield f"\x1b[1m{line}\x1b[0m" if on.is_bold else line
    for line in answer.above:
        yield from sentence_lines(line, on)
    if answer.title:
        yield ""
    yield from _table(answer, on, is_full=is_full)
    if below:
        yield ""
    for note in below:
        yield from sentence_lines(note, on)


def sentence_lines(text: str, on: Page) -> list[str]:
    """Return a sentence on lines of a terminal, further ones indented as the first; a command to copy stays whole."""
    line = one_line(text).rstrip()
    if not on.is_terminal or width(line) <= on.cells or _CALL.search(line):
        return [line]
    found = _INDENT.match(line)
    return wrapped(line, on.cells, hanging=" " * (found.end() if found else 0))


def _table(answer: Answer, on: Page, *, is_full: bool) -> Iterator[str]:
    table: pa.Table = answer.table
    if not table.num_rows:
        yield "no rows"
        return
    part = table if is_full else table.slice(0, ROWS_SHOWN)
    columns = printed_columns(part, answer.columns, answer.headers, is_full=is_full)
    empty = [] if is_full else [column for column in columns[1:] if column.is_empty]
    columns = [column for column in columns if column not in empty]
    found = unbounded(columns) if is_full and not on.is_terminal else fitted(columns, on.cells, answer.least_needed)
    is_record = bool(found.left_out) and (is_full or table.num_rows == 1)
    is_record = is_record or (on.is_terminal and sum(found.widths) > on.cells)
    if is_record:
        yield from record_lines(columns, on.cells)
    else:
        yield from table_lines(found, is_wrapped=on.is_terminal)
    if empty:
        yield from sentence_lines(f"no row has: {', '.join(column.name for column in empty)}", on)
    if table.num_rows > part.num_rows:
        yield from sentence_lines(f"{table.num_rows - part.num_rows:,} more rows (--full, or --format csv)", on)
    if found.left_out and not is_record:
        names = ", ".join(column.name for column in found.left_out)
        yield from sentence_lines(f"not shown for want of width: {names} (--full, or --format csv)", on)
