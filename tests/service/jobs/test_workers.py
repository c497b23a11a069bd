"""Worker processes: each job is done once, a job that ends its worker is given up, and rights are looked at again."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from screen_lake import load
from service_kills import is_alive

from stopgap.base.marking import Marking, Tlp
from stopgap.service.jobs.job import Job, JobKind, JobState
from stopgap.service.jobs.queue import JobQueue, NewJob, new_id
from stopgap.service.jobs.supervisor import Workers
from stopgap.service.jobs.tables import JOBS
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.settings import ServiceSettings
from stopgap.service.state.database import Database
from stopgap.service.state.store import ActingPerson, ServiceState

ALONE = Principal("ann", PersonRole.ADMIN)
DESK = ActingPerson("desk")


@contextmanager
def working(database: Database, folder: Path, workers: int, *, is_team: bool = False) -> Iterator[Workers]:
    """Workers on a database, as a service starts them."""
    url = database.url.render_as_string(hide_password=False)
    settings = ServiceSettings(
        lake=folder / "lake", home=folder / "service", database_url=url, workers=workers, is_team=is_team
    )
    settings.home.mkdir(exist_ok=True)
    made = Workers(settings, JobQueue(database))
    made.start()
    try:
        yield made
    finally:
        made.stop()


def quick(queue: JobQueue, person: Principal = ALONE) -> Job:
    """A job that fails as soon as it begins: its episode is none."""
    request = {"episode": "no-such-episode", "options": {"format": "md"}}
    return queue.submit(NewJob(new_id(), JobKind.BRIEF, request), person)[0]


def until(holds: Callable[[], bool], within_s: float = 60.0) -> None:
    """Wait for something."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def attempts(queue: JobQueue, job: Job) -> int:
    """How often a worker began with a job."""
    found = queue.get(job.id)
    assert found is not None
    return found.attempts


def ended(queue: JobQueue, job: Job) -> Job:
    """The job, once it has ended."""
    until(lambda: queue.standing([job.id])[job.id][0].is_final)
    found = queue.get(job.id)
    assert found is not None
    return found


@pytest.mark.prove_only
def test_four_workers_do_two_hundred_jobs_each_once(database: Database, tmp_path: Path) -> None:
    queue = JobQueue(database)
    ids = [quick(queue).id for _ in range(200)]
    with working(database, tmp_path, 4) as workers:
        workers.wake()
        until(lambda: all(state.is_final for state, _ in queue.standing(ids).values()), 120.0)
    with database.engine.connect() as con:
        rows = con.execute(sa.select(JOBS.c.id, JOBS.c.state, JOBS.c.attempts, JOBS.c.owner, JOBS.c.error)).all()
    assert sorted(row.id for row in rows) == sorted(ids)
    assert {(row.state, row.attempts) for row in rows} == {("failed", 1)}
    assert {"no-such-episode" in row.error["what"] for row in rows} == {True}
    assert len({row.owner for row in rows}) == 4
    begun = Counter(
        event.text for id in ids if (job := queue.get(id)) for event in queue.events(job) if "begun" in event.text
    )
    assert begun == {"begun, attempt 1 of 3": 200}


def endless(queue: JobQueue, folder: Path) -> Job:
    """A screening of a file that is never at its end."""
    load(folder / "lake", folder / "lists")
    new = NewJob(new_id(), JobKind.SCREENING, {"options": {"name_column": "name", "format": "csv"}, "files": []})
    names = folder / "service" / "jobs" / new.id / "inputs" / "0000" / "names.csv"
    names.parent.mkdir(parents=True)
    os.mkfifo(names)
    return queue.submit(new, ALONE)[0]


