"""A published site opens from a folder without a server, says the numbers of the service, and leaves out what is above its marking."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from examples import examples
from page_browser import MIDDLE, NARROW, BrowserPages, axe_faults, browser_on

from stopgap.api import Lake
from stopgap.base.errors import RefusedError, StopgapError
from stopgap.cli.main import run
from stopgap.pages.episode.numbers import FIGURES
from stopgap.publish import feed, plan
from stopgap.publish.request import PublishRequest
from stopgap.publish.run import publish

EPISODE = "russia-2022"
CLEAR = PublishRequest(marking="CLEAR")


@pytest.fixture(scope="module", autouse=True)
def _few_pages() -> Iterator[None]:
    """Pages of one hub and of one statement: each takes its time."""
    claims = plan.published_claims
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "published_suppliers", lambda finding: ["KGZ"])
        patch.setattr(plan, "published_claims", lambda lake, query: claims(lake, query)[:1])
        yield


@pytest.fixture(scope="module")
def site(demo_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the demo's episode."""
    folder = tmp_path_factory.mktemp("published") / "site"
    publish(demo_lake, EPISODE, CLEAR, folder)
    return folder


@pytest.fixture(scope="module")
def browser(site: Path) -> Iterator[BrowserPages]:
    """A browser on the folder."""
    with browser_on(site.as_uri()) as found:
        yield found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "action") and value:
                self.found.append(value)
            if name == "id" and value:
                self.ids.add(value)


def _links(file: Path) -> _Links:
    parser = _Links()
    parser.feed(file.read_text("utf-8"))
    return parser


