"""The pages on the lake of the demo and on one with parties, and a browser on each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from page_browser import BrowserPages, pages_of
from party_lake import make_party_lake
from service_app import someone

from stopgap.api import Lake
from stopgap.base.clearance import whole_lake
from stopgap.service.principal import PersonRole


@pytest.fixture(scope="module")
def demo_pages(demo_lake: Path) -> Iterator[BrowserPages]:
    """A browser on the pages of the demo, as an admin who may see everything."""
    with pages_of(demo_lake, someone()) as browser:
        yield browser


@pytest.fixture(scope="session")
def party_lake_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with declarations, lists and alerts, and the index of its names, made once in a run; not to be written to."""
    lake = make_party_lake(tmp_path_factory.mktemp("party"))
    with whole_lake():
        Lake(lake).screen("Northwind Trading")
    return lake


@pytest.fixture
def party_lake(party_lake_once: Path, tmp_path: Path) -> Path:
    """A copy of it, for a test that may write."""
    return Path(shutil.copytree(party_lake_once, tmp_path / "lake"))


@pytest.fixture(scope="module")
def party_pages(party_lake_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserPages]:
    """A browser on the pages of a copy, as an analyst."""
    lake = Path(shutil.copytree(party_lake_once, tmp_path_factory.mktemp("pages") / "lake"))
    with pages_of(lake, someone(PersonRole.ANALYST)) as browser:
        yield browser


@pytest.fixture(autouse=True)
def _close_pages(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close the pages that a test opened."""
    yield
    if "demo_pages" in request.fixturenames:
        request.getfixturevalue("demo_pages").close_pages()
