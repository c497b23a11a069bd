"""Index of listed names: built once per edition of the lists, quick to open, and searched for many queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Indel
from rapidfuzz.process import cpdist

from stopgap.screening.entities import ListedEntity, NameKind
from stopgap.screening.index.candidates import ask, candidates
from stopgap.screening.index.files import open_index, save_index
from stopgap.screening.index.name_table import NameTable, make_table, strings_of
from stopgap.screening.index.vocabulary import background
from stopgap.screening.matching.explain import explain
from stopgap.screening.matching.features import compute
from stopgap.screening.matching.ranker import probability, ranker
from stopgap.screening.matching.results import FeatureScore, Match, ScreenQuery
from stopgap.screening.matching.secondary_evidence import beside_names, entities_by_number, number_matches
from stopgap.screening.names.company_name import LONGEST_NAME, read_name
from stopgap.screening.names.transliteration import fold

THRESHOLD = 0.6
"""Match probability from which a match raises an alert: finds 95 % of altered names (docs/methods/names.md)."""

BATCH = 1000
"""Number of queries searched per batch."""

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
        log_odds: (rows,) log odds of "the same company", from all evidence.
        firm: (rows,) the same for its best name that is not a weak alias; minus infinity if there is none.
        pair: (rows,) row of the features; -1 for an entity found only by an identifier.
        beside: For each row, the evidence other than names.
    """

    query: Ints
    name: Ints
    log_odds: npt.NDArray[np.float64]
    firm: npt.NDArray[np.float64]
    pair: Ints
    beside: list[tuple[FeatureScore, ...]]


class NameIndex:
    """Listed entities, indexed for search by name and identifier."""

    def __init__(self, entities: Sequence[ListedEntity], table: NameTable, kinds: Sequence[NameKind]) -> None:
        self.entities = list(entities)
        self._table = table
        self._kinds = list(kinds)
        self._is_weak = np.fromiter((kind is NameKind.WEAK for kind in kinds), bool, len(self._kinds))
        self._known = entities_by_number(self.entities)
        self._first_name: dict[int, int] = {}
        for row, entity in enumerate(table.entities.tolist()):
            self._first_name.setdefault(entity, row)

    def __len__(self) -> int:
        return len(self.entities)

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
        save_index(folder, self.entities, self._table, self._kinds)

    @classmethod
    def open(cls, folder: Path) -> NameIndex:
        """Open a saved index; raise InputError if the folder has no complete index of this version."""
        return cls(*open_index(folder))

    def search(
        self,
        queries: Sequence[ScreenQuery],
        *,
        limit: int = 5,
        explain: bool = False,
        lists: frozenset[str] | None = None,
    ) -> list[tuple[Match, ...]]:
        """Return the best matches of each query, best first; an empty tuple if nothing is similar.

        Only the first ``LONGEST_NAME`` characters of a name are used. With ``explain``, each match has the features
        behind its score; ``lists`` are the lists to search, all if ``None``.
        """
        found: list[tuple[Match, ...]] = []
        for start in range(0, len(queries), BATCH):
            found += self._search(queries[start : start + BATCH], limit, explain, lists)
        return found

    def _search(
        self, queries: Sequence[ScreenQuery], limit: int, explained: bool, lists: frozenset[str] | None
    ) -> list[tuple[Match, ...]]:
        asked = ask(self._table, [read_name(query.name) for query in queries])
        pairs = candidates(self._table, asked)
        features, kept = compute(self._table, asked, pairs, strings_of(asked.names))
        query, name = pairs.query[kept], pairs.name[kept]
        near = ranker().nearest(query, features)
        query, name, features = query[near], name[near], features[near]
        log_odds = ranker().log_odds(features) + self._as_printed(queries, query, name)
        scored = self._best(queries, query, name, log_odds, lists, limit)
        chances = probability(scored.log_odds)
        firm = probability(scored.firm)
        reasons: list[tuple[FeatureScore, ...]] = [()] * len(scored.query)
        if explained and len(scored.query):
            by_name = scored.pair >= 0
            moved = ranker().contributions(features[scored.pair[by_name]]) if by_name.any() else np.zeros((0, 1))
            for row, values in zip(np.flatnonzero(by_name).tolist(), moved, strict=True):
                reasons[row] = explain(
                    asked.names[scored.query[row]],
                    read_name(self._table.texts[scored.name[row]]),
                    features[scored.pair[row]],
                    values,
                )
        matches: list[list[Match]] = [[] for _ in queries]
        for row, (number, listed) in enumerate(zip(scored.query.tolist(), scored.name.tolist(), strict=True)):
            entity = self.entities[int(self._table.entities[listed])]
            because = reasons[row] + scored.beside[row] if explained else ()
            matches[number].append(
                Match(
                    entity_id=entity.entity_id,
                    list=entity.list,
                    list_date=entity.list_date,
                    name=entity.names[0].text,
                    matched_name=self._table.texts[listed],
                    matched_kind=self._kinds[listed],
                    score=float(chances[row]),
                    rank=len(matches[number]) + 1,
                    features=tuple(sorted(because, key=lambda reason: -abs(reason.weight))),
                    alerts=bool(firm[row] >= THRESHOLD),
                )
            )
        return [tuple(one) for one in matches]

    def _as_printed(self, queries: Sequence[ScreenQuery], query: Ints, name: Ints) -> npt.NDArray[np.float64]:
        """Return small log odds for names spelled like the query, to break ties between otherwise identical names."""
        asked = [fold(one.name[:LONGEST_NAME]) for one in queries]
        left, right = ([asked[one] for one in query.tolist()], [self._table.plain[one] for one in name.tolist()])
        return AS_PRINTED * np.asarray(cpdist(left, right, scorer=Indel.normalized_similarity), dtype=np.float64)

    def _best(
        self,
        queries: Sequence[ScreenQuery],
        query: Ints,
        name: Ints,
        log_odds: npt.NDArray[np.float64],
        lists: frozenset[str] | None,
        limit: int,
    ) -> _Scored:
        """Select the best entities of each query, and add the evidence other than names to their log odds."""
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

        reasons: list[tuple[FeatureScore, ...]] = [()] * len(query)
        if any(one.countries or one.identifiers or one.address for one in queries):
            reasons = [
                beside_names(queries[one], self.entities[other])
                for one, other in zip(query.tolist(), entity.tolist(), strict=True)
            ]
            moved = np.asarray([sum(reason.weight for reason in one) for one in reasons])
            log_odds = log_odds + moved
            best_firm = best_firm + moved
        order = np.lexsort((entity, -log_odds, query))
        place = np.arange(len(order)) - np.searchsorted(query[order], query[order])
        order = order[place < limit]
        return _Scored(
            query[order], name[order], log_odds[order], best_firm[order], pair[order], [reasons[one] for one in order]
        )
