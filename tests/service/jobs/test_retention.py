"""Jobs that ended long ago go with their files, and no others; a file that is gone is not offered."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from sqlalchemy import func, select, update

from stopgap.base.errors import NotFoundError, StopgapError, UsageError
from stopgap.base.marking import CLEAR
from stopgap.service.jobs.folders import folder_of, job_folders
from stopgap.service.jobs.job import Job, JobFile, JobKind, JobOutcome
from stopgap.service.jobs.queue import JobQueue, NewJob, new_id
from stopgap.service.jobs.retention import KeptJobs
from stopgap.service.jobs.service import JobService
from stopgap.service.jobs.tables import JOB_EVENTS, JOBS
from stopgap.service.jobs.work import do_job
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.settings import ServeRequest, ServiceSettings, service_settings
from stopgap.service.state.audit import AuditEntry
from stopgap.service.state.backup import back_up
from stopgap.service.state.database import Database, open_database
from stopgap.service.state.restoring import restore
from stopgap.service.state.store import ServiceState
from stopgap.service.state.tables import AuditRow, iso

ANN = Principal("ann", PersonRole.ANALYST, None)
FILE = JobFile("brief.md", 5, "ab" * 32, "out-1")


@pytest.fixture
def queue(database: Database) -> JobQueue:
    return JobQueue(database)


@pytest.fixture
def kept(queue: JobQueue, tmp_path: Path) -> KeptJobs:
    return KeptJobs(tmp_path / "service", queue, 30)


def submitted(queue: JobQueue, key: str | None = None) -> Job:
    order = {"episode": "russia-2022", "options": {"format": "md"}}
    return queue.submit(NewJob(new_id(), JobKind.BRIEF, order, idempotency_key=key), ANN)[0]


def done(kept: KeptJobs, *, days_ago: float, key: str | None = None) -> Job:
    """A job that wrote a file and ended so many days ago."""
    submitted(kept.queue, key)
    job = kept.queue.claim("w")
    assert job is not None
    path = folder_of(kept.home, job.id) / FILE.folder / FILE.name
    path.parent.mkdir(parents=True)
    path.write_text("brief")
    assert kept.queue.finish(job, JobOutcome({"a": 1}, CLEAR, (FILE,)))
    return aged(kept.queue, job, days_ago)


def aged(queue: JobQueue, job: Job, days_ago: float) -> Job:
    moment = iso(datetime.now(UTC) - timedelta(days=days_ago))
    with queue.database.writing() as con:
        con.execute(update(JOBS).where(JOBS.c.number == job.number).values(ended_at=moment, submitted_at=moment))
    found = queue.get(job.id)
    assert found is not None
    return found


def sent(response: object) -> tuple[int, bytes]:
    """Status and body of a response."""
    told: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        told.append(message)

    async def receive() -> dict[str, object]:
        await anyio.sleep_forever()
        raise AssertionError

    async def ask() -> None:
        await response({"type": "http", "method": "GET", "headers": []}, receive, send)  # type: ignore[operator]

    anyio.run(ask)
    return int(told[0]["status"]), b"".join(bytes(each.get("body", b"")) for each in told)  # type: ignore[call-overload]


def test_what_ended_before_the_days_is_removed_with_its_files_and_events(kept: KeptJobs) -> None:
    old, young = done(kept, days_ago=31), done(kept, days_ago=29)
    failed = aged(kept.queue, submitted(kept.queue), 0)
    claimed = kept.queue.claim("w")
    assert claimed is not None
    kept.queue.fail(claimed, StopgapError("no", where="a", fix="b"))
    aged(kept.queue, failed, 40)
    cancelled = submitted(kept.queue)
    kept.queue.cancel(cancelled)
    aged(kept.queue, cancelled, 400)
    assert kept.remove_old() == 3
    assert [kept.queue.get(each.id) is None for each in (old, young, failed, cancelled)] == [True, False, True, True]
    assert not folder_of(kept.home, old.id).exists()
    assert kept.path_of(young, FILE.name)[0].read_text() == "brief"
    with kept.queue.database.reading() as con:
        assert con.scalar(select(func.count()).select_from(JOB_EVENTS).where(JOB_EVENTS.c.job != young.number)) == 0
    assert kept.remove_old() == 0


def test_a_job_that_has_not_ended_stays_however_old(kept: KeptJobs) -> None:
    running, waiting = submitted(kept.queue), submitted(kept.queue)
    assert kept.queue.claim("w") is not None
    later = datetime.now(UTC) + timedelta(days=400)
    assert kept.remove_old(now=later) == 0
    assert all(kept.queue.get(each.id) is not None for each in (running, waiting))


def test_many_are_removed_in_parts(kept: KeptJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stopgap.service.jobs.retention.AT_ONCE", 2)
    old = [done(kept, days_ago=31) for _ in range(5)]
    kept.download(old[0], FILE.name, {})
    assert kept.remove_old() == 4
    assert kept.queue.get(old[0].id) is not None


def test_zero_days_keep_jobs_always(queue: JobQueue, tmp_path: Path) -> None:
    kept = KeptJobs(tmp_path, queue, 0)
    job = done(kept, days_ago=4_000)
    assert kept.remove_old() == 0
    assert queue.get(job.id) is not None


def test_a_job_stays_while_somebody_downloads_from_it(kept: KeptJobs) -> None:
    job = done(kept, days_ago=60)
    response = kept.download(job, FILE.name, {})
    assert kept.remove_old() == 0
    assert sent(response) == (200, b"brief")
    assert kept.remove_old() == 1
    with pytest.raises(NotFoundError, match="no longer kept"):
        kept.download(job, FILE.name, {})


def test_a_key_of_idempotency_is_free_again(kept: KeptJobs) -> None:
    old = done(kept, days_ago=31, key="k")
    assert submitted(kept.queue, "k").id == old.id
    kept.remove_old()
    assert submitted(kept.queue, "k").id != old.id


def test_a_file_that_is_gone_is_not_offered(kept: KeptJobs) -> None:
    job = done(kept, days_ago=1)
    assert kept.document(job)["files"] == [{**FILE.as_dict(), "kept": True}]
    shutil.rmtree(kept.home)
    assert kept.document(job)["files"] == [{**FILE.as_dict(), "kept": False}]
    with pytest.raises(NotFoundError, match="no longer kept"):
        kept.download(job, FILE.name, {})
    with pytest.raises(NotFoundError, match="no such file"):
        kept.download(job, "other.md", {})


def test_a_job_whose_uploads_are_gone_says_so(kept: KeptJobs) -> None:
    """As after a restore: the database has the job, the folder is empty."""
    order = {"files": [{"name": "a.csv", "bytes": 1, "sha256": "0" * 64}], "options": {}}
    job, _ = kept.queue.submit(NewJob(new_id(), JobKind.IMPORT, order), ANN)
    with pytest.raises(NotFoundError, match="uploaded files are no longer kept"):
        do_job(job, ANN, None, job_folders(kept.home, job), None, None)  # type: ignore[arg-type]


def test_the_audit_log_keeps_what_was_done(kept: KeptJobs) -> None:
    state = ServiceState(kept.queue.database)
    job = done(kept, days_ago=31)
    state.record(AuditEntry("ann", "submit", job.id))
    kept.remove_old()
    assert kept.queue.get(job.id) is None
    with kept.queue.database.reading() as con:
        assert job.id in str(con.execute(select(AuditRow.line)).scalars().all())
    assert state.audit.check().holds


def test_the_days_are_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert service_settings(tmp_path, ServeRequest()).keep_jobs_days == 30
    file = tmp_path / "service.toml"
    file.write_text("keep_jobs_days = 7\n")
    in_file = ServeRequest(config=file)
    assert service_settings(tmp_path, in_file).keep_jobs_days == 7
    monkeypatch.setenv("STOPGAP_SERVE_KEEP_JOBS_DAYS", "0")
    assert service_settings(tmp_path, in_file).keep_jobs_days == 0
    for bad in ("-1", "36501", "a week"):
        monkeypatch.setenv("STOPGAP_SERVE_KEEP_JOBS_DAYS", bad)
        with pytest.raises(UsageError):
            service_settings(tmp_path, in_file)


def test_the_service_removes_old_jobs_by_itself_and_says_what_is_gone(queue: JobQueue, tmp_path: Path) -> None:
    settings = ServiceSettings(lake=tmp_path, home=tmp_path / "service", database_url="", workers=0)
    jobs = JobService(settings, queue.database)
    old, young = done(jobs.kept, days_ago=31), done(jobs.kept, days_ago=1)
    jobs.start()
    until = time.monotonic() + 20
    while queue.get(old.id) is not None and time.monotonic() < until:
        time.sleep(0.05)
    jobs.stop()
    assert queue.get(old.id) is None
    assert not folder_of(settings.home, old.id).exists()
    assert jobs.path_of(young, FILE.name)[0].is_file()


def test_a_restored_job_is_there_and_its_file_is_no_longer_kept(kept: KeptJobs, tmp_path: Path) -> None:
    job, lake = done(kept, days_ago=1), tmp_path / "lake"
    lake.mkdir()
    back_up(kept.queue.database, lake, tmp_path / "backup.zip")
    other = open_database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    try:
        restore(other, lake, tmp_path / "elsewhere", tmp_path / "backup.zip", replace=False)
        again = KeptJobs(tmp_path / "elsewhere", JobQueue(other), 30)
        found = again.queue.get(job.id)
        assert found is not None
        assert found.result == {"a": 1}
        assert [each["kept"] for each in again.document(found)["files"]] == [False]
        with pytest.raises(NotFoundError, match="no longer kept"):
            again.download(found, FILE.name, {})
    finally:
        other.close()
