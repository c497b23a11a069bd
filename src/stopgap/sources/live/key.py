"""A service's key: used in a request, shown nowhere."""

from __future__ import annotations

import base64
from urllib.parse import quote, quote_plus

HIDDEN = "[key]"
SHORTEST = 4
"""Shorter keys would be found in innocent text."""


class Key:
    """A key that prints as nothing and can be taken out of any text."""

    __slots__ = ("_value", "name")

    def __init__(self, value: str, name: str) -> None:
        self._value = value
        self.name = name

    def __repr__(self) -> str:
        return f"Key({self.name})"

    def reveal(self) -> str:
        """The key itself, for the request that carries it."""
        return self._value

    def forms(self) -> tuple[str, ...]:
        """The ways in which a service may repeat it, longest first."""
        value = self._value
        found = {value, quote(value, safe=""), quote_plus(value), base64.b64encode(value.encode()).decode()}
        return tuple(sorted((form for form in found if len(form) >= SHORTEST), key=len, reverse=True))

    def scrub(self, text: str) -> str:
        """The text without the key."""
        for form in self.forms():
            text = text.replace(form, HIDDEN)
        return text


def scrubbed(text: str, key: Key | None, limit: int = 300) -> str:
    """One printable line of a service's text, without the key."""
    text = key.scrub(text) if key is not None else text
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
