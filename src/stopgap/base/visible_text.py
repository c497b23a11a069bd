r"""Escape control, bidirectional and invisible characters in text from files.

A name, a title or a file name may hold characters that control a terminal (ESC), reverse the reading order (U+202E)
or are invisible (U+200B). All outputs show them as ``\x1b``, ``\u202e``, ``\U000e0041``. Letters of every script are
kept, and escaping is idempotent. Text that contains such an escape literally looks the same as the escaped character;
only JSON distinguishes the two.
"""

from __future__ import annotations

import re
import unicodedata

_HIDDEN_RANGES = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters, but for tab and line end
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers, Mongolian selectors
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero-width, line separators, bidi controls, invisible operators
    "\u2800\u3164\uffa0"  # glyphs that are blank
    "\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "\U000e0000-\U000e0fff"  # tag characters, further variation selectors
)
HIDDEN = re.compile(rf"[{_HIDDEN_RANGES}]|\r(?!\n)")
"""Matches a character to escape; joiners and selectors that a script requires are exempt (``_belongs``)."""

_LINE_END = re.compile(r"\r\n|[\n\t]")

# Scripts whose letters take another shape next to a joiner (U+200C, U+200D).
_JOINED = re.compile(
    "[\u0600-\u07ff\u0840-\u0dff\u0f00-\u109f\u1780-\u18af\u1a20-\u1bff\ua840-\ua8ff\ua980-\ua9df\uaa60-\uaa7f"
    "\uabc0-\uabff\U00010a00-\U00010aff\U00010d00-\U00010d3f\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)
_IDEOGRAPH = re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_MONGOLIAN = re.compile("[\u1820-\u18aa]")
_ZWNJ, _ZWJ, _EMOJI_STYLE, _KEYCAP = "\u200c", "\u200d", "\ufe0f", "\u20e3"
_VIRAMA = 9  # canonical combining class


def visible(text: str) -> str:
    """Return `text` with every hidden character escaped; line ends and tabs are kept."""
    return HIDDEN.sub(_shown, text)


def one_line(text: str) -> str:
    """Return `text` on one line: hidden characters escaped, each line end and tab replaced by a space."""
    return visible(_LINE_END.sub(" ", text))


def json_escaped(text: str) -> str:
    r"""Return JSON text with hidden characters as JSON escapes (``\u202e``), so that it parses to the same value."""
    return HIDDEN.sub(_as_json, text)


def _shown(found: re.Match[str]) -> str:
    return found.group() if _belongs(found) else _escape(found.group())


def _as_json(found: re.Match[str]) -> str:
    if _belongs(found):
        return found.group()
    code = ord(found.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _belongs(found: re.Match[str]) -> bool:
    """Return whether a joiner or selector is required at its place by a script or an emoji."""
    char, text = found.group(), found.string
    before = text[found.start() - 1 : found.start()]
    after = text[found.end() : found.end() + 1]
    if char in (_ZWNJ, _ZWJ):
        return _joins(char, before, after, text[: found.start()][-2:-1])
    if not before or HIDDEN.match(before):
        return False
    if "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        if char in ("\ufe0e", _EMOJI_STYLE) and (_is_symbol(before) or (after == _KEYCAP and before in "0123456789#*")):
            return True
        return _IDEOGRAPH.match(before) is not None
    return char in "\u180b\u180c\u180d\u180f" and _MONGOLIAN.match(before) is not None


def _joins(char: str, before: str, after: str, further: str) -> bool:
    if not before:
        return False
    if _JOINED.match(before) and not HIDDEN.match(before):
        if unicodedata.combining(before) == _VIRAMA:
            return True
        return bool(after) and _is_letter(before) and _JOINED.match(after) is not None and _is_letter(after)
    if char == _ZWJ and after:  # a family, a profession: emoji that are one picture
        picture = further if before == _EMOJI_STYLE else before
        return bool(picture) and _is_symbol(picture) and _is_symbol(after)
    return False


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM" and not HIDDEN.match(char)


def _is_symbol(char: str) -> bool:
    """Return whether a character is a non-ASCII symbol or punctuation mark, which may be drawn as an emoji."""
    return char > "\x7f" and unicodedata.category(char)[0] in "SP" and not HIDDEN.match(char)
