"""Write to the lake: one import is one atomic commit and one vintage.

Writers hold a lock, which the system releases when a process dies. Data files
are written first and are invisible; the commit makes them, their vintage and
their receipts visible together. A process killed before its commit leaves the
old vintage and files that no commit names, which the next writer removes.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from stopgap.base.atomic_files import make_durable, remove_file, sync_folder
from stopgap.base.clearance import whole_lake
from stopgap.base.errors import InputError, RefusedError
from stopgap.base.paths import exists, whole_path
from stopgap.base.sql import listed, quoted
from stopgap.lake.engine_bars import without_bar
from stopgap.lake.engines.native_copy import abandoned_copies
from stopgap.lake.history import METADATA_KEY, current_version, files_at, next_vintage, read_log, table_path
from stopgap.lake.query.limits import machine_memory
from stopgap.lake.receipts import Receipt
from stopgap.lake.schema import TABLES, TRADE, Table
from stopgap.lake.supersession import Load, Replaces, find_replaced

_KEEP_FOR_EVER = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
    "delta.enableExpiredLogCleanup": "false",
}


@dataclass(frozen=True)
class Committed:
    """Result of a commit: vintage, table version and row counts."""

    vintage: str
    version: int
    rows_added: int
    rows_replaced: int
    rows_withdrawn: int


@contextlib.contextmanager
def writing(lake: Path) -> Iterator[Path]:
    """Hold the lake's write lock, and yield a scratch folder on the same disk, which is removed at the end.

    Within the block the lake is read whole, whoever asks: what is written follows from all of it.
    Refuses a lake that cannot be written for lack of permission, disk space or memory (RefusedError), and one with a
    data file that cannot be read (InputError).
    """
    from filelock import FileLock

    _check_place(lake)
    try:
        lake.mkdir(parents=True, exist_ok=True)
        lock = FileLock(lake / ".lock")
        lock.acquire()
    except OSError as error:
        raise _cannot_write(lake, error) from error
    try:
        # Whatever lies here belongs to a writer that died: we hold the lock.
        shutil.rmtree(lake / "incoming", ignore_errors=True)
        scratch = lake / "incoming" / uuid.uuid4().hex
        scratch.mkdir(parents=True)
        with whole_lake():
            yield scratch
    except duckdb.OutOfMemoryException as error:
        raise RefusedError(
            "the work does not fit in memory",
            where=f"{lake}: {str(error).splitlines()[0]}",
            fix="import fewer or smaller files at a time; the lake is as it was",
        ) from error
    except _write_errors() as error:
        if isinstance(error, duckdb.Error) and _is_damage(lake, error):
            raise InputError(
                "a data file of the lake is damaged or missing",
                where=f"{lake}: {str(error).splitlines()[0][:300]}",
                fix="stopgap lake check lists what is wrong; nothing was changed",
            ) from error
        if isinstance(error, duckdb.Error) and not isinstance(error, duckdb.IOException):
            raise
        raise _cannot_write(lake, error) from error
    finally:
        shutil.rmtree(lake / "incoming", ignore_errors=True)
        lock.release()


def _write_errors() -> tuple[type[Exception], ...]:
    """Return the errors of a failed write; the log's library is loaded by whoever writes to it."""
    from deltalake.exceptions import DeltaError

    return OSError, duckdb.Error, DeltaError


def _is_damage(lake: Path, error: duckdb.Error) -> bool:
    """Return whether reading a data file failed; a failed write also names a data file."""
    says = str(error)
    is_reading = not isinstance(error, duckdb.IOException) or "No files found" in says or "No such file" in says
    return is_reading and str(lake / "tables") in says


