"""Notes as sentences on a page."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[a-z]+(?=[ ,;:.]|$)(?!:)")


_OF_A_PROGRAM = re.compile(r"^(?:--|(?:query|body|form|path): ?)")


def place_words(where: str) -> str:
    """Return the place of an error as a person knows it: a field of a form, without the mark of a command or an address."""
    short = _OF_A_PROGRAM.sub("", where.strip())
    return short.replace("_", " ") if short != where.strip() else short


def as_sentence(text: str) -> str:
    """Return a note as a sentence: its first word begins with a capital unless it is a name, and a full stop ends it."""
    said = text.strip()
    if _PLAIN.match(said):
        said = said[:1].upper() + said[1:]
    return said if said.endswith((".", "!", "?")) else f"{said}."
