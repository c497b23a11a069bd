"""A client of the service on a lake with some of everything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from service_app import service_client
from starlette.testclient import TestClient
from whole_lake import Whole


@pytest.fixture(scope="module")
def client(served: Whole) -> Iterator[TestClient]:
    """An admin who may see everything asks."""
    with service_client(served.lake) as made:
        yield made
