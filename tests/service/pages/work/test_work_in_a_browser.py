"""The main tasks of data, packs and people in a browser: by mouse, by dragging, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from comtrade_files import comtrade_row, csv_bytes
from pack_made import open_lake
from page_browser import BrowserPages, axe_faults, browser_on, served
from service_app import service_app, someone
from whole_lake import Whole, home

DRAGGED = """([name, bytes]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(bytes)], name));
  const zone = document.querySelector("[data-drop]");
  for (const type of ["dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture(scope="module")
def work_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserPages]:
    """A browser on a service with a small lake and workers."""
    folder = tmp_path_factory.mktemp("browser")
    app = service_app(open_lake(folder), someone(), workers=1, allowed_hosts=("127.0.0.1", "localhost"))
    with home(folder / "home"), served(app) as address, browser_on(address) as browser:
        yield browser


@pytest.fixture(autouse=True)
def _close(work_pages: BrowserPages) -> Iterator[None]:
    yield
    work_pages.close_pages()


def ended(page: Any) -> None:
    """Wait until the job whose page is open has ended."""
    page.wait_for_url("**/me/jobs/*")
    page.locator(".job progress").wait_for(state="detached", timeout=60_000)


def test_a_file_is_dragged_imported_and_followed_to_its_vintage_and_receipt(work_pages: BrowserPages) -> None:
    page = work_pages.open("/data/import")
    content = csv_bytes([comtrade_row(primaryValue=1234.0)])
    page.evaluate(DRAGGED, ['"><img src=x onerror=alert(1)>.csv', list(content)])
    assert "bytes)" in page.locator("[data-chosen]").inner_text()
    page.locator("form[data-upload] button.main").click()
    ended(page)
    page.locator("dt:text-is('Rows loaded') + dd").wait_for()
    assert page.locator("dt:text-is('Rows loaded') + dd").inner_text() == "1"
    page.locator("dt:text-is('Vintage') + dd a").click()
    page.locator("tbody th a").click()
    assert page.locator("dt:text-is('Source') + dd").inner_text() == "comtrade"
    assert axe_faults(page) == []
    assert work_pages.faults == []


@pytest.mark.prove_only
def test_an_import_by_keyboard_alone_says_what_is_wrong_with_it(work_pages: BrowserPages, tmp_path: Path) -> None:
    page = work_pages.open("/data")
    page.keyboard.press("i")
    page.wait_for_url("**/data/import")
    file = tmp_path / "nothing.csv"
    file.write_text("a,b\n1,2\n")
    page.locator("#files").set_input_files(str(file))
    page.locator("#files").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    ended(page)
    assert page.locator(".tag.bad").inner_text() == "failed"
    assert page.locator("[role=alert] p").count() >= 2
    assert work_pages.faults == []


@pytest.mark.prove_only
def test_a_pack_is_verified_by_drag_and_drop_and_by_its_key(work_pages: BrowserPages, served: Whole) -> None:
    page = work_pages.open("/packs/check")
    page.evaluate(DRAGGED, [served.pack.name, list(served.pack.read_bytes())])
    page.locator("h1").click()
    page.keyboard.press("v")
    page.locator("#result ol.checks > li").first.wait_for(timeout=60_000)
    assert page.locator("#result ol.checks > li").count() == 13
    assert page.locator("#result ol.checks .tag").count() == 13
    assert axe_faults(page) == []
    assert work_pages.faults == []


@pytest.mark.prove_only
def test_a_person_is_invited_with_a_link_that_is_shown_and_copied(work_pages: BrowserPages) -> None:
    page = work_pages.open("/people", permissions=["clipboard-read", "clipboard-write"])
    page.locator("h1").click()
    page.keyboard.press("n")
    page.keyboard.type("jane")
    page.keyboard.press("Enter")
    page.locator("#secret").wait_for()
    link = page.locator("#secret").inner_text()
    assert "/sign-in?key=" in link
    page.locator("button:text-is('Copy')").click()
    page.locator("button:text-is('Copied')").wait_for()
    assert axe_faults(page) == []
    page.goto(link)
    assert page.locator("button.main").inner_text() == "Sign in"
    assert axe_faults(page) == []
    assert work_pages.faults == []


@pytest.mark.prove_only
def test_the_theme_is_chosen_in_the_settings_and_kept(work_pages: BrowserPages) -> None:
    page = work_pages.open("/settings")
    page.locator("input[value=dark]").check()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.goto(work_pages.address + "/audit")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.locator("button:text-is('Check the chain')").click()
    page.locator("#checked .note").wait_for()
    assert axe_faults(page) == []
    assert work_pages.faults == []