def test_every_link_leads_to_a_file_of_the_site(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        links = _links(page)
        for link in links.found:
            parts = urlsplit(link)
            assert not parts.scheme, link
            assert not parts.netloc, link
            if not parts.path:
                assert parts.fragment in links.ids, link
                continue
            target = (page.parent / unquote(parts.path)).resolve()
            assert target.is_relative_to(site.resolve()), link
            assert target.is_file(), link


@pytest.mark.one_in(9)
@pytest.mark.parametrize(("file", "width", "theme"), [
    ("index.html", NARROW, "dark"), ("index.html", MIDDLE, "light"), ("figures/loss_usd.html", MIDDLE, "light"), ("method.html", NARROW, "light"),
    ("goods.html", NARROW, "light"), ("suppliers.html", MIDDLE, "dark"), ("suppliers/KGZ.html", NARROW, "light"), ("claims.html", NARROW, "light"), ("data.html", NARROW, "dark"),
])  # fmt: skip
def test_a_page_opens_from_disk_without_faults(
    browser: BrowserPages, site: Path, file: str, width: int, theme: str
) -> None:
    page = browser.open((site / file).as_uri(), width=width, theme=theme)
    for chart in page.locator("[data-chart] svg").all():
        chart.hover()
    page.keyboard.press("?")
    assert page.locator("#dialog-keys").is_visible()
    page.keyboard.press("Escape")
    assert browser.faults == []
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    browser.close_pages()


@pytest.mark.parametrize(
    ("file", "here"),
    [("index.html", "Episode"), ("goods.html", "Goods"), ("suppliers.html", "Suppliers and hubs"), ("claims.html", "Claims"),
     ("method.html", "Method"), ("data.html", "Data")],
)  # fmt: skip
def test_the_navigation_leads_to_every_room_and_marks_the_one_that_is_open(site: Path, file: str, here: str) -> None:
    text = (site / file).read_text("utf-8").partition('aria-label="Main">')[2].partition("</nav>")[0]
    entries = re.findall(r'<a href="([^"]*)"([^>]*)>([^<]*)</a>', text)
    assert [name for _, _, name in entries] == ["Episode", "Goods", "Suppliers and hubs", "Claims", "Method", "Data"]
    assert [name for _, more, name in entries if "aria-current" in more] == [here]
    assert all((site / address).is_file() for address, _, _ in entries)


def test_each_chart_has_its_data_file(site: Path) -> None:
    pages = [path for path in site.rglob("*.html") if "<figure" in path.read_text("utf-8")]
    assert len(pages) >= 3
    for path in pages:
        for figure in path.read_text("utf-8").split("<figure")[1:]:
            links = re.findall(r'href="([^"]*data/[^"]+)"', figure.split("</figure>")[0])
            assert any(each.endswith(".csv") for each in links), (path, figure[:80])
            assert all((path.parent / each).resolve().is_file() for each in links)


def test_it_says_the_numbers_of_the_measure(site: Path, demo_lake: Path) -> None:
    text = (site / "index.html").read_text("utf-8")
    measured = Lake(demo_lake).measure(EPISODE)
    said = [value for figure in FIGURES.values() if (value := figure.value(measured.finding)) is not None]
    assert len(said) == 7
    shown = [value for value in said if f">{value}</a>" in text]
    assert len(shown) == 6  # of the two net ratios the page has one
    link = next(each for each in _links(site / "index.html").found if "/measure-" in each and each.endswith(".json"))
    data = site / link
    document = json.loads(data.read_text("utf-8"))
    assert document["finding_id"] == measured.finding.finding_id
    assert document["suspended"]["loss_usd"] == measured.finding.suspended.loss_usd
    with zipfile.ZipFile(data.with_suffix(".zip")) as archive:
        assert {"data.csv", "README.md", "CITATION.txt", "sql/01.sql"} <= set(archive.namelist())


@pytest.mark.prove_only
def test_again_nothing_is_written_and_a_changed_file_is_mended(site: Path, demo_lake: Path) -> None:
    (site / "method.html").write_text("changed")
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*") if path.is_file()}
    again = publish(demo_lake, EPISODE, CLEAR, site)
    assert again.changes.written == ("method.html",)
    assert again.changes.removed == ()
    after = {path: path.stat().st_mtime_ns for path in site.rglob("*") if path.is_file()}
    assert {path.name for path in before if before[path] != after[path]} == {"method.html", "site.json"}


def test_the_feed_has_one_entry_for_each_vintage_that_changed_the_figures(site: Path) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    root = ET.fromstring((site / "feed.xml").read_bytes())
    ids = [each.findtext(f"{atom}id") for each in root.iter(f"{atom}entry")]
    assert ids == [f"urn:stopgap:{EPISODE}:v1"]
    assert root.findtext(f"{atom}updated") == next(root.iter(f"{atom}entry")).findtext(f"{atom}updated")


def test_a_folder_with_other_files_is_left_alone(demo_lake: Path, tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text("mine")
    with pytest.raises(RefusedError, match="no published site put there"):
        publish(demo_lake, EPISODE, CLEAR, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.txt"]


@pytest.fixture
def with_amber(demo_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str, str]:
    """A lake whose annual figures are AMBER, and their receipt and file name; its sites have few pages."""
    monkeypatch.setattr(plan, "published_suppliers", lambda finding: [])
    monkeypatch.setattr(plan, "published_claims", lambda lake, query: [])
    monkeypatch.setattr(plan, "_TABS", {"/method": plan._TABS["/method"]})
    lake = Path(shutil.copytree(demo_lake, tmp_path / "lake"))
    receipt, file_name = next(
        (row["receipt"], row["file_name"]) for row in Lake(lake).query("SELECT receipt, file_name FROM receipts").arrow.to_pylist()
        if row["file_name"].startswith("machinery-electronics")
    )  # fmt: skip
    assert (
        run(["markings", "set", f"receipt:{receipt}", "--marking", "AMBER", "--why", "a test", "--lake", str(lake)])
        == 0
    )
    return lake, receipt, file_name


@pytest.mark.in_parts
def test_what_is_above_the_marking_is_not_in_it(
    with_amber: tuple[Path, str, str], site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the annual figures AMBER, a CLEAR site has none of their names nor ids; that of a lake that is CLEAR has."""
    monkeypatch.setattr(feed, "MOST", examples(feed.MOST))  # vintages of its feed
    lake, receipt, file_name = with_amber
    open_site = tmp_path / "clear"
    try:
        publish(lake, EPISODE, CLEAR, open_site)
    except StopgapError as error:
        said = f"{error.what} {error.where} {error.fix}"
        assert receipt not in said
        assert file_name not in said
    for file in open_site.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert receipt.encode() not in content, file
            assert file_name.encode() not in content, file
    assert receipt in (site / "figures/loss_usd.html").read_text("utf-8")


@pytest.mark.prove_only
def test_a_site_for_amber_has_what_is_amber(
    with_amber: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, receipt, _ = with_amber
    amber_site = tmp_path / "amber"
    monkeypatch.setattr("stopgap.publish.run.feed_entries", lambda opened, query: [])  # it is asked of other sites
    done = publish(lake, EPISODE, PublishRequest(marking="AMBER"), amber_site)
    assert done.marking.label == "TLP:AMBER"
    assert "TLP:AMBER" in (amber_site / "index.html").read_text("utf-8")
    assert receipt in (amber_site / "figures/loss_usd.html").read_text("utf-8")
