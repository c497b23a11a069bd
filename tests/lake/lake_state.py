"""What a lake holds, as plain values that compare."""

from __future__ import annotations

from pathlib import Path

import duckdb

from stopgap.lake.log import files_at, read_log, table_path, vintages
from stopgap.lake.store import orphans
from stopgap.workflows.upkeep import check_lake, list_vintages


def lake_state(lake: Path) -> dict[str, object]:
    """Vintages, every row of each, kept raw files and stray files."""
    commits = read_log(lake)
    return {
        "vintages": list_vintages(lake).to_pylist(),
        "rows": {str(commit.vintage): rows_at(lake, commit.version) for commit in vintages(commits)},
        "receipts": sorted(path.name for path in (lake / "receipts").rglob("*") if path.is_file()),
        "strays": [path.name for path in orphans(lake)],
        "incoming": (lake / "incoming").exists(),
    }


def rows_at(lake: Path, version: int) -> list[tuple[object, ...]]:
    """All rows of the table at a version, sorted, read from its files alone."""
    files = [str(table_path(lake) / name) for name in files_at(read_log(lake), version)]
    with duckdb.connect() as con:
        return con.execute("SELECT * FROM read_parquet(?) ORDER BY ALL", [files]).fetchall()


def digests(lake: Path) -> dict[str, tuple[int, int]]:
    """Rows of each vintage, and a hash over them in which every value of every row counts."""
    commits = read_log(lake)
    found = {}
    with duckdb.connect() as con:
        for commit in vintages(commits):
            files = [str(table_path(lake) / name) for name in files_at(commits, commit.version)]
            [(rows, digest)] = con.execute(
                "SELECT count(*), sum(hash(row)::HUGEINT) FROM read_parquet(?) AS row", [files]
            ).fetchall()
            found[str(commit.vintage)] = (int(rows), int(digest))
    return found


def faults(lake: Path) -> list[str]:
    """Checks of the lake that fail; none where there is no lake yet."""
    if not lake.is_dir():
        return []
    return [f"{row['check']}: {row['found']}" for row in check_lake(lake).to_pylist() if not row["passed"]]
