"""A lake with some of everything, and a small one whose packs can be made; clients of the service as other people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pack_made import open_lake
from rest_cases import built_in_with
from service_app import service_client, someone
from starlette.testclient import TestClient
from whole_lake import Whole, home, make_whole_lake

from stopgap.base.marking import Marking
from stopgap.service.principal import PersonRole

ClientOf = Callable[..., TestClient]


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The lake, whose episode counts as built in; tests that change it copy it."""
    from stopgap.evidence.keys import files as key_files
    from stopgap.panel import episodes

    folder = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as patch, home(folder / "home"):
        patch.setattr(key_files, "_COST", 16)
        made = make_whole_lake(folder)
        built_in, of_package = built_in_with(Path(made.episode))
        patch.setattr(episodes, "_built_in", built_in)
        patch.setattr(episodes, "_of_package", of_package)
        yield made


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
