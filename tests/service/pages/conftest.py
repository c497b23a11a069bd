"""The pages on the lake of the demo, and a browser on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from page_browser import BrowserPages, pages_of
from service_app import someone


@pytest.fixture(scope="module")
def demo_pages(demo_lake: Path) -> Iterator[BrowserPages]:
    """A browser on the pages of the demo, as an admin who may see everything."""
    with pages_of(demo_lake, someone()) as browser:
        yield browser


@pytest.fixture(autouse=True)
def _close_pages(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close the pages that a test opened."""
    yield
    if "demo_pages" in request.fixturenames:
        request.getfixturevalue("demo_pages").close_pages()
