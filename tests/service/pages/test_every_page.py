"""Every page, at three widths and in both themes: no fault of accessibility, no breach of policy, nothing from elsewhere."""

from __future__ import annotations

import httpx
import pytest
from page_browser import MIDDLE, NARROW, WIDE, BrowserPages, axe_faults

PAGES = (
    "/",
    "/episodes/russia-2022",
    "/episodes/russia-2022/method",
    "/episodes/russia-2022/figures/loss_usd",
    "/packs",
    "/packs/new",
    "/packs/check",
    "/packs/compare",
    "/data",
    "/data/vintages/v2",
    "/data/files/c4ecd230e6baeeb2",
    "/data/coverage",
    "/data/quality",
    "/data/lists",
    "/data/import",
    "/data/upkeep",
    "/me",
    "/settings",
    "/people",
    "/audit",
    "/episodes/russia-2022/map",
    "/episodes/russia-2022/suppliers",
    "/episodes/russia-2022/suppliers/KGZ",
    "/episodes/russia-2022/levers?who=KGZ&share=50",
    "/episodes/russia-2022/goods",
    "/explore",
    "/explore?reporters=CHN%2CTUR&partners=RUS&goods=84%2C85&both=true",
    "/goods?q=lasers",
    "/goods/chpl-2024-02",
    "/rows?behind=series&reporters=EU27&partners=RUS&goods=8542&by=month",
    "/files/a46574a2e9260f0a/rows?good=84%2B85&period=2023&reporter=CHN&partner=RUS",
    "/claims",
    "/claims/draft",
    "/episodes/russia-2022/claims",
    "/query?sql=SELECT+1",
    "/find",
    "/find?q=china",
    "/episodes/russia-2022/exposure",
    "/companies",
    "/alerts",
)
"""One address of every page; a page is added here when it is made."""


LOOKS = ((NARROW, "dark"), (MIDDLE, "light"), (WIDE, "dark"))
EACH = [(path, *LOOKS[number % 3]) for number, path in enumerate(PAGES)]
"""Every page in one of the looks."""
OTHERS = [(path, *look) for path in PAGES for look in LOOKS if (path, *look) not in EACH]


def test_each_page_answers_with_one_heading(demo_service: str) -> None:
    with httpx.Client(base_url=demo_service, headers={"accept": "text/html"}, timeout=60.0) as client:
        for path in PAGES:
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert answer.text.count("<h1") == 1, path


@pytest.mark.one_in(8)
@pytest.mark.parametrize(("path", "width", "theme"), EACH)
def test_a_page_has_no_faults(demo_pages: BrowserPages, path: str, width: int, theme: str) -> None:
    page = demo_pages.open(path, width=width, theme=theme)
    assert demo_pages.faults == []
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1


@pytest.mark.prove_only
@pytest.mark.parametrize(("path", "width", "theme"), OTHERS)
def test_a_page_has_no_faults_in_other_looks(demo_pages: BrowserPages, path: str, width: int, theme: str) -> None:
    test_a_page_has_no_faults(demo_pages, path, width, theme)


@pytest.mark.prove_only
def test_a_clock_elsewhere_moves_no_year(demo_pages: BrowserPages) -> None:
    """In Los Angeles the first of a year in Universal Time is the last day of the year before."""
    page = demo_pages.open("/episodes/russia-2022/over-time", timezone_id="America/Los_Angeles")
    labels = page.locator("[data-chart=over-time] .role-axis-label text").all_text_contents()
    years = [each for each in labels if each.isdigit() and len(each) == 4]
    assert years == ["2020", "2021", "2022", "2023", "2024"]
