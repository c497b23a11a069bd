"""Parse a JSON reply row by row, so that memory does not grow with its size, and check it to its last byte.

ijson (3.6 with yajl2_c) was tried and is not used: on 150,000 rows (46 MB) it takes as long (1.1 to 1.2 s of CPU time,
this file 1.2 to 1.5 s; 2 cores, 30 November 2026), keeps the last of duplicate fields, replaces a truncated character
by "?" and reports no line number.
"""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from stopgap.base.errors import InputError
from stopgap.base.strict_json import JsonFault, decode
from stopgap.sources.base import Reading

PIECE = 1024 * 1024
VALUE_LIMIT = 1024 * 1024
"""Maximum length of a single value and of a row, in characters."""

_BLANKS = " \t\r\n"


class Reply:
    """Streaming parser of a reply's rows; ``rest`` holds its other fields once all rows are read.

    ``records`` names the field that holds the rows, if the reply is one object; ``limit`` is the maximum length of a
    value and of a row, in characters.
    """

    def __init__(self, reading: Reading, records: str = "data", limit: int = VALUE_LIMIT) -> None:
        self._reading = reading
        self._records = records
        self._limit = limit
        self._buffer = ""
        self._at = 0
        self._lines = 1
        self._ended = False
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.rest: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """Name of the file in messages."""
        return self._reading.name

    def rows(self) -> Iterator[Any]:
        """Yield each record of the field ``records``, or of the file if it is one array; InputError if damaged."""
        opener = gzip.open if self._reading.head.is_gzip else open
        with opener(self._reading.path, "rb") as stream:
            source = cast(BinaryIO, stream)
            yield from self._array(source) if self._next(source) == "[" else self._object(source)
            self._end(source)

    def _object(self, source: BinaryIO) -> Iterator[Any]:
        self._take(source, "{")
        names: set[str] = set()
        while self._goes_on(source, "}", is_first=not names):
            start = self._line()
            name = self._value(source)
            if not isinstance(name, str) or self._next(source) != ":":
                raise self.fault("the file is not JSON: a field has no name, or no colon behind it")
            if name in names:
                raise self.fault(f"the reply names the field {name[:60]!r} twice", line=start)
            names.add(name)
            self._take(source, ":")
            if name == self._records and self._next(source) == "[":
                yield from self._array(source)
            else:
                self.rest[name] = self._value(source)

    def _array(self, source: BinaryIO) -> Iterator[Any]:
        self._take(source, "[")
        number = 0
        while self._goes_on(source, "]", is_first=number == 0):
            number += 1
            yield self._value(source, f"record {number}")

    def _goes_on(self, source: BinaryIO, closer: str, *, is_first: bool) -> bool:
        """Return whether another element follows; consume the comma before it, or the closing bracket."""
        found = self._next(source)
        if found == closer:
            self._at += 1
            return False
        if not is_first:
            self._take(source, ",")
            if self._next(source) == closer:
                raise self.fault(f"the file is not JSON: a comma stands before {closer!r}")
        return True

    def _end(self, source: BinaryIO) -> None:
        """Raise InputError if anything but whitespace follows the JSON value."""
        if self._skip_blanks(source):
            shown = self._buffer[self._at : self._at + 40]
            raise self.fault(
                f"the file goes on behind the end of its JSON: {shown!r}",
                fix="import each reply as a file of its own; nothing was imported",
            )

    def _skip_blanks(self, source: BinaryIO) -> bool:
        """Skip whitespace; return whether another character follows."""
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in _BLANKS:
                self._at += 1
            if self._at < len(self._buffer):
                return True
            if not self._more(source):
                return False

    def _more(self, source: BinaryIO) -> bool:
        if self._ended:
            return False
        piece = source.read(PIECE)
        self._ended = not piece
        self._lines += self._buffer.count("\n", 0, self._at)
        self._buffer = self._buffer[self._at :] + self._decoder.decode(piece, final=self._ended)
        self._at = 0
        return not self._ended

    def _next(self, source: BinaryIO) -> str:
        """Return the next non-whitespace character without consuming it; raise InputError at the end of the file."""
        if not self._skip_blanks(source):
            raise self.fault("the file ends in the middle of the reply", is_cut=True)
        return self._buffer[self._at]

    def _take(self, source: BinaryIO, character: str) -> None:
        if self._next(source) != character:
            raise self.fault(f"the file is not JSON: {character!r} was expected")
        self._at += 1

    def _value(self, source: BinaryIO, what: str = "a value") -> Any:
        self._next(source)
        while True:
            try:
                value, end = decode(self._buffer, self._at, numbers_as_text=True)
            except JsonFault as error:
                raise self.fault(f"{what} cannot be read: {error.what}", line=self._line(error.offset)) from error
            except json.JSONDecodeError as error:
                if len(self._buffer) - self._at > self._limit + PIECE:
                    raise self.fault(
                        f"{what} cannot be read, or is longer than {self._limit // PIECE} MB: {error.msg}"
                    ) from error
                if not self._more(source):
                    raise self.fault(f"the file ends in the middle of {what}, or is damaged", is_cut=True) from error
                continue
            # A number at the end of the buffer may go on in the next piece.
            if end == len(self._buffer) and self._more(source):
                continue
            self._at = end
            return value

    def _line(self, offset: int | None = None) -> int:
        """Return the line number of an offset in the buffer; None means the next character."""
        return self._lines + self._buffer.count("\n", 0, self._at if offset is None else offset)

    def fault(self, what: str, *, is_cut: bool = False, line: int | None = None, fix: str | None = None) -> InputError:
        """Return an error for the file: line None means the current one; ``is_cut`` means a truncated download."""
        where = f"{self.name}, line {line or self._line():,}"
        cut = "the download broke off: download the file again"
        return InputError(what, where=where, fix=cut if is_cut else fix or "check that this is an API reply")
