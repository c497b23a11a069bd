"""A worker: a process that takes one job after the other, and ends when the service does.

The service starts it (:mod:`stopgap.service.jobs.supervisor`), writes its settings to its standard input, and then
single bytes: ``w`` that there is work, ``s`` to end after the job in hand. End of input means that the service is gone.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import NoReturn

from stopgap.base.clearance import viewer_required
from stopgap.base.errors import StopgapError, UnreachableError
from stopgap.service.jobs.job import Job
from stopgap.service.jobs.order import WorkerOrder
from stopgap.service.jobs.owner_locks import hold_lock
from stopgap.service.jobs.queue import JobQueue
from stopgap.service.state.database import open_database

IDLE_S = 1.0
"""Seconds after which a worker without work looks for some, told or not."""

QUIET_S = 0.5
"""Least seconds between two events of a job."""

log = logging.getLogger("stopgap.service.jobs")


class Worker:
    """Takes jobs until it is told to stop."""

    def __init__(self, order: WorkerOrder) -> None:
        self.order = order
        self.queue = JobQueue(open_database(order.settings.database_url), lease_s=order.lease_s)
        self.parent = os.getppid()
        self.woken = threading.Event()
        self.is_stopping = False

    def run(self) -> None:
        """Take jobs, the one that has waited longest first."""
        while not self.is_stopping:
            self.woken.clear()
            try:
                job = self.queue.claim(self.order.owner)
            except UnreachableError:
                log.warning("the database does not answer; the worker tries again")
                job = None
            if job is None:
                self.woken.wait(IDLE_S)
            else:
                self.do(job)

    def listen(self) -> None:
        """Read what the service says; end with it."""
        while said := os.read(0, 64):
            self.is_stopping = self.is_stopping or b"s" in said
            self.woken.set()
        end_group()

    def do(self, job: Job) -> None:
        """Do a job, and record what came of it."""
        from stopgap.service.jobs.folders import clear_after

        ended = threading.Event()
        threading.Thread(target=self._beat, args=(job, ended), daemon=True).start()
        try:
            record = self._done(job)
        finally:
            ended.set()
        self._recorded(record)
        clear_after(self.order.settings.home, job)

    def _done(self, job: Job) -> Callable[[], bool]:
        """Do a job; return what records its end."""
        from stopgap.base.settings import load_settings
        from stopgap.service.context import ServiceContext
        from stopgap.service.jobs.folders import job_folders
        from stopgap.service.jobs.standing import as_now, person_now
        from stopgap.service.jobs.work import do_job

        settings = self.order.settings
        service = ServiceContext(settings)
        named = ((settings.home, "service"), (settings.lake, "lake"), (load_settings().home, "home of the service"))
        folders = job_folders(settings.home, job, named, self.order.seal)
        try:
            now = person_now(self.queue.database, job.person, is_team=settings.is_team)
            person = as_now(job.person, now)
            outcome = do_job(job, person, service.ask, folders, _Sayer(self.queue, job), settings)
        except StopgapError as error:
            return lambda failed=error: self.queue.fail(job, failed)  # type: ignore[misc]
        except Exception as error:
            log.error("unexpected error in a job", exc_info=error, extra={"job": job.id})
            fault = StopgapError(
                "the service failed: this is a fault in Stopgap",
                where=f"job {job.id}",
                fix="report it with the id of the job; the log of the service has the details",
            )
            return lambda: self.queue.fail(job, fault)
        return lambda: self.queue.finish(job, outcome)

    def _recorded(self, record: Callable[[], bool]) -> None:
        """Record the end of a job; a worker that no longer holds it leaves nothing and ends."""
        until = time.time() + self.order.lease_s
        while time.time() < until:
            try:
                if record():
                    return
                break
            except UnreachableError:
                time.sleep(QUIET_S)
        end_group()

    def _beat(self, job: Job, ended: threading.Event) -> None:
        """Renew the lease until the job has ended; end the worker where it is lost or the service is gone."""
        until = time.time() + self.order.lease_s
        step = self.order.lease_s / 4
        due = time.time() + step
        while not ended.wait(min(IDLE_S, step)):
            if os.getppid() != self.parent:
                end_group()
            if time.time() < due:
                continue
            due = time.time() + step
            try:
                held = self.queue.beat(job)
            except UnreachableError:
                held = time.time() < until
            else:
                until = time.time() + self.order.lease_s
            if not held and not ended.is_set():
                end_group()


class _Sayer:
    """Writes the progress of a job down, at most one event in a while."""

    def __init__(self, queue: JobQueue, job: Job) -> None:
        self.queue, self.job = queue, job
        self.said: tuple[str, float | None] = ("", None)
        self.next_at = 0.0

    def __call__(self, text: str, share: float | None) -> None:
        if time.monotonic() < self.next_at or (text, share) == self.said:
            return
        self.said, self.next_at = (text, share), time.monotonic() + QUIET_S
        try:
            held = self.queue.say(self.job, text, share)
        except UnreachableError:
            return
        if not held:
            end_group()


def end_group() -> NoReturn:
    """End this process and all that it started, at once."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def main() -> None:
    """Read the order, then work."""
    line = bytearray()
    while not line.endswith(b"\n"):
        part = os.read(0, 1)
        if not part:
            return
        line += part
    order = WorkerOrder.decoded(bytes(line))
    hold_lock(order.settings.home, order.owner)
    worker = Worker(order)
    threading.Thread(target=worker.listen, daemon=True, name="stopgap-service").start()
    with viewer_required():
        worker.run()
