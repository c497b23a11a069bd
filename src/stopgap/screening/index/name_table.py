"""Listed names as arrays, for candidate search and feature computation."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from stopgap.screening.index.ngram_index import listed_groups
from stopgap.screening.index.vocabulary import Vocabulary, weights
from stopgap.screening.names.acronyms import acronym_letters, may_be_acronym, runs, sorted_letters
from stopgap.screening.names.company_name import ReadName, read_name
from stopgap.screening.names.transliteration import fold, reduce, skeleton
from stopgap.screening.names.words import dictionary

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

SAME_INITIALS = 30
"""Maximum number of names kept per set of initials: those of which the initials cover the largest part."""

_FORM_BITS = {"llc": 1, "jsc": 2, "llp": 4, "lp": 8, "soe": 16, "sole": 32, "npo": 64}


@dataclass(frozen=True)
class NameWords:
    """Word numbers of several names, concatenated.

    Attributes:
        starts: (names + 1,) position of each name's first word.
        words: Numbers of words; a name's own words are followed by its joins: each two adjacent words written as one.
        sizes: (names,) number of the name's own words.
    """

    starts: Ints
    words: Ints
    sizes: Ints


@dataclass(frozen=True)
class Strings:
    """Normalised strings of several names, compared by whole-name features.

    Attributes:
        joined: Words in Latin letters, without spaces.
        ordered: The same, with the words in alphabetical order.
        bones: Consonant classes of ``joined``.
        numbers: Numbers in the name, sorted as text, separated by spaces.
        places: Countries and towns in the name, as concepts, sorted likewise; ``_`` replaces a space within one.
        forms: (names,) classes of legal forms as bits.
    """

    joined: list[str]
    ordered: list[str]
    bones: list[str]
    numbers: list[str]
    places: list[str]
    forms: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Letters:
    """Index of names by letters: initials of runs of words, or short words that may be acronyms.

    ``keys``: sorted letters -> slice of the rows. Each row has the number of a name, the first word that the letters
    stand for, the one after the last, and the letters in order.
    """

    keys: dict[str, tuple[int, int]]
    names: Ints
    starts: Ints
    ends: Ints
    letters: list[str]


@dataclass(frozen=True)
class NameTable:
    """All listed names as arrays and indexes.

    Attributes:
        texts: Names as printed.
        entities: (names,) number of each name's entity.
        words: Word numbers of each name.
        strings: Normalised strings of each name.
        weight: (words,) rarity of each word.
        matrix: (words, names) weight of each word or join in a name, divided by the norm of the name's vector.
        vocabulary: All words, with their spellings.
        own: Word numbers below it are words of names; those from it on are only joins.
        initials: Names by runs of initials.
        acronyms: Names by their short words.
        letters: (4-grams, names) weight of each character 4-gram in a name without spaces; columns have norm 1.
        letters_weight: (4-grams,) rarity of each 4-gram.
        plain: Names as printed, case-folded, to break ties between otherwise identical names.
    """

    texts: list[str]
    entities: Ints
    words: NameWords
    strings: Strings
    weight: Floats
    matrix: sparse.csr_matrix
    vocabulary: Vocabulary
    own: int
    initials: Letters
    acronyms: Letters
    letters: sparse.csr_matrix
    letters_weight: Floats
    plain: list[str]

    @cached_property
    def is_concept(self) -> npt.NDArray[np.bool_]:
        """Return for each word whether it is a concept of the dictionary; shape (words,)."""
        return np.fromiter((key.startswith("@") for key in self.vocabulary.keys), bool, len(self.vocabulary.keys))

    @cached_property
    def letters_counts(self) -> Ints:
        """Return the number of names with each character 4-gram; shape (4-grams,)."""
        return np.asarray(np.diff(self.letters.indptr), dtype=np.int64)

    @cached_property
    def lengths(self) -> Ints:
        """Return the number of letters of each name without spaces; shape (names,)."""
        return np.fromiter(map(len, self.strings.joined), np.int64, len(self.strings.joined))


def join_of(first: str, second: str) -> str:
    """Concatenate two words in Latin letters and reduce the result."""
    return reduce(first + second)


def strings_of(names: Sequence[ReadName]) -> Strings:
    joined = [name.joined for name in names]
    return Strings(
        joined=joined,
        ordered=["".join(sorted(token.latin for token in name.tokens)) for name in names],
        bones=[skeleton(text) for text in joined],
        numbers=[" ".join(sorted(name.numbers)) for name in names],
        places=[_places(name) for name in names],
        forms=np.fromiter(
            (sum(_FORM_BITS.get(form, 0) for form in name.forms) for name in names), np.uint8, len(names)
        ),
    )


def _places(name: ReadName) -> str:
    known = dictionary().places
    return " ".join(sorted({token.key[1:].replace(" ", "_") for token in name.tokens if token.key[1:] in known}))


def make_table(texts: Sequence[str], entities: Sequence[int], background: Mapping[str, float]) -> NameTable:
    """Build the arrays of names, each given with the number of its entity.

    ``background``: word -> share of company names in general that contain it.
    """
    names = [read_name(text) for text in texts]
    number: dict[str, int] = {}
    own_words = [[number.setdefault(token.key, len(number)) for token in name.tokens] for name in names]
    own = len(number)
    joins = [
        [number.setdefault(join_of(a.latin, b.latin), len(number)) for a, b in itertools.pairwise(name.tokens)]
        for name in names
    ]
    words = NameWords(
        starts=np.concatenate(
            [[0], np.cumsum([len(a) + len(b) for a, b in zip(own_words, joins, strict=True)])]
        ).astype(np.int64),
        words=np.fromiter(
            itertools.chain.from_iterable(itertools.chain(*zip(own_words, joins, strict=True))), np.int64
        ),
        sizes=np.fromiter(map(len, own_words), np.int64, len(names)),
    )
    weight = weights(list(number), own_words, background)
    strings = strings_of(names)
    letters, letters_weight = listed_groups(strings.joined)
    return NameTable(
        texts=list(texts),
        entities=np.asarray(entities, dtype=np.int64),
        words=words,
        strings=strings,
        weight=weight,
        matrix=_matrix(words, weight, len(number)),
        vocabulary=_vocabulary(list(number), own),
        own=own,
        initials=_by_initials(names),
        acronyms=_by_acronym(names),
        letters=letters,
        letters_weight=letters_weight,
        plain=[fold(text) for text in texts],
    )


def _matrix(words: NameWords, weight: Floats, size: int) -> sparse.csr_matrix:
    names = len(words.sizes)
    row = np.repeat(np.arange(names), np.diff(words.starts))
    place = np.arange(len(words.words)) - words.starts[row]
    once = np.unique(row * size + words.words)
    row_once, word_once = once // size, once % size
    is_own = np.zeros(len(once), dtype=bool)
    is_own[np.searchsorted(once, (row * size + words.words)[place < words.sizes[row]])] = True
    length = np.sqrt(np.maximum(np.bincount(row_once, np.where(is_own, weight[word_once] ** 2, 0), names), 1e-6))
    values = (weight[word_once] / length[row_once]).astype(np.float32)
    return sparse.csr_matrix((values, (word_once, row_once)), shape=(size, names))


def _vocabulary(keys: list[str], own: int) -> Vocabulary:
    """Build the vocabulary: spellings of the names' own words, and all dictionary spellings of the concepts in them."""
    number = {key: place for place, key in enumerate(keys[:own])}
    spelled = [(key, place) for key, place in number.items() if not key.startswith("@")]
    known = dictionary()
    for spelling, word in itertools.chain(known.whole.items(), known.stems.items()):
        place = number.get("@" + word.concept)
        if word.concept and place is not None and spelling.isascii() and len(spelling) > 3:
            spelled.append((spelling, place))
    return Vocabulary(keys, [text for text, _ in spelled], np.asarray([place for _, place in spelled], dtype=np.int64))


