"""Check archives, workbooks and Parquet files before a library opens them.

A library that trusts a file allocates as much memory as the file states. Workbooks and Parquet files are read once, in
bounded pieces, and rejected if they would need more memory than a table of figures. A ZIP reader follows the directory
at the end and ignores all other bytes (before or after the archive, files that the directory does not name, a second
archive appended): here each of these is rejected.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from stopgap.base.errors import InputError
from stopgap.base.sql import quoted
from stopgap.sources.files.byte_validation import EXPANSION_FREE, EXPANSION_LIMIT, PIECE
from stopgap.sources.files.limits import COLUMN_LIMIT, refuse_columns

CELL_LIMIT = 12_000_000
"""Maximum cells of a sheet (last row times last column); a workbook is held in memory."""
WORKBOOK_LIMIT = 600 * 1024 * 1024
"""Maximum unpacked size of a workbook, in bytes."""
PART_LIMIT = 10_000
"""Maximum number of parts (files in the ZIP archive) of a workbook."""

PARQUET_ROWS_FREE = 10_000_000
PARQUET_ROWS_PER_BYTE = 4
"""Maximum rows per byte of a Parquet file of more than ``PARQUET_ROWS_FREE`` rows: varying figures need more space."""
PARQUET_START = 4
TEXT_LIMIT = 1_048_576
"""Maximum length of a cell, in bytes: the same as of a CSV row."""

PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,7})([0-9]{1,12})["']""")
COUNT = re.compile(rb"""[cC]ount\s*=\s*["']([0-9]{1,20})["']""")
CELL = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]{0,200})")
SHEET_PART = "worksheets/"
STRAY = re.compile(
    rb"(?:</(?:\w+:)?(?:c|row|v|f|is|t|sheetData)>|<(?:\w+:)?(?:row|sheetData|c)(?:\s[^>]{0,200})?>)\s*[^<\s]"
)
"""Matches text of a sheet outside values, formulas and text elements, which readers ignore."""
FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
"""Matches a cell with a formula and no value."""
FORMULA_LIMIT = 32_768
"""Maximum bytes of a cell with its formula; a formula has at most 8,192 characters."""
OVERLAP = 64
"""Bytes at the end of a piece that are searched again with the next, to find matches across the boundary."""

_LOCAL = struct.Struct("<4s5H3L2H")
_END = struct.Struct("<4s4H2LH")
_LOCAL_MAGIC, _END_MAGIC = b"PK\x03\x04", b"PK\x05\x06"
_END64_MAGIC, _LOCATOR_MAGIC, _MARK = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
_HAS_DESCRIPTOR = 0x8
_DESCRIPTOR = 24
"""Maximum bytes of a ZIP data descriptor, the record of sizes after an entry that was packed as a stream."""


