"""Removal of jobs that ended long ago: their rows and their files, never while somebody downloads one of these."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from stopgap.base.errors import NotFoundError
from stopgap.service.jobs.folders import folder_of
from stopgap.service.jobs.job import Job, JobFile
from stopgap.service.jobs.queue import JobQueue
from stopgap.service.state.tables import iso

AT_ONCE = 200
"""Jobs that are removed in one go."""

log = logging.getLogger("stopgap.service.jobs")


class KeptJobs:
    """Files of jobs that have ended: who downloads them, and when they go.

    Attributes:
        home: Folder of the service.
        queue: The queue of jobs.
        days: Days for which a job that has ended is kept; 0 for always.
    """

    def __init__(self, home: Path, queue: JobQueue, days: int) -> None:
        self.home = home
        self.queue = queue
        self.days = days
        self._held: Counter[str] = Counter()
        self._going: set[str] = set()
        self._lock = threading.Lock()

    def has(self, job: Job, file: JobFile) -> bool:
        """Return whether a file of a job is still there."""
        return job.id not in self._going and self._path(job, file).is_file()

    def document(self, job: Job) -> dict[str, Any]:
        """Return a job as the service shows it; each file says whether it is still kept."""
        files = [{**file.as_dict(), "kept": self.has(job, file)} for file in job.files]
        return {**job.as_dict(), "files": files}

    def path_of(self, job: Job, name: str) -> tuple[Path, JobFile]:
        """Return a file of a job that is done.

        Raises:
            NotFoundError: The job has no such file, or it is no longer kept.
        """
        known = next((file for file in job.files if file.name == name), None)
        where = f"jobs/{job.id}/files/{name[:80]}"
        if known is None:
            raise NotFoundError(
                "the job has no such file", where=where, fix="the field files of the job lists its files"
            )
        if not self.has(job, known):
            raise NotFoundError(
                "the file is no longer kept",
                where=where,
                fix="submit the job again; files of jobs are removed after a while, and backups do not hold them",
            )
        return self._path(job, known), known

    def download(self, job: Job, name: str, headers: dict[str, str]) -> HeldFile:
        """Return the response with a file of a job; the job is not removed before the response has ended.

        Raises:
            NotFoundError: The job has no such file, or it is no longer kept.
        """
        with self._lock:
            path, known = self.path_of(job, name)
            self._held[job.id] += 1
        return HeldFile(path, known.name, {**headers, "ETag": f'"{known.sha256}"'}, lambda: self._let_go(job.id))

    def remove_old(self, *, now: datetime | None = None) -> int:
        """Remove jobs that ended longer ago than jobs are kept, with their files; return how many.

        A job that somebody downloads from stays until the next time. The audit log keeps what was done.

        Args:
            now: The time; the clock's by default.

        Raises:
            UnreachableError: The database does not answer.
        """
        if self.days <= 0:
            return 0
        limit = iso((now or datetime.now(UTC)) - timedelta(days=self.days))
        count = 0
        while removed := self._remove(limit):
            count += removed
        if count:
            log.info("jobs that ended long ago are removed", extra={"jobs": count, "before": limit})
        return count

    def _remove(self, limit: str) -> int:
        """Remove some of the jobs that ended before a time, the oldest first; return how many."""
        with self._lock:
            going = self.queue.ended_before(limit, AT_ONCE, without=list(self._held))
            self._going = set(going)
        try:
            removed = self.queue.remove_ended(going, limit)
            for id in removed:
                shutil.rmtree(folder_of(self.home, id), ignore_errors=True)
        finally:
            with self._lock:
                self._going = set()
        return len(removed)

    def _path(self, job: Job, file: JobFile) -> Path:
        return folder_of(self.home, job.id) / file.folder / file.name

    def _let_go(self, id: str) -> None:
        with self._lock:
            self._held[id] -= 1
            if self._held[id] <= 0:
                del self._held[id]


class HeldFile(FileResponse):
    """A file that is held until it was sent, or the client has gone."""

    def __init__(self, path: Path, name: str, headers: dict[str, str], let_go: Callable[[], None]) -> None:
        super().__init__(os.fspath(path), filename=name, media_type="application/octet-stream", headers=headers)
        self._let_go = let_go

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._let_go()
