"""Index of listed names: built once per edition of the lists, quick to open, and searched for many queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import Indel
from rapidfuzz.process import cpdist

from stopgap.screening.entities import ListedEntity, NameKind
from stopgap.screening.entity_kinds import Sphere, has_company_form, sphere_of
from stopgap.screening.index.candidates import ask, candidates
from stopgap.screening.index.entity_store import OpenEntries
from stopgap.screening.index.files import IndexContent, StoredRemarks, open_index, save_index
from stopgap.screening.index.gathered_work import GatheredWork
from stopgap.screening.index.name_table import NameTable, make_table, strings_of
from stopgap.screening.index.ngram_index import shared_rarity
from stopgap.screening.index.same_entity import same_entities
from stopgap.screening.index.vocabulary import background
from stopgap.screening.matching.explain import explain
from stopgap.screening.matching.features import compute
from stopgap.screening.matching.ordered_scores import ORDERED_FROM, ordered_scores
from stopgap.screening.matching.ranker import probability, ranker
from stopgap.screening.matching.results import FeatureScore, Match, ScreenQuery
from stopgap.screening.matching.secondary_evidence import (
    OTHER_KIND,
    beside_names,
    entities_by_number,
    number_matches,
    other_kind,
)
from stopgap.screening.names.company_name import LONGEST_NAME, ReadName, read_name
from stopgap.screening.names.transliteration import fold

THRESHOLD = 0.6
"""Match probability from which a match raises an alert: finds 95 % of altered names (docs/methods/names.md)."""

VERBATIM = 0.7
"""Least log odds (a probability of two thirds) of names that are the same in full, before other evidence.

A short name of one word says little by its rarity; that it is on a list word for word must alert all the same, unless
country, kind or number speak against it.
"""

SHORTEST_VERBATIM = 4
"""Letters from which a name that is the same in full is lifted: initials are shared by many."""

BATCH = 1000
"""Number of queries searched per batch."""

GATHERED = 128
"""Number of waiting queries of several threads from which no more are compared together."""

AS_PRINTED = 0.1
"""Log odds added for a listed name spelled exactly like the query; less for a less similar spelling."""

NUMBER_ALONE = -1.5
"""Log odds of an entity found only by a shared identifier, before the identifier is counted."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Scored:
    """Scored candidate entities, the best of each query first.

    Attributes:
        query: (rows,) number of the query; ascending.
        name: (rows,) number of the entity's best-matching name.
        score: (rows,) probability of "the same company", from all evidence, with what orders equal ones behind.
        firm: (rows,) log odds of it by its best name that is not a weak alias; minus infinity if there is none.
        pair: (rows,) row of the features; -1 for an entity found only by an identifier.
        beside: For each row, the evidence other than names.
        is_other: (rows,) whether the entity is of another kind than what was looked up.
    """

    query: Ints
    name: Ints
    score: npt.NDArray[np.float64]
    firm: npt.NDArray[np.float64]
    pair: Ints
    beside: list[tuple[FeatureScore, ...]]
    is_other: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Batch:
    """Queries that are searched together, and how.

    Attributes:
        queries: The queries.
        sphere: (queries,) number of the sphere that each is of, by its schema or legal form; -1 where neither tells it.
        limit: Most entities, or groups of entries that are one entity, of a query.
        lists: Names of the lists to search; all if ``None``.
        is_grouped: Whether entries of several lists that are one entity count once.
    """

    queries: Sequence[ScreenQuery]
    sphere: Ints
    limit: int
    lists: frozenset[str] | None
    is_grouped: bool


