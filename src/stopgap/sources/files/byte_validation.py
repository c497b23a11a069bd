"""Validate a file's bytes in the pass that hashes and copies them."""

from __future__ import annotations

import binascii
import codecs
import re
import zlib
from pathlib import Path

from stopgap.base.errors import InputError, UsageError
from stopgap.sources.files.file_head import GZIP_MAGIC, R_MAGIC, R_PACKINGS

EXPANSION_LIMIT = 300
"""Maximum ratio of a gzip file's unpacked to its packed size; trade tables reach 20 to 60."""
EXPANSION_FREE = 64 * 1024 * 1024
"""Unpacked size in bytes up to which any ratio is accepted."""
EXPANDED_LIMIT = 64 * 1024**3
DIGIT_GROUPS = re.compile(rb"_(?=[0-9])(?<=[0-9]_)")
"""An underscore between digits, as in 1_000: DuckDB would parse such text as a number."""
PIECE = 4 * 1024 * 1024
MAGIC_BYTES = 8
NO_ENCODINGS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "rot13"})
NO_TABLES = {
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", "unpack it (7z x FILE) and import the files inside"),
    b"Rar!\x1a\x07": ("a rar archive", "unpack it and import the files inside"),
    b"\xd0\xcf\x11\xe0": ("a workbook of the old kind (.xls)", "save it as .xlsx or CSV"),
}
"""First bytes of unsupported formats that users mistake for tables -> name of the format, and how to fix it."""


