"""What the service tells a worker at its start."""

from __future__ import annotations

import base64
import pickle
from dataclasses import dataclass, field

from stopgap.service.settings import ServiceSettings


@dataclass(frozen=True)
class WorkerOrder:
    """Settings and name of a worker.

    Attributes:
        settings: Settings of the service.
        owner: Name of the worker, under which it holds leases.
        lease_s: Seconds of a lease.
        seal: Key that opens the passphrases of jobs.
    """

    settings: ServiceSettings
    owner: str
    lease_s: float
    seal: bytes = field(default=b"", repr=False)

    def encoded(self) -> bytes:
        """Return the order as one line; it goes from a service to its own child alone."""
        return base64.b64encode(pickle.dumps(self)) + b"\n"

    @staticmethod
    def decoded(line: bytes) -> WorkerOrder:
        """Return the order that a line holds."""
        order: WorkerOrder = pickle.loads(base64.b64decode(line))
        return order
