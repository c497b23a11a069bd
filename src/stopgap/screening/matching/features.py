"""Features of a pair of names, computed for many pairs at once.

Each feature is declared once, in ``FEATURES``, with its description for the user. All but ``beside`` depend on one pair
alone; ``beside`` compares it with the best candidate of the same query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, Indel
from rapidfuzz.process import cpdist

from stopgap.screening.index.candidates import CandidatePairs, QueryArrays
from stopgap.screening.index.name_table import NameTable, NameWords, Strings
from stopgap.screening.index.vocabulary import MOST

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Feature:
    """One numeric feature of a pair of names; ``says`` describes it to the user, ``topic`` is its heading.

    ``direction`` is 1 if a higher value never lowers the score, -1 if it never raises it, 0 if it can do either.
    """

    name: str
    says: str
    direction: int
    topic: str


FEATURES: tuple[Feature, ...] = (
    Feature("cosine", "words in common, rare words counting more", 1, "words"),
    Feature(
        "query_covered", "share of the query's words found in the listed name, rare words counting more", 1, "words"
    ),
    Feature(
        "name_covered", "share of the listed name's words found in the query, rare words counting more", 1, "words"
    ),
    Feature("query_same", "share of the query's words found to the letter or with the same meaning", 1, "words"),
    Feature("name_same", "share of the listed name's words found to the letter or with the same meaning", 1, "words"),
    Feature("query_missing", "the rarest word of the query that the listed name lacks", -1, "words that are missing"),
    Feature("name_missing", "the rarest word of the listed name that the query lacks", -1, "words that are missing"),
    Feature("evidence", "how rare the words in common are, all together", 1, "rarity"),
    Feature("query_rarest", "whether the query's rarest word is found", 1, "words"),
    Feature("name_rarest", "whether the listed name's rarest word is found", 1, "words"),
    Feature("order", "whether words in common stand in the same order", 1, "order"),
    Feature("first", "whether the first words are found", 1, "order"),
    Feature("spelling", "likeness of the whole names, letter by letter without blanks", 1, "spelling"),
    Feature("spelling_sorted", "likeness of the whole names with their words sorted", 1, "spelling"),
    Feature("sound", "likeness of the consonants, as transcriptions keep them", 1, "sound"),
    Feature("within", "whether the shorter name stands within the longer", 1, "spelling"),
    Feature("initials", "a short word has the initials of the other name's words", 1, "initials"),
    Feature("initials_letters", "how many initials agree", 1, "initials"),
    Feature("legal_form", "legal forms: the same, not known, or different", 1, "legal form"),
    Feature("numbers", "numbers in the names: the same, none, or different", 1, "numbers"),
    Feature("places", "countries and towns in the names: the same, none, or different", 1, "places"),
    Feature("query_words", "how many words the query has", 0, "length"),
    Feature("name_words", "how many words the listed name has", 0, "length"),
    Feature("script", "the script of the query", 0, "script"),
    Feature(
        "own_words", "rarity of the words in common that are no words of trade (plant, bank, trading)", 1, "rarity"
    ),
    Feature("beside", "how much it has in common beside the query's best candidate", 1, "beside others"),
    Feature("misspelt", "how many words differ in spelling", 0, "spelling"),
    Feature("query_rarity", "how rare the query's words are", 0, "rarity"),
    Feature("name_rarity", "how rare the listed name's words are", 0, "rarity"),
)
"""Features in the order of their columns."""

COLUMN = {feature.name: place for place, feature in enumerate(FEATURES)}

MEETINGS = 3_000_000
"""Maximum number of word pairs compared per batch, to limit memory."""

JOIN_LIKENESS = 0.85
"""Similarity from which two joined words count as equal to one word of the other name."""

WHOLE_LIKENESS = 0.85
"""Similarity of whole names from which every word counts as found to that degree, regardless of spaces."""

INITIALS_FOUND = {(True, True): 0.97, (True, False): 0.85, (False, True): 0.85, (False, False): 0.6}
"""(more than two letters, in order) -> degree (0 to 1) to which words count as found by their initials."""


@dataclass(frozen=True)
class _Side:
    """Words of one of the two names of each pair.

    Attributes:
        pair: (words,) number of the pair to which each word belongs; ascending.
        weight: (words,) rarity of each word.
        best: (words,) similarity to the most similar word of the other name.
        first: (pairs,) position of each pair's first word.
        sizes: (pairs,) number of words of each pair.
    """

    pair: Ints
    weight: Floats
    best: Floats
    first: Ints
    sizes: Ints

    def total(self, values: Floats) -> Floats:
        """Return the sum of values per pair."""
        return np.bincount(self.pair, values, len(self.sizes)).astype(np.float32)

    def most(self, values: Floats) -> Floats:
        """Return the maximum of values per pair; every pair has words."""
        return np.maximum.reduceat(values, self.first).astype(np.float32)


def compute(
    table: NameTable, asked: QueryArrays, pairs: CandidatePairs, strings: Strings
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Compute the features of each pair of ``asked`` and ``table``; ``strings`` are those of the queries.

    Returns an array (kept pairs, features), and (pairs,) whether a pair was kept: pairs in which a name has no words
    are dropped.
    """
    kept = (asked.words.sizes[pairs.query] > 0) & (table.words.sizes[pairs.name] > 0)
    pairs = pairs.take(np.flatnonzero(kept))
    found = np.zeros((len(pairs.query), len(FEATURES)), dtype=np.float32)
    meetings = np.diff(asked.words.starts)[pairs.query] * np.diff(table.words.starts)[pairs.name]
    for start, end in _parts(meetings):
        found[start:end] = _alone(table, asked, pairs.take(np.arange(start, end)), strings)
    covered = found[:, COLUMN["query_covered"]] + found[:, COLUMN["name_covered"]]
    best = np.zeros(len(asked.names), dtype=np.float32)
    np.maximum.at(best, pairs.query, covered)
    found[:, COLUMN["beside"]] = covered / np.maximum(best[pairs.query], 1e-3)
    return found, kept