@dataclass(frozen=True)
class _Compared:
    """Queries compared with the listed names that are near.

    Attributes:
        names: The names of the queries as they were read.
        query: (pairs,) number of the query; ascending.
        name: (pairs,) number of the listed name.
        features: (pairs, features).
        log_odds: (pairs,) log odds of "the same company", from the names alone.
        lift: (pairs,) part of them that names the same in full get; see :data:`VERBATIM`.
    """

    names: list[ReadName]
    query: Ints
    name: Ints
    features: npt.NDArray[np.float32]
    log_odds: npt.NDArray[np.float64]
    lift: npt.NDArray[np.float64]

    def part(self, start: int, end: int) -> _Compared:
        """Return what concerns the queries from ``start`` to before ``end``, numbered from 0."""
        first, last = np.searchsorted(self.query, (start, end)).tolist()
        return _Compared(
            self.names[start:end],
            self.query[first:last] - start,
            self.name[first:last],
            self.features[first:last],
            self.log_odds[first:last],
            self.lift[first:last],
        )


@dataclass(frozen=True)
class _SearchedPart:
    """Up to :data:`BATCH` queries of a search, with their scored entities."""

    index: NameIndex
    compared: _Compared
    scored: _Scored

    def matches(self) -> list[tuple[Match, ...]]:
        return self.index._matches(len(self.compared.names), self.scored)

    def reasons(self, places: Sequence[tuple[int, int]]) -> list[tuple[FeatureScore, ...]]:
        """Return the features of matches, each given by its query and its place among the query's matches, from 0."""
        first = np.searchsorted(self.scored.query, [number for number, _ in places]).tolist()
        rows = [start + place for start, (_, place) in zip(first, places, strict=True)]
        return self.index._reasons(self.compared, self.scored, rows)


