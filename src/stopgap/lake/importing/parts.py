"""Large imports of several files: rows wait in sorted Parquet files, and are joined range by range in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stopgap.base.sql import listed, quoted
from stopgap.lake.compact_pieces import ROWS_PER_FILE, CompactPiece, count_pieces, ranges_of
from stopgap.lake.importing.repeated_rows import drop_overlaps
from stopgap.lake.schema import Table
from stopgap.lake.store import write_sorted
from stopgap.sources.distinct_keys import count_keys

PARTS_FROM = 128 * 1024 * 1024
"""Bytes of text in the files of an import above which its rows wait in files instead of a table."""
GZIP_RATIO = 6
"""Expected ratio of a gzip file's unpacked to its packed size."""


@dataclass(frozen=True)
class JoinedParts:
    """Sorted files of an import that are ready to be committed.

    ``files`` are paths with their numbers of rows; ``shared`` counts, by receipt, the rows left out because an earlier
    file of the import holds them too.
    """

    files: tuple[tuple[Path, int], ...]
    shared: dict[str, int]


class ImportParts:
    """The rows of an import in Parquet files of the scratch folder, one file for each file or bundle that was read."""

    def __init__(self, con: duckdb.DuckDBPyConnection, scratch: Path) -> None:
        self._con = con
        self._folder = scratch
        self._paths: list[Path] = []

    def add(self, select: str, table: Table) -> None:
        """Write the rows of a query, sorted in the order of the table."""
        path = self.place(len(self._paths))
        write_part(self._con, select, path, table)
        self.take(path)

    def place(self, number: int) -> Path:
        """Return the path of the rows of a file."""
        return self._folder.absolute() / f"rows-{number}.parquet"

    def take(self, path: Path) -> None:
        """Add rows that were written already."""
        self._paths.append(path)

    @property
    def relation(self) -> str:
        """SQL of all rows."""
        return f"read_parquet([{listed(self._paths)}])"

    def gather(self, *, as_table: bool) -> None:
        """Create ``gathered``: a view of all rows, or a table of them."""
        kind = "TABLE" if as_table else "VIEW"
        self._con.execute(f"CREATE OR REPLACE {kind} main.gathered AS FROM {self.relation}")

    def join(self, table: Table, vintage: str) -> JoinedParts | None:
        """Write the rows as sorted files, each a range of the sort key; repeated rows of later files are left out.

        None if rows must be looked at together that are not in one range: ``gathered`` is to be a table.

        Raises:
            InputError: Two files report the same figure with different values.
        """
        if not set(table.sort_key[:2]) <= set(table.key):
            keyed = " AND ".join(f"{name} IS NOT NULL" for name in table.key)
            rows, keys = count_keys(self._con, f"(FROM {self.relation} WHERE {keyed})", table.key)
            if rows != keys:
                return None
        count_pieces(self._con, self._paths, table, rows_per_file=ROWS_PER_FILE)
        files: list[tuple[Path, int]] = []
        shared: Counter[str] = Counter()
        for number, piece in enumerate(ranges_of(self._con, table)):
            path = self._folder / f"range-{number}.parquet"
            shared.update(self._write(piece, path, table, vintage, files))
        return JoinedParts(tuple(files), dict(shared))

    def _write(
        self, piece: CompactPiece, path: Path, table: Table, vintage: str, files: list[tuple[Path, int]]
    ) -> dict[str, int]:
        """Write the rows of a range, and return how many were left out, by receipt."""
        rows = f"(SELECT * FROM {self.relation} AS old WHERE {piece.condition})"
        shared: dict[str, int] = {}
        if set(table.sort_key[:2]) <= set(table.key):
            count, keys = count_keys(self._con, rows, table.key)
            if count != keys:
                self._con.execute(f"CREATE OR REPLACE TABLE main.repeated AS FROM {rows}")
                shared = drop_overlaps(self._con, table, relation="main.repeated")
                rows = "main.repeated"
        dated = f"(SELECT *, '{vintage}'::ENUM('{vintage}') AS vintage FROM {rows})"
        files.append((path, write_sorted(self._con, dated, path, table=table)))
        self._con.execute("DROP TABLE IF EXISTS main.repeated")
        return shared


def write_part(con: duckdb.DuckDBPyConnection, select: str, path: Path, table: Table) -> None:
    """Write the rows of a query that wait to be joined, sorted in the order of the table."""
    con.execute(
        f"COPY ({select} ORDER BY {', '.join(table.sort_key)}) TO {quoted(path)} "
        "(FORMAT parquet, COMPRESSION lz4_raw, DICTIONARY_SIZE_LIMIT 10000)"
    )


def are_large(sizes: Sequence[tuple[Path, int]]) -> bool:
    """Return whether the rows of files (path, bytes) are to wait in files."""
    return (
        len(sizes) > 1 and sum(size * (GZIP_RATIO if path.suffix == ".gz" else 1) for path, size in sizes) > PARTS_FROM
    )
