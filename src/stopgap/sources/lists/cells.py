"""Read rows of CSV lists, and split cells that hold several values."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from stopgap.base.errors import InputError
from stopgap.sources.base import Reading
from stopgap.sources.files.file_head import FileHead, first_record
from stopgap.sources.lists.entries import Doubts, tidy

csv.field_size_limit(max(csv.field_size_limit(), 131_072))


def split_quoted(cell: str, doubts: Doubts | None = None) -> list[str]:
    """Split a cell at ``;``, where a value that itself holds ``;`` is in quotation marks.

    A cell with an unclosed quotation mark, or with text after a closing one, is counted in ``doubts``.
    """
    text = tidy(cell)
    if ";" not in text and not text.startswith('"'):
        return [text] if text else []
    try:
        found = next(csv.reader([text], delimiter=";", skipinitialspace=True, strict=True), [])
    except csv.Error:
        found = next(csv.reader([text], delimiter=";", skipinitialspace=True), [])
        if doubts is not None:
            doubts.cells[text] += 1
    return [value for part in found if (value := part.strip())]


def split_plain(cell: str, mark: str = ";") -> list[str]:
    """Split a cell at ``;`` (or ``mark``), without regard to quotation marks; empty values are dropped."""
    return [text for part in cell.split(mark) if (text := tidy(part))]


@contextmanager
def opened_text(reading: Reading) -> Iterator[TextIO]:
    """Open the file as UTF-8 text, decompressed where it is gzip."""
    opener = gzip.open if reading.head.is_gzip else open
    with opener(reading.path, "rt", encoding="utf-8-sig", errors="strict", newline="") as stream:
        yield cast(TextIO, stream)


def ends_in_line(reading: Reading) -> bool:
    """Whether the file ends in a line end or a quotation mark; always true for gzip, which marks its own end."""
    if reading.head.is_gzip:
        return True
    with reading.path.open("rb") as stream:
        stream.seek(0, io.SEEK_END)
        stream.seek(max(0, stream.tell() - 1))
        return stream.read(1) in (b"\n", b"\r", b'"')


def first_row(head: FileHead) -> dict[str, str]:
    """Return the first row below the header, keyed by column name; empty where there is none."""
    lines = head.text.splitlines()
    found = first_record([line + "\n" for line in lines[1:]], ",", head.name) if len(lines) > 1 else []
    return dict(zip(head.columns, found, strict=False))


def table_rows(
    reading: Reading, *, delimiter: str = ",", skip: int = 0, needs_end: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV file below the header, each with the line it ends on; ``skip`` lines precede the header.

    Raises:
        InputError: A row has another number of columns, a cell is too long, a quotation mark is never closed, or the
            last row has no line end where the publisher ends every row (``needs_end``).
    """
    width = 0
    with opened_text(reading) as text:
        for _ in range(skip):
            text.readline()
        rows = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            for cells in rows:
                if not cells or (not width and not any(cells)):
                    continue
                is_first = not width
                width = width or len(cells)
                if len(cells) != width:
                    raise cut_list(reading, rows.line_num, f"{len(cells)} columns instead of {width}")
                if not is_first:
                    yield rows.line_num + skip, cells
        except csv.Error as error:
            raise cut_list(reading, rows.line_num, str(error)) from error
    if needs_end and not ends_in_line(reading):
        raise cut_list(reading, rows.line_num, "the last row has no end")


def cut_list(reading: Reading, row: int, why: str) -> InputError:
    return InputError(
        f"the list is cut off or damaged at row {row:,}: {why}",
        where=f"{reading.name}, row {row}",
        fix="download the file again; the list that was imported before stays in force",
        details={"row": row},
    )


class Row(dict[str, str]):
    """A row keyed by column name; a missing column raises InputError, not KeyError."""

    __slots__ = ("_name",)

    def __init__(self, cells: Iterable[tuple[str, str]], name: str) -> None:
        super().__init__(cells)
        self._name = name

    def __missing__(self, column: str) -> str:
        raise InputError(
            f"the list has no column {column!r}",
            where=f"{self._name}: {', '.join(self)[:200]}",
            fix="download the file again; where its layout has changed, read it through a mapping "
            "(--map MAPPING.yml, table: listed)",
        )


def named_rows(
    reading: Reading, *, delimiter: str = ",", skip: int = 0, needs_end: bool = True
) -> Iterator[tuple[int, Row]]:
    """Yield each row of :func:`table_rows` with its number, the cells keyed by column name."""
    columns = reading.head.columns_by(delimiter, skip)
    for row, cells in table_rows(reading, delimiter=delimiter, skip=skip, needs_end=needs_end):
        yield row, Row(zip(columns, cells, strict=False), reading.name)
