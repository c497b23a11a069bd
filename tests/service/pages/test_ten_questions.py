"""Ten questions of someone who knows the subject and not the tool: each is answered within a few clicks from the first page.

The questions, and where their answers stand, are those of docs/how-to/pages.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from claims_demo import claims_demo
from page_browser import BrowserPages, served, settle
from service_app import service_app, someone


class Visitor:
    """Someone who clicks, types, and reads what stands on the page."""

    def __init__(self, pages: BrowserPages) -> None:
        self.page: Any = pages.open("/")
        self.clicks = 0

    def click(self, text: str, *, role: str = "link") -> None:
        self.clicks += 1
        with self.page.expect_navigation():
            self.page.get_by_role(role, name=text).first.click()
        settle(self.page)

    def search(self, text: str) -> None:
        self.clicks += 1
        self.page.keyboard.press("/")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/find?**")
        settle(self.page)

    def reads(self, *texts: str) -> None:
        said = self.page.locator("main").inner_text().replace("\u00a0", " ")
        for text in texts:
            assert text in said, (text, said[:1500])


@pytest.fixture
def visitor(demo_pages: BrowserPages) -> Visitor:
    return Visitor(demo_pages)


def open_episode(visitor: Visitor) -> None:
    visitor.click("China sold Russia more machinery as the coalition sold less")


def test_who_replaced_the_coalition_and_how_surely(visitor: Visitor) -> None:
    open_episode(visitor)
    visitor.reads(
        "China may have replaced part of the coalition’s machinery sales to Russia", "Plausible range: from none to 109"
    )
    assert visitor.clicks == 1


@pytest.mark.prove_only
def test_who_replaced_whom_in_optics(visitor: Visitor) -> None:
    visitor.search("optics")
    visitor.click("Optical goods, narrow: lenses, sights, microscopes, lasers, special cameras, optical gauges")
    visitor.click("Export controls on Russia after the full-scale invasion of Ukraine")
    visitor.reads("Goods: Optical goods, narrow", "China")
    assert visitor.clicks == 3


def test_is_kyrgyzstan_a_hub(visitor: Visitor) -> None:
    visitor.search("kyrgyzstan")
    visitor.click("is it a hub? Export controls on Russia after the full-scale invasion of Ukraine")
    visitor.reads("Kyrgyzstan is a hub by the episode’s list", "consistent with routing")
    assert visitor.clicks == 2


def test_is_this_firm_listed_and_since_when(visitor: Visitor) -> None:
    visitor.click("Companies")
    visitor.page.get_by_label("Name of a firm or vessel").fill("Promtech")
    visitor.click("Screen", role="button")
    visitor.reads("which is listed on EU 269/2014, Annex I (entities) since 2025-02-24")
    assert visitor.clicks == 2


@pytest.mark.prove_only
def test_what_would_stopping_a_supplier_do(visitor: Visitor) -> None:
    open_episode(visitor)
    visitor.click("Levers")
    visitor.reads("What a stop of each would remove", "What this assumes")
    visitor.page.get_by_label("Whose trade stops").select_option("CHN")
    visitor.page.wait_for_load_state("networkidle")
    settle(visitor.page)
    visitor.reads("China")
    assert visitor.clicks == 2


def test_what_changed_since_the_last_vintage(visitor: Visitor) -> None:
    open_episode(visitor)
    visitor.reads("What changed since the last vintage", "Vintage v7 is the newest that brought trade figures")
    assert visitor.clicks == 1


def test_from_which_row_of_which_file_is_this_number(visitor: Visitor) -> None:
    open_episode(visitor)
    visitor.click("USD 30.9 bn")
    visitor.click("10,392,998,846")
    visitor.reads("These rows of the file state the figure itself.")
    assert visitor.clicks == 3


@pytest.mark.prove_only
def test_how_far_do_two_reports_of_one_trade_agree(visitor: Visitor) -> None:
    open_episode(visitor)
    visitor.click("Suppliers and hubs")
    visitor.reads("Two reports of one flow", "Of USD 795 m a year that EU27 reports as exports to Kyrgyzstan")
    assert visitor.clicks == 2


def test_what_was_said_and_do_the_figures_support_it(demo_pages: BrowserPages, tmp_path: Path) -> None:
    app = service_app(claims_demo(tmp_path / "lake"), someone(), allowed_hosts=("127.0.0.1", "localhost"))
    with served(app) as address:
        browser = BrowserPages(address, demo_pages.browser)
        _what_was_said(Visitor(browser))
        browser.close_pages()


def _what_was_said(visitor: Visitor) -> None:
    visitor.click("Claims")
    visitor.click("China makes up for the European trade that was suspended")
    visitor.reads("Partly supported", "Matthew Miller")
    assert visitor.clicks == 2


@pytest.mark.prove_only
def test_on_what_files_does_it_rest_and_on_what_terms(visitor: Visitor) -> None:
    visitor.click("Data")
    visitor.click("v1")
    visitor.click("machinery-electronics-annual.parquet")
    visitor.reads("SHA-256", "UN Comtrade; re-dissemination of selected figures with acknowledgement")
    assert visitor.clicks == 3