class ByteCheck:
    """Checks a file chunk by chunk for valid UTF-8 (or the named encoding), NUL bytes and a truncated end.

    Feed the bytes as stored on disk: a gzip file is decompressed here, piece by piece, so that memory does not grow
    with its size. Of binary formats (Parquet, Excel, R) nothing is checked but the end of Parquet files.
    """

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self._path = path
        self.encoding = encoding
        self._encoding = encoding or "utf-8"
        self._is_utf8 = normal_encoding(self._encoding) == "utf-8"
        self._allows_nul = normal_encoding(self._encoding).startswith(("utf-16", "utf-32"))
        self._decoder = codecs.getincrementaldecoder(self._encoding)()
        self._inflater: zlib._Decompress | None = None
        self._is_binary = False
        self._magic = b""
        self._is_started = False
        self._first = b""
        self._fed = 0
        self._seen = 0
        self._tail = b""
        self._has_ink = False
        self.has_digit_groups = False

    @property
    def ends_in_line_end(self) -> bool:
        """Whether the last byte is a line end (LF or CR)."""
        return self._tail[-1:] in (b"\n", b"\r")

    def feed(self, chunk: bytes | bytearray) -> None:
        """Check the next bytes of the file; the chunk is not kept.

        Raises:
            InputError: The text is not in its encoding or holds a NUL byte, the gzip stream is damaged or expands
                beyond the limit, or the format is not supported.
        """
        if not chunk:
            return
        if self._is_started:
            self._take(chunk)
            return
        # The first bytes say what the file is, and may come one at a time.
        self._first += chunk
        if len(self._first) >= MAGIC_BYTES:
            self._start()

    def finish(self) -> None:
        """Check the end of the file; InputError if it is empty, or a character, gzip or Parquet file is cut off."""
        if not self._is_started and self._first:
            self._start()
        if self._inflater is not None and not self._inflater.eof:
            raise self._fault(
                f"the gzip file ends after {self._fed:,} bytes, before its data end",
                fix="the download broke off: download the file again",
            )
        if not self._has_ink:
            raise self._fault("the file is empty", fix="download the file again")
        if self._is_binary:
            if self._seen >= 4 and self._magic == b"PAR1" and self._tail[-4:] != b"PAR1":
                raise self._fault("the Parquet file is cut off", fix="download the file again")
            return
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise self._not_text(self._seen - len(error.object) + error.start, error) from error
        except UnicodeError as error:
            raise self._not_in_encoding(error) from error

    def _start(self) -> None:
        """Detect the file's format by its first bytes, and check them."""
        chunk, self._first, self._is_started = self._first, b"", True
        if chunk[:2] == GZIP_MAGIC:
            self._inflater = zlib.decompressobj(wbits=31)
            self._take(chunk)
            return
        for magic, (what, fix) in NO_TABLES.items():
            if chunk.startswith(magic):
                raise self._fault(f"the file is {what}", fix=fix)
        self._magic = chunk[:4]
        self._is_binary = chunk.startswith((b"PAR1", b"PK\x03\x04", b"PK\x05\x06", *R_MAGIC, *R_PACKINGS))
        if not self._allows_nul and chunk[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise self._fault(
                "the file is UTF-16 text, not UTF-8",
                fix="name the encoding (--encoding utf-16) or save the file as UTF-8",
            )
        self._take(chunk)

    def _take(self, chunk: bytes | bytearray) -> None:
        self._fed += len(chunk)
        if self._inflater is None:
            self._check(chunk)
        else:
            self._expand(chunk)

    def _expand(self, chunk: bytes | bytearray) -> None:
        assert self._inflater is not None
        while chunk:
            if self._inflater.eof:
                # gzip files may be several streams one after another.
                self._inflater = zlib.decompressobj(wbits=31)
            try:
                piece = self._inflater.decompress(chunk, PIECE)
            except zlib.error as error:
                raise self._fault(
                    f"the gzip file is damaged near byte {self._fed:,}: {error}", fix="download the file again"
                ) from error
            chunk = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
            if piece and self._seen == 0:
                self._magic = piece[:4]
                self._is_binary = piece.startswith(R_MAGIC)
                if piece[:2] == GZIP_MAGIC or piece[:4] == b"PK\x03\x04":
                    raise self._fault("the gzip file holds another archive", fix="unpack it once and import that")
            self._check(piece)
            if self._seen > EXPANDED_LIMIT or (
                self._seen > EXPANSION_FREE and self._seen > EXPANSION_LIMIT * self._fed
            ):
                raise self._fault(
                    f"the gzip file grows to more than {EXPANSION_LIMIT} times its size; it is not a table of figures",
                    fix="check where the file is from; unpack it yourself if it is in order",
                )

    def _check(self, chunk: bytes | bytearray) -> None:
        if not chunk:
            return
        self._tail = bytes(chunk[-4:])
        self._has_ink = self._has_ink or bool(chunk.strip())
        if not self._is_binary:
            if not self._allows_nul and 0 in chunk:
                raise self._at(
                    self._seen + chunk.index(0),
                    "the file holds a NUL byte at byte {at}; it is damaged, or UTF-16 text",
                    fix="download the file again, or save it as UTF-8",
                )
            if not self.has_digit_groups:
                self.has_digit_groups = b"_" in chunk and bool(DIGIT_GROUPS.search(chunk))
            # Most chunks are plain ASCII, which needs no decoding when nothing is pending.
            if not (chunk.isascii() and self._is_utf8 and not self._decoder.getstate()[0]):
                pending = len(self._decoder.getstate()[0])
                try:
                    self._decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    raise self._not_text(self._seen - pending + error.start, error) from error
                except UnicodeError as error:
                    raise self._not_in_encoding(error) from error
        self._seen += len(chunk)

    def _not_in_encoding(self, error: UnicodeError) -> InputError:
        return InputError(
            f"the file is not {self._encoding.upper()}: {error}",
            where=self._path.name,
            fix="name the encoding that it is in (--encoding utf-8, say)",
        )

    def _not_text(self, offset: int, error: UnicodeDecodeError) -> InputError:
        found = f"byte 0x{error.object[error.start]:02X} at byte {{at}} ({error.reason})"
        return self._at(
            offset,
            f"the file is not {self._encoding.upper()}: {found}",
            fix="name the encoding (--encoding latin-1, say) or save the file as UTF-8",
        )

    def _at(self, offset: int, what: str, *, fix: str) -> InputError:
        """Return the error for a fault at a byte, whose offset replaces ``{at}`` in ``what``."""
        return InputError(
            what.format(at=f"{offset:,}"),
            where=f"{self._path.name}, row {self._line_of(offset)}, byte {offset:,}",
            fix=fix,
            details={"byte": offset},
        )

    def _line_of(self, offset: int) -> int:
        """Return the number of the line that holds a byte, by reading the file again up to it (only after a fault)."""
        line, left = 1, offset
        inflater = zlib.decompressobj(wbits=31) if self._inflater is not None else None
        with self._path.open("rb") as stream:
            while left > 0 and (chunk := stream.read(PIECE)):
                text = inflater.decompress(chunk) if inflater is not None else chunk
                line += text[:left].count(b"\n")
                left -= len(text)
        return line

    def _fault(self, what: str, *, fix: str) -> InputError:
        return InputError(what, where=self._path.name, fix=fix)


def normal_encoding(encoding: str) -> str:
    """Return Python's canonical name of an encoding; raise UsageError if it is not a text encoding."""
    try:
        found = codecs.lookup(encoding)
        name = found.name.removesuffix("-sig")
        # base64 and the like make bytes of bytes; others are forms of writing text in text.
        if name in NO_ENCODINGS or not isinstance(found.decode(b"", "strict")[0], str):
            raise LookupError(encoding)
        return name
    except (LookupError, ValueError, TypeError, binascii.Error, zlib.error, EOFError, OSError) as error:
        raise UsageError(
            f"{encoding[:60]!r} is not an encoding of text",
            where="--encoding",
            fix="use utf-8, latin-1, cp1252, cp1251, gb18030 or another that Python knows",
        ) from error


def check_bytes(path: Path, encoding: str | None = None) -> ByteCheck:
    """Run a :class:`ByteCheck` over a whole file and return it; raises its InputError."""
    check = ByteCheck(path, encoding)
    with path.open("rb") as stream:
        while chunk := stream.read(PIECE):
            check.feed(chunk)
    check.finish()
    return check
