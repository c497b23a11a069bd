"""What an import did to the lists: how many entries each holds, and how many came, changed and went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stopgap.lake.importer import ImportResult
from stopgap.screening.lists.run import changed_entities, list_states
from stopgap.sources.lists.kinds import LIST_SOURCES

LINES = 8
"""Lists that are told of one by one; of more, those that changed most are, and how many others did."""


@dataclass(frozen=True, slots=True)
class ListImport:
    """What an import did to one list.

    Attributes:
        list: Its name.
        list_date: Day of its edition; ``None`` where neither file nor user says.
        entities: Entries in force.
        added: Entries that are new.
        changed: Entries of which the list says something else.
        removed: Entries that are no longer on it.
    """

    list: str
    list_date: str | None
    entities: int
    added: int
    changed: int
    removed: int


def imported_lists(lake: Path, result: ImportResult) -> tuple[ListImport, ...]:
    """The lists that an import made or changed, by name; none where it was not of lists, or nothing was new."""
    if result.already_loaded or all(kind.name != result.source for kind in LIST_SOURCES):
        return ()
    number = int(result.vintage[1:])
    before = list_states(lake, f"v{number - 1}") if number > 1 else ()
    states = {state.list: state for state in list_states(lake, result.vintage)}
    if number > 1:
        changes = changed_entities(lake, since=f"v{number - 1}", until=result.vintage)
        counts = Counter((one.list, one.change) for one in changes)
    else:
        counts = Counter({(name, "added"): state.entities for name, state in states.items()})
    came = {state.list for state in states.values() if state.vintage == result.vintage}
    touched = {name for name, _ in counts} | (came - {state.list for state in before})
    return tuple(
        ListImport(
            name,
            states[name].list_date if name in states else None,
            states[name].entities if name in states else 0,
            counts[name, "added"],
            counts[name, "changed"],
            counts[name, "removed"],
        )
        for name in sorted(touched)
    )


def list_lines(found: Sequence[ListImport]) -> list[str]:
    """Lines for a terminal."""
    ranked = sorted(found, key=lambda one: (-(one.added + one.changed + one.removed), one.list))
    lines = [
        f"{one.list}{f' of {one.list_date}' if one.list_date else ''}: {one.entities:,} entries; "
        f"{one.added:,} added, {one.changed:,} changed, {one.removed:,} removed"
        for one in ranked[:LINES]
    ]
    return [*lines, *([f"and {len(ranked) - LINES} more lists"] if len(ranked) > LINES else [])]
