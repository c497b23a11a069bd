"""Retrieve candidate listed names for many queries at once."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from stopgap.screening.index.name_table import Letters, NameTable, NameWords, join_of
from stopgap.screening.index.ngram_index import asked_groups, rarest
from stopgap.screening.index.sparse_product import top_products
from stopgap.screening.index.vocabulary import MOST, Neighbours
from stopgap.screening.names.acronyms import acronym_letters, may_be_acronym, runs, sorted_letters
from stopgap.screening.names.company_name import ReadName

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

CANDIDATES = 24
"""Maximum number of candidate names per query found by shared words."""

FAR = 0.12
"""Minimum cosine similarity of a candidate name."""

FAR_BELOW = 0.4
"""Minimum cosine of a candidate, as a fraction of the query's best cosine."""

BY_LETTERS, FAR_IN_LETTERS = 5, 0.25
"""Maximum number of further candidates found by shared character 4-grams, and their minimum cosine."""

MANY_NAMES = 600
"""Number of names sharing a 4-gram from which on it is ignored, except for the six rarest of a query."""

NEARLY_THE_SAME = 0.86
"""Similarity from which a query's word counts as a misspelling of a listed word and gets that word's weight."""


@dataclass(frozen=True)
class QueryArrays:
    """A batch of queries as arrays; words are numbered over the batch, and a name's joins follow its own words.

    ``weight`` (words,) is the rarity of each word, ``near`` holds the listed words similar to each of them.
    """

    names: list[ReadName]
    words: NameWords
    weight: Floats
    near: Neighbours


@dataclass(frozen=True)
class CandidatePairs:
    """Candidate pairs of queries and listed names.

    Attributes:
        query: (pairs,) number of the query; ascending.
        name: (pairs,) number of the listed name.
        cosine: (pairs,) cosine of the weighted words; misspellings count less.
        acronym: For each pair found by an acronym, in the order of ``acronym_pair``: (words of the query, words of the
            name, ordered, letters) as (start, end, start, end, 0 or 1, count).
        acronym_pair: Numbers of those pairs.
    """

    query: Ints
    name: Ints
    cosine: Floats
    acronym: Ints
    acronym_pair: Ints

    def take(self, rows: Ints) -> CandidatePairs:
        """Select pairs by their numbers, given in ascending order."""
        if not len(rows):
            none = np.zeros(0, dtype=np.int64)
            return CandidatePairs(none, none, self.cosine[:0], self.acronym[:0], none)
        place = np.minimum(np.searchsorted(rows, self.acronym_pair), len(rows) - 1)
        kept = rows[place] == self.acronym_pair
        return CandidatePairs(self.query[rows], self.name[rows], self.cosine[rows], self.acronym[kept], place[kept])


def ask(table: NameTable, names: list[ReadName]) -> QueryArrays:
    """Convert queries to arrays, with the listed words similar to each of their words."""
    unique: dict[tuple[str, str, bool], int] = {}
    words: list[int] = []
    starts = [0]
    for name in names:
        tokens = name.tokens
        words += [unique.setdefault((token.key, token.skeleton, False), len(unique)) for token in tokens]
        words += [
            unique.setdefault((join_of(a.latin, b.latin), "", True), len(unique)) for a, b in itertools.pairwise(tokens)
        ]
        starts.append(len(words))
    keys = list(unique)
    near = table.vocabulary.neighbours(
        [key for key, _, _ in keys], [heard for _, heard, _ in keys], [exactly for _, _, exactly in keys]
    )
    sizes = np.fromiter((len(name.tokens) for name in names), np.int64, len(names))
    weight = np.full(len(keys), MOST, dtype=np.float32)
    rows = np.repeat(np.arange(len(keys)), np.diff(near.starts))
    close = near.likeness >= NEARLY_THE_SAME
    order = np.lexsort((near.likeness[close], rows[close]))
    weight[rows[close][order]] = table.weight[near.words[close][order]]  # of several the most alike, written last
    every = NameWords(np.asarray(starts, dtype=np.int64), np.asarray(words, dtype=np.int64), sizes)
    return QueryArrays(names, every, weight, near)


