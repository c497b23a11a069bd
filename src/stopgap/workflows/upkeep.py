"""The lake's history, integrity and export."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from stopgap.errors import InputError, MissingDataError
from stopgap.lake.connect import opened, take_snapshot
from stopgap.lake.log import files_at, read_log, table_path, vintages
from stopgap.lake.receipts import hash_file, raw_path
from stopgap.lake.store import orphans
from stopgap.sources.base import KEY_COLUMNS
from stopgap.sql import quoted

_VINTAGE_SCHEMA = pa.schema(
    [
        ("vintage", pa.string()),
        ("committed", pa.string()),
        ("source", pa.string()),
        ("files", pa.string()),
        ("rows_added", pa.int64()),
        ("rows_replaced", pa.int64()),
    ]
)
_KEY = ", ".join(KEY_COLUMNS)
EXPORTED_VIEWS = ("trade", "trade_aggregates", "trade_breakdowns", "receipts", "findings")


def list_vintages(lake: Path) -> pa.Table:
    """One row per import, oldest first."""
    rows = [
        {
            "vintage": commit.vintage,
            "committed": commit.committed,
            "source": ", ".join(sorted({receipt.source for receipt in commit.receipts})),
            "files": ", ".join(receipt.file_name for receipt in commit.receipts),
            "rows_added": commit.rows_added,
            "rows_replaced": commit.rows_replaced,
        }
        for commit in vintages(read_log(lake))
    ]
    return pa.Table.from_pylist(rows, schema=_VINTAGE_SCHEMA)


def check_lake(lake: Path) -> pa.Table:
    """Each check with what it found: receipts' hashes, data files, row counts, unique figures, stray files.

    Raises:
        MissingDataError: There is no lake.
    """
    commits = read_log(lake)
    if not lake.is_dir():
        raise MissingDataError(
            "there is no lake to check",
            where=str(lake),
            mend="stopgap import FILE makes one; or give another --lake",
        )
    checks: list[dict[str, object]] = []

    def add(check: str, faults: list[str], passed: str) -> None:
        checks.append({"check": check, "passed": not faults, "found": "; ".join(faults[:10]) or passed})

    receipts = [receipt for commit in commits for receipt in commit.receipts]
    faults = []
    for receipt in receipts:
        place = raw_path(lake, receipt.sha256)
        if not place.is_file():
            faults.append(f"raw bytes of {receipt.file_name} ({receipt.receipt}) are missing")
        elif hash_file(place) != receipt.sha256:
            faults.append(f"raw bytes of {receipt.file_name} ({receipt.receipt}) have changed")
    add("receipts", faults, f"{len(receipts)} files, hashes as they came")

    folder = table_path(lake)
    named = {name for commit in commits for name in commit.added}
    gone = [f"data file {name} is missing" for name in sorted(named) if not (folder / name).is_file()]
    add("data files", gone, f"{len(named)} files")

    if vintages(commits) and not gone:
        try:
            checks += _row_checks(lake, folder)
        except duckdb.Error as error:
            add("data files can be read", [str(error).splitlines()[0][:300]], "")
    strays = [path.name for path in orphans(lake)]
    checks.append(
        {
            "check": "stray files",
            "passed": True,
            "found": f"{len(strays)} left by a stopped import; the next import removes them"
            if strays
            else "none",
        }
    )
    return pa.Table.from_pylist(
        checks, schema=pa.schema([("check", pa.string()), ("passed", pa.bool_()), ("found", pa.string())])
    )


def _row_checks(lake: Path, folder: Path) -> list[dict[str, object]]:
    commits = read_log(lake)
    imports = vintages(commits)
    rows = 0
    faults = []
    with duckdb.connect(":memory:") as con:
        for commit in imports:
            rows += commit.rows_added - commit.rows_replaced
            files = [str(folder / name) for name in files_at(commits, commit.version)]
            [(found,)] = con.execute("SELECT count(*) FROM read_parquet(?)", [files]).fetchall()
            if found != rows:
                faults.append(f"vintage {commit.vintage} holds {found} rows, its log says {rows}")
        files = [str(folder / name) for name in files_at(commits, commits[-1].version)]
        doubled = con.execute(
            f"SELECT {_KEY}, count(*) AS n FROM read_parquet(?) GROUP BY ALL HAVING n > 1 LIMIT 5", [files]
        ).fetchall()
    counted = {
        "check": "rows of each vintage",
        "passed": not faults,
        "found": "; ".join(faults) or f"{len(imports)} vintages, {rows:,} rows now",
    }
    unique = {
        "check": "one row per figure",
        "passed": not doubled,
        "found": "; ".join(map(str, doubled)) or "no figure twice",
    }
    return [counted, unique]


def export_lake(lake: Path, directory: Path, *, as_of: str | None = None) -> pa.Table:
    """Write the views as Parquet files; one row per file written.

    Raises:
        InputError: The folder holds something already, or cannot be written.
    """
    take_snapshot(lake, as_of=as_of)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise InputError(
                "the folder is not empty", where=str(directory), mend="give a new or empty folder"
            )
    except OSError as error:
        raise InputError(
            f"the folder cannot be written: {error.strerror}",
            where=str(directory),
            mend="choose another folder",
        ) from error
    rows = []
    with opened(lake, as_of=as_of) as (con, snapshot):
        for view in EXPORTED_VIEWS:
            path = directory / f"{view}.parquet"
            [(count,)] = con.execute(
                f"COPY (SELECT * FROM {view}) TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)"
            ).fetchall()
            rows.append({"view": view, "file": str(path), "rows": count, "vintage": snapshot.vintage})
    return pa.Table.from_pylist(rows)
