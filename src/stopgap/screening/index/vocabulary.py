"""Vocabulary of all listed names: rarity of each word, and listed words similar to a query's word."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist
from scipy import sparse

from stopgap.screening.index.ngram_index import rarest
from stopgap.screening.index.sparse_product import top_products
from stopgap.screening.names.transliteration import skeleton

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

NEIGHBOURS = 20
"""Maximum number of listed words compared with one word of a query."""

NEAREST = 0.3
"""Minimum cosine of letter groups of two words for them to be compared."""

MANY_WORDS = 900
"""Number of listed words with a letter group from which on it is ignored, except for the five rarest of a word."""

SIMILAR = 0.62
"""Minimum similarity of two words; below it they count as different."""

_DIMENSIONS = 1 << 16

PRIOR = 3000
"""Pseudo-count: the background word frequencies count as much as this many listed names."""

LEAST, MOST = 0.3, 9.0
"""Bounds of a word's weight, which is minus the logarithm of its frequency."""


@cache
def background() -> Mapping[str, float]:
    """Read the share of company names that contain each word (``data/rarity.csv``); words missing there are rarer."""
    text = (files("stopgap.screening") / "data" / "rarity.csv").read_text(encoding="utf-8")
    return {row["word"]: float(row["share"]) for row in csv.DictReader(text.splitlines())}


def weights(
    keys: Sequence[str], names: Sequence[Sequence[int]], shares: Mapping[str, float]
) -> npt.NDArray[np.float32]:
    """Return the weight of each word (words,): minus the logarithm of the share of names that contain it.

    ``names`` holds the word numbers of each name, ``shares`` the share of company names in general with each word.
    """
    counts = np.zeros(len(keys))
    for words in names:
        counts[list(set(words))] += 1
    general = np.fromiter((shares.get(key, 0.0) for key in keys), np.float64, len(keys))
    rate = (np.maximum(counts, 1) + PRIOR * general) / (len(names) + PRIOR)
    return np.clip(-np.log(np.minimum(rate, 1.0)), LEAST, MOST).astype(np.float32)


@dataclass(frozen=True)
class Neighbours:
    """Listed words similar to each word of a batch of queries.

    ``starts`` (words + 1,) is the position of each word's first neighbour; ``words`` are numbers of listed words,
    ascending for each word; ``likeness`` is their similarity, ``SIMILAR`` to 1.
    """

    starts: Ints
    words: Ints
    likeness: Floats


