"""A lake whose episode counts as built in; a copy that is RED throughout and a lake that holds nothing, asked for GREEN."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rest_cases import built_in_with
from service_app import service_client, someone
from starlette.testclient import TestClient
from whole_lake import Whole, mark_all

from stopgap.base.marking import Marking, Tlp
from stopgap.panel import episodes
from stopgap.service.principal import PersonRole

GREEN = Marking(Tlp.GREEN)


@pytest.fixture(scope="module")
def served(whole: Whole) -> Iterator[Whole]:
    """The lake; tests that change it copy it. Its episode counts as built in while the tests of a file run."""
    built_in, of_package = built_in_with(Path(whole.episode))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(episodes, "_built_in", built_in)
        patch.setattr(episodes, "_of_package", of_package)
        yield whole


@pytest.fixture(scope="module")
def cleared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of both lakes, whose paths differ in one word."""
    return tmp_path_factory.mktemp("cleared")


@pytest.fixture(scope="module")
def hidden(served: Whole, cleared: Path) -> Iterator[TestClient]:
    """The service on a lake that is RED throughout, asked by someone cleared for GREEN."""
    lake = served.copied(cleared / "hidden" / "lake")
    mark_all(served, lake)
    with service_client(lake, someone(PersonRole.RELEASER, GREEN)) as client:
        yield client


@pytest.fixture(scope="module")
def nothing(served: Whole, cleared: Path) -> Iterator[TestClient]:
    """The service on a lake that holds nothing, asked by the same person."""
    lake = cleared / "nothing" / "lake"
    (lake / "tables" / "trade").mkdir(parents=True)
    with service_client(lake, someone(PersonRole.RELEASER, GREEN)) as client:
        yield client
