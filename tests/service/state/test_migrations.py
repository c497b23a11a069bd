"""Migrations make the tables that the models describe, on both databases, once and under a lock."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import stopgap.service.jobs.tables  # noqa: F401  (its tables belong to the same database)
from stopgap.base.errors import RefusedError, UnreachableError, UsageError
from stopgap.service.state import migrations
from stopgap.service.state.audit import AuditEntry
from stopgap.service.state.database import database_url as parsed
from stopgap.service.state.database import open_database
from stopgap.service.state.migrate import migrate, newest_revision
from stopgap.service.state.store import open_state
from stopgap.service.state.tables import StateTable


def test_models_and_migrations_agree(database_url: str) -> None:
    database = open_database(database_url)
    try:
        migrate(database)
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, StateTable.metadata) == []
            assert set(inspect(connection).get_table_names()) == {*StateTable.metadata.tables, "alembic_version"}
            for name, table in StateTable.metadata.tables.items():
                unique = {tuple(each["column_names"]) for each in inspect(connection).get_unique_constraints(name)}
                wanted = {
                    tuple(column.name for column in each.columns)
                    for each in table.constraints
                    if type(each).__name__ == "UniqueConstraint"
                }
                assert unique == wanted, name
                found = {key["constrained_columns"][0] for key in inspect(connection).get_foreign_keys(name)}
                assert found == {key.parent.name for key in table.foreign_keys}, name
    finally:
        database.close()


def test_a_second_start_changes_nothing(database_url: str) -> None:
    first = open_state(database_url)
    first.close()
    database = open_database(database_url)
    try:
        assert migrate(database) == migrate(database)
    finally:
        database.close()


def test_starts_at_the_same_time_migrate_once(database_url: str) -> None:
    faults: list[BaseException] = []
    together = threading.Barrier(4)

    def start() -> None:
        try:
            together.wait()
            open_state(database_url).close()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_start_waits_for_another_that_is_setting_a_new_file_up(tmp_path: Path) -> None:
    """SQLite refuses the write-ahead log at once, without its own waiting, while another connection may write."""
    file = tmp_path / "service.sqlite"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    ends = threading.Timer(0.3, other.rollback)
    ends.start()
    try:
        open_state(f"sqlite:///{file}").close()
    finally:
        ends.join()
        other.close()


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    open_state(database_url).close()
    database = open_database(database_url)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(RefusedError, match="9999"):
        open_state(database_url)


def test_sqlite_is_set_up_for_many_readers_and_one_writer(tmp_path: Path) -> None:
    file = tmp_path / "service" / "service.sqlite"
    state = open_state(f"sqlite:///{file}")
    with state.database.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    state.close()
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 15_000}
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("postgresql://jane@host/stopgap", "postgresql+psycopg"),
        ("postgresql+psycopg://jane@host/stopgap", "postgresql+psycopg"),
        ("sqlite:////var/lib/stopgap/service.sqlite", "sqlite"),
    ],
)
def test_addresses_of_databases(given: str, driver: str) -> None:
    assert parsed(given).drivername == driver


@pytest.mark.parametrize(
    "given", ["nothing", "mysql://host/stopgap", "postgresql+psycopg2://host/stopgap", "sqlite://"]
)
def test_other_addresses_are_refused(given: str) -> None:
    with pytest.raises(UsageError):
        parsed(given)


def test_a_database_that_does_not_answer_is_told_without_its_password(unused_port: int) -> None:
    with pytest.raises(UnreachableError) as caught:
        open_state(f"postgresql://jane:open-sesame@127.0.0.1:{unused_port}/stopgap")
    assert "open-sesame" not in str(caught.value)
    assert "does not answer" in caught.value.what


def test_connections_that_the_server_ended_are_made_anew(postgres: str, postgres_url: str) -> None:
    state = open_state(postgres_url)
    state.record(AuditEntry("jane", "look"))
    name = postgres_url.rpartition("/")[2]
    with psycopg.connect(postgres, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s", [name]
        ).fetchone()
    assert ended is not None
    assert ended[0] >= 1
    state.record(AuditEntry("jane", "look"))
    assert state.audit.check().events == 2
    assert state.fault() == ""
    state.close()


def test_the_newest_revision_is_known_by_the_names_of_the_files() -> None:
    folder = Path(migrations.__file__).parent
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()
