"""Search from any page by keyboard, to the page of what is meant."""

from __future__ import annotations

import pytest
from page_browser import BrowserPages, axe_faults, settle


@pytest.mark.prove_only
def test_a_slash_searches_and_enter_opens_the_best(demo_pages: BrowserPages) -> None:
    page = demo_pages.open("/query")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("russia-2022")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find?q=russia-2022")
    settle(page)
    assert axe_faults(page) == []
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('.found') !== null")
    page.keyboard.press("Enter")
    page.wait_for_url("**/episodes/russia-2022*")
    assert demo_pages.faults == []


@pytest.mark.prove_only
def test_enter_on_a_link_opens_that_link_and_no_answer(demo_pages: BrowserPages) -> None:
    page = demo_pages.open("/find?q=china")
    page.locator("header.top nav a", has_text="Query").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/query")
    assert demo_pages.faults == []
