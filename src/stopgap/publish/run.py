"""Publish an episode: draw its pages as files, with the data behind each figure and a feed of changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from markupsafe import Markup

from stopgap.api import Lake
from stopgap.base.marking import Marking
from stopgap.base.progress import Progress
from stopgap.evidence.markings.clearance import seen_with
from stopgap.pages.assets_of import asset_names, read_asset
from stopgap.pages.charts.figures import figures_file
from stopgap.pages.charts.vega import world_text
from stopgap.pages.drawing import Frame, NavEntry, draw_page, draw_part
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.views import PageContent
from stopgap.publish.data_files import DataFiles, matched
from stopgap.publish.feed import feed, feed_entries
from stopgap.publish.folder import WrittenSite, listed_before, write_site
from stopgap.publish.plan import PlannedPage, planned_pages
from stopgap.publish.request import PublishRequest
from stopgap.publish.static_site import StaticSite

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'none'; "
    "form-action 'none'; base-uri 'none'"
)
"""Content policy of a published page."""

_ASSETS = ("app.css", "site.js", "charts.js", "icon.svg", "LICENSES.txt")
"""Assets of a published page, beside its fonts."""


@dataclass(frozen=True)
class PublishedSite:
    """A site as it was published.

    Attributes:
        folder: Its folder.
        pages: Number of its pages.
        vintage: Vintage of its figures.
        marking: Who may see it.
        changes: What was written.
    """

    folder: Path
    pages: int
    vintage: str
    marking: Marking
    changes: WrittenSite

    def as_dict(self) -> dict[str, Any]:
        """Return what was done, as JSON."""
        return {
            "folder": str(self.folder), "first_page": str(self.folder / "index.html"), "pages": self.pages, "as_of": self.vintage,
            "written": list(self.changes.written), "unchanged": len(self.changes.unchanged), "removed": list(self.changes.removed),
        }  # fmt: skip


def publish(
    lake: Path, episode: str, request: PublishRequest, folder: Path, *, progress: Progress | None = None
) -> PublishedSite:
    """Publish the pages of an episode as a static site; again with a later vintage only what changed is written.

    Args:
        lake: The lake.
        episode: Name of a built-in episode.
        request: What is published, and for whom.
        folder: New or empty folder, or one that this episode was published to before.
        progress: Told which page is drawn.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: Below the marking, the lake lacks the figures.
        RefusedError: The folder holds other files, or cannot be written.
        UsageError: What is given is no marking.
    """
    audience = request.audience()
    listed_before(folder, episode)  # a folder that is refused is refused before anything is drawn
    query = EpisodeQuery(episode, request.goods, request.as_of)
    with seen_with(lake, audience):
        opened = Lake(lake)
        measured = query.measure(opened, gross=False)
        title = query.load().title
        files, vintage = _drawn(opened, query, measured.finding, audience, progress), measured.finding.as_of
        files["feed.xml"] = feed(title, episode, feed_entries(opened, query)).encode()
    for name in asset_names():
        if name in _ASSETS or name.startswith("fonts/"):
            files[f"assets/{name}"] = read_asset(name)
    about = {
        "episode": episode,
        "title": title,
        "marking": audience.label,
        "as_of": vintage,
        "software": f"Stopgap {version('stopgap')}",
    }
    pages = sum(name.endswith(".html") for name in files)
    return PublishedSite(folder, pages, vintage, audience, write_site(folder, files, about))


def _drawn(
    lake: Lake, query: EpisodeQuery, finding: Any, audience: Marking, progress: Progress | None
) -> dict[str, bytes]:
    """Return pages and data files by name."""
    planned = list(planned_pages(lake, query, finding))
    names = {page.key: page.file for page in planned if page.file}
    wanted: dict[Any, None] = {}
    parts = {page.key: _part_drawer(lake, page, audience) for page in planned if not page.file}
    files: dict[str, bytes] = {}
    pages = [page for page in planned if page.file]
    for number, page in enumerate(pages, start=1):
        if progress is not None:
            progress(f"page {page.file}", number / len(pages))
        site = StaticSite(
            names, page.file, parts, lambda asked: matched(asked.path) is not None, wanted,
            written=lambda chart, form: figures_file(chart, form, audience), charts=files,
        )  # fmt: skip
        content = _for_readers(page.make(lake))
        files[page.file] = draw_page(content, _frame(site, query, audience)).encode()
    data = DataFiles(lake)
    for asked in wanted:
        files[asked.file] = data.content(asked)
    return files


def _part_drawer(lake: Lake, page: PlannedPage, audience: Marking) -> Callable[[StaticSite], Markup]:
    content: list[PageContent] = []

    def draw(site: StaticSite) -> Markup:
        if not content:
            content.append(page.make(lake))
        site.needs_world = site.needs_world or any(chart.has_world for chart in content[0].charts)
        return Markup(draw_part(content[0], Frame(site, audience)))

    return draw


def _for_readers(content: PageContent) -> PageContent:
    """Return a page without what only a running service can do."""
    return replace(content, has_tables=False)


def _frame(site: StaticSite, query: EpisodeQuery, audience: Marking) -> Frame:
    tabs = (
        ("Episode", ""),
        ("Goods", "/goods"),
        ("Suppliers and hubs", "/suppliers"),
        ("Claims", "/claims"),
        ("Method", "/method"),
    )
    navigation = (*(NavEntry(text, f"{query.path}{end}") for text, end in tabs), NavEntry("Data", "/data"))
    return Frame(
        site, audience, navigation=navigation, policy=POLICY, home=query.path, world=world_text(), feed="feed.xml"
    )
