"""One entry of the lists: whether it was on a list on a day, why, and what each edition said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.errors import NotFoundError
from stopgap.lake.lists.editions import StandingEditions, StoredEdition
from stopgap.screening.lists.view import ListView, opened_lists

_FACTS_SQL = """
    SELECT property, value, detail, min(receipt), min(vintage)
    FROM listed_state WHERE list = $list AND entity_id = $id
    GROUP BY property, value, detail ORDER BY min(place)
"""
_MENTIONS_SQL = """
    SELECT list, family, vintage, act, list_date::VARCHAR, bool_or(operation = 'remove')
    FROM listed_fact_rows
    WHERE entity_id = $id AND ($lists::VARCHAR[] IS NULL OR list_contains($lists::VARCHAR[], list))
    GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class EntityFact:
    """One thing that a list says of an entry, and the file that says so."""

    property: str
    value: str | None
    detail: str | None
    receipt: str
    vintage: str


@dataclass(frozen=True, slots=True)
class EditionChange:
    """What an edition did to an entry: ``holds``, ``does not hold``, ``changes`` or ``takes off``.

    The edition, an amending act or a whole list, counts from ``day``; its own day ``list_date`` is ``None`` where
    neither file nor user says.
    """

    day: str
    list_date: str | None
    vintage: str
    act: str | None
    what: str


@dataclass(frozen=True, slots=True)
class ShownEntity:
    """An entry of one list, on a day.

    Attributes:
        in_force: Whether it was on the list; ``None`` where what was imported does not tell.
        because: Why, in words.
        facts: What the list says of it; none where it was not on it.
        history: What each edition of the list did to it, the earliest first.
    """

    list: str
    entity_id: str
    in_force: bool | None
    because: str
    facts: tuple[EntityFact, ...]
    history: tuple[EditionChange, ...]


def show_entity(
    lake: Path, entity_id: str, *, lists: Sequence[str] | None = None, as_of: str | None = None, on: str | None = None
) -> tuple[ShownEntity, ...]:
    """An entry in each list that ever held it; refuses (NotFoundError) one that none did.

    For days see :func:`stopgap.screening.lists.run.list_states`.
    """
    with opened_lists(lake, as_of, on) as view:
        mentions: list[Any] = []
        if view is not None:
            params = {"id": entity_id, "lists": view.params(lists)["lists"]}
            mentions = view.con.execute(_MENTIONS_SQL, params).fetchall()
        if view is None or not mentions:
            raise NotFoundError(
                f"no list holds an entry {entity_id!r}",
                where=f"{lake}, {', '.join(lists) if lists else 'all lists'}",
                fix="stopgap lists show LIST prints the ids of a list",
            )
        families = {name: family for name, family, *_ in mentions}
        return tuple(
            _shown(view, name, family, entity_id, [one for one in mentions if one[0] == name])
            for name, family in families.items()
        )


def _shown(view: ListView, name: str, family: str, entity_id: str, mentions: list[Any]) -> ShownEntity:
    rows = view.con.execute(_FACTS_SQL, {"list": name, "id": entity_id}).fetchall()
    facts = tuple(EntityFact(*row) for row in rows)
    standing = next((found for found in view.standing if found.family == family), None)
    in_force, because = _judged(facts, standing, view.on)
    taken = {(vintage, act, day): removed for _, _, vintage, act, day, removed in mentions}
    history = tuple(
        _mention(edition, taken.get((edition.vintage, edition.act, edition.stored_date)))
        for edition in view.editions
        if edition.family == family
    )
    return ShownEntity(name, entity_id, in_force, because, facts, tuple(one for one in history if one.what))


def _mention(edition: StoredEdition, removed: bool | None) -> EditionChange:
    if edition.is_delta:
        what = "" if removed is None else "takes off" if removed else "changes"
    else:
        what = "does not hold" if removed is None else "holds"
    return EditionChange(edition.day, edition.list_date, edition.vintage, edition.act, what)


def _judged(facts: Sequence[EntityFact], standing: StandingEditions | None, on: str | None) -> tuple[bool | None, str]:
    """Whether an entry is in force, and why."""
    if standing is None:
        return None, "no edition of the list tells of that day"
    named = f"the edition of {standing.list_date}" if standing.list_date else f"the edition imported on {standing.day}"
    if not any(fact.property == "name" for fact in facts):
        if not standing.is_later:
            return False, f"{named} does not hold it"
        return None, f"{named}, the first that was imported, does not hold it; who was taken off before is not known"
    if any(fact.property == "context" for fact in facts):
        return False, f"{named} tells of it and does not list it"
    ended = max((fact.value for fact in facts if fact.property == "delisted_on" and fact.value), default=None)
    if ended is not None and ended <= (on or standing.day):
        return False, f"{named} says that it was taken off on {ended}"
    began = min((fact.value for fact in facts if fact.property == "listed_on" and fact.value), default=None)
    if on is not None and began is not None and began > on:
        return False, f"{named} says that it was listed on {began}"
    if standing.is_later and began is None:
        return None, f"{named} is later than that day and does not say when it was listed"
    since = f", listed on {began}" if began else ""
    return True, f"{named} holds it{since}"
