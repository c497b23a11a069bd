"""The pages on the lake of the demo and on one with parties, and a browser on each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_once import made_once
from page_browser import BrowserPages, browser_on, pages_of, served
from party_lake import make_party_lake
from service_app import service_app, someone

from stopgap.api import Lake
from stopgap.base.clearance import whole_lake
from stopgap.service.principal import PersonRole


@pytest.fixture(scope="session")
def demo_service(demo_lake: Path) -> Iterator[str]:
    """Address of the service on the demo, which measures once for all files of tests."""
    with served(service_app(demo_lake, someone(), allowed_hosts=("127.0.0.1", "localhost"))) as address:
        yield address


@pytest.fixture(scope="module")
def demo_pages(demo_service: str) -> Iterator[BrowserPages]:
    """A browser on the pages of the demo, as an admin who may see everything."""
    with browser_on(demo_service) as browser:
        yield browser
        browser.close_pages()


def _party_lake(folder: Path) -> Path:
    lake = make_party_lake(folder)
    with whole_lake():
        Lake(lake).screen("Northwind Trading")
    return lake


@pytest.fixture(scope="session")
def party_lake_once() -> Path:
    """A lake with declarations, lists and alerts, and the index of its names, made once in a run; not to be written to."""
    found: Path = made_once("party", _party_lake)[1]
    return found


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
