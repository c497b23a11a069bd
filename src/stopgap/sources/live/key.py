r"""API keys: used in requests, hidden everywhere else, and detected in a reply in any of many encodings.

A text is decoded first, in layers, until nothing more can be decoded, with every combination
of the following families of escapes that occur in it:

- backslash: ``\u0061``, ``\u{61}``, ``\U00000061``, ``\x61``, ``\141``, ``\/``;
- percent: ``%61``, ``%2561`` (escaped repeatedly), ``%u0061``;
- HTML entity: ``&#97;``, ``&#x61;``, ``&amp;#97;``, named ones, with or without the semicolon;
- quoted-printable: ``=61``.

Each layer is then reduced to lower-case letters and digits (for a key with fewer than 16 of
them: to lower-case characters without blanks), so that case, blanks, line ends, quotes,
hyphens and zero bytes between characters do not matter. The result is searched for: the
key; either half of it (of 32 letters and digits the first or last 16; at least 12); the
key reversed; its hexadecimal and decimal codes; its base64 at each of three alignments, and
its base32 at each of five, of the key as it is, in lower and in upper case.

Not detected: parts of a key shorter than half, text encrypted or compressed within a reply,
and base64 within base64.
"""

from __future__ import annotations

import base64
import itertools
import re
import string
from collections.abc import Callable, Iterable, Iterator
from html.entities import html5
from urllib.parse import quote

LONG = 16
"""A key with at least this many letters and digits is searched for regardless of other characters between them."""
LEAST_PART = 12
LAYERS = 8
"""Most nested layers of encoding that are decoded."""
OVERLAP = 16_384
"""Most bytes, without blanks, that an encoded key may take; this much of the earlier parts is searched again."""

_BLANKS = bytes(range(33)) + b"\x7f"
_DECODED_BLANKS = frozenset({0, 9, 10, 13, 32})
_LOWER = bytes(range(256)).lower()
_ALNUM = b"0123456789abcdefghijklmnopqrstuvwxyz"
_OTHERS = bytes(byte for byte in range(256) if byte not in _ALNUM)


def _sign(code: int, found: re.Match[bytes]) -> bytes:
    """Return the character of a code: empty for blanks, and the text unchanged where no key can hold the character."""
    if code in _DECODED_BLANKS:
        return b""
    return bytes([code]) if 33 <= code < 127 else found[0]


def _from_hex(found: re.Match[bytes]) -> bytes:
    return _sign(int(found[1], 16), found)


def _from_backslash(found: re.Match[bytes]) -> bytes:
    digits, octal, other = found[1] or found[2] or found[3] or found[4], found[5], found[6]
    if digits:
        return _sign(int(digits, 16), found)
    if octal:
        return _sign(int(octal, 8), found)
    return b"" if other in b"bfnrtv" else other


_NAMES = {name.lower().rstrip(";").encode(): text.lower().encode() for name, text in html5.items() if text.isascii()}


