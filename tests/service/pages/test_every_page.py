"""Every page, at three widths and in both themes: no fault of accessibility, no breach of policy, nothing from elsewhere."""

from __future__ import annotations

import pytest
from page_browser import MIDDLE, NARROW, WIDE, BrowserPages, axe_faults

PAGES = ("/episodes/russia-2022", "/episodes/russia-2022/exposure", "/companies", "/alerts")
"""One address of every page; a page is added here when it is made."""


@pytest.mark.parametrize(("width", "theme"), [(NARROW, "dark"), (MIDDLE, "light"), (WIDE, "dark")])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_faults(demo_pages: BrowserPages, path: str, width: int, theme: str) -> None:
    page = demo_pages.open(path, width=width, theme=theme)
    assert demo_pages.faults == []
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
