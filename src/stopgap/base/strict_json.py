"""Parse JSON from outside strictly: duplicate keys, trailing bytes and broken characters are errors.

Python's reader keeps the last of two fields of one name, and lets through halves of characters that no file can
hold. Here both are faults with a place, and so is nesting that no table, reply or record has.
"""

from __future__ import annotations

import json
import re
from typing import Any

DEPTH_LIMIT = 64
"""Objects and arrays within one another; replies of services reach 8."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]', re.S)
_SUSPECT = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")


class JsonFault(ValueError):
    """What is wrong with JSON text, and where.

    Attributes:
        what: The fault, in a few words.
        offset: Characters before it.
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
    """The JSON value that begins at a place, and the place behind it.

    Args:
        text: The JSON.
        at: Where the value begins.
        numbers_as_text: Numbers stay the text that they are.
        allow_halves: Halves of characters and NULs are let through, for a caller that shows them as such.

    Raises:
        JsonFault: An object names a field twice, a text holds half a character or a NUL, or objects are nested too deep.
        json.JSONDecodeError: It is no JSON, or is cut off.
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
    """The one JSON value that a text holds; see :func:`decode`.

    Raises:
        JsonFault: See :func:`decode`; its message names line and column.
        ValueError: It is no JSON, is no UTF-8, or goes on behind its value.
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
    """Line and column of a character, each from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


_TOO_DEEP = f"objects or arrays are nested too deep (more than {DEPTH_LIMIT})"


def _check(value: Any, at: int, *, allow_halves: bool) -> None:
    """Walks through a value whose text looks suspect."""
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
    """Place and text of the first field name that stands twice in its object."""
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
