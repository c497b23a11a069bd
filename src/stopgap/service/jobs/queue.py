"""The queue of jobs in the service's database; every change is one transaction."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, null, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from stopgap.base.errors import StopgapError
from stopgap.base.marking import CLEAR, Marking
from stopgap.lake.store import now
from stopgap.service.jobs.job import (
    MOST_ATTEMPTS,
    Job,
    JobEvent,
    JobFile,
    JobKind,
    JobOutcome,
    JobState,
    error_document,
    person_key,
    read_marking,
    stored_marking,
)
from stopgap.service.jobs.tables import JOB_EVENTS, JOBS
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.problems import ConflictError
from stopgap.service.state.database import Database

LEASE_S = 20.0
"""Seconds for which a worker holds a job without a sign of life."""

_AT_ONCE = 1_000
"""Ids in one statement."""

_HEAVY = ("result", "files", "error")

TEXT_LIMIT = 500
"""Characters of the text of an event."""


@dataclass(frozen=True)
class NewJob:
    """A job to be submitted.

    Attributes:
        id: Id from :func:`new_id`; the job's folder is named by it.
        content: What else makes a request the same: hashes of its files.
        idempotency_key: Key by which the same request is known; ``None`` for none.
    """

    id: str
    kind: JobKind
    request: Mapping[str, Any]
    content: Sequence[str] = ()
    idempotency_key: str | None = None

    @property
    def sha256(self) -> str:
        """Hash of what is asked for."""
        said = json.dumps([self.kind, self.request, list(self.content)], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()


def new_id() -> str:
    """Return an id that nobody can guess, 32 hex digits."""
    return secrets.token_hex(16)


class JobQueue:
    """Jobs of the service, for its endpoints and its workers.

    Attributes:
        database: The service's database.
        lease_s: Seconds of a lease.
    """

    def __init__(self, database: Database, *, lease_s: float = LEASE_S) -> None:
        self.database = database
        self.lease_s = lease_s

    def submit(self, new: NewJob, person: Principal) -> tuple[Job, bool]:
        """Put a job into the queue; return it, and whether it is new.

        Raises:
            ConflictError: The person used the idempotency key for another request.
        """
        row = {
            "id": new.id,
            "kind": str(new.kind),
            "request": dict(new.request),
            "request_sha256": new.sha256,
            "idempotency_key": new.idempotency_key,
            "person_key": person_key(person),
            "person": _stored_person(person),
            "state": str(JobState.QUEUED),
            "submitted_at": now(),
        }
        try:
            with self.database.writing() as con:
                made = con.execute(insert(JOBS).values(**row).returning(*JOBS.c)).one()
            return _job(made), True
        except IntegrityError:
            found = self._by_key(person, new.idempotency_key)
            if found is None:
                raise
        if found.request_sha256 != new.sha256:
            raise ConflictError(
                "the idempotency key was used for another request",
                where=f"Idempotency-Key, job {found.id}",
                fix="send each new request with a key of its own, and the same key only with the same request",
            )
        return found, False

    def claim(self, owner: str) -> Job | None:
        """Take the job that has waited longest; ``None`` if none waits.

        Args:
            owner: Name of the worker, which holds the lease from now on.
        """
        waiting = select(JOBS.c.number).where(JOBS.c.state == JobState.QUEUED).order_by(JOBS.c.number).limit(1)
        taken = (
            update(JOBS)
            .where(JOBS.c.number == waiting.with_for_update(skip_locked=True).scalar_subquery())
            .where(JOBS.c.state == JobState.QUEUED)
            .values(
                state=str(JobState.RUNNING),
                owner=owner,
                lease_until=time.time() + self.lease_s,
                attempts=JOBS.c.attempts + 1,
                started_at=now(),
            )
            .returning(*JOBS.c)
        )
        with self.database.reading() as con:
            if con.execute(waiting).first() is None:
                return None
        with self.database.writing() as con:
            row = con.execute(taken).first()
            if row is None:
                return None
            _say(con, row.number, f"begun, attempt {row.attempts} of {MOST_ATTEMPTS}", None)
        return _job(row)

    def beat(self, job: Job) -> bool:
        """Renew the lease of a job; return whether its worker still holds it."""
        return self._change(_held(job), lease_until=time.time() + self.lease_s)

    def say(self, job: Job, text: str, share: float | None = None) -> bool:
        """Add progress to a running job; return whether its worker still holds it."""
        with self.database.writing() as con:
            held = select(JOBS.c.number).where(_held(job)).with_for_update()
            if con.execute(held).first() is None:
                return False
            _say(con, job.number, text, share)
        return True

    def finish(self, job: Job, outcome: JobOutcome) -> bool:
        """Record that a job is done; return whether its worker still held it."""
        return self._end(
            _held(job),
            JobState.DONE,
            "done",
            result=dict(outcome.result),
            marking=stored_marking(outcome.marking),
            files=[{**file.as_dict(), "folder": file.folder} for file in outcome.files],
        )

    def fail(self, job: Job, error: StopgapError) -> bool:
        """Record that a job failed; return whether its worker still held it."""
        marking = error.marking if isinstance(error.marking, Marking) else None
        return self._end(
            _held(job), JobState.FAILED, "failed", error=error_document(error), marking=stored_marking(marking or CLEAR)
        )

    def cancel(self, job: Job) -> bool:
        """Record that a job is cancelled; return whether it had not ended before."""
        return self._end(and_(JOBS.c.number == job.number, _open()), JobState.CANCELLED, "cancelled")

    def give_back(self, owner: str, why: str, *, counts: bool = True) -> list[str]:
        """Take the lease from a worker that has ended; return the ids of the jobs concerned.

        Args:
            owner: Name of the worker.
            why: What happened, for the one who waits.
            counts: Whether the attempt counts.
        """
        return self._taken_from(and_(JOBS.c.state == JobState.RUNNING, JOBS.c.owner == owner), why, counts=counts)

    def sweep(self) -> set[str]:
        """Take the leases that have expired; return the names of the workers that held them."""
        expired = and_(JOBS.c.state == JobState.RUNNING, JOBS.c.lease_until < time.time())
        with self.database.reading() as con:
            owners = {str(row.owner) for row in con.execute(select(JOBS.c.owner).where(expired))}
        for owner in owners:
            why = f"its worker gave no sign of life for {self.lease_s:g} seconds"
            self._taken_from(and_(expired, JOBS.c.owner == owner), why)
        return owners

    def counts(self) -> dict[str, float]:
        """Return the number of jobs in each state."""
        with self.database.reading() as con:
            rows = con.execute(select(JOBS.c.state, func.count().label("jobs")).group_by(JOBS.c.state)).all()
        return {str(state): 0.0 for state in JobState} | {row.state: float(row.jobs) for row in rows}

    def owners(self) -> set[str]:
        """Return the names of the workers that hold a job."""
        with self.database.reading() as con:
            rows = con.execute(select(JOBS.c.owner).where(JOBS.c.state == JobState.RUNNING)).all()
        return {str(row.owner) for row in rows}

    def get(self, id: str) -> Job | None:
        """Return a job; ``None`` if there is none."""
        with self.database.reading() as con:
            row = con.execute(select(*JOBS.c).where(JOBS.c.id == id)).first()
        return None if row is None else _job(row)

    def jobs_of(self, person: Principal, *, before: int | None = None, most: int = 100) -> tuple[list[Job], int]:
        """Return jobs that exist for a person, the last submitted first, and how many there are in all.

        Args:
            person: Who asks.
            before: Only those submitted before the job with this number.
            most: Jobs returned.
        """
        light = [column for column in JOBS.c if column.name not in _HEAVY]
        asked = select(*light, *(null().label(name) for name in _HEAVY)).order_by(JOBS.c.number.desc())
        if person.role is not PersonRole.ADMIN:
            asked = asked.where(JOBS.c.person_key == person_key(person))
        with self.database.reading() as con:
            seen = [job for job in map(_job, con.execute(asked)) if job.is_seen_by(person)]
            page = [job.number for job in seen if before is None or job.number < before][:most]
            rows = con.execute(select(*JOBS.c).where(JOBS.c.number.in_(page)).order_by(JOBS.c.number.desc())).all()
        return [_job(row) for row in rows], len(seen)

    def events(self, job: Job, *, after: int = 0) -> list[JobEvent]:
        """Return the progress of a job in order, behind the event with a number."""
        asked = select(*JOB_EVENTS.c).where(JOB_EVENTS.c.job == job.number, JOB_EVENTS.c.number > after)
        with self.database.reading() as con:
            rows = con.execute(asked.order_by(JOB_EVENTS.c.number)).all()
        return [JobEvent(row.number, row.at, row.text, row.share) for row in rows]

    def standing(self, ids: Sequence[str]) -> dict[str, tuple[JobState, int]]:
        """Return state and number of the last event of jobs, by id."""
        asked = select(JOBS.c.id, JOBS.c.state, JOBS.c.events)
        with self.database.reading() as con:
            parts = [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
            rows = [row for part in parts for row in con.execute(asked.where(JOBS.c.id.in_(part)))]
        return {row.id: (JobState(row.state), row.events) for row in rows}

    def ended_before(self, limit: str, most: int, *, without: Sequence[str] = ()) -> list[str]:
        """Return the ids of jobs that ended before a time, the oldest first.

        Args:
            limit: The time, as the database keeps it.
            most: Jobs returned.
            without: Ids that are left out.
        """
        asked = select(JOBS.c.id).where(_ended(limit), JOBS.c.id.not_in(without)).order_by(JOBS.c.number).limit(most)
        with self.database.reading() as con:
            return [str(row.id) for row in con.execute(asked)]

    def remove_ended(self, ids: Sequence[str], limit: str) -> list[str]:
        """Remove jobs, with what they told, if they ended before a time; return the ids of those removed."""
        chosen = and_(_ended(limit), JOBS.c.id.in_(ids))
        with self.database.writing() as con:
            numbers = [row.number for row in con.execute(select(JOBS.c.number).where(chosen).with_for_update())]
            con.execute(delete(JOB_EVENTS).where(JOB_EVENTS.c.job.in_(numbers)))
            gone = delete(JOBS).where(JOBS.c.number.in_(numbers)).returning(JOBS.c.id)
            return [str(row.id) for row in con.execute(gone)]

    def _by_key(self, person: Principal, key: str | None) -> Job | None:
        mine = and_(JOBS.c.person_key == person_key(person), JOBS.c.idempotency_key == key)
        with self.database.reading() as con:
            row = con.execute(select(*JOBS.c).where(mine)).first() if key is not None else None
        return None if row is None else _job(row)

    def _change(self, where: ColumnElement[bool], **values: Any) -> bool:
        with self.database.writing() as con:
            changed = update(JOBS).where(where).values(**values).returning(JOBS.c.number)
            return con.execute(changed).first() is not None

    def _end(self, where: ColumnElement[bool], state: JobState, text: str, **values: Any) -> bool:
        ended = update(JOBS).where(where).values(state=str(state), ended_at=now(), lease_until=None, **values)
        with self.database.writing() as con:
            row = con.execute(ended.returning(JOBS.c.number)).first()
            if row is None:
                return False
            _say(con, row.number, text, 1.0 if state is JobState.DONE else None)
        return True

    def _taken_from(self, where: ColumnElement[bool], why: str, *, counts: bool = True) -> list[str]:
        error = StopgapError(
            f"the job was given up after {MOST_ATTEMPTS} attempts: {why}",
            where="worker of the service",
            fix="give it less to do at once, or more memory to the machine; the log of the service has the details",
        )
        given_up = (
            update(JOBS)
            .where(where, JOBS.c.attempts >= MOST_ATTEMPTS)
            .values(state=str(JobState.FAILED), ended_at=now(), lease_until=None, error=error_document(error))
        )
        queued = update(JOBS).where(where).values(state=str(JobState.QUEUED), owner=None, lease_until=None)
        if not counts:
            queued = queued.values(attempts=JOBS.c.attempts - 1)
        with self.database.writing() as con:
            ended = con.execute(given_up.returning(JOBS.c.number, JOBS.c.id)).all() if counts else []
            again = con.execute(queued.returning(JOBS.c.number, JOBS.c.id)).all()
            for row in ended:
                _say(con, row.number, f"failed: {why}", None)
            for row in again:
                _say(con, row.number, f"waits to be taken up again: {why}", None)
        return [row.id for row in (*ended, *again)]


def _held(job: Job) -> ColumnElement[bool]:
    """Whether the worker that took a job still holds it, in the same attempt."""
    return and_(
        JOBS.c.number == job.number,
        JOBS.c.state == JobState.RUNNING,
        JOBS.c.owner == job.owner,
        JOBS.c.attempts == job.attempts,
    )


def _ended(limit: str) -> ColumnElement[bool]:
    """Whether a job ended before a time."""
    final = [str(state) for state in JobState if state.is_final]
    return and_(JOBS.c.state.in_(final), JOBS.c.ended_at < limit)


def _open() -> ColumnElement[bool]:
    return or_(JOBS.c.state == JobState.QUEUED, JOBS.c.state == JobState.RUNNING)


def _say(con: Session, number: int, text: str, share: float | None) -> None:
    """Add an event; the row of its job is locked by the update, so that numbers follow each other."""
    counted = update(JOBS).where(JOBS.c.number == number).values(events=JOBS.c.events + 1)
    event = con.execute(counted.returning(JOBS.c.events)).scalar_one()
    kept = text[:TEXT_LIMIT].encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    con.execute(insert(JOB_EVENTS).values(job=number, number=event, at=now(), text=kept, share=share))


def _stored_person(person: Principal) -> dict[str, Any]:
    return {
        "name": person.name,
        "role": str(person.role),
        "clearance": stored_marking(person.clearance),
        "person_id": person.person_id,
        "via": person.via,
        "session": person.session,
    }


def _job(row: Row[Any]) -> Job:
    said = dict(row.person)
    person = Principal(
        name=said["name"],
        role=PersonRole(said["role"]),
        clearance=read_marking(said["clearance"]),
        person_id=said["person_id"],
        via=said["via"],
        session=said["session"],
    )
    return Job(
        number=row.number,
        id=row.id,
        kind=JobKind(row.kind),
        request=row.request,
        request_sha256=row.request_sha256,
        person=person,
        state=JobState(row.state),
        attempts=row.attempts,
        owner=row.owner,
        lease_until=row.lease_until,
        events=row.events,
        submitted_at=row.submitted_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        result=row.result,
        marking=read_marking(row.marking),
        files=tuple(JobFile(**file) for file in row.files or ()),
        error=row.error,
    )