class SearchedNames:
    """Answers of a search, whose features are worked out of those matches that are shown alone: it takes most time.

    Attributes:
        matches: The best matches of each query, best first, without features.
    """

    def __init__(self, parts: Sequence[_SearchedPart]) -> None:
        self._parts = parts
        self.matches = [found for part in parts for found in part.matches()]

    def explained(self, pairs: Sequence[tuple[int, Match]]) -> list[Match]:
        """Return matches with the features behind their scores, in order.

        Args:
            pairs: Number of the query, and the match, whose rank or alert may have been changed since.
        """
        by_part: dict[int, list[int]] = {}
        for at, (number, _) in enumerate(pairs):
            by_part.setdefault(number // BATCH, []).append(at)
        found = [match for _, match in pairs]
        for part, ats in by_part.items():
            places = [(pairs[at][0] % BATCH, self._place(*pairs[at])) for at in ats]
            for at, reasons in zip(ats, self._parts[part].reasons(places), strict=True):
                found[at] = replace(found[at], features=reasons)
        return found

    def _place(self, number: int, match: Match) -> int:
        key = (match.list, match.entity_id)
        return next(place for place, one in enumerate(self.matches[number]) if (one.list, one.entity_id) == key)


_SPHERES = {sphere: number for number, sphere in enumerate(Sphere)}


class NameIndex:
    """Listed entities, indexed for search by name and identifier."""

    def __init__(
        self,
        entities: Sequence[ListedEntity],
        table: NameTable,
        kinds: Sequence[NameKind],
        *,
        same: Ints | None = None,
        remarks: StoredRemarks | None = None,
    ) -> None:
        self.entities = list(entities)
        self._table = table
        self._kinds = list(kinds)
        self._is_weak = np.fromiter((kind is NameKind.WEAK for kind in kinds), bool, len(self._kinds))
        self._known = entities_by_number(self.entities)
        self._first_name: dict[int, int] = {}
        for row, entity in enumerate(table.entities.tolist()):
            self._first_name.setdefault(entity, row)
        spheres = (sphere_of(entity.schema) for entity in self.entities)
        self._sphere = np.fromiter((_SPHERES[one] if one else -1 for one in spheres), np.int64, len(self.entities))
        self._known_same = same
        self._remarks = remarks
        self._gathered = GatheredWork(self._compared, _Compared.part, GATHERED)

    @cached_property
    def same(self) -> Ints:
        """Number of the first entity that each entity is one with, on whatever list; shape (entities,)."""
        if self._known_same is not None:
            return self._known_same
        return same_entities(self.entities, self._table, self._kinds)

    @cached_property
    def entries(self) -> OpenEntries:
        """The entries by number."""
        return OpenEntries(self.entities, self.same, self._remarks)

    def __len__(self) -> int:
        return len(self.entities)

    def in_common(self, asked: str, listed: str) -> float:
        """Return how rare the groups of four letters are that two names share: it orders equally probable matches.

        The rarer what two names have in common letter by letter, the less it is chance; the probability is bounded and
        says as much for many.
        """
        first, second = (read_name(name[:LONGEST_NAME]).joined for name in (asked, listed))
        return shared_rarity(first, second, self._table.letters_weight)

    def holding(self, words: Sequence[str]) -> Ints:
        """Return the numbers of the entities one of whose names, case-folded, holds all words; shape (found,)."""
        found = np.ones(len(self._table.plain), dtype=bool)
        for word in words:
            found &= np.asarray(pc.match_substring(self._plain, word))
        return np.unique(self._table.entities[found])

    @cached_property
    def _plain(self) -> pa.Array:
        return pa.array(self._table.plain, pa.string())

    @classmethod
    def build(cls, entities: Iterable[ListedEntity]) -> NameIndex:
        """Build an index of entities of any lists; only the first ``LONGEST_NAME`` characters of a name are used."""
        kept = list(entities)
        texts, numbers, kinds = [], [], []
        for number, entity in enumerate(kept):
            for name in dict.fromkeys(entity.names):
                texts.append(name.text[:LONGEST_NAME])
                numbers.append(number)
                kinds.append(name.kind)
        return cls(kept, make_table(texts, numbers, background()), kinds)

    def save(self, folder: Path) -> None:
        """Write the index to a folder, which is created; the write is atomic."""
        save_index(folder, IndexContent(self.entities, self._table, self._kinds, self.same, self._remarks))

    @classmethod
    def open(cls, folder: Path) -> NameIndex:
        """Open a saved index; raise InputError if the folder has no complete index of this version."""
        found = open_index(folder)
        return cls(found.entities, found.table, found.kinds, same=found.same, remarks=found.remarks)

    def search(
        self,
        queries: Sequence[ScreenQuery],
        *,
        limit: int = 5,
        explain: bool = False,
        lists: frozenset[str] | None = None,
        grouped: bool = False,
    ) -> list[tuple[Match, ...]]:
        """Return the best matches of each query, best first; an empty tuple if nothing is similar.

        Only the first ``LONGEST_NAME`` characters of a name are used. With ``explain``, each match has the features
        behind its score; ``lists`` are the lists to search, all if ``None``. With ``grouped``, entries of several lists
        that are one entity (:mod:`stopgap.screening.index.same_entity`) are one match, of the entry that scores best.
        """
        found = self.searched(queries, limit=limit, lists=lists, grouped=grouped)
        if not explain:
            return found.matches
        pairs = [(number, match) for number, matches in enumerate(found.matches) for match in matches]
        explained = iter(found.explained(pairs))
        return [tuple(next(explained) for _ in matches) for matches in found.matches]

    def searched(
        self,
        queries: Sequence[ScreenQuery],
        *,
        limit: int = 5,
        lists: frozenset[str] | None = None,
        grouped: bool = False,
    ) -> SearchedNames:
        """Search as :meth:`search` does; the features are worked out of those matches that are asked for afterwards.

        Several threads may search at once: queries that wait are compared together (:class:`GatheredWork`).
        """
        parts = []
        for start in range(0, len(queries), BATCH):
            asked = queries[start : start + BATCH]
            compared = self._gathered.done(asked)
            batch = _Batch(asked, _spheres(asked, compared.names), limit, lists, grouped)
            parts.append(_SearchedPart(self, compared, self._best(batch, compared)))
        return SearchedNames(parts)

    def _compared(self, queries: Sequence[ScreenQuery]) -> _Compared:
        """Compare queries with the listed names that are near."""
        asked = ask(self._table, [read_name(query.name) for query in queries])
        pairs = candidates(self._table, asked)
        features, kept = compute(self._table, asked, pairs, strings_of(asked.names))
        query, name = pairs.query[kept], pairs.name[kept]
        near = ranker().nearest(query, features)
        query, name, features = query[near], name[near], features[near]
        log_odds = ranker().log_odds(features) + self._as_printed(queries, query, name)
        lift = self._verbatim(queries, query, name, log_odds)
        return _Compared(asked.names, query, name, features, log_odds + lift, lift)

    def _matches(self, queries: int, scored: _Scored) -> list[tuple[Match, ...]]:
        """Return the matches of each of so many queries, without their features."""
        firm = probability(scored.firm)
        matches: list[list[Match]] = [[] for _ in range(queries)]
        for row, (number, listed) in enumerate(zip(scored.query.tolist(), scored.name.tolist(), strict=True)):
            entity = self.entities[int(self._table.entities[listed])]
            matches[number].append(
                Match(
                    entity_id=entity.entity_id,
                    list=entity.list,
                    list_date=entity.list_date,
                    name=entity.names[0].text,
                    matched_name=self._table.texts[listed],
                    matched_kind=self._kinds[listed],
                    score=float(scored.score[row]),
                    rank=len(matches[number]) + 1,
                    alerts=bool(firm[row] >= THRESHOLD),
                    is_other_kind=bool(scored.is_other[row]),
                )
            )
        return [tuple(one) for one in matches]

    def _reasons(self, compared: _Compared, scored: _Scored, rows: Sequence[int]) -> list[tuple[FeatureScore, ...]]:
        """Return the features behind some rows of the scored, the weightiest first."""
        by_name = [row for row in rows if scored.pair[row] >= 0]
        pairs = scored.pair[by_name]
        moved = ranker().contributions(compared.features[pairs]) if by_name else np.zeros((0, 1))
        of_names: dict[int, tuple[FeatureScore, ...]] = {}
        for row, pair, values in zip(by_name, pairs.tolist(), moved, strict=True):
            mine, theirs = compared.names[scored.query[row]], read_name(self._table.texts[scored.name[row]])
            said = explain(mine, theirs, compared.features[pair], values)
            of_names[row] = said + _verbatim_reason(float(compared.lift[pair]))
        return [
            tuple(sorted(of_names.get(row, ()) + scored.beside[row], key=lambda reason: -abs(reason.weight)))
            for row in rows
        ]

    def _as_printed(self, queries: Sequence[ScreenQuery], query: Ints, name: Ints) -> npt.NDArray[np.float64]:
        """Return small log odds for names spelled like the query, to break ties between otherwise identical names."""
        asked = [fold(one.name[:LONGEST_NAME]) for one in queries]
        left, right = ([asked[one] for one in query.tolist()], [self._table.plain[one] for one in name.tolist()])
        return AS_PRINTED * np.asarray(cpdist(left, right, scorer=Indel.normalized_similarity), dtype=np.float64)

    def _verbatim(
        self, queries: Sequence[ScreenQuery], query: Ints, name: Ints, log_odds: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return what lifts a pair to :data:`VERBATIM` where both names are the same in full, letter for letter."""
        asked = [fold(one.name[:LONGEST_NAME]) for one in queries]
        same = np.array(
            [
                asked[one] == self._table.plain[other]
                and len(asked[one]) >= SHORTEST_VERBATIM
                and self._kinds[other] is not NameKind.WEAK
                for one, other in zip(query.tolist(), name.tolist(), strict=True)
            ],
            dtype=bool,
        )
        return np.where(same, np.maximum(VERBATIM - log_odds, 0.0), 0.0)

    def _best(self, batch: _Batch, compared: _Compared) -> _Scored:
        """Select the best entities of each query, and add the evidence other than names to their log odds."""
        queries, lists = batch.queries, batch.lists
        query, name, log_odds = compared.query, compared.name, compared.log_odds
        entity = self._table.entities[name]
        pair = np.arange(len(query))
        by_number = number_matches(queries, self._known)
        if by_number:
            query = np.concatenate([query, [one for one, _ in by_number]]).astype(np.int64)
            name = np.concatenate([name, [self._first_name[other] for _, other in by_number]]).astype(np.int64)
            entity = np.concatenate([entity, [other for _, other in by_number]]).astype(np.int64)
            log_odds = np.concatenate([log_odds, np.full(len(by_number), NUMBER_ALONE)])
            pair = np.concatenate([pair, np.full(len(by_number), -1)])
        if lists is not None:
            wanted = np.asarray([self.entities[one].list in lists for one in entity.tolist()], dtype=bool)
            query, name, entity, pair = query[wanted], name[wanted], entity[wanted], pair[wanted]
            log_odds = log_odds[wanted]
        firm = np.where(self._is_weak[name] & (pair >= 0), -np.inf, log_odds)
        order = np.lexsort((-log_odds, entity, query))
        query, name, entity, pair = query[order], name[order], entity[order], pair[order]
        log_odds, firm = log_odds[order], firm[order]
        first = np.ones(len(query), dtype=bool)
        first[1:] = (query[1:] != query[:-1]) | (entity[1:] != entity[:-1])
        at = np.flatnonzero(first)
        best_firm = np.maximum.reduceat(firm, at) if len(at) else firm
        query, name, entity, pair, log_odds = query[at], name[at], entity[at], pair[at], log_odds[at]

        mine, theirs = batch.sphere[query], self._sphere[entity]
        is_other = (mine >= 0) & (theirs >= 0) & (mine != theirs)
        log_odds, best_firm = log_odds + OTHER_KIND * is_other, best_firm + OTHER_KIND * is_other
        reasons: list[tuple[FeatureScore, ...]] = [()] * len(query)
        if any(one.countries or one.identifiers or one.address for one in queries):
            reasons = [
                beside_names(queries[one], self.entities[other])
                for one, other in zip(query.tolist(), entity.tolist(), strict=True)
            ]
            moved = np.asarray([sum(reason.weight for reason in one) for one in reasons])
            log_odds = log_odds + moved
            best_firm = best_firm + moved
        for row in np.flatnonzero(is_other).tolist():
            reasons[row] = (*reasons[row], other_kind(queries[query[row]], self.entities[entity[row]]))
        score = self._scores(compared.names, query, name, log_odds)
        order = np.lexsort((entity, -score, query))
        if batch.is_grouped:
            order = order[_is_first(query[order], self.same[entity[order]])]
        place = np.arange(len(order)) - np.searchsorted(query[order], query[order])
        order = order[place < batch.limit]
        beside = [reasons[one] for one in order]
        return _Scored(query[order], name[order], score[order], best_firm[order], pair[order], beside, is_other[order])

    def _scores(
        self, names: Sequence[ReadName], query: Ints, name: Ints, log_odds: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return the score of each row; those that are not probable need no order."""
        chances, in_common = probability(log_odds), np.zeros(len(query))
        for row in np.flatnonzero(chances >= ORDERED_FROM).tolist():
            first, second = names[query[row]].joined, self._table.strings.joined[name[row]]
            in_common[row] = shared_rarity(first, second, self._table.letters_weight)
        return ordered_scores(chances, in_common)


def _spheres(queries: Sequence[ScreenQuery], names: Sequence[ReadName]) -> Ints:
    """Return the number of the sphere of each query: by its schema, else a company by its legal form; else -1."""
    found = []
    for query, name in zip(queries, names, strict=True):
        sphere = sphere_of(query.schema) or (Sphere.ORGANISATION if has_company_form(name.forms) else None)
        found.append(_SPHERES[sphere] if sphere else -1)
    return np.asarray(found, dtype=np.int64)


def _is_first(query: Ints, group: Ints) -> npt.NDArray[np.bool_]:
    """Return whether each row is the first of its query with its group; shape (rows,)."""
    found = np.zeros(len(query), dtype=bool)
    if len(query):
        found[np.unique(query * (group.max() + 1) + group, return_index=True)[1]] = True
    return found


def _verbatim_reason(lift: float) -> tuple[FeatureScore, ...]:
    """Return the evidence that the names are the same in full; empty where it changes nothing."""
    if lift <= 0:
        return ()
    return (FeatureScore("same in full", 1.0, lift, "the names are the same, letter for letter"),)
