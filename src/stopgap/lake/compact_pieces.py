"""Divide the rows of a table into ranges of its sort key that are each written as one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stopgap.base.sql import listed, quoted
from stopgap.lake.schema import Table

ROWS_PER_FILE = 8_000_000
"""Rows of a data file above which a compaction begins another; a file is sorted as a whole."""

_PIECES_OF_A_FILE = 3
"""Maximum number of ranges that a file may reach into and stay as it is."""

_Cut = tuple[object, object]
"""Values of the first two columns of the sort key at which a range begins."""


@dataclass(frozen=True)
class CompactPiece:
    """One range of the sort key: an SQL ``condition`` over the alias ``old``, and its number of rows."""

    condition: str
    rows: int


def plan_pieces(
    con: duckdb.DuckDBPyConnection, files: Sequence[Path], table: Table, *, rows_per_file: int
) -> list[CompactPiece]:
    """Return ranges of the sort key that cover all rows of some data files, each of about ``rows_per_file`` rows.

    Rows that agree in the first two columns of the sort key stay together. Returns no range if the files are such
    ranges already: none overlaps another, none is much larger, and there are no more than needed.
    """
    count_pieces(con, files, table, rows_per_file=rows_per_file)
    return [] if _is_divided(con) else ranges_of(con, table)


def count_pieces(con: duckdb.DuckDBPyConnection, files: Sequence[Path], table: Table, *, rows_per_file: int) -> None:
    """Count the rows of some files by the first two columns of the sort key, for :func:`ranges_of`."""
    first, second = table.sort_key[:2]
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE compact_keys AS
        WITH counted AS (
            SELECT {first} AS a, {second} AS b, filename AS file, count(*) AS rows
            FROM read_parquet([{listed(files)}], filename = true) GROUP BY ALL
        ), keys AS (SELECT a, b, sum(rows)::BIGINT AS rows FROM counted GROUP BY ALL), placed AS (
            SELECT a, b, row_number() OVER (ORDER BY a, b) AS place,
                (sum(rows) OVER (ORDER BY a, b ROWS UNBOUNDED PRECEDING) - rows) // {rows_per_file} AS piece
            FROM keys
        )
        SELECT c.a, c.b, c.file, c.rows, p.place, p.piece
        FROM counted AS c JOIN placed AS p ON p.a IS NOT DISTINCT FROM c.a AND p.b IS NOT DISTINCT FROM c.b
    """)


def ranges_of(con: duckdb.DuckDBPyConnection, table: Table) -> list[CompactPiece]:
    """Return the ranges of the sort key into which the counted rows fall, in order."""
    # A range does not begin at a NULL, which no condition finds in the statistics of files.
    found = con.execute("""
        WITH begun AS (
            SELECT *, coalesce(max(piece) FILTER (a IS NOT NULL AND b IS NOT NULL) OVER (
                ORDER BY place ROWS UNBOUNDED PRECEDING
            ), 0) AS range FROM compact_keys
        )
        SELECT arg_min(a, place), arg_min(b, place), sum(rows)::BIGINT FROM begun GROUP BY range ORDER BY range
    """).fetchall()
    cuts = [(a, b) for a, b, _ in found]
    [(with_null,)] = con.execute("SELECT bool_or(a IS NULL) FROM compact_keys").fetchall()
    ends = [None, *cuts[1:]], [*cuts[1:], None]
    names = table.sort_key[0], table.sort_key[1]
    return [
        CompactPiece(_between(names, least, most, with_null=bool(with_null)), int(rows))
        for least, most, (_, _, rows) in zip(*ends, found, strict=True)
    ]


def _is_divided(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the files of ``compact_keys`` are ranges of the sort key as a compaction makes them."""
    [(overlaps, files, pieces, most)] = con.execute("""
        WITH files AS (
            SELECT file, min(place) AS least, max(place) AS most, count(DISTINCT piece) AS pieces
            FROM compact_keys GROUP BY 1
        )
        SELECT count(*) FILTER (least <= before), count(*), (SELECT count(DISTINCT piece) FROM compact_keys), max(pieces)
        FROM (SELECT *, max(most) OVER (ORDER BY least, most ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
              FROM files)
    """).fetchall()
    return not overlaps and files <= max(pieces, 1) and most <= _PIECES_OF_A_FILE


def _between(names: tuple[str, str], least: _Cut | None, most: _Cut | None, *, with_null: bool) -> str:
    """Return the SQL condition for keys from ``least`` to before ``most``, in whose order NULL comes last.

    Bounds of the first column stand by themselves, for readers skip row groups by them; not where it holds NULLs.
    """
    parts = []
    if least is not None:
        parts += [] if with_null else [f"old.{names[0]} >= {_literal(least[0])}"]
        parts.append(_is_from(names, least))
    if most is not None:
        parts.append(f"old.{names[0]} <= {_literal(most[0])}")
        parts.append(f"NOT {_is_from(names, most)}")
    return " AND ".join(parts) or "true"


def _is_from(names: tuple[str, str], cut: _Cut) -> str:
    first, second = (f"old.{name}" for name in names)
    return f"coalesce({first} > {_literal(cut[0])} OR ({first} = {_literal(cut[0])} AND {second} >= {_literal(cut[1])}), true)"


def _literal(value: object) -> str:
    return quoted(str(value))
