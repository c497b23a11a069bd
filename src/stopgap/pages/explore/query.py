"""What Explore shows: the options of a series, how it is drawn, and its permanent address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from stopgap.base.errors import StopgapError, UsageError
from stopgap.measures.series.request import ReportSide, SeriesBy, SeriesFlow, SeriesOf, SeriesRequest
from stopgap.pages.site import QueryValue
from stopgap.pages.views import DataSource

EXPLORE = "/explore"

FIELDS = {
    "--from": "reporters", "--to": "partners", "--goods": "goods", "goods": "goods", "--flow": "flow", "--by": "by", "--of": "of",
    "--report": "report", "--period": "period", "--index": "index", "index": "index", "--currency": "currency",
    "--frequency": "frequency", "--as-of": "as_of", "shows": "shows", "axis": "axis",
}  # fmt: skip
"""Fields of the page by the name that an error has for them: that of the command line's option, or of the field."""


class SeriesShows(StrEnum):
    """What the chart and the table show of a series."""

    LEVEL = "level"
    GROWTH = "growth"
    INDEX = "index"


class SeriesAxis(StrEnum):
    """Axis of the chart."""

    LINEAR = "linear"
    LOG = "log"


@dataclass(frozen=True)
class ExploreQuery:
    """Options of Explore as they stand in its address, under the names that REST has for those of a series.

    Attributes:
        reporters: Economies whose trade it is, with commas between; empty where nothing is asked for yet.
        partners: Those that they trade with.
        shows: Level, growth or index.
        axis: Linear or log.
        both: Whether the exporter's and the importer's report of the trade stand side by side.
    """

    reporters: str = ""
    partners: str = ""
    goods: str = "TOTAL"
    flow: str = SeriesFlow.EXPORT
    report: str = ""
    by: str = SeriesBy.YEAR
    of: str = SeriesOf.VALUE
    index: str = ""
    currency: str = "USD"
    period: str = ""
    frequency: str = ""
    as_of: str = ""
    shows: str = SeriesShows.LEVEL
    axis: str = SeriesAxis.LINEAR
    both: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nobody is named on one of the two sides."""
        return not (self.reporters.strip(" ,") and self.partners.strip(" ,"))

    @property
    def options(self) -> Mapping[str, QueryValue]:
        """The options as they stand in the permanent address: those that are not as they are without being given."""
        return {
            each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name) != each.default
        }

    def need_choices(self) -> None:
        """Refuse a way to show that is none; those of the series are checked where it is asked for.

        Raises:
            UsageError: A choice is unknown.
        """
        for name, given, choices in (("shows", self.shows, SeriesShows), ("axis", self.axis, SeriesAxis)):
            if given not in list(choices):
                raise UsageError(f"{given[:40]!r} is not a choice", where=name, fix=f"use {', '.join(choices)}")

    def fields_of(self, error: StopgapError) -> tuple[str, ...]:
        """Return the names of the fields that an error is about: those it names, and of these the ones that hold what it quotes."""
        named = [name for option, name in FIELDS.items() if re.search(rf"(?<![\w-]){option}(?![\w-])", error.where)]
        quoted = re.search(r"'([^']*)'", error.what)
        holding = [name for name in named if quoted and quoted[1] and quoted[1] in str(getattr(self, name))]
        return tuple(holding or named)

    def request(self, report: ReportSide | None = None) -> SeriesRequest:
        """Return the series asked for; `report` in place of the side that is asked for."""
        given: dict[str, Any] = self._given(report)
        return SeriesRequest(**given)

    def source(self, report: ReportSide | None = None) -> DataSource:
        """Return where REST has the same series."""
        return DataSource("/series", self._given(report))

    def _given(self, report: ReportSide | None) -> dict[str, Any]:
        texts = {
            "reporters": self.reporters, "partners": self.partners, "goods": self.goods, "flow": self.flow,
            "report": report.value if report else self.report, "by": self.by, "of": self.of, "currency": self.currency,
            "index": self.index if self.shows == SeriesShows.INDEX else "",
            "period": self.period, "frequency": self.frequency, "as_of": self.as_of,
        }  # fmt: skip
        given: dict[str, Any] = {name: str(text) for name, text in texts.items() if text}
        if self.shows == SeriesShows.GROWTH:
            given["growth"] = True
        return given
