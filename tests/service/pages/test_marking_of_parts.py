"""What is loaded into an open page brings its marking: the label above the page follows the strictest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from page_browser import BrowserPages, pages_of
from service_app import someone

from stopgap.cli.main import run


@pytest.fixture
def pages(demo_lake: Path, tmp_path: Path) -> Iterator[BrowserPages]:
    """The demo with its lists marked AMBER."""
    lake = Path(shutil.copytree(demo_lake, tmp_path / "lake"))
    words = ["markings", "set", "table:listed", "--marking", "AMBER", "--why", "a test", "--lake", str(lake)]
    assert run(words) == 0
    with pages_of(lake, someone()) as browser:
        yield browser


def test_the_label_above_the_page_follows_what_is_loaded_later(pages: BrowserPages) -> None:
    page = pages.open("/find?q=promtech")
    banner = page.locator("body > .marking")
    page.locator("body > .marking[data-tlp=AMBER]").wait_for()
    assert (banner.inner_text(), banner.get_attribute("data-tlp")) == ("TLP:AMBER", "AMBER")
    assert "TLP:CLEAR" not in page.locator("footer").inner_text()
    assert pages.faults == []
