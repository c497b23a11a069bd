"""Goods: found by words, opened, and followed to Explore; the Goods tab of an episode and its heat map."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_browser import BrowserPages, settle
from service_app import service_client, someone

from stopgap.service.principal import PersonRole

HOSTILE = '"><script>alert(1)</script>'
HTML = {"Accept": "text/html"}


@pytest.mark.prove_only
def test_a_code_is_found_by_words_and_explored(demo_pages: BrowserPages) -> None:
    page = demo_pages.open("/goods")
    page.keyboard.press("s")
    page.keyboard.type("integrated circuits")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=integrated**")
    page.locator("#table-codes a", has_text="854231").click()
    page.wait_for_url("**/goods/854231")
    page.keyboard.press("x")
    page.wait_for_url("**/explore?goods=854231")
    settle(page)
    assert page.locator('input[name="goods"]').input_value() == "854231"
    assert demo_pages.faults == []


@pytest.mark.prove_only
def test_a_cell_of_the_heat_map_has_its_number_its_class_and_its_rows(demo_pages: BrowserPages) -> None:
    page = demo_pages.open("/episodes/russia-2022/goods?goods=machinery-electronics")
    cell = page.locator("#table-heat-map td.heat-5").first
    assert float(cell.inner_text().replace(",", "")) > 0
    assert page.locator(".legend li").count() == 6
    cell.locator("a").click()
    page.wait_for_url("**/rows?**")
    page.locator("regular-table td").first.wait_for()
    assert set(page.locator("regular-table td:first-child").all_inner_texts()) == {"China"}
    assert demo_pages.faults == []


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", [HOSTILE, "lazers", "x.yml", "84250"])
def test_an_unknown_name_is_answered_with_what_is_near(demo_lake: Path, tmp_path: Path, name: str) -> None:
    with service_client(demo_lake, someone(PersonRole.VIEWER), home=tmp_path) as client:
        answer = client.get(f"/goods/{name}", headers=HTML)
        assert answer.status_code == 404
        assert "<script>alert" not in answer.text
        assert "All goods lists" in answer.text
        found = client.get("/goods", params={"q": name}, headers=HTML)
        assert found.status_code == 200
        assert "<script>alert" not in found.text
