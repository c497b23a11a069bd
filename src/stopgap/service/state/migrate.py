"""Bring the service's database to the newest revision, one process at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from stopgap.base.errors import RefusedError
from stopgap.service.state.database import Database, unanswered

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"

LOCK = 0x73746F70
"""Number of the lock that PostgreSQL keeps during migrations."""


def migrate(database: Database, *, to: str = "head") -> str:
    """Bring a database to a revision; nothing is done where it is there already.

    All revisions are one transaction. Another process waits: on SQLite for the right to write, on PostgreSQL for a lock.

    Args:
        database: The database.
        to: The revision; the newest if not given.

    Returns:
        The revision that it has now.

    Raises:
        RefusedError: The database was made by a newer version of Stopgap.
        UnreachableError: The database does not answer.
    """
    try:
        with database.engine.connect().execution_options(stopgap_writes=True) as connection, connection.begin():
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            return migrate_on(connection, to=to, where=database.shown)
    except OperationalError as error:
        raise unanswered(database, error) from None


def migrate_on(connection: Connection, *, to: str = "head", where: str = "") -> str:
    """Do what :func:`migrate` does within a transaction that is open already."""
    have = revision_of(connection)
    if to == "head" and have == newest_revision():
        return have
    from alembic import command
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = _config(connection)
    scripts = ScriptDirectory.from_config(config)
    known = {each.revision for each in scripts.walk_revisions()}
    if have is not None and have not in known:
        raise RefusedError(
            f"the database has revision {have[:40]}, which this version of Stopgap does not know",
            where=where,
            fix="install the version of Stopgap that made it, or a newer one",
        )
    wanted = scripts.get_current_head() if to == "head" else to
    if have != wanted:
        try:
            command.upgrade(config, to)
        except CommandError:
            raise RefusedError(
                f"revision {to[:40]} is not known to this version of Stopgap",
                where=where,
                fix="install the version of Stopgap that made it, or a newer one",
            ) from None
    return str(revision_of(connection))


def revision_of(connection: Connection) -> str | None:
    """Return the revision that a database has; ``None`` for one without tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def newest_revision() -> str:
    """Return the newest revision that this version of Stopgap knows, by the names of its files."""
    return max(path.name[1:5] for path in (_FOLDER / "versions").glob("r[0-9][0-9][0-9][0-9]_*.py"))


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
