"""Read a CSV file with DuckDB's strict reader, and report the fault if that fails.

Columns are read by position (``c0``, ``c1`` …), so that nothing depends on how a header is spelled. Only after a
failure is the file read again for an exact diagnosis.
"""

from __future__ import annotations

import codecs
import gzip
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stopgap.base.errors import InputError
from stopgap.base.sql import quoted
from stopgap.sources.files.byte_validation import PIECE, normal_encoding
from stopgap.sources.files.file_head import UTF8_BOM, FileHead, first_record
from stopgap.sources.files.limits import COLUMN_LIMIT

LINE_LIMIT = 1_048_576
"""Maximum length of a row, in bytes."""

AT_ONCE = 50
"""Number of files that one statement reads."""

SHOWN = 120
"""Number of characters of a faulty row that an error shows."""


@dataclass(frozen=True, slots=True)
class CsvShape:
    """Layout of a CSV file: delimiter, header, and ``skip``, the number of lines before the header.

    ``width`` counts the columns of a data row: one more than the header where each row ends in a delimiter.
    """

    delimiter: str
    columns: tuple[str, ...]
    width: int
    is_gzip: bool
    skip: int = 0

    def relation(self, path: Path, *, types: Mapping[int, str] | None = None, options: str = "") -> str:
        """Return the ``read_csv`` call for columns ``c0``, ``c1`` …, text unless ``types`` (by position) differs."""
        kinds = types or {}
        columns = ", ".join(f"'c{i}': '{kinds.get(i, 'VARCHAR')}'" for i in range(self.width))
        return (
            f"read_csv({quoted(str(path))}, columns = {{{columns}}}, auto_detect = false, header = true, "
            f"skip = {self.skip}, delim = {quoted(self.delimiter)}, quote = '\"', escape = '\"', "
            f"strict_mode = true, null_padding = false, "
            f"maximum_line_size = {LINE_LIMIT}, compression = '{'gzip' if self.is_gzip else 'none'}'{options})"
        )


def load_tables(con: duckdb.DuckDBPyConnection, table: str, selects: Sequence[str]) -> None:
    """Create a table from the rows of several queries, some in each statement, which is quicker than one by one.

    Each file is read by a ``read_csv`` of its own: given several, it passes over a quotation mark that is left open at
    the end of one of them.
    """
    for start in range(0, len(selects), AT_ONCE):
        some = " UNION ALL ".join(selects[start : start + AT_ONCE])
        into = f"CREATE OR REPLACE TABLE {table} AS" if start == 0 else f"INSERT INTO {table}"
        con.execute(f"{into} {some}")


def csv_shape(head: FileHead, *, delimiter: str | None = None, skip: int = 0) -> CsvShape:
    """Detect the layout from header and first row; InputError if either is missing or there are too many columns."""
    delimiter = delimiter or head.delimiter
    columns = head.columns_by(delimiter, skip)
    rows = [line for line in head.text.splitlines()[skip + 1 :] if line.strip()]
    if not rows:
        raise no_rows(head.name)
    first = first_record(rows, delimiter, head.name)
    # Some exports end each row, but not the header, in a delimiter.
    is_trailing = len(first) == len(columns) + 1 and first[-1] == ""
    return CsvShape(delimiter, columns, len(columns) + is_trailing, head.is_gzip, skip)


def no_rows(name: str) -> InputError:
    """Return the error for a file with a header and no data rows."""
    return InputError(
        "the file has a header and no data rows",
        where=name,
        fix="check the selection that the file was made with: it matched nothing",
    )


def is_readable(path: Path, head: FileHead) -> bool:
    """Return whether DuckDB can read a file where it stands: UTF-8, under a path without glob characters."""
    return _is_utf8(head) and not set("*?[]{}") & set(str(path))


def _is_utf8(head: FileHead) -> bool:
    return head.container not in ("text", "utf-16") or normal_encoding(head.encoding or "utf-8") == "utf-8"


@contextmanager
def readable(path: Path, head: FileHead) -> Iterator[Path]:
    """Yield a path that DuckDB can read: UTF-8 and without glob characters, else a temporary link or UTF-8 copy."""
    if is_readable(path, head):
        yield path
        return
    is_utf8 = _is_utf8(head)
    with tempfile.TemporaryDirectory(prefix="stopgap-") as folder:
        copy = Path(folder) / "file"
        if is_utf8:
            copy.symlink_to(path.resolve())
        else:
            _transcode(path, copy, head)
        yield copy