def _check_place(lake: Path) -> None:
    """Refuse (RefusedError) a file, and a path with unprintable characters, or ``%`` and two hex digits, an escape in Delta."""
    if exists(lake) and not lake.is_dir():
        raise RefusedError(
            f"the lake cannot be written: {lake} is a file, and a lake is a folder",
            where=whole_path(lake),
            fix=f"give a folder (--lake DIR); a file of figures is imported: stopgap import {lake.name} --lake DIR",
        )
    if re.search("%[0-9A-Fa-f]{2}", str(lake.absolute())) or not str(lake.absolute()).isprintable():
        raise RefusedError(
            "the lake cannot stand in a folder of this name",
            where=repr(str(lake.absolute())),
            fix="choose a folder without % and two digits, line ends and tabs in its name (--lake DIR)",
        )


def _cannot_write(lake: Path, error: Exception) -> RefusedError:
    why = (isinstance(error, OSError) and error.strerror) or str(error).splitlines()[0][:300]
    return RefusedError(
        f"the lake cannot be written: {why}",
        where=str(lake),
        fix="choose a folder that you may write (--lake DIR or STOPGAP_LAKE), or free space on the disk; "
        "what was reported as done is kept",
    )


def now() -> str:
    """Return the current time (UTC) in the format of commits."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ensure_table(lake: Path, table: Table) -> None:
    import pyarrow as pa
    from deltalake import DeltaTable

    if current_version(lake, table) is not None:
        return
    types = {
        "VARCHAR": pa.string(),
        "DOUBLE": pa.float64(),
        "BOOLEAN": pa.bool_(),
        "DATE": pa.date32(),
        "BIGINT": pa.int64(),
    }
    folder = table_path(lake, table)
    folder.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([(name, types[kind]) for name, kind in table.columns.items()])
    DeltaTable.create(folder, schema=schema, name=table.name, configuration=_KEEP_FOR_EVER)


_CODED_LIMIT = 100_000
"""Maximum number of distinct texts in a column that is written as ENUM numbers."""


def _coded(con: duckdb.DuckDBPyConnection, relation: str, texts: Sequence[str]) -> dict[str, str]:
    """Create an ENUM type of the sorted values for each text column with few of them; return column -> type.

    Sorting and writing ENUM numbers takes half the time of the texts, and the files
    are the same: Parquet holds the text. Columns of the relation that are ENUMs already
    are skipped.
    """
    kinds = dict(con.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM {relation})").fetchall())
    texts = [name for name in texts if kinds[name] == "VARCHAR"]
    if not texts:
        return {}
    lists = ", ".join(f"list(DISTINCT {name}) FILTER ({name} IS NOT NULL) AS {name}" for name in texts)
    con.execute(f"CREATE OR REPLACE TEMP TABLE text_values AS SELECT {lists} FROM {relation}")
    lengths = ", ".join(f"coalesce(len({name}), 0)" for name in texts)
    [sizes] = con.execute(f"SELECT {lengths} FROM text_values").fetchall()
    types = {}
    for name, size in zip(texts, sizes, strict=True):
        if 0 < size <= _CODED_LIMIT:
            types[name] = f"text_{name}"
            con.execute(f"DROP TYPE IF EXISTS text_{name}")
            con.execute(f"CREATE TEMP TYPE text_{name} AS ENUM (SELECT unnest(list_sort({name})) FROM text_values)")
    return types


_FORMAT = (
    "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880, "
    # Columns of figures, nearly all different, are then soon known to have no dictionary.
    "DICTIONARY_SIZE_LIMIT 10000"
)


def write_sorted(
    con: duckdb.DuckDBPyConnection, relation: str, path: Path, *, where: str = "true", table: Table = TRADE
) -> int:
    """Write the rows of a relation as one sorted Parquet file; return their number.

    ``where`` is the SQL condition for the rows to write, over the alias ``old``.
    """
    if where != "true":
        relation = f"(SELECT * FROM {relation} AS old WHERE {where})"
    types = _coded(con, relation, table.coded)
    columns = ", ".join(f"{name}::{types[name]} AS {name}" if name in types else name for name in table.columns)
    [(rows,)] = con.execute(
        f"COPY (SELECT {columns} FROM {relation} ORDER BY {', '.join(table.sort_key)}) TO {quoted(path)} ({_FORMAT})"
    ).fetchall()
    make_durable(path)
    return int(rows)


def _stats(con: duckdb.DuckDBPyConnection, path: Path, rows: int, table: Table) -> str:
    """Return the file statistics for Delta as JSON: row count, and range of the ``ranged`` columns of the table."""
    least, most = value_ranges(con, path, table.ranged)
    return json.dumps({"numRecords": rows, "minValues": least, "maxValues": most, "nullCount": {}})


def value_ranges(
    con: duckdb.DuckDBPyConnection, path: Path, names: Sequence[str]
) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Return least and largest value of some columns of a Parquet file, as texts, from its footer where that has them."""
    footer = con.execute(
        f"""
        SELECT path_in_schema, min(stats_min_value), max(stats_max_value)
        FROM parquet_metadata(?) WHERE path_in_schema IN ({listed(names)})
        GROUP BY 1 HAVING bool_and(stats_min_value IS NOT NULL AND stats_max_value IS NOT NULL)
        """,
        [str(path)],
    ).fetchall()
    if len(footer) == len(names):
        return {name: least for name, least, _ in footer}, {name: most for name, _, most in footer}
    ranges = ", ".join(f"min({name})::VARCHAR, max({name})::VARCHAR" for name in names)
    [found] = con.execute(f"SELECT {ranges} FROM read_parquet(?)", [str(path)]).fetchall()
    return dict(zip(names, found[::2], strict=True)), dict(zip(names, found[1::2], strict=True))


