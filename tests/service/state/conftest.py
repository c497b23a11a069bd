"""What tests of the service's state share: an open state on SQLite and on PostgreSQL, with a clock that is set by hand."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hand_clock import HandClock
from service_databases import database_url, postgres, postgres_url

from stopgap.service.state.store import ServiceState, open_state

__all__ = ["database_url", "postgres", "postgres_url"]


@pytest.fixture
def unused_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def state(database_url: str, clock: HandClock) -> Iterator[ServiceState]:
    """A state on an empty database, at the newest revision."""
    opened = open_state(database_url)
    yield replace(opened, now=clock)
    opened.close()
