"""Words as the pieces that a network knows: small letters without accents, the longest known piece first.

As BERT does it (Devlin et al. 2019; WordPiece: Wu et al. 2016).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

UNKNOWN, START, END = 100, 101, 102
"""Numbers of the pieces that stand for no known piece, and for the start and end of what is read."""
_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")
_CHUNK = re.compile(r"(?:[^\W_]|[\u00ad\u0300-\u036f\u200b-\u200f])+|\S")
"""A word with its accents, or a mark."""
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_LEFT_OUT = ("Mn", "Cc", "Cf")
_LONGEST = 100
"""Letters of a word beyond which it is unknown."""


class WordPieces:
    """Numbers of the pieces of a text.

    Args:
        vocabulary: The pieces in order of their numbers; those that go on within a word begin with ``##``.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self._split: dict[str, list[int]] = {}

    def __call__(self, text: str) -> list[int]:
        """Numbers of the pieces of a text in order."""
        return [number for number, *_ in self.placed(text)]

    def placed(self, text: str, start: int = 0) -> list[tuple[int, int, int]]:
        """Numbers of the pieces, and from where to where the words that they are of stand.

        Args:
            text: The text.
            start: Of its first character.
        """
        return [
            (number, start + chunk.start(), start + chunk.end())
            for chunk in _CHUNK.finditer(text)
            for number in self._numbers_of(chunk.group())
        ]

    def _numbers_of(self, text: str) -> list[int]:
        small = text.lower()
        if not (small.isascii() and small.isprintable()):
            letters = unicodedata.normalize("NFD", small)
            kept = (c if c.isspace() or unicodedata.category(c) not in _LEFT_OUT else "" for c in letters)
            small = _HAN.sub(lambda found: f" {found.group()} ", "".join(kept))
        out: list[int] = []
        for word in _WORD.findall(small):
            pieces = self._split.get(word)
            if pieces is None:
                pieces = self._split[word] = self._pieces(word)
            out += pieces
        return out

    def _pieces(self, word: str) -> list[int]:
        out: list[int] = []
        at = 0
        while at < len(word) <= _LONGEST:
            mark = "##" if at else ""
            end = next((e for e in range(len(word), at, -1) if mark + word[at:e] in self._numbers), None)
            if end is None:
                return [UNKNOWN]
            out.append(self._numbers[mark + word[at:end]])
            at = end
        return out or [UNKNOWN]