class Vocabulary:
    """Words of listed names, by number, with their spellings.

    A word (``keys``) is a reduced spelling, or ``@`` and a concept. An entry is a spelling in reduced Latin letters;
    several entries may belong to one concept. ``word_of`` is the word number of each entry, ``skeletons`` its consonant
    classes, ``groups`` the matrix (letter groups, entries).
    """

    def __init__(
        self,
        keys: Sequence[str],
        spelled: Sequence[str],
        word_of: Ints,
        *,
        skeletons: Sequence[str] | None = None,
        groups: sparse.csr_matrix | None = None,
    ) -> None:
        self.keys = list(keys)
        self.spelled = list(spelled)
        self.word_of = word_of
        self.number = {key: number for number, key in enumerate(self.keys)}
        self.skeletons = [skeleton(word) for word in self.spelled] if skeletons is None else list(skeletons)
        self.groups = letter_groups(self.spelled, self.skeletons).T.tocsr() if groups is None else groups
        self._counts = np.diff(self.groups.indptr)

    def neighbours(self, keys: Sequence[str], heard: Sequence[str], exactly: Sequence[bool]) -> Neighbours:
        """Find the listed words similar to each of ``keys``.

        ``heard`` is a word's skeleton if only its sound is known, otherwise empty; words flagged in ``exactly`` match
        only themselves. A concept matches only itself; a spelling matches identical spellings, and those that differ in
        a letter or an ending.
        """
        fuzzy = [
            place for place, key in enumerate(keys) if not key.startswith("@") and len(key) > 2 and not exactly[place]
        ]
        spelled = ["" if heard[place] else keys[place] for place in fuzzy]
        bones = [heard[place] or skeleton(keys[place]) for place in fuzzy]
        near = top_products(
            rarest(letter_groups(spelled, bones), self._counts, least=5, most=MANY_WORDS),
            self.groups,
            most=NEIGHBOURS,
            threshold=NEAREST,
            sort=True,
        )
        rows = np.asarray(fuzzy, dtype=np.int64)[near.row] if fuzzy else np.zeros(0, dtype=np.int64)
        entries = near.col.astype(np.int64)
        likeness = self._likeness(keys, heard, rows, entries)
        words = self.word_of[entries]
        exact = [(place, self.number[key]) for place, key in enumerate(keys) if key in self.number]
        rows = np.concatenate([rows, np.asarray([place for place, _ in exact], dtype=np.int64)])
        words = np.concatenate([words, np.asarray([word for _, word in exact], dtype=np.int64)])
        likeness = np.concatenate([likeness, np.ones(len(exact), dtype=np.float32)])
        kept = likeness >= SIMILAR
        rows, words, likeness = rows[kept], words[kept], likeness[kept]
        order = np.lexsort((-likeness, words, rows))
        rows, words, likeness = rows[order], words[order], likeness[order]
        first = np.ones(len(rows), dtype=bool)
        first[1:] = (rows[1:] != rows[:-1]) | (words[1:] != words[:-1])
        rows, words, likeness = rows[first], words[first], likeness[first]
        return Neighbours(np.searchsorted(rows, np.arange(len(keys) + 1)), words, likeness)

    def _likeness(self, keys: Sequence[str], heard: Sequence[str], rows: Ints, entries: Ints) -> Floats:
        if not len(rows):
            return np.zeros(0, dtype=np.float32)
        left = [keys[row] for row in rows]
        right = [self.spelled[entry] for entry in entries]
        spelled = 0.5 * cpdist(left, right, scorer=OSA.normalized_similarity) + 0.5 * cpdist(
            left, right, scorer=JaroWinkler.similarity
        )
        bones_left = [heard[row] or skeleton(keys[row]) for row in rows]
        bones_right = [self.skeletons[entry] for entry in entries]
        by_ear = cpdist(bones_left, bones_right, scorer=OSA.normalized_similarity)
        is_heard = np.asarray([bool(heard[row]) for row in rows])
        # A word and its adjective: murom, muromski.
        ends_left, ends_right = [stem(word) for word in left], [stem(word) for word in right]
        spelled = np.where(
            cpdist(ends_left, ends_right, scorer=OSA.normalized_similarity) == 1, np.maximum(spelled, 0.94), spelled
        )
        length = np.minimum([len(bone) for bone in bones_left], [len(bone) for bone in bones_right])
        # Few consonants say little: BR is as good as any two letters.
        by_ear = by_ear * np.where(length >= 4, 0.95, np.where(length == 3, 0.85, np.where(length == 2, 0.7, 0.4)))
        return np.where(is_heard, np.maximum(by_ear, spelled), np.maximum(spelled, 0.9 * by_ear)).astype(np.float32)


_ADJECTIVE = re.compile("(?:(?:ov|ev)?(?:sk|ck)(?:i|ii|aia|oe|oi|ogo|ie|im|ih)?|aia|oe|ogo|ni|naia|noe|i|a)$")


@lru_cache(262144)
def stem(word: str) -> str:
    """Strip the ending of a Russian adjective from a reduced word if at least four letters remain."""
    found = _ADJECTIVE.search(word, 4)
    return word[: found.start()] if found else word


def letter_groups(spelled: Sequence[str], skeletons: Sequence[str]) -> sparse.csr_matrix:
    """Return the matrix (words, groups) of character 2- and 3-grams of spellings and 3-grams of skeletons.

    Rows are scaled to norm 1.
    """
    indices: list[int] = []
    starts = [0]
    for word, bones in zip(spelled, skeletons, strict=True):
        found: set[str] = set()
        if word:
            padded = f"^{word[:24]}$"
            found.update(padded[place : place + 3] for place in range(len(padded) - 2))
            found.update(padded[place : place + 2] for place in range(len(padded) - 1))
        if len(bones) > 1:
            padded = f"<{bones[:16]}>"
            found.update(padded[place : place + 3] for place in range(len(padded) - 2))
        indices += sorted({_group(letters) for letters in found})
        starts.append(len(indices))
    sizes = np.diff(starts)
    values = np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes).astype(np.float32)
    return sparse.csr_matrix(
        (values, np.asarray(indices, dtype=np.int32), np.asarray(starts, dtype=np.int32)),
        shape=(len(spelled), _DIMENSIONS),
    )


def _group(letters: str) -> int:
    """Encode two or three characters as a number that is the same in every process."""
    number = 0
    for char in letters:
        number = number * 40 + _PLACE.get(char, 39)
    return number


_PLACE = {char: place for place, char in enumerate("^$<>abcdefghijklmnopqrstuvwxyz012345678")}
