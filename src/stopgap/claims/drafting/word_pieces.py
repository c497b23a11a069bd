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
        small = text.lower()
        if not small.isascii():
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
