"""Tables as pages show them: at most fifteen rows, the rest as one line, no column without a figure or of detail.

The workbook has every row and every column.
"""

from __future__ import annotations

import math
from dataclasses import replace

from stopgap.briefs.formats.cells import BriefTable, Typed, Value
from stopgap.briefs.formats.text import listing
from stopgap.briefs.parts import Section, Story

SHOWN = 15
"""Number of rows of one table on a page, in Markdown and in print."""

ABOVE, WORKBOOK = "Basis as above", "Basis: sheet Headline"
_DASH = Typed("text", "–")


def page_story(story: Story) -> Story:
    """Return the story with its tables as pages show them."""
    return replace(story, sections=tuple(_page_section(section) for section in story.sections))


def _page_section(section: Section) -> Section:
    return replace(section, tables=tuple(page_table(table) for table in section.tables))


def page_table(table: BriefTable) -> BriefTable:
    """Shorten a table for a page: columns without any figure and rows beyond :data:`SHOWN` are left out and named."""
    return with_basis(shortened(filled_columns(table)), ABOVE)


def with_basis(table: BriefTable, where: str) -> BriefTable:
    """Put the line on the basis before the note; `where` says where the basis stands."""
    if table.basis is None:
        return table
    return replace(table, note=f"{'; '.join(text for text in (where, table.basis) if text)}. {table.note}".rstrip())


def filled_columns(table: BriefTable) -> BriefTable:
    """Leave out columns that are not defined in any row, and columns of detail; the note names both.

    A column without any report stays: that nobody reported is to be seen.
    """
    cells = list(zip(*table.rows, strict=True)) or [()] * len(table.columns)
    details = [i for i, column in enumerate(table.columns) if column.is_detail]
    empty = [
        i
        for i, column in enumerate(table.columns)
        if i not in details and table.rows and column.kind != "usd" and all(value is None for value in cells[i])
    ]
    if not details and not empty:
        return table
    notes = [table.note]
    for places, start in ((empty, "Not defined in any row"), (details, "In the workbook (XLSX) alone")):
        if places:
            notes.append(f"{start}: {listing(table.columns[i].heading for i in places)}.")

    def kept(row: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple(value for i, value in enumerate(row) if i not in (*details, *empty))

    return replace(
        table,
        columns=tuple(column for i, column in enumerate(table.columns) if i not in (*details, *empty)),
        rows=tuple(map(kept, table.rows)),
        total=None if table.total is None else kept(table.total),
        note=" ".join(text for text in notes if text),
    )


def shortened(table: BriefTable, shown: int = SHOWN) -> BriefTable:
    """Keep `shown` rows and turn the others into one line with the sums of the columns that add up."""
    rest = table.rest
    if rest is None or len(table.rows) <= shown:
        return table
    cut = len(table.rows) - shown
    places = list(range(cut, len(table.rows)) if rest.is_first else range(shown))
    if rest.pinned is not None and rest.pinned not in places:
        places = sorted([*(places[1:] if rest.is_first else places[:-1]), rest.pinned])
    kept = [table.rows[i] for i in places]
    left = [row for i, row in enumerate(table.rows) if i not in set(places)]
    sums = tuple(_sum([row[i] for row in left]) if table.columns[i].heading in rest.adds else None for i in range(len(table.columns)))  # fmt: skip
    name = f"{cut:,} {rest.singular if cut == 1 else rest.plural}"
    if cut > 1 and any(value is not None for value in sums):
        name += ", together"
    line = (name, *(_DASH if value is None else value for value in sums[1:]))
    note = f"{table.note} All {len(table.rows):,} rows are in the workbook (XLSX)."
    return replace(
        table,
        rows=(line, *kept) if rest.is_first else (*kept, line),
        rest_at=0 if rest.is_first else shown,
        note=note.lstrip(),
    )


def _sum(values: list[Value]) -> float | int | None:
    """Sum of a column's cells; ``None`` where one is not a number, for what is missing is not zero."""
    numbers = [value for value in values if isinstance(value, int | float)]
    if len(numbers) < len(values):
        return None
    return sum(numbers) if all(isinstance(value, int) for value in numbers) else math.fsum(numbers)
