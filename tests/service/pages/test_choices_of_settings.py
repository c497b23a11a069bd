"""What a person chooses in the settings: tables follow the unit and the finding does not, menus follow the language."""

from __future__ import annotations

import pytest
from page_browser import BrowserPages, axe_faults


@pytest.mark.prove_only
def test_the_unit_of_amounts_is_chosen_in_the_settings_and_kept_in_this_browser_alone(demo_pages: BrowserPages) -> None:
    def suppliers(pages: BrowserPages) -> tuple[str, str, str]:
        found = pages.open("/episodes/russia-2022").locator("#table-suppliers")
        return (
            found.locator("caption").inner_text(),
            found.locator("tbody tr").first.locator("td").first.inner_text(),
            found.page.locator("h1").inner_text(),
        )

    caption, cell, title = suppliers(demo_pages)
    assert "USD million a year" in caption
    page = demo_pages.open("/settings")
    with page.expect_navigation():
        page.get_by_label("US dollars in full").check()
    assert page.get_by_label("US dollars in full").is_checked()
    assert axe_faults(page) == []
    page.goto(demo_pages.address + "/episodes/russia-2022")
    found = page.locator("#table-suppliers")
    assert "US dollars a year" in found.locator("caption").inner_text()
    whole = found.locator("tbody tr").first.locator("td").first.inner_text()
    assert round(float(whole.replace(",", "")) / 1e6, 1) == float(cell.replace(",", ""))
    assert page.locator("h1").inner_text() == title
    assert suppliers(demo_pages) == (caption, cell, title)
    assert demo_pages.faults == []


@pytest.mark.prove_only
def test_the_language_of_menus_is_chosen_in_the_settings_and_contents_stay_english(demo_pages: BrowserPages) -> None:
    page = demo_pages.open("/settings")
    title = page.locator("h1").inner_text()
    with page.expect_navigation():
        page.get_by_label("Deutsch").check()
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.locator("main").get_attribute("lang") == "en"
    assert "Güter" in page.locator("header.top nav").inner_text()
    assert page.locator("h1").inner_text() == title
    page.keyboard.press("?")
    assert page.locator("#keys-title").inner_text() == "Tasten"
    page.keyboard.press("Escape")
    assert axe_faults(page) == []
    assert demo_pages.faults == []
