"""Query the lists in the lake: which lists there are, their age, their entries, and changes between states."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stopgap.base.errors import NotFoundError
from stopgap.base.near_names import did_you_mean
from stopgap.lake.lists.editions import StandingEditions
from stopgap.lake.lists.list_sql import ENTITIES_SQL, HASHES_SQL, LIST_COUNTS_SQL, TOUCHED_SQL
from stopgap.lake.lists.refusal_log import ListRefusal, read_refusals
from stopgap.lake.snapshot import Snapshot
from stopgap.screening.entities import Identifier, ListedEntity, ListedName, NameKind, clean
from stopgap.screening.lists.view import opened_lists

_KINDS = {
    "name": NameKind.NAME,
    "alias": NameKind.ALIAS,
    "previous_name": NameKind.PREVIOUS,
    "weak_alias": NameKind.WEAK,
}
BATCH = 10_000
"""Number of entities read per batch."""


@dataclass(frozen=True, slots=True)
class ListState:
    """State of one list.

    Attributes:
        family: Group of lists that one file restates together; the list's own name if it is published alone.
        list_date: Day of the newest edition, ``YYYY-MM-DD``; ``None`` if neither the file nor the user states it.
        imported_on: Day on which that edition was imported (UTC).
        entities: Number of entries in force.
        undated: Number of those without a known date of listing; queries for an earlier day omit them.
        receipt: Receipt of the newest edition's first file.
        vintage: Vintage of the newest edition.
        amendments: Number of amending acts applied on top of the whole list.
        is_later: Whether the requested day is before the first edition; then that edition's listing dates decide.
        refused: The last rejected import of the list since then; ``None`` if there was none.
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
    refused: ListRefusal | None = None

    def age_days(self, today: dt.date) -> int:
        """Return the days since the edition's date, or since its import if the date is not known."""
        return (today - dt.date.fromisoformat(self.list_date or self.imported_on)).days

    def as_dict(self, today: dt.date | None = None) -> dict[str, Any]:
        """Return the fields as a dict, with ``age_days`` if ``today`` is given."""
        return {**asdict(self), **({"age_days": self.age_days(today)} if today else {})}


@dataclass(frozen=True, slots=True)
class EntityChange:
    """A change of one entry between two states of a list: ``added``, ``removed`` or ``changed``.

    ``before`` and ``after`` are hashes of the entry's content in the two states; ``None`` where it is not listed.
    """

    list: str
    entity_id: str
    change: str
    before: str | None
    after: str | None


def list_states(
    lake: Path, as_of: str | None = None, *, on: str | None = None, withheld: frozenset[str] = frozenset()
) -> tuple[ListState, ...]:
    """Return the state of each list in force, by name; empty if the lake holds no lists.

    A list from which every entry was removed has 0 entities.

    Args:
        lake: Folder of the lake.
        as_of: A vintage (``v3``): the lists as imported up to it. A day (``2024-06-01``): the lists in force on that
            day, whenever they were imported.
        on: The day, where ``as_of`` is a vintage.
        withheld: Receipts of files to treat as never imported. Rejected imports are then not reported, because the
            reason for a rejection can depend on one of these files.
    """
    with opened_lists(lake, as_of, on, withheld=withheld) as view:
        if view is None:
            return ()
        standing = {found.family: found for found in view.standing}
        rows = view.con.execute(LIST_COUNTS_SQL, {**view.params(None), "context": False}).fetchall()
        refusals = [] if view.snapshot.withheld else read_refusals(lake)
        return tuple(
            _state(standing[family], name, entities, undated, view.snapshot, refusals)
            for family, name, entities, undated in rows
        )


