"""Compact the data files of the lake and remove files that no vintage needs. Rows do not change."""

from __future__ import annotations

import contextlib
import uuid
from pathlib import Path

from stopgap.base.atomic_files import remove_file
from stopgap.base.errors import IdentityError
from stopgap.base.sql import listed
from stopgap.lake.compact_pieces import ROWS_PER_FILE, plan_pieces
from stopgap.lake.engines.native_copy import remove_other_versions
from stopgap.lake.history import Commit, current_version, files_at, read_log, table_path
from stopgap.lake.receipts import raw_path
from stopgap.lake.schema import TABLES, Table
from stopgap.lake.snapshot import take_snapshot
from stopgap.lake.store import commit_files, now, remove_orphans, staging_connection, write_sorted, writing


def compact(lake: Path) -> dict[str, int]:
    """Rewrite the current files of each table in the order of its sort key; rows and vintages stay as they are.

    Large tables become several files, each a range of the sort key that overlaps no other: a file is sorted in
    bounded memory. Files that are such ranges already are not rewritten.
    Files that no vintage needs are removed: data files and raw bytes that no commit names, and native copies of earlier
    versions. Files of earlier vintages stay. Returns files before and after, rows, orphans removed, bytes freed.
    """
    done = {"files_before": 0, "files_after": 0, "rows": 0, "orphans_removed": 0, "bytes_freed": 0}
    if all(current_version(lake, table) is None for table in TABLES.values()):
        return done
    with writing(lake) as scratch:
        done["orphans_removed"], done["bytes_freed"] = _remove_unneeded(lake)
        commits = read_log(lake)
        for table in TABLES.values():
            before_it, after_it, rows = _compact_table(lake, scratch, commits, table)
            done["files_before"] += before_it
            done["files_after"] += after_it
            done["rows"] += rows
    return done


def _compact_table(lake: Path, scratch: Path, commits: list[Commit], table: Table) -> tuple[int, int, int]:
    """Compact one table; return its number of files before and after, and the rows rewritten."""
    version = current_version(lake, table)
    if version is None:
        return 0, 0, 0
    folder = table_path(lake, table)
    current = [folder / name for name in files_at(commits, version, table)]
    if not current:
        return 0, 0, 0
    note = {"committed": now(), "maintenance": "compact"}
    with contextlib.closing(staging_connection(scratch)) as con:
        pieces = plan_pieces(con, current, table, rows_per_file=ROWS_PER_FILE)
        if not pieces:
            return len(current), len(current), 0
        written = []
        for piece in pieces:
            path = folder / f"part-{uuid.uuid4().hex}.parquet"
            rows = write_sorted(con, f"read_parquet([{listed(current)}])", path, where=piece.condition, table=table)
            if rows != piece.rows:
                raise IdentityError(
                    f"{rows:,} rows were written where the files hold {piece.rows:,}",
                    where=f"{lake}: {piece.condition}",
                    fix="report this; nothing was changed",
                )
            written.append((path, rows))
        commit_files(con, lake, note, removed=current, written=written, changes_rows=False, table=table)
    return len(current), len(written), sum(rows for _, rows in written)


def _remove_unneeded(lake: Path) -> tuple[int, int]:
    """Remove files that no vintage needs; return the number of data files among them, and the bytes of all.

    Readers hold no lock: each of them may remove or replace a native copy meanwhile.
    """
    named = {raw_path(lake, receipt.sha256) for commit in read_log(lake) for receipt in commit.receipts}
    left, freed = remove_orphans(lake)
    raw = [path for path in (lake / "receipts").glob("??/*") if path not in named]  # of imports that were stopped
    freed += sum(remove_file(path) for path in raw)
    return left, freed + remove_other_versions(take_snapshot(lake))
