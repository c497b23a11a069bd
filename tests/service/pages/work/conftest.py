"""A small lake whose packs can be made; clients of the service as other people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pack_made import open_lake
from service_app import service_client, someone
from starlette.testclient import TestClient

from stopgap.base.marking import Marking
from stopgap.service.principal import PersonRole

ClientOf = Callable[..., TestClient]


@pytest.fixture
def client_of() -> Iterator[ClientOf]:
    """What makes a client of the service on a lake, as a person with a role and a clearance."""
    with ExitStack() as stack:

        def made(
            lake: Path, role: PersonRole = PersonRole.ADMIN, clearance: Marking | None = None, **more: str
        ) -> TestClient:
            principal = someone(role, clearance, **more)
            return stack.enter_context(service_client(lake, principal, workers=1))

        yield made


@pytest.fixture
def small_lake(tmp_path: Path) -> Path:
    """A lake with the figures of eight economies, for an episode that is built in."""
    return open_lake(tmp_path)
