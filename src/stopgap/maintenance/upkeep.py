"""List the history of the lake, check its integrity, and export its views."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from stopgap.base.errors import InputError
from stopgap.base.progress import counted, say
from stopgap.base.sql import quoted
from stopgap.base.vocab import RowKind
from stopgap.evidence.markings.provenance import VIEW_TABLES, marking_of_view
from stopgap.lake.history import Commit, files_at, gaps, missing_commits, read_log, table_path, vintages
from stopgap.lake.marking_log import LOG as MARKINGS
from stopgap.lake.partner_evidence import check_received
from stopgap.lake.place import need_lake
from stopgap.lake.receipts import hash_file, raw_path
from stopgap.lake.schema import TABLES, Table
from stopgap.lake.snapshot import opened, take_snapshot
from stopgap.lake.store import orphans
from stopgap.screening.decisions.exchange import verify

_COUNTS = ("rows_added", "rows_replaced", "rows_withdrawn")
_VINTAGE_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("vintage", "committed", "table", "change", "source", "files")),
        *((name, pa.int64()) for name in _COUNTS),
        *((name, pa.string()) for name in ("who", "why")),
    ]
)
_EXPORTED_KINDS = {
    "trade": RowKind.ECONOMY.value,
    "trade_aggregates": RowKind.AGGREGATE.value,
    "trade_breakdowns": RowKind.BREAKDOWN.value,
}
EXPORTED_VIEWS = ("trade", "trade_aggregates", "trade_breakdowns", "receipts", "findings")


def list_vintages(lake: Path) -> pa.Table:
    """Return one row per import or withdrawal, oldest first; a withdrawal names the withdrawn file."""
    commits = vintages(read_log(lake))
    receipts = {(taken.receipt, commit.vintage): taken for commit in commits for taken in commit.receipts}
    rows = []
    for commit in commits:
        withdrawn = commit.withdrawn
        taken = [receipts[withdrawn.receipt, withdrawn.vintage]] if withdrawn else commit.receipts
        rows.append(
            {
                **{name: getattr(commit, name) for name in ("vintage", "committed", "table", *_COUNTS)},
                "change": "withdrawal" if withdrawn else "import",
                "source": ", ".join(sorted({receipt.source for receipt in taken})),
                "files": ", ".join(receipt.file_name for receipt in taken),
                "who": withdrawn.who if withdrawn else None,
                "why": withdrawn.why if withdrawn else None,
            }
        )
    return pa.Table.from_pylist(rows, schema=_VINTAGE_SCHEMA)


def check_lake(lake: Path) -> pa.Table:
    """Check the lake; return one row per check: hashes of receipts, data files, row counts, unique keys and others."""
    need_lake(lake)
    try:
        commits = read_log(lake)
    except InputError as error:
        return _checks([{"check": "log", "passed": False, "found": f"{error.what}: {error.where}"}])
    checks: list[dict[str, object]] = []

    def add(check: str, faults: list[str], passed: str) -> None:
        checks.append({"check": check, "passed": not faults, "found": "; ".join(faults[:10]) or passed})

    receipts = [receipt for commit in commits for receipt in commit.receipts]
    faults = []
    for receipt in counted(receipts, "checking file"):
        place = raw_path(lake, receipt.sha256)
        if not place.is_file():
            faults.append(f"raw bytes of {receipt.file_name} ({receipt.receipt}) are missing")
        elif hash_file(place) != receipt.sha256:
            faults.append(f"raw bytes of {receipt.file_name} ({receipt.receipt}) have changed")
    add("receipts", faults, f"{len(receipts)} files, hashes as they came")

    missing = [*gaps(commits), *missing_commits(commits)]
    add("vintages", [f"{name} is missing" for name in missing], f"{len(vintages(commits))}, none missing")
    gone = []
    files = 0
    for table in TABLES.values():
        named = {name for commit in commits if commit.table == table.name for name in commit.added}
        files += len(named)
        folder = table_path(lake, table)
        gone += [f"data file {table.name}/{name} is missing" for name in sorted(named) if not (folder / name).is_file()]
    add("data files", gone, f"{files} files")

    say("checking rows and their keys")
    if vintages(commits) and not gone:
        try:
            checks += _row_checks(lake, commits)
        except duckdb.Error as error:
            add("data files can be read", [str(error).splitlines()[0][:300]], "")
    for name, chain in (("decisions", verify(lake)), ("markings", MARKINGS.check(MARKINGS.content(lake)))):
        add(name, [f"line {chain.line}: {chain.fault}"] if chain.fault else [], f"{chain.events}, their chain whole")
    add("received packs", *check_received(lake))
    strays = len(orphans(lake))
    add("stray files", [], f"{strays} left by a stopped import; the next import removes them" if strays else "none")
    return _checks(checks)


def _checks(checks: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(
        checks, schema=pa.schema([("check", pa.string()), ("passed", pa.bool_()), ("found", pa.string())])
    )


def _row_checks(lake: Path, commits: list[Commit]) -> list[dict[str, object]]:
    """Check that each vintage has the row count of its log, and that no key occurs twice (up to five are named)."""
    miscounted: list[str] = []
    doubled: list[str] = []
    total = 0
    with duckdb.connect(":memory:") as con:

        def query(table: Table, version: int, sql: str) -> list[tuple[Any, ...]]:
            files = [str(table_path(lake, table) / name) for name in files_at(commits, version, table)]
            return con.execute(sql, [files]).fetchall() if files else []

        for table in TABLES.values():
            rows = 0
            for commit in vintages(commits):
                if commit.table == table.name:
                    rows += commit.rows_added - commit.rows_replaced
                    counts = query(table, commit.version, "SELECT count(*) FROM read_parquet(?)")
                    found = counts[0][0] if counts else 0
                    if found != rows:
                        miscounted.append(f"vintage {commit.vintage} holds {found} rows, its log says {rows}")
            total += rows
            newest = max((commit.version for commit in commits if commit.table == table.name), default=0)
            keyed = " AND ".join(f"{name} IS NOT NULL" for name in table.key)
            twice = f"SELECT {', '.join(table.key)}, count(*) AS n FROM read_parquet(?) WHERE {keyed} GROUP BY ALL"
            doubled += map(str, query(table, newest, f"{twice} HAVING n > 1 LIMIT 5"))
    counted = {
        "check": "rows of each vintage",
        "passed": not miscounted,
        "found": "; ".join(miscounted) or f"{len(vintages(commits))} vintages, {total:,} rows now",
    }
    unique = {"check": "one row per figure", "passed": not doubled, "found": "; ".join(doubled) or "no figure twice"}
    return [counted, unique]


def export_lake(lake: Path, directory: Path, *, as_of: str | None = None) -> pa.Table:
    """Write the views as Parquet files; return one row per file. Empty ``declarations`` and ``listed`` are skipped.

    Raises:
        InputError: The folder is not empty, or cannot be written.
    """
    take_snapshot(lake, as_of=as_of)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise InputError("the folder is not empty", where=str(directory), fix="give a new or empty folder")
    except OSError as error:
        raise InputError(
            f"the folder cannot be written: {error.strerror}", where=str(directory), fix="choose another folder"
        ) from error
    rows = []
    marked = {view: dumps(marking_of_view(lake, view, as_of=as_of).as_dict()) for view in VIEW_TABLES}
    with opened(lake, as_of=as_of) as (con, snapshot):
        there = {"declarations": "declarations", "listed": "listed_facts"}
        views = [*EXPORTED_VIEWS, *(view for view, table in there.items() if snapshot.tables[table])]
        for view in counted(views, "writing table"):
            path = directory / f"{view}.parquet"
            # Read alone, a part of a total looks like a figure: the file says what its rows are.
            kind = f", '{_EXPORTED_KINDS[view]}' AS kind" if view in _EXPORTED_KINDS else ""
            own = " EXCLUDE (kind)" if view == "trade_aggregates" else ""  # that of the aggregate, which its codes tell
            [(count,)] = con.execute(
                f"COPY (SELECT *{own}{kind} FROM {view}) TO {quoted(path)} "
                f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{marking: {quoted(marked[view])}}})"
            ).fetchall()
            rows.append({"view": view, "file": str(path), "rows": count, "vintage": snapshot.vintage})
    return pa.Table.from_pylist(rows)