LettersRow = tuple[float, int, int, int, str]
"""Sort value (lower is better), number of the name, its first word, the one after the last, and the letters."""


def _by_initials(names: Sequence[ReadName]) -> Letters:
    return _letters(
        (-run.share, row, run.start, run.end, run.letters) for row, name in enumerate(names) for run in runs(name)
    )


def _by_acronym(names: Sequence[ReadName]) -> Letters:
    return _letters(
        (len(name.tokens), row, place, place + 1, acronym_letters(token.latin))
        for row, name in enumerate(names)
        for place, token in enumerate(name.tokens)
        if may_be_acronym(token)
    )


def _letters(found: Iterable[LettersRow]) -> Letters:
    by_key: dict[str, list[LettersRow]] = defaultdict(list)
    for found_row in found:
        by_key[sorted_letters(found_row[-1])].append(found_row)
    keys: dict[str, tuple[int, int]] = {}
    rows: list[LettersRow] = []
    for key, several in by_key.items():
        kept = sorted(several)[:SAME_INITIALS]
        keys[key] = (len(rows), len(rows) + len(kept))
        rows += kept
    name, start, end = (np.fromiter((row[column] for row in rows), np.int64, len(rows)) for column in (1, 2, 3))
    return Letters(keys, name, start, end, [row[4] for row in rows])
