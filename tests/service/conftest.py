"""A lake that is RED throughout and one that holds nothing, each asked by someone cleared for GREEN."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rest_cases import built_in_with
from service_app import service_client, someone
from starlette.testclient import TestClient
from whole_lake import Whole, home, make_whole_lake, mark_all

from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.keys import files as key_files
from stopgap.panel import episodes
from stopgap.service.principal import PersonRole

GREEN = Marking(Tlp.GREEN)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("cleared")
    with pytest.MonkeyPatch.context() as patch, home(folder / "home"):
        patch.setattr(key_files, "_COST", 16)
        whole = make_whole_lake(folder)
        built_in, of_package = built_in_with(Path(whole.episode))
        patch.setattr(episodes, "_built_in", built_in)
        patch.setattr(episodes, "_of_package", of_package)
        yield whole


@pytest.fixture(scope="module")
def hidden(made: Whole) -> Iterator[TestClient]:
    """The service on a lake that is RED throughout, asked by someone cleared for GREEN."""
    lake = made.copied(made.folder / "hidden" / "lake")
    mark_all(made, lake)
    with service_client(lake, someone(PersonRole.RELEASER, GREEN)) as client:
        yield client


@pytest.fixture(scope="module")
def nothing(made: Whole) -> Iterator[TestClient]:
    """The service on a lake that holds nothing, asked by the same person."""
    lake = made.folder / "nothing" / "lake"
    (lake / "tables" / "trade").mkdir(parents=True)
    with service_client(lake, someone(PersonRole.RELEASER, GREEN)) as client:
        yield client
