"""Backup of the service: its database, and the logs of the lake that belong with it, in one file.

A backup is a ZIP archive: ``backup.json`` says what it holds, ``database/TABLE.jsonl`` has the rows of a table, one JSON
array a line, ``lake/`` the logs with the texts and findings that they name. It is the same for SQLite and PostgreSQL,
so a service can move from one to the other. The figures (tables and original files of the lake) and the files of jobs are
not in it, which ``backup.json`` says (:data:`LEFT_OUT`).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import json
import os
import time
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import JSON, Connection, DateTime, LargeBinary, MetaData, Table, null, select

from stopgap.base.atomic_files import make_durable, sync_folder
from stopgap.base.errors import RefusedError
from stopgap.base.event_log import whole_lines
from stopgap.service.state.database import Database
from stopgap.service.state.migrate import revision_of
from stopgap.service.state.tables import iso

FORMAT = 1
LEFT_OUT = (
    "files of jobs: what was uploaded to them and what they wrote; the jobs and their results are in the database",
    "tables and original files of the lake",
)
"""What a backup does not hold, as ``backup.json`` says it."""

LOG = "log.jsonl"
LOCK_WAIT_S = 30
"""Seconds to wait for those who write to a log of the lake."""

_ROWS = 1_000
_BESIDE = ("findings",)
_ALONE = ("trust.jsonl",)


@dataclass(frozen=True)
class BackupReport:
    """What a backup holds.

    Attributes:
        file: The backup.
        made: When it was made.
        revision: Revision of the database.
        rows: Table of the database -> number of rows.
        files: Files of the lake.
        bytes: Bytes of these files.
    """

    file: str
    made: str
    revision: str
    rows: dict[str, int]
    files: int
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "file": self.file, "made": self.made, "revision": self.revision, "rows": self.rows, "files": self.files,
            "bytes": self.bytes,
        }  # fmt: skip


def back_up(database: Database, lake: Path, file: Path) -> BackupReport:
    """Write a backup while the service may go on writing.

    All is of one moment: the logs of the lake are locked while the database is read as it was at that moment, so no
    log lacks what the database says was done.

    Args:
        database: The service's database.
        lake: Folder of the lake.
        file: The backup; it must not exist.

    Raises:
        RefusedError: The file exists or cannot be written, or a log stays locked by a process that writes.
        UnreachableError: The database does not answer.
    """
    if file.exists():
        raise RefusedError("the file is there already", where=str(file), fix="give another name, or remove it")
    building = file.with_name(f".{uuid.uuid4().hex}.building")
    made = datetime.now(UTC)
    try:
        with _private(building) as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, _locked(lake):
            with _snapshot(database) as connection:
                revision = str(revision_of(connection))
                tables = {table.name: _write_table(archive, connection, table) for table in _tables(connection)}
            files = {f"lake/{path.relative_to(lake).as_posix()}": _content(path) for path in lake_files(lake)}
            for name, content in files.items():
                archive.writestr(name, content)
            rows = {name: count for name, (count, _) in tables.items()}
            hashes = {f"database/{name}.jsonl": hashed for name, (_, hashed) in tables.items()}
            hashes |= {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
            about = {"format": FORMAT, "made": iso(made), "revision": revision, "rows": rows, "sha256": hashes,
                     "left_out": LEFT_OUT}  # fmt: skip
            archive.writestr("backup.json", json.dumps(about, indent=1, sort_keys=True))
        make_durable(building)
        os.link(building, file)
        sync_folder(file.parent)
    except FileExistsError:
        raise RefusedError("the file is there already", where=str(file), fix="give another name") from None
    except OSError as error:
        raise RefusedError(
            f"the backup cannot be written: {error.strerror or error}",
            where=str(file),
            fix="choose a folder that you may write, or free space on the disk",
        ) from error
    finally:
        building.unlink(missing_ok=True)
    return BackupReport(str(file), iso(made), revision, rows, len(files), sum(map(len, files.values())))


def log_folders(lake: Path) -> list[Path]:
    """Return the folders of a lake that hold a log, in a fixed order."""
    return sorted(path.parent for path in lake.glob(f"*/{LOG}"))


def lake_files(lake: Path) -> Iterator[Path]:
    """Iterate over the files of a lake that a backup holds: logs, what lies beside them, findings, trusted keys."""
    folders = [*log_folders(lake), *(lake / name for name in _BESIDE)]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            is_passing = any(part.startswith(".") for part in path.relative_to(folder).parts) or path.suffix == ".lock"
            if path.is_file() and not path.is_symlink() and not is_passing:
                yield path
    yield from (lake / name for name in _ALONE if (lake / name).is_file())


def row_values(table: Table, values: Sequence[Any]) -> list[Any]:
    """Return the values of a row as JSON has them: points in time in UTC, bytes as base64."""
    found: list[Any] = []
    for column, value in zip(table.columns, values, strict=True):
        if isinstance(value, datetime):
            moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            found.append(moment.isoformat())
        elif isinstance(column.type, LargeBinary) and value is not None:
            found.append(base64.b64encode(value).decode())
        else:
            found.append(value)
    return found


def kept_values(table: Table, values: Sequence[Any], *, is_sqlite: bool) -> dict[str, Any]:
    """Return the values of a row of a backup as the database takes them; the reverse of :func:`row_values`."""
    found = {}
    for column, value in zip(table.columns, values, strict=True):
        if isinstance(column.type, DateTime) and value is not None:
            moment = datetime.fromisoformat(value).astimezone(UTC)
            value = moment.replace(tzinfo=None) if is_sqlite else moment
        elif isinstance(column.type, LargeBinary) and value is not None:
            value = base64.b64decode(value)
        elif isinstance(column.type, JSON) and value is None:
            value = null()  # not the null of JSON
        found[column.name] = value
    return found


def _private(path: Path) -> Any:
    """Open a new file that its owner alone can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _content(path: Path) -> bytes:
    """Read a file; of a log the complete lines, as every reader of it does."""
    content = path.read_bytes()
    return content if path.name != LOG else b"".join(line + b"\n" for line in whole_lines(content))


