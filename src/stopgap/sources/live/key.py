"""API keys: used in requests, hidden everywhere else."""

from __future__ import annotations

import re
import string
from urllib.parse import quote

from stopgap.sources.live.key_spellings import SpelledKey, canonical

HIDDEN = "[key]"
WITHHELD = "its words repeat the key and are not shown"
RUN = 6
"""Characters of the key in a row that are hidden in a message."""
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_KEY = re.compile(r"[\x21-\x7e]{8,512}")
_FIGURE = re.compile(r"[0-9]{1,19}")
SHORTEST = 8
"""Letters and digits that a key has at least: shorter ones occur in ordinary replies."""


def fault_of_key(value: str) -> str | None:
    """Why a text is no key; None where it is one. The text is not repeated."""
    if not _KEY.fullmatch(value):
        return "a key is 8 to 512 printable characters without blanks"
    if len(canonical(value)) < SHORTEST:
        return f"a key has at least {SHORTEST} letters or digits: a shorter one occurs in ordinary replies"
    if _FIGURE.fullmatch(value):
        return "a key of fewer than 20 digits cannot be told from a figure"
    return None


class Key:
    """A key that prints as nothing, is found in any text, and can be taken out of it."""

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
        """The key itself, for the request that carries it."""
        return self._value

    def is_in(self, text: str) -> bool:
        """Whether a text repeats the key in one of the spellings of :mod:`key_spellings`."""
        return self.spelled.is_in(text.encode("utf-8", "replace"))

    def scrub(self, text: str) -> str:
        """The text without the key and without runs of it; nothing of a text that still repeats it."""
        for form in sorted({self._value, quote(self._value, safe="")}, key=len, reverse=True):
            text = re.sub(re.escape(form), HIDDEN, text, flags=re.IGNORECASE)
        text = self._without_runs(text)
        return WITHHELD if self.is_in(text) else text

    def _without_runs(self, text: str) -> str:
        """The text without parts of the key, such as its first characters."""
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
    """One printable line of a service's text, without the key."""
    text = key.scrub(text) if key is not None else text
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
