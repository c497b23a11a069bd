"""Several small files of one layout that are parsed in one pass, each with its own counts, notes and rejects.

The number of a row says which file of the bundle it stands in: the rows of the first file are numbered from 0 on, those
of the second from ``ROWS`` on, and so forth. A single file is a bundle of one, whose rows have their plain numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

SHIFT = 40
ROWS = 1 << SHIFT
"""Rows that a file of a bundle can have; none that is parsed with others comes near."""

FILE = f"(row >> {SHIFT})"
"""SQL for the position in the bundle of the file that a row stands in."""


@dataclass(frozen=True, slots=True)
class FileNote:
    """A warning on one file of a bundle, by its position; ``None``: on every file."""

    text: str
    file: int | None = None


def counts_by_file(
    con: duckdb.DuckDBPyConnection, relation: str, files: int, where: str = "true", *, file: str = FILE
) -> list[int]:
    """Return the number of rows of a relation for which a condition holds, for each file of a bundle of ``files``."""
    if files == 1:
        return [int(con.execute(f"SELECT count(*) FROM {relation} WHERE {where}").fetchall()[0][0])]
    return values_by_file(
        con.execute(f"SELECT {file}, count(*) FROM {relation} WHERE {where} GROUP BY 1").fetchall(), files
    )


def values_by_file(pairs: Iterable[tuple[int, int]], files: int) -> list[int]:
    """Return the value of each file from pairs of position and value; 0 for a file that has none."""
    found = dict(pairs)
    return [int(found.get(number, 0)) for number in range(files)]


def notes_of(notes: Iterable[FileNote], file: int) -> list[str]:
    """Return the texts of the notes on one file, in order."""
    return [note.text for note in notes if note.file is None or note.file == file]


def counted_notes(counts: Sequence[int], text: str) -> list[FileNote]:
    """Return a note on each file whose count is not 0; ``text`` is what follows the count."""
    return [FileNote(f"{number:,} {text}", file) for file, number in enumerate(counts) if number]
