"""Reads a Comtrade API reply row by row, so that memory does not grow with it."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from stopgap.errors import InputError
from stopgap.sources.comtrade_rows import NEEDED, READ

if TYPE_CHECKING:
    import duckdb

    from stopgap.sources.base import Reading

BATCH = 50_000
PIECE = 1024 * 1024
VALUE_LIMIT = 1024 * 1024
"""Longest single value, and longest row, in characters."""

_BLANKS = " \t\r\n"

# Numbers stay text, so that none is rounded on the way and NaN is seen for what it is.
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def load_reply(con: duckdb.DuckDBPyConnection, reading: Reading) -> list[str]:
    """Puts the rows of a reply into the table ``comtrade_reply``, all columns text.

    Returns:
        Warnings.

    Raises:
        InputError: An error reply (its message is shown), no rows, rows of another kind, or a cut file.
    """
    import pyarrow as pa

    schema = pa.schema([(name, pa.string()) for name in READ])
    columns = ", ".join(f'"{name}" VARCHAR' for name in READ)
    con.execute(f"CREATE OR REPLACE TABLE comtrade_reply ({columns})")
    reply = Reply(reading)
    batch: list[dict[str, str | None]] = []
    rows = 0

    def flush() -> None:
        con.register("comtrade_batch", pa.Table.from_pylist(batch, schema=schema))
        con.execute("INSERT INTO comtrade_reply SELECT * FROM comtrade_batch")
        con.unregister("comtrade_batch")
        batch.clear()

    for row in reply.rows():
        if rows == 0:
            _check_columns(row, reading.name)
        batch.append({name: _text(row.get(name)) for name in READ})
        rows += 1
        if len(batch) >= BATCH:
            flush()
            reading.progress(f"{rows:,} rows read")
    if batch:
        flush()
    return _judge(reply.rest, rows, reading.name)


class Reply:
    """The reply's rows one after another; ``rest`` holds its other fields once the rows are read."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.rest: dict[str, Any] = {}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each object of ``data``, or of the file when it is one array.

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
                if key == "data" and self._next(source) == "[":
                    yield from self._array(source)
                else:
                    self.rest[str(key)] = self._value(source)
                if self._next(source) == ",":
                    self._at += 1

    def _array(self, source: BinaryIO) -> Iterator[dict[str, Any]]:
        self._take(source, "[")
        number = 0
        while self._next(source) != "]":
            number += 1
            row = self._value(source, f"record {number}")
            if not isinstance(row, dict):
                raise self._fault(f"record {number} of the reply is not an object")
            yield row
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
                raise self._fault("the file ends in the middle of the reply", is_cut=True)

    def _take(self, source: BinaryIO, character: str) -> None:
        if self._next(source) != character:
            raise self._fault(f"the file is not JSON: {character!r} was expected")
        self._at += 1

    def _value(self, source: BinaryIO, what: str = "a value") -> Any:
        self._next(source)
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if len(self._buffer) - self._at > VALUE_LIMIT + PIECE:
                    raise self._fault(
                        f"{what} cannot be read, or is longer than 1 MB: {error.msg}"
                    ) from error
                if not self._more(source):
                    raise self._fault(
                        f"the file ends in the middle of {what}, or is damaged", is_cut=True
                    ) from error
                continue
            # A number at the end of the buffer may go on in the next piece.
            if end == len(self._buffer) and self._more(source):
                continue
            self._at = end
            return value

    def _fault(self, what: str, *, is_cut: bool = False) -> InputError:
        return InputError(
            what,
            where=self._reading.name,
            mend="the download broke off: download the file again"
            if is_cut
            else "check that this is an API reply",
        )


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _check_columns(row: dict[str, Any], name: str) -> None:
    lacking = [column for column in NEEDED if column not in row]
    if "fileUrl" in row:
        raise InputError(
            "this reply lists bulk files; it holds no trade figures",
            where=name,
            mend="download the files that it lists and load those",
        )
    if lacking:
        raise InputError(
            f"the rows of the reply lack {', '.join(lacking)}",
            where=f"{name}, record 1: {', '.join(list(row)[:20])}",
            mend="ask the API for data (…/data/v1/get/…) with all fields",
        )


def _judge(rest: dict[str, Any], rows: int, name: str) -> list[str]:
    message = rest.get("error") or rest.get("message")
    if isinstance(message, dict):
        message = message.get("message") or json.dumps(message)
    if message:
        status = f" (status {rest['statusCode']})" if "statusCode" in rest else ""
        raise InputError(
            f"the file is an error reply of the API{status}: {str(message)[:300]}",
            where=name,
            mend="mend the request (key, quota, codes, periods) and fetch it again",
        )
    if rows == 0:
        raise InputError(
            "the reply holds no rows",
            where=name,
            mend="check the selection (reporter, period, code): it matched nothing",
        )
    warnings = []
    if rest.get("count") not in (None, str(rows)):
        warnings.append(f"the reply says it has {rest['count']} rows but holds {rows:,}")
    return warnings
