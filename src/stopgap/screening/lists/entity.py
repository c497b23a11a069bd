"""Show one list entry: whether it was listed on a given day, why, and its history over the editions."""

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
    """One property that a list states for an entry, with the receipt of the file that states it."""

    property: str
    value: str | None
    detail: str | None
    receipt: str
    vintage: str


@dataclass(frozen=True, slots=True)
class EditionChange:
    """Effect of one edition on an entry (``what``): ``holds``, ``does not hold``, ``changes`` or ``takes off``.

    An edition is an amending act or a whole list, effective from ``day``. Its stated date ``list_date`` is ``None`` if
    neither the file nor the user gives one.
    """

    day: str
    list_date: str | None
    vintage: str
    act: str | None
    what: str


@dataclass(frozen=True, slots=True)
class ShownEntity:
    """An entry of one list, as of one day.

    Attributes:
        in_force: Whether the entry was on the list; ``None`` if it cannot be told from the imported files.
        because: Reason for ``in_force``, as a sentence.
        facts: Properties that the list states for it; empty if the list did not hold it.
        history: Effect of each edition of the list on the entry, earliest first.
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
    """Return an entry from each list that ever held it; raise NotFoundError if no list ever did.

    For ``as_of`` and ``on`` see :func:`stopgap.screening.lists.run.list_states`.
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
    """Return whether an entry is in force, and the reason as a sentence."""
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
