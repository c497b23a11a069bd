"""Checks of workbooks and Parquet files before a library reads them: what they say of themselves may be made up.

A library that believes a file takes as much memory as the file asks for. Both kinds
are read once, in bounded pieces, and refused when they ask for more than a table of
figures needs.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

import duckdb

from stopgap.errors import InputError
from stopgap.sources.bytecheck import EXPANSION_FREE, EXPANSION_LIMIT, PIECE
from stopgap.sql import quoted

CELL_LIMIT = 12_000_000
"""Cells of a sheet, from its first to its last; a workbook is held in memory."""
WORKBOOK_LIMIT = 600 * 1024 * 1024
"""Bytes to which a workbook unpacks."""
PART_LIMIT = 10_000
"""Parts of a workbook."""

PARQUET_ROWS_FREE = 10_000_000
PARQUET_ROWS_PER_BYTE = 4
"""A Parquet file of many rows holds at most so many in each byte: figures that differ need more than that."""
PARQUET_COLUMNS = 1_000
TEXT_LIMIT = 1_048_576
"""Longest cell, in bytes: the longest row of a CSV file."""

PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,7})([0-9]{1,12})["']""")
COUNT = re.compile(rb"""[cC]ount\s*=\s*["']([0-9]{1,20})["']""")
OVERLAP = 64
"""Bytes of one piece that are read again with the next, so that nothing is missed between them."""
LETTERS = 26


def check_workbook(path: Path, name: str) -> None:
    """Refuses a workbook that is damaged, or that asks for more memory than a table of figures.

    Raises:
        InputError: It is one of these.
    """
    try:
        with zipfile.ZipFile(path) as book:
            _check_parts(book, path.stat().st_size, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, RuntimeError) as error:  # fmt: skip
        raise InputError(
            "the workbook is damaged or cut off, or encrypted",
            where=f"{name}: {str(error)[:200]}",
            mend="download the file again, or save it without a password",
        ) from error


def _check_parts(book: zipfile.ZipFile, packed: int, name: str) -> None:
    parts = book.infolist()
    unpacked = 0
    limit = min(WORKBOOK_LIMIT, EXPANSION_LIMIT * max(packed, 65_536))
    if len(parts) > PART_LIMIT or sum(part.file_size for part in parts) > limit:
        raise _too_large(name)
    for part in parts:
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile(f"{part.filename} is packed in a way that is not read")
        rows = columns = counted = size = 0
        tail = b""
        with book.open(part) as stream:
            while piece := stream.read(PIECE):
                size += len(piece)
                unpacked += len(piece)
                if unpacked > limit:
                    raise _too_large(name)
                text = tail + piece
                for letters, digits in set(PLACE.findall(text)):
                    rows, columns = max(rows, int(digits)), max(columns, _column(letters))
                counted = max([counted, *map(int, set(COUNT.findall(text)))])
                tail = text[-OVERLAP:]
        if rows * columns > CELL_LIMIT:
            raise InputError(
                f"a sheet of the workbook reaches to row {rows:,} and column {columns:,}: too large to be held in memory",
                where=f"{name}: {part.filename}",
                mend="delete empty rows and columns, or save the sheet as CSV",
            )
        if counted > max(PART_LIMIT, size):
            raise zipfile.BadZipFile(f"{part.filename} says that it holds {counted:,} entries in {size:,} bytes")  # fmt: skip


def _column(letters: bytes) -> int:
    """Number of a column by its letters, from 1; 0 for none."""
    number = 0
    for letter in letters.upper():
        number = number * LETTERS + letter - 64
    return number


def _too_large(name: str) -> InputError:
    return InputError(
        f"the workbook unpacks to more than a workbook of figures holds ({WORKBOOK_LIMIT:,} bytes, "
        f"or {EXPANSION_LIMIT} times its size)",
        where=name,
        mend="save the sheet as CSV, or check where the file is from",
    )


def check_parquet(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Refuses a Parquet file that holds more than a table of figures in the bytes that it has.

    Raises:
        InputError: Rows, columns or texts without bounds, or it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    size = path.stat().st_size
    try:
        about = pq.read_metadata(path)
        groups = [about.row_group(number) for number in range(about.num_row_groups)]
        unpacked = sum(group.total_byte_size for group in groups)
        if about.num_columns > PARQUET_COLUMNS:
            raise _swollen(f"{about.num_columns:,} columns", name)
        if about.num_rows > max(PARQUET_ROWS_FREE, PARQUET_ROWS_PER_BYTE * size):
            raise _swollen(f"{about.num_rows:,} rows in {size:,} bytes", name)
        if unpacked > max(EXPANSION_FREE, EXPANSION_LIMIT * size):
            raise _swollen(f"{unpacked:,} bytes in {size:,}", name)
        texts = [field.name for field in pq.read_schema(path) if _is_text(field.type)]
        if texts:
            _check_texts(con, path, name, texts, size)
    except (pa.ArrowException, OSError, duckdb.Error) as error:
        raise InputError(
            "the Parquet file cannot be read",
            where=f"{name}: {str(error).splitlines()[0][:200]}",
            mend="download the file again",
        ) from error


def _is_text(kind: object) -> bool:
    return any(word in str(kind) for word in ("string", "binary", "list", "struct", "map"))


def _check_texts(con: duckdb.DuckDBPyConnection, path: Path, name: str, texts: list[str], size: int) -> None:
    """One pass over the texts: a dictionary may say one long text a million times."""
    columns = ['"' + text.replace('"', '""') + '"' for text in texts]
    lengths = ", ".join(f"coalesce(max(strlen({column}::VARCHAR)), 0), coalesce(sum(strlen({column}::VARCHAR)), 0)" for column in columns)  # fmt: skip
    [found] = con.execute(f"SELECT {lengths} FROM read_parquet({quoted(path)})").fetchall()
    if max(found[::2]) > TEXT_LIMIT:
        raise _swollen("a text longer than 1 MB", name)
    if sum(found[1::2]) > max(EXPANSION_FREE, EXPANSION_LIMIT * size):
        raise _swollen(f"{sum(found[1::2]):,} bytes of text in {size:,}", name)


def _swollen(what: str, name: str) -> InputError:
    return InputError(
        f"the Parquet file holds {what}; it is no table of figures",
        where=name,
        mend="check where the file is from",
    )
