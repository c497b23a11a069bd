"""A page in Debian's Chromium, driven over its debugging port: go to an address, run script, read cookies."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium")
WAITS_S = 60.0


class ChromiumPage:
    """One page.

    Args:
        socket: Connection to its debugging port.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.number = 0

    def go(self, address: str) -> None:
        """Go to an address."""
        self.call("Page.navigate", url=address)

    def script(self, text: str) -> Any:
        """Run script as the page's own, as if a person had touched the page; its value."""
        done = self.call("Runtime.evaluate", expression=text, awaitPromise=True, returnByValue=True, userGesture=True)
        return done["result"].get("value")

    def cookies(self) -> dict[str, dict[str, Any]]:
        """All cookies of the browser by name."""
        return {each["name"]: each for each in self.call("Network.getAllCookies")["cookies"]}

    def wait(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        until = time.monotonic() + WAITS_S
        while not holds():
            assert time.monotonic() < until, self.script("location.href + document.documentElement.outerHTML")
            time.sleep(0.1)

    def call(self, method: str, **values: Any) -> dict[str, Any]:
        """Send a command of the debugging protocol; its result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": values}))
        while True:
            said = json.loads(self.socket.recv(WAITS_S))
            if said.get("id") == self.number:
                found: dict[str, Any] = said.get("result", {})
                return found


@contextmanager
def chromium_page() -> Iterator[ChromiumPage]:
    """Run Chromium with one empty page."""
    folder = Path(tempfile.mkdtemp(prefix="stopgap-chromium-"))
    process = subprocess.Popen(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
         f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with connect(_page_of(folder), max_size=None) as socket:
            yield ChromiumPage(socket)
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _page_of(folder: Path) -> str:
    """Address of the debugging port of the page, once it is there."""
    until = time.monotonic() + WAITS_S
    while True:
        try:
            port = (folder / "DevToolsActivePort").read_text().splitlines()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=10) as reply:
                pages = [each for each in json.load(reply) if each["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
        except (OSError, IndexError):
            pass
        assert time.monotonic() < until
        time.sleep(0.1)
