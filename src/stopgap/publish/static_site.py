"""Addresses in a folder of pages: relative, so that they hold wherever the folder lies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from markupsafe import Markup

from stopgap.pages.site import QueryValue
from stopgap.pages.views import ChartView

Key = tuple[str, frozenset[tuple[str, str]]]
"""A page or part: its path on the service, and its options."""

OWN_OPTIONS = ("goods", "as_of", "baseline", "after")
"""Options that a site is published with; links between its pages do not repeat them."""


@dataclass(frozen=True)
class DataRequest:
    """Data behind a figure that a page links to.

    Attributes:
        path: Path under the REST root.
        query: Options, as text.
        form: Ending of the form.
    """

    path: str
    query: tuple[tuple[str, str], ...]
    form: str

    @property
    def file(self) -> str:
        """Name of its file: what it is of, and a few digits that tell its options apart."""
        stem = self.path.strip("/").rsplit("/", 1)[-1] or "data"
        digits = hashlib.sha256(f"{self.path}?{urlencode(self.query)}".encode()).hexdigest()[:8]
        plain = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in stem)[:60]
        return f"data/{plain}-{digits}.{self.form}"


@dataclass
class StaticSite:
    """A published site while one of its pages is drawn.

    Attributes:
        files: Page -> its file, from the top of the site.
        here: File of the page that is drawn.
        parts: Part of a page that a service would load later -> draws it.
        has_data: Whether the data behind a figure can be published.
        wanted: Data that pages link to, so far.
        written: Writes the figures of a chart in a form.
        charts: Files with figures of charts, so far.
    """

    files: Mapping[Key, str]
    here: str
    parts: Mapping[Key, Callable[[StaticSite], Markup]]
    has_data: Callable[[DataRequest], bool]
    wanted: dict[DataRequest, None] = field(default_factory=dict)
    written: Callable[[ChartView, str], bytes] = lambda chart, form: b""
    charts: dict[str, bytes] = field(default_factory=dict)
    needs_world: bool = False

    is_static = True

    def page(self, path: str, **query: QueryValue) -> str:
        """Return the address of a page; of a part, what :meth:`part` draws it by; empty where the site has neither."""
        key = key_of(path, query)
        if key in self.parts:
            return f"part:{path}?{urlencode(sorted(key[1]))}"
        file = self.files.get(key)
        return "" if file is None else self._relative(file)

    def data(self, path: str, form: str, **query: QueryValue) -> str:
        """Return the address of the data behind a figure, which will be written; empty where it cannot be."""
        request = DataRequest(path, tuple(sorted(_texts(query))), form)
        if not self.has_data(request):
            return ""
        self.wanted[request] = None
        return self._relative(request.file)

    def figures(self, chart: ChartView, form: str) -> str:
        """Return the address of the figures of a chart, which will be written."""
        content = self.written(chart, form)
        name = f"data/chart-{chart.key}-{hashlib.sha256(content).hexdigest()[:8]}.{form}"
        self.charts[name] = content
        return self._relative(name)

    def asset(self, name: str) -> str:
        """Return the address of an asset."""
        return self._relative(f"assets/{name}")

    def file(self, name: str) -> str:
        """Return the address of a file of the site, by its name from the top."""
        return self._relative(name)

    def part(self, address: str) -> Markup:
        """Draw a part of the page that a service would load later."""
        path, _, query = address.removeprefix("part:").partition("?")
        options = dict(pair.split("=", 1) for pair in query.split("&") if pair)
        draw = self.parts.get(key_of(path, dict(options)))
        return Markup("") if draw is None else draw(self)

    def _relative(self, file: str) -> str:
        return "../" * self.here.count("/") + file


def key_of(path: str, query: Mapping[str, QueryValue]) -> Key:
    """Return the key of a page: the options that a site is published with are no part of it."""
    return path, frozenset((name, value) for name, value in _texts(query) if name not in OWN_OPTIONS)


def _texts(query: Mapping[str, QueryValue]) -> list[tuple[str, str]]:
    return [
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in query.items()
        if value is not None
    ]
