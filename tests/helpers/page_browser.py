"""A browser on the pages of a running service: what it complains of, what axe finds, and pictures."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
NARROW, MIDDLE, WIDE = 360, 1024, 1600


@dataclass
class BrowserPages:
    """A browser that is open on a service.

    Attributes:
        address: Address of the service, without a slash at the end.
        browser: The browser, of Playwright.
        faults: What it complained of since :meth:`open`: errors on the console, failed requests, breaches of the content
            policy, requests to other hosts.
    """

    address: str
    browser: Any
    faults: list[str] = field(default_factory=list)
    pages: list[Any] = field(default_factory=list)

    def open(self, path: str, *, width: int = MIDDLE, height: int = 900, theme: str = "light", **options: Any) -> Any:
        """Open an address and return the page of Playwright when it is drawn."""
        page = self.browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme, **options)
        self.pages.append(page)
        self.faults.clear()
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', "
            "(event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"
        )
        page.on("console", lambda said: said.type in ("error", "warning") and self.faults.append(said.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self._note_request(request.url))
        page.goto(self.address + path if path.startswith("/") else path)
        settle(page)
        return page

    def _note_request(self, address: str) -> None:
        if address.startswith(("data:", "blob:", "file:")):
            return
        if urlsplit(address).netloc != urlsplit(self.address).netloc:
            self.faults.append(f"a request left the host: {address}")

    def close_pages(self) -> None:
        """Close all pages."""
        for page in self.pages:
            page.close()
        self.pages.clear()


def settle(page: Any) -> None:
    """Wait until later parts are loaded and charts are drawn; asked from outside, since the policy lets no page evaluate text."""
    until = time.monotonic() + 60
    while True:
        page.wait_for_load_state("networkidle")
        if page.evaluate(SETTLED):
            return
        assert time.monotonic() < until, "parts of the page are still loading"
        time.sleep(0.05)


SETTLED = (
    "!document.querySelector('[aria-busy=true]') && "
    "![...document.querySelectorAll('[data-chart]:not(.drawn)')].some((each) => each.offsetParent)"
)


def axe_faults(page: Any) -> list[str]:
    """Return the serious and critical faults of accessibility that axe finds, by WCAG 2.2 A and AA."""
    page.evaluate(_axe())
    found = page.evaluate(
        "axe.run(document, {preload: false, runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}})"
    )
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['html'][:160]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@cache
def _axe() -> str:
    import axe_playwright_python

    return next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text("utf-8")


@contextlib.contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application on loopback by uvicorn in a thread; yield its address."""
    import uvicorn

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()


@contextlib.contextmanager
def pages_of(lake: Path, principal: Any) -> Iterator[BrowserPages]:
    """Yield a browser on the pages of a lake, as a person who signed in."""
    from service_app import service_app

    with (
        served(service_app(lake, principal, allowed_hosts=("127.0.0.1", "localhost"))) as address,
        browser_on(address) as found,
    ):
        yield found
        found.close_pages()


@contextlib.contextmanager
def browser_on(address: str) -> Iterator[BrowserPages]:
    """Yield Debian's Chromium on a service; the test is skipped where there is none."""
    if not CHROMIUM:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield BrowserPages(address, browser)
        finally:
            browser.close()