def commit_staged(
    con: duckdb.DuckDBPyConnection,
    lake: Path,
    receipts: Sequence[Receipt],
    *,
    relation: str = "staged",
    replaces: Replaces = Replaces.BOX,
    table: Table = TRADE,
    corrects: Sequence[Load] = (),
    ready: Sequence[tuple[Path, int]] = (),
) -> Committed:
    """Commit the rows of a relation (the columns of the table without ``vintage``) as the next vintage.

    The caller must hold the lake's lock. ``receipts`` are those of the imported files; ``corrects`` are loads of the
    table that the import replaces whole. ``ready`` are sorted files with their numbers of rows, which hold the rows of
    the relation with their vintage already, in the scratch folder: they are moved into the table.
    """
    _ensure_table(lake, table)
    folder = table_path(lake, table)
    remove_orphans(lake)
    version = current_version(lake, table)
    assert version is not None
    commits = read_log(lake, shows=[table.name])  # how many rows it replaces
    current = [folder / name for name in files_at(commits, version, table)]
    vintage = next_vintage(commits)

    replaced = find_replaced(con, relation, current, replaces, table=table, corrects=corrects)
    if ready:
        written = [(path.rename(_new_file(folder)), rows) for path, rows in ready]
        sync_folder(folder)
    else:
        fresh = _new_file(folder)
        dated = f"(SELECT *, '{vintage}'::ENUM('{vintage}') AS vintage FROM {relation})"
        written = [(fresh, write_sorted(con, dated, fresh, table=table))]
    added = sum(rows for _, rows in written)
    if replaced.files and replaced.rows < _rows_of(con, replaced.files):
        written += write_kept(con, folder, replaced.files, f"({replaced.condition}) IS NOT TRUE", table)

    note = {
        "vintage": vintage,
        "committed": now(),
        "rows_added": added,
        "rows_replaced": replaced.rows,
        "rows_withdrawn": replaced.withdrawn,
        "replaces": replaces.value,
        "receipts": [receipt.as_dict() for receipt in receipts],
    }
    if corrects:
        note["corrects"] = [list(load) for load in corrects]
    commit_files(con, lake, note, removed=replaced.files, written=written, changes_rows=True, table=table)
    return Committed(vintage, version + 1, added, replaced.rows, replaced.withdrawn)


