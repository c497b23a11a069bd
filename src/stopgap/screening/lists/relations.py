"""Read relations between entities that lists state: owners, directors and links."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stopgap.screening.lists.view import opened_lists
from stopgap.sources.lists.columns import Property

RELATIONS = (Property.OWNER, Property.DIRECTOR, Property.LINKED)

_SQL = """
    SELECT list, entity_id, property, value, detail, min(receipt) FROM listed_state
    WHERE list_contains($kinds, property) AND value IS NOT NULL
        AND ($lists::VARCHAR[] IS NULL OR list_contains($lists::VARCHAR[], list))
    GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class ListedRelation:
    """One relation between an entity on a list and another entity.

    Attributes:
        entity_id: The entity that is owned, directed or linked.
        kind: ``owner``, ``director`` or ``linked``.
        other: Id, in the same list, of the entity that owns, directs or is linked to it; the name, where a list links
            by name (OFAC's remarks).
        words: Description of the relation, if the list gives one as free text.
        particulars: ``percentage``, ``startDate``, ``endDate``, ``role`` …, as the list prints them.
        receipt: Receipt of the file that states the relation.
    """

    list: str
    entity_id: str
    kind: str
    other: str
    words: str | None
    particulars: dict[str, str] = field(default_factory=dict)
    receipt: str | None = None


def list_relations(
    lake: Path,
    *,
    kinds: Sequence[str] = RELATIONS,
    lists: Sequence[str] | None = None,
    as_of: str | None = None,
    on: str | None = None,
) -> Iterator[ListedRelation]:
    """Yield the relations that lists state, by list and entity.

    For ``as_of`` and ``on`` see :func:`stopgap.screening.lists.run.list_states`. A relation is in force while the list
    states it; its own ``startDate`` and ``endDate`` are not evaluated.
    """
    with opened_lists(lake, as_of, on) as view:
        if view is None:
            return
        params: dict[str, Any] = {"kinds": [str(kind) for kind in kinds], "lists": view.params(lists)["lists"]}
        for name, entity_id, kind, other, detail, receipt in view.con.execute(_SQL, params).fetchall():
            is_json = bool(detail) and detail.startswith("{")
            particulars = json.loads(detail) if is_json else {}
            yield ListedRelation(name, entity_id, kind, other, None if is_json else detail, particulars, receipt)
