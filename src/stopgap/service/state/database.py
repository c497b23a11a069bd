"""Connections to the service's database: SQLite by default, PostgreSQL for a team."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from stopgap.base.errors import RefusedError, UnreachableError, UsageError

WAIT_MS = 15_000
"""Longest wait for another writer of a SQLite database, in milliseconds."""

_POOL: dict[str, Any] = {"pool_size": 20, "max_overflow": 30}
"""Connections: as many as threads that answer requests (40), with some for jobs."""

_KINDS = "sqlite:///FILE or postgresql://USER@HOST/NAME"


def database_url(text: str) -> URL:
    """Parse the address of a database; ``postgresql://`` is read with psycopg 3.

    Raises:
        UsageError: It is none, or of a database that the service does not know.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise UsageError("that is no address of a database", where="--database-url", fix=f"give {_KINDS}") from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise UsageError(
            f"the service does not know databases of {url.drivername}", where="--database-url", fix=f"give {_KINDS}"
        )
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise UsageError("the service keeps its database in a file", where="--database-url", fix="give sqlite:///FILE")
    return url


@dataclass(frozen=True)
class Database:
    """An open database.

    Attributes:
        url: Its address.
        engine: Its connections, shared by threads.
    """

    url: URL
    engine: Engine

    @property
    def shown(self) -> str:
        """Its address as messages have it: without a password."""
        return self.url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite."""
        return self.url.drivername == "sqlite"

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that only reads, at one point in time (PostgreSQL: of each statement).

        Raises:
            UnreachableError: The database does not answer.
        """
        with self._told(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a session whose changes are on the disk once the block has ended; an error undoes them all.

        On SQLite the block is the only writer from its beginning on.

        Raises:
            UnreachableError: The database does not answer.
        """
        with self._told(), Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"stopgap_writes": True})
            yield session
            session.commit()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            raise unanswered(self, error) from None
        except PoolTimeout:
            raise UnreachableError(
                "the service's database is busy: no connection came free", where=self.shown, fix="try again in a moment"
            ) from None


def open_database(text: str) -> Database:
    """Open a database by its address; a file of SQLite is made where there is none, readable by its owner alone.

    Raises:
        UsageError: The address is not one of a known database, or psycopg is not installed.
        RefusedError: The file cannot be made.
    """
    url = database_url(text)
    if url.drivername == "sqlite":
        assert url.database is not None
        _make_file(Path(url.database))
        engine = create_engine(url, connect_args={"timeout": WAIT_MS / 1000, "check_same_thread": False}, **_POOL)
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
        return Database(url, engine)
    try:
        engine = create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10}, **_POOL)
    except ImportError:
        raise UsageError(
            "psycopg is not installed, which speaks with PostgreSQL",
            where="--database-url",
            fix="pip install 'stopgap[postgresql]'",
        ) from None
    return Database(url, engine)


def unanswered(database: Database, error: DBAPIError) -> UnreachableError:
    """Return the error for a database that does not answer; it holds no password and no value of a statement."""
    lines = str(error.orig or "").strip().splitlines()
    password = database.url.password
    said = (lines[0] if lines else "no reason was given")[:200]
    if password:
        said = said.replace(str(password), "…")
    return UnreachableError(
        f"the service's database does not answer: {said}",
        where=database.shown,
        fix="check its address, that it runs, and that its disk has room",
    )


def _make_file(path: Path) -> None:
    try:
        is_new_folder = not path.parent.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        if is_new_folder:
            path.parent.chmod(0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise RefusedError(
            f"the service's database cannot be kept: {error.strerror or error}",
            where=str(path),
            fix="choose a lake that you may write, or another --database-url",
        ) from error


def _set_up(connection: Any, record: Any) -> None:
    """Prepare a new connection to SQLite; transactions are begun by :func:`_begin` alone."""
    del record
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={WAIT_MS}")
    _write_ahead(cursor)
    for setting in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Turn on the write-ahead log.

    Of several processes that turn it on for a new file at once, SQLite tells all but one that it is locked, without waiting.
    """
    until = time.monotonic() + WAIT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.01)


def _begin(connection: Any) -> None:
    """Begin a transaction: one that writes takes the right to write at once, so that it never has to start anew."""
    writes = connection.get_execution_options().get("stopgap_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
