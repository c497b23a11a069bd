"""Databases of both kinds, at the newest revision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from job_databases import KINDS, database_at

from stopgap.service.state.database import Database, open_database
from stopgap.service.state.migrate import migrate


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(database_at(request.param, tmp_path))
    migrate(opened)
    yield opened
    opened.close()