@contextlib.contextmanager
def _locked(lake: Path) -> Iterator[None]:
    """Hold the locks of all logs of a lake. Those that are taken are let go where another one stays locked, and tried again."""
    until = time.monotonic() + LOCK_WAIT_S
    paths = [folder / "log.lock" for folder in log_folders(lake)]
    while True:
        with contextlib.ExitStack() as held:
            try:
                for path in paths:
                    held.enter_context(FileLock(path, timeout=1))
            except Timeout:
                if time.monotonic() > until:
                    raise RefusedError(
                        "a log of the lake stays locked by a process that writes to it",
                        where=str(path),
                        fix="repeat the backup when that has ended",
                    ) from None
                continue
            yield
            return


@contextlib.contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """Yield a connection that sees the database as it is now, whatever others write meanwhile."""
    options = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with database.engine.connect().execution_options(**options) as connection, connection.begin():
        revision_of(connection)  # the first statement takes the snapshot
        yield connection


def _tables(connection: Connection) -> list[Table]:
    """Return all tables of a database, those that others refer to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def _write_table(archive: zipfile.ZipFile, connection: Connection, table: Table) -> tuple[int, str]:
    """Write the rows of a table, the names of its columns first; return their number, and the SHA-256 of all."""
    count, hashed = 0, hashlib.sha256()
    rows = connection.execute(select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_ROWS))
    names: list[Any] = [column.name for column in table.columns]
    with archive.open(f"database/{table.name}.jsonl", "w", force_zip64=True) as file:
        for values in itertools.chain([names], (row_values(table, row) for row in rows)):
            line = json.dumps(values, ensure_ascii=False).encode() + b"\n"
            hashed.update(line)
            file.write(line)
            count += 1
    return count - 1, hashed.hexdigest()
