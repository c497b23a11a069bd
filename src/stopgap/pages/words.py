"""Notes as sentences on a page."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[a-z]+(?=[ ,;:.]|$)(?!:)")


def as_sentence(text: str) -> str:
    """Return a note as a sentence: its first word begins with a capital unless it is a name, and a full stop ends it."""
    said = text.strip()
    if _PLAIN.match(said):
        said = said[:1].upper() + said[1:]
    return said if said.endswith((".", "!", "?")) else f"{said}."
