"""Parse JSON from outside strictly: duplicate keys, trailing bytes and broken characters are errors.

Python's parser keeps the last of two fields with the same name, and accepts lone surrogates, which no UTF-8 file can
hold. Here both are faults with an offset, and so is nesting deeper than in any table, reply or record.
"""

from __future__ import annotations

import json
import re
from typing import Any

DEPTH_LIMIT = 64
"""Maximum nesting depth of objects and arrays; replies of services reach 8."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]', re.S)
_SUSPECT = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")


class JsonFault(ValueError):
    """A fault in JSON text, and its position.

    Attributes:
        what: The fault, in a few words.
        offset: Number of characters before the fault.
    """

    def __init__(self, what: str, offset: int = 0) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset


class _RepeatedError(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedError
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once)
# Numbers stay text, so that none is rounded on the way and NaN is seen for what it is.
_TEXT_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=str, parse_int=str, parse_constant=str)


def decode(text: str, at: int = 0, *, numbers_as_text: bool = False, allow_halves: bool = False) -> tuple[Any, int]:
    """Parse the JSON value that starts at an offset; return it and the offset of its end.

    Args:
        text: The JSON text.
        at: Offset at which the value starts.
        numbers_as_text: Return numbers as their text.
        allow_halves: Accept lone surrogates and NULs, for a caller that shows them as such.

    Raises:
        JsonFault: An object has a duplicate field, a string holds a lone surrogate or a NUL, or nesting is too deep.
        json.JSONDecodeError: The text is not JSON, or is truncated.
    """
    decoder = _TEXT_DECODER if numbers_as_text else _DECODER
    try:
        value, end = decoder.raw_decode(text, at)
    except _RepeatedError:
        offset, key = _repeated(text, at)
        raise JsonFault(f"an object names the field {key[:60]} twice", offset) from None
    except RecursionError:
        raise JsonFault(_TOO_DEEP, at) from None
    is_deep = text.count("{", at, end) + text.count("[", at, end) > DEPTH_LIMIT
    # Most records hold no escape, which is told far quicker than which one it is.
    if is_deep or (text.find("\\u", at, end) >= 0 and _SUSPECT.search(text, at, end)):
        _check(value, at, allow_halves=allow_halves)
    return value, end


def loads(text: str | bytes, *, allow_halves: bool = False) -> Any:
    """Parse a text that holds exactly one JSON value; see :func:`decode`.

    Raises:
        JsonFault: See :func:`decode`; the message states line and column.
        ValueError: The text is not JSON, is not UTF-8, or continues after its value.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    start = len(text) - len(text.lstrip(" \t\r\n"))
    try:
        value, end = decode(text, start, allow_halves=allow_halves)
    except JsonFault as fault:
        line, column = place(text, fault.offset)
        raise JsonFault(f"{fault.what}: line {line} column {column}", fault.offset) from None
    rest = len(text) - len(text[end:].lstrip(" \t\r\n"))
    if rest != len(text):
        raise json.JSONDecodeError("Extra data", text, rest)
    return value


def place(text: str, offset: int) -> tuple[int, int]:
    """Return the line and column of an offset, each from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


_TOO_DEEP = f"objects or arrays are nested too deep (more than {DEPTH_LIMIT})"


def _check(value: Any, at: int, *, allow_halves: bool) -> None:
    """Refuse a value with a NUL or lone surrogate in a string, or with too deep nesting."""
    left: list[tuple[Any, int]] = [(value, 1)]
    while left:
        found, depth = left.pop()
        if isinstance(found, str):
            if allow_halves:
                continue
            if "\0" in found:
                raise JsonFault("a text holds a NUL character", at)
            if any("\ud800" <= character <= "\udfff" for character in found):
                raise JsonFault(r"a text holds half a character (a lone surrogate such as \ud800)", at)
        elif isinstance(found, dict | list):
            if depth > DEPTH_LIMIT:
                raise JsonFault(_TOO_DEEP, at)
            inner = [*found, *found.values()] if isinstance(found, dict) else found
            left += [(part, depth + 1) for part in inner]


def _repeated(text: str, at: int) -> tuple[int, str]:
    """Return the offset and text of the first duplicate field name in an object."""
    open_: list[set[str] | None] = []
    last: tuple[int, str] | None = None
    for token in _TOKEN.finditer(text, at):
        mark = token[0]
        if mark in "{[":
            open_.append(set() if mark == "{" else None)
        elif mark in "}]":
            open_.pop()
        elif mark == ":" and last is not None and open_ and (names := open_[-1]) is not None:
            name = json.loads(last[1])
            if name in names:
                return last
            names.add(name)
        last = (token.start(), mark) if mark[0] == '"' else None
    return at, "?"