def _parts(meetings: Ints) -> Iterator[tuple[int, int]]:
    """Yield slices of pairs with at most ``MEETINGS`` word comparisons in total, or of a single pair."""
    start, total = 0, 0
    ends = np.cumsum(meetings)
    while start < len(meetings):
        end = max(int(np.searchsorted(ends, total + MEETINGS, side="right")), start + 1)
        yield start, end
        start, total = end, int(ends[end - 1])


def _alone(table: NameTable, asked: QueryArrays, pairs: CandidatePairs, strings: Strings) -> Floats:
    """Compute the features that depend on one pair alone; ``beside`` is left at 0."""
    query, name = pairs.query, pairs.name
    left, right, ordered = _meet(table, asked, query, name)
    spelling, spelling_sorted, sound, within = _whole(table, strings, query, name)
    # Words of names that are nearly the same from end to end count as found, wherever blanks stand.
    mine = np.fromiter(map(len, strings.joined), np.int64, len(strings.joined))[query]
    is_long = np.minimum(mine, table.lengths[name]) > 5
    floor = np.where((spelling >= WHOLE_LIKENESS) & is_long, spelling, 0).astype(np.float32)
    for side in (left, right):
        np.maximum(side.best, floor[side.pair], out=side.best)
    initials, letters = _initials(left, right, pairs)
    found = np.zeros((len(query), len(FEATURES)), dtype=np.float32)
    in_query, in_name = left.total(left.weight), right.total(right.weight)
    met_query, met_name = left.total(left.weight * left.best), right.total(right.weight * right.best)
    same_left, same_right = left.best >= 0.99, right.best >= 0.99
    place, pair = _spread(right.sizes)
    own = ~table.is_concept[table.words.words[table.words.starts[name][pair] + place]]
    scripts = np.fromiter((one.is_cyrillic + 2 * one.is_cjk for one in asked.names), np.float32, len(asked.names))
    values = {
        "cosine": np.minimum(pairs.cosine, 1.5),
        "query_covered": met_query / in_query,
        "name_covered": met_name / in_name,
        "query_same": left.total(left.weight * same_left) / in_query,
        "name_same": right.total(right.weight * same_right) / in_name,
        "query_missing": left.most(left.weight * (1 - left.best)) / MOST,
        "name_missing": right.most(right.weight * (1 - right.best)) / MOST,
        "evidence": met_query / MOST,
        "query_rarest": _of_rarest(left),
        "name_rarest": _of_rarest(right),
        "order": ordered,
        "first": 0.5 * (left.best[left.first] + right.best[right.first]),
        "spelling": spelling,
        "spelling_sorted": spelling_sorted,
        "sound": sound,
        "within": within,
        "initials": initials,
        "initials_letters": letters,
        "legal_form": _forms(strings.forms[query], table.strings.forms[name]),
        "numbers": _sets(strings.numbers, table.strings.numbers, query, name),
        "places": _sets(strings.places, table.strings.places, query, name),
        "query_words": left.sizes,
        "name_words": right.sizes,
        "script": scripts[query],
        "own_words": right.total(right.weight * right.best * own) / MOST,
        "misspelt": left.total(((left.best > 0) & ~same_left).astype(np.float32)),
        "query_rarity": in_query / MOST,
        "name_rarity": in_name / MOST,
    }
    for feature, value in values.items():
        found[:, COLUMN[feature]] = value
    return found


