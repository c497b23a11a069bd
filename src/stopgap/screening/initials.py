"""Acronyms and the names that they stand for, in English and in Russian: NPP, KRET, BMPPC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from stopgap.screening.names import ReadName, Token
from stopgap.screening.words import letter_class

SHORTEST, LONGEST = 2, 8
"""Letters of a word that may be an acronym."""

MOST_WORDS = 10
"""Words of a name from whose beginnings acronyms are made."""

_PAIRS = ("shch", "sh", "zh", "kh", "ts", "ch", "yu", "iu", "ya", "ia")


@dataclass(frozen=True, slots=True)
class Stands:
    """A word of one name that stands for words of the other.

    Attributes:
        word: Place of the acronym among its name's words.
        start: First of the words that it stands for.
        end: The one after the last.
        letters: How many letters it has.
        is_ordered: Whether the letters stand in the order of the words; in translation the order changes.
    """

    word: int
    start: int
    end: int
    letters: int
    is_ordered: bool


@lru_cache(65536)
def acronym_letters(latin: str) -> str:
    """An acronym's sounds, one letter each: ``tskb`` is ``ckb``."""
    out = []
    place = 0
    while place < len(latin):
        pair = next((pair for pair in _PAIRS if latin.startswith(pair, place)), latin[place])
        out.append(letter_class(pair))
        place += len(pair)
    return "".join(out)


def may_be_acronym(token: Token) -> bool:
    """Whether a word without a known meaning is short enough for an acronym."""
    return SHORTEST <= len(token.latin) <= LONGEST and token.latin.isalpha() and token.key[:1] != "@"


def sequences(name: ReadName) -> tuple[tuple[str, ...], ...]:
    """First letters of a name's words: in the language that it is written in, and in Russian where known."""
    tokens = name.tokens[:MOST_WORDS]
    latin = tuple(token.letters[0] for token in tokens)
    russian = tuple(token.letters[1] for token in tokens)
    found = [latin, russian] if russian != latin else [latin]
    if name.is_company:
        found.append((*latin, "c"))
    if any(token.key == "@sci" for token in tokens):
        found.append(tuple("ni" if token.key == "@sci" else token.letters[1] for token in tokens))
    return tuple(found)


def runs(letters: tuple[str, ...]) -> Iterator[tuple[str, int, int]]:
    """Runs of words whose first letters make an acronym: its letters sorted, start, end.

    Two words do where they are the whole name, three or more anywhere.
    """
    size = len(letters)
    for start in range(size):
        for end in range(start + (2 if start == 0 and size == 2 else 3), size + 1):
            word = "".join(letters[start:end])
            if len(word) > LONGEST:
                break
            yield "".join(sorted(word)), start, end


def explain(acronyms: ReadName, full: ReadName) -> Stands | None:
    """The word of the first name that best stands for words of the second; ``None`` where none does."""
    best: tuple[tuple[bool, int], Stands] | None = None
    for place, token in enumerate(acronyms.tokens):
        if not may_be_acronym(token):
            continue
        letters = acronym_letters(token.latin)
        wanted = "".join(sorted(letters))
        for sequence in sequences(full):
            for found, start, end in runs(sequence):
                if found != wanted:
                    continue
                is_ordered = "".join(sequence[start:end]) == letters
                rank = (is_ordered, end - start)
                if best is None or rank > best[0]:
                    best = rank, Stands(place, start, min(end, len(full.tokens)), len(letters), is_ordered)
    return best[1] if best else None