def check_workbook(path: Path, name: str) -> None:
    """Raise InputError if a workbook is damaged, or would need more memory than a table of figures."""
    try:
        with zipfile.ZipFile(path) as book:
            refuse_unread_bytes(book, path, name)
            _check_parts(book, path.stat().st_size, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, RuntimeError) as error:  # fmt: skip
        raise InputError(
            "the workbook is damaged or cut off, or encrypted",
            where=f"{name}: {str(error)[:200]}",
            fix="download the file again, or save it without a password",
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
        unplaced = _Unplaced(f"{name}: {part.filename}") if SHEET_PART in part.filename else None
        with book.open(part) as stream:
            while piece := stream.read(PIECE):
                size += len(piece)
                unpacked += len(piece)
                if unpacked > limit:
                    raise _too_large(name)
                text = tail + piece
                for letters, digits in set(PLACE.findall(text)):
                    rows, columns = max(rows, int(digits)), max(columns, _column(letters))
                refuse_columns(columns, f"{name}: {part.filename}")
                if unplaced is not None:
                    unplaced.feed(piece)
                    if stray := STRAY.search(text):
                        shown = stray[0][-40:].decode(errors="replace")
                        raise zipfile.BadZipFile(f"{part.filename} holds text outside its cells: {shown!r}")
                counted = max([counted, *map(int, set(COUNT.findall(text)))])
                tail = text[-OVERLAP:]
        if rows * columns > CELL_LIMIT:
            raise InputError(
                f"a sheet of the workbook reaches to row {rows:,} and column {columns:,}: too large to be held in memory",
                where=f"{name}: {part.filename}",
                fix="delete empty rows and columns, or save the sheet as CSV",
            )
        if counted > max(PART_LIMIT, size):
            raise zipfile.BadZipFile(f"{part.filename} says that it holds {counted:,} entries in {size:,} bytes")  # fmt: skip


class _Unplaced:
    """Counts the cells of each row whose cells have no reference (``r="B3"``)."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._columns = 0
        self._tail = b""

    def feed(self, piece: bytes) -> None:
        """Process the next bytes of the sheet; raise InputError if a row has too many columns."""
        text = self._tail + piece
        # A tag that goes on in the next piece is read with it.
        end = text.rfind(b"<") if b">" not in text[-256:] else len(text)
        self._tail = text[end:]
        # Cells that do say it are told by their places, far quicker.
        cells = text.count(b"<c ", 0, end) + text.count(b"<c>", 0, end)
        if b":c" not in text and cells == text.count(b'<c r="', 0, end):
            self._columns = 0
            return
        for kind, attributes in CELL.findall(text[:end]):
            if kind == b"row":
                self._columns = 0
            elif not PLACE.search(attributes):
                self._columns += 1
                if self._columns > COLUMN_LIMIT:
                    refuse_columns(self._columns, self._where)


def uncomputed_cells(path: Path, part: str | None) -> list[str]:
    """Return the references (``B3``) of cells with a formula but no value, in one part or (None) all sheets.

    The workbook must have passed ``check_workbook``.
    """
    found: dict[str, None] = {}
    with zipfile.ZipFile(path) as book:
        names = [name for name in book.namelist() if (name == part if part else SHEET_PART in name)]
        for name in names:
            tail = b""
            with book.open(name) as stream:
                while piece := stream.read(PIECE):
                    text = tail + piece
                    if b"<f" in text or b":f" in text:
                        for attributes in FORMULA.findall(text):
                            kind = re.search(rb"""\bt\s*=\s*["'](\w+)""", attributes)
                            if kind is not None and kind[1] == b"str":
                                continue  # the formula gave an empty text
                            place = PLACE.search(attributes)
                            found[(place[1] + place[2]).decode() if place else "?"] = None
                    tail = text[-FORMULA_LIMIT:]
    return list(found)


def _column(letters: bytes) -> int:
    """Return the number of a column from its letters, starting at 1; 0 if there are no letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _too_large(name: str) -> InputError:
    return InputError(
        f"the workbook unpacks to more than a workbook of figures holds ({WORKBOOK_LIMIT:,} bytes, "
        f"or {EXPANSION_LIMIT} times its size)",
        where=name,
        fix="save the sheet as CSV, or check where the file is from",
    )


def check_parquet(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Raise InputError if a Parquet file cannot be read, or expands to more data than a table of its size can hold."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    size = path.stat().st_size
    try:
        about = pq.read_metadata(path)
        groups = [about.row_group(number) for number in range(about.num_row_groups)]
        unpacked = sum(group.total_byte_size for group in groups)
        refuse_columns(about.num_columns, name)
        _refuse_gaps(con, path, name, groups)
        if about.num_rows > max(PARQUET_ROWS_FREE, PARQUET_ROWS_PER_BYTE * size):
            raise _swollen(f"{about.num_rows:,} rows in {size:,} bytes", name)
        if unpacked > max(EXPANSION_FREE, EXPANSION_LIMIT * size):
            raise _swollen(f"{unpacked:,} bytes in {size:,}", name)
        kinds = ("string", "binary", "list", "struct", "map")
        texts = [field.name for field in pq.read_schema(path) if any(kind in str(field.type) for kind in kinds)]
        if texts:
            _check_texts(con, path, name, texts, size)
    except (pa.ArrowException, OSError, duckdb.Error) as error:
        raise unreadable_parquet(name, error) from error


def unreadable_parquet(name: str, error: Exception, *, fix: str = "download the file again") -> InputError:
    """Return the error for a Parquet file that a library could not read."""
    return InputError("the Parquet file cannot be read", where=f"{name}: {str(error).splitlines()[0][:200]}", fix=fix)


def _refuse_gaps(con: duckdb.DuckDBPyConnection, path: Path, name: str, groups: list[Any]) -> None:
    """Raise InputError if the file has bytes that belong to no column; page indexes, after the columns, are ignored."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(size - 8)
        footer = size - 8 - int.from_bytes(stream.read(4), "little")
    chunks = con.execute(
        """
        SELECT list_min([x FOR x IN [dictionary_page_offset, data_page_offset, index_page_offset] IF x > 0]), total_compressed_size,
            bloom_filter_offset, bloom_filter_length
        FROM parquet_metadata(?)
        """,
        [str(path)],
    ).fetchall()
    taken = {(row[place], row[place + 1]) for row in chunks for place in (0, 2)}
    at = PARQUET_START
    for start, length in sorted((start, length) for start, length in taken if start is not None and length):
        if start > at:
            raise _unaccounted(start - at, at, name)
        at = max(at, start + length)
    parts = [group.column(number) for group in groups for number in range(group.num_columns)]
    if footer > at and not any(part.has_offset_index or part.has_column_index for part in parts):
        raise _unaccounted(footer - at, at, name)


def _unaccounted(number: int, at: int, name: str) -> InputError:
    return InputError(
        f"the Parquet file holds {number:,} bytes that belong to no column, from byte {at:,}",
        where=name,
        fix="import each file by itself; write this one again",
    )


def _check_texts(con: duckdb.DuckDBPyConnection, path: Path, name: str, texts: list[str], size: int) -> None:
    """Check the length of all texts in one pass: a dictionary can repeat one long text a million times."""
    columns = ['"' + text.replace('"', '""') + '"' for text in texts]
    lengths = ", ".join(f"coalesce(max(strlen({column}::VARCHAR)), 0), coalesce(sum(strlen({column}::VARCHAR)), 0)" for column in columns)  # fmt: skip
    [found] = con.execute(f"SELECT {lengths} FROM read_parquet({quoted(path)})").fetchall()
    if max(found[::2]) > TEXT_LIMIT:
        raise _swollen("a text longer than 1 MB", name)
    if sum(found[1::2]) > max(EXPANSION_FREE, EXPANSION_LIMIT * size):
        raise _swollen(f"{sum(found[1::2]):,} bytes of text in {size:,}", name)


def _swollen(what: str, name: str) -> InputError:
    return InputError(
        f"the Parquet file holds {what}; it is no table of figures", where=name, fix="check where the file is from"
    )


def refuse_unread_bytes(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    """Check that every byte of a ZIP archive belongs to a file in it or to its directory.

    Comments, and the extra fields of single entries, hold no file and are not checked.

    Raises:
        InputError: The archive has bytes that belong to no file; the error names the first of them.
        zipfile.BadZipFile: An entry begins at an impossible offset, or the directory is damaged.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        at = 0
        for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
            if entry.header_offset < at:
                raise zipfile.BadZipFile(f"{entry.filename!r} begins within another file")
            if entry.header_offset > at:
                raise _unread(name, at, entry.header_offset)
            at = _behind(stream, entry, archive.start_dir)
        if at != archive.start_dir:
            raise _unread(name, at, archive.start_dir)
        end = _end_of_directory(stream, archive)
        if end != size:
            raise _unread(name, end, size)


def _behind(stream: BinaryIO, entry: zipfile.ZipInfo, limit: int) -> int:
    """Return the offset after an entry's bytes and its data descriptor (the sizes that may follow them)."""
    stream.seek(entry.header_offset)
    header = stream.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != _LOCAL_MAGIC:
        raise zipfile.BadZipFile(f"{entry.filename!r} does not begin at byte {entry.header_offset:,}")
    *_, name_length, extra_length = _LOCAL.unpack(header)
    at: int = entry.header_offset + _LOCAL.size + name_length + extra_length + entry.compress_size
    if not entry.flag_bits & _HAS_DESCRIPTOR:
        return at
    stream.seek(at)
    found = stream.read(min(_DESCRIPTOR, max(0, limit - at)))
    for mark in (_MARK, b""):
        for form in ("<LLL", "<LQQ"):
            if form == "<LLL" and max(entry.compress_size, entry.file_size) >= 1 << 32:
                continue
            sizes = mark + struct.pack(form, entry.CRC, entry.compress_size, entry.file_size)
            stream.seek(at + len(sizes))
            if found.startswith(sizes) and stream.read(2) == b"PK":  # another record follows
                return at + len(sizes)
    return at


def _end_of_directory(stream: BinaryIO, archive: zipfile.ZipFile) -> int:
    """Return the offset after the end record, found by walking the directory's records from its beginning."""
    at = archive.start_dir
    while True:
        stream.seek(at)
        header = stream.read(56)
        magic = header[:4]
        if magic == b"PK\x01\x02" and len(header) >= 46:
            name, extra, comment = struct.unpack("<3H", header[28:34])
            at += 46 + name + extra + comment
        elif magic == _END64_MAGIC and len(header) >= 12:
            at += 12 + int(struct.unpack("<Q", header[4:12])[0])
        elif magic == _LOCATOR_MAGIC:
            at += 20
        elif magic == _END_MAGIC and len(header) >= _END.size:
            return at + _END.size + int(_END.unpack(header[: _END.size])[-1])
        else:
            raise zipfile.BadZipFile(f"its directory is damaged at byte {at:,}")


def _unread(name: str, start: int, end: int) -> InputError:
    return InputError(
        f"the archive holds {abs(end - start):,} bytes that belong to no file in it, from byte {min(start, end):,}",
        where=name,
        fix="unpack it to see what it holds, and pack the files that are meant again; nothing was imported",
    )
