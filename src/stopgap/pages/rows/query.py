"""Which rows a page of rows shows: those behind a finding, or behind a series; never a statement of the reader's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.explore.query import ExploreQuery
from stopgap.pages.site import QueryValue

ROWS = "/rows"
FINDING, SERIES = "finding", "series"


@dataclass(frozen=True)
class RowsQuery:
    """Rows behind a finding (with `episode`), or behind a series (with `series`).

    Attributes:
        episode: The episode and its options.
        series: The series.
        supplier: Of a finding, one supplier's rows alone; empty for all.
        good: Of a finding, the rows of one of its goods alone; empty for all.
    """

    episode: EpisodeQuery | None = None
    series: ExploreQuery | None = None
    supplier: str = ""
    good: str = ""

    @property
    def options(self) -> Mapping[str, QueryValue]:
        """The options as they stand in the permanent address."""
        if self.episode is not None:
            more = {"supplier": self.supplier or None, "good": self.good or None}
            return {"behind": FINDING, "episode": self.episode.episode, **self.episode.options, **more}
        return {"behind": SERIES, **(self.series.options if self.series else {})}
