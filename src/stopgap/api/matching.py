"""Matching of the Python API: requests and answers in the shapes of yente's API."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.api.asked import asked_of
from stopgap.api.reader import LakeReader
from stopgap.api.results import MarkedDict
from stopgap.base.marking import Marking
from stopgap.base.progress import Progress
from stopgap.screening.matching.yente_request import FindRequest, MatchRequest

if TYPE_CHECKING:
    from stopgap.screening.matching.screeners import OpenLists, Screeners


class Matching(LakeReader):
    """Names matched in the shapes of yente's API; see docs/reference/screening.md."""

    def __init__(self, path: Path, progress: Progress | None, screeners: Screeners) -> None:
        super().__init__(path, progress)
        self._screeners = screeners
        self._markings: weakref.WeakKeyDictionary[OpenLists, Marking] = weakref.WeakKeyDictionary()

    @asked_of(MatchRequest)
    def match(self, queries: dict[str, Any], request: MatchRequest) -> MarkedDict:
        """Answer a request in the shape of yente's ``POST /match/{dataset}``; see docs/reference/screening.md.

        Args:
            queries: Body of the request: ``{"queries": {id: {"schema", "properties"}}}``.

        Raises:
            MissingDataError: The lake holds no lists.
            InputError: The request is not of that shape, or a query names nothing that can be looked up.
            NotFoundError: No such list or scope.
            UsageError: A query is for a person, or the request asks for what cannot be honoured.
        """
        from stopgap.screening.matching.yente_answers import match_answer

        with self._reading():
            opened = self._screeners.opened(as_of=request.as_of)
            return MarkedDict(match_answer(opened, queries, request), self._marking(opened))

    @asked_of(FindRequest)
    def search(self, text: str, request: FindRequest) -> MarkedDict:
        """Search entities by text in the shape of yente's ``GET /search/{dataset}``.

        Args:
            text: A name, or words of one; all entities if it is empty.

        Raises:
            MissingDataError: The lake holds no lists.
            InputError: A number is out of its bounds, or a name cannot be looked up.
            NotFoundError: No such list or scope.
            UsageError: The request asks for what cannot be honoured.
        """
        from stopgap.screening.matching.yente_search import search_answer

        with self._reading():
            opened = self._screeners.opened(as_of=request.as_of)
            return MarkedDict(search_answer(opened, text, request), self._marking(opened))

    def entity(self, entity_id: str, dataset: str | None = None) -> MarkedDict:
        """One entity in force in the shape of yente's ``GET /entities/{id}``.

        Args:
            entity_id: Id of the entry, as its list prints it.
            dataset: List, where several hold an entry with that id.

        Raises:
            MissingDataError: The lake holds no lists.
            NotFoundError: No list in force holds such an entry.
            UsageError: Several lists hold one.
        """
        from stopgap.screening.matching.yente_search import entity_answer

        with self._reading():
            opened = self._screeners.opened()
            return MarkedDict(entity_answer(opened, entity_id, dataset), self._marking(opened))

    def adjacent(
        self,
        entity_id: str,
        dataset: str | None = None,
        *,
        relation: str | None = None,
        limit: int = 10,
        offset: int = 0,
    ) -> MarkedDict:
        """Owners, directors and linked entities of an entity, in the shape of yente's ``GET /entities/{id}/adjacent``.

        Args:
            entity_id: Id of the entry, as its list prints it.
            dataset: List, where several hold an entry with that id.
            relation: Only this property, such as ``ownershipOwner``; then in the shape of ``…/adjacent/{property}``.
            limit: Entities of each property, at most.
            offset: Entities of each property that are passed over.

        Raises:
            MissingDataError: The lake holds no lists.
            NotFoundError: No list in force holds such an entry.
            UsageError: Several lists hold one.
        """
        from stopgap.screening.matching.yente_search import adjacent_answer, adjacent_by_property

        with self._reading():
            opened = self._screeners.opened()
            answer = adjacent_answer(opened, entity_id, dataset, limit=limit, offset=offset)
            if relation is not None:
                answer = adjacent_by_property(answer, relation, limit=limit, offset=offset)
            return MarkedDict(answer, self._marking(opened))

    def catalogue(self) -> MarkedDict:
        """Lists and scopes in the shape of yente's ``GET /catalog``.

        Raises:
            MissingDataError: The lake holds no lists.
        """
        from stopgap.screening.matching.yente_answers import catalogue

        with self._reading():
            opened = self._screeners.opened()
            return MarkedDict(catalogue(opened), self._marking(opened))

    @property
    def answers_meanwhile(self) -> bool:
        """Whether the old edition of the lists answers while a new one is opened: for a service that many ask."""
        return self._screeners.answers_meanwhile

    @answers_meanwhile.setter
    def answers_meanwhile(self, value: bool) -> None:
        self._screeners.answers_meanwhile = value

    def _marking(self, opened: OpenLists) -> Marking:
        """Return the marking of what rests on open lists: it changes when they are opened again, and not before."""
        from stopgap.evidence.markings.reads import admit, with_reads

        if opened not in self._markings:
            self._markings[opened] = with_reads()
        admit(self._markings[opened])
        return self._markings[opened]
