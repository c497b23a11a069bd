"""What a lake holds, as plain values that compare."""

from __future__ import annotations

from pathlib import Path

import duckdb

from stopgap.lake.history import Commit, files_at, read_log, table_path, vintages
from stopgap.lake.schema import TABLES
from stopgap.lake.store import orphans
from stopgap.maintenance.upkeep import check_lake, list_vintages


def lake_state(lake: Path) -> dict[str, object]:
    """Vintages, every row of each, kept raw files and stray files."""
    commits = read_log(lake)
    return {
        "vintages": list_vintages(lake).to_pylist(),
        "rows": {str(commit.vintage): rows_at(lake, commit) for commit in vintages(commits)},
        "receipts": sorted(path.name for path in (lake / "receipts").rglob("*") if path.is_file()),
        "strays": [path.name for path in orphans(lake)],
        "incoming": (lake / "incoming").exists(),
    }


def rows_at(lake: Path, commit: Commit) -> list[tuple[object, ...]]:
    """All rows of a commit's table after it, sorted, read from its files alone."""
    files = _files(lake, commit)
    if not files:
        return []
    with duckdb.connect() as con:
        return con.execute("SELECT * FROM read_parquet(?) ORDER BY ALL", [files]).fetchall()


def digests(lake: Path) -> dict[str, tuple[int, int]]:
    """Rows of each vintage's table, and a hash over them in which every value of every row counts."""
    found = {}
    with duckdb.connect() as con:
        for commit in vintages(read_log(lake)):
            files = _files(lake, commit)
            rows, digest = 0, 0
            if files:
                [(rows, digest)] = con.execute(
                    "SELECT count(*), sum(hash(row)::HUGEINT) FROM read_parquet(?) AS row", [files]
                ).fetchall()
            found[str(commit.vintage)] = (int(rows), int(digest))
    return found


def _files(lake: Path, commit: Commit) -> list[str]:
    table = TABLES[commit.table]
    names = files_at(read_log(lake), commit.version, table)
    return [str(table_path(lake, table) / name) for name in names]


def faults(lake: Path) -> list[str]:
    """Checks of the lake that fail; none where there is no lake yet."""
    if not lake.is_dir():
        return []
    return [f"{row['check']}: {row['found']}" for row in check_lake(lake).to_pylist() if not row["passed"]]