def _state(
    found: StandingEditions, name: str, entities: int, undated: int, snapshot: Snapshot, refusals: Sequence[ListRefusal]
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
    """Resolve names of lists or families to names of lists; return ``None``, meaning all, if no name is given.

    A name that is neither raises NotFoundError.
    """
    if not wanted:
        return None
    found: dict[str, None] = {}
    for name in wanted:
        own = [state.list for state in states if name in (state.list, state.family)]
        if not own:
            families = sorted({state.family for state in states})
            known = ", ".join(families) or "none"
            raise NotFoundError(
                f"no list is called {name!r}",
                where=f"lists in the lake: {known[:300]}",
                fix=f"{did_you_mean(name, families)} 'stopgap lists' shows them; stopgap import FILE imports one".strip(),
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
    remarks: bool = False,
    withheld: frozenset[str] = frozenset(),
) -> Iterator[ListedEntity]:
    """Yield the entries in force, by list and id.

    Args:
        lake: Folder of the lake.
        lists: Names of lists; all if ``None``. A name not in the lake yields nothing.
        as_of: A vintage, or a day; see :func:`list_states`.
        on: A day: entries listed after it, or delisted on or before it, are omitted. If the first edition is
            later than the day, so are entries without a known listing date.
        entity_ids: Only these entries; all if ``None``.
        context: Also yield entities that a list mentions without listing them, such as owners.
        remarks: Also read the remarks of the entries.
        withheld: Receipts of files to treat as never imported.
    """
    with opened_lists(lake, as_of, on, withheld=withheld) as view:
        if view is None:
            return
        ids = list(entity_ids) if entity_ids is not None else None
        params = {**view.params(lists), "ids": ids, "context": context, "remarks": remarks}
        for batch in view.con.sql(ENTITIES_SQL, params=params).to_arrow_reader(BATCH):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield _entity(*row)


def _entity(
    name: str,
    entity_id: str,
    list_date: dt.date | None,
    schema: str,
    receipt: str,
    properties: list[str],
    values: list[str | None],
    details: list[str | None],
) -> ListedEntity:
    """Build an entity from its properties, without duplicates, in the order of the file."""
    names: dict[ListedName, None] = {}
    numbers: dict[Identifier, None] = {}
    texts: dict[str, dict[str, None]] = {}
    remarks: dict[tuple[str, str], None] = {}
    for kind, value, detail in zip(properties, values, details, strict=True):
        if value is None:
            continue
        if kind in _KINDS:
            names[ListedName(value, _KINDS[kind])] = None
        elif kind == "identifier":
            number = clean(detail or "id", value)
            if number is not None:
                numbers[number] = None
        elif kind == "remark":
            remarks[detail or "", value] = None
        else:
            texts.setdefault(kind, {})[value] = None
    return ListedEntity(
        entity_id=entity_id,
        list=name,
        list_date=list_date.isoformat() if list_date else None,
        schema=schema,
        names=tuple(sorted(names, key=lambda one: one.kind is not NameKind.NAME)),
        countries=tuple(texts.get("country", ())),
        addresses=tuple(texts.get("address", ())),
        identifiers=tuple(numbers),
        programmes=tuple(texts.get("programme", ())),
        listed_on=min(texts.get("listed_on", ()), default=None),
        delisted_on=max(texts.get("delisted_on", ()), default=None),
        receipt=receipt,
        remarks=tuple(remarks),
    )


def lists_fingerprint(
    lake: Path, as_of: str | None = None, *, on: str | None = None, withheld: frozenset[str] = frozenset()
) -> str:
    """Return a SHA-256 (64 hexadecimal digits) that changes whenever the set of editions in force changes."""
    with opened_lists(lake, as_of, on, withheld=withheld) as view:
        standing = view.standing if view else ()
        parts = [
            [found.family, found.is_later, [[edition.vintage, edition.receipts] for edition in found.editions]]
            for found in standing
        ]
    return hashlib.sha256(json.dumps(sorted(parts)).encode()).hexdigest()


def changed_entities(
    lake: Path, *, since: str, until: str | None = None, lists: Sequence[str] | None = None
) -> tuple[EntityChange, ...]:
    """Return the entries that differ between two states of the lists, by list and id.

    The states are vintages or days; ``until`` is the newest state if ``None``; see :func:`list_states`. Families whose
    editions are identical in both are not read; of families only amended since, only the entries that can differ are.
    """
    before, after = _states_of(lake, since), _states_of(lake, until)
    moved = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    amended = [name for name in moved if _is_amended(before.get(name), after.get(name))]
    restated = [name for name in moved if name not in amended]
    touched = _touched(lake, until, before, after, amended)
    old = _hashes(lake, since, restated, lists) | _hashes(lake, since, amended, lists, touched)
    new = _hashes(lake, until, restated, lists) | _hashes(lake, until, amended, lists, touched)
    return tuple(
        EntityChange(
            *key, "added" if key not in old else "removed" if key not in new else "changed", old.get(key), new.get(key)
        )
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    )


@dataclass(frozen=True, slots=True)
class _FamilyState:
    """Editions of a family in force (vintage, act, receipts; the whole list first), and the requested day."""

    editions: tuple[tuple[str, str | None, tuple[str, ...]], ...]
    is_later: bool
    on: str | None
    day: str


def _states_of(lake: Path, as_of: str | None) -> dict[str, _FamilyState]:
    with opened_lists(lake, as_of, None) as view:
        if view is None:
            return {}
        states = {}
        for found in view.standing:
            editions = tuple((one.vintage, one.act, one.receipts) for one in found.editions)
            states[found.family] = _FamilyState(editions, found.is_later, view.on, view.on or found.day)
        return states


def _is_amended(before: _FamilyState | None, after: _FamilyState | None) -> bool:
    """Whether the later state is the earlier one plus amendments, or the same editions on another day.

    Then only entries that the amendments name, or that were listed or delisted between the days, can differ.
    """
    if before is None or after is None or before.is_later != after.is_later or bool(before.on) != bool(after.on):
        return False
    return before.editions[0] == after.editions[0] and set(before.editions) <= set(after.editions)


def _touched(
    lake: Path, as_of: str | None, before: dict[str, _FamilyState], after: dict[str, _FamilyState], amended: list[str]
) -> list[str]:
    """Return the ids of entries that can differ between two states of families where the later amends the earlier."""
    if not amended:
        return []
    extra = [
        f"{family}\x1f{edition[0]}"
        for family in amended
        for edition in after[family].editions
        if edition not in before[family].editions
    ]
    days = [state[family].day for state in (before, after) for family in amended]
    params = {"editions": extra, "families": amended, "first": min(days), "last": max(days)}
    with opened_lists(lake, as_of, None) as view:
        return [key for (key,) in view.con.execute(TOUCHED_SQL, params).fetchall()] if view else []


def _hashes(
    lake: Path, as_of: str | None, families: list[str], lists: Sequence[str] | None, touched: list[str] | None = None
) -> dict[tuple[str, str], str]:
    """Return a map (list, entity id) -> hash of the entry's content."""
    if not families:
        return {}
    with opened_lists(lake, as_of, None) as view:
        if view is None:
            return {}
        params = {**view.params(lists), "families": families, "touched": touched, "context": False}
        rows = view.con.execute(HASHES_SQL, params).fetchall()
        return {(name, entity): digest for name, entity, digest in rows}
