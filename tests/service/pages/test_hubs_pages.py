"""Suppliers, hubs, map and levers in a browser: their tasks by mouse and by keyboard, and text that stays text."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_browser import BrowserPages, axe_faults, settle

from stopgap.api import Lake
from stopgap.briefs.formats.text import usd

EPISODE = "/episodes/russia-2022"


@pytest.mark.prove_only
def test_is_kyrgyzstan_a_hub_is_answered_from_the_tab_of_suppliers(demo_pages: BrowserPages) -> None:
    page = demo_pages.open(f"{EPISODE}/suppliers")
    page.locator("select[name=sort]").select_option("hubs")
    page.wait_for_url("**sort=hubs**")
    settle(page)
    first = page.locator("#table-suppliers tbody th").first
    assert "(hub)" in first.inner_text()
    page.locator("#table-suppliers tbody a", has_text="Kyrgyzstan").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/suppliers/KGZ**")
    settle(page)
    answer = page.locator("main .lead").first.inner_text().replace("\u00a0", " ")
    assert answer.startswith("Kyrgyzstan is a hub by the episode’s list, and up to USD 211 m a year match on both legs")
    assert "cannot be told" in answer
    heads = [text.replace("\u00a0", " ") for text in page.locator("h2").all_inner_texts()]
    assert {"Two reports of one flow", "Prices", "Goods"} <= set(heads)
    assert any(
        text.startswith("Kyrgyzstan’s sales to Russia rose from USD 7.9 m in 2020 to USD 208 m") for text in heads
    )
    assert demo_pages.faults == []


@pytest.mark.prove_only
def test_a_what_if_is_answered_by_slider_and_by_keyboard(demo_pages: BrowserPages, demo_lake: Path) -> None:
    page = demo_pages.open(f"{EPISODE}/levers")
    page.locator("select[name=who]").select_option("CHN")
    page.wait_for_selector("#answer .lead")
    page.locator("#share").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector('#answer .lead:has-text("99 %")')
    settle(page)
    assert page.locator("[data-shows=share]").inner_text() == "99"
    assert "who=CHN&share=99" in page.url
    found = Lake(demo_lake).levers("russia-2022", goods="machinery-electronics", what_if=("cut CHN by 99%",)).what_if
    assert found is not None
    assert found.combined.removed_usd is not None
    said = page.locator("#answer .lead").inner_text()
    assert usd(found.combined.removed_usd) in said
    assert axe_faults(page) == []
    page.reload()
    settle(page)
    assert page.locator("#answer .lead").inner_text() == said  # the address alone gives the same answer
    assert demo_pages.faults == []


@pytest.mark.prove_only
def test_hostile_text_stays_text(demo_pages: BrowserPages) -> None:
    page = demo_pages.open(f"{EPISODE}/levers")
    hostile = '"><img src=x onerror="window.hit=1"><script>window.hit=1</script>\u202eKGZ😀'
    page.locator("summary", has_text="In words").click()
    page.locator("input[name=words]").fill(hostile)
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer [role=alert]")
    settle(page)
    assert page.evaluate("window.hit") is None
    assert page.locator("main img").count() == 0
    page.reload()
    settle(page)
    assert (
        page.locator("input[name=words]").first.input_value().startswith(hostile[:60])
    )  # hidden letters are shown as escapes
    assert page.evaluate("window.hit") is None
    assert demo_pages.faults == []
    for path in (
        "suppliers/%3Cscript%3E",
        "suppliers/..%2F..%2Fetc",
        "suppliers/KGZ/%3Cscript%3E",
        "suppliers?sort=%3Cscript%3E",
        "levers?share=0",
    ):
        answer = page.request.get(f"{demo_pages.address}{EPISODE}/{path}", headers={"accept": "text/html"})
        assert 400 <= answer.status < 500
        assert "<script>" not in answer.text().partition("<main")[2]


@pytest.mark.prove_only
def test_flows_say_their_figures_when_one_points_at_them(demo_pages: BrowserPages) -> None:
    page = demo_pages.open(f"{EPISODE}/map")
    chart = page.locator('[data-chart="map"] svg')
    assert chart.get_attribute("aria-label") or chart.locator("..").count()
    page.locator(".chart svg .mark-symbol path").last.hover(force=True)
    page.wait_for_selector(".tip:not([hidden])")
    assert ":" in page.locator(".tip").inner_text()
    page.locator("button[data-theme-toggle]").click()
    settle(page)
    assert demo_pages.faults == []
    for form, head in (("png", b"\x89PNG"), ("svg", b"<svg"), ("pdf", b"%PDF")):
        file = page.request.get(f"{demo_pages.address}{EPISODE}/map?chart=map&form={form}")
        assert file.body()[:4] == head
