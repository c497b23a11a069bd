"""From every number on the first page of an episode to a row of the file that it came from: at most three clicks."""

from __future__ import annotations

import pytest
from examples import some
from page_browser import BrowserPages, settle

FIRST = "/episodes/russia-2022"


@pytest.mark.in_parts
def test_every_number_leads_to_a_row_of_its_file_in_three_clicks(demo_pages: BrowserPages) -> None:
    page = demo_pages.open(FIRST)
    numbers = page.locator(".numbers a.figure")
    cells = page.locator("#table-suppliers td a.figure")
    addresses = {each.get_attribute("href") for found in (numbers, cells) for each in found.all()}
    assert numbers.count() == 6
    assert cells.count() > 40
    targets = sorted(each for each in addresses if each)
    for address in some(targets, every=8):
        page.goto(demo_pages.address + address)  # the first click
        assert page.locator("h2", has_text="SQL").count() == 1
        row = page.locator("#table-rows td a.figure").first
        assert row.get_attribute("href")
    page.goto(demo_pages.address + FIRST)
    settle(page)
    page.locator(".numbers a.figure").first.click()
    page.wait_for_url("**/figures/**")
    page.locator("#table-rows td a.figure").first.click()
    page.wait_for_url("**/files/**")
    assert page.locator("main").get_by_text("These rows of the file state the figure itself.").count() == 1
    heads = page.locator("#table-file-rows thead th").all_inner_texts()
    assert heads[0] == "Column"
    assert [head.partition(" ")[0] for head in heads[1:]] == ["Row"]


@pytest.mark.prove_only
def test_every_number_has_a_label_a_note_and_an_address(demo_pages: BrowserPages) -> None:
    page = demo_pages.open(FIRST)
    for entry in page.locator(".numbers li").all():
        assert entry.inner_text().count("\n") >= 1
        assert (entry.locator("a.figure").get_attribute("href") or "").startswith(f"{FIRST}/figures/")