@pytest.mark.prove_only
def test_a_job_that_ends_its_worker_is_given_up_and_the_next_is_done(database: Database, tmp_path: Path) -> None:
    queue = JobQueue(database)
    job = endless(queue, tmp_path)
    after = quick(queue)
    with working(database, tmp_path, 1) as workers:
        for attempt in (1, 2, 3):
            until(lambda attempt=attempt: attempts(queue, job) == attempt)  # type: ignore[misc]
            [worker] = workers.pids
            os.kill(worker, signal.SIGKILL)
            until(lambda worker=worker: not is_alive(worker))  # type: ignore[misc]
        given_up = ended(queue, job)
        assert ended(queue, after).attempts == 1
    assert given_up.state is JobState.FAILED
    assert given_up.error is not None
    assert "3 attempts: its worker ended (SIGKILL)" in given_up.error["what"]


@pytest.mark.prove_only
def test_a_worker_that_hangs_loses_its_lease_and_is_ended(database: Database, tmp_path: Path) -> None:
    queue = JobQueue(database, lease_s=2.0)
    url = database.url.render_as_string(hide_password=False)
    settings = ServiceSettings(lake=tmp_path / "lake", home=tmp_path / "service", database_url=url, workers=1)
    settings.home.mkdir()
    workers = Workers(settings, queue)
    workers.start()
    try:
        assert ended(queue, quick(queue)).attempts == 1  # so that it is up
        [worker] = workers.pids
        os.kill(worker, signal.SIGSTOP)
        job = quick(queue)
        with database.writing() as con:  # as if the worker had taken it right before
            owner = con.execute(sa.select(JOBS.c.owner).order_by(JOBS.c.number).limit(1)).scalar_one()
            con.execute(
                sa.update(JOBS)
                .where(JOBS.c.id == job.id)
                .values(state="running", owner=owner, attempts=1, lease_until=time.time() + 2.0)
            )
        assert ended(queue, job).attempts == 2
        assert not is_alive(worker)
    finally:
        workers.stop()


@pytest.mark.one_in(4)
def test_rights_are_those_of_the_start_of_a_job(database: Database, tmp_path: Path) -> None:
    state, queue = ServiceState(database), JobQueue(database)
    people = {
        name: state.add_person(DESK, name, PersonRole.ANALYST, Marking(Tlp.AMBER))
        for name in ("ann", "ben", "cem", "dan")
    }
    jobs = {
        name: quick(queue, Principal(name, PersonRole.ANALYST, Marking(Tlp.AMBER), person_id=person.id))
        for name, person in people.items()
    }
    jobs["alone"] = quick(queue, ALONE)
    state.deactivate_person(DESK, "ben")
    state.change_person(DESK, "cem", role=PersonRole.VIEWER)
    with working(database, tmp_path, 1, is_team=True) as workers:
        workers.wake()
        errors = {name: ended(queue, job).error or {} for name, job in jobs.items()}
    assert "no-such-episode" in errors["ann"]["what"]
    assert errors["ben"]["what"] == "ben may no longer sign in, so that the job was not done"
    assert errors["cem"]["what"] == "the role viewer may not submit jobs"
    assert "no-such-episode" in errors["dan"]["what"]
    assert "may no longer sign in" in errors["alone"]["what"]


@pytest.mark.prove_only
def test_workers_that_are_stopped_leave_no_process(database: Database, tmp_path: Path) -> None:
    queue = JobQueue(database)
    with working(database, tmp_path, 3) as workers:
        ended(queue, quick(queue))
        pids = workers.pids
        assert len(pids) == 3
    assert not any(map(is_alive, pids))
    assert list((tmp_path / "service" / "jobs" / ".workers").iterdir()) == []


@pytest.mark.one_in(4)
def test_a_job_that_a_stop_cuts_waits_for_the_next_service_and_no_attempt_counts(
    database: Database, tmp_path: Path
) -> None:
    queue = JobQueue(database)
    job = endless(queue, tmp_path)
    with working(database, tmp_path, 1) as workers:
        until(lambda: queue.standing([job.id])[job.id][0] is JobState.RUNNING)
        workers.stop(within_s=0.1)
        left = queue.get(job.id)
    assert left is not None
    assert (left.state, left.attempts, left.owner) == (JobState.QUEUED, 0, None)
    assert queue.events(job)[-1].text == "waits to be taken up again: the service was stopped"
