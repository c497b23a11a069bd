"""The words of all listed names: how rare each is among company names, and which of them a query's word sounds like."""

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
from sparse_dot_topn import sp_matmul_topn

from stopgap.screening.index.ngram_index import rarest
from stopgap.screening.names.transliteration import skeleton

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

NEIGHBOURS = 20
"""Words of the lists that one word of a query is held against."""

NEAREST = 0.3
"""Cosine of letter groups below which words are not held against each other."""

MANY_WORDS = 900
"""Listed words that have a group of letters from which on it is left out, but for the five rarest of a word."""

SIMILAR = 0.62
"""Likeness of two words below which they count as different."""

_DIMENSIONS = 1 << 16

PRIOR = 3000
"""Names in general count as so many names of the lists."""

LEAST, MOST = 0.3, 9.0
"""Bounds of a word's weight, the logarithm of how seldom it is."""


@cache
def background() -> Mapping[str, float]:
    """Word -> share of company names that have it (``data/rarity.csv``); words that are not there are rarer."""
    text = (files("stopgap.screening") / "data" / "rarity.csv").read_text(encoding="utf-8")
    return {row["word"]: float(row["share"]) for row in csv.DictReader(text.splitlines())}


def weights(
    keys: Sequence[str], names: Sequence[Sequence[int]], shares: Mapping[str, float]
) -> npt.NDArray[np.float32]:
    """(words,) weight of each word: minus the logarithm of the share of names that have it.

    ``names`` holds the numbers of the words of each name, ``shares`` the share of names in general that have a word.
    """
    counts = np.zeros(len(keys))
    for words in names:
        counts[list(set(words))] += 1
    general = np.fromiter((shares.get(key, 0.0) for key in keys), np.float64, len(keys))
    rate = (np.maximum(counts, 1) + PRIOR * general) / (len(names) + PRIOR)
    return np.clip(-np.log(np.minimum(rate, 1.0)), LEAST, MOST).astype(np.float32)


@dataclass(frozen=True)
class Neighbours:
    """For each word of some queries the words of the lists that are like it.

    ``starts`` (words + 1,) says where each word's neighbours begin; ``words`` are numbers of listed words, ascending
    for each word; ``likeness`` is ``SIMILAR`` to 1.
    """

    starts: Ints
    words: Ints
    likeness: Floats


class Vocabulary:
    """Words of listed names (``keys``, by number): a reduced spelling, or ``@`` and a concept; and their spellings.

    An entry is a spelling in reduced Latin letters; several may stand for one word, a concept, whose number is in
    ``word_of``. ``skeletons`` are the entries' consonant classes, ``groups`` is (letter groups, entries).
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

    def neighbours(self, keys: Sequence[str], heard: Sequence[str], exactly: Sequence[bool]) -> Neighbours:
        """Listed words like each of ``keys`` (and ``heard``, its skeleton where only its sound is known).

        A concept is like itself alone; a spelling is like the same spelling, or those that differ in a letter or an
        ending.
        """
        fuzzy = [
            place for place, key in enumerate(keys) if not key.startswith("@") and len(key) > 2 and not exactly[place]
        ]
        spelled = ["" if heard[place] else keys[place] for place in fuzzy]
        bones = [heard[place] or skeleton(keys[place]) for place in fuzzy]
        near = sp_matmul_topn(
            rarest(letter_groups(spelled, bones), np.diff(self.groups.indptr), least=5, most=MANY_WORDS),
            self.groups,
            top_n=NEIGHBOURS,
            threshold=NEAREST,
            sort=True,
        ).tocoo()
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
    """A reduced word without the ending of a Russian adjective, where four letters are left."""
    found = _ADJECTIVE.search(word, 4)
    return word[: found.start()] if found else word


def letter_groups(spelled: Sequence[str], skeletons: Sequence[str]) -> sparse.csr_matrix:
    """(words, groups): groups of two and three letters of the spelling and of the skeleton, rows of length 1."""
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
    """A number for three characters, the same in every process."""
    number = 0
    for char in letters:
        number = number * 40 + _PLACE.get(char, 39)
    return number


_PLACE = {char: place for place, char in enumerate("^$<>abcdefghijklmnopqrstuvwxyz012345678")}
