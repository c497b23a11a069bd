"""Read the names of a small uploaded file, and turn a workbook into a CSV."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from stopgap.base.errors import InputError
from stopgap.screening.matching.rows import AskedRow, Cells, NameColumns, asked_row, open_names
from stopgap.sources.files.containers import check_workbook
from stopgap.sources.files.workbooks import open_workbook, read_sheet, unread_sheets

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True)
class UploadedNames:
    """Names of an uploaded file.

    Attributes:
        rows: Its first rows, at most as many as were asked for.
        total: Rows that it has.
        warnings: What to know of it.
    """

    rows: tuple[AskedRow, ...]
    total: int
    warnings: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all rows were kept."""
        return len(self.rows) == self.total


def read_names(path: Path, columns: NameColumns, most: int) -> UploadedNames:
    """Read a file of names (CSV, JSON lines or Parquet), and keep its first rows.

    Args:
        path: The file.
        columns: Columns to read.
        most: Rows that are kept.

    Raises:
        InputError: The file cannot be read as a table, or lacks a column.
    """
    kept: list[AskedRow] = []

    def visit(number: int, cells: Cells) -> None:
        if len(kept) < most:
            kept.append(asked_row(number, cells, columns))

    file = open_names(path, columns.all, visit=visit)
    return UploadedNames(tuple(kept), file.rows, file.warnings)


def as_table_file(path: Path) -> tuple[Path, tuple[str, ...]]:
    """Return a file as one that can be screened: of a workbook its first sheet, as a CSV beside it.

    Returns:
        The file, and warnings on what was not read.

    Raises:
        InputError: The workbook cannot be read, or has no sheet.
    """
    if path.suffix.lower() not in WORKBOOKS:
        return path, ()
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        check_workbook(path, path.name)
    book = open_workbook(path, path.name)
    if not book.sheet_names:
        raise InputError("the workbook has no sheet", where=path.name, fix="save it again with the names on a sheet")
    first = book.sheet_names[0]
    table = read_sheet(book, path, path.name, first, header_row=0)
    made = path.with_suffix(".csv")
    with made.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.column_names)
        for batch in table.to_batches():
            columns = [column.to_pylist() for column in batch.columns]
            writer.writerows(["" if cell is None else cell for cell in row] for row in zip(*columns, strict=True))
    return made, unread_sheets(book.sheet_names, first)
