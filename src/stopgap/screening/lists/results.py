"""Results of queries on lists: lists in force, entries of a list, one entry, changes between two states."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stopgap.base.listing import Listing
from stopgap.screening.entities import ListedEntity
from stopgap.screening.lists.entity import ShownEntity, show_entity
from stopgap.screening.lists.request import ChangesRequest, EntityRequest, ListDayRequest
from stopgap.screening.lists.run import (
    EntityChange,
    ListState,
    changed_entities,
    choose_lists,
    entities_in_force,
    list_states,
)


@dataclass(frozen=True)
class ListStates(Listing[ListState]):
    """The lists in force.

    Attributes:
        as_of: Requested day or vintage; ``None`` for now.
        today: Day of the query (UTC), from which ages are counted.
    """

    as_of: str | None
    today: dt.date

    def as_dict(self) -> dict[str, Any]:
        """Return what ``stopgap lists --format json`` prints."""
        return {"lists": [state.as_dict(self.today) for state in self], "as_of": self.as_of}


@dataclass(frozen=True)
class ListEntries(Listing[ListedEntity]):
    """Entries of a list, or of all lists of one act; ``states`` are those lists, with the requested day or vintage."""

    states: ListStates

    def as_dict(self) -> dict[str, Any]:
        """Return what ``stopgap lists show --format json`` prints."""
        head = self.states.as_dict()
        return {"lists": head["lists"], "entities": list(map(_entry, self)), "as_of": head["as_of"]}


def _entry(entity: ListedEntity) -> dict[str, Any]:
    return {
        "entity_id": entity.entity_id,
        "list": entity.list,
        "schema": entity.schema,
        "name": entity.names[0].text,
        "names": [{"text": one.text, "kind": one.kind.value} for one in entity.names],
        **{name: list(getattr(entity, name)) for name in ("countries", "addresses")},
        "identifiers": list(map(asdict, entity.identifiers)),
        "programmes": list(entity.programmes),
        **{name: getattr(entity, name) for name in ("listed_on", "delisted_on", "receipt")},
    }


@dataclass(frozen=True)
class EntryInLists(Listing[ShownEntity]):
    """One entry, in each list that ever held it; ``as_of`` is ``None`` for now."""

    entity_id: str
    as_of: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return what ``stopgap lists entity --format json`` prints."""
        return {"entity_id": self.entity_id, "as_of": self.as_of, "lists": list(map(asdict, self))}


@dataclass(frozen=True)
class ListChanges(Listing[EntityChange]):
    """Entries that differ between state ``since`` and the later state ``until``, which is ``None`` for now."""

    since: str
    until: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return what ``stopgap lists changes --format json`` prints."""
        return {"since": self.since, "until": self.until, "changes": list(map(asdict, self))}


def lists_of_lake(lake: Path, request: ListDayRequest) -> ListStates:
    """Return the lists in force; empty if the lake holds no lists."""
    return ListStates(list_states(lake, request.as_of), request.as_of, dt.datetime.now(dt.UTC).date())


def entries_of_list(lake: Path, name: str, request: ListDayRequest) -> ListEntries:
    """Return the entries of a list, or of all lists of one act."""
    states = lists_of_lake(lake, request)
    chosen = choose_lists(states, [name])
    own = tuple(state for state in states if chosen is None or state.list in chosen)
    entries = tuple(entities_in_force(lake, lists=chosen, as_of=request.as_of))
    return ListEntries(entries, ListStates(own, states.as_of, states.today))


def entry_of_lists(lake: Path, entity_id: str, request: EntityRequest) -> EntryInLists:
    """Return one entry from each list that ever held it."""
    lists = [request.list] if request.list else None
    found = show_entity(lake, entity_id, lists=lists, as_of=request.as_of)
    return EntryInLists(found, entity_id, request.as_of)


def changes_of_lists(lake: Path, request: ChangesRequest) -> ListChanges:
    """Return the entries added, changed or removed between two states of the lists."""
    found = changed_entities(lake, since=request.since, until=request.until)
    return ListChanges(found, request.since, request.until)
