"""Backup and restore: all of one moment while others write, on and between both databases, and nothing lost unasked."""

from __future__ import annotations

import hashlib
import json
import threading
import zipfile
from pathlib import Path

import pytest
from filelock import FileLock
from sqlalchemy import MetaData, insert, select, text
from sqlalchemy.exc import DBAPIError

from stopgap.base.chained_log import ChainedLog
from stopgap.base.errors import InputError, RefusedError
from stopgap.base.marking import Marking, Tlp
from stopgap.lake.marking_log import LOG as MARKINGS
from stopgap.service.jobs.tables import JOB_EVENTS, JOBS
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.state.audit import AuditEntry
from stopgap.service.state.backup import back_up
from stopgap.service.state.database import open_database
from stopgap.service.state.restoring import restore
from stopgap.service.state.running import RUNNING
from stopgap.service.state.store import ActingPerson, ServiceState, open_state
from stopgap.service.state.tables import StateTable

ROOT = ActingPerson("root")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake with two logs and what lies beside them, a table and a receipt."""
    lake = tmp_path / "lake"
    for number in range(3):
        _mark(lake, number)
    for name in ("claims/log.jsonl", "claims/texts/ab.txt", "findings/cd.json", "trust.jsonl", "tables/trade/x.parquet",
                 "receipts/12/34", "claims/.building", "claims/log.lock"):  # fmt: skip
        path = lake / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{{"of": "{name}"}}\n')
    return lake


@pytest.fixture
def filled(state: ServiceState) -> ServiceState:
    """A state with a row in every table."""
    state.add_person(ROOT, "jané", PersonRole.ANALYST, Marking(Tlp.AMBER, frozenset({"FRA"})), "jane@example.org")
    state.add_person(ROOT, "bob", PersonRole.VIEWER, Marking(Tlp.CLEAR))
    state.deactivate_person(ROOT, "bob")
    state.new_token(ROOT, "jané", days=3)
    state.sign_in(state.invite(ROOT, "jané")[0], is_team=True)
    state.save_view(Principal("jané", PersonRole.ANALYST, None, 1), "chips", "/api/v1/goods")
    job = {"id": "j-1", "kind": "import", "request": {"é": [1, None]}, "request_sha256": "0" * 64, "person_key": "1",
           "person": {"name": "jané"}, "state": "queued", "attempts": 0, "events": 1, "submitted_at": "2026-12-01"}  # fmt: skip
    with state.database.writing() as session:
        number = session.execute(insert(JOBS).values(job).returning(JOBS.c.number)).scalar_one()
        session.execute(insert(JOB_EVENTS).values(job=number, number=1, at="2026-12-01", text="began", share=0.1))
    return state


def test_a_backup_comes_back_as_it_was(filled: ServiceState, lake: Path, tmp_path: Path, database_url: str) -> None:
    report = back_up(filled.database, lake, tmp_path / "backup.zip")
    assert report.rows == {
        "people": 2, "tokens": 1, "sessions": 1, "sign_in_links": 1, "views": 1, "audit": 6, "jobs": 1, "job_events": 1,
    }  # fmt: skip
    kept = _rows(filled)
    new_lake, home = tmp_path / "new", tmp_path / "new" / "service"
    database = open_database(f"sqlite:///{tmp_path / 'new.sqlite'}")
    done = restore(database, new_lake, home, tmp_path / "backup.zip", replace=False)
    assert done.rows == report.rows
    back = ServiceState(database)
    assert _rows(back) == kept
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM jobs WHERE result IS NULL")).scalar() == 1
    assert back.audit.check().holds
    files = {path.relative_to(new_lake).as_posix() for path in new_lake.rglob("*") if path.is_file()}
    assert files - {f"service/{RUNNING}"} == {
        "markings/log.jsonl", "claims/log.jsonl", "claims/texts/ab.txt", "findings/cd.json", "trust.jsonl",
    }  # fmt: skip
    for name in files - {f"service/{RUNNING}"}:
        assert (new_lake / name).read_bytes() == (lake / name).read_bytes()
    database.close()


def test_a_backup_says_what_it_leaves_out(filled: ServiceState, lake: Path, tmp_path: Path) -> None:
    back_up(filled.database, lake, tmp_path / "backup.zip")
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        left_out = json.loads(archive.read("backup.json"))["left_out"]
    assert [each.partition(":")[0] for each in left_out] == ["files of jobs", "tables and original files of the lake"]


def test_a_service_moves_from_sqlite_to_postgresql(lake: Path, tmp_path: Path, postgres_url: str) -> None:
    small = open_state(f"sqlite:///{tmp_path / 'small.sqlite'}")
    small.add_person(ROOT, "jane", PersonRole.ADMIN, Marking(Tlp.RED))
    token = small.new_token(ROOT, "jane", days=3).token
    back_up(small.database, lake, tmp_path / "backup.zip")
    large = open_state(postgres_url)
    restore(large.database, tmp_path / "new", tmp_path / "home", tmp_path / "backup.zip", replace=True)
    assert _rows(large) == _rows(small)
    found = large.principal_of_token(token)
    assert found is not None
    assert found.name == "jane"
    large.add_person(ROOT, "bob", PersonRole.VIEWER, Marking(Tlp.CLEAR))  # ids go on behind those that came back
    assert large.person("bob").id == 2
    assert large.audit.check().holds
    small.close()
    large.close()


def test_a_restored_audit_log_is_kept_as_before(filled: ServiceState, lake: Path, tmp_path: Path) -> None:
    back_up(filled.database, lake, tmp_path / "backup.zip")
    restore(filled.database, lake, tmp_path / "home", tmp_path / "backup.zip", replace=True)
    with pytest.raises(DBAPIError, match="only added to"), filled.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit"))


@pytest.mark.one_in(2)
def test_a_backup_is_of_one_moment_while_others_write(state: ServiceState, tmp_path: Path) -> None:
    """Each writer marks in the log of the lake first, and then notes it in the database, as jobs do.

    So at any moment the log has what the database says was done, and at most one more of each writer.
    """
    lake, stop, faults, noted = tmp_path / "lake", threading.Event(), list[BaseException](), threading.Semaphore(0)
    _mark(lake, 0)

    def write(writer: int) -> None:
        number = 0
        try:
            while not stop.is_set():
                number += 1
                _mark(lake, number, f"w{writer}")
                state.record(AuditEntry(f"w{writer}", "mark", str(number)))
                noted.release()
        except BaseException as error:
            faults.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in writers:
        thread.start()
    files = [tmp_path / f"{number}.zip" for number in range(6)]
    for file in files:
        while noted.acquire(blocking=False):
            pass
        assert noted.acquire(timeout=60), faults  # something was noted since the backup before
        back_up(state.database, lake, file)
    stop.set()
    for thread in writers:
        thread.join()
    assert faults == []
    seen = []
    for number, file in enumerate(files):
        place = tmp_path / f"restored-{number}"
        database = open_database(f"sqlite:///{place / 'service.sqlite'}")
        restore(database, place, place / "service", file, replace=False)
        restored = ServiceState(database)
        assert restored.audit.check().holds
        said = [entry["who"] for entry in restored.audit.page(what="mark", limit=100_000).entries]
        written = [event["who"] for event in MARKINGS.read(place)]
        for writer in ("w0", "w1", "w2"):
            assert 0 <= written.count(writer) - said.count(writer) <= 1, (number, writer)
        seen.append(len(said))
        database.close()
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]  # they wrote on while the backups were made


@pytest.mark.one_in(2)
def test_a_backup_waits_for_a_log_and_gives_up_with_a_word(
    state: ServiceState, lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stopgap.service.state import backup

    monkeypatch.setattr(backup, "LOCK_WAIT_S", 0)
    with FileLock(lake / "markings" / "log.lock"), pytest.raises(RefusedError, match="stays locked"):
        back_up(state.database, lake, tmp_path / "backup.zip")
    assert list(tmp_path.glob("*.zip")) == []
    assert list(tmp_path.glob(".*")) == []


def test_nothing_is_overwritten_unasked(filled: ServiceState, lake: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    back_up(filled.database, lake, file)
    with pytest.raises(RefusedError, match="there already"):
        back_up(filled.database, lake, file)
    with pytest.raises(RefusedError, match="database has people"):
        restore(filled.database, tmp_path / "new", tmp_path / "home", file, replace=False)
    empty = open_state(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with pytest.raises(RefusedError, match="lake has logs"):
        restore(empty.database, lake, tmp_path / "home", file, replace=False)
    empty.close()
    filled.add_person(ROOT, "later", PersonRole.VIEWER, Marking(Tlp.CLEAR))
    _mark(lake, 99)
    (lake / "claims" / "texts" / "later.txt").write_text("later")
    restore(filled.database, lake, tmp_path / "home", file, replace=True)
    assert [each.name for each in filled.people()] == ["bob", "jané"]
    assert len(MARKINGS.read(lake)) == 3
    assert not (lake / "claims" / "texts" / "later.txt").exists()
    assert (lake / "tables" / "trade" / "x.parquet").exists()


def test_nothing_is_restored_beneath_a_running_service(filled: ServiceState, lake: Path, tmp_path: Path) -> None:
    back_up(filled.database, lake, tmp_path / "backup.zip")
    home = tmp_path / "home"
    home.mkdir()
    with FileLock(home / RUNNING), pytest.raises(RefusedError, match="the service runs"):
        restore(filled.database, lake, home, tmp_path / "backup.zip", replace=True)


@pytest.mark.one_in(2)
def test_a_damaged_backup_changes_nothing(filled: ServiceState, lake: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    back_up(filled.database, lake, file)
    before = _rows(filled), (lake / "markings" / "log.jsonl").read_bytes()
    for number, damaged in enumerate(_damaged(file, tmp_path)):
        with pytest.raises((InputError, RefusedError)):
            restore(filled.database, lake, tmp_path / "home", damaged, replace=True)
        assert (_rows(filled), (lake / "markings" / "log.jsonl").read_bytes()) == before, number
    assert filled.audit.check().holds


def _damaged(file: Path, folder: Path) -> list[Path]:
    """Copies of a backup, each with another fault."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(parts["backup.json"])

    def with_about(**values: object) -> bytes:
        return json.dumps({**about, **values}).encode()

    people = parts["database/people.jsonl"]
    log = parts["lake/markings/log.jsonl"]
    changed = log.replace(b'"who":"w"', b'"who":"e"', 1)
    assert changed != log

    def said(name: str, content: bytes) -> dict[str, bytes | None]:
        """A part that is another, with the hash that it has."""
        hashes = {**about["sha256"], name: hashlib.sha256(content).hexdigest()}
        return {name: content, "backup.json": with_about(sha256=hashes)}

    audit = parts["database/audit.jsonl"]
    faults: list[dict[str, bytes | None]] = [
        {"backup.json": b"{}"},
        {"backup.json": with_about(format=2)},
        {"backup.json": with_about(revision="9999")},
        {"database/people.jsonl": None},
        {"database/people.jsonl": people + b"\n"},
        said("database/people.jsonl", people[: people.rstrip().rfind(b"\n") + 1]),
        said("database/people.jsonl", people.replace(b'"role"', b'"rule"', 1)),
        said("database/people.jsonl", people + b"not json\n"),
        said("database/audit.jsonl", audit.replace(b"people add", b"people adx", 1)),
        said("database/audit.jsonl", audit[: audit.rstrip().rfind(b"\n") + 1]),
        said("lake/markings/log.jsonl", changed),
        said("lake/../outside", b"x"),
        {"other": b"x"},
    ]
    made = []
    for number, fault in enumerate(faults):
        path = folder / f"damaged-{number}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in {**parts, **fault}.items():
                if content is not None:
                    archive.writestr(name, content)
        made.append(path)
    for name, content in (("cut.zip", file.read_bytes()[:-30]), ("text.zip", b"no archive"), ("empty.zip", b"")):
        (folder / name).write_bytes(content)
        made.append(folder / name)
    return [*made, folder / "nowhere.zip"]


def _mark(lake: Path, number: int, who: str = "w", log: ChainedLog = MARKINGS) -> None:
    marking = Marking(Tlp.GREEN).as_dict()
    with log.writing(lake) as writer:
        writer.append(
            [{"event": "marked", "subject": f"source:s{number}", "marking": marking, "who": who,
              "when": "2026-12-01T08:00:00Z", "why": "a test"}]
        )  # fmt: skip


def _rows(state: ServiceState) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a database, as the models read them, so that both databases compare."""
    found = MetaData()
    with state.database.engine.connect() as connection:
        found.reflect(connection)
        return {
            name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for name, table in StateTable.metadata.tables.items()
            if name in found.tables
        }
