"""Restore a backup: all is checked before anything is written, and nothing is overwritten unasked."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, insert, inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from stopgap.base.atomic_files import write_whole
from stopgap.base.chained_log import ChainedLog
from stopgap.base.errors import InputError, RefusedError
from stopgap.lake.marking_log import LOG as MARKINGS
from stopgap.screening.decisions.log import LOG as DECISIONS
from stopgap.service.state.audit import check_log
from stopgap.service.state.backup import FORMAT, LOG, BackupReport, kept_values, lake_files
from stopgap.service.state.database import Database, unanswered
from stopgap.service.state.migrate import migrate_on, revision_of
from stopgap.service.state.running import at_rest

_CHAINED = {f"lake/{log.folder}/{LOG}": log for log in (MARKINGS, DECISIONS)}
_MEMBER = re.compile(r"backup\.json|database/[a-z][a-z0-9_]*\.jsonl|lake/[^\\:]+")
_BATCH = 500


@dataclass(frozen=True)
class _Backup:
    """An opened backup that was checked."""

    archive: zipfile.ZipFile
    about: dict[str, Any]

    @property
    def files(self) -> list[str]:
        """Files of the lake."""
        return [name for name in self.about["sha256"] if name.startswith("lake/")]

    def rows(self, table: str) -> Iterator[list[Any]]:
        """Iterate over the rows of a table, the names of its columns first."""
        with self.archive.open(f"database/{table}.jsonl") as file:
            for line in file:
                yield json.loads(line)


def restore(database: Database, lake: Path, home: Path, file: Path, *, replace: bool) -> BackupReport:
    """Bring back a backup: the database in one transaction, then the logs of the lake.

    Args:
        database: Database to restore into; SQLite or PostgreSQL, whatever the backup was made of.
        lake: Folder of the lake.
        home: Folder of the service.
        file: The backup.
        replace: Whether to replace a database that holds people and a lake that holds logs.

    Raises:
        InputError: The file is no backup, or damaged.
        RefusedError: The service runs; something would be overwritten; a newer version of Stopgap made the backup.
        UnreachableError: The database does not answer.
    """
    with at_rest(home), _opened(file) as backup:
        if not replace:
            _need_empty(database, lake)
        try:
            with database.engine.connect().execution_options(stopgap_writes=True) as connection, connection.begin():
                rows = _restore_database(connection, backup, is_sqlite=database.is_sqlite)
                size = _restore_lake(backup, lake)
        except OperationalError as error:
            raise unanswered(database, error) from None
        about = backup.about
        return BackupReport(str(file), about["made"], about["revision"], rows, len(backup.files), size)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[_Backup]:
    """Open a backup and check all that it holds.

    Raises:
        InputError: The file is no backup, or damaged.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            about = json.loads(archive.read("backup.json"))
            names = archive.namelist()
            if about["format"] != FORMAT or len(names) != len(set(names)) or not all(map(_is_member, names)):
                raise ValueError("it is not one of this version")
            hashes = about["sha256"]
            if set(names) != {"backup.json", *hashes} or not {
                f"database/{name}.jsonl" for name in about["rows"]
            } <= set(names):
                raise ValueError("a part is missing, or does not belong to it")
            for name, hashed in hashes.items():
                _need_same(archive, name, hashed)
                if name in _CHAINED:
                    _need_whole(_CHAINED[name], archive.read(name), name)
            yield _Backup(archive, about)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            "the file is not a backup of the service, or is damaged",
            where=f"{file}: {str(error)[:200]}",
            fix="give a file that stopgap service backup wrote, or another copy of it",
        ) from error


def _need_same(archive: zipfile.ZipFile, name: str, hashed: str) -> None:
    with archive.open(name) as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != hashed:  # type: ignore[arg-type]
            raise ValueError(f"{name} is not as it was written")


def _is_member(name: str) -> bool:
    """Return whether a name may stand in a backup: none leads out of the lake."""
    parts = PurePosixPath(name).parts
    return _MEMBER.fullmatch(name) is not None and ".." not in parts and not name.startswith("/")


def _need_whole(log: ChainedLog, content: bytes, name: str) -> None:
    check = log.check(content)
    if not check.holds:
        raise ValueError(f"{name}, line {check.line}: {check.fault}")


def _need_empty(database: Database, lake: Path) -> None:
    """Refuse to overwrite.

    Raises:
        RefusedError: The database has rows of ours, or the lake has logs.
    """
    try:
        with database.engine.connect() as connection:
            if inspect(connection).has_table("audit"):
                found = MetaData()
                found.reflect(connection, only=["audit"])
                if connection.scalar(select(func.count()).select_from(found.tables["audit"])):
                    raise RefusedError(
                        "the database has people and a history, which would be lost",
                        where=database.shown,
                        fix="restore into another database, or give --replace",
                    )
    except OperationalError as error:
        raise unanswered(database, error) from None
    kept = next(lake_files(lake), None)
    if kept is not None:
        raise RefusedError(
            "the lake has logs, which would be lost",
            where=str(kept),
            fix="restore into another lake, or give --replace",
        )


def _restore_database(connection: Connection, backup: _Backup, *, is_sqlite: bool) -> dict[str, int]:
    """Make the tables anew, as they were at the revision of the backup, fill them, and bring them to the newest."""
    if is_sqlite:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    if revision_of(connection) is not None:
        old = MetaData()
        old.reflect(connection)
        old.drop_all(connection)
    migrate_on(connection, to=backup.about["revision"], where="backup")
    made = MetaData()
    made.reflect(connection)
    rows = {}
    for table in made.sorted_tables:
        if table.name in backup.about["rows"]:
            rows[table.name] = _fill(connection, table, backup, is_sqlite=is_sqlite)
    if missing := sorted(backup.about["rows"].keys() - rows.keys()):
        raise ValueError(f"the database has no table {missing[0]}")
    migrate_on(connection)
    with Session(connection) as session:
        check = check_log(session)
    if not check.holds:
        raise ValueError(f"audit log, line {check.line}: {check.fault}")
    return rows


def _fill(connection: Connection, table: Table, backup: _Backup, *, is_sqlite: bool) -> int:
    lines = backup.rows(table.name)
    header = next(lines)
    if header != [column.name for column in table.columns]:
        raise ValueError(f"the columns of {table.name} are others")
    count = 0
    while batch := list(itertools.islice(lines, _BATCH)):
        connection.execute(insert(table), [kept_values(table, row, is_sqlite=is_sqlite) for row in batch])
        count += len(batch)
    if count != backup.about["rows"][table.name]:
        raise ValueError(f"{table.name} has {count:,} rows, not {backup.about['rows'][table.name]:,}")
    key = next(iter(table.primary_key.columns), None)
    if not is_sqlite and key is not None and key.autoincrement and key.type.python_type is int:
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": key.name}
        )
        if sequence is not None:
            highest = connection.scalar(select(func.coalesce(func.max(key), 0))) or 0
            connection.execute(
                text("SELECT setval(:sequence, :value, :called)"),
                {"sequence": sequence, "value": max(highest, 1), "called": highest > 0},
            )
    return count


def _restore_lake(backup: _Backup, lake: Path) -> int:
    """Write the files of the lake, and remove those of its logs that the backup does not have."""
    size = 0
    names = backup.files
    for path in list(lake_files(lake)):
        if f"lake/{path.relative_to(lake).as_posix()}" not in names:
            path.unlink()
    for name in names:
        path = lake.joinpath(*PurePosixPath(name).parts[1:])
        content = backup.archive.read(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
        size += len(content)
    return size
