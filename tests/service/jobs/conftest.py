"""Databases of both kinds, at the newest revision."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from service_databases import database_url, postgres, postgres_url

from stopgap.service.state.database import Database, open_database
from stopgap.service.state.migrate import migrate

__all__ = ["database_url", "postgres", "postgres_url"]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    migrate(opened)
    yield opened
    opened.close()
