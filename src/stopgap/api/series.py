"""Trade by period as the Python API gives it: rows, a chart, and the document."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.api.results import ResultTable
from stopgap.base.marking import CLEAR, Marking
from stopgap.base.notes import Summarised, Summary
from stopgap.measures.series.results import SeriesFinding


@dataclass(frozen=True)
class TradeSeries(Summarised):
    """Trade of reporters with partners by period.

    Attributes:
        finding: The frozen result; every other attribute of it can be read here too.
        marking: Who may see it.
    """

    finding: SeriesFinding
    marking: Marking = CLEAR

    def summary(self) -> Summary:
        """The series in lines of text."""
        from stopgap.measures.series.words import series_summary

        return series_summary(self.finding)

    @property
    def rows(self) -> ResultTable:
        """One row per pair and period."""
        return ResultTable(self.finding.table(), self.marking, as_of=self.finding.as_of)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.finding, name)

    def as_dict(self) -> dict[str, Any]:
        """The series as ``stopgap series --format json`` prints it."""
        return {**self.finding.as_dict(), "marking": self.marking.as_dict()}

    def chart(self) -> Any:
        """The series as an Altair chart: a line for each pair, of what growth and index are of.

        Raises:
            MissingDataError: No pair has a whole period.
        """
        from stopgap.briefs.charts.series_chart import series_chart
        from stopgap.briefs.formats.tlp import marked_chart

        return marked_chart(series_chart(self.finding), self.marking)

    def save_chart(self, file: str | Path) -> Path:
        """Write the chart as SVG or PNG, as the file's name ends, and return its path.

        Raises:
            UsageError: Another ending.
            MissingDataError: No pair has a whole period.
        """
        from stopgap.briefs.charts.series_chart import write_series_chart

        return write_series_chart(self.finding, Path(file), self.marking)

    def _repr_html_(self) -> str:
        from stopgap.briefs.charts.series_chart import series_page

        return series_page(self.finding, self.marking)
