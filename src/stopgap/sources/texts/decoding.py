"""Decode a file's bytes to text: detect the encoding and normalise line ends."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from stopgap.base.errors import InputError

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I)
_MARKUP = re.compile(rb"<(?:!doctype|html|head|meta|body|\?xml)\b", re.I)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HIGH = re.compile(rb"[\x80-\xff]")
_COMMON_PAIR = re.compile(rb"[\xa1-\xa9\xb0-\xd7][\xa1-\xfe]")
_CYRILLIC_RUN = re.compile(rb"[\xc0-\xff]{3,}")
_HEAD = 8192
_SURROGATE = re.compile("[\ud800-\udfff]")


class Decoded(NamedTuple):
    """The text of a file, with line ends as ``\\n``, and a note on its encoding (``None`` for plain UTF-8)."""

    text: str
    note: str | None


def decoded(content: bytes, name: str) -> Decoded:
    """Decode a text file; a UTF-8 byte-order mark is kept as a character; InputError where the bytes are not text."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return Decoded(_lines(_strict(content, encoding, name)), f"read as {encoding[:6].upper()}")
    if b"\0" in content or len(_CONTROLS.findall(content[:65_536])) * 50 > len(content[:65_536]):
        raise InputError(
            "the file is not text",
            where=f"{name}: it holds bytes that no text has",
            fix="give a text, Markdown, HTML, PDF or JSON-lines file; save UTF-16 with its byte-order mark, or as UTF-8",
        )
    try:
        return Decoded(_lines(content.decode("utf-8")), None)
    except UnicodeDecodeError:
        encoding = _declared(content) or _likely(content)
    return Decoded(_lines(_strict(content, encoding, name)), f"not UTF-8; read as {encoding}")


def whole_characters(text: str) -> str:
    """Replace lone surrogates, which no UTF-8 file can hold, by U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _strict(content: bytes, encoding: str, name: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"the text cannot be read as {encoding}", where=f"{name}, byte {error.start}", fix="save the file as UTF-8"
        ) from error


def _declared(content: bytes) -> str | None:
    """Return the charset that a web page declares; ``None`` where there is none or Python does not know it."""
    head = content[:_HEAD]
    found = _DECLARED.search(head) if _MARKUP.search(head) else None
    if found is None:
        return None
    name = found.group(1).decode("ascii").lower()
    # What browsers do: these names are used for their supersets.
    name = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "windows-1252", "latin1": "windows-1252"}.get(
        name, name
    )  # fmt: skip
    try:
        codec = codecs.lookup(name)
    except LookupError:
        return None
    return name if codec._is_text_encoding and codec.name not in ("utf-8", "utf-16", "utf-32") else None


def _likely(content: bytes) -> str:
    """Guess the encoding from the high bytes.

    GB18030 where most of them form pairs of common Chinese, windows-1251 where most are in runs of Cyrillic letters,
    else windows-1252.
    """
    high = len(_HIGH.findall(content))
    if 2 * len(_COMMON_PAIR.findall(content)) > 0.7 * high:
        try:
            content.decode("gb18030")
        except UnicodeDecodeError:
            return "windows-1252"
        return "gb18030"
    runs = sum(len(run) for run in _CYRILLIC_RUN.findall(content))
    return "windows-1251" if runs > 0.5 * high else "windows-1252"
