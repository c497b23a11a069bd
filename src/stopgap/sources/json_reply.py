"""Reads a JSON reply row by row, so that memory does not grow with it."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from stopgap.errors import InputError

if TYPE_CHECKING:
    from stopgap.sources.base import Reading

PIECE = 1024 * 1024
VALUE_LIMIT = 1024 * 1024
"""Longest single value, and longest row, in characters."""

_BLANKS = " \t\r\n"

# Numbers stay text, so that none is rounded on the way and NaN is seen for what it is.
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


class Reply:
    """The reply's rows one after another; ``rest`` holds its other fields once the rows are read.

    Args:
        reading: The file.
        records: The field of the reply that holds the rows, where it is one object.
        limit: Longest single value, and longest row, in characters.
    """

    def __init__(self, reading: Reading, records: str = "data", limit: int = VALUE_LIMIT) -> None:
        self._reading = reading
        self._records = records
        self._limit = limit
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.rest: dict[str, Any] = {}

    def rows(self) -> Iterator[Any]:
        """Each record of the field ``records``, or of the file when it is one array.

        Raises:
            InputError: The text is no JSON, or ends too early.
        """
        opener = gzip.open if self._reading.head.is_gzip else open
        with opener(self._reading.path, "rb") as stream:
            source = cast(BinaryIO, stream)
            if self._next(source) == "[":
                yield from self._array(source)
                return
            self._take(source, "{")
            while self._next(source) != "}":
                key = self._value(source)
                self._take(source, ":")
                if key == self._records and self._next(source) == "[":
                    yield from self._array(source)
                else:
                    self.rest[str(key)] = self._value(source)
                if self._next(source) == ",":
                    self._at += 1

    def _array(self, source: BinaryIO) -> Iterator[Any]:
        self._take(source, "[")
        number = 0
        while self._next(source) != "]":
            number += 1
            yield self._value(source, f"record {number}")
            if self._next(source) == ",":
                self._at += 1
        self._at += 1

    def _more(self, source: BinaryIO) -> bool:
        if self._ended:
            return False
        piece = source.read(PIECE)
        self._ended = not piece
        self._buffer = self._buffer[self._at :] + self._decoder.decode(piece, final=self._ended)
        self._at = 0
        return not self._ended

    def _next(self, source: BinaryIO) -> str:
        """The next character that is not blank."""
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in _BLANKS:
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more(source):
                raise self.fault("the file ends in the middle of the reply", is_cut=True)

    def _take(self, source: BinaryIO, character: str) -> None:
        if self._next(source) != character:
            raise self.fault(f"the file is not JSON: {character!r} was expected")
        self._at += 1

    def _value(self, source: BinaryIO, what: str = "a value") -> Any:
        self._next(source)
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except RecursionError as error:
                raise self.fault(f"{what} holds objects within objects too deep to read") from error
            except json.JSONDecodeError as error:
                if len(self._buffer) - self._at > self._limit + PIECE:
                    raise self.fault(
                        f"{what} cannot be read, or is longer than {self._limit // PIECE} MB: {error.msg}"
                    ) from error
                if not self._more(source):
                    raise self.fault(
                        f"the file ends in the middle of {what}, or is damaged", is_cut=True
                    ) from error
                continue
            # A number at the end of the buffer may go on in the next piece.
            if end == len(self._buffer) and self._more(source):
                continue
            self._at = end
            return value

    def fault(self, what: str, *, is_cut: bool = False) -> InputError:
        """What is wrong with the file."""
        return InputError(
            what,
            where=self._reading.name,
            mend="the download broke off: download the file again"
            if is_cut
            else "check that this is an API reply",
        )
