"""Read the beginning of a file: its container format and its first lines."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from stopgap.base.errors import InputError
from stopgap.base.paths import unreadable_file
from stopgap.sources.files.limits import refuse_columns

HEAD_BYTES = 65_536
HEADER_LIMIT = 1_048_576
DELIMITERS = (",", "\t", ";", "|")

Container = Literal["text", "parquet", "xlsx", "zip", "utf-16", "r"]

UTF8_BOM = b"\xef\xbb\xbf"
GZIP_MAGIC = b"\x1f\x8b"
R_MAGIC = (b"RDX2\n", b"RDX3\n", b"X\n\x00\x00\x00\x02", b"X\n\x00\x00\x00\x03")
"""First bytes of R's files once unpacked: ``RDX`` for several named objects (.rda), ``X`` for one object (.rds)."""
R_PACKINGS = (b"BZh", b"\xfd7zXZ\x00")
"""First bytes of the compression formats other than gzip that R uses: bzip2 and xz."""
R_NAMES = (".rda", ".rds", ".rdata")


@dataclass(frozen=True)
class FileHead:
    """The first bytes of a file, decompressed: 64 kB, up to 1 MB where the first line is that long.

    ``encoding`` is the one that the user named, None for UTF-8; ``known_as`` is the user's name for the file, if it
    differs from that of ``path``.
    """

    path: Path
    start: bytes
    is_gzip: bool
    encoding: str | None = None
    known_as: str | None = None

    @property
    def name(self) -> str:
        """Name of the file in messages."""
        return self.known_as or self.path.name

    @cached_property
    def container(self) -> Container:
        """Container format, detected from the first bytes."""
        if self.start[:4] == b"PAR1":
            return "parquet"
        if self.start[:4] == b"PK\x03\x04":
            return "xlsx" if b"xl/" in self.start or b"[Content_Types].xml" in self.start[:200] else "zip"
        if self.start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
        if self.start.startswith(R_MAGIC) or self._is_packed_r():
            return "r"
        return "text"

    @cached_property
    def text(self) -> str:
        """The beginning decoded as text, with replacement characters for invalid bytes; empty for binary containers."""
        if self.container not in ("text", "utf-16"):
            return ""
        return self.start.removeprefix(UTF8_BOM).decode(self.encoding or "utf-8", errors="replace")

    @property
    def is_json(self) -> bool:
        """Whether the text begins like a JSON object or array."""
        return self.text.lstrip()[:1] in ("{", "[")

    @property
    def is_markup(self) -> bool:
        """Whether the text begins like a web page or XML."""
        return self.text.lstrip()[:1] == "<"

    @cached_property
    def delimiter(self) -> str:
        """The delimiter that splits the first line into the most columns."""
        line = self._first_line()
        return max(DELIMITERS, key=lambda delimiter: len(first_record([line], delimiter, self.name)))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Column names of a CSV file (stripped) or a Parquet file (InputError if damaged); empty for other files."""
        if self.container == "parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            try:
                return tuple(pq.read_schema(self.path).names)
            except (pa.ArrowException, OSError) as error:
                raise InputError(
                    "the Parquet file is damaged or cut off",
                    where=f"{self.name}: {str(error).splitlines()[0][:200]}",
                    fix="download the file again",
                ) from error
        if self.container not in ("text", "utf-16") or self.is_json or self.is_markup:
            return ()
        return self.columns_by(self.delimiter)

    def columns_by(self, delimiter: str, skip: int = 0) -> tuple[str, ...]:
        """Return the column names in the line after ``skip`` lines; InputError if over 10,000 or over 1 MB."""
        names = first_record([self._first_line(skip)], delimiter, self.name)
        refuse_columns(names, f"{self.name}, row {skip + 1}")
        return tuple(name.strip() for name in names)

    def _is_packed_r(self) -> bool:
        """Whether a bzip2 or xz file holds R data; judged by the file's name if its beginning cannot be unpacked."""
        if not self.start.startswith(R_PACKINGS):
            return False
        import bz2
        import lzma

        is_bzip2 = self.start.startswith(b"BZh")
        unpacker = bz2.BZ2Decompressor() if is_bzip2 else lzma.LZMADecompressor(memlimit=1024**3)
        try:
            with self.path.open("rb") as stream:
                # bzip2 gives nothing before it has a whole block, of up to 900 kB.
                found = unpacker.decompress(stream.read(HEADER_LIMIT), 16)
        except (OSError, EOFError, lzma.LZMAError):
            found = b""
        return found.startswith(R_MAGIC) if found else self.name.lower().endswith(R_NAMES)

    def _first_line(self, skip: int = 0) -> str:
        lines = io.StringIO(self.text, newline=None)
        for _ in range(skip):
            lines.readline()
        line = lines.readline()
        if len(line) >= HEADER_LIMIT and not line.endswith("\n"):
            raise InputError(
                "the first line is longer than 1 MB",
                where=f"{self.name}, row 1",
                fix="check that this is a table of trade figures and that its rows end in line ends",
            )
        return line.rstrip("\n")


def read_head(path: Path, encoding: str | None = None, name: str | None = None) -> FileHead:
    """Read the beginning of a file; raise InputError if it is absent, empty or cannot be read."""
    try:
        with path.open("rb") as stream:
            first = stream.read(HEAD_BYTES)
            is_gzip = first[:2] == GZIP_MAGIC
            start = _inflate(first) if is_gzip else first
            while b"\n" not in start and b"\r" not in start and len(start) < HEADER_LIMIT:
                if not (more := stream.read(HEADER_LIMIT)):
                    break
                first += more
                start = _inflate(first) if is_gzip else first
    except FileNotFoundError:
        raise unreadable_file(path, "the file") from None
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror or error}",
            where=name or str(path),
            fix="check the path and that you may read it",
        ) from error
    except zlib.error as error:
        raise InputError(
            f"the gzip file is damaged: {error}", where=name or path.name, fix="download the file again"
        ) from error
    if not start.strip():
        raise InputError("the file is empty", where=name or path.name, fix="download the file again")
    return FileHead(path=path, start=start, is_gzip=is_gzip, encoding=encoding, known_as=name)


def _inflate(first: bytes) -> bytes:
    """Decompress the beginning of a gzip file, which may consist of several streams."""
    found = b""
    while first and len(found) <= HEADER_LIMIT:
        stream = zlib.decompressobj(wbits=31)
        found += stream.decompress(first, HEADER_LIMIT + 1)
        if not stream.eof:
            break
        first = stream.unused_data
    return found


def first_record(lines: Sequence[str], delimiter: str, name: str) -> list[str]:
    """Return the cells of the first CSV record in the lines, [] if there are none; InputError if a cell is too long."""
    try:
        return next(csv.reader(lines, delimiter=delimiter), [])
    except csv.Error as error:
        raise InputError(
            f"a cell is longer than {csv.field_size_limit():,} characters",
            where=f"{name}: {lines[0][:80]}",
            fix="look for a quotation mark that is never closed, and fix the row",
        ) from error
