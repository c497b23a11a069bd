"""Compact the data files of the lake and remove files that no vintage needs. Rows do not change."""

from __future__ import annotations

import contextlib
import uuid
from pathlib import Path

from stopgap.base.sql import listed
from stopgap.lake.history import Commit, current_version, files_at, read_log, table_path
from stopgap.lake.native_copy import derived_path
from stopgap.lake.receipts import raw_path
from stopgap.lake.schema import TABLES, Table
from stopgap.lake.snapshot import take_snapshot
from stopgap.lake.store import commit_files, now, remove_orphans, staging_connection, write_sorted, writing


def compact(lake: Path) -> dict[str, int]:
    """Rewrite the current files of each table as one sorted file; rows and vintages stay as they are.

    Files that no vintage needs are removed: data files and raw bytes that no commit names, and native copies of earlier
    versions. Files of earlier vintages stay. Returns files before and after, rows, orphans removed, bytes freed.
    """
    done = {"files_before": 0, "files_after": 0, "rows": 0, "orphans_removed": 0, "bytes_freed": 0}
    if all(current_version(lake, table) is None for table in TABLES.values()):
        return done
    with writing(lake) as scratch:
        before = _size(lake)
        done["orphans_removed"] = remove_orphans(lake)
        commits = read_log(lake)
        named = {raw_path(lake, receipt.sha256) for commit in commits for receipt in commit.receipts}
        for path in (lake / "receipts").glob("??/*"):
            if path not in named:  # of an import that was stopped before its commit
                path.unlink(missing_ok=True)
        newest = derived_path(take_snapshot(lake))
        for path in (lake / "derived").glob("*.duckdb"):
            if path != newest:  # no reader of the newest vintage takes it
                with contextlib.suppress(OSError):  # a reader may hold it, where the system minds
                    path.unlink()
        done["bytes_freed"] = before - _size(lake)
        for table in TABLES.values():
            files, rows = _compact_table(lake, scratch, commits, table)
            done["files_before"] += files
            done["files_after"] += min(files, 1)
            done["rows"] += rows
    return done


def _compact_table(lake: Path, scratch: Path, commits: list[Commit], table: Table) -> tuple[int, int]:
    """Compact one table; return its number of files before, and the rows rewritten."""
    version = current_version(lake, table)
    if version is None:
        return 0, 0
    folder = table_path(lake, table)
    current = [folder / name for name in files_at(commits, version, table)]
    if len(current) < 2:
        return len(current), 0
    merged = folder / f"part-{uuid.uuid4().hex}.parquet"
    note = {"committed": now(), "maintenance": "compact"}
    with contextlib.closing(staging_connection(scratch)) as con:
        rows = write_sorted(con, f"read_parquet([{listed(current)}])", merged, table=table)
        commit_files(con, lake, note, removed=current, written=[(merged, rows)], changes_rows=False, table=table)
    return len(current), rows


def _size(lake: Path) -> int:
    """Return the bytes in the folders that can hold files that no vintage needs."""
    folders = [lake / "receipts", lake / "derived", *(table_path(lake, table) for table in TABLES.values())]
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())
