"""The queue: each job goes to one worker, leases end, keys of idempotency hold, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from stopgap.base.errors import InputError
from stopgap.base.marking import CLEAR, Marking, Tlp
from stopgap.service.jobs.job import Job, JobFile, JobKind, JobOutcome, JobState
from stopgap.service.jobs.queue import JobQueue, NewJob, new_id
from stopgap.service.jobs.tables import JOBS
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.problems import ConflictError
from stopgap.service.state.database import Database

ANN = Principal("ann", PersonRole.ANALYST, Marking(Tlp.AMBER))
BEN = Principal("ben", PersonRole.ANALYST, Marking(Tlp.GREEN))


def brief(episode: str = "russia-2022", key: str | None = None) -> NewJob:
    return NewJob(new_id(), JobKind.BRIEF, {"episode": episode, "options": {"format": "md"}}, idempotency_key=key)


def submitted(queue: JobQueue, person: Principal = ANN, key: str | None = None) -> Job:
    return queue.submit(brief(key=key), person)[0]


def texts(queue: JobQueue, job: Job) -> list[str]:
    return [event.text for event in queue.events(job)]


def states(queue: JobQueue, jobs: Sequence[Job]) -> list[str]:
    found = queue.standing([job.id for job in jobs])
    return [str(found[job.id][0]) for job in jobs]


def test_migrated_tables_are_those_that_the_queue_uses(database: Database) -> None:
    with database.engine.connect() as con:
        differ = compare_metadata(MigrationContext.configure(con), JOBS.metadata)
    assert [change for change in differ if "job" in str(change)] == []


def test_a_job_keeps_what_was_asked_and_by_whom(database: Database) -> None:
    queue = JobQueue(database)
    person = Principal(
        "ann", PersonRole.RELEASER, Marking(Tlp.AMBER, frozenset({"DEU", "FRA"})), via="token", session="7"
    )
    job, is_new = queue.submit(brief("eu-wood-2022"), person)
    assert is_new
    found = queue.get(job.id)
    assert found == job
    assert found.person == person
    assert found.request == {"episode": "eu-wood-2022", "options": {"format": "md"}}
    assert (found.state, found.attempts, found.owner) == (JobState.QUEUED, 0, None)


def test_jobs_are_taken_in_the_order_of_submission_and_once(database: Database) -> None:
    queue = JobQueue(database)
    jobs = [submitted(queue) for _ in range(3)]
    taken = [queue.claim(f"w{number}") for number in range(4)]
    assert [job.id if job else None for job in taken] == [*(job.id for job in jobs), None]
    assert [(job.attempts, job.owner) for job in taken if job] == [(1, "w0"), (1, "w1"), (1, "w2")]


@pytest.mark.one_in(2)
def test_many_claim_at_once_and_none_gets_the_job_of_another(database: Database) -> None:
    queue = JobQueue(database)
    jobs = [submitted(queue) for _ in range(60)]
    taken: list[str] = []

    def work(owner: str) -> None:
        while (job := queue.claim(owner)) is not None:
            taken.append(job.id)
            assert queue.finish(job, JobOutcome({}, CLEAR))

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(job.id for job in jobs)
    assert set(states(queue, jobs)) == {"done"}


def test_the_same_key_and_request_give_the_same_job(database: Database) -> None:
    queue = JobQueue(database)
    first, _ = queue.submit(brief(key="k"), ANN)
    again, is_new = queue.submit(brief(key="k"), ANN)
    assert (again.id, is_new) == (first.id, False)
    assert submitted(queue, BEN, "k").id != first.id
    assert submitted(queue).id != submitted(queue).id
    with pytest.raises(ConflictError, match="another request") as refused:
        queue.submit(brief("eu-wood-2022", key="k"), ANN)
    assert first.id in refused.value.where
    assert refused.value.http_status == 409


def test_one_key_sent_by_many_at_once_makes_one_job(database: Database) -> None:
    queue = JobQueue(database)
    made: list[tuple[str, bool]] = []

    def send() -> None:
        job, is_new = queue.submit(brief(key="k"), ANN)
        made.append((job.id, is_new))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len({id for id, _ in made}) == 1
    assert sum(is_new for _, is_new in made) == 1


def test_a_lease_that_expired_is_taken_and_the_former_worker_can_record_nothing(database: Database) -> None:
    queue = JobQueue(database, lease_s=0.05)
    submitted(queue)
    late = queue.claim("late")
    assert late is not None
    assert queue.sweep() == set()
    time.sleep(0.1)
    assert queue.sweep() == {"late"}
    assert not queue.beat(late)
    again = queue.claim("next")
    assert again is not None
    assert (again.id, again.attempts) == (late.id, 2)
    assert not queue.say(late, "still here")
    assert not queue.finish(late, JobOutcome({"of": "late"}, CLEAR))
    assert queue.finish(again, JobOutcome({"of": "next"}, CLEAR))
    ended = queue.get(late.id)
    assert ended is not None
    assert ended.result == {"of": "next"}
    assert not queue.fail(again, InputError("too late"))


@pytest.mark.one_in(2)
def test_a_worker_that_beats_keeps_its_lease(database: Database) -> None:
    queue = JobQueue(database, lease_s=0.3)
    submitted(queue)
    job = queue.claim("w")
    assert job is not None
    for _ in range(4):
        time.sleep(0.1)
        assert queue.beat(job)
        assert queue.sweep() == set()


def test_a_job_whose_worker_ends_three_times_is_given_up_with_the_reason(database: Database) -> None:
    queue = JobQueue(database)
    job = submitted(queue)
    for attempt in (1, 2, 3):
        taken = queue.claim("w")
        assert taken is not None
        assert taken.attempts == attempt
        assert queue.give_back("w", "its worker ended (SIGKILL)") == [job.id]
    ended = queue.get(job.id)
    assert ended is not None
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert "3 attempts: its worker ended (SIGKILL)" in str(ended.error["what"])
    assert ended.error["fix"]
    assert queue.claim("w") is None
    assert texts(queue, job)[-1] == "failed: its worker ended (SIGKILL)"


def test_an_attempt_that_a_stop_of_the_service_cut_does_not_count(database: Database) -> None:
    queue = JobQueue(database)
    job = submitted(queue)
    for _ in range(5):
        assert queue.claim("w") is not None
        assert queue.give_back("w", "the service was stopped", counts=False) == [job.id]
    assert states(queue, [job]) == ["queued"]


def test_a_cancelled_job_never_starts_and_one_that_runs_can_record_nothing(database: Database) -> None:
    queue = JobQueue(database)
    waiting, running = submitted(queue), submitted(queue)
    assert queue.cancel(waiting)
    taken = queue.claim("w")
    assert taken is not None
    assert taken.id == running.id
    assert queue.cancel(taken)
    assert not queue.beat(taken)
    assert not queue.finish(taken, JobOutcome({}, CLEAR))
    assert queue.give_back("w", "its worker was ended") == []
    assert not queue.cancel(taken)
    assert states(queue, [waiting, running]) == ["cancelled", "cancelled"]
    assert queue.claim("w") is None


def test_events_are_numbered_from_one_and_read_from_any_of_them(database: Database) -> None:
    queue = JobQueue(database)
    submitted(queue)
    job = queue.claim("w")
    assert job is not None
    assert queue.say(job, "reading", 0.25)
    assert queue.say(job, "x" * 900)
    assert queue.finish(job, JobOutcome({}, CLEAR))
    events = queue.events(job)
    assert [event.number for event in events] == [1, 2, 3, 4]
    assert [(event.text[:7], event.share) for event in events] == [
        ("begun, ", None),
        ("reading", 0.25),
        ("xxxxxxx", None),
        ("done", 1.0),
    ]
    assert len(events[2].text) == 500
    assert queue.events(job, after=2) == events[2:]


def test_what_a_job_left_comes_back_as_it_was(database: Database) -> None:
    queue = JobQueue(database)
    submitted(queue)
    job = queue.claim("w")
    assert job is not None
    file = JobFile("brief.md", 12, "a" * 64, "out-1")
    outcome = JobOutcome({"figures": [1.5, None, "ä"]}, Marking(Tlp.AMBER, frozenset({"DEU"})), (file,))
    assert queue.finish(job, outcome)
    found = queue.get(job.id)
    assert found is not None
    assert JobOutcome(found.result or {}, found.marking or CLEAR, found.files) == outcome
    assert "folder" not in str(found.as_dict())


def test_an_error_comes_with_what_where_fix_and_its_marking(database: Database) -> None:
    queue = JobQueue(database)
    submitted(queue)
    job = queue.claim("w")
    assert job is not None
    error = InputError("half a file", where="x.csv, row 3", fix="send all of it", details={"rows_read": 3})
    error.marking = Marking(Tlp.AMBER)
    assert queue.fail(job, error)
    found = queue.get(job.id)
    assert found is not None
    assert found.error == {**error.as_dict(), "status": 422}
    assert found.marking == Marking(Tlp.AMBER)


def test_each_sees_own_jobs_and_admins_those_that_their_clearance_admits(database: Database) -> None:
    queue = JobQueue(database)
    of_ann, of_ben = submitted(queue, ANN), submitted(queue, BEN)
    green, amber, whole = (
        Principal("admin", PersonRole.ADMIN, clearance) for clearance in (Marking(Tlp.GREEN), Marking(Tlp.AMBER), None)
    )
    ids = {
        person: ([job.id for job in jobs], total)
        for person in (ANN, BEN, green, amber, whole)
        for jobs, total in [queue.jobs_of(person)]
    }
    assert ids[ANN] == ([of_ann.id], 1)
    assert ids[BEN] == ([of_ben.id], 1)
    assert ids[green] == ([of_ben.id], 1)
    assert ids[amber] == ids[whole] == ([of_ben.id, of_ann.id], 2)
    taken = queue.claim("w")
    assert taken is not None
    assert taken.id == of_ann.id
    assert queue.finish(taken, JobOutcome({}, CLEAR))
    assert [job.id for job in queue.jobs_of(green)[0]] == [of_ben.id, of_ann.id]


def test_a_result_above_a_clearance_that_was_lowered_is_not_there(database: Database) -> None:
    queue = JobQueue(database)
    submitted(queue, ANN)
    job = queue.claim("w")
    assert job is not None
    assert queue.finish(job, JobOutcome({}, Marking(Tlp.AMBER)))
    found = queue.get(job.id)
    assert found is not None
    assert found.is_seen_by(ANN)
    assert not found.is_seen_by(Principal("ann", PersonRole.ANALYST, Marking(Tlp.GREEN)))
    assert not found.is_seen_by(Principal("ann", PersonRole.ANALYST, Marking(Tlp.AMBER), person_id=4))


def test_pages_of_the_list_hold_every_job_once(database: Database) -> None:
    queue = JobQueue(database)
    jobs = [submitted(queue) for _ in range(7)]
    for _ in range(2):
        submitted(queue, BEN)
    found: list[str] = []
    before = None
    while True:
        page, total = queue.jobs_of(ANN, before=before, most=3)
        assert total == 7
        if not page:
            break
        found += [job.id for job in page]
        before = page[-1].number
    assert found == [job.id for job in reversed(jobs)]


def test_jobs_are_counted_by_state(database: Database) -> None:
    queue = JobQueue(database)
    jobs = [submitted(queue) for _ in range(3)]
    assert queue.cancel(jobs[1])
    assert queue.claim("w") is not None
    assert queue.counts() == {"queued": 1, "running": 1, "done": 0, "failed": 0, "cancelled": 1}


def test_a_job_that_waits_is_not_lost_with_the_connection(database: Database) -> None:
    queue = JobQueue(database)
    job = submitted(queue)
    database.engine.dispose()
    with database.engine.connect() as con:
        assert con.execute(sa.select(JOBS.c.id)).scalar_one() == job.id


def test_texts_that_a_database_cannot_hold_are_kept_escaped(database: Database) -> None:
    queue = JobQueue(database)
    odd = "a\0b\ud800c"
    request = {"episode": "a\0b", "options": {}}
    job, _ = queue.submit(NewJob(new_id(), JobKind.BRIEF, request), ANN)
    taken = queue.claim("w")
    assert taken is not None
    assert taken.request == request
    assert queue.say(taken, odd)
    assert queue.fail(taken, InputError(odd, where=odd, fix=odd))
    assert "a\\0b\\ud800c" in texts(queue, job)
    found = queue.get(job.id)
    assert found is not None
    assert found.error is not None
    assert found.error["what"] == "a\\0b\\ud800c"