def candidates(table: NameTable, asked: QueryArrays) -> CandidatePairs:
    """Find the listed names that share words, character 4-grams or initials with each query."""
    top = top_products(_vectors(table, asked), table.matrix, most=CANDIDATES, threshold=FAR, sort=True)
    query, name, cosine = top.row.astype(np.int64), top.col.astype(np.int64), top.data.astype(np.float32)
    best = np.zeros(len(asked.names), dtype=np.float32)
    np.maximum.at(best, query, cosine)
    near = cosine >= FAR_BELOW * best[query]
    query, name, cosine = query[near], name[near], cosine[near]
    alike = top_products(
        rarest(
            asked_groups([one.joined for one in asked.names], table.letters_weight),
            table.letters_counts,
            least=6,
            most=MANY_NAMES,
        ),
        table.letters,
        most=BY_LETTERS,
        threshold=FAR_IN_LETTERS,
    )
    stands = _by_initials(table, asked.names)
    size = len(table.texts)
    key = np.concatenate(
        [
            query * size + name,
            stands[:, 0] * size + stands[:, 1],
            alike.row.astype(np.int64) * size + alike.col.astype(np.int64),
        ]
    )
    all_cosines = np.concatenate([cosine, np.zeros(len(key) - len(cosine), dtype=np.float32)])
    order = np.lexsort((-all_cosines, key))
    key, all_cosines = key[order], all_cosines[order]
    first = np.ones(len(key), dtype=bool)
    first[1:] = key[1:] != key[:-1]
    key = key[first]
    return CandidatePairs(
        key // size,
        key % size,
        all_cosines[first],
        stands[:, 2:],
        np.searchsorted(key, stands[:, 0] * size + stands[:, 1]),
    )


def side_by_side(table: NameTable, asked: QueryArrays) -> CandidatePairs:
    """Pair query i with listed name i, for all i, whether or not they are similar."""
    both = np.arange(len(asked.names))
    cosine = np.asarray(_vectors(table, asked).multiply(table.matrix.T.tocsr()).sum(axis=1)).ravel()
    stands = _by_initials(table, asked.names)
    stands = stands[stands[:, 0] == stands[:, 1]]
    return CandidatePairs(both, both, cosine.astype(np.float32), stands[:, 2:], stands[:, 0])


def _vectors(table: NameTable, asked: QueryArrays) -> sparse.csr_matrix:
    """Return the matrix (queries, listed words): weights of queries' words at the listed words similar to them."""
    words, near = asked.words, asked.near
    row = np.repeat(np.arange(len(asked.names)), np.diff(words.starts))
    place = np.arange(len(words.words)) - words.starts[row]
    is_own = place < words.sizes[row]
    length = np.sqrt(
        np.maximum(np.bincount(row, np.where(is_own, asked.weight[words.words] ** 2, 0), len(asked.names)), 1e-6)
    )
    counts = np.diff(near.starts)[words.words]
    of = np.repeat(np.arange(len(words.words)), counts)
    at = near.starts[words.words[of]] + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    value = asked.weight[words.words[of]] * near.likeness[at] ** 3 / length[row[of]]
    kept = is_own[of] | (near.words[at] < table.own)  # a join meets a word, not another join
    return sparse.csr_matrix(
        (value[kept].astype(np.float32), (row[of][kept], near.words[at][kept])),
        shape=(len(asked.names), table.matrix.shape[0]),
    )


def _by_initials(table: NameTable, names: Sequence[ReadName]) -> Ints:
    """Find pairs in which a short word of one name equals the initials of words of the other name.

    Returns an array (pairs, 8): query, name, start and end in the query, start and end in the name, 1 if the letters
    are in order, number of letters. Each pair has its best match only: in order first, then longest.
    """
    found: dict[tuple[int, int], tuple[int, int, int, int, int, int]] = {}

    def note(query: int, letters_of: Letters, letters: str, start: int, end: int) -> None:
        for row in range(*letters_of.keys.get(sorted_letters(letters), (0, 0))):
            is_ordered = int(letters_of.letters[row] == letters)
            pair = (query, int(letters_of.names[row]))
            before = found.get(pair)
            if before is None or (is_ordered, len(letters)) > (before[4], before[5]):
                own = int(letters_of.starts[row]), int(letters_of.ends[row])
                found[pair] = (start, end, *own, is_ordered, len(letters))

    for query, name in enumerate(names):
        for place, token in enumerate(name.tokens):
            if may_be_acronym(token):
                note(query, table.initials, acronym_letters(token.latin), place, place + 1)
        for run in runs(name):
            note(query, table.acronyms, run.letters, run.start, run.end)
    if not found:
        return np.zeros((0, 8), dtype=np.int64)
    return np.asarray([(*pair, *stands) for pair, stands in found.items()], dtype=np.int64)