def _from_entity(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return _sign(int(found[1], 16), found)
    if found[2]:
        return _sign(int(found[2]), found)
    return _NAMES.get(found[3], found[0])


def _entities(end: bytes) -> re.Pattern[bytes]:
    names = b"|".join(re.escape(name) for name in sorted(_NAMES, key=len, reverse=True))
    numbers = rb"&#x0*([0-7]?[0-9a-f])(?![0-9a-f])" + end + rb"|&#0*([0-9]{1,3})(?![0-9])" + end
    return re.compile(numbers + rb"|&(" + names + rb")" + end)


_Decoder = tuple[bytes, "re.Pattern[bytes]", Callable[["re.Match[bytes]"], bytes]]
_FAMILIES: tuple[_Decoder, ...] = (
    (
        b"\\",
        re.compile(
            rb"\\u0{6}([0-7][0-9a-f])|\\u00([0-7][0-9a-f])|\\u\{0*([0-7]?[0-9a-f])\}|\\x([0-7][0-9a-f])"
            rb"|\\([01][0-7]{2})|\\([^u0-9])"
        ),
        _from_backslash,
    ),
    (b"%", re.compile(rb"%(?:u00)?([0-7][0-9a-f])"), _from_hex),
    (b"&", _entities(rb";"), _from_entity),
    (b"&", _entities(rb";?"), _from_entity),  # readers of HTML take them without the semicolon too
    (b"=", re.compile(rb"=([0-7][0-9a-f])"), _from_hex),
)


def _layers(text: bytes, families: Iterable[_Decoder]) -> Iterator[bytes]:
    """Yield the text after each successive round of decoding."""
    for _ in range(LAYERS):
        before = text
        for mark, pattern, decode in families:
            if mark in text:
                text = pattern.sub(decode, text)
        if text == before:
            return
        text = text.translate(_LOWER)
        yield text


def _readings(text: bytes) -> Iterator[bytes]:
    """Yield the text and all its decoded layers, for each subset of the escape families that occur in it.

    Every subset is tried, because a character that precedes a key by chance (``key=…``) is not
    quoted-printable, and decoding it as such would destroy the key's first characters.
    """
    yield text
    marked = [family for family in _FAMILIES if family[0] in text]
    # A family that another one brings to light (``%5cu0061``) belongs to the sets of that one.
    hidden = [family for family in _FAMILIES if family not in marked] if marked else []
    for size in range(1, len(marked) + 1):
        for chosen in itertools.combinations(marked, size):
            if len({mark for mark, _, _ in chosen}) < size:
                continue  # entities in one of their two ways at a time
            yield from _layers(text, chosen)
            if hidden:
                yield from _layers(text, (*chosen, *hidden))


def canonical(value: str) -> str:
    """Decode a key as far as possible and reduce it to lower-case letters and digits."""
    text = value.encode().translate(_LOWER, _BLANKS)
    *_, last = text, *_layers(text, _FAMILIES)
    return last.translate(None, _OTHERS).decode("ascii")


class SpelledKey:
    """Search patterns for one key in all its encodings."""

    __slots__ = ("_dropped", "_needles")

    def __init__(self, value: str) -> None:
        is_long = len(canonical(value)) >= LONG
        self._dropped = _OTHERS if is_long else _BLANKS
        found = set(_needles(value, is_long=is_long))
        reduced = {needle.translate(_LOWER).translate(None, self._dropped) for needle in found}
        least = LEAST_PART if is_long else 8
        self._needles = tuple(sorted(needle for needle in reduced if len(needle) >= least))

    def is_in_stripped(self, text: bytes) -> bool:
        """Whether a lower-case text without blanks contains the key."""
        for reading in _readings(text):
            reduced = reading.translate(None, self._dropped)
            if any(needle in reduced for needle in self._needles):
                return True
        return False


class KeySearch:
    """Searches for one key in a text that arrives in parts."""

    __slots__ = ("_key", "_tail")

    def __init__(self, key: SpelledKey) -> None:
        self._key = key
        self._tail = b""

    def finds(self, part: bytes) -> bool:
        """Whether the key is in the next part, or spans the border with the earlier ones."""
        window = self._tail + part.translate(_LOWER, _BLANKS)
        self._tail = window[-OVERLAP:]
        return self._key.is_in_stripped(window)


def _needles(value: str, *, is_long: bool) -> Iterator[bytes]:
    """Yield the byte strings that show, in a decoded reply, that it contains the key."""
    key = value.encode()
    dropped = _OTHERS if is_long else _BLANKS
    for reading in _readings(key.translate(_LOWER, _BLANKS)):
        plain = reading.translate(None, dropped)
        yield plain
        yield plain[::-1]
        if is_long and len(plain) >= LONG:
            part = max(LEAST_PART, (len(plain) + 1) // 2)
            yield plain[:part]
            yield plain[-part:]
    for cased in {key, key.lower(), key.upper()}:
        yield cased.hex().encode()
        yield b"".join(b"0x%02x" % byte for byte in cased)
        yield b"".join(b"%d" % byte for byte in cased)
        for before in range(3):
            found = _aligned(base64.b64encode(bytes(before) + cased), before, len(cased), bits=6)
            yield found
            yield found.translate(bytes.maketrans(b"+/", b"-_"))
        for before in range(5):
            yield _aligned(base64.b32encode(bytes(before) + cased), before, len(cased), bits=5)


def _aligned(encoded: bytes, before: int, size: int, *, bits: int) -> bytes:
    """Return the part of an encoded key that does not depend on the bytes before and after it."""
    return encoded[-(-before * 8 // bits) : (before + size) * 8 // bits]


HIDDEN = "[key]"
WITHHELD = "its words repeat the key and are not shown"
RUN = 6
"""Length of a run of the key's characters from which it is hidden in a message."""
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_KEY = re.compile(r"[\x21-\x7e]{8,512}")
_FIGURE = re.compile(r"[0-9]{1,19}")
SHORTEST = 8
"""Fewest letters and digits of a key: shorter ones occur by chance in ordinary replies."""


def fault_of_key(value: str) -> str | None:
    """Return why a text is not a valid key, without repeating it; ``None`` where it is valid."""
    if not _KEY.fullmatch(value):
        return "a key is 8 to 512 printable characters without blanks"
    if len(canonical(value)) < SHORTEST:
        return f"a key has at least {SHORTEST} letters or digits: a shorter one occurs in ordinary replies"
    if _FIGURE.fullmatch(value):
        return "a key of fewer than 20 digits cannot be told from a figure"
    return None


class Key:
    """An API key that never prints its value, and can be detected in and removed from texts."""

    __slots__ = ("_value", "name", "spelled")

    def __init__(self, value: str, name: str) -> None:
        self._value = value
        self.name = name
        self.spelled = SpelledKey(value)

    def __repr__(self) -> str:
        return f"Key({self.name})"

    def __reduce__(self) -> str:
        raise TypeError("a key is not pickled")

    def reveal(self) -> str:
        """Return the plain key, for the request that carries it."""
        return self._value

    def is_in(self, text: str) -> bool:
        """Whether a text contains the key in one of the encodings that the module describes."""
        return KeySearch(self.spelled).finds(text.encode("utf-8", "replace"))

    def scrub(self, text: str) -> str:
        """Replace the key and runs of its characters in a text; a text that still contains it is withheld entirely."""
        for form in sorted({self._value, quote(self._value, safe="")}, key=len, reverse=True):
            text = re.sub(re.escape(form), HIDDEN, text, flags=re.IGNORECASE)
        text = self._without_runs(text)
        return WITHHELD if self.is_in(text) else text

    def _without_runs(self, text: str) -> str:
        """Replace parts of the key, such as its first characters, in a text."""
        low, key = text.translate(_SMALL), self._value.translate(_SMALL)
        kept: list[str] = []
        place = 0
        while place < len(text):
            size = 0
            if low[place : place + RUN] in key and place + RUN <= len(text):
                size = RUN
                while place + size < len(text) and low[place : place + size + 1] in key:
                    size += 1
            kept.append(HIDDEN if size else text[place])
            place += size or 1
        return "".join(kept)


def scrubbed(text: str, key: Key | None, limit: int = 300) -> str:
    """Return a service's text as one printable line of at most ``limit`` characters, without the key."""
    text = key.scrub(text) if key is not None else text
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
