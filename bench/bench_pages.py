"""The pages in a browser, and their queries on large lakes: how soon they show, and how much script they take.

    python bench/bench_pages.py [--runs 9] [--large 10 100]

The service is a process of its own on the demo lake; Chromium opens each page anew, without a cache. Promises: first
contentful paint below 300 ms, the overview complete below 1.2 s, a chart as PNG below 1 s, scripts at most 250 kB
compressed. With 100 million rows in the lake p95 at most 150 ms for the overview's queries (other windows each time) and
for rows anywhere in a table; a series in 1 s (other economies each time), the first in a process in 2 s.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from measured import PYTHON, ROOT, environment, heading, stopgap, table
from page_browser import SETTLED, BrowserPages, browser_on

ASSETS = ROOT / "src" / "stopgap" / "pages" / "assets"
PAGES = (
    "/",
    "/episodes/russia-2022",
    "/episodes/russia-2022/suppliers",
    "/episodes/russia-2022/goods",
    "/explore",
    "/companies",
    "/alerts",
    "/claims",
    "/data",
)
FIRST = "/episodes/russia-2022"


@contextmanager
def service(lake: Path, home: Path) -> Iterator[str]:
    """A service on a lake; yields the link that signs in."""
    command = [PYTHON, "-m", "stopgap", "serve", "--lake", str(lake), "--port", "0", "--no-browser", "--format", "json",
               "--database-url", f"sqlite:///{home / 'service.sqlite'}"]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(), text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["sign_in"]
    finally:
        process.terminate()
        process.wait(30)


def sign_in(browser: BrowserPages, link: str) -> dict[str, object]:
    """Sign in by the link, and return the browser's state with its cookie."""
    page = browser.browser.new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state("networkidle")
    state = page.context.storage_state()
    page.close()
    return dict(state)


def shown(browser: BrowserPages, state: dict[str, object], address: str, runs: int) -> tuple[list[float], list[float]]:
    """First contentful paint and completeness of a page, in seconds, opened anew each time."""
    paints, wholes = [], []
    for _ in range(runs):
        context = browser.browser.new_context(viewport={"width": 1280, "height": 900}, storage_state=state)
        page = context.new_page()
        started = time.perf_counter()
        page.goto(address)
        painted = "performance.getEntriesByName('first-contentful-paint').length > 0"
        while not page.evaluate(f"{painted} && {SETTLED}"):
            time.sleep(0.01)
        wholes.append(time.perf_counter() - started)
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000)
        context.close()
    return paints, wholes


def png_seconds(address: str, state: dict[str, object], runs: int) -> list[float]:
    """Seconds until a chart of the overview came as PNG."""
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in state["cookies"])  # type: ignore[index, attr-defined]
    found = []
    for _ in range(runs):
        request = urllib.request.Request(f"{address}{FIRST}?chart=waterfall&form=png", headers={"Cookie": cookies})
        started = time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.read()[:4] == b"\x89PNG"
        found.append(time.perf_counter() - started)
    return found


def p95(seconds: Sequence[float]) -> float:
    """95th percentile; the largest of few."""
    return quantiles(seconds, n=20)[-1] if len(seconds) >= 20 else max(seconds)


def on_large_lake(child: str, millions: int, runs: int, promised: Callable[[str], str]) -> list[list[str]]:
    """Rows of the table on what a child asks of a large lake, in one process, something else each time."""
    done = subprocess.run(
        [PYTHON, str(Path(__file__).with_name(child)), str(millions), str(runs)],
        stdout=subprocess.PIPE, env=environment(), text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    return [
        [
            f"{what}, {millions} million rows",
            f"{median(each) * 1000:.0f} ms",
            f"{p95(each) * 1000:.0f} ms",
            promised(what),
        ]
        for what, each in found.items()
    ]


def promised_of_series(what: str) -> str:
    """Return what is promised of a series; nothing of SQL by hand."""
    if what.startswith("by hand"):
        return ""
    return "2,000 ms" if what.endswith("first in a process") else "1,000 ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--large", type=int, nargs="*", default=[], help="sizes in million rows of bench_scale's lakes")
    given = parser.parse_args()
    heading("The pages in a browser")
    scripts = {
        path.name: len(gzip.compress(path.read_bytes(), 9))
        for path in sorted(ASSETS.glob("*.js"))
        if path.name != "site.js"
    }
    rows = [
        [
            "scripts, compressed",
            f"{sum(scripts.values()) / 1000:.0f} kB",
            " · ".join(f"{name} {size / 1000:.0f}" for name, size in scripts.items()),
            "250 kB",
        ]
    ]
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        stopgap("demo", "--output", f"{folder}/demo", "--lake", str(lake))
        with service(lake, Path(folder)) as link, browser_on(link.partition("/sign-in")[0]) as browser:
            state = sign_in(browser, link)
            for path in PAGES:
                paints, wholes = shown(browser, state, browser.address + path, given.runs)
                rows.append(
                    [
                        f"{path}: first paint",
                        f"{median(paints) * 1000:.0f} ms",
                        f"{p95(paints) * 1000:.0f} ms",
                        "300 ms",
                    ]
                )
                rows.append(
                    [
                        f"{path}: complete",
                        f"{median(wholes) * 1000:.0f} ms",
                        f"{p95(wholes) * 1000:.0f} ms",
                        "1,200 ms" if path == FIRST else "",
                    ]
                )
            pictures = png_seconds(browser.address, state, given.runs)
            rows.append(
                ["chart as PNG", f"{median(pictures) * 1000:.0f} ms", f"{p95(pictures) * 1000:.0f} ms", "1,000 ms"]
            )
    for millions in given.large:
        rows += on_large_lake("pages_child.py", millions, max(given.runs, 20), lambda _: "150 ms (100 million)")
        rows += on_large_lake("series_child.py", millions, max(given.runs, 20), promised_of_series)
    table(["what", "median", "p95", "promised"], rows)


if __name__ == "__main__":
    sys.exit(main())