def _spread(counts: Ints) -> tuple[Ints, Ints]:
    """Return the concatenated ranges 0..count-1, and for each element the number of its range."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts), owner


def _meet(table: NameTable, asked: QueryArrays, query: Ints, name: Ints) -> tuple[_Side, _Side, Floats]:
    """Compare the words of both names of each pair; return both sides and the agreement in order of shared words."""
    own_left, own_right = asked.words.sizes[query], table.words.sizes[name]
    all_left, all_right = np.diff(asked.words.starts)[query], np.diff(table.words.starts)[name]
    inner, pair = _spread(all_left * all_right)
    width = all_right[pair]
    at_left = inner // width
    at_right = inner - at_left * width
    likeness = _likeness(
        table,
        asked,
        asked.words.words[asked.words.starts[query][pair] + at_left],
        table.words.words[table.words.starts[name][pair] + at_right],
    )
    joined_left, joined_right = at_left >= own_left[pair], at_right >= own_right[pair]
    likeness[(joined_left | joined_right) & (likeness < JOIN_LIKENESS)] = 0
    likeness[joined_left & joined_right] = 0  # two joins say nothing that their parts do not say

    start = np.cumsum(all_left * all_right) - all_left * all_right
    place_left, pair_left = _spread(all_left)
    rows = start[pair_left] + place_left * all_right[pair_left]
    best_left = np.maximum.reduceat(likeness, rows)
    place_right, pair_right = _spread(all_right)
    turned_right = inner // all_left[pair]
    turned_left = inner - turned_right * all_left[pair]
    best_right = np.maximum.reduceat(
        likeness[start[pair] + turned_left * width + turned_right],
        start[pair_right] + place_right * all_left[pair_right],
    )
    left = _side(asked.words, query, asked.weight, own_left, best_left, place_left, pair_left, all_left)
    right = _side(table.words, name, table.weight, own_right, best_right, place_right, pair_right, all_right)

    owner = np.repeat(np.arange(len(best_left)), all_right[pair_left])
    partner = np.where((likeness >= best_left[owner] - 1e-6) & (likeness > 0), at_right, _NOWHERE)
    partner = np.minimum.reduceat(partner, rows)[place_left < own_left[pair_left]]
    return left, right, _order(left, partner)


_NOWHERE = 1_000_000


def _order(left: _Side, partner: Ints) -> Floats:
    """Return the share of adjacent query words whose partners are in the same order; 0.5 if there are none."""
    met = partner < _NOWHERE
    both = np.zeros(len(met), dtype=np.float32)
    both[:-1] = met[:-1] & met[1:] & (left.pair[:-1] == left.pair[1:])
    rising = np.zeros(len(met), dtype=np.float32)
    rising[:-1] = both[:-1] * (partner[1:] > partner[:-1])
    count = left.total(both)
    return np.where(count > 0, left.total(rising) / np.maximum(count, 1), 0.5).astype(np.float32)


def _likeness(table: NameTable, asked: QueryArrays, left: Ints, right: Ints) -> Floats:
    """Return the similarity of words of queries and of listed names; 0 if they are not neighbours."""
    size = table.matrix.shape[0]
    near = asked.near
    if not len(near.words):
        return np.zeros(len(left), dtype=np.float32)
    known = np.repeat(np.arange(len(near.starts) - 1), np.diff(near.starts)) * size + near.words
    wanted = left * size + right
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[at] == wanted, near.likeness[at], 0).astype(np.float32)


def _side(
    words: NameWords, names: Ints, weight: Floats, own: Ints, best: Floats, place: Ints, pair: Ints, sizes: Ints
) -> _Side:
    """Build the side of the names' own words; the similarity of a join is also credited to the two words it joins."""
    is_own = place < own[pair]
    lent = best.copy()
    reached = np.flatnonzero(~is_own & (best > 0))
    base = np.cumsum(sizes) - sizes
    first = base[pair[reached]] + place[reached] - own[pair[reached]]
    np.maximum.at(lent, first, best[reached])
    np.maximum.at(lent, first + 1, best[reached])
    number = words.words[words.starts[names][pair] + place]
    return _Side(
        pair=pair[is_own], weight=weight[number[is_own]], best=lent[is_own], first=np.cumsum(own) - own, sizes=own
    )  # fmt: skip


