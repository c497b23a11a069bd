"""Rebuild the lake's state as if some imports had never been made.

Used by a withdrawal, which commits the result as a new vintage, and by a view without files that an audience may not
see (:meth:`stopgap.lake.snapshot.Snapshot.without`). Both replay all imports of a table, in order, without those loads.
Only rows that the imports of the absent loads can have replaced are traced, so that the cost grows with the rows that
those touch and not with the size of the lake. See docs/adr/0009-several-tables-one-history.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from stopgap.base.sql import listed
from stopgap.lake.history import Commit, loads, table_path, vintages
from stopgap.lake.receipts import Receipt
from stopgap.lake.schema import DECLARATIONS, LISTED, TABLES, TRADE, Table
from stopgap.lake.supersession import Load, Replaces, covered, is_load

_TOUCHING = {
    TRADE.name: (("source", "frequency", "reporter", "period", "flow", "revision"), "true"),
    DECLARATIONS.name: (("source", "line"), "line IS NOT NULL"),
    LISTED.name: ((), "false"),
}
"""Table -> columns on which a replaced row equals a row of the import that replaced it, in every mode; SQL filter."""


def restored(
    con: duckdb.DuckDBPyConnection,
    lake: Path,
    commits: Sequence[Commit],
    table: Table,
    absent: Collection[Load],
    current: Sequence[Path],
    *,
    name: str = "restored",
) -> int:
    """Create a table of the rows that are not in force only because of some loads (``absent``); return its row count.

    ``commits`` is the log up to a vintage, and ``current`` are the data files in force at it. The new table has the
    columns of ``table``; rows keep their own vintages and receipts. The connection must be able to read the data files.
    """
    columns = ", ".join(table.columns)
    con.execute(
        f"CREATE OR REPLACE TABLE {name} ({', '.join(f'{each} {kind}' for each, kind in table.columns.items())})"
    )
    imports = [commit for commit in vintages(commits) if commit.table == table.name and not commit.withdrawn]
    in_force = loads(commits)
    affected = [commit for commit in imports if any(load in in_force and load in absent for load in commit.loads)]
    earlier = [commit for commit in imports if affected and commit.number < affected[-1].number]
    if not earlier:
        return 0
    standing = {load for load in in_force if load not in absent}
    folder = table_path(lake, table)
    touched = _touched(con, folder, affected, in_force, table)
    _brought(con, folder, earlier, standing, "brought")
    held = f"read_parquet([{listed(current)}])" if current else "brought"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE candidates AS SELECT {columns} FROM brought AS old WHERE {touched} "
        f"EXCEPT ALL SELECT {columns} FROM {held} AS old WHERE {touched} AND {'true' if current else 'false'}"
    )
    for commit in imports:
        before = f"substr(old.vintage, 2)::INTEGER < {commit.number}"
        if not con.execute(f"SELECT 1 FROM candidates AS old WHERE {before} LIMIT 1").fetchall():
            continue
        _brought(con, folder, [commit], standing, "brought")
        # an import replaces loads whole while any of its own files stands
        corrects = commit.corrects if standing.intersection(commit.loads) else ()
        replaced = covered(con, "brought", mode_of(commit, table), corrects)
        con.execute(f"DELETE FROM candidates AS old WHERE {before} AND ({replaced})")
    [(rows,)] = con.execute(f"INSERT INTO {name} SELECT {columns} FROM candidates").fetchall()
    return int(rows)


def mode_of(commit: Commit, table: Table) -> Replaces:
    """Return how much an import replaced; inferred for older commits, which do not record it (never COMPLETE)."""
    if commit.replaces is not None:
        return Replaces(commit.replaces)
    if table is not TRADE:
        return Replaces.LINES
    is_partial = any(receipt.rows_rejected for receipt in commit.receipts)
    return Replaces.FIGURES if is_partial else Replaces.BOX


def entangled(commits: Sequence[Commit], absent: Collection[Load]) -> list[str]:
    """Return why the log cannot reconstruct the lake without some loads, including withdrawn ones; empty if it can.

    Each line names a file that depends on an absent one, and how.
    """
    found: dict[str, None] = {}
    in_force = loads(commits)
    changes = vintages(commits)
    for commit in changes:
        gone = [load for load in commit.loads if load in absent]
        stands = any(load in in_force and load not in absent for load in commit.loads)
        if gone and stands:
            found |= dict.fromkeys([*_shared(commit, gone), *_mode_turns(commit, gone)])
        if commit.table == LISTED.name and stands:
            found |= dict.fromkeys(_editions_turn(commit, changes, absent))
    for name in TABLES:
        found |= dict.fromkeys(_untold([each for each in changes if each.table == name], absent))
    return list(found)


def _files(commit: Commit, receipts: Iterable[Receipt]) -> str:
    return ", ".join(f"{receipt.file_name} ({receipt.receipt}, {commit.vintage})" for receipt in receipts)


def _kept(commit: Commit, absent: Collection[Load]) -> list[Receipt]:
    return [receipt for receipt, load in zip(commit.receipts, commit.loads, strict=True) if load not in absent]


def _shared(commit: Commit, gone: Collection[Load]) -> list[str]:
    """Find files whose shared rows are stored only under the receipt of an earlier, absent file of the same import."""
    found = []
    before: list[Receipt] = []
    for receipt, load in zip(commit.receipts, commit.loads, strict=True):
        if load in gone:
            before.append(receipt)
        elif receipt.rows_shared and before:
            shared = f"{_files(commit, [receipt])} shares rows with {_files(commit, before)}"
            found.append(f"{shared}, under which they are kept")
    return found


def _mode_turns(commit: Commit, gone: Collection[Load]) -> list[str]:
    """Find imports that replaced only their own figures because rows of an absent file were rejected."""
    if commit.table != TRADE.name or mode_of(commit, TRADE) is not Replaces.FIGURES:
        return []
    kept = _kept(commit, gone)
    left = [each for each in commit.receipts if each not in kept]
    if any(each.rows_rejected for each in kept) or not any(each.rows_rejected for each in left):
        return []
    return [f"{_files(commit, kept)} replaced less because rows of {_files(commit, left)} were refused"]


def _editions_turn(commit: Commit, commits: Sequence[Commit], absent: Collection[Load]) -> list[str]:
    """Find list editions that a re-import left in place because an absent file of the edition was not re-imported."""
    hashes = {receipt.sha256 for receipt in _kept(commit, absent)}
    found = []
    for other in commits:
        if other.table != LISTED.name or other.number >= commit.number or not other.receipts:
            continue
        kept = _kept(other, absent)
        is_partial = 0 < len(kept) < len(other.receipts)
        if is_partial and all(each.sha256 in hashes for each in kept):
            loads_kept = {(each.receipt, str(other.vintage)) for each in kept}
            if not loads_kept <= set(commit.corrects):
                found.append(f"{_files(other, kept)} was read again alone, and its edition holds withheld files")
    return found


def _untold(changes: Sequence[Commit], absent: Collection[Load]) -> list[str]:
    """Find imports at or after an absent load whose commits do not record how much they replaced."""
    first = next((each.number for each in changes if any(load in absent for load in each.loads)), None)
    if first is None:
        return []
    return [
        f"{_files(commit, commit.receipts)} was imported before it was kept how much an import replaces"
        for commit in changes
        if commit.number >= first and commit.receipts and commit.replaces is None
    ]


def _touched(
    con: duckdb.DuckDBPyConnection, folder: Path, affected: Sequence[Commit], in_force: Collection[Load], table: Table
) -> str:
    """Return SQL, over the alias ``old``, that selects all rows which some imports can have replaced (a superset)."""
    columns, where = _TOUCHING[table.name]
    corrected = is_load([load for commit in affected for load in commit.corrects])
    if not columns:
        return corrected
    _brought(con, folder, affected, in_force, "touching")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT {', '.join(columns)} FROM touching WHERE {where}"
    )
    same = " AND ".join(f"touched.{name} = old.{name}" for name in columns)
    return f"(EXISTS (FROM touched WHERE {same}) OR {corrected})"


def _brought(
    con: duckdb.DuckDBPyConnection, folder: Path, imports: Sequence[Commit], standing: Collection[Load], name: str
) -> None:
    """Create a view of the rows that imports added, limited to loads still in force.

    Files that an import rewrote also hold rows of earlier vintages; these are excluded.
    """
    came_with = {str(folder / added): str(commit.vintage) for commit in imports for added in commit.added}
    kept = [load for commit in imports for load in commit.loads if load in standing]
    if not came_with or not kept:
        source = f"read_parquet([{listed(came_with)}])" if came_with else name
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {source} WHERE false")
        return
    con.register(f"{name}_files", pa.table({"path": list(came_with), "came_with": list(came_with.values())}))
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT old.* EXCLUDE (filename) "
        f"FROM read_parquet([{listed(came_with)}], filename = true) AS old "
        f"JOIN {name}_files AS f ON f.path = old.filename AND f.came_with = old.vintage WHERE {is_load(kept)}"
    )
