"""Match acronyms to the words that they stand for, in English and in Russian: NPP, KRET, BMPPC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from stopgap.screening.names.company_name import ReadName, Token
from stopgap.screening.names.words import letter_class

SHORTEST, LONGEST = 2, 8
"""Minimum and maximum number of letters of an acronym."""

MOST_WORDS = 10
"""Maximum number of words, from the start of a name, of which acronyms are made."""

_PAIRS = ("shch", "sh", "zh", "kh", "ts", "ch", "yu", "iu", "ya", "ia")


@dataclass(frozen=True, slots=True)
class AcronymWords:
    """A run of words of a name, from ``start`` to before ``end``, whose first letters form an acronym.

    ``share`` is the number of words in the run divided by the number of words in the name.
    """

    letters: str
    start: int
    end: int
    share: float


@lru_cache(65536)
def acronym_letters(latin: str) -> str:
    """Reduce an acronym to one letter per sound: ``tskb`` becomes ``ckb``."""
    out = []
    place = 0
    while place < len(latin):
        pair = next((pair for pair in _PAIRS if latin.startswith(pair, place)), latin[place])
        out.append(letter_class(pair))
        place += len(pair)
    return "".join(out)


@lru_cache(65536)
def sorted_letters(letters: str) -> str:
    """Sort letters alphabetically, because translation changes the order of words."""
    return "".join(sorted(letters))


def may_be_acronym(token: Token) -> bool:
    """Whether a word is not in the dictionary and has the length of an acronym (2 to 8 letters)."""
    return SHORTEST <= len(token.latin) <= LONGEST and token.key[:1] != "@" and token.latin.isalpha()


def runs(name: ReadName) -> Iterator[AcronymWords]:
    """Yield the acronyms that runs of words in a name form, in the language of the name and in Russian.

    A run of two words counts only if it is the whole name; a run of three or more counts anywhere.
    """
    size = len(name.tokens)
    if size < 2:
        return
    seen: set[tuple[str, int]] = set()
    for letters in _sequences(name):
        for start in range(min(size, len(letters))):
            whole_pair = start == 0 and len(letters) == 2
            for end in range(start + (2 if whole_pair else 3), len(letters) + 1):
                word = "".join(letters[start:end])
                if len(word) > LONGEST:
                    break
                if (word, start) not in seen:
                    seen.add((word, start))
                    yield AcronymWords(word, start, min(end, size), min((end - start) / size, 1.0))


def _sequences(name: ReadName) -> list[tuple[str, ...]]:
    """Return the first letters of a name's words in each variant: Latin, Russian, with ``c`` for "company"."""
    tokens = name.tokens[:MOST_WORDS]
    latin = tuple(token.letters[0] for token in tokens)
    russian = tuple(token.letters[1] for token in tokens)
    found = [latin, russian] if russian != latin else [latin]
    if name.is_company:
        found.append((*latin, "c"))
    if any(token.key == "@sci" for token in tokens):  # "research" alone is both words of N(auchno)-I(ssledovatelskii)
        found.append(tuple("ni" if token.key == "@sci" else token.letters[1] for token in tokens))
    return found