def _of_rarest(side: _Side) -> Floats:
    rarest = side.most(side.weight)
    return side.most(np.where(side.weight >= rarest[side.pair] - 1e-4, side.best, 0).astype(np.float32))


def _whole(table: NameTable, strings: Strings, query: Ints, name: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """Return whole-name similarities: by letters, with words sorted, by consonants, of the shorter in the longer."""

    def compared(mine: list[str], theirs: list[str], scorer: Callable[..., float]) -> Floats:
        left, right = [mine[one] for one in queries], [theirs[one] for one in names]
        return np.asarray(cpdist(left, right, scorer=scorer), dtype=np.float32)

    queries, names, listed = query.tolist(), name.tolist(), table.strings
    return (
        compared(strings.joined, listed.joined, OSA.normalized_similarity),
        compared(strings.ordered, listed.ordered, Indel.normalized_similarity),
        compared(strings.bones, listed.bones, Indel.normalized_similarity),
        compared(strings.joined, listed.joined, fuzz.partial_ratio) * np.float32(0.01),
    )


def _initials(left: _Side, right: _Side, pairs: CandidatePairs) -> tuple[Floats, Floats]:
    """Return how well initials agree and how many do; raise ``best`` of the words concerned accordingly."""
    value = np.zeros(len(left.sizes), dtype=np.float32)
    letters = np.zeros(len(left.sizes), dtype=np.float32)
    for row, (start, end, other_start, other_end, is_ordered, count) in zip(
        pairs.acronym_pair.tolist(), pairs.acronym.tolist(), strict=True
    ):
        found = INITIALS_FOUND[count > 2, bool(is_ordered)]
        value[row], letters[row] = found, count
        for side, first, last in ((left, start, end), (right, other_start, other_end)):
            at = slice(side.first[row] + first, min(side.first[row] + last, side.first[row] + side.sizes[row]))
            side.best[at] = np.maximum(side.best[at], found)
    return value, letters


def _forms(left: npt.NDArray[np.uint8], right: npt.NDArray[np.uint8]) -> Floats:
    """Return 1 if the names share a class of legal form, 0 if their classes differ, 0.5 if one is unknown."""
    return np.where((left == 0) | (right == 0), 0.5, np.where(left & right, 1.0, 0.0)).astype(np.float32)


def _sets(queries: list[str], names: list[str], query: Ints, name: Ints) -> Floats:
    """Return the agreement of two names' sets: 1 equal, 0.5 both empty, 0.4 overlapping, 0.25 one empty, else 0."""
    found = np.full(len(query), 0.5, dtype=np.float32)
    for place, (one, other) in enumerate(zip(query.tolist(), name.tolist(), strict=True)):
        left, right = queries[one], names[other]
        if left or right:
            if left == right:
                found[place] = 1.0
            elif not left or not right:
                found[place] = 0.25
            else:
                found[place] = 0.4 if set(left.split()) & set(right.split()) else 0.0
    return found