def structure_fault(con: duckdb.DuckDBPyConnection, path: Path, name: str, shape: CsvShape) -> InputError:
    """Return the error for a file that the strict reader rejected, with its first faulty row if that is found."""
    # The reader that names faults takes a time that grows with the square of a row's cells.
    wide = _wide_row(path, shape)
    if wide is not None:
        return InputError(
            f"row {wide} has more than {COLUMN_LIMIT:,} columns instead of {shape.width}",
            where=f"{name}, row {wide}",
            fix="check that rows end in line ends, and fix the row",
            details={"row": wide},
        )
    errors, scans = "csv_faults", "csv_fault_scans"
    con.execute(f"DROP TABLE IF EXISTS {errors}; DROP TABLE IF EXISTS {scans}")
    options = f", store_rejects = true, rejects_table = '{errors}', rejects_scan = '{scans}', rejects_limit = 1000"
    try:
        read = con.execute(f"SELECT count(c0) FROM {shape.relation(path, options=options)}").fetchall()[0][0]
        found = con.execute(
            f"SELECT line, error_type::VARCHAR, csv_line, error_message FROM {errors} ORDER BY line LIMIT 1"
        ).fetchall()
    except duckdb.Error as error:
        return _unreadable(name, str(error))
    finally:
        con.execute(f"DROP TABLE IF EXISTS {errors}; DROP TABLE IF EXISTS {scans}")
    if not found:
        return _unreadable(name, f"{read} rows could be read")
    line, kind, content, message = found[0]
    return _fault(name, line, kind, content or "", message, ends=_last_line(path, shape.is_gzip))


def _wide_row(path: Path, shape: CsvShape) -> int | None:
    """Return the first row with more than ``COLUMN_LIMIT`` delimiters, reading in bounded pieces; None if none has."""
    delimiter = shape.delimiter.encode()
    row, found = 1, 0
    with gzip.open(path, "rb") if shape.is_gzip else path.open("rb") as stream:
        while piece := stream.read(PIECE):
            first, *others = piece.split(b"\n")
            found += first.count(delimiter)
            for line in others:
                if found > COLUMN_LIMIT:
                    return row
                row, found = row + 1, line.count(delimiter)
    return row if found > COLUMN_LIMIT else None


def _fault(name: str, line: int, kind: str, content: str, message: str, *, ends: str) -> InputError:
    where = f"{name}, row {line}"
    shown = content.strip("\r\n")[:SHOWN]
    numbers = [int(word) for word in message.replace(":", " ").split() if word.isdigit()]
    match kind:
        case "MISSING COLUMNS" | "TOO MANY COLUMNS":
            wanted, found = [*numbers, 0, 0][:2]
            if kind == "MISSING COLUMNS" and ends.strip("\r\n") == content.strip("\r\n"):
                what = f"the file ends in the middle of row {line}: {found} columns instead of {wanted}"
                fix = "the download broke off: download the file again"
            else:
                # The reader stops at the first column too many.
                much = f"few columns: {found}" if kind == "MISSING COLUMNS" else f"many columns: {found} or more"
                what = f"row {line} has too {much} instead of {wanted}"
                fix = "fix the row, or download the file again"
        case "UNQUOTED VALUE":
            what = f"a quotation mark in row {line} is left open, or stands where none may"
            fix = "double the quotation marks inside values, or download the file again"
        case "LINE SIZE OVER MAXIMUM":
            what = f"row {line} is longer than 1 MB"
            fix = "check that quotation marks are closed and that rows end in line ends"
        case "INVALID ENCODING":
            what = f"row {line} is not UTF-8"
            fix = "name the encoding (--encoding latin-1, say) or save the file as UTF-8"
        case _:
            what, fix = f"row {line} cannot be read: {message}", "fix the row, or download the file again"
    return InputError(what, where=f"{where}: {shown}" if shown else where, fix=fix, details={"row": line})


def _unreadable(name: str, why: str) -> InputError:
    if "invalid state" in why:
        return InputError(
            "rows end in different ways (LF and CRLF), or quotation marks are out of place",
            where=name,
            fix="save the file again with one kind of line end",
        )
    return InputError(
        "the file cannot be read as a table",
        where=f"{name}: {why.splitlines()[0][:200]}",
        fix="download the file again",
    )


def _last_line(path: Path, is_gzip: bool) -> str:
    """Return the last non-blank line, which tells a truncated file from a faulty row."""
    if not is_gzip:
        return _tail(path, LINE_LIMIT)[0]
    last = b""
    with gzip.open(path, "rb") as stream:
        for line in stream:
            last = line if line.strip() else last
    return last.decode("utf-8", errors="replace")


def last_line(path: Path, is_gzip: bool) -> tuple[str, bool]:
    """Return the last non-blank line, and whether the file ends in a line end.

    For gzip the result is always ("", True): a truncated gzip stream is detected without it.
    """
    return ("", True) if is_gzip else _tail(path, 65_536)


def _tail(path: Path, most: int) -> tuple[str, bool]:
    """Return the last non-blank line in the last ``most`` bytes, and whether these end in a line end."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - most))
        tail = stream.read()
    line = next((text for text in reversed(tail.splitlines()) if text.strip()), b"")
    return line.decode("utf-8", errors="replace"), tail[-1:] in (b"\n", b"\r")


def _transcode(path: Path, copy: Path, head: FileHead) -> None:
    """Write the text of ``path`` to ``copy`` as UTF-8, decompressed."""
    decoder = codecs.getincrementaldecoder(head.encoding or "utf-8")()
    opener = gzip.open if head.is_gzip else open
    with opener(path, "rb") as stream, copy.open("wb") as target:
        first = True
        while piece := stream.read(PIECE):
            target.write(decoder.decode(piece.removeprefix(UTF8_BOM) if first else piece).encode())
            first = False
        target.write(decoder.decode(b"", final=True).encode())
