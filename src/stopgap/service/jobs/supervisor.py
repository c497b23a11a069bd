"""Starts the workers of a service, watches them, and takes up again what one of them left."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from stopgap.base.errors import UnreachableError
from stopgap.service.jobs.order import WorkerOrder
from stopgap.service.jobs.owner_locks import drop_lock, has_ended
from stopgap.service.jobs.queue import JobQueue
from stopgap.service.settings import ServiceSettings

WATCH_S = 0.25
"""Seconds between two looks at the workers."""

SWEEP_S = 1.0
"""Seconds between two looks for leases that have expired."""

STOP_S = 5.0
"""Seconds for which a service that stops waits for the jobs in hand."""

OLD_S = 3600.0
"""Seconds between two looks for jobs that are no longer kept."""

SHORT_S = 5.0
"""Seconds within which a worker that ends has failed to start; the next one then waits longer each time."""

WORK = """
import os
os.nice(5)
from stopgap.service.jobs.worker import main
main()
"""
"""What a worker runs; requests to the service go before jobs where both want a processor."""

log = logging.getLogger("stopgap.service.jobs")


@dataclass
class WorkerProcess:
    """A worker as the service sees it.

    Attributes:
        owner: Name under which it holds leases.
        process: The process, leader of a group of its own.
        started: Time of its start, by the monotonic clock.
    """

    owner: str
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)

    def tell(self, said: bytes) -> None:
        """Write to the worker; one that has ended hears nothing."""
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None
            os.write(self.process.stdin.fileno(), said)

    def has_ended(self) -> bool:
        """Return whether the process has ended; where the system can tell, its number stays its own."""
        if not hasattr(os, "waitid"):
            return self.process.poll() is not None
        try:
            return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def end(self) -> int:
        """End the worker and all that it started; return its exit status."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        status = self.process.wait()
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        return status


class Workers:
    """The workers of one service.

    Attributes:
        settings: Settings of the service; ``workers`` is their number.
        queue: The queue of jobs.
        each_hour: What is done besides, when the watch begins and then each hour.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        queue: JobQueue,
        seal: bytes = b"",
        each_hour: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.seal = seal
        self.each_hour = each_hour
        self.queue = queue
        self._processes: list[WorkerProcess] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failures = 0
        self._start_at = 0.0

    @property
    def pids(self) -> list[int]:
        """Numbers of the processes."""
        with self._lock:
            return [each.process.pid for each in self._processes]

    def start(self) -> None:
        """Give back what workers of an earlier service left, and start."""
        for owner in self.queue.owners():
            if has_ended(self.settings.home, owner):
                self._give_back(owner, "the service, or its worker, had ended")
        with self._lock:
            self._fill()
        self._thread = threading.Thread(target=self._watch, name="stopgap-jobs", daemon=True)
        self._thread.start()

    def stop(self, *, within_s: float = STOP_S) -> None:
        """Let the jobs in hand end; those that take longer are left to be taken up again.

        Args:
            within_s: Seconds to wait.
        """
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            for each in self._processes:
                each.tell(b"s")
            until = time.monotonic() + within_s
            while time.monotonic() < until and not all(each.has_ended() for each in self._processes):
                time.sleep(0.02)
            for each in self._processes:
                had_ended = each.has_ended()
                status = each.end()
                why = f"its worker ended ({_said(status)})" if had_ended else "the service was stopped"
                with contextlib.suppress(UnreachableError):
                    self._give_back(each.owner, why, counts=had_ended)
            self._processes = []

    def wake(self) -> None:
        """Tell the workers that there is work."""
        with self._lock:
            for each in self._processes:
                each.tell(b"w")

    def end_owner(self, owner: str | None) -> None:
        """End the worker that holds leases under a name, such as that of a job that was cancelled."""
        with self._lock:
            for each in [each for each in self._processes if each.owner == owner]:
                self._processes.remove(each)
                each.end()
                self._give_back(each.owner, "its worker was ended")
            if not self._stopping.is_set():
                self._fill()

    def _watch(self) -> None:
        """Replace workers that have ended, and take leases that have expired, until the service stops."""
        swept, tidied = 0.0, -OLD_S
        while not self._stopping.wait(WATCH_S):
            try:
                with self._lock:
                    self._replace_ended()
                if time.monotonic() - swept > SWEEP_S:
                    swept = time.monotonic()
                    for owner in self.queue.sweep():
                        self.end_owner(owner)
                if time.monotonic() - tidied > OLD_S:
                    tidied = time.monotonic()
                    self.each_hour()
            except UnreachableError:
                log.warning("the database does not answer; the watch over jobs tries again")
            except OSError as error:
                log.error("a worker cannot be started", exc_info=error)

    def _replace_ended(self) -> None:
        for each in [each for each in self._processes if each.has_ended()]:
            self._processes.remove(each)
            status = each.end()
            log.warning("a worker ended", extra={"status": status})
            is_short = time.monotonic() - each.started < SHORT_S
            self._failures = self._failures + 1 if is_short else 0
            self._start_at = time.monotonic() + min(10.0, 0.25 * 2**self._failures if is_short else 0.0)
            self._give_back(each.owner, f"its worker ended ({_said(status)})")
        if time.monotonic() >= self._start_at:
            self._fill()

    def _fill(self) -> None:
        while len(self._processes) < self.settings.workers:
            self._processes.append(self._started())

    def _started(self) -> WorkerProcess:
        owner = secrets.token_hex(8)
        process = subprocess.Popen(
            [sys.executable, "-c", WORK],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )
        worker = WorkerProcess(owner, process)
        worker.tell(WorkerOrder(self.settings, owner, self.queue.lease_s, self.seal).encoded())
        return worker

    def _give_back(self, owner: str, why: str, *, counts: bool = True) -> None:
        self.queue.give_back(owner, why, counts=counts)
        drop_lock(self.settings.home, owner)


def _said(status: int) -> str:
    """Say how a process ended: ``SIGKILL``, ``status 1``."""
    if status < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-status).name
    return f"status {status}"
