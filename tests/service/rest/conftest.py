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
def whole_lake_once(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The lake, made once in a run."""
    from stopgap.evidence.keys import files as key_files

    folder = tmp_path_factory.mktemp("rest")
    with pytest.MonkeyPatch.context() as patch, home(folder / "home"):
        patch.setattr(key_files, "_COST", 16)
        return make_whole_lake(folder)


@pytest.fixture(scope="module")
def rest_lake(whole_lake_once: Whole) -> Iterator[Whole]:
    """The lake; tests that change it copy it. Its episode counts as built in while the tests of a file run."""
    from stopgap.evidence.keys import files as key_files
    from stopgap.panel import episodes

    with pytest.MonkeyPatch.context() as patch, home(whole_lake_once.folder / "home"):
        patch.setattr(key_files, "_COST", 16)
        built_in, of_package = built_in_with(Path(whole_lake_once.episode))
        patch.setattr(episodes, "_built_in", built_in)
        patch.setattr(episodes, "_of_package", of_package)
        yield whole_lake_once


@pytest.fixture(scope="module")
def client(rest_lake: Whole) -> Iterator[TestClient]:
    """An admin who may see everything asks."""
    with service_client(rest_lake.lake) as made:
        yield made
