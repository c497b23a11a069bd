"""Mark the parts of a listed name that a query has in common with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from stopgap.screening.names.company_name import read_name

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class NamePart:
    """A stretch of a name; ``is_found`` where the query has the word, or one that is spelled nearly so."""

    text: str
    is_found: bool


def name_parts(query: str, name: str) -> tuple[NamePart, ...]:
    """Return a name in stretches, in order and whole; the words that the query has too are marked.

    Words count as found where they are the same or mean the same, in any script, or are alike to
    :data:`~stopgap.screening.matching.features.JOIN_LIKENESS` letter by letter. Legal forms are marked where both names
    have the same.
    """
    asked = read_name(query)
    keys = {token.key for token in asked.tokens}
    latin = [token.latin for token in asked.tokens]
    written = {word.casefold() for word in _WORD.findall(query)}
    parts: list[NamePart] = []
    end = 0
    for found in _WORD.finditer(name):
        word = found[0]
        if not _is_found(word, keys, latin, written):
            continue
        if found.start() > end:
            parts.append(NamePart(name[end : found.start()], False))
        parts.append(NamePart(word, True))
        end = found.end()
    if end < len(name):
        parts.append(NamePart(name[end:], False))
    return tuple(parts)


def _is_found(word: str, keys: set[str], latin: list[str], written: set[str]) -> bool:
    if word.casefold() in written:
        return True
    from stopgap.screening.matching.features import JOIN_LIKENESS

    tokens = read_name(word).tokens
    return bool(tokens) and all(
        token.key in keys or any(fuzz.ratio(token.latin, other) >= 100 * JOIN_LIKENESS for other in latin)
        for token in tokens
    )
