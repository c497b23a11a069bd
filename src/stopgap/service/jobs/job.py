"""What a job is: who asked for what, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stopgap.base.errors import StopgapError
from stopgap.base.marking import Marking, marking_of
from stopgap.service.principal import PersonRole, Principal

MOST_ATTEMPTS = 3
"""Attempts after which a job whose worker died is given up."""


class JobKind(StrEnum):
    """Kinds of work that are done as jobs."""

    IMPORT = "import"
    FETCH = "fetch"
    BRIEF = "brief"
    PACK = "pack"
    SCREENING = "screening"
    ALERTS = "alerts"


class JobState(StrEnum):
    """States of a job; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the job stays in this state."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True)
class JobFile:
    """A file that a job wrote.

    Attributes:
        name: Name to download it by.
        bytes: Size.
        sha256: Hash of its bytes, 64 hex digits.
        folder: Folder below that of the job.
    """

    name: str
    bytes: int
    sha256: str
    folder: str

    def as_dict(self) -> dict[str, Any]:
        """Return the file as the service shows it."""
        return {"name": self.name, "bytes": self.bytes, "sha256": self.sha256}


@dataclass(frozen=True)
class JobEvent:
    """Progress of a job.

    Attributes:
        number: 1 for the first of the job.
        at: Time, UTC.
        text: What is done.
        share: Share that is done, 0 to 1; ``None`` where it is not known.
    """

    number: int
    at: str
    text: str
    share: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return the event as the service shows it."""
        return {"number": self.number, "at": self.at, "text": self.text, "share": self.share}


@dataclass(frozen=True)
class JobOutcome:
    """What a job that is done leaves.

    Attributes:
        result: The answer, as a JSON document.
        marking: Who may see it.
        files: Files that it wrote.
    """

    result: Mapping[str, Any]
    marking: Marking
    files: tuple[JobFile, ...] = ()


@dataclass(frozen=True)
class Job:
    """A job as the database has it.

    Attributes:
        number: Place in the order of submission, over all jobs.
        id: Id in addresses; cannot be guessed.
        request: What was asked for, without secrets.
        request_sha256: Hash of kind and request, files included.
        person: Who asked, with role and clearance at that time.
        attempts: How often a worker began with it.
        owner: Worker that holds the lease; ``None`` where none does.
        lease_until: End of the lease, seconds of the Unix epoch.
        events: Number of the last event.
        marking: Who may see result or error; ``None`` before there is one.
        error: What, where and fix of a job that failed.
    """

    number: int
    id: str
    kind: JobKind
    request: Mapping[str, Any]
    request_sha256: str
    person: Principal
    state: JobState
    attempts: int
    owner: str | None
    lease_until: float | None
    events: int
    submitted_at: str
    started_at: str | None
    ended_at: str | None
    result: Mapping[str, Any] | None
    marking: Marking | None
    files: tuple[JobFile, ...]
    error: Mapping[str, Any] | None

    def is_seen_by(self, person: Principal) -> bool:
        """Return whether the job exists for a person.

        It does for the one who submitted it and for admins, if their clearance now admits what it says: the marking of
        its result, and before there is one, all that the job itself may see.
        """
        if person_key(person) != person_key(self.person) and person.role is not PersonRole.ADMIN:
            return False
        if person.clearance is None:
            return True
        if self.marking is not None:
            return self.marking.fits(person.clearance)
        return self.person.clearance is not None and self.person.clearance.fits(person.clearance)

    def as_dict(self) -> dict[str, Any]:
        """Return the job as the service shows it; its result has an address of its own."""
        return {
            "id": self.id,
            "kind": str(self.kind),
            "state": str(self.state),
            "request": dict(self.request),
            "by": self.person.name,
            "submitted_at": self.submitted_at,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "attempts": self.attempts,
            "events": self.events,
            "marking": None if self.marking is None else self.marking.as_dict(),
            "files": [file.as_dict() for file in self.files],
            "error": None if self.error is None else dict(self.error),
        }


def person_key(person: Principal) -> str:
    """Return the text by which a person's jobs are found."""
    return f"name:{person.name}" if person.person_id is None else f"id:{person.person_id}"


def error_document(error: StopgapError) -> dict[str, Any]:
    """Return what, where and fix of an error, as a job keeps it."""
    return {**error.as_dict(), "status": error.http_status}


def stored_marking(marking: Marking | None) -> dict[str, Any] | None:
    """Return a marking as the database keeps it."""
    return None if marking is None else dict(marking.as_dict())


def read_marking(document: Any) -> Marking | None:
    """Return a marking from the database."""
    return None if document is None else marking_of(document, where="database of the service")
