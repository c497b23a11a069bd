"""Options that the pages of an episode share, and the links between these pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from stopgap.api import Lake
from stopgap.api.measured_finding import MeasuredFinding
from stopgap.codes.areas import areas
from stopgap.measures.backfill.request import BackfillRequest
from stopgap.measures.backfill.results import Finding
from stopgap.pages.site import QueryValue, path_of
from stopgap.pages.views import DataSource, Tab
from stopgap.panel.episodes import Episode, load_episode

Request = TypeVar("Request")

TABS = (
    ("Overview", ""),
    ("Goods", "/goods"),
    ("Suppliers and hubs", "/suppliers"),
    ("Levers", "/levers"),
    ("Companies", "/exposure"),
    ("Claims", "/claims"),
    ("Method", "/method"),
)


@dataclass(frozen=True)
class EpisodeQuery:
    """What a page of an episode shows.

    Attributes:
        episode: Name of a built-in episode.
        goods: Goods list or codes; ``None`` for the first of the episode that the lake can measure.
        as_of: Vintage or day; ``None`` for the newest.
        baseline: Other baseline window, ``FROM:TO``.
        after: Other after-window.
    """

    episode: str
    goods: str | None = None
    as_of: str | None = None
    baseline: str | None = None
    after: str | None = None

    @property
    def options(self) -> Mapping[str, QueryValue]:
        """The options as they stand in addresses; those not given are left out."""
        given = {"goods": self.goods, "as_of": self.as_of, "baseline": self.baseline, "after": self.after}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def path(self) -> str:
        """Path of the episode's first page."""
        return path_of("episodes", self.episode)

    def page(self, *parts: str) -> str:
        """Return the path of a further page of the episode."""
        return self.path + path_of(*parts)

    def data(self, measure: str, **more: QueryValue) -> DataSource:
        """Return where the data of a measure are, with the same options."""
        return DataSource(f"{self.path}/{measure}", {**self.options, **more})

    def tabs(self, here: str) -> tuple[Tab, ...]:
        """Return the pages of the episode; `here` is the end of the path of the one that is open."""
        return tuple(Tab(text, f"{self.path}{end}", end == here, self.options) for text, end in TABS)

    def load(self) -> Episode:
        """Return the episode.

        Raises:
            NotFoundError: There is none of that name.
        """
        return load_episode(self.episode)

    def measure(self, lake: Lake, *, gross: bool) -> MeasuredFinding:
        """Measure suspended trade and backfill; with `gross` without intervals."""
        return lake.measure(self.episode, self.request(gross=gross))

    def request_like(self, finding: Finding, kind: Callable[..., Request], **more: Any) -> Request:
        """Return the request of another measure over the goods, windows and frequency of a finding.

        Args:
            finding: The finding.
            kind: Class of the request.
            more: Its further options.
        """
        return kind(
            goods=self.goods or finding.goods, as_of=self.as_of, baseline=self.baseline, after=self.after,
            frequency=finding.frequency, **more,
        )  # fmt: skip

    def titles(self, finding: Finding) -> dict[str, str]:
        """Return the titles of the goods lists of the episode and of the one that was measured, by name."""
        episode = self.load()
        names = {*episode.goods, *([self.goods] if self.goods else [])}
        return {finding.goods: finding.goods, **{name: episode.goods_list(name).title for name in names}}

    def request(self, *, gross: bool) -> BackfillRequest:
        """Return what the finding is measured by; with `gross` without intervals."""
        return BackfillRequest(
            goods=self.goods, as_of=self.as_of, baseline=self.baseline, after=self.after, gross=gross
        )


def economy_names() -> Mapping[str, str]:
    """Return the short English names of economies by code."""
    return {code: area.name for code, area in areas().items()}
