"""Trade by period as the Python API gives it: rows, a chart, and the document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.api.results import ResultTable
from stopgap.base.display.forms import Display, Picture
from stopgap.base.errors import MissingDataError
from stopgap.base.marking import CLEAR, Marking
from stopgap.base.notes import Summarised, Summary
from stopgap.codes.named_table import NamedTable
from stopgap.measures.series.results import SeriesFinding

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class TradeSeries(Summarised, NamedTable):
    """Trade of reporters with partners by period. Read as a table, it is that of its rows.

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
        if name.startswith("_") or name == "finding":
            raise AttributeError(name)
        return getattr(self.finding, name)

    def as_dict(self) -> dict[str, Any]:
        """The series as ``stopgap series --format json`` prints it."""
        return {**self.finding.as_dict(), "marking": self.marking.as_dict()}

    def chart(self) -> Any:
        """The series as an Altair chart that a notebook shows without a network: a line for each pair.

        Raises:
            MissingDataError: No pair has a whole period.
        """
        from stopgap.briefs.charts.offline import offline
        from stopgap.briefs.charts.series_chart import alt_text, series_chart
        from stopgap.briefs.formats.tlp import marked_chart

        return offline(marked_chart(series_chart(self.finding), self.marking), alt_text(self.finding))

    def save_chart(self, file: str | Path) -> Path:
        """Write the chart as SVG or PNG, as the file's name ends, and return its path.

        Raises:
            UsageError: Another ending.
            MissingDataError: No pair has a whole period.
        """
        from stopgap.briefs.charts.series_chart import write_series_chart

        return write_series_chart(self.finding, Path(file), self.marking)

    def table(self) -> pa.Table:
        """The table of :attr:`rows`."""
        return self.finding.table()

    def _shown_columns(self) -> tuple[str, ...]:
        columns = self.finding.shown_columns()
        return (*columns, "currency") if "value_reported" in columns else columns

    def _display(self) -> Display:
        shown = super()._display()
        try:
            picture, size = self.chart()._repr_png_()
        except MissingDataError:
            return shown
        return replace(shown, picture=Picture(picture, size["width"], size["alt"]))
