"""The lists in the lake: which there are, how old, who is on them, and what changed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stopgap.errors import NotFoundError
from stopgap.lake.connect import Snapshot
from stopgap.lake.editions import Standing
from stopgap.lake.list_log import Refusal, read_refusals
from stopgap.lake.list_sql import ENTITIES_SQL, HASHES_SQL, LIST_COUNTS_SQL
from stopgap.screening.entities import Identifier, ListedEntity, ListedName, NameKind
from stopgap.screening.identifiers import clean
from stopgap.workflows.list_view import opened_lists

_KINDS = {
    "name": NameKind.NAME,
    "alias": NameKind.ALIAS,
    "previous_name": NameKind.PREVIOUS,
    "weak_alias": NameKind.WEAK,
}
BATCH = 10_000
"""Entities that are read at a time."""


@dataclass(frozen=True, slots=True)
class ListState:
    """One list as it stands.

    Attributes:
        list: Its name.
        family: The lists that one file restates together; the list itself where it stands alone.
        list_date: Day of its newest edition, ``YYYY-MM-DD``; ``None`` where neither file nor user says.
        imported_on: Day on which that edition was loaded (UTC).
        entities: Entries in force.
        undated: Those of them that no date of listing is known of; asked of an earlier day, they are left out.
        receipt: Receipt of the newest edition's first file.
        vintage: Vintage of the newest edition.
        amendments: Amending acts that are applied on top of the whole list.
        is_later: Asked of a day before the first edition: then the days of listing in that edition tell.
        refused: The last import of the list that was refused since; ``None`` where none was.
    """

    list: str
    family: str
    list_date: str | None
    imported_on: str
    entities: int
    undated: int
    receipt: str
    vintage: str
    amendments: int
    is_later: bool = False
    refused: Refusal | None = None

    def age_days(self, today: dt.date) -> int:
        """Days since the edition, or where its day is not known, since it was loaded."""
        return (today - dt.date.fromisoformat(self.list_date or self.imported_on)).days

    def as_dict(self, today: dt.date | None = None) -> dict[str, Any]:
        """Plain values, with ``age_days`` where today is given."""
        return {**asdict(self), **({"age_days": self.age_days(today)} if today else {})}


@dataclass(frozen=True, slots=True)
class EntityChange:
    """An entry that is not as it was.

    Attributes:
        list: Name of the list.
        entity_id: Of the list.
        change: ``added``, ``removed`` or ``changed``.
        before: Hash of what the list said of it; ``None`` where it was not on it.
        after: Hash of what the list says now; ``None`` where it is no longer on it.
    """

    list: str
    entity_id: str
    change: str
    before: str | None
    after: str | None


def list_states(lake: Path, as_of: str | None = None, *, on: str | None = None) -> tuple[ListState, ...]:
    """Each list that stands, by name.

    Args:
        lake: Folder of the lake.
        as_of: A vintage (``v3``): the lists as they were loaded up to it. A day (``2024-06-01``): as they
            stood on that day, whenever they were loaded.
        on: The day, where ``as_of`` is a vintage.

    Returns:
        None where the lake holds no lists. A list whose every entry was taken off has 0 entities.
    """
    with opened_lists(lake, as_of, on) as view:
        if view is None:
            return ()
        standing = {found.family: found for found in view.standing}
        rows = view.con.execute(LIST_COUNTS_SQL, {**view.params(None), "context": False}).fetchall()
        refusals = read_refusals(lake)
        return tuple(
            _state(standing[family], name, entities, undated, view.snapshot, refusals)
            for family, name, entities, undated in rows
        )


def _state(
    found: Standing, name: str, entities: int, undated: int, snapshot: Snapshot, refusals: Sequence[Refusal]
) -> ListState:
    newest = found.editions[-1]
    loaded = max(snapshot.moments[edition.vintage] for edition in found.editions)
    since = [one for one in refusals if one.family == found.family and one.when >= loaded]
    return ListState(
        list=name,
        family=found.family,
        list_date=found.list_date,
        imported_on=snapshot.moments[newest.vintage][:10],
        entities=entities,
        undated=undated,
        receipt=newest.receipts[0],
        vintage=newest.vintage,
        amendments=len(found.deltas),
        is_later=found.is_later,
        refused=since[-1] if since else None,
    )


def choose_lists(states: Sequence[ListState], wanted: Sequence[str] | None) -> tuple[str, ...] | None:
    """Names of the lists that are meant: a list, or all of a family; ``None`` for every one.

    Raises:
        NotFoundError: No such list.
    """
    if not wanted:
        return None
    found: dict[str, None] = {}
    for name in wanted:
        own = [state.list for state in states if name in (state.list, state.family)]
        if not own:
            known = ", ".join(sorted({state.family for state in states})) or "none"
            raise NotFoundError(
                f"no list is called {name!r}",
                where=f"lists in the lake: {known[:300]}",
                mend="stopgap lists shows them; stopgap import FILE loads one",
            )
        found.update(dict.fromkeys(own))
    return tuple(found)


def entities_in_force(
    lake: Path,
    *,
    lists: Sequence[str] | None = None,
    as_of: str | None = None,
    on: str | None = None,
    entity_ids: Sequence[str] | None = None,
    context: bool = False,
) -> Iterator[ListedEntity]:
    """Entries in force, by list and id.

    Args:
        lake: Folder of the lake.
        lists: Names of lists; all where ``None``. A name that is none of the lake's yields nothing.
        as_of: A vintage, or a day; see :func:`list_states`.
        on: A day: entries that were listed later, or taken off up to it, are left out. Where the first
            edition is of after the day, so are entries whose day of listing is not known.
        entity_ids: Only these.
        context: Also entities that a list tells of without listing them, as owners are.
    """
    with opened_lists(lake, as_of, on) as view:
        if view is None:
            return
        ids = list(entity_ids) if entity_ids is not None else None
        params = {**view.params(lists), "ids": ids, "context": context}
        reader = view.con.sql(ENTITIES_SQL, params=params).to_arrow_reader(BATCH)
        for batch in reader:
            columns = [column.to_pylist() for column in batch.columns]
            for row in zip(*columns, strict=True):
                yield _entity(*row)


def _entity(
    name: str,
    entity_id: str,
    list_date: dt.date | None,
    schema: str,
    names: list[dict[str, str]],
    countries: list[str] | None,
    addresses: list[str] | None,
    identifiers: list[dict[str, str]] | None,
    programmes: list[str] | None,
    listed_on: str | None,
    delisted_on: str | None,
    receipt: str,
) -> ListedEntity:
    return ListedEntity(
        entity_id=entity_id,
        list=name,
        list_date=list_date.isoformat() if list_date else None,
        schema=schema,
        names=tuple(ListedName(one["value"], _KINDS[one["property"]]) for one in names),
        countries=tuple(countries or ()),
        addresses=tuple(addresses or ()),
        identifiers=_identifiers(identifiers or []),
        programmes=tuple(programmes or ()),
        listed_on=listed_on,
        delisted_on=delisted_on,
        receipt=receipt,
    )


def _identifiers(found: list[dict[str, str]]) -> tuple[Identifier, ...]:
    cleaned = (clean(one["detail"] or "id", one["value"]) for one in found)
    return tuple(dict.fromkeys(one for one in cleaned if one is not None))


def lists_fingerprint(lake: Path, as_of: str | None = None, *, on: str | None = None) -> str:
    """A hash that changes when an edition that stands does: 64 hexadecimal digits."""
    with opened_lists(lake, as_of, on) as view:
        standing = view.standing if view else ()
        parts = [
            [
                found.family,
                found.is_later,
                [[edition.vintage, edition.receipts] for edition in found.editions],
            ]
            for found in standing
        ]
    return hashlib.sha256(json.dumps(sorted(parts)).encode()).hexdigest()


def changed_entities(
    lake: Path,
    *,
    since: str,
    until: str | None = None,
    lists: Sequence[str] | None = None,
) -> tuple[EntityChange, ...]:
    """Entries that differ between two states of the lists, by list and id.

    Families whose editions are the same in both are not read.

    Args:
        lake: Folder of the lake.
        since: The earlier state, a vintage or a day; see :func:`list_states`.
        until: The later one; the newest where ``None``.
        lists: Names of lists; all where ``None``.
    """
    before, after = _editions_of(lake, since), _editions_of(lake, until)
    moved = [
        family for family in sorted(before.keys() | after.keys()) if before.get(family) != after.get(family)
    ]
    old = _hashes(lake, since, moved, lists)
    new = _hashes(lake, until, moved, lists)
    return tuple(
        EntityChange(*key, _change(old.get(key), new.get(key)), old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    )


def _change(before: str | None, after: str | None) -> str:
    return "changed" if before and after else "removed" if before else "added"


def _editions_of(lake: Path, as_of: str | None) -> dict[str, list[tuple[str, str | None, tuple[str, ...]]]]:
    with opened_lists(lake, as_of, None) as view:
        return {
            found.family: [(one.vintage, one.act, one.receipts) for one in found.editions]
            for found in (view.standing if view else ())
        }


def _hashes(
    lake: Path, as_of: str | None, families: list[str], lists: Sequence[str] | None
) -> dict[tuple[str, str], str]:
    """(list, entity) -> hash of what the list says of it."""
    if not families:
        return {}
    with opened_lists(lake, as_of, None) as view:
        if view is None:
            return {}
        params = {**view.params(lists), "families": families, "context": False}
        rows = view.con.execute(HASHES_SQL, params).fetchall()
        return {(name, entity): digest for name, entity, digest in rows}
