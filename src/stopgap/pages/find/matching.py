"""How well a text answers a search: by whole text, its beginning, beginnings of words, parts of words."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WHOLE, BEGINS, WORDS, WITHIN, NONE = 1.0, 0.9, 0.75, 0.5, 0.0
"""Scores: the same text, one that begins so, words that begin so, text that holds it, and neither."""

_WORD = re.compile(r"\w+")


def score_of(query: str, *texts: str) -> float:
    """Return how well the best of some texts answers a search, 0 to 1; case, accents and signs do not count.

    All words of the search must be found; where they stand in several texts together, that counts as within.
    """
    wanted = plain(query)
    if not wanted:
        return NONE
    words = wanted.split()
    known = [plain(text) for text in texts if text]
    best = max((_score(wanted, words, text) for text in known), default=NONE)
    if best == NONE and len(words) > 1 and all(any(word in text for text in known) for word in words):
        return WITHIN
    return best


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Return a text without case, accents and signs, its words parted by one blank."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(_WORD.findall("".join(letter for letter in letters if not unicodedata.combining(letter))))


def _score(wanted: str, words: list[str], text: str) -> float:
    if text == wanted:
        return WHOLE
    if text.startswith(wanted):
        return BEGINS
    known = text.split()
    if all(any(each.startswith(word) for each in known) for word in words):
        return WORDS
    return WITHIN if all(word in text for word in words) else NONE
