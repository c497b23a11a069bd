"""Report how an import changed the lists (entries added, changed, removed), and log rejected imports."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stopgap.base.errors import InputError, StopgapError
from stopgap.base.paths import is_regular_file
from stopgap.lake.importing.importer import ImportResult
from stopgap.lake.importing.options import ImportOptions
from stopgap.lake.lists.refusal_log import ListRefusal, keep_refusals
from stopgap.lake.store import now
from stopgap.sources.registry import is_list

LINES = 8
"""Maximum number of lists reported individually, those that changed most first; the others are only counted."""


@dataclass(frozen=True, slots=True)
class ListImport:
    """Counts of entries that an import changed in one list.

    ``list_date`` is ``None`` if neither the file nor the user states it.
    """

    list: str
    list_date: str | None
    entities: int
    added: int
    changed: int
    removed: int


def imported_lists(lake: Path, result: ImportResult) -> tuple[ListImport, ...]:
    """Return the lists that an import created or changed, by name; empty if it had no lists or nothing was new."""
    if result.already_loaded or not is_list(result.source):
        return ()
    from stopgap.screening.lists.run import changed_entities, list_states

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
    ranked = sorted(found, key=lambda one: (-(one.added + one.changed + one.removed), one.list))
    lines = [
        f"{one.list}{f' of {one.list_date}' if one.list_date else ''}: {one.entities:,} entries; "
        f"{one.added:,} added, {one.changed:,} changed, {one.removed:,} removed"
        for one in ranked[:LINES]
    ]
    return [*lines, *([f"and {len(ranked) - LINES} more lists"] if len(ranked) > LINES else [])]


def note_refusal(lake: Path, files: Sequence[Path], options: ImportOptions, error: InputError) -> None:
    """Record a rejected import of list files in the lists' refusal log; do nothing for other files.

    Failures to write the log are suppressed, so that they do not hide the import's own error from the user.
    """
    with contextlib.suppress(StopgapError, OSError):
        refusals = [
            ListRefusal(now(), family, path.name, error.what, error.where)
            for path in files
            if is_regular_file(path) and (family := _family(path, options)) is not None
        ]
        if refusals:
            keep_refusals(lake, refusals)


def _family(path: Path, options: ImportOptions) -> str | None:
    """Return the list family of which a file would have been an edition; ``None`` if the file is not a list."""
    from stopgap.sources.base import Told
    from stopgap.sources.files.file_head import read_head
    from stopgap.sources.lists.base import AnyList
    from stopgap.sources.registry import get_source, recognise_head

    head = read_head(path, options.encoding)
    told = options.told or Told()
    if options.mapping is not None:
        return told.list or options.mapping.spec.source if options.mapping.table == "listed" else None
    source = get_source(options.source) if options.source is not None else recognise_head(head)
    return source.edition(head, told).family if isinstance(source, AnyList) else None
