"""What requests share: settings, the lake, and the one way to ask it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TypeVar

from starlette.requests import HTTPConnection

from stopgap.api import Lake
from stopgap.base.errors import StopgapError
from stopgap.base.marking import CLEAR, Marking
from stopgap.base.person import acting_as
from stopgap.base.progress import Progress
from stopgap.evidence.markings.clearance import seen_with
from stopgap.evidence.markings.reads import admit
from stopgap.service.jobs.service import JobService
from stopgap.service.operation.metrics import Metrics
from stopgap.service.operation.readiness import lake_fault
from stopgap.service.principal import Principal
from stopgap.service.security.failures import FailedSignIns
from stopgap.service.security.principals import find_principal
from stopgap.service.settings import ServiceSettings
from stopgap.service.state.store import ServiceState, open_state

Result = TypeVar("Result")


@dataclass
class ServiceContext:
    """State of a running service.

    Attributes:
        settings: Settings in force.
        metrics: What is counted of requests and jobs.
        failed_sign_ins: Failed sign-ins of the last minute.
    """

    settings: ServiceSettings
    metrics: Metrics = field(default_factory=Metrics)
    failed_sign_ins: FailedSignIns = field(default_factory=FailedSignIns)
    _state: ServiceState | None = None
    _opening: Lock = field(default_factory=Lock)
    _lakes: dict[object, Lake] = field(default_factory=dict)

    def ask(self, principal: Principal, work: Callable[[Lake], Result], *, progress: Progress | None = None) -> Result:
        """Do work on the lake as a person may see it, and in that person's name.

        This is the only way from a request to the lake: what is above the person's clearance is not there for any
        part of the program below it.
        """
        with acting_as(principal.name), seen_with(self.settings.lake, principal.clearance):
            try:
                result = work(self._lake(principal, progress))
            except StopgapError as error:
                admit(error.marking if isinstance(error.marking, Marking) else CLEAR)
                raise
            marking = getattr(result, "marking", None)
            admit(marking if isinstance(marking, Marking) else CLEAR)  # the API admitted what has none of its own
            return result

    @property
    def state(self) -> ServiceState:
        """The database of people, tokens, sessions, views and the audit log; opened when it is first asked for."""
        with self._opening:
            if self._state is None:
                self._state = open_state(self.settings.database_url)
            return self._state

    @cached_property
    def jobs(self) -> JobService:
        """Work that takes long, and the processes that do it."""
        made = JobService(self.settings, self.state.database)
        self.metrics.gauge("stopgap_jobs", "Jobs by state.", "state", made.queue.counts)
        return made

    def start(self) -> None:
        """Open what the service needs while it runs."""
        self.jobs.start()

    def stop(self) -> None:
        """Close it, after what is under way."""
        self.jobs.stop()
        if self._state is not None:
            self._state.close()

    def readiness(self) -> str:
        """Return why the service cannot answer; empty if it can."""
        return lake_fault(self.settings.lake) or self.state.fault()

    def principal_of(self, connection: HTTPConnection) -> Principal | None:
        """Return who asks; ``None`` for one who is not signed in."""
        return find_principal(connection, self.settings, self.state, self.failed_sign_ins)

    def _lake(self, principal: Principal, progress: Progress | None) -> Lake:
        """Return the lake; one without progress stays open for each clearance, with what it keeps."""
        if progress is not None:
            return Lake(self.settings.lake, progress)
        return self._lakes.setdefault(principal.clearance, Lake(self.settings.lake))
