"""Pages on paper: light colours whatever the theme, the marking on every page, no controls."""

from __future__ import annotations

import pytest
from page_browser import BrowserPages

OVERVIEW = "/episodes/russia-2022"
NAMES = ("series-1", "series-2", "ink", "paper")


def _colours(page: object) -> dict[str, str]:
    read = "(names) => Object.fromEntries(names.map((name) => [name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()]))"
    return dict(page.evaluate(read, list(NAMES)))  # type: ignore[attr-defined]


@pytest.mark.prove_only
def test_a_dark_page_prints_in_light_colours(demo_pages: BrowserPages) -> None:
    page = demo_pages.open(f"{OVERVIEW}/over-time", theme="dark")
    drawn = "[...document.querySelectorAll('[data-chart] svg [stroke]')].map((each) => each.getAttribute('stroke'))"
    dark = _colours(page)
    assert dark["series-1"] in page.evaluate(drawn)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    light = _colours(page)
    assert all(light[name] != dark[name] for name in NAMES)
    assert {light["series-1"], light["series-2"]} <= set(page.evaluate(drawn))
    assert dark["series-1"] not in page.evaluate(drawn)


def test_the_marking_heads_every_printed_page_and_controls_are_left_out(demo_pages: BrowserPages) -> None:
    page = demo_pages.open(OVERVIEW)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('body > .marking')).display") == "table-header-group"
    for control in (".top", ".tabs", ".forms", "form.options"):
        assert not page.locator(control).first.is_visible(), control
    assert page.locator(".numbers").first.is_visible()
