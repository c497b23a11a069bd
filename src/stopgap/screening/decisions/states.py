"""Determine the state of decisions by comparing them with the lists in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stopgap.base.marking import Markable
from stopgap.screening.decisions.decision import DecidedAs, DecisionBook, MatchDecision, PairKey, pair_key
from stopgap.screening.decisions.material import Material, MaterialChange, gone, material_changes, material_of
from stopgap.screening.entities import ListedEntity
from stopgap.screening.matching.results import Match, ScreenQuery


class DecisionState(StrEnum):
    """State of a decision relative to the current lists."""

    STANDING = "standing"  # true or false, and nothing material has changed
    UNDECIDED = "undecided"  # looked at, and not told
    REOPENED = "reopened"  # the listed entity has changed materially since
    UNKNOWN = "unknown"  # the list is not in this lake

    @property
    def is_open(self) -> bool:
        """Whether a person must review the match: it is undecided or reopened."""
        return self in (DecisionState.UNDECIDED, DecisionState.REOPENED)


@dataclass(frozen=True, slots=True)
class StandingDecision(Markable):
    """A decision in force, with its state.

    Attributes:
        changes: Material changes since the decision, which reopened it; otherwise empty.
        history: All decisions on the pair, oldest first; the last is the one in force.
    """

    decision: MatchDecision
    state: DecisionState
    changes: tuple[MaterialChange, ...]
    history: tuple[MatchDecision, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that ``decisions --format json`` prints."""
        return {
            "id": self.decision.id,
            "status": self.state.value,
            **self.decision.as_dict(),
            "changes": [change.as_dict() for change in self.changes],
            "history": [each.as_dict() for each in self.history],
        }


class Standings:
    """All decisions in force, compared with the current state of the lists.

    ``current``: (list, id) -> material fields now, at least for every entity with a decision. ``lists``: names of
    the lists in force; an entity of one of these that is not in ``current`` was removed from the list.
    """

    def __init__(self, book: DecisionBook, current: Mapping[tuple[str, str], Material], lists: frozenset[str]) -> None:
        self.book = book
        self._current = current
        self._lists = lists
        self._changes: dict[tuple[str, str, str], tuple[MaterialChange, ...]] = {}
        self._places = book.entities
        self._hashes = {place: material.hash for place, material in current.items()}

    @classmethod
    def against(cls, book: DecisionBook, entities: Iterable[ListedEntity], lists: Iterable[str]) -> Standings:
        """Compare the decisions of a book with the entities in force of ``lists``, at least those with a decision."""
        wanted = book.entities
        current = {
            (entity.list, entity.entity_id): material_of(entity)
            for entity in entities
            if (entity.list, entity.entity_id) in wanted
        }
        return cls(book, current, frozenset(lists))

    def __iter__(self) -> Iterator[StandingDecision]:
        return map(self._standing, self.book)

    def of(self, query: ScreenQuery, match: Match) -> StandingDecision | None:
        """Return the decision on a match; ``None`` if there is none for this name, countries and identifiers."""
        # Most matches are with entities that nobody decided on: no key is made for those.
        if (match.list, match.entity_id) not in self._places:
            return None
        key = pair_key(query, match)
        return None if key is None else self.of_pair(key)

    def of_pair(self, key: PairKey) -> StandingDecision | None:
        """Return the decision on a pair; ``None`` if there is none."""
        found = self.book.in_force(key)
        return None if found is None else self._standing(found)

    def _standing(self, decision: MatchDecision) -> StandingDecision:
        is_known = decision.list in self._lists
        changes = self._changed(decision) if is_known else ()
        if not is_known:
            state = DecisionState.UNKNOWN
        elif changes:
            state = DecisionState.REOPENED
        else:
            is_told = decision.decided is not DecidedAs.UNDECIDED
            state = DecisionState.STANDING if is_told else DecisionState.UNDECIDED
        return StandingDecision(decision, state, changes, self.book.history(decision.key))

    def _changed(self, decision: MatchDecision) -> tuple[MaterialChange, ...]:
        place = (decision.list, decision.entity_id)
        if self._hashes.get(place) == decision.material:
            return ()
        key = (*place, decision.material)
        if key not in self._changes:
            now = self._current.get(place) or gone(decision.entity)
            self._changes[key] = material_changes(decision.entity, now)
        return self._changes[key]
