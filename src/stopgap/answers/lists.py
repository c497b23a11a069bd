"""Lists, their entries and changes as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stopgap.answers.rows import rows_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.screening.entities import ListedEntity
    from stopgap.screening.lists.entity import ShownEntity
    from stopgap.screening.lists.results import ListChanges, ListStates

_STATE = ("list", "list_date", "age_days", "entities", "undated", "amendments", "imported_on", "vintage", "receipt", "is_later", "refused_on")  # fmt: skip
_INTEGERS = {"age_days", "entities", "undated", "amendments"}
_ENTITY = ("entity_id", "list", "schema", "name", "country", "identifier", "programme", "listed_on", "delisted_on", "receipt")  # fmt: skip


def states_table(states: ListStates) -> pa.Table:
    """Return one row per list."""
    import pyarrow as pa

    kinds = {name: pa.int64() if name in _INTEGERS else pa.string() for name in _STATE}
    kinds["is_later"] = pa.bool_()
    rows = [
        {**state.as_dict(states.today), "refused_on": state.refused.when if state.refused else None} for state in states
    ]
    return pa.Table.from_pylist(
        [{name: row[name] for name in _STATE} for row in rows], schema=pa.schema(list(kinds.items()))
    )


def entities_table(entries: Sequence[ListedEntity]) -> pa.Table:
    """Return one row per entry."""
    rows = [
        {
            **{name: getattr(entry, name, None) for name in _ENTITY},
            "name": entry.names[0].text,
            "country": "; ".join(entry.countries),
            "identifier": "; ".join(f"{one.kind}:{one.value}" for one in entry.identifiers),
            "programme": "; ".join(entry.programmes),
        }
        for entry in entries
    ]
    return rows_table(rows, text=_ENTITY)


def facts_table(found: Sequence[ShownEntity]) -> pa.Table:
    """Return one row per statement of a list on an entry."""
    names = ("list", "property", "value", "detail", "receipt", "vintage")
    rows = [
        {"list": one.list, **{name: getattr(fact, name) for name in names[1:]}} for one in found for fact in one.facts
    ]
    return rows_table(rows, text=names)


def changes_table(changes: ListChanges) -> pa.Table:
    """Return one row per entry that was added, changed or removed."""
    from dataclasses import asdict

    return rows_table(map(asdict, changes), text=("list", "entity_id", "change", "before", "after"))