def _new_file(folder: Path) -> Path:
    return folder / f"part-{uuid.uuid4().hex}.parquet"


def _rows_of(con: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> int:
    """Return the number of rows in some data files, from their footers."""
    [(rows,)] = con.execute(f"SELECT count(*) FROM read_parquet([{listed(files)}])").fetchall()
    return int(rows)


def write_kept(
    con: duckdb.DuckDBPyConnection, folder: Path, files: Sequence[Path], where: str, table: Table
) -> list[tuple[Path, int]]:
    """Write the rows of some data files that meet a condition as one file; return no file if there are none.

    ``where`` is the SQL condition for the rows to keep, over the alias ``old``.
    """
    kept = _new_file(folder)
    rows = write_sorted(con, f"read_parquet([{listed(files)}])", kept, where=where, table=table)
    if rows:
        return [(kept, rows)]
    kept.unlink()
    return []


def commit_files(
    con: duckdb.DuckDBPyConnection,
    lake: Path,
    note: dict[str, Any],
    *,
    removed: Sequence[Path],
    written: Sequence[tuple[Path, int]],
    changes_rows: bool,
    table: Table,
) -> None:
    """Add and remove data files of a table in one commit, with ``note`` as metadata; the caller must hold the lock.

    Any connection works: it only reads the value ranges of files. Each file in ``written`` comes with its number of
    rows; ``changes_rows`` states whether readers see different rows afterwards.
    """
    from deltalake import DeltaTable
    from deltalake.transaction import AddAction, CommitProperties, RemoveAction

    folder = table_path(lake, table)
    moment = int(time.time() * 1000)
    actions: list[AddAction | RemoveAction] = [
        RemoveAction(path.name, changes_rows, moment, path.stat().st_size, {}) for path in removed
    ]
    actions += [
        AddAction(path.name, path.stat().st_size, {}, moment, changes_rows, _stats(con, path, rows, table))
        for path, rows in written
    ]
    delta = DeltaTable(folder)
    delta.create_write_transaction(
        actions,
        mode="append",
        schema=delta.schema(),
        partition_by=[],
        commit_properties=CommitProperties(custom_metadata={METADATA_KEY: json.dumps(note, sort_keys=True)}),
    )
    sync_folder(folder / "_delta_log")


def orphans(lake: Path) -> list[Path]:
    """Return the data files that no commit names, such as those left by a killed import."""
    commits = read_log(lake, shows=())
    found = []
    for table in TABLES.values():
        named = {name for commit in commits if commit.table == table.name for name in (*commit.added, *commit.removed)}
        found += [path for path in table_path(lake, table).glob("*.parquet") if path.name not in named]
    return found


def remove_orphans(lake: Path) -> tuple[int, int]:
    """Delete data files that no commit names, and abandoned native copies; the caller must hold the lock.

    Returns the number of data files, and the bytes of all.
    """
    found = orphans(lake)
    return len(found), sum(remove_file(path) for path in (*found, *abandoned_copies(lake)))


LEAST_STAGING, MOST_STAGING = 1_200_000_000, 3_000_000_000
"""Memory of a staging database where none is named, in bytes."""


def staging_connection(scratch: Path, *, memory: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open an in-memory staging database that spills to the scratch folder.

    ``memory`` is in bytes; if ``None``, an eighth of the machine's, at least 1,200 MB and at most 3 GB.
    """
    if memory is None:
        memory = max(LEAST_STAGING, min(MOST_STAGING, (machine_memory() or 0) // 8))
    config: dict[str, Any] = {
        "memory_limit": f"{memory}B",
        "temp_directory": str(scratch / "spill"),
        "preserve_insertion_order": "false",
    }
    con = duckdb.connect(":memory:", config=config)
    without_bar(con)  # ours is on stderr
    return con
