"""Jobs of a running service: queue, workers and those who listen."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from stopgap.base.errors import NotFoundError
from stopgap.service.jobs.feeds import EventFeeds
from stopgap.service.jobs.folders import clear_after, folder_of, tidy
from stopgap.service.jobs.job import Job, JobFile
from stopgap.service.jobs.queue import LEASE_S, JobQueue, NewJob
from stopgap.service.jobs.retention import KeptJobs
from stopgap.service.jobs.secrets import keep_passphrase, new_seal
from stopgap.service.jobs.supervisor import Workers
from stopgap.service.principal import Principal
from stopgap.service.settings import ServiceSettings
from stopgap.service.state.database import Database


class JobService:
    """What endpoints do with jobs.

    Attributes:
        settings: Settings of the service.
        queue: The queue in the database.
        workers: Processes that do the jobs.
        feeds: Progress for those who listen.
        kept: Files of jobs that have ended.
    """

    def __init__(self, settings: ServiceSettings, database: Database, *, lease_s: float = LEASE_S) -> None:
        self.settings = settings
        self.queue = JobQueue(database, lease_s=lease_s)
        self.kept = KeptJobs(settings.home, self.queue, settings.keep_jobs_days)
        self.seal = new_seal()
        self.workers = Workers(settings, self.queue, self.seal, self._remove_old)
        self.feeds = EventFeeds(self.queue)
        self._folder_lock: int | None = None

    def start(self) -> None:
        """Remove what was left over, and start the workers."""
        self._folder_lock = tidy(self.settings.home, self.queue.standing)
        self.workers.start()

    def stop(self) -> None:
        """Stop the workers; jobs that take too long wait for the next service."""
        self.workers.stop()
        if self._folder_lock is not None:
            os.close(self._folder_lock)
            self._folder_lock = None

    def submit(self, new: NewJob, person: Principal, *, passphrase: str | None = None) -> Job:
        """Put a job into the queue, or return the one of the same idempotency key; the files of a new one stay.

        Args:
            new: What is asked for.
            person: Who asks.
            passphrase: Passphrase that the job opens a key with; it is sealed until the job ends, and in no request.

        Raises:
            ConflictError: The key was used for another request.
        """
        is_new = False
        try:
            if passphrase is not None:
                keep_passphrase(folder_of(self.settings.home, new.id) / "inputs", passphrase, self.seal)
            job, is_new = self.queue.submit(new, person)
        finally:
            if not is_new:
                shutil.rmtree(folder_of(self.settings.home, new.id), ignore_errors=True)
        self.workers.wake()
        return job

    def found(self, id: str, person: Principal) -> Job:
        """Return a job that exists for a person.

        Raises:
            NotFoundError: There is none, or the person may not see it.
        """
        job = self.queue.get(id)
        if job is None or not job.is_seen_by(person):
            raise NotFoundError(
                "there is no such job", where=f"jobs/{id[:40]}", fix="GET /api/v1/jobs lists the jobs that you may see"
            )
        return job

    def cancel(self, job: Job) -> Job:
        """Cancel a job: one that waits never starts, one that runs is ended. A job that has ended stays as it is."""
        if self.queue.cancel(job):
            now = self.queue.get(job.id) or job
            if now.owner is not None:
                self.workers.end_owner(now.owner)
            clear_after(self.settings.home, now)
        return self.queue.get(job.id) or job

    def path_of(self, job: Job, name: str) -> tuple[Path, JobFile]:
        """Return a file of a job that is done; see :meth:`KeptJobs.path_of`."""
        return self.kept.path_of(job, name)

    def _remove_old(self) -> None:
        """Remove jobs that ended long ago, in the one service that keeps jobs in this folder."""
        if self._folder_lock is not None:
            self.kept.remove_old()
