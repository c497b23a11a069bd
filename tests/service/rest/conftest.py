"""A lake with some of everything, whose episode counts as a built-in one, and a client of the service on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rest_cases import built_in_with
from service_app import service_client
from starlette.testclient import TestClient
from whole_lake import Whole, home, make_whole_lake


@pytest.fixture(scope="session")
def rest_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The lake; tests that change it copy it."""
    from stopgap.evidence.keys import files as key_files
    from stopgap.panel import episodes

    folder = tmp_path_factory.mktemp("rest")
    with pytest.MonkeyPatch.context() as patch, home(folder / "home"):
        patch.setattr(key_files, "_COST", 16)
        whole = make_whole_lake(folder)
        built_in, of_package = built_in_with(Path(whole.episode))
        patch.setattr(episodes, "_built_in", built_in)
        patch.setattr(episodes, "_of_package", of_package)
        yield whole


@pytest.fixture(scope="session")
def client(rest_lake: Whole) -> Iterator[TestClient]:
    """An admin who may see everything asks."""
    with service_client(rest_lake.lake) as made:
        yield made
